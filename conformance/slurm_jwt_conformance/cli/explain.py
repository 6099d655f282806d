"""`slurm-jwt explain`: what a rule, a test case, or a line of Slurm's logs means, and what to do next."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from slurm_jwt_reports import terminal
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    from slurm_jwt_conformance.cli import vectors_show
    from slurm_jwt_conformance.site.explain import Explained
    from slurm_jwt_vectors import Case, IssuingCase

EPILOG = """\
examples:
  slurm-jwt explain exp.integer                     a rule: its sources, what to do, the cases on both sides
  slurm-jwt explain sun-number.zero                 a case: its token, and what every release said to it
  tail -n 50 slurmctld.log | slurm-jwt explain -    every line that is known, the others are counted
  slurm-jwt explain 'error: auth_p_verify: token expired' --release 24.11

Lines may come from slurmctld.log, slurmdbd.log, a client's error or slurmrestd's answer. What may be a token
or a key in a line is not shown.

exit codes: 0 explained, 1 no line of these is known, 2 usage or configuration
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt explain`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt explain",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "what",
        nargs="?",
        metavar="RULE|CASE|LINE|-",
        help="the id of a rule or a case, a line in quotes, or - for lines on stdin (the default)",
    )
    made.add_argument("--release", metavar="R", help="lines: tell of this release alone, such as 24.11")
    made.add_argument("--json", action="store_true", help="write the explanation as JSON")
    return made


def run(args: argparse.Namespace) -> int:
    """Explain what the arguments name; return 0, or 1 for lines of which none is known."""
    if args.what is None and sys.stdin.isatty():
        raise Problem(
            "There is nothing to explain.", "Name a rule or a case, or give a log's lines on stdin."
        )
    what = "-" if args.what is None else args.what
    if what == "-" or " " in what or "\n" in what:
        from slurm_jwt_conformance.cli import explain_lines

        return explain_lines.run(args, None if what == "-" else what)
    if args.release is not None:
        raise Problem("--release goes with lines of a log.", "A case tells of every release by itself.")
    return _rule(what, args) if _is_rule(what) else _case(what, args)


def _is_rule(name: str) -> bool:
    from slurm_jwt.strict.rules import BY_ID

    return name in BY_ID


def _rule(name: str, args: argparse.Namespace) -> int:
    from slurm_jwt.strict.rules import BY_ID
    from slurm_jwt_conformance.harness.choice import suite
    from slurm_jwt_vectors.sides import Sides, sides

    cases = suite().cases
    both = sides(suite()).get(name, Sides((), ()))
    facts: dict[str, object] = {
        "kind": "rule",
        **BY_ID[name]._asdict(),
        "valid": both.valid,
        "broken": both.broken,
    }
    if args.json:
        print(json.dumps(facts, indent=2))
        return 0
    rule = BY_ID[name]
    effect = (
        "breaking it makes a token invalid" if rule.severity == "error" else "the documents leave a choice"
    )
    style = terminal.style(sys.stdout)
    lines = [*style.wrap(rule.sentence, f"{style.paint(rule.id, 'head')}: ", "  "), ""]
    lines += style.wrap(f"{rule.severity}: {effect}", "  severity  ")
    lines += style.wrap("; ".join(rule.sources), "  sources   ")
    lines += style.wrap(rule.hint, "  do        ")
    for side, names in (("keep it", both.valid), ("break it, and no other", both.broken)):
        lines += ["", f"cases that {side}: {len(names)}"]
        for each in names:
            lines += style.wrap(cases[each].purpose, f"  {each:<30} ")
    print("\n".join(lines))
    if name in cases:
        print(f"\nThere is a case of this name too: slurm-jwt vectors show {name}")
    return 0


def _case(name: str, args: argparse.Namespace) -> int:
    from slurm_jwt_conformance.cli import vectors_show
    from slurm_jwt_conformance.harness.choice import suite
    from slurm_jwt_vectors import load_issuing, load_observed

    known = vectors_show.Known(suite(), load_issuing(), load_observed())
    case = _find(name, known)
    rules, lines = _rules_of(case), _lines_of(case, known)
    if args.json:
        explained = {line: [_line_json(one) for one in found] for line, found in lines.items()}
        facts = vectors_show.as_json(case, known) | {"kind": "case", "explained_rules": rules}
        print(json.dumps(facts | {"explained_lines": explained}, indent=2))
        return 0
    print(vectors_show.as_text(case, known))
    if rules:
        print("\nrules that it breaks")
        for each, sentence in rules.items():
            print(f"  {each}: {sentence}")
    if lines:
        print("\nwhat the daemons said")
        for found in lines.values():
            for one in found:
                print(f"  {one.line}\n    {one.means}")
    return 0


def _find(name: str, known: vectors_show.Known) -> Case | IssuingCase:
    from slurm_jwt.strict.rules import BY_ID
    from slurm_jwt_reports.redaction import log_line

    cases: dict[str, Case | IssuingCase] = {**known.suite.cases, **known.issuing}
    if name in cases:
        return cases[name]
    if name.startswith(("eyJ", "SLURM_JWT=")):
        raise Problem("That looks like a token.", "slurm-jwt check judges tokens, best from stdin.")
    hint = nearest(name[:100], [*BY_ID, *cases])
    raise Problem(f"No rule, case or line is called {log_line(name, 100)!r}.", hint)


def _rules_of(case: Case | IssuingCase) -> dict[str, str]:
    from slurm_jwt.strict.rules import BY_ID

    return {rule: BY_ID[rule].sentence for rule in case.rules}


def _lines_of(case: Case | IssuingCase, known: vectors_show.Known) -> dict[str, list[Explained]]:
    """Return the distinct log lines that this case drew from real daemons, explained."""
    from slurm_jwt_conformance.site.explain import explain

    seen = [record.cases[case.id].log for record in known.observed.values() if case.id in record.cases]
    return {line: explain(line) for line in dict.fromkeys(seen) if line}


def _line_json(one: Explained) -> dict[str, object]:
    from slurm_jwt_conformance.cli.explain_lines import as_json

    return as_json(one)
