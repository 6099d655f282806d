"""The adapter protocol as published (JSON Schema), as read here, and as built-in adapters speak it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import slurm_jwt_conformance
from slurm_jwt_conformance.adapters import (
    IssueRequest,
    NotInstalled,
    Outcome,
    VerifyRequest,
    child,
    protocol,
    registry,
)
from slurm_jwt_conformance.adapters.child import Child
from slurm_jwt_conformance.adapters.pipes import Process
from slurm_jwt_conformance.adapters.protocol import Garbage
from slurm_jwt_conformance.adapters.python import serve
from slurm_jwt_conformance.adapters.smoke import smoke
from slurm_jwt_conformance.harness import batch

ROOM = Path(slurm_jwt_conformance.__file__).parent
SCHEMA = json.loads((ROOM / "schema" / "adapter-protocol.schema.json").read_text())
KEY = bytes(range(32))
QUESTION = VerifyRequest("a", b"x.y.z", KEY, 1)
ORDER = IssueRequest("a", {"sun": "alice"}, KEY, 1)


def valid(message, kind):
    schema = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{kind}"}
    return jsonschema.Draft202012Validator(schema).is_valid(message)


def test_the_schema_is_a_schema_and_closed():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    messages = [kind for kind in SCHEMA["$defs"].values() if kind.get("type") == "object"]
    assert len(messages) == 12
    assert all(kind["additionalProperties"] is False for kind in messages)


class Watched(Process):
    """A process whose very lines are kept."""

    questions: ClassVar[list[bytes]] = []
    answers: ClassVar[list[bytes]] = []

    def write(self, line):
        self.questions.append(line)
        super().write(line)

    def line(self, seconds, most):
        self.answers.append(super().line(seconds, most))
        return self.answers[-1]


@pytest.mark.program
@pytest.mark.parametrize("name", registry.library_ids())
def test_built_in_adapters_speak_the_published_contract(name, monkeypatch):
    monkeypatch.setattr(child, "Process", Watched)
    Watched.questions.clear()
    Watched.answers.clear()
    with batch.lineup([name]) as there:
        one = there.present[name]
        smoke(one, 1_893_456_000)
        list(one.verify([VerifyRequest("bytes", b"\xff", KEY, 1), VerifyRequest("empty", b"", b"", 1)]))
        list(one.issue([IssueRequest("more", {"sun": "alice", "x": [1, None]}, KEY, 1)]))
    assert len(Watched.answers) == 1 + 4 + 1 + 2 + 1
    assert len(Watched.questions) == len(Watched.answers) + 1, "stop has no answer"
    for line in Watched.questions:
        assert valid(json.loads(line), "question"), line
        assert b"verdict" not in line
        assert b"expected" not in line
    for line in Watched.answers:
        assert valid(json.loads(line), "answer"), line


@pytest.mark.parametrize(
    "request_", [QUESTION, ORDER, VerifyRequest("b", b"\xff\n", b"", -1), VerifyRequest("c", b"", KEY, 0)]
)
def test_what_we_ask_keeps_the_schema(request_):
    line = protocol.write(request_)
    assert line.count(b"\n") == 1
    assert valid(json.loads(line), "question")
    assert not valid(json.loads(line), "answer")


@given(token=st.binary(max_size=40), key=st.binary(max_size=40), name=st.text(min_size=1, max_size=10))
def test_every_token_arrives_as_it_was(token, key, name):
    question = json.loads(protocol.write(VerifyRequest(name, token, key, 7)))
    assert serve.token_of(question) == token
    assert valid(question, "verify")


ANSWERS = [
    ("verify", {"id": "a", "outcome": "accept"}),
    ("verify", {"id": "a", "outcome": "accept", "claims": {"sun": "bob"}}),
    ("verify", {"id": "a", "outcome": "reject", "error": "No: why"}),
    ("verify", {"id": "a", "outcome": "crash", "error": "No: why"}),
    ("verify", {"id": "a", "outcome": "unsupported", "reason": "cannot"}),
    ("issue", {"id": "a", "outcome": "token", "token": "x.y.z"}),
    ("issue", {"id": "a", "outcome": "refuse", "error": "No: why"}),
    ("issue", {"id": "a", "outcome": "unsupported", "reason": "cannot"}),
]


def read(kind, message):
    line = message if isinstance(message, bytes) else json.dumps(message).encode()
    return protocol.read_answer(line, QUESTION if kind == "verify" else ORDER, 1.0)


@pytest.mark.parametrize(("kind", "message"), ANSWERS)
def test_answers_are_read_as_the_schema_says(kind, message):
    assert valid(message, "answer")
    assert read(kind, message).outcome == message["outcome"]


@pytest.mark.parametrize(("kind", "message"), ANSWERS)
@pytest.mark.parametrize("harm", ["extra", "less", "type"])
def test_reader_and_schema_agree_on_what_is_none(kind, message, harm):
    last = list(message)[-1]
    harmed = {
        "extra": {**message, "verdict": "valid"},
        "less": {name: value for name, value in message.items() if name != "outcome"},
        "type": {**message, last: 1},
    }[harm]
    assert not valid(harmed, "answer")
    with pytest.raises(Garbage):
        read(kind, harmed)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"fpoo",
        b'{"id":"a","outcome":"accept"',
        b'{"id":"a","outcome":"accept","claims":{"exp":NaN}}',
        b'{"id":"a","outcome":"\xff"}',
        b'{"id":"a","outcome":"accept","claims":' + b"[" * 200_000,
    ],
)
def test_lines_that_are_no_answer_are_garbage_and_not_repeated(line):
    with pytest.raises(Garbage) as garbage:
        read("verify", line)
    assert "fpoo" not in str(garbage.value)


def test_the_user_is_the_claim_sun_and_printable():
    assert read("verify", {"id": "a", "outcome": "accept", "claims": {"sun": "a\x1b"}}).user == "a\\x1b"
    assert read("verify", {"id": "a", "outcome": "accept", "claims": {"sun": 0}}).user is None
    assert read("verify", {"id": "a", "outcome": "accept"}) == Outcome("a", "accept", milliseconds=1.0)


@pytest.mark.parametrize(
    "text", ['"protocol":2', '"roles":["king"]', '"clock":"sundial"', '"not_checked":[1]', '"extra":1']
)
def test_an_introduction_is_read_strictly(text):
    good = (
        '{"protocol":1,"library":"x","version":"1","language":"C","roles":[],"clock":"system",'
        '"not_checked":[]}'
    )
    assert valid(json.loads(good), "started")
    protocol.read_start(good.encode())
    bad = good[:-1] + "," + text + "}"
    with pytest.raises(Garbage):
        protocol.read_start(bad.encode())


@pytest.mark.program
def test_a_library_that_prints_or_reads_does_not_break_the_contract(tmp_path):
    adapter = tmp_path / "noisy.py"
    adapter.write_text(
        "import os, sys\n"
        "LIBRARY, VERSION, CLOCK, FAMILY = 'noisy', '1', 'argument', (KeyError,)\n"
        "CONFIGURATIONS, NOT_CHECKED = ('x',), {'x': ()}\n"
        "def verify(token, key, now, configuration):\n"
        "    if token == b'deep': verify(token, key, now, configuration)\n"
        "    print('fpoo')\n"
        "    os.system('echo fpoo')\n"
        "    os.write(1, b'fpoo')\n"
        "    if token == b'family': raise KeyError('\\x1b[31m' + 'x' * 5000)\n"
        "    if token == b'foreign': raise ZeroDivisionError\n"
        "    if token == b'exit': sys.exit(3)\n"
        "    return {'sun': sys.stdin.read() + 'alice', 'exp': float('nan'), 'x': [object()]}\n"
        "def issue(claims, key, configuration):\n"
        "    return 'x.y.z'\n"
    )
    serving = [sys.executable, "-I", str(ROOM / "adapters" / "python" / "serve.py"), str(adapter), "x"]
    one = Child("cmd:noisy", serving)
    names = (b"good", b"family", b"foreign", b"exit", b"deep", b"good")
    answers = list(one.verify(VerifyRequest(str(i), name, KEY, 1) for i, name in enumerate(names)))
    one.close()
    assert [answer.outcome for answer in answers] == ["accept", "reject", "crash", "crash", "crash", "accept"]
    assert answers[0].user == "alice"
    assert answers[1].error.startswith("KeyError: '\\x1b[31mxxx")
    assert len(answers[1].error) == serve.ERROR_LENGTH
    assert answers[3].error == "SystemExit: 3"
    assert answers[4].error.startswith("RecursionError")


@pytest.mark.program
def test_a_library_that_is_not_there_is_told_by_its_name(tmp_path):
    adapter = tmp_path / "absent.py"
    adapter.write_text("import no_such_library\n")
    serving = [sys.executable, "-I", str(ROOM / "adapters" / "python" / "serve.py"), str(adapter), "x"]
    with pytest.raises(NotInstalled) as absent:
        child.Child("absent:careful", serving).describe()
    assert absent.value.reason == "not installed: No module named 'no_such_library'"


@pytest.mark.program
def test_serve_imports_nothing_of_the_suite():
    code = (
        f"import sys, runpy; runpy.run_path({str(ROOM / 'adapters' / 'python' / 'serve.py')!r}); "
        "print([name for name in sys.modules if name.startswith(('slurm', 'msgspec'))])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(st.binary(min_size=16, max_size=80), st.integers(0, 40), st.integers(12, 60), st.text(max_size=30))
def test_a_piece_of_a_secret_never_passes(key, start, length, around):
    hidden = serve.secrets(key, b"")
    for spelling in (key.hex(), key.hex().upper()):
        piece = spelling[start : start + length]
        if len(piece) >= 12:
            assert piece not in serve.scrub(f"{around}{piece}{around}", hidden)


@given(st.text(alphabet="ghijklmnopqrstuvwxyz .:", max_size=200))
def test_a_text_without_secrets_passes_as_it_is(text):
    hidden = bytes(range(200, 232)).hex()
    assert serve.scrub(text, hidden) == text
