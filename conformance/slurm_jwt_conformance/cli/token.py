"""`slurm-jwt token`: issue a token as `scontrol token` does, with only the key's file, for tests."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import subcommands
from slurm_jwt_conformance.site.discovery.token import read_key
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

DEFAULT_LIFESPAN = 1800
"""Seconds (DEFAULT_AUTH_TOKEN_LIFESPAN, read_config.h)."""

INFINITE = 2_147_483_646
"""Seconds: what scontrol makes of infinite since 23.11.2, and the most that it takes."""

OPTIONS = ("username", "lifespan")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
"""A word that can be the name of a user."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt token`."""
    command = subcommands.command("token", __doc__)
    command.add_argument(
        "--key-file",
        required=True,
        metavar="FILE",
        help="the signing key, every byte of FILE as slurmctld reads it",
    )
    command.add_argument(
        "option", nargs="*", metavar="username=NAME|lifespan=SECONDS", help="as scontrol takes them"
    )
    return command


def run(args: argparse.Namespace) -> int:
    """Print `SLURM_JWT=<token>`; return 0, or raise a Problem."""
    from slurm_jwt import Issuer, Refused

    given = _options(args.option)
    lifespan = _lifespan(given.get("lifespan"))
    user = _user(given["username"]) if "username" in given else _caller()
    key = read_key(args.key_file)
    try:
        issuer = Issuer(key or b"")
        token = issuer.issue(user, lifespan)
    except Refused as refused:
        raise Problem(str(refused), f"Found: {refused.finding.found}.") from None
    print(f"SLURM_JWT={token}")
    sys.stdout.flush()
    print(
        f"A token for {user}, for {lifespan} seconds, under the key of fingerprint {issuer.fingerprint}.\n"
        "No daemon made it: it leaves no line in slurmctld's log. For tests; in production: scontrol token",
        file=sys.stderr,
    )
    return 0


def _options(words: Sequence[str]) -> dict[str, str]:
    """Return the values of scontrol's NAME=VALUE words, by name in lower case; each may occur once."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        name = name.lower()
        if not equals or name not in OPTIONS:
            raise Problem(f"{word[:80]!r} is not an option of a token.", _hint(word))
        if name in found:
            raise Problem(f"{name}= is given twice.", "Keep one of them.")
        found[name] = value
    return found


def _hint(word: str) -> str:
    """Return the option that a word may mean: a number or a name alone, or a name of an option misspelt."""
    if word.isascii() and word.isdigit() and len(word) <= 20:
        return f"Write lifespan={word} for a lifespan, or username=NAME for a user."
    if "=" not in word and _NAME.fullmatch(word) and word.lower() not in OPTIONS:
        return f"Write username={word} for a token of that user."
    return nearest(word.partition("=")[0].lower()[:80] + "=", [f"{option}=" for option in OPTIONS])


def _user(name: str) -> str:
    """Return the user's name; Problem for a number, which slurmctld takes as a uid: 0 is root."""
    digits = name.strip()
    if digits.isascii() and digits.removeprefix("-").removeprefix("+").isdigit():
        root = " Uid 0 is root." if not digits.strip("-+0") else ""
        raise Problem(
            f"username={name[:80]} is a number: slurmctld takes it as a uid.{root}",
            "Write the user's name, as username=root or username=alice.",
        )
    return name


def _lifespan(text: str | None) -> int:
    """Return seconds, as scontrol reads them since 23.02: a whole number over 0, or infinite."""
    if text is None:
        return DEFAULT_LIFESPAN
    if text.lower() in {"infinite", "unlimited"}:
        return INFINITE
    if text.isascii() and text.isdigit() and len(text) <= 20 and 1 <= int(text) <= INFINITE:
        return int(text)
    raise Problem(
        f"lifespan={text[:80]!r} is no lifespan.",
        f"Write whole seconds from 1 to {INFINITE}, as lifespan=3600, or lifespan=infinite.",
    )


def _caller() -> str:
    """Return the name of the user who calls, as scontrol does without username=."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise Problem(f"No user has your uid, {os.geteuid()}.", "Name the user: username=NAME") from None
