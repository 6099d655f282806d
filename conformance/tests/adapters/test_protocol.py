"""The adapter protocol as published (JSON Schema), as read here, and as built-in adapters speak it."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import slurm_jwt_conformance
from slurm_jwt import Verifier
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
from slurm_jwt_vectors import load_issuing, pem

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
    assert len(messages) == 13
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
        list(
            one.verify(
                [VerifyRequest("jwks", b"x", None, 1, b"{}"), VerifyRequest("odd", b"", KEY, 1, b"\xff")]
            )
        )
        list(one.issue([IssueRequest("more", {"sun": "alice", "x": [1, None]}, KEY, 1)]))
    assert len(Watched.answers) == 1 + 4 + 1 + 3 + 1 + 2 + 1 + 2
    assert len(Watched.questions) == len(Watched.answers) + 1, "stop has no answer"
    for line in Watched.questions:
        assert valid(json.loads(line), "question"), line
        assert b"verdict" not in line
        assert b"expected" not in line
    for line in Watched.answers:
        assert valid(json.loads(line), "answer"), line


@pytest.mark.parametrize(
    "request_",
    [
        QUESTION,
        ORDER,
        VerifyRequest("b", b"\xff\n", b"", -1),
        VerifyRequest("c", b"", KEY, 0),
        VerifyRequest("d", b"", None, 0, b"{}"),
        VerifyRequest("e", b"", KEY, 0, b"\xff"),
        IssueRequest("f", {}, None, 0, pem.PKCS1, "one"),
    ],
)
def test_what_we_ask_keeps_the_schema(request_):
    line = protocol.write(request_)
    assert line.count(b"\n") == 1
    assert valid(json.loads(line), "question")
    assert not valid(json.loads(line), "answer")


@given(token=st.binary(max_size=40), key=st.binary(max_size=40), name=st.text(min_size=1, max_size=10))
def test_every_token_arrives_as_it_was(token, key, name):
    question = json.loads(protocol.write(VerifyRequest(name, token, key, 7)))
    assert serve.bytes_of(question, "token") == token
    assert valid(question, "Verify")


@given(jwks=st.binary(max_size=40) | st.none(), key=st.binary(max_size=40) | st.none())
def test_every_jwks_arrives_as_it_was_and_each_key_names_its_algorithm(jwks, key):
    question = json.loads(protocol.write(VerifyRequest("a", b"", key, 7, jwks)))
    assert jwks is None or serve.bytes_of(question, "jwks") == jwks
    assert ("RS256" in question["algorithms"]) == (jwks is not None)
    assert ("HS256" in question["algorithms"]) == (key is not None) == ("key_base64" in question)


ANSWERS = [
    ("verify", {"id": "a", "outcome": "accept"}),
    ("verify", {"id": "a", "outcome": "accept", "claims": {"sun": "bob"}}),
    ("verify", {"id": "a", "outcome": "reject", "error": "No: why"}),
    ("verify", {"id": "a", "outcome": "crash", "error": "No: why"}),
    ("verify", {"id": "a", "outcome": "unsupported", "reason": "cannot"}),
    ("verify", {"id": "a", "outcome": "accept", "claims": [1]}),
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
    harmed = {
        "extra": {**message, "verdict": "valid"},
        "less": {name: value for name, value in message.items() if name != "outcome"},
        "type": {**message, "id": 1},
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
        b'{"id":"a","outcome":"\xff"}',
        b'{"id":"a","outcome":"accept","claims":{}} fpoo',
        b'{"id":"a","outcome":"accept","claims":{"x":"fpoo}}',
        b'{"id":"a","outcome":"accept","claims":{}}}',
        b'["claims"]',
        b'{"id":"a","outcome":"reject","error":"no","claims":{}}',
        b'{"id":"a","outcome":"accept","claims":' + b'"' * 100_001,
        b'{"id":"a","outcome":"accept","claims":' + b"[" * 200_000,
    ],
)
def test_lines_that_are_no_answer_are_garbage_and_not_repeated(line):
    with pytest.raises(Garbage) as garbage:
        read("verify", line)
    assert "fpoo" not in str(garbage.value)


def test_the_user_is_the_claim_sun_as_it_is():
    assert read("verify", {"id": "a", "outcome": "accept", "claims": {"sun": "a\x1b\n"}}).user == "a\x1b\n"
    assert read("verify", {"id": "a", "outcome": "accept", "claims": {"sun": 0}}).user is None
    assert read("verify", {"id": "a", "outcome": "accept"}) == Outcome("a", "accept", milliseconds=1.0)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    claims=st.dictionaries(st.text(max_size=5), VALUES, max_size=4),
    sun=st.text(),
    raw=st.booleans(),
    early=st.booleans(),
)
def test_sun_is_found_in_any_claims(claims, sun, raw, early):
    claims = {"sun": sun, **claims} if early else {**claims, "sun": sun}
    claims["sun"] = sun
    text = json.dumps({"id": "a", "outcome": "accept", "claims": claims}, ensure_ascii=not raw)
    assert read("verify", text.encode("utf-8", "surrogatepass")).user == sun


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        (r'{"sun":"alice","s\u0075n":"root"}', "root"),
        (r'{"s\u0075n":"root","sun":"alice"}', "alice"),
        (r'{"sun":"alice","s\u0075n":"root","sun":"bob"}', "bob"),
        (r'{"sun":"alice","sun":0}', None),
        (r'{"sun":"","SUN":"root"}', ""),
    ],
)
def test_the_last_sun_counts_however_its_name_is_written(claims, user):
    assert read("verify", f'{{"id":"a","outcome":"accept","claims":{claims}}}'.encode()).user == user


def test_sun_of_an_inner_object_is_not_the_user():
    claims = {"x": {"sun": "bob"}, "y": ["sun", {"sun": "bob"}], "z": '"sun":"bob"'}
    assert read("verify", {"id": "a", "outcome": "accept", "claims": claims}).user is None
    assert read("verify", {"id": "a", "outcome": "accept", "claims": {**claims, "sun": "al"}}).user == "al"


GOOD_START = {
    "protocol": 2, "library": "x", "version": "1", "language": "C", "roles": ["verifier"], "clock": "system",
    "not_checked": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": 1},
        {"roles": ["king"]},
        {"roles": []},
        {"clock": "sundial"},
        {"not_checked": [1]},
        {"algorithms": ["none"]},
        {"extra": 1},
        {"library": None},
    ],
)
def test_an_introduction_is_read_strictly(change):
    assert valid(GOOD_START, "Started")
    protocol.read_start(json.dumps(GOOD_START).encode())
    assert not valid({**GOOD_START, **change}, "Started")
    with pytest.raises(Garbage):
        protocol.read_start(json.dumps({**GOOD_START, **change}).encode())


def test_a_rule_that_does_not_exist_is_not_declared_in_silence():
    with pytest.raises(Garbage, match=r"no rule: 'exp\.unexpird'\. Did you mean exp\.unexpired\?"):
        protocol.read_start(json.dumps({**GOOD_START, "not_checked": ["exp.unexpird"]}).encode())


def test_start_brings_a_token_that_is_good_now():
    shown = json.loads(protocol.start(1_893_456_000))
    assert valid(shown, "Start")
    verifier = Verifier(base64.b64decode(shown["key_base64"]))
    assert verifier.verify(shown["token"], now=shown["now"]).sun == "alice"


@pytest.mark.program
def test_our_adapters_answer_start_after_the_first_token(tmp_path):
    adapter = tmp_path / "slow.py"
    adapter.write_text(
        "LIBRARY, VERSION, CLOCK = 'slow', 'no token', 'argument'\n"
        "FAMILY, NOT_CHECKED = (KeyError,), {'x': ()}\n"
        "def verify(token, key, now, configuration):\n"
        "    global VERSION\n"
        "    VERSION = 'token seen'\n"
    )
    one = Child(
        "slow", [sys.executable, "-I", str(ROOM / "adapters" / "python" / "serve.py"), str(adapter), "x"]
    )
    assert one.describe().version == "token seen"
    one.close()


def test_questions_name_the_algorithm_and_have_room_for_the_keys_of_rs256():
    verify, issue = (json.loads(protocol.write(request)) for request in (QUESTION, ORDER))
    assert (verify["algorithms"], issue["algorithm"]) == (["HS256"], "HS256")
    assert valid({**verify, "jwks": "{}", "algorithms": ["HS256", "RS256"]}, "Verify")
    del issue["key_base64"]
    assert valid({**issue, "pem": "-----BEGIN", "algorithm": "RS256"}, "Issue")


def test_every_tag_of_an_issuing_request_has_a_meaning_in_the_schema():
    tags = SCHEMA["$defs"]["Value"]["properties"]
    assert set(tags) == {*serve.READERS, "$pairs"}
    assert all(len(tag["description"]) > 30 for tag in tags.values())
    used = set(re.findall(r'"(\$\w+)"', json.dumps([case.claims for case in load_issuing().values()])))
    assert used <= set(tags)


@pytest.mark.parametrize(
    "word", ["Flush", "5 s", "30 s", "1 MiB", "not claimed", "in any place", "Ignore", "exit status 0"]
)
def test_the_schema_says_what_an_author_must_know(word):
    assert word in json.dumps(SCHEMA)


@pytest.mark.program
def test_a_library_that_prints_or_reads_does_not_break_the_contract(tmp_path):
    adapter = tmp_path / "noisy.py"
    adapter.write_text(
        "import os, sys\n"
        "LIBRARY, VERSION, CLOCK, FAMILY = 'noisy', '1', 'argument', (KeyError,)\n"
        "NOT_CHECKED = {'x': ()}\n"
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
