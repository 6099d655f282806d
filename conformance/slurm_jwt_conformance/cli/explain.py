"""`slurm-jwt explain`: what a rule, a test case, or a line of Slurm's logs means, and what to do next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import emit, options, subcommands
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from slurm_jwt_conformance.cli import vectors_show
    from slurm_jwt_conformance.site.explain import Explained
    from slurm_jwt_reports.diagnostic import Block, Document, Section
    from slurm_jwt_vectors import Case, IssuingCase


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt explain`."""
    made = subcommands.command("explain", __doc__)
    made.add_argument(
        "what",
        nargs="?",
        metavar="RULE|CASE|LINE|-",
        help="the id of a rule or a case, a line in quotes, or - for lines on stdin (the default)",
    )
    made.add_argument("--release", metavar="R", help="lines: tell of this release alone, such as 24.11")
    options.add_output_options(made)
    return made


def run(args: argparse.Namespace) -> int:
    """Explain what the arguments name; return 0, or 1 for lines of which none is known."""
    emit.check_places(options.output(args))
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
    return emit.emit(_rule(what) if _is_rule(what) else _case(what), options.output(args))


def _is_rule(name: str) -> bool:
    from slurm_jwt.strict.rules import BY_ID

    return name in BY_ID


def _rule(name: str) -> Document:
    from slurm_jwt.strict.rules import BY_ID
    from slurm_jwt_conformance.harness.choice import suite
    from slurm_jwt_conformance.site.explain import describe
    from slurm_jwt_vectors.sides import Sides, sides

    return describe.rule(BY_ID[name], sides(suite()).get(name, Sides((), ())), suite().cases)


def _case(name: str) -> Document:
    """Return the document of a case: as `vectors show` has it, with its rules and lines explained."""
    import msgspec

    from slurm_jwt_conformance.cli import vectors_show
    from slurm_jwt_conformance.harness.choice import suite
    from slurm_jwt_conformance.site.explain.documents import message_facts
    from slurm_jwt_reports.diagnostic import Code, Document
    from slurm_jwt_vectors import load_issuing, load_observed

    known = vectors_show.Known(suite(), load_issuing(), load_observed())
    case = _find(name, known)
    rules, lines = _rules_of(case), _lines_of(case, known)
    explained = {
        line: [msgspec.to_builtins(message_facts(one)) for one in found] for line, found in lines.items()
    }
    members = vectors_show.as_json(case, known) | {"kind": "case", "explained_rules": rules}
    blocks: list[Block] = [Code(text=vectors_show.as_text(case, known)), *_sections(rules, lines)]
    return Document(
        tool="explain",
        title=f"Case {case.id}",
        blocks=tuple(blocks),
        data=members | {"explained_lines": explained},
    )


def _sections(rules: dict[str, str], lines: dict[str, list[Explained]]) -> Iterator[Section]:
    from slurm_jwt_reports.diagnostic import Bullets, Section

    if rules:
        items = tuple(f"{rule}: {sentence}" for rule, sentence in rules.items())
        yield Section(title="rules that it breaks", blocks=(Bullets(items=items),))
    if lines:
        items = tuple(f"`{one.line}`: {one.means}" for found in lines.values() for one in found)
        yield Section(title="lines that daemons log", blocks=(Bullets(items=items),))


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
