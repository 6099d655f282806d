"""`slurm-jwt lab up`, `down` and `status`: start, end and list labs."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import emit
from slurm_jwt_conformance.lab.service import background, client, plan, registry
from slurm_jwt_conformance.site.discovery.token import read_key
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.lab.service.registry import Facts


def up(args: argparse.Namespace) -> int:
    """Start a lab, print how to use it, and hold it until it is ended. --detach: return when it is up."""
    from slurm_jwt_conformance.lab.service.server import hold

    _clean()
    lab = _plan(args)
    if args.detach:
        code = background.detach()
        if code is not None:
            return code

    def announce(facts: Facts) -> None:
        if args.json:
            emit.print_json(facts)
        else:
            print(_welcome(facts, detached=args.detach), flush=True)
        if args.detach:
            background.release()

    code = hold(lab, announce, _say)
    _say("the lab has ended")
    return code


def _plan(args: argparse.Namespace) -> plan.Plan:
    from slurm_jwt.strict.keys import generate

    key = read_key(args.key_file)
    return plan.Plan(
        key=generate() if key is None else key,
        release=args.release and plan.known_release(args.release),
        prefix=args.prefix and str(Path(args.prefix).absolute()),
        name=args.name and registry.check_name(args.name),
        users=plan.users_of(args.user),
        daemons=plan.daemons_of(args.daemons),
        jwks=_read_jwks(args.jwks),
        parameters=plan.parameters_of(args.parameters),
    )


def _read_jwks(path: str | None) -> bytes | None:
    """Return the bytes of a JWKS: the daemons decide what they do with it."""
    from slurm_jwt.config.grammar import Unreadable
    from slurm_jwt_conformance.site.discovery.host import Host

    try:
        return None if path is None else Host().read(path)
    except Unreadable as error:
        raise Problem(f"The JWKS {one_line(path or '')} cannot be read: {error}.") from None


def _welcome(facts: Facts, *, detached: bool) -> str:
    name = facts["name"]
    option = "" if len(registry.living()) == 1 else f" --name {name}"
    users = ", ".join(f"{user} ({uid})" for user, uid in facts["users"].items())
    user = next(iter(facts["users"]))
    kids = f"kids:  {', '.join(facts['kids'])}\n" if facts.get("kids") else ""
    end = f"slurm-jwt lab down{option}" + ("" if detached else "   (or Ctrl-C here)")
    return (
        f"lab {name} is up: {', '.join(facts['daemons'])} of {_version(facts)}, loopback only\n"
        f"key:   {facts['key_bytes']} bytes, fingerprint {facts['key_fingerprint']}\n{kids}"
        f"users: {users}\n"
        f"token: slurm-jwt lab token{option} username={user}\n"
        f"ask:   slurm-jwt lab ask{option} <token.txt\n"
        f"run:   slurm-jwt lab exec{option} -- scontrol ping\n"
        f"end:   {end}"
    )


def _version(facts: Facts) -> str:
    return f"Slurm {facts['slurm']} with libjwt {facts['libjwt'] or 'unknown'}"


def down(args: argparse.Namespace) -> int:
    """End one lab or all labs. Return 0 also if the lab's process had been killed before."""
    cleaned = _clean()
    labs = registry.living()
    if args.name in cleaned or (cleaned and not labs and not args.name):
        return 0
    for place in list(labs.values()) if args.all else [client.choose(args.name)]:
        client.end(place)
        _say(f"the lab {place.name} has ended")
    return 0


def status(args: argparse.Namespace) -> int:
    """List the labs and remove what killed labs left. Return 1 if a lab is broken."""
    cleaned = _clean()
    labs = [client.status(place) for place in registry.living().values()]
    if args.json:
        emit.print_json({"labs": labs, "cleaned": cleaned})
    else:
        print("\n".join(_row(facts) for facts in labs) or "no lab is up")
    return 1 if any(facts["state"] == "broken" for facts in labs) else 0


def _row(facts: Facts) -> str:
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(facts["since"])) if "since" in facts else "?"
    line = f"{facts['name']:<12} {facts['state']:<9} since {since}"
    if "slurm" in facts:
        line += f"  {_version(facts)}: {', '.join(facts['daemons'])}"
    ended = [f"{name} ended with {code}" for name, code in facts.get("ended", {}).items()]
    trouble = "; ".join([*ended, *([facts["trouble"]] if facts.get("trouble") else [])])
    return f"{line}\n  {trouble}" if trouble else line


def _clean() -> list[str]:
    cleaned = registry.clean()
    for name in cleaned:
        _say(f"the process of lab {name} was killed: its files are removed")
    return cleaned


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
