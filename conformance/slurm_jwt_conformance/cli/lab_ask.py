"""`slurm-jwt lab ask`, `token` and `exec`: use a lab that is up."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING, Any

from slurm_jwt.strict.keys import token_fingerprint
from slurm_jwt_conformance.cli import emit, inputs
from slurm_jwt_conformance.lab.errors import printable
from slurm_jwt_conformance.lab.service import client
from slurm_jwt_conformance.site.discovery.token import read_token
from slurm_jwt_reports.problems import HarnessProblem, Problem, nearest

if TYPE_CHECKING:
    import argparse

SLACK = 30.0
"""Seconds that a lab may need in addition to a command's own limit."""
MOST_BODY = 600
"""Characters of an HTTP body in the text output. --json has all of it."""


def ask(args: argparse.Namespace) -> int:
    """Print the verdict on a token. Return 0 for accepted, 1 for refused."""
    place = client.choose(args.name)
    source = read_token(args.token, args.token_file, "lab ask")
    answer = client.ask(place, "ask", token_base64=_packed(source.token), user_name=args.user_name)
    if args.json:
        digest = token_fingerprint(source.token)
        emit.print_json({**answer, "token_sha256": digest, "removed": source.removed})
    else:
        print("\n".join(_lines(answer, source.removed)))
    if answer["verdict"] == "cannot-be-carried":
        raise HarnessProblem(
            f"There is no verdict: {answer['client']}.", "No route carries this token and user name."
        )
    return 0 if answer["verdict"] == "accepted" else 1


def _lines(answer: dict[str, Any], removed: str) -> list[str]:
    user = answer["user"] or "a user without a name"
    result = answer["verdict"] if answer["uid"] is None else f"accepted as {user} (uid {answer['uid']})"
    version = f"Slurm {answer['slurm']} with libjwt {answer['libjwt'] or 'unknown'}"
    rows = [
        ("removed", removed),
        ("log", answer["log"]),
        ("client", answer["client"]),
        ("route", f"{answer['route']}, {version}"),
        ("slurmdbd", _accounting(answer["slurmdbd"])),
        ("http", _http(answer["http"])),
    ]
    return [result, *(f"{name + ':':<10}{printable(text)}" for name, text in rows if text)]


def _accounting(answer: dict[str, Any] | None) -> str | None:
    if answer is None:
        return None
    accepted = answer["verdict"] == "accepted"
    return f"accepted as uid {answer['uid']}" if accepted else f"refused: {answer['log']}"


def _http(answer: dict[str, Any] | None) -> str | None:
    """Return slurmrestd's answer in one line. The body is in it only if the token was not accepted."""
    if answer is None:
        return None
    if answer["status"] is None:
        return f"no answer: {answer['unanswered']}"
    name = answer["user_name"]
    header = "" if name is None else f" with X-SLURM-USER-NAME {name}"
    accepted = f", accepted as uid {answer['uid']}"
    rest = accepted if answer["accepted"] else f": {' '.join(answer['body'].split())[:MOST_BODY]}"
    return f"{answer['status']} {answer['reason']}{header}{rest}"


def token(args: argparse.Namespace) -> int:
    """Print a token as `scontrol token` does."""
    place = client.choose(args.name)
    options = dict(_option(text) for text in args.option)
    answer = client.ask(place, "token", user=options.get("username"), lifespan=options.get("lifespan"))
    print(f"SLURM_JWT={answer['token']}")
    return 0


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if name not in {"username", "lifespan"} or not equals:
        hint = nearest(name, ["username=", "lifespan="])
        raise Problem(f"{text!r} is not an option of scontrol token.", hint)
    return name, value


def exec(args: argparse.Namespace) -> int:  # noqa: A001 - the command's name
    """Run a command in a lab, print its output, and return its exit code."""
    argv = args.argv[1:] if args.argv[:1] == ["--"] else args.argv
    if not argv:
        raise Problem("There is no command to run.", "slurm-jwt lab exec -- scontrol ping")
    place = client.choose(args.name)
    fields = {"argv": argv, "user": args.user, "seconds": args.seconds, "token_base64": _token_of(args)}
    end = client.ask(place, "run", limit=args.seconds + SLACK, **fields)
    sys.stdout.write(end["out"])
    sys.stderr.write(end["err"])
    if end["exit"] is None:
        dead = ", ".join(end["dead"])
        reason = f"{dead} ended" if dead else f"it took over {args.seconds:g} seconds"
        raise HarnessProblem(f"{argv[0]} was ended: {reason}.")
    code: int = end["exit"]
    return code if code >= 0 else 128 - code


def _token_of(args: argparse.Namespace) -> str | None:
    if args.token_file is None:
        return None
    if args.token_file == "-":  # noqa: S105 - a dash is no password
        args.token, args.token_file = args.token_file, None
    source = read_token(args.token, args.token_file, "lab ask")
    inputs.show_removed(source)
    return _packed(source.token)


def _packed(token: bytes) -> str:
    return base64.b64encode(token).decode()
