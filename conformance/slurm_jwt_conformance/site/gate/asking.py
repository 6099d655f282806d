"""The options of the site's gate, for pytest and for the command, and the one answer behind its tests."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import concealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_conformance.site.check.answer import Answer


class Option(NamedTuple):
    """One option: its name without dashes, what follows it ("" for a flag), how it is said, or said often."""

    name: str
    metavar: str
    text: str
    often: bool = False


OPTIONS = (
    Option("token-file", "FILE", "the token, as the site's issuer makes it"),
    Option("key-file", "FILE", "the signing key (default: the one that slurm.conf names)"),
    Option("policy", "FILE", "the site's policy and its waivers (TOML)"),
    Option(
        "release",
        "R",
        "ask this release, such as 22.05 (may be repeated; default: installed one)",
        often=True,
    ),
    Option("all-releases", "", "ask every release that is modelled"),
    Option("live", "", "also ask a real slurmctld of each release asked (see `slurm-jwt lab install`)"),
    Option("conf", "FILE", "slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"),
    Option("no-discovery", "", "look for nothing: what is not named is not known"),
    Option("passwd", "FILE", "users of slurmctld's host, as `getent passwd` writes them, or none"),
    Option("parameters", "TEXT", "AuthAltParameters (default: those of slurm.conf, else none)"),
    Option("slurm-user", "NAME", "SlurmUser (default: that of slurm.conf)"),
    Option("now", "TIME", "judge at this moment: seconds since 1970 or ISO 8601 (default: the clock's)"),
)

PACKAGE = "slurm_jwt_conformance.site.gate"
PYTEST_PREFIX = "slurm-jwt-"
WANTING = "The gate needs a token: --token-file FILE (called through pytest: --slurm-jwt-token-file FILE)."
_ANSWER = pytest.StashKey["Answer"]()


def add(add_argument: Callable[..., Any], prefix: str = "") -> None:
    """Add the options to a parser, by its own method; pytest's have a prefix."""
    for one in OPTIONS:
        kind: dict[str, Any] = {"action": "store_true"} if not one.metavar else {"metavar": one.metavar}
        if one.often:
            kind |= {"action": "append", "default": []}
        add_argument(f"--{prefix}{one.name}", help=one.text, **kind)


def as_pytest(args: argparse.Namespace) -> list[str]:
    """Return the command's options as pytest takes them."""
    given = []
    for one in OPTIONS:
        value = getattr(args, one.name.replace("-", "_"))
        flag = f"--{PYTEST_PREFIX}{one.name}"
        if not one.metavar:
            given += [flag] if value else []
        elif value is not None:
            given += [f"{flag}={each}" for each in (value if one.often else [value])]
    return given


def answer_of(config: pytest.Config) -> Answer:
    """Judge the token once, and keep the answer; pytest.UsageError says what is wrong with the call."""
    if _ANSWER not in config.stash:
        try:
            config.stash[_ANSWER] = _judge(_namespace(config))
        except Problem as problem:
            raise pytest.UsageError(concealed(f"{problem.what} {problem.hint}".strip())) from None
    return config.stash[_ANSWER]


def _namespace(config: pytest.Config) -> argparse.Namespace:
    """Return the options as `slurm-jwt check` has them."""
    names = {one.name: one.name.replace("-", "_") for one in OPTIONS}
    given = {names[one.name]: config.getoption(f"slurm_jwt_{names[one.name]}") for one in OPTIONS}
    return argparse.Namespace(**given, token=None, judge="both")


def _judge(args: argparse.Namespace) -> Answer:
    """Judge the token as `slurm-jwt check` does."""
    from slurm_jwt_conformance.cli import check
    from slurm_jwt_conformance.site.check.answer import answer
    from slurm_jwt_conformance.site.discovery.token import moment, read_token

    if args.token_file is None:
        raise Problem(WANTING)
    now = moment(args.now)
    source = read_token(None, args.token_file)
    return answer(source.token, source.place, int(time.time()) if now is None else now, check.ask(args))
