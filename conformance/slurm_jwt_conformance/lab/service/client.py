"""The callers' side of labs: start one's process, find one by name, ask it, end it, clean up after it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.sandbox import places
from slurm_jwt_conformance.lab.service import folder as lab_folder
from slurm_jwt_conformance.lab.service import line as lab_line
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from slurm_jwt_conformance.lab.service.folder import Facts
    from slurm_jwt_conformance.lab.service.order import Order

_SUPERVISOR = "slurm_jwt_conformance.lab.service.supervisor"
QUESTION_LIMIT = 120.0
STATUS_LIMIT = 10.0
END_LIMIT = 20.0


class Starting:
    """The process of a lab that this process starts, and that ends with it unless it is detached."""

    def __init__(self, order: Order) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", _SUPERVISOR],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C is for the command, which then ends this process in order
            cwd="/",
        )
        self._send(_line(order))

    def _send(self, line: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it says on its output why it ended
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()

    def until_up(self, progress: Callable[[str], None]) -> Facts:
        """Wait until the lab is up and return its facts; Problem or SlurmError if it does not come up."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = lab_line.checked(json.loads(line))
            if "up" in told:
                facts: Facts = told["up"]
                return facts
            progress(told["progress"])
        raise SlurmError(f"the lab's process ended with {self._process.wait()} before the lab was up")

    def detach(self) -> None:
        """Let the lab outlive this process."""
        self._send(b"detach")
        self._close()

    def wait(self) -> int:
        """Wait until the lab ends; its exit code is 0 only if somebody took it down in order."""
        return self._process.wait()

    def end(self) -> None:
        """End the lab and wait until nothing is left of it."""
        self._close()
        try:
            self._process.wait(END_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        lab_folder.clean()

    def _close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()


def _line(order: Order) -> bytes:
    fields = {
        "key_base64": base64.b64encode(order.key).decode(),
        "release": order.release,
        "prefix": order.prefix,
        "name": order.name,
        "users": dict(order.users),
        "daemons": list(order.daemons),
    }
    return json.dumps(fields).encode()


def choose(name: str | None) -> Path:
    """Return the folder of the lab of this name, or of the only one; Problem if there is no such lab."""
    there = lab_folder.living()
    if name is not None and name in there:
        return there[name]
    if name is not None:
        hint = nearest(name, list(there)) if there else "Start it: slurm-jwt lab up"
        raise Problem(f"No lab named {name!r} is up.", hint)
    if len(there) > 1:
        raise Problem(f"{len(there)} labs are up: {', '.join(there)}.", "Say which one with --name.")
    if not there:
        raise Problem("No lab is up.", "Start one: slurm-jwt lab up --detach")
    return next(iter(there.values()))


def ask(place: Path, op: str, *, limit: float = QUESTION_LIMIT, **fields: object) -> Facts:
    """Send one request to a lab, and wait `limit` seconds for its answer; Problem if none listens yet."""
    try:
        return lab_line.ask(place, {"op": op, **fields}, limit)
    except lab_line.NotAnswering:
        raise Problem(f"The lab {place.name} is starting or ending.", "Try again in a moment.") from None


def status(place: Path) -> Facts:
    """Return what a lab says of itself; "starting" stands for one that does not answer yet."""
    try:
        return lab_line.ask(place, {"op": "status"}, STATUS_LIMIT)
    except lab_line.NotAnswering:
        return {"name": place.name, **_known(place), "state": "starting"}
    except SlurmError as error:
        return {"name": place.name, **_known(place), "state": "broken", "trouble": error.what}


def _known(place: Path) -> Facts:
    return {name: value for name, value in lab_folder.read_facts(place).items() if name != "mark"}


def end(place: Path) -> None:
    """End a lab in order, by force if it does not heed; return once its process and folder are gone."""
    mark = lab_folder.read_facts(place).get("mark", {})
    for number in (signal.SIGTERM, signal.SIGKILL):
        _send_signal(mark, number)
        if _ends(mark):
            lab_folder.clean()
            return
    raise SlurmError(f"the lab {place.name} does not end", "Its process cannot be killed.")


def _send_signal(mark: dict[str, Any], number: int) -> None:
    """Signal a lab's process if it lives; held by a descriptor, it cannot meanwhile become another one."""
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
