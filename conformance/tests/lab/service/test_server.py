"""The process of a lab, with a fake cluster: its socket, its answers, and its end."""

from __future__ import annotations

import os
import signal
import socket
import threading
from types import SimpleNamespace

import pytest

from slurm_jwt_conformance.lab.errors import KeyRefused, SlurmError
from slurm_jwt_conformance.lab.service import client, messages, registry, server
from slurm_jwt_conformance.lab.service.plan import Plan
from slurm_jwt_reports.problems import Problem

VERDICT = {"verdict": "accepted", "uid": 2001}


class FakeLab:
    """Answers as a lab does, without daemons."""

    closed = False

    def facts(self):
        return {"release": "22.05", "slurm": "22.05.8", "libjwt": "1.10.2", "users": {}, "daemons": []}

    def state(self):
        return {"ended": {}, "listening": []}

    def ask(self, token, _user_name):
        if token == b"broken":
            raise SlurmError("slurmctld ended", "Start it again.", "last line")
        if token == b"key":
            raise KeyRefused("the key is empty", "")
        return VERDICT

    def run(self, _argv, user, _token, _seconds):
        raise Problem(f"The lab has no user {user!r}.", "alice")

    def token(self, user, lifespan):
        return f"{user}.{lifespan}".encode()

    def close(self):
        self.closed = True


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A lab's folder with a long path, which no Unix address could hold."""
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    return registry.claim("it", {"release": "22.05"})


@pytest.fixture
def serving(place):
    """A server in a thread."""
    facts = {"name": "it", **FakeLab().facts()}
    with server.Server(FakeLab(), place, facts) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield place
        running.shutdown()
        thread.join()


def test_the_owner_only_can_use_the_socket(serving):
    assert (serving / messages.SOCKET).stat().st_mode & 0o777 == 0o600


def test_requests_get_answers(serving):
    answer = client.ask(serving, "ask", token_base64="YQ==", user_name=None)
    assert answer == {"name": "it", "release": "22.05", "slurm": "22.05.8", "libjwt": "1.10.2", **VERDICT}
    assert client.ask(serving, "token", user="alice", lifespan="60") == {"token": "alice.60"}
    assert client.status(serving)["state"] == "up"


def test_errors_are_raised_again_at_the_caller(serving):
    with pytest.raises(Problem, match="no user 'zed'") as wrong_call:
        client.ask(serving, "run", argv=[], user="zed", token_base64=None, seconds=1)
    assert (wrong_call.value.hint, wrong_call.value.exit_code) == ("alice", 2)
    with pytest.raises(SlurmError, match="slurmctld ended") as failure:
        client.ask(serving, "ask", token_base64="YnJva2Vu", user_name=None)
    assert (failure.value.hint, failure.value.log) == ("Start it again.", "last line")
    with pytest.raises(Problem, match="the key is empty"):
        client.ask(serving, "ask", token_base64="a2V5", user_name=None)


@pytest.mark.parametrize("request_line", [b"\n", b"[]\n", b"{}\n", b'{"op": "none"}\n', b"\xff\n"])
def test_a_request_that_cannot_be_read_gets_an_error(serving, request_line):
    with socket.socket(socket.AF_UNIX) as connection, messages.short_path(serving) as path:
        connection.connect(path)
        connection.sendall(request_line)
        assert b'"error":' in connection.makefile("rb").readline()
    assert client.status(serving)["state"] == "up"


def test_a_caller_that_goes_away_does_not_end_the_lab(serving):
    with socket.socket(socket.AF_UNIX) as connection, messages.short_path(serving) as path:
        connection.connect(path)
    assert client.status(serving)["state"] == "up"


def test_a_lab_without_a_socket_is_starting(place):
    assert client.status(place) == {"name": "it", "release": "22.05", "state": "starting"}
    with pytest.raises(Problem, match="starting or ending"):
        client.ask(place, "status")


@pytest.fixture
def hold(tmp_path, monkeypatch):
    """Return a function that holds a fake lab and calls `act` with its folder when it is up."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    labs = []

    def start(_plan, _installation):
        labs.append(FakeLab())
        return labs[-1]

    monkeypatch.setattr(server, "Lab", start)
    installation = SimpleNamespace(label="22.05", version="22.05.8")
    monkeypatch.setattr(server, "installation_of", lambda _plan: installation)

    def run(act):
        folder = tmp_path / "slurm-jwt/labs/22.05"
        code = server.hold(Plan(b"key"), lambda _facts: act(folder), lambda _text: None)
        assert labs[-1].closed
        assert not folder.exists()
        return code

    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_lab_with_its_own_exit_code(hold, number):
    before = signal.getsignal(number)
    assert hold(lambda _folder: os.kill(os.getpid(), number)) == 128 + number
    assert signal.getsignal(number) is before


def test_an_ignored_signal_stays_ignored(hold):
    def act(folder):
        os.kill(os.getpid(), signal.SIGHUP)
        threading.Thread(target=messages.ask, args=(folder, {"op": "down"}, 20)).start()

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert hold(act) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_down_ends_the_lab_with_exit_code_0(hold):
    answers = []

    def act(folder):
        def ask():
            answers.append(messages.ask(folder, {"op": "down"}, 20))

        threading.Thread(target=ask).start()

    assert hold(act) == 0
    assert answers == [{}]


@pytest.mark.usefixtures("hold")
def test_an_error_while_the_lab_starts_removes_its_folder(monkeypatch):
    def broken(_plan, _installation):
        raise SlurmError("slurmctld does not start")

    monkeypatch.setattr(server, "Lab", broken)
    with pytest.raises(SlurmError, match="does not start"):
        server.hold(Plan(b"key"), lambda _facts: None, lambda _text: None)
    assert registry.living() == {}
