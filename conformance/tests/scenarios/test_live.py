"""Each pain on real daemons first; then the command, on the same files: both answers must agree.

Agree: accepted or refused, as which uid, by which line of slurmctld's log; started or ended, by which last
words; and a line is explained in the very words of the daemon or client that said it.
"""

from __future__ import annotations

import json

import pytest

from scenarios import answering
from scenarios.catalogue import PAINS
from scenarios.reproducing import Daemons, Desk
from scenarios.scenario import TOKEN, Loaded, Started
from slurm_jwt.slurmctld.loglines import normal_form
from support.slurm import require_release

pytestmark = pytest.mark.slurm
RELEASES = ("20.11", "22.05", "24.11", "26.05")
NOT_FORETOLD = {"user.identity"}
"""Pains whose prediction is that none can be made; what is said of the user is compared all the same."""


def check(pain, release, seen, folder):
    """Compare what `check` foretells of a release with what it did."""
    answering.lay_out(pain, folder, seen.now, "")
    if seen.token:
        (folder / TOKEN).write_bytes(seen.token)
    told = json.loads(answering.typed(pain, release, folder, seen.now, "--json").out)
    (foretold,) = [each for name, each in told["slurm"].items() if name.startswith(release)]
    if pain.id in NOT_FORETOLD:
        assert foretold["accepted"] is None
    else:
        assert foretold["accepted"] is seen.accepted
    if seen.accepted:
        (user,) = [each for each in told["users"] if each["release"] == release]
        assert user["uid"] == seen.uid
        assert foretold["uid"] in {seen.uid, None}
    else:
        assert normal_form(foretold["log"]) == seen.log
    return answering.ids(told)


def explain(pain, release, seen, folder):
    """Explain the very words that were said."""
    answering.lay_out(pain, folder, seen.now, seen.said)
    answer = answering.typed(pain, release, folder, seen.now, "--json")
    assert answer.exit == 0
    return answering.ids(json.loads(answer.out))


def doctor(pain, release, seen, folder):
    """Compare what the doctor foretells, on a host with Debian's packages, with what daemons did."""
    told = answering.told(pain, folder, release, seen.now)
    found = {each["rule"]: each for each in told["findings"]}
    named = [found[rule] for rule in pain.finds if rule in found]
    daemon = pain.fault.daemon if isinstance(pain.fault, Started) else "slurmctld"
    (look,) = [each for each in told["outlooks"] if each["daemon"] == daemon]
    if isinstance(pain.fault, Started):
        foretold = any(each["log"] and each["log"] in seen.said for each in named)
        if seen.up:
            assert look["starts"] is not False
        else:
            assert look["starts"] is False or foretold
            assert foretold or not any(each["log"] for each in named)
        if seen.up and seen.accepted is False:
            assert (foretold and look["takes"] is not True) or "key.differs" in found
    if isinstance(pain.fault, Loaded):
        assert look["takes"] is not True
        assert any(each["log"] and each["log"] in seen.said for each in named)
    if seen.accepted:
        assert look["takes"] is not False
    return set(found)


def changes(pain, release, seen, folder):
    """Compare what is said of an upgrade with what this release did, be it the old or the new one."""
    told = answering.told(pain, folder, release, seen.now)
    (turn,) = told["site"]["turns"]
    new = release == told["new"]["series"]
    assert new or release == told["old"]["series"]
    assert (seen.up is False) is new
    assert turn["what"] == "slurmctld does not start; before, it starts and takes tokens."
    logs = [each["log"] for each in told["site"]["new"] if each["rule"] in pain.finds]
    assert any(log and log in seen.said for log in logs) is new
    return answering.ids(told)


def rotate(pain, release, seen, folder):
    """Compare which key's tokens the plan says are taken with what slurmctld took."""
    told = answering.told(pain, folder, release, seen.now)
    steps = {each["id"]: each["takes"]["slurmctld"] for each in told["steps"]}
    assert (seen.up, steps["rename"]) == (True, "old")
    assert (seen.accepted, steps["slurmctld"]) == (False, "new")
    return answering.ids(told)


def contract(pain, release, seen, folder):
    """Compare the claims that are said to name the user with whether this token's claim did."""
    answering.lay_out(pain, folder, seen.now, "")
    told = answering.told(pain, folder, release, seen.now)
    assert ("preferred_username" in told["user_claims"]) is seen.accepted
    refused = {words for row in told["claims"] for words in row["refused"]}
    assert ("preferred_username without sun" in refused) is not seen.accepted
    return answering.ids(told) | ({"preferred_username"} if not seen.accepted else set())


def probe(pain, seen, daemons):
    """Compare what the probe found out by itself with what the daemon's log says, and the page with both."""
    told = json.loads(daemons.probe(pain, seen, "--json").out)
    (place,) = told["places"]
    assert (place["state"] == "accepted") is seen.accepted
    assert (place["identity"] or {"uid": None})["uid"] == seen.uid
    answer = daemons.probe(pain, seen)
    assert answer.exit == pain.exit
    assert answer.out.startswith(pain.began)
    return answering.ids(told)


ANSWERS = {
    "check": check,
    "explain": explain,
    "doctor": doctor,
    "changes": changes,
    "rotate": rotate,
    "contract": contract,
}


def trouble(pain, daemons, folder):
    """Say how a daemon and a command differ; nothing if they do not."""
    release = daemons.installation.label
    seen = daemons.reproduce(pain)
    try:
        if release == pain.releases[0]:
            assert pain.said in seen.said
        folder.mkdir()
        found = (
            probe(pain, seen, daemons)
            if pain.kind == "probe"
            else ANSWERS[pain.kind](pain, release, seen, folder)
        )
        assert set(pain.finds) <= found
    except (AssertionError, KeyError, ValueError) as error:
        yield f"{pain.id} on {release}: {error!r}\n{str(error)[:800]}\nseen: {seen.said[-600:]}"


@pytest.mark.parametrize("release", RELEASES)
def test_daemons_and_commands_agree(release, tmp_path):
    """The daemons of a release are shared by its pains."""
    pains = [pain for pain in PAINS if release in pain.releases]
    with Daemons(require_release(release)) as daemons:
        if daemons.mode != "root":
            pytest.skip("owners of files can only be set by root")
        told = [each for pain in pains for each in trouble(pain, daemons, tmp_path / pain.id)]
    assert not told, "\n\n".join(told)


def test_the_doctor_finds_the_same_on_real_files():
    """The command itself, as root, where the files have their owners; Slurm's release is the named one."""
    require_release("22.05")
    desk = Desk()
    try:
        if desk.mode != "root":
            pytest.skip("owners of files can only be set by root")
        pains = [pain for pain in PAINS if pain.kind == "doctor"]
        told = {pain.id: desk.doctor(pain, pain.releases[0], 1795410000) for pain in pains}
    finally:
        desk.close()
    for pain in pains:
        assert set(pain.finds) <= {each["rule"] for each in told[pain.id]["findings"]}, pain.id


def test_a_token_that_is_set_breaks_what_munge_would_do():
    (pain,) = [pain for pain in PAINS if pain.id == "environment.expired"]
    with Daemons(require_release("22.05")) as daemons:
        seen = daemons.reproduce(pain)
    assert (seen.up, seen.accepted) == (True, False)


def test_a_token_that_openssl_could_not_sign_ends_with_its_second_dot():
    (pain,) = [pain for pain in PAINS if pain.id == "fips.unsigned"]
    with Daemons(require_release("22.05")) as daemons:
        seen = daemons.reproduce(pain)
    assert seen.token.endswith(b".")
    assert seen.token.count(b".") == 2
