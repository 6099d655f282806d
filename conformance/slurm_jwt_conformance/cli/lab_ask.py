"""`slurm-jwt lab ask`, `token` and `exec`: questions to a lab that is up."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.lab.errors import printable
from slurm_jwt_conformance.lab.service import client as lab_client
from slurm_jwt_conformance.site.discovery.token import read_token
from slurm_jwt_reports.problems import HarnessProblem, Problem, nearest

if TYPE_CHECKING:
    import argparse

SLACK = 30.0
"""Seconds that a lab may need beyond a command's own limit."""
MOST_BODY = 600
"""Characters of an HTTP body that a terminal shows; --json has all of it."""


def ask(args: argparse.Namespace) -> int:
    """Ask for a verdict; return 0 for accepted, 1 for refused."""
    place = lab_client.choose(args.name)
    source = read_token(args.token, args.token_file)
    seen = lab_client.ask(place, "ask", token_base64=_packed(source.token), user_name=args.user_name)
    if args.json:
        print(json.dumps({**seen, "token_sha256": _digest(source.token)}, indent=2))
    else:
        print("\n".join(_lines(seen)))
    if seen["verdict"] == "cannot-be-carried":
        raise HarnessProblem(f"There is no verdict: {seen['client']}.", "No route takes this question there.")
    return 0 if seen["verdict"] == "accepted" else 1


def _digest(token: bytes) -> str:
    from slurm_jwt.strict.keys import token_fingerprint

    return token_fingerprint(token)


def _lines(seen: dict[str, Any]) -> list[str]:
    who = (
        f" as {seen['user'] or 'a user without a name'} (uid {seen['uid']})"
        if seen["uid"] is not None
        else ""
    )
    told = [
        ("log", seen["log"]),
        ("client", seen["client"]),
        ("route", _route(seen)),
        ("slurmdbd", _accounting(seen["slurmdbd"])),
        ("http", _http(seen["http"])),
    ]
    shown = [f"{name + ':':<10}{printable(str(text))}" for name, text in told if text]
    return [f"{seen['verdict']}{who}", *shown]


def _route(seen: dict[str, Any]) -> str:
    return f"{seen['route']}, Slurm {seen['slurm']} with libjwt {seen['libjwt'] or 'unknown'}"


def _accounting(said: dict[str, Any] | None) -> str | None:
    if said is None:
        return None
    return f"accepted as uid {said['uid']}" if said["verdict"] == "accepted" else f"refused: {said['log']}"


def _http(http: dict[str, Any] | None) -> str | None:
    """Say in a line what slurmrestd answered; the body only where it tells an error."""
    if http is None:
        return None
    if http["status"] is None:
        return f"no answer: {http['unanswered']}"
    beside = f" with X-SLURM-USER-NAME {http['user_name']}" if http["user_name"] is not None else ""
    who = (
        f", accepted as uid {http['uid']}"
        if http["accepted"]
        else f": {' '.join(http['body'].split())[:MOST_BODY]}"
    )
    return f"{http['status']} {http['reason']}{beside}{who}"


def token(args: argparse.Namespace) -> int:
    """Print a token as `scontrol token` does."""
    place = lab_client.choose(args.name)
    options = dict(_option(text) for text in args.option)
    made = lab_client.ask(place, "token", user=options.get("username"), lifespan=options.get("lifespan"))
    print(f"SLURM_JWT={made['token']}")
    return 0


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if name not in {"username", "lifespan"} or not equals:
        raise Problem(f"{text!r} is no option of scontrol token.", nearest(name, ["username=", "lifespan="]))
    return name, value


def exec(args: argparse.Namespace) -> int:  # noqa: A001 - the command's name
    """Run a command in a lab, show its output, and return its exit code."""
    argv = args.argv[1:] if args.argv[:1] == ["--"] else args.argv
    if not argv:
        raise Problem("There is no command to run.", "slurm-jwt lab exec -- scontrol ping")
    place = lab_client.choose(args.name)
    fields = {"argv": argv, "user": args.user, "seconds": args.seconds, "token_base64": _given_token(args)}
    done = lab_client.ask(place, "run", limit=args.seconds + SLACK, **fields)
    sys.stdout.write(done["out"])
    sys.stderr.write(done["err"])
    if done["exit"] is None:
        dead = (
            f"{', '.join(done['dead'])} ended" if done["dead"] else f"it took over {args.seconds:g} seconds"
        )
        raise HarnessProblem(f"{argv[0]} was ended: {dead}.")
    code: int = done["exit"]
    return code if code >= 0 else 128 - code


def _given_token(args: argparse.Namespace) -> str | None:
    if args.token_file is None:
        return None
    if args.token_file == "-":  # noqa: S105 - a dash is no password
        args.token, args.token_file = args.token_file, None
    return _packed(read_token(args.token, args.token_file).token)


def _packed(token: bytes) -> str:
    return base64.b64encode(token).decode()
