"""`slurm-jwt lab up`, `down` and `status`: labs begin, end, and are listed."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab.service import client as lab_client
from slurm_jwt_conformance.lab.service import folder as lab_folder
from slurm_jwt_conformance.lab.service import order as lab_order
from slurm_jwt_conformance.site.discovery.token import read_key
from slurm_jwt_reports.problems import HarnessProblem

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.lab.service.folder import Facts


def up(args: argparse.Namespace) -> int:
    """Start a lab, tell how to talk to it, and wait for its end unless it is detached."""
    _clean()
    starting = lab_client.Starting(_order(args))
    try:
        facts = starting.until_up(_say)
    except BaseException:
        starting.end()
        raise
    text = json.dumps(facts, indent=2) if args.json else _welcome(facts, detached=args.detach)
    if args.detach:
        starting.detach()  # before anything is printed: a reader that goes away must not end the lab
        print(text)
    else:
        _wait(starting, text)
    return 0


def _wait(starting: lab_client.Starting, text: str) -> None:
    """Print `text` and wait for the lab's end, which Ctrl-C brings about."""
    try:
        print(text, flush=True)
        code = starting.wait()
    except KeyboardInterrupt:
        code = 0
    finally:
        starting.end()
    if code:
        raise HarnessProblem("The lab's process was killed.", "What it left has been cleaned up.")
    _say("the lab has ended")


def _order(args: argparse.Namespace) -> lab_order.Order:
    from slurm_jwt.strict.keys import generate

    given = read_key(args.key_file)
    return lab_order.Order(
        key=generate() if given is None else given,
        release=args.release and lab_order.known_release(args.release),
        prefix=args.prefix and str(Path(args.prefix).absolute()),
        name=args.name and lab_folder.check_name(args.name),
        users=lab_order.users_of(args.user),
        daemons=lab_order.daemons_of(args.daemons),
    )


def _welcome(facts: Facts, *, detached: bool) -> str:
    name = facts["name"]
    which = "" if len(lab_folder.living()) == 1 else f" --name {name}"
    users = ", ".join(f"{user} ({uid})" for user, uid in facts["users"].items()) or "this machine's own"
    user = next(iter(facts["users"]), "root")
    end = f"slurm-jwt lab down{which}" + ("" if detached else "   (or Ctrl-C here)")
    return (
        f"lab {name} is up: {', '.join(facts['daemons'])} of {_version(facts)}, {_apart(facts)}\n"
        f"key:   {facts['key_bytes']} bytes, fingerprint {facts['key_fingerprint']}\n"
        f"users: {users}\n"
        f"make:  slurm-jwt lab token{which} username={user}\n"
        f"ask:   slurm-jwt lab ask{which} <token.txt\n"
        f"run:   slurm-jwt lab exec{which} -- scontrol ping\n"
        f"end:   {end}"
    )


def _version(facts: Facts) -> str:
    return f"Slurm {facts['slurm']} with libjwt {facts['libjwt'] or 'unknown'}"


def _apart(facts: Facts) -> str:
    return "without namespaces" if facts["mode"] == "bare" else "loopback alone"


def down(args: argparse.Namespace) -> int:
    """End a lab or all of them; return 0 also where the named lab was found dead already."""
    cleaned = _clean()
    there = lab_folder.living()
    if args.name in cleaned or (cleaned and not there and not args.name):
        return 0
    chosen = list(there.values()) if args.all else [lab_client.choose(args.name)]
    for place in chosen:
        lab_client.end(place)
        _say(f"the lab {place.name} has ended")
    return 0


def status(args: argparse.Namespace) -> int:
    """List the labs, clean up after dead ones, and return 1 if a living one is broken."""
    cleaned = _clean()
    labs = [lab_client.status(place) for place in lab_folder.living().values()]
    if args.json:
        print(json.dumps({"labs": labs, "cleaned": cleaned}, indent=2))
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
    cleaned = lab_folder.clean()
    for name in cleaned:
        _say(f"the lab {name} was killed: cleaned up after it")
    return cleaned


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
