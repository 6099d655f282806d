"""`slurm-jwt vectors`: list the test cases, show one with every verdict, and export them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import emit, subcommands
from slurm_jwt_conformance.cli.options import add_overwrite
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.cli.subcommands import Commands
    from slurm_jwt_vectors import Case


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt vectors`."""
    verb = subcommands.command("vectors", __doc__)
    commands = subcommands.begin(verb)
    _add_list(commands)
    _add_show(commands)
    _add_export(commands)
    return verb


def _add_list(commands: Commands) -> None:
    verb = subcommands.add(commands, "list", "list cases: id, verdict, rules, purpose")
    verb.add_argument(
        "-k", "--cases", action="append", default=[], metavar="GLOB", help="cases whose id matches"
    )
    verb.add_argument("--rule", metavar="RULE", help="cases that break this rule")
    verb.add_argument("--verdict", choices=("valid", "invalid", "either"), help="cases of this verdict")
    edition = "cases of this edition: without a JWKS (2020), with a JWKS (later)"
    verb.add_argument("--edition", choices=("2020", "later"), help=edition)
    verb.add_argument("--issuing", action="store_true", help="list issuing requests instead of tokens")
    verb.add_argument("--json", action="store_true", help="write one JSON array")


def _add_show(commands: Commands) -> None:
    verb = subcommands.add(commands, "show", "show a case, its token decoded, with every verdict")
    verb.add_argument("case", nargs="+", metavar="ID", help="the id of a case")
    verb.add_argument("--json", action="store_true", help="write one JSON array")


def _add_export(commands: Commands) -> None:
    verb = subcommands.add(commands, "export", "write the vectors for other programs")
    verb.add_argument("--format", choices=("json", "jsonl", "files"), default="json", help="default: json")
    verb.add_argument("--out", required=True, metavar="DIR", help="write into DIR")
    add_overwrite(verb)


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say; return 0."""
    actions = {"list": _list, "show": _show, "export": _export}
    return actions[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from slurm_jwt.strict.rules import BY_ID
    from slurm_jwt_conformance.harness.choice import choose_cases

    if args.issuing:
        return _list_issuing(args)
    if args.rule is not None and args.rule not in BY_ID:
        raise Problem(f"There is no rule {args.rule!r}.", nearest(args.rule, list(BY_ID)))
    cases = [case for case in choose_cases(args.cases).values() if _is_wanted(case, args)]
    if args.json:
        emit.print_json([_facts(case) for case in cases])
        return 0
    for case in cases:
        print(f"{case.id}  {case_verdict(case)}  {', '.join(case.rules) or '-'}\n    {case.purpose}")
    return 0


def _is_wanted(case: Case, args: argparse.Namespace) -> bool:
    edition = "2020" if case.jwks is None else "later"
    return (
        args.verdict in {None, case.verdict}
        and args.edition in {None, edition}
        and (args.rule is None or args.rule in case.rules)
    )


def case_verdict(case: Case) -> str:
    """Return the documented verdict; for a case with a JWKS that of both editions if they differ."""
    if case.verdict_2020 in {None, case.verdict}:
        return case.verdict
    return f"{case.verdict} (edition of 2020: {case.verdict_2020})"


def _facts(case: Case) -> dict[str, object]:
    facts: dict[str, object] = {
        "id": case.id,
        "verdict": case.verdict,
        "rules": list(case.rules),
        "purpose": case.purpose,
    }
    if case.jwks is None:
        return facts
    return {
        **facts,
        "jwks": case.jwks,
        "verdict_2020": case.verdict_2020,
        "rules_2020": list(case.rules_2020),
    }


def _list_issuing(args: argparse.Namespace) -> int:
    from fnmatch import fnmatchcase

    from slurm_jwt_vectors import load_issuing

    if args.rule or args.verdict or args.edition:
        raise Problem("--issuing goes with -k alone: issuing cases have no verdict.")
    requests = [
        request
        for request in load_issuing().values()
        if not args.cases or any(fnmatchcase(request.id, pattern) for pattern in args.cases)
    ]
    if args.json:
        emit.print_json(
            [{"id": each.id, "expected": each.expected, "purpose": each.purpose} for each in requests]
        )
        return 0
    for request in requests:
        print(f"{request.id}  {request.expected}\n    {request.purpose}")
    return 0


def _show(args: argparse.Namespace) -> int:
    from slurm_jwt_conformance.cli import vectors_show

    return vectors_show.run(args)


def _export(args: argparse.Namespace) -> int:
    from slurm_jwt_conformance.harness.outcomes import outcomes
    from slurm_jwt_reports import output
    from slurm_jwt_reports.redaction import visible
    from slurm_jwt_vectors import load, release

    folder = Path(args.out)
    if folder.exists() and not folder.is_dir():
        raise Problem(f"{folder} is not a folder.", "Name a folder with --out; it is created if needed.")
    if args.format == "files" and folder.is_dir() and any(folder.iterdir()):
        raise Problem(f"{folder} is not empty.", "Name an empty folder, so that no stale case stays in it.")
    contents = release.contents(args.format, outcomes(load()))
    files = [output.File(str(folder / name), content) for name, content in contents.items()]
    for parent in sorted({str(Path(file.path).parent) for file in files}):
        output.make_folder(parent)
    for file in files:
        output.replaceable(file, overwrite=args.overwrite)
    for file in files:  # one by one: there are more files than a process may have open
        output.write(file, overwrite=args.overwrite)
    if args.format == "files":
        print(f"{len(files):,} files in {visible(str(folder))}")
    else:
        print("\n".join(visible(file.path) for file in files))
    return 0
