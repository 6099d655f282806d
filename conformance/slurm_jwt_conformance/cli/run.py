"""`slurm-jwt run`: judge every vector on JWT libraries and a real slurmctld, and write the report."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import emit, options, subcommands
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line, visible

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.adapters import registry
    from slurm_jwt_conformance.harness.conclusion import Conclusion
    from slurm_jwt_conformance.site.fitness import library_report as fit
    from slurm_jwt_conformance.site.fitness import pages as fit_pages
    from slurm_jwt_reports.stream.index import Results

WHOLE = "slurm-jwt-report"
PARTIAL = "slurm-jwt-report-partial"
"""The folder of a run with -k."""

EPILOG = """\
examples:
  slurm-jwt run                                  everything, report in slurm-jwt-report/
  slurm-jwt run -i pyjwt -i 'slurmctld:*'        PyJWT in both configurations next to real Slurm
  slurm-jwt run -k 'exp.*' -i pyjwt:careful      one topic on one implementation
  slurm-jwt run -i mylib=cmd:./adapter           your own program, over the adapter protocol
  slurm-jwt run -i mutant:alg-none-accepted      a verifier with one deliberate mistake
  slurm-jwt run --resume                         finish a run that was killed or interrupted
  slurm-jwt run --list                           the names for -i and -k
  slurm-jwt run -i mylib=cmd:./adapter --ledger-draft mylib.toml
  slurm-jwt run -i mylib=cmd:./adapter --ledger mylib.toml
  slurm-jwt run --site main -i pyjwt:careful     whether PyJWT is fit for this cluster

The report folder gets results.jsonl, index.html, junit.xml and summary.md. With -k the folder is
slurm-jwt-report-partial, so that a run of some cases does not replace the report of all cases. If --out
names the folder of such a report, a run with -k needs --overwrite.

--ledger-draft writes an entry for each new difference. Write the reasons, then use the file with --ledger.
With --baseline only a difference that OLD does not have ends with 1. A stale entry of a ledger, and an
implementation that cannot be prepared, end with 1 always; leave the implementation out with --exclude.

With --site the folder also gets site.html and site.json: whether the implementation that -i names is fit
for use with that cluster, by rule, with evidence, waivers and a block to sign. Several implementations get
a folder each (site/pyjwt-careful/). The run requests ordinary tokens from an issuer, under a test key of
the same shape as the cluster's. The issuer is fit if all its tokens pass every rule of level error that
--policy does not waive, and slurmctld accepts each token as the right user. A verifier (--site-role
verifier) is fit if it refuses every case that breaks such a rule, and accepts every case that breaks no
rule. The cluster's release is the slurmctld that -i names, otherwise the one of this machine. If its daemon
is not asked (see --live), its model answers, and the page shows that. Rules that were not tested are never
"fit": with -k, many rules are not tested.

