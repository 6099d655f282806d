"""A program of the user is judged exactly as a built-in adapter."""

import shlex
import sys

import pytest

from slurm_jwt_conformance.adapters import registry
from slurm_jwt_conformance.harness import batch, issuing, ledger
from slurm_jwt_vectors import load, load_issuing
from support.places import ROOT

SUITE, REQUESTS = load(), load_issuing()
EMPTY = ledger.Ledger()
BUILT_IN = registry.Programs()
TESTED = ("pyjwt:careful", "jwcrypto:defaults", "reference")


def all_outcomes(name, programs=BUILT_IN):
    """Return what the judge makes of every case and request, without the time and the name."""
    found = {}
    with batch.lineup([name], programs=programs) as there:
        for item in batch.verdicts(there.present, SUITE.cases.values(), SUITE, EMPTY):
            if not isinstance(item, batch.Introduced):
                found[item.case] = item
        for item in issuing.issuing(there.present, REQUESTS.values(), SUITE.keys, EMPTY):
            found[item.outcome.case] = item.outcome
    return {case: (one.outcome, one.status, one.error, one.reason, one.user) for case, one in found.items()}


@pytest.mark.program
@pytest.mark.parametrize("name", TESTED)
def test_every_outcome_is_that_of_the_built_in_adapter(name):
    library, configuration = registry._find(name)
    command = registry.served(sys.executable, registry.ADAPTERS / library.file, configuration)
    outside = registry.Programs(registry.commands([f"mine=cmd:{shlex.join(command)}"]))
    built_in = all_outcomes(name)
    assert set(built_in) == {*SUITE.cases, *REQUESTS}
    assert all_outcomes("mine", outside) == built_in


@pytest.mark.program
def test_the_user_of_every_odd_name_is_right():
    """The ten names with control characters: the escape of a name is not the name."""
    odd = {case for case, one in SUITE.cases.items() if one.user and not one.user.isprintable()}
    outcomes = all_outcomes("pyjwt:careful")
    assert len(odd) == 10
    assert {outcomes[case][1] for case in odd} <= {"pass", "either"}


@pytest.mark.program
def test_claims_that_are_echoed_as_they_are_break_nothing(tmp_path):
    """Deep nesting, lone surrogates, large numbers: the bytes of every payload that PyJWT accepts."""
    text = (ROOT / "examples" / "adapter.py").read_text()
    text = text.replace('{"sun": user} if isinstance(user, str) else {}', '"RAW"')
    answer = "            print(json.dumps(answer), file=answers, flush=True)\n"
    raw = (
        "            raw = b''\n"
        "            if 'claims' in answer:\n"
        "                raw = base64.urlsafe_b64decode(question['token'].split('.')[1] + '==')\n"
        "            raw = b'{}' if b'\\0' in raw else raw\n"
        "            line = json.dumps(answer).encode().replace(b'\"RAW\"', raw.replace(b'\\n', b' '))\n"
        "            os.write(answers.fileno(), line.replace(b'\\r', b' ') + b'\\n')\n"
    )
    assert answer[4:] in text
    (tmp_path / "adapter.py").write_text(text.replace(answer[4:], raw.replace("\n    ", "\n")[4:]))
    programs = registry.Programs({"mine": (sys.executable, str(tmp_path / "adapter.py"))})
    echoed, built_in = all_outcomes("mine", programs), all_outcomes("pyjwt:careful")
    crashes = {case for case, one in built_in.items() if one[0] == "crash"}
    assert all(case.startswith("jwks-file.") for case in crashes), "PyJWT's own"
    assert {case for case, one in echoed.items() if one[0] in {"crash", "not run"}} == crashes
    assert {case: one[0] for case, one in echoed.items()} == {case: one[0] for case, one in built_in.items()}
    users = {(one[4], built_in[case][4]) for case, one in echoed.items() if one[4]}
    assert len(users) > 10
    assert {echo: own for echo, own in users if echo != own} == {}
