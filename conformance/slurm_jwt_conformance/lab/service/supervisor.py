"""The process that keeps one lab: starts it, answers its callers, and ends it whatever happens.

Runs as `python -m ...lab_supervisor`. The first line of its standard input is the order, so that no key
ever shows in a process list. It tells its progress on standard output in JSON lines, the last of them
"up" or an error. Until a line "detach" comes, the end of standard input ends the lab: it never
outlives, unasked, the command that started it.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.service import folder as lab_folder
from slurm_jwt_conformance.lab.service import line as lab_line
from slurm_jwt_conformance.lab.service import order as lab_order
from slurm_jwt_conformance.lab.service.lab import Lab
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from slurm_jwt_conformance.lab.service.folder import Facts

BUSY = 2.0
"""Seconds that a question about the lab's state waits for another one to end."""


class _Ended(BaseException):
    """Somebody wants this process to end: raised by a signal wherever the main thread is."""


class Supervisor:
    """One lab and its callers, each served by a thread; the lab itself answers one at a time."""

    def __init__(self, lab: Lab, place: Path, facts: Facts) -> None:
        self._lab = lab
        self._place = place
        self._facts = facts
        self._one_at_a_time = threading.Lock()
        self._operations: dict[str, Callable[[dict[str, Any]], Facts]] = {
            "status": self._status,
            "ask": self._ask,
            "run": self._run,
            "token": self._token,
        }

    def serve(self, server: socket.socket) -> None:
        """Answer callers until a signal ends this process."""
        while True:
            connection, _ = server.accept()
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            if not lab_line.is_own(connection):
                return
            try:
                request = json.loads(stream.readline(lab_line.LONGEST))
                answer = self._operations[request["op"]](request)
            except Exception as error:  # noqa: BLE001 - the caller is told, and the lab goes on
                answer = lab_line.told(error)
            stream.write(json.dumps(answer).encode() + b"\n")

    def _status(self, _request: dict[str, Any]) -> Facts:
        if not self._one_at_a_time.acquire(timeout=BUSY):
            return {**self._facts, "state": "busy"}
        try:
            state = self._lab.state()
        except SlurmError as error:
            return {**self._facts, "state": "broken", "trouble": error.what}
        finally:
            self._one_at_a_time.release()
        return {**self._facts, **state, "state": "broken" if state["ended"] else "up"}

    def _ask(self, request: dict[str, Any]) -> Facts:
        with self._one_at_a_time:
            seen = self._lab.ask(base64.b64decode(request["token_base64"]), request["user_name"])
        return {name: self._facts[name] for name in ("name", "release", "slurm", "libjwt")} | seen

    def _run(self, request: dict[str, Any]) -> Facts:
        token = request["token_base64"]
        with self._one_at_a_time:
            done = self._lab.run(
                request["argv"],
                request["user"],
                None if token is None else base64.b64decode(token),
                request["seconds"],
            )
        return {"exit": done.exit, "out": done.out, "err": done.err, "late": done.late, "dead": done.dead}

    def _token(self, request: dict[str, Any]) -> Facts:
        with self._one_at_a_time:
            return {"token": self._lab.token(request["user"], request["lifespan"]).decode()}


def _say(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def _watch_the_starter() -> None:
    """End this process when its starter does, unless it says "detach" first."""
    for line in sys.stdin.buffer:
        if line.strip() == b"detach":
            quiet = os.open(os.devnull, os.O_RDWR)
            for stream in (1, 2):
                os.dup2(quiet, stream)
            return
    os.kill(os.getpid(), signal.SIGTERM)


def _order(line: bytes) -> lab_order.Order:
    fields = json.loads(line)
    key = base64.b64decode(fields.pop("key_base64"))
    return lab_order.Order(key=key, **{**fields, "daemons": tuple(fields["daemons"])})


def _keep(order: lab_order.Order) -> None:
    """Start the lab and serve it until the end; leaves nothing behind."""
    lab_order.check_key(order.key, order.daemons)
    installation = lab_order.find(order)
    facts: Facts = {"name": order.name or installation.label, "release": installation.label}
    facts["since"] = int(time.time())
    place = lab_folder.claim(str(facts["name"]), facts)
    try:
        _say(progress=f"starting Slurm {installation.version}")
        lab = Lab(order, installation)
        try:
            facts |= lab.facts()
            lab_folder.write_facts(place, facts)
            with lab_line.listen(place) as server:
                _say(up=facts)
                Supervisor(lab, place, facts).serve(server)
        finally:
            lab.close()
    finally:
        lab_folder.give_up(place)


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _heed_signals(handler: Callable[[int, Any], None] | signal.Handlers) -> None:
    for number in _SIGNALS:
        signal.signal(number, handler)


def _end(_number: int, _frame: object) -> None:
    _heed_signals(signal.SIG_IGN)  # one is enough, and the cleaning up must go on
    raise _Ended


def main() -> int:
    """Keep the lab that standard input orders."""
    _heed_signals(_end)
    try:
        order = _order(sys.stdin.buffer.readline())
        threading.Thread(target=_watch_the_starter, daemon=True).start()
        _keep(order)
    except _Ended:
        return 0
    except (Problem, OSError) as error:
        _heed_signals(signal.SIG_IGN)  # the starter ends this process as soon as it has read why
        _say(**lab_line.told(error))
        return 3
    return 0


if __name__ == "__main__":
    # Threads of callers may still wait for an answer of the sandbox: they hold nothing, so leave them.
    try:
        code = main()
    except _Ended:
        code = 0
    os._exit(code)