exit codes: 0 all as documented or in the ledger (with --site: and fit), 1 something new or not checked (or
not fit), 2 wrong usage, 3 the harness itself failed, 130, 143 or 129 interrupted by Ctrl-C, SIGTERM or SIGHUP
(the report has what was judged until then)
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt run`."""
    command = subcommands.command("run", __doc__, EPILOG)
    command.add_argument(
        "-i",
        "--implementation",
        action="append",
        default=[],
        metavar="NAME",
        help="test this implementation: an id, a library's name, a glob, mutant:NAME, or NAME=cmd:COMMAND"
        " for your own program (may be repeated; default: all except mutants)",
    )
    command.add_argument(
        "-k",
        "--cases",
        action="append",
        default=[],
        metavar="GLOB",
        help="use the cases whose id matches (may be repeated; default: all)",
    )
    command.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="NAME",
        help="leave out this implementation: an id, a library's name or a glob (may be repeated)",
    )
    command.add_argument(
        "--out",
        metavar="DIR",
        help="write the report to DIR (default: slurm-jwt-report; with -k: slurm-jwt-report-partial)",
    )
    command.add_argument(
        "--resume",
        action="store_true",
        help="continue a run that was killed or interrupted: same command, same --out; answers are kept",
    )
    command.add_argument(
        "--baseline",
        metavar="OLD",
        help="the results.jsonl of an earlier run: fail only for what is new since, and show it on the page",
    )
    _add_ledger(command)
    command.add_argument(
        "--list", action="store_true", help="list implementations and cases, and do not run them"
    )
    command.add_argument("--json", action="store_true", help="write the counts as JSON to stdout")
    command.add_argument(
        "--live",
        action="store_true",
        help="ask every release that `slurm-jwt lab install` has installed, not only this machine's own",
    )
    options.add_overwrite(command)
    command.add_argument("--quiet", action="store_true", help="no progress on stderr")
    options.add_child_options(command)
    command.add_argument(
        "--show-tokens", action="store_true", help="put the tokens of the published test keys into the report"
    )
    _add_site(command.add_argument_group("a site's report (see above)"))
    return command


def _add_ledger(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--ledger",
        action="append",
        default=[],
        metavar="FILE",
        help="known differences of your own programs, by name, with reasons (TOML; may be repeated)",
    )
    command.add_argument(
        "--ledger-draft", metavar="FILE", help="write an entry for each new difference; the reasons are yours"
    )


def _add_site(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--site", metavar="NAME", help="judge fitness for use with this cluster, by its name")
    group.add_argument(
        "--site-role", choices=("issuer", "verifier", "both"), help="judge it as this (default: issuer)"
    )
    group.add_argument(
        "--site-key", metavar="ID", help="judge with this test key (default: like the cluster's)"
    )
    group.add_argument(
        "--policy", metavar="FILE", help="waivers of the site (TOML); its other rules are for tokens"
    )
    group.add_argument(
        "--conf", metavar="FILE", help="the cluster's slurm.conf: its hash, and its key's shape"
    )


def run(args: argparse.Namespace) -> int:
    """Run what the arguments name; return 0 if all is as documented or in the ledger, else 1."""
    from slurm_jwt_conformance.adapters import registry
    from slurm_jwt_conformance.harness import session
    from slurm_jwt_conformance.harness.choice import choose, choose_implementations

    chosen = choose(args.cases)
    names = choose_implementations(args.implementation, args.exclude)
    if args.list:
        print("\n".join([*names, "", *chosen.cases, *chosen.requests]))
        return 0
    programs = registry.Programs(
        registry.commands(args.implementation), options.limits(args), _repeat if args.verbose else None
    )
    out, site = args.out or (PARTIAL if args.cases else WHOLE), _site(args, names, programs)
    if site is not None and not args.overwrite:
        from slurm_jwt_conformance.site.fitness.pages import demand_no_fewer_waivers

        demand_no_fewer_waivers(Path(out), site)
    conclusion = session.run(
        session.Order(
            implementations=names,
            explicit=bool(args.implementation),
            cases=tuple(chosen.cases.values()),
            requests=tuple(chosen.requests.values()),
            out=out,
            command=_command(),
            show_tokens=args.show_tokens,
            progress=_silent if args.quiet else _say,
            resume=args.resume,
            baseline=_baseline(args.baseline),
            live=args.live,
            overwrite=args.overwrite,
            programs=programs,
            ledgers=tuple(args.ledger),
            draft=args.ledger_draft,
            site=site is not None,
        )
    )
    fits = [] if site is None else _site_reports(args, names, site, conclusion.folder)
    _conclude(args, conclusion, fits)
    return max(conclusion.exit_code, *(0 if one.verdict == "fit" else 1 for one in fits), 0)


def _site(args: argparse.Namespace, names: tuple[str, ...], programs: registry.Programs) -> fit.Wish | None:
    """Return what --site names, before the run: a wrong call ends at once, not after minutes."""
    if args.site is None:
        for name in ("site_role", "site_key", "policy", "conf"):
            if getattr(args, name) is not None:
                raise Problem(f"--{name.replace('_', '-')} is for a site's report.", "Add --site NAME.")
        return None
    if not args.implementation:
        raise Problem("--site needs the implementation.", "Name it: -i pyjwt:careful -i slurmctld:24.11")
    from slurm_jwt_conformance.site.fitness import library_report as fit

    wish = fit.Wish(
        args.site, args.site_role or "issuer", args.site_key or "", live=args.live, programs=programs
    )
    return fit.prepared(wish, names, policy=args.policy, conf=args.conf)


def _site_reports(
    args: argparse.Namespace, names: tuple[str, ...], wish: fit.Wish, folder: Path
) -> list[fit_pages.Page]:
    from slurm_jwt_conformance.site.fitness import pages as fit_pages

    say = _silent if args.quiet else _say
    return fit_pages.of_run(folder, names, wish, say, overwrite=args.overwrite)


def _baseline(place: str | None) -> Results | None:
    """Read the earlier run before this one, which may replace its file."""
    if place is None:
        return None
    from slurm_jwt_reports.stream.reader import read

    try:
        return read(place)
    except Problem as error:
        raise Problem(f"There is no baseline: {error}") from error


def _conclude(args: argparse.Namespace, conclusion: Conclusion, fits: list[fit_pages.Page]) -> None:
    if args.json:
        document: dict[str, object] = {
            "report": str(conclusion.folder),
            "exit": conclusion.exit_code,
            "counts": conclusion.counts,
            "suite_cases": conclusion.suite_cases,
            "checked": conclusion.checked,
        }
        if args.site is not None:
            document["site"] = [one._asdict() for one in fits]
        emit.print_json(document)
        return
    counts = ", ".join(f"{number:,} {status}" for status, number in sorted(conclusion.counts.items()))
    print(f"{counts}\n{conclusion.sentence}\nreport: {visible(str(conclusion.folder / 'index.html'))}")
    for one in fits:
        print(f"{one_line(one.implementation)}: {one.verdict}. {one.sentence}\n  {visible(str(one.page))}")


def _command() -> str:
    import shlex

    # Typed again it is the whole run: --resume only finishes one. A command's words may hold secrets.
    words = [
        re.sub(r"cmd:.*", "cmd:...", word, flags=re.DOTALL) for word in sys.argv[1:] if word != "--resume"
    ]
    return shlex.join(["slurm-jwt", *words])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _repeat(name: str, line: str) -> None:
    _say(f"{name}: stderr: {line}")


def _silent(_text: str) -> None:
    pass
