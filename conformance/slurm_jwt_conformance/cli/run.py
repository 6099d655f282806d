"""`slurm-jwt run`: judge every vector on JWT libraries and a real slurmctld, and write the report."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance.problems import HarnessProblem, Problem

if TYPE_CHECKING:
    from slurm_jwt_conformance.run import session
    from slurm_jwt_reports.results import Results

EPILOG = """\
examples:
  slurm-jwt run                                  everything, report in slurm-jwt-report/
  slurm-jwt run -i pyjwt -i 'slurmctld:*'        PyJWT in both configurations beside real Slurm
  slurm-jwt run -k 'exp.*' -i pyjwt:careful      one topic on one implementation
  slurm-jwt run -i 'cmd:./adapter'               a program of your own, over JSON lines
  slurm-jwt run --resume                         finish a run that was killed or interrupted
  slurm-jwt run --list                           what can be named with -i and -k

The report folder gets results.jsonl, index.html, junit.xml and summary.md.
exit codes: 0 all as documented or in the ledger, 1 something new turned up, 2 a wrong call,
3 the harness itself failed, 130 interrupted (what was judged by then is in the report)
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt run`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt run",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "-i",
        "--implementation",
        action="append",
        default=[],
        metavar="NAME",
        help="take this one: an id, a library's name, a glob, or cmd:COMMAND (may be repeated; default: all)",
    )
    made.add_argument(
        "-k",
        "--cases",
        action="append",
        default=[],
        metavar="GLOB",
        help="take the cases whose id matches (may be repeated; default: all)",
    )
    made.add_argument("--out", default="slurm-jwt-report", metavar="DIR", help="write the report to DIR")
    made.add_argument(
        "--resume",
        action="store_true",
        help="go on with a run that was killed or interrupted: same command, same --out; answers are kept",
    )
    made.add_argument(
        "--baseline", metavar="OLD", help="let the page show what is new since this run: its results.jsonl"
    )
    made.add_argument("--list", action="store_true", help="list implementations and cases, and run nothing")
    made.add_argument("--json", action="store_true", help="write the counts as JSON to stdout")
    made.add_argument(
        "--live",
        action="store_true",
        help="ask every Slurm release that `slurm-jwt lab install` has put here, not only this machine's own",
    )
    made.add_argument("--quiet", action="store_true", help="no progress on stderr")
    made.add_argument(
        "--show-tokens", action="store_true", help="put the tokens of the published test keys into the report"
    )
    return made


def run(args: argparse.Namespace) -> int:
    """Run what the arguments name; return 0 if all is as documented or in the ledger, else 1."""
    from slurm_jwt_conformance.run import session
    from slurm_jwt_conformance.run.choice import choose, choose_implementations
    from slurm_jwt_reports.errors import ResultsError

    chosen = choose(args.cases)
    names = choose_implementations(args.implementation)
    if args.list:
        print("\n".join([*names, "", *chosen.cases, *chosen.wishes]))
        return 0
    try:
        done = session.run(
            session.Order(
                implementations=names,
                explicit=bool(args.implementation),
                cases=tuple(chosen.cases.values()),
                wishes=tuple(chosen.wishes.values()),
                out=args.out,
                command=_command(),
                show_tokens=args.show_tokens,
                progress=_silent if args.quiet else _say,
                resume=args.resume,
                baseline=_baseline(args.baseline),
                live=args.live,
            )
        )
    except ResultsError as error:
        raise HarnessProblem(str(error)) from error
    _conclude(args, done)
    return done.exit_code


def _baseline(place: str | None) -> Results | None:
    """Read the earlier run before this one, which may replace its file."""
    if place is None:
        return None
    from slurm_jwt_reports.errors import ResultsError
    from slurm_jwt_reports.results import read

    try:
        return read(place)
    except ResultsError as error:
        raise Problem(f"There is no baseline: {error}") from error


def _conclude(args: argparse.Namespace, done: session.Done) -> None:
    if args.json:
        print(
            json.dumps({"report": str(done.folder), "exit": done.exit_code, "counts": done.counts}, indent=2)
        )
        return
    counts = ", ".join(f"{number:,} {status}" for status, number in sorted(done.counts.items()))
    print(f"{counts}\n{done.sentence}\nreport: {done.folder / 'index.html'}")


def _command() -> str:
    import shlex

    # Typed again it is the whole run: --resume only finishes one.
    return shlex.join(["slurm-jwt", *(word for word in sys.argv[1:] if word != "--resume")])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _silent(_text: str) -> None:
    pass
