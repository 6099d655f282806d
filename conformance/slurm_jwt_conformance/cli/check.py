"""`slurm-jwt check`: check a token by the documented rules and by the cluster's Slurm; show what to fix."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.cli import check_lines, inputs, options
from slurm_jwt_conformance.site.discovery.token import demand_not_swapped, moment, read_token
from slurm_jwt_reports import terminal
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.question import Options
    from slurm_jwt_reports.output import File

EPILOG = """\
The command searches for slurm.conf (SLURM_CONF, the one of the running slurmctld, the usual places). It reads
the key, AuthAltParameters and SlurmUser from it by Slurm's own grammar, and asks a model of the releases.
Options override what it finds. What cannot be read is reported, and does not pass.

A token on stdin or in a file may begin with SLURM_JWT= or Bearer and end with line ends: they are removed,
and the output says so. An argument and the variable SLURM_JWT are judged exactly as Slurm gets them.

releases: those named with --release, otherwise the installed one, otherwise all modelled ones. With
--judge rules none is asked. Users: with slurm.conf or a named release those of this host, or --passwd FILE.
--passwd none takes the user out of the question: every format then shows "user: not checked".

outcome:
  pass          every rule of level error is kept (or waived), and every release asked accepts the token as
                the user that it names
  fail          a rule is broken, or a named or installed release (of all modelled ones: every release)
                refuses the token or assigns another user
  undetermined  something was not checked, or only some of all modelled releases accept the token

verdict of the documented rules: valid, either (the documents leave the choice; careful verifiers refuse),
invalid, undetermined (the signature or a rule was not checked).

examples:
  scontrol token | slurm-jwt check
  slurm-jwt check --token-file portal.jwt --key-file jwt_hs256.key --json
  slurm-jwt check --token-file portal.jwt --all-releases
  slurm-jwt check --policy site.toml --html fit.html --junit j.xml <portal.jwt
  slurm-jwt check --jsonl --key-file jwt_hs256.key <tokens.jsonl >verdicts.jsonl

many tokens: --jsonl reads lines of {"id", "token" or "token_base64", "now"?} from stdin or FILEs and answers
each, in order, with a line of {"id", "verdict", "rules", "outcome", "passes", "reasons"} and "slurm":
{"22.05/libjwt1.10.2": {"accepted", "user", "uid", "log", "basis"}} if releases are asked, with --policy also
"remarks" (ids of other diagnostics), or with {"id", "line", "error"}. --lines reads bare tokens, a line each.
Both judge what Slurm gets: a prefix stays. Several --token-file are judged like such lines, and a prefix is
removed ("removed" in the answer). With several files answers begin with "file". The counts go to stderr, or
as JSON to --summary. --judge rules is much faster than asking all releases.

"observed" means that the model of this release was compared with its real daemon, "modelled" that it was
read from the sources only.

