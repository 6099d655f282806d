"""`slurm-jwt adapter check`, and the two adapters of examples/, which obey the protocol."""

import json
import shlex
import shutil
import sys

import jsonschema
import pytest

from slurm_jwt_reports.stream.reader import read
from slurm_jwt_vectors import load
from support.commands import call
from support.places import MISBEHAVING, ROOT

pytestmark = pytest.mark.program

PYTHON = shlex.join([sys.executable, str(ROOT / "examples" / "adapter.py")])
NODE = shlex.join(["node", str(ROOT / "examples" / "adapter.mjs")])
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node on PATH")
EXAMPLES = [pytest.param(PYTHON, id="python"), pytest.param(NODE, id="node", marks=needs_node)]
CANARY = "hunter2-canary-of-an-argument"


def check(command, *options):
    return call(["adapter", "check", f"x=cmd:{command}", *options])


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_examples_obey_the_protocol(command):
    checked = check(command, "--json")
    document = json.loads(checked.out)
    schema = json.loads(
        (ROOT / "conformance/slurm_jwt_conformance/schema/adapter-check.schema.json").read_text()
    )
    jsonschema.validate(document, schema)
    assert (checked.code, document["verdict"], document["adapter"]) == (0, "pass", "x")
    assert {one["result"] for one in document["checks"]} <= {"passed", "warning"}


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_examples_can_be_run(command, tmp_path):
    done = call(
        [
            "run",
            "--out",
            str(tmp_path),
            "--quiet",
            "-i",
            f"mine=cmd:{command}",
            "-k",
            "sun-odd.*",
            "-k",
            "issue.*",
        ]
    )
    results = read(tmp_path / "results.jsonl")
    outcomes = {one.outcome for one in results.outcomes.values()}
    assert outcomes <= {"accept", "reject", "unsupported"}, done.out
    assert not [found for found in results.findings if found.kind == "harness"]


@needs_node
def test_the_example_in_javascript_is_a_correct_implementation(tmp_path):
    done = call(["run", "--out", str(tmp_path), "--quiet", "-i", f"mine=cmd:{NODE}"])
    results = read(tmp_path / "results.jsonl")
    verified = {one.status for (case, _), one in results.outcomes.items() if case in load().cases}
    assert (done.code, verified) == (0, {"pass", "either"})
    unsupported = {one.reason for one in results.outcomes.values() if one.status == "unsupported"}
    assert all(reason.startswith("JavaScript has no ") for reason in unsupported)


def test_a_fault_is_shown_with_the_line(tmp_path):
    adapter = tmp_path / "adapter.py"
    adapter.write_text(
        (ROOT / "examples" / "adapter.py").read_text().replace('"protocol": 2', '"protocol": 1')
    )
    checked = check(f"{sys.executable} {adapter}", "--junit", str(tmp_path / "junit.xml"))
    assert checked.code == 1
    assert "error[adapter.start]" in checked.out.decode()
    assert 'line: {"protocol": 1' in checked.out.decode()
    assert "adapter.start" in (tmp_path / "junit.xml").read_text()


def test_a_role_that_the_adapter_does_not_have_is_not_asked():
    checked = check(f"{sys.executable} {MISBEHAVING} issuer-only", "--json")
    results = {one["check"]: one["result"] for one in json.loads(checked.out)["checks"]}
    assert {results[name] for name in ("one at a time", "written ahead", "odd tokens", "echo")} == {
        "not asked"
    }


def test_arguments_are_in_no_output():
    for options in ((), ("--json",), ("--verbose",)):
        checked = check(f"{sys.executable} {MISBEHAVING} talk {CANARY}", *options)
        assert checked.code == 1
        assert CANARY not in checked.out.decode() + checked.err.decode()


def test_stderr_is_shown_on_request():
    command = f"{sys.executable} {MISBEHAVING} flood"
    assert b"stderr: warning" in check(command, "--verbose").err
    assert b"warning\n" not in check(command).err


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("cmd:./nowhere-at-all", "cannot be started"),
        ("pyjwt", "needs a command"),
        ("cmd:", "needs a command"),
        ("cmd:./a 'hunter2", "cannot be read"),
    ],
)
def test_a_wrong_call_ends_with_2(word, message):
    done = call(["adapter", "check", word])
    assert done.code == 2
    assert message in done.err.decode()
    assert "hunter2" not in done.err.decode()
