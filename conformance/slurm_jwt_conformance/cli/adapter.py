"""`slurm-jwt adapter`: check a program that speaks the adapter protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import emit, options, subcommands

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from slurm_jwt_conformance.adapters.check import Checked, Finding
    from slurm_jwt_reports.diagnostic import Diagnostic, Document, Fact

EPILOG = """\
examples:
  slurm-jwt adapter check cmd:./adapter
  slurm-jwt adapter check 'cmd:node adapter.mjs' --verbose

The adapter protocol is in docs/adapter-protocol.md; examples/ has two adapters.

exit codes: 0 the adapter obeys the protocol, 1 it does not, 2 wrong usage, or the program cannot be started
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt adapter`."""
    command = subcommands.command("adapter", __doc__, EPILOG)
    check = subcommands.add(
        subcommands.begin(command), "check", "check that an adapter obeys the adapter protocol", EPILOG
    )
    check.add_argument("command", metavar="cmd:COMMAND", help="the adapter's program and its arguments")
    options.add_child_options(check)
    options.add_output_options(check)
    return command


def run(args: argparse.Namespace) -> int:
    """Check the adapter, print the findings, and return 0 if no check failed."""
    import sys

    from slurm_jwt_conformance.adapters import AdapterBroken, registry
    from slurm_jwt_conformance.adapters.check import check
    from slurm_jwt_reports.problems import Problem

    commands = registry.commands([args.command])
    if not commands:
        raise Problem("adapter check needs a command.", "Write it after cmd:, for example cmd:./adapter")
    emit.check_places(args)
    ((name, command),) = commands.items()
    repeat = (lambda line: print(f"stderr: {line}", file=sys.stderr)) if args.verbose else None
    try:
        checked = check(name, command, options.limits(args), repeat)
    except AdapterBroken as error:
        raise Problem(f"{name}: {error.reason}.", "Name a program after cmd:") from error
    return emit.emit(_document(name, checked), args)


def _document(name: str, checked: Checked) -> Document:
    from slurm_jwt.vocabulary import Outcome
    from slurm_jwt_conformance.cli.adapter_document import report
    from slurm_jwt_reports.diagnostic import Bullets, Document, Section

    wrong = [each for each in checked.findings if each.result == "failed"]
    names = dict.fromkeys(each.check for each in wrong)
    outcome = Outcome("fail" if wrong else "pass", tuple(f"the check {name!r} failed" for name in names))
    passed = tuple(each.check for each in checked.findings if each.result == "passed")
    return Document(
        tool="adapter check",
        title=f"Adapter {name}",
        headline=f"{name} {'does not obey' if wrong else 'obeys'} the adapter protocol.",
        outcome=outcome,
        facts=tuple(_facts(checked)),
        diagnostics=tuple(
            _diagnostic(each) for each in checked.findings if each.text and each.result != "not asked"
        ),
        not_checked=tuple(
            f"{each.check}: {each.text}" for each in checked.findings if each.result == "not asked"
        ),
        blocks=(Section(title="passed", blocks=(Bullets(items=passed),)),) if passed else (),
        data=report(name, checked, outcome),
    )


def _facts(checked: Checked) -> Iterator[Fact]:
    from slurm_jwt_reports.diagnostic import Fact

    if checked.description is not None:
        about = checked.description
        yield Fact(name="library", value=f"{about.library} {about.version}")
        yield Fact(name="language", value=about.language)
        yield Fact(name="roles", value=", ".join(about.roles))
        yield Fact(name="algorithms", value=", ".join(about.algorithms))
        yield Fact(name="clock", value=about.clock)
        yield Fact(name="not checked", value=", ".join(about.not_checked) or "none")
    yield Fact(name="start", value=f"{checked.start_seconds:.2f} s")
    yield Fact(name="longest answer", value=f"{checked.answer_seconds:.2f} s")


def _diagnostic(finding: Finding) -> Diagnostic:
    from slurm_jwt_reports.diagnostic import Diagnostic

    return Diagnostic(
        id=f"adapter.{finding.check.replace(' ', '-')}",
        level="error" if finding.result == "failed" else "warning",
        message=finding.text,
        details=(("line", finding.line),) if finding.line else (),
    )
