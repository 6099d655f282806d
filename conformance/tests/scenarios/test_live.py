"""Each scenario on real daemons first; then the command, on the same files: both answers must agree.

Agree: accepted or refused, as which uid, by which line of slurmctld's log; started or ended, by which last
words; and a line is explained in the very words of the daemon or client that said it.
"""

from __future__ import annotations

import json

import pytest

from scenarios import answering
from scenarios.catalogue import SCENARIOS
from scenarios.reproducing import Daemons, Desk
from scenarios.scenario import TOKEN, Loaded, Started
from slurm_jwt.slurmctld.loglines import normal_form
from support.slurm import DEFAULT, require_release

pytestmark = pytest.mark.slurm
RELEASES = ("20.11", "22.05", "24.11", "26.05")


def check(scenario, release, seen, folder):
    """Compare what `check` foretells of a release with what it did."""
    answering.lay_out(scenario, folder, seen.now, "")
    if seen.token:
        (folder / TOKEN).write_bytes(seen.token)
    told = json.loads(answering.typed(scenario, release, folder, seen.now, "--json").out)
    (foretold,) = [each for name, each in told["slurm"].items() if name.startswith(release)]
    assert foretold["accepted"] is seen.accepted
    if seen.accepted:
        (user,) = [each for each in told["users"] if each["release"] == release]
        assert user["uid"] == seen.uid
        assert foretold["uid"] in {seen.uid, None}
    else:
        assert normal_form(foretold["log"]) == seen.log
    return answering.ids(told)


def explain(scenario, release, seen, folder):
    """Explain the very words that were said."""
    answering.lay_out(scenario, folder, seen.now, seen.said)
    answer = answering.typed(scenario, release, folder, seen.now, "--json")
    assert answer.exit == 0
    return answering.ids(json.loads(answer.out))


def doctor(scenario, release, seen, folder):
    """Compare what the doctor foretells, on a host with Debian's packages, with what daemons did."""
    told = answering.told(scenario, folder, release, seen.now)
    found = {each["id"]: each for each in told["findings"]}
    named = [found[rule] for rule in scenario.finds if rule in found]
    daemon = scenario.fault.daemon if isinstance(scenario.fault, Started) else "slurmctld"
    (look,) = [each for each in told["outlooks"] if each["daemon"] == daemon]
    if isinstance(scenario.fault, Started):
        foretold = any(each.get("log", "") and each["log"] in seen.said for each in named)
        if seen.up:
            assert look["starts"] is not False
        else:
            assert look["starts"] is False or foretold
            assert foretold or not any(each.get("log") for each in named)
        if seen.up and seen.accepted is False:
            assert (foretold and look["takes"] is not True) or "key.differs" in found
    if isinstance(scenario.fault, Loaded):
        assert look["takes"] is not True
        assert any(each.get("log", "") and each["log"] in seen.said for each in named)
    if seen.accepted:
        assert look["takes"] is not False
    return set(found)


def changes(scenario, release, seen, folder):
    """Compare what is said of an upgrade with what this release did, be it the old or the new one."""
    told = answering.told(scenario, folder, release, seen.now)
    (turn,) = told["site"]["turns"]
    new = release == told["new"]["series"]
    assert new or release == told["old"]["series"]
    assert (seen.up is False) is new
    assert turn["what"] == "slurmctld does not start. Before, it starts and accepts tokens."
    logs = [each.get("log") for each in told["site"]["new"] if each["id"] in scenario.finds]
    assert any(log and log in seen.said for log in logs) is new
    return answering.ids(told)


def rotate(scenario, release, seen, folder):
    """Compare which key's tokens the plan says are taken with what slurmctld took."""
    told = answering.told(scenario, folder, release, seen.now)
    steps = {each["id"]: each["takes"]["slurmctld"] for each in told["steps"]}
    assert (seen.up, steps["rename"]) == (True, "old")
    assert (seen.accepted, steps["slurmctld"]) == (False, "new")
    return answering.ids(told)


