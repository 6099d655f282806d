"""What a command does with labs of other processes: choose one by name, send requests, end it."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.sandbox import places
from slurm_jwt_conformance.lab.service import messages, registry
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from slurm_jwt_conformance.lab.service.registry import Facts

REQUEST_LIMIT = 120.0
STATUS_LIMIT = 10.0
END_LIMIT = 20.0


def choose(name: str | None) -> Path:
    """Return the folder of the lab of this name, or of the only lab. Problem if there is no such lab."""
    labs = registry.living()
    if name in labs:
        return labs[name]
    if name is not None:
        hint = nearest(name, list(labs)) if labs else "Start it: slurm-jwt lab up"
        raise Problem(f"No lab named {name!r} is up.", hint)
    if len(labs) > 1:
        raise Problem(f"{len(labs)} labs are up: {', '.join(labs)}.", "Choose one with --name.")
    if not labs:
        raise Problem("No lab is up.", "Start one: slurm-jwt lab up --detach")
    return next(iter(labs.values()))


def ask(place: Path, op: str, *, limit: float = REQUEST_LIMIT, **fields: object) -> Facts:
    """Send one request to a lab and wait `limit` seconds for its answer. Problem if it does not listen."""
    try:
        return messages.ask(place, {"op": op, **fields}, limit)
    except messages.NotAnswering:
        raise Problem(f"The lab {place.name} is starting or ending.", "Try again in a moment.") from None


def status(place: Path) -> Facts:
    """Return the facts and the state of a lab. The state is "starting" while the lab does not listen."""
    facts = {name: value for name, value in registry.read_facts(place).items() if name != "mark"}
    try:
        return messages.ask(place, {"op": "status"}, STATUS_LIMIT)
    except messages.NotAnswering:
        return {"name": place.name, **facts, "state": "starting"}
    except SlurmError as error:
        return {"name": place.name, **facts, "state": "broken", "trouble": error.what}


def end(place: Path) -> None:
    """End a lab, by a signal if it does not answer, and return when its process and folder are gone."""
    mark = registry.read_facts(place).get("mark", {})
    try:
        messages.ask(place, {"op": "down"}, STATUS_LIMIT)
    except (messages.NotAnswering, SlurmError):
        _send_signal(mark, signal.SIGTERM)
    if not _ends(mark):
        _send_signal(mark, signal.SIGKILL)
    if not _ends(mark):
        raise SlurmError(f"the lab {place.name} does not end", "Its process cannot be killed.")
    registry.clean()


def _send_signal(mark: dict[str, Any], number: int) -> None:
    """Send a signal to a lab's process. The descriptor cannot come to name another process meanwhile."""
    try:
        process = os.pidfd_open(int(mark["pid"]))
    except (OSError, KeyError):
        return
    try:
        if places.lives(mark):
            signal.pidfd_send_signal(process, number)
    except ProcessLookupError:
        return
    finally:
        os.close(process)


def _ends(mark: object) -> bool:
    deadline = time.monotonic() + END_LIMIT
    while places.lives(mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