exit codes: 0 pass, 1 fail or undetermined, 2 usage or configuration, 3 the harness failed
"""


_SHOWN = (
    "token_files", "key_file", "jwks", "now", "judge", "policy", "candidate_key", "conf", "no_discovery",
    "release", "all_releases", "passwd", "parameters", "slurm_user", "site_name",
)  # fmt: skip
"""Options that a report names, by their names in the parsed arguments."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt check`."""
    check = argparse.ArgumentParser(
        prog="slurm-jwt check",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=_formatter,
    )
    inputs.add_token_arguments(check, several=True)
    check.add_argument(
        "--judge", choices=("both", "rules", "slurm"), default="both", help="who decides (default: both)"
    )
    check.add_argument("--policy", metavar="FILE", help="check the token against a site's policy too (TOML)")
    check.add_argument(
        "--candidate-key",
        action="append",
        default=[],
        metavar="FILE",
        help="on a bad signature, try this key too: a client secret, last year's key (may be repeated)",
    )
    _add_site(check.add_argument_group("the cluster"))
    options.add_output_options(check)
    check.add_argument(
        "--site-name", metavar="NAME", help="the site's name in --html (default: ClusterName of slurm.conf)"
    )
    check_lines.add_arguments(check)
    return check


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Set the width: argparse would load a module for it, at every start."""
    return argparse.RawDescriptionHelpFormatter(prog, width=terminal.width(sys.stdout) - 2)


def _add_site(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    group.add_argument(
        "--no-discovery", action="store_true", help="use only what is named; search for nothing"
    )
    group.add_argument(
        "--release",
        action="append",
        default=[],
        metavar="R",
        help="ask this release, such as 22.05 or 26.05/libjwt1.17.2 (may be repeated; default: installed, "
        "otherwise all modelled)",
    )
    group.add_argument(
        "--jwks", metavar="FILE", help="the JWKS with the keys of RS256 (default: jwks= of slurm.conf)"
    )
    group.add_argument("--all-releases", action="store_true", help="ask every release that is modelled")
    group.add_argument(
        "--passwd",
        metavar="FILE",
        help="users of slurmctld's host, as `getent passwd` writes them, or none (default: this host's)",
    )
    group.add_argument(
        "--parameters",
        metavar="TEXT",
        help="AuthAltParameters (default: those of slurm.conf, otherwise none)",
    )
    group.add_argument("--slurm-user", metavar="NAME", help="SlurmUser (default: that of slurm.conf)")


class Call(NamedTuple):
    """What the arguments of one call ask for. lines: of many tokens; None for one.

    text: the call for a report, without the token and safe to print.
    """

    lines: check_lines.Lines | None
    named: Options
    now: int | None
    output: options.Output
    token: str | None
    token_file: str | None
    candidate_keys: tuple[str, ...]
    site_name: str | None
    text: str

    @property
    def page(self) -> str | None:
        """The file of --html."""
        return self.output.places.get("html")


def run(args: argparse.Namespace) -> int:
    """Check what the arguments name; return the exit code of the outcome."""
    call = Call(
        lines=check_lines.asked_for(args),
        named=_options(args),
        now=moment(args.now),
        output=options.output(args),
        token=args.token,
        token_file=args.token_files[0] if args.token_files else None,
        candidate_keys=tuple(args.candidate_key),
        site_name=args.site_name,
        text=command(args),
    )
    return _one(call) if call.lines is None else _many(call, call.lines)


def _options(args: argparse.Namespace) -> Options:
    from slurm_jwt_conformance.site.check.question import Options

    return Options(
        key_file=args.key_file,
        jwks=args.jwks,
        release=tuple(args.release),
        all_releases=args.all_releases,
        conf=args.conf,
        no_discovery=args.no_discovery,
        passwd=args.passwd,
        parameters=args.parameters,
        slurm_user=args.slurm_user,
        policy=args.policy,
        judge=args.judge,
    )


def _one(call: Call) -> int:
    """Check one token."""
    from slurm_jwt_conformance.cli import emit
    from slurm_jwt_conformance.site.check import document

    emit.check_places(call.output, page_kind="site html")
    if call.page == options.STDOUT:
        raise Problem(
            "--html needs the name of a file: its JSON goes beside it.", "Name one: --html fit.html"
        )
    answer = _answer(call)
    page, *companions = _sign_off(answer, call) if call.page else (None,)
    files = [file for file in companions if file is not None]
    read = _read_by(answer, call)
    return emit.emit(document.document(answer), call.output, read=read, companions=files, page=page)


def _answer(call: Call) -> Answer:
    from slurm_jwt_conformance.site.check import answer as answers
    from slurm_jwt_conformance.site.check import judged
    from slurm_jwt_conformance.site.check.key_neighbours import candidate
    from slurm_jwt_conformance.site.check.question import question

    for path in call.candidate_keys:
        candidate(path)
    asked = question(call.named)
    source = read_token(call.token, call.token_file)
    key = asked.found.key
    demand_not_swapped(source, key.content if key and call.named.key_file else None)
    answer = answers.judge(
        source.token, source.place, int(time.time()) if call.now is None else call.now, asked
    )
    answer = answer._replace(
        file=source.file, prefix=source.prefix, removed=source.removed, command=call.text
    )
    if key is not None and key.content is not None:
        return answer._replace(checked=judged.with_fits(answer.checked, key.file, call.candidate_keys))
    return answer


def _many(call: Call, lines: check_lines.Lines) -> int:
    """Check many tokens; the answers are those of single checks."""
    from slurm_jwt_conformance.site.check.bulk.task import Task
    from slurm_jwt_conformance.site.check.question import question

    given = [f"--{name}" for name in call.output.places]
    given += ["--candidate-key"] if call.candidate_keys else []
    if given:
        raise Problem(f"{' and '.join(given)} is for one token.", "Drop it, or check tokens one by one.")
    return check_lines.run(lines, Task(question(call.named), call.now, lines.bare, lines.token_files))


def _sign_off(answer: Answer, call: Call) -> list[File]:
    """Return the sign-off page, its JSON and the JSON's schema."""
    from slurm_jwt_conformance.site.fitness import token_report

    clock = None if call.now is None else "no clock: the moment was given with --now"
    return token_report.files(answer, call.output.places["html"], call.site_name, clock=clock)


def _read_by(answer: Answer, call: Call) -> set[str]:
    """Return the files that were read: none of them is replaced."""
    found = answer.question.found
    paths = [answer.file, call.named.policy, call.named.passwd, *call.candidate_keys, *found.files]
    paths += found.conf.parsed.files if found.conf else ()
    paths += [key.file for key in (found.key, found.configured) if key]
    return {os.path.realpath(path) for path in paths if path}


def command(args: argparse.Namespace) -> str:
    """Return the call for a report: options and their values, never the token, nothing secret."""
    if not args.html:
        return "slurm-jwt check"  # no format shows it
    import shlex

    from slurm_jwt_reports.redaction import concealed, one_line

    parts = ["slurm-jwt", "check", *(["TOKEN"] if args.token else [])]
    for name in _SHOWN:
        values = getattr(args, name)
        option = f"--{name.replace('_', '-').replace('files', 'file')}"
        if values is True:
            parts.append(option)
        elif values and (name, values) != ("judge", "both"):
            each = values if isinstance(values, list) else [values]
            parts += [part for value in each for part in (option, shlex.quote(value))]
    return one_line(concealed(" ".join(parts)), 400)
