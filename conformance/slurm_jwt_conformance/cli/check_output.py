"""The formats in which `slurm-jwt check` writes an answer, to stdout or to files."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli.options import add_overwrite
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from slurm_jwt_conformance.site.check.answer import Answer

STDOUT = "-"
FORMATS = {"json": "documents", "sarif": "sarif", "junit": "junit", "markdown": "markdown"}
"""Each format of one text, and the module of `checking` whose `render` makes it."""

_TITLES = {
    "sarif": "SARIF 2.1.0, for code scanning",
    "junit": "JUnit XML, a testcase for each rule",
    "markdown": "Markdown, for a step summary",
}
_TOLD = (
    "token_file", "key_file", "now", "judge", "policy", "candidate_key", "conf", "no_discovery", "release",
    "all_releases", "passwd", "parameters", "slurm_user", "site_name",
)  # fmt: skip
"""Options that decide about an answer, by their names in the parsed arguments."""

_TOKEN = re.compile(r"eyJ|[^/]{8,}\.[^/]{8,}\.[^/]{8,}")


def add_arguments(group: argparse._ArgumentGroup) -> None:
    """Add an option for each format."""
    group.add_argument("--json", action="store_true", help="write the answer as one JSON object to stdout")
    for name, title in _TITLES.items():
        group.add_argument(f"--{name}", nargs="?", const=STDOUT, metavar="FILE", help=f"write {title}")
    group.add_argument(
        "--html", metavar="FILE", help="write a site's report, to print and sign, with its JSON beside it"
    )
    group.add_argument(
        "--site-name", metavar="NAME", help="the site's name in --html (default: ClusterName of slurm.conf)"
    )
    add_overwrite(group)


def command(args: argparse.Namespace) -> str:
    """Return the call for a report's reader: options and their values, never the token, nothing secret."""
    if not any(getattr(args, name) for name in ("sarif", "html")):
        return "slurm-jwt check"  # nobody will read it
    import shlex

    from slurm_jwt_reports.redaction import concealed

    parts = ["slurm-jwt", "check", *(["TOKEN"] if args.token else [])]
    for name in _TOLD:
        values = getattr(args, name)
        option = f"--{name.replace('_', '-')}"
        if values is True:
            parts.append(option)
        elif values and (name, values) != ("judge", "both"):
            each = values if isinstance(values, list) else [values]
            parts += [part for value in each for part in (option, shlex.quote(value))]
    return one_line(concealed(" ".join(parts)), 400)


def wanted(args: argparse.Namespace) -> dict[str, str]:
    """Return the formats that are asked for and where each goes; Problem where they cannot go there."""
    places = {name: getattr(args, name) for name in _TITLES if getattr(args, name) is not None}
    if args.json:
        places["json"] = STDOUT
    if args.html is not None:
        places["html"] = args.html
    for name, place in places.items():
        _demand_place(name, place)
    to_stdout = [f"--{name}" for name, place in places.items() if place == STDOUT]
    if len(to_stdout) > 1:
        raise Problem(
            f"{' and '.join(to_stdout)} would all go to stdout.", "Give all but one a FILE: --junit junit.xml"
        )
    files = [os.path.abspath(place) for place in places.values() if place != STDOUT]  # noqa: PTH100
    if len(set(files)) < len(files):
        raise Problem("Two formats would go to the same file.", "Give each a FILE of its own.")
    return places


def _demand_place(name: str, place: str) -> None:
    """Refuse what cannot be a file's name: a token that stands where FILE may stand must make no file."""
    if _TOKEN.match(place):
        hint = f"Put the token before --{name}, or give it on stdin or with --token-file."
        raise Problem(f"What follows --{name} looks like a token, not like a FILE.", hint)
    if not place or "\0" in place or place.endswith("/") or (name == "html" and place == STDOUT):
        raise Problem(f"--{name} wants the name of a file.", f"Name one: --{name} FILE")


def demand_none(args: argparse.Namespace) -> None:
    """Refuse formats for many tokens, which have their own."""
    named = [f"--{name}" for name in (*_TITLES, "html") if getattr(args, name) is not None]
    if named:
        raise Problem(f"{' and '.join(named)} is for one token.", "Drop it, or check tokens one by one.")


def write(made: Answer, args: argparse.Namespace, places: dict[str, str]) -> None:
    """Write the answer in each format; as text too where stdout is free."""
    texts = {place: _made(made, name) for name, place in places.items() if name != "html"}
    files = [(place, text) for place, text in texts.items() if place != STDOUT]
    if "html" in places:
        from slurm_jwt_conformance.site.fitness import token_report as sitereport

        clock = None if args.now is None else "no clock: the moment was given with --now"
        files += sitereport.files(made, places["html"], args.site_name, clock=clock)
    for place, _ in files:
        _demand_free(place, _read_by(made, args))
    kinds = {place: name for name, place in places.items()}
    sys.stdout.write(texts[STDOUT] if STDOUT in texts else _text(made))
    if files:
        from slurm_jwt_reports import output

        written = [output.File(place, text, kinds.get(place, "")) for place, text in files]
        output.write_all(written, overwrite=args.overwrite)
        print(f"written: {', '.join(one_line(place) for place, _ in files)}", file=sys.stderr)


def _read_by(made: Answer, args: argparse.Namespace) -> set[str]:
    """Return the files that were read: none of them may be replaced."""
    found = made.question.found
    paths = [made.file, args.policy, args.passwd, *args.candidate_key]
    paths += found.conf.parsed.files if found.conf else ()
    paths += [key.file for key in (found.key, found.configured) if key]
    return {os.path.realpath(path) for path in paths if path}


def _demand_free(place: str, read: set[str]) -> None:
    """Refuse a place where a file cannot or must not be put: nothing but a plain file is ever replaced."""
    folder = os.path.dirname(place) or "."  # noqa: PTH120 - the path as it was given
    if not os.path.isdir(folder):  # noqa: PTH112 - as above
        raise Problem(f"There is no folder {one_line(folder)}.", "Make it first, or name another FILE.")
    if os.path.realpath(place) in read:
        raise Problem(f"{one_line(place)} was read; it is not written over.", "Name another FILE.")
    if os.path.lexists(place) and (os.path.islink(place) or not os.path.isfile(place)):  # noqa: PTH113, PTH114
        raise Problem(f"{one_line(place)} is not a plain file.", "Name another FILE; - is stdout.")


def _made(made: Answer, name: str) -> str:
    render: Callable[[Answer], str] = import_module(
        f"slurm_jwt_conformance.site.check.{FORMATS[name]}"
    ).render
    return render(made)


def _text(made: Answer) -> str:
    from slurm_jwt_conformance.site.check import text
    from slurm_jwt_reports import terminal

    return text.render(made, terminal.style(sys.stdout))
