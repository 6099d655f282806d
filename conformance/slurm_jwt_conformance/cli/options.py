"""Option groups that several commands share."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from slurm_jwt_conformance.adapters.child import Limits

STDOUT = "-"
FORMATS = {
    "html": "an HTML page, to read and print",
    "junit": "JUnit XML, a testcase for each diagnostic",
    "sarif": "SARIF 2.1.0, for code scanning",
    "markdown": "Markdown, for a step summary",
}

_TOKEN = re.compile(r"(?:SLURM_JWT=|Bearer )?eyJ|[^/]{8,}\.[^/]{8,}\.[^/]{8,}")


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add `--json`, an option for each format, and `--overwrite`."""
    group = parser.add_argument_group("output (FILE - is stdout)")
    group.add_argument("--json", action="store_true", help="write the result as one JSON object to stdout")
    for name, title in FORMATS.items():
        group.add_argument(f"--{name}", metavar="FILE", help=f"write {title}")
    add_overwrite(group)


def add_overwrite(group: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add `--overwrite`."""
    group.add_argument(
        "--overwrite", action="store_true", help="replace a regular file that slurm-jwt did not write"
    )


def add_child_options(parser: argparse.ArgumentParser) -> None:
    """Add the time limits of implementations, and `--verbose`."""
    parser.add_argument(
        "--start-timeout",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="let a start take this long (default: 30)",
    )
    parser.add_argument(
        "--answer-timeout",
        type=_seconds,
        default=5.0,
        metavar="SECONDS",
        help="let an answer take this long (default: 5)",
    )
    parser.add_argument("--verbose", action="store_true", help="show what implementations write to stderr")


def limits(args: argparse.Namespace) -> Limits:
    """Return the time limits that the arguments name."""
    from slurm_jwt_conformance.adapters.child import Limits

    return Limits(args.start_timeout, args.answer_timeout)


def _seconds(text: str) -> float:
    from argparse import ArgumentTypeError

    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 86_400:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return seconds


class Output(NamedTuple):
    """Where each format goes, by its name, and whether any regular file there may be replaced."""

    places: Mapping[str, str]
    overwrite: bool = False


def output(args: argparse.Namespace) -> Output:
    """Return what the arguments say of output; a Problem if two formats go to one place.

    Call this before work that takes time.
    """
    named = {name: place for name in FORMATS if (place := getattr(args, name, None)) is not None}
    for name, place in named.items():
        demand_place(f"--{name}", place)
    if args.json:
        named["json"] = STDOUT
    to_stdout = [f"--{name}" for name, place in named.items() if place == STDOUT]
    if len(to_stdout) > 1:
        raise Problem(
            f"{' and '.join(to_stdout)} cannot both go to stdout.",
            f"Give {to_stdout[0]} a file, or drop one of them."
            if "--json" not in to_stdout[:1]
            else "Drop one of them.",
        )
    demand_different(named.values())
    return Output(named, args.overwrite)


def demand_different(places: Iterable[str]) -> None:
    """Refuse two outputs to one file."""
    files = [os.path.realpath(place) for place in places if place != STDOUT]
    if len(set(files)) < len(files):
        raise Problem("Two outputs would go to the same file.", "Give each a file of its own.")


def demand_place(option: str, place: str) -> None:
    """Refuse what cannot be the name of a file: a token in the place of FILE must not make a file."""
    if _TOKEN.match(place):
        hint = f"Put the token before {option}, or give it on stdin or with --token-file."
        raise Problem(f"The text after {option} looks like a token, not like a FILE.", hint)
    if not place or "\0" in place or place.endswith("/"):
        raise Problem(f"{option} needs the name of a file.", f"Name one: {option} FILE")
