"""The process that holds one lab: it starts the lab, answers requests, and ends the lab on a signal."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socketserver
import threading
import time
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab import processes
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.service import messages, registry
from slurm_jwt_conformance.lab.service.lab import Lab
from slurm_jwt_conformance.lab.service.plan import check_key, installation_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from slurm_jwt_conformance.lab.service.messages import Message
    from slurm_jwt_conformance.lab.service.plan import Plan
    from slurm_jwt_conformance.lab.service.registry import Facts

BUSY = 2.0
"""Seconds that a status request waits for another request to end."""


def hold(plan: Plan, announce: Callable[[Facts], None], progress: Callable[[str], None]) -> int:
    """Start a lab, call `announce` when it is up, and answer requests until it is to end.

    Returns 0 after `slurm-jwt lab down`, 128 and the number of the signal that ended the lab otherwise.
    Raises Problem or SlurmError if the lab does not start. Nothing of the lab is left in any case.
    """
    try:
        with processes.interruptible():
            _hold(plan, announce, progress)
    except processes.Interrupted as stop:
        return stop.exit_code
    return 0


def _hold(plan: Plan, announce: Callable[[Facts], None], progress: Callable[[str], None]) -> None:
    check_key(plan.key, plan.daemons)
    installation = installation_of(plan)
    facts: Facts = {"name": plan.name or installation.label, "release": installation.label}
    facts["since"] = int(time.time())
    place = registry.claim(str(facts["name"]), facts)
    try:
        progress(f"starting Slurm {installation.version}")
        with contextlib.closing(Lab(plan, installation)) as lab:
            facts |= lab.facts()
            registry.write_facts(place, facts)
            with Server(lab, place, facts) as server:
                announce(facts)
                server.serve_forever(poll_interval=0.1)
    finally:
        registry.remove(place)


class _Handler(socketserver.StreamRequestHandler):
    """Answers one request."""

    server: Server

    def handle(self) -> None:
        request: Message = {}
        try:
            request = json.loads(self.rfile.readline(messages.LONGEST))
            answer = self.server.answer(request)
        except Exception as error:  # noqa: BLE001 - the caller gets the error, and the lab goes on
            answer = messages.error_answer(error)
        with contextlib.suppress(ConnectionError):  # the caller did not wait
            self.wfile.write(json.dumps(answer).encode() + b"\n")
            self.wfile.flush()
        if request == DOWN:
            self.server.shutdown()


DOWN = {"op": "down"}


class Server(socketserver.ThreadingUnixStreamServer):
    """Listens in the lab's folder. Each caller has a thread; the lab answers one request at a time."""

    daemon_threads = True  # a thread may still wait for the sandbox when the lab ends

    def __init__(self, lab: Lab, place: Path, facts: Facts) -> None:
        self._lab = lab
        self._facts = facts
        self._one_at_a_time = threading.Lock()
        mask = os.umask(0o177)
        try:
            with messages.short_path(place) as path:
                super().__init__(path, _Handler)
        finally:
            os.umask(mask)

    def answer(self, request: Message) -> Message:
        """Return the answer to one request. Raises Problem or SlurmError."""
        operations = {"status": self._status, "ask": self._ask, "run": self._run, "token": self._token}
        if request == DOWN:
            return {}
        return operations[request["op"]](request)

    def _status(self, _request: Message) -> Facts:
        if not self._one_at_a_time.acquire(timeout=BUSY):
            return {**self._facts, "state": "busy"}
        try:
            state = self._lab.state()
        except SlurmError as error:
            return {**self._facts, "state": "broken", "trouble": error.what}
        finally:
            self._one_at_a_time.release()
        return {**self._facts, **state, "state": "broken" if state["ended"] else "up"}

    def _ask(self, request: Message) -> Facts:
        with self._one_at_a_time:
            verdict = self._lab.ask(base64.b64decode(request["token_base64"]), request["user_name"])
        return {name: self._facts[name] for name in ("name", "release", "slurm", "libjwt")} | verdict

    def _run(self, request: Message) -> Facts:
        packed = request["token_base64"]
        token = None if packed is None else base64.b64decode(packed)
        with self._one_at_a_time:
            return self._lab.run(request["argv"], request["user"], token, request["seconds"])._asdict()

    def _token(self, request: Message) -> Facts:
        with self._one_at_a_time:
            return {"token": self._lab.token(request["user"], request["lifespan"]).decode()}
