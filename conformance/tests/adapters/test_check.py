"""`adapters.check` finds each fault of an adapter; the right adapter is examples/adapter.py."""

import sys
import time

import pytest

from slurm_jwt_conformance.adapters import check
from slurm_jwt_conformance.adapters.child import Limits
from support.places import ROOT

pytestmark = pytest.mark.program

RIGHT = (ROOT / "examples" / "adapter.py").read_text()
BY_NAME = {one.__name__.replace("_", " "): one for one in check.CHECKS} | {"start": lambda _: None}
FAULTS = {
    "flush": (", flush=True", "", "start", "came only after stop. Flush stdout after each line"),
    "claims-repr": ('{"sun": user}', '{"sun": repr(user)[1:-1]}', "echo", "is accepted with sun 'alice"),
    "no-sun": (
        '{"sun": user} if isinstance(user, str) else {}',
        "{}",
        "echo",
        "the user of the token is not checked",
    ),
    "id-lost": ('"id": question["id"]', '"id": "x"', "one at a time", "another id than the question"),
    "tags-on-top-only": (
        "{name: value(inner) for name, inner in shown.items()}\n\n",
        "shown\n\n",
        "values",
        "The tag of $float in a member is in the token",
    ),
    "digits-lost": ('"$int": int', '"$int": float', "values", "has other digits"),
    "deaf-to-stop": (
        "            return\n",
        "            continue\n",
        "stop",
        "does not end within 2 s after stop",
    ),
    "status": ("            return\n", "            sys.exit(3)\n", "stop", "ends after stop with status 3"),
    "farewell": (
        "            return\n",
        "            return print('bye', file=answers, flush=True)\n",
        "stop",
        "bye",
    ),
    "end": (
        "\n\nmain()\n",
        "\n\nmain()\nsys.exit(4)\n",
        "end of stdin",
        "ends after the end of stdin with status 4",
    ),
    "text-only": (
        'return base64.b64decode(question[f"{name}_base64"])',
        "return 1 / (name != 'token')",
        "odd tokens",
        "It ended at",
    ),
    "jwks-text-only": (
        'return base64.b64decode(question[f"{name}_base64"])',
        'return base64.b64decode(question[f"{name}_base64"]) if name == "token" else sys.exit(2)',
        "odd tokens",
        "It ended at the question 'odd JWKS'",
    ),
    "log": (
        "        else:\n",
        "        else:\n            os.write(3, b'INFO ok\\n')\n",
        "one at a time",
        "INFO ok",
    ),
    "strict-members": (
        '        if question["op"] == "stop"',
        '        assert "future" not in question\n        if question["op"] == "stop"',
        "unknown members",
        "AssertionError",
    ),
    "slow": (
        '        if question["op"] == "start"',
        '        if question["op"] == "issue":\n            sleep(9)\n        if question["op"] == "start"',
        "values",
        "There is no answer to the question '$float in a member' within 1 s",
    ),
    "version-1": ('"protocol": 2', '"protocol": 1', "start", "not an answer of the adapter protocol"),
    "no-such-rule": ('"sun.empty"]', '"sun.void"]', "start", "not_checked names no rule: 'sun.void'"),
    "error-null": (
        '"error": f"{type(error).__name__}: {error}"}',
        '"error": None}',
        "written ahead",
        '"error": null',
    ),
    "leak": (
        '"error": f"{type(error).__name__}: {error}"}',
        '"error": [question]}',
        "written ahead",
        "[secret]",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_its_check_and_shown_with_its_line(fault, tmp_path):
    right, wrong, name, text = FAULTS[fault]
    assert right in RIGHT
    adapter = tmp_path / "adapter.py"
    preamble = RIGHT.replace("import sys\n", "import sys\nfrom time import sleep\n")
    adapter.write_text(
        preamble.replace(right, wrong).replace("os.fdopen(os.dup(1)", "os.fdopen(os.dup2(1, 3)")
    )
    talk = check.Talk([sys.executable, str(adapter)], Limits(20, 1), int(time.time()), None)
    found = check._result(name, BY_NAME[name], talk)
    assert found.result == ("warning" if fault == "no-sun" else "failed")
    assert text in found.text + found.line
    assert "AAECAwQFBgcICQ" not in found.line, "the key"


def test_every_check_has_a_fault_that_it_finds():
    assert {name for _, _, name, _ in FAULTS.values()} == {*BY_NAME}