def contract(scenario, release, seen, folder):
    """Compare the claims that are said to name the user with whether this token's claim did."""
    answering.lay_out(scenario, folder, seen.now, "")
    told = answering.told(scenario, folder, release, seen.now)
    assert ("preferred_username" in told["user_claims"]) is seen.accepted
    refused = {words for row in told["claims"] for words in row["refused"]}
    assert ("preferred_username without sun" in refused) is not seen.accepted
    return answering.ids(told) | ({"preferred_username"} if not seen.accepted else set())


def probe(scenario, seen, daemons):
    """Compare what the probe found out by itself with what the daemon's log says, and the page with both."""
    told = json.loads(daemons.probe(scenario, seen, "--json").out)
    (place,) = told["places"]
    assert (place["state"] == "accepted") is seen.accepted
    assert (place["identity"] or {"uid": None})["uid"] == seen.uid
    answer = daemons.probe(scenario, seen)
    assert answer.exit == scenario.exit
    assert answer.out[: len(scenario.began)] == scenario.began
    return answering.ids(told)


ANSWERS = {
    "check": check,
    "explain": explain,
    "doctor": doctor,
    "changes": changes,
    "rotate": rotate,
    "contract": contract,
}


def trouble(scenario, daemons, folder):
    """Say how a daemon and a command differ; nothing if they do not."""
    release = daemons.installation.label
    seen = daemons.reproduce(scenario)
    try:
        if release == scenario.releases[0]:
            assert scenario.said in seen.said
        folder.mkdir()
        found = (
            probe(scenario, seen, daemons)
            if scenario.kind == "probe"
            else ANSWERS[scenario.kind](scenario, release, seen, folder)
        )
        assert set(scenario.finds) <= found
    except (AssertionError, KeyError, ValueError) as error:
        yield f"{scenario.id} on {release}: {error!r}\n{str(error)[:800]}\nseen: {seen.said[-600:]}"


@pytest.mark.parametrize("release", RELEASES)
def test_daemons_and_commands_agree(release, tmp_path, request):
    """Scenarios of a release share its daemons; those of the default release run the command on its host."""
    found = request.getfixturevalue("host_slurm") if release == DEFAULT else require_release(release)
    scenarios = [scenario for scenario in SCENARIOS if release in scenario.releases]
    with Daemons(found) as daemons:
        if daemons.mode != "root":
            pytest.skip("owners of files can only be set by root")
        told = [each for scenario in scenarios for each in trouble(scenario, daemons, tmp_path / scenario.id)]
    assert not told, "\n\n".join(told)


@pytest.mark.usefixtures("host_slurm")
def test_the_doctor_finds_the_same_on_real_files():
    """The command itself, as root, where the files have their owners; Slurm's release is the named one."""
    desk = Desk()
    try:
        if desk.mode != "root":
            pytest.skip("owners of files can only be set by root")
        scenarios = [scenario for scenario in SCENARIOS if scenario.kind == "doctor"]
        told = {
            scenario.id: desk.doctor(scenario, scenario.releases[0], 1795410000) for scenario in scenarios
        }
    finally:
        desk.close()
    for scenario in scenarios:
        assert set(scenario.finds) <= {each["id"] for each in told[scenario.id]["findings"]}, scenario.id


def test_a_token_that_is_set_breaks_what_munge_would_do():
    (scenario,) = [scenario for scenario in SCENARIOS if scenario.id == "environment.expired"]
    with Daemons(require_release("22.05")) as daemons:
        seen = daemons.reproduce(scenario)
    assert (seen.up, seen.accepted) == (True, False)


def test_a_token_that_openssl_could_not_sign_ends_with_its_second_dot():
    (scenario,) = [scenario for scenario in SCENARIOS if scenario.id == "fips.unsigned"]
    with Daemons(require_release("22.05")) as daemons:
        seen = daemons.reproduce(scenario)
    assert seen.token.endswith(b".")
    assert seen.token.count(b".") == 2
