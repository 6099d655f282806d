"""The recorder: real verdicts on vectors, records that are stable and compared by what they say."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from slurm_jwt_conformance.lab.daemons.clocks import holds_at, name_of
from slurm_jwt_conformance.lab.daemons.observation import cannot_be_carried, read_refused
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_vectors import Observation, Observed, Suite, load, load_observed
from support.slurm import require_release, require_slurm
from tools.record import recorder as observe

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def slurm():
    return require_slurm()


def some_cases():
    """One valid, one expired, one at the edge of time, one for each key shape: by property, not by name."""
    suite = load()
    chosen = {}
    for case in suite.cases.values():
        chosen.setdefault((case.verdict, case.any_time, case.key), case)
    return Suite({case.id: case for case in chosen.values()}, suite.keys)


@pytest.mark.slurm
def test_every_case_is_recorded_with_key_clock_and_packages(slurm):
    suite = some_cases()
    told = []
    fresh = observe.record(slurm, suite, today=TODAY, progress=told.append)
    assert fresh.cases.keys() == suite.cases.keys()
    assert sum(told) == len(suite.cases)
    assert (fresh.release, fresh.slurm, fresh.recorded) == (slurm.label, slurm.version, "2026-11-23")
    assert fresh.packages["slurmctld"].startswith(slurm.version)
    for name, seen in fresh.cases.items():
        case = suite.cases[name]
        assert seen.token_sha256 == hashlib.sha256(case.token_bytes).hexdigest()
        assert seen.key == case.key
        assert seen.clock == ("system" if case.any_time else "faketime 2030-01-01T00:00:00Z")
        if not suite.keys[case.key].bytes:
            assert seen.verdict == "daemon-does-not-start"
        elif seen.verdict == "accepted":
            assert seen.uid is not None
        else:
            assert seen.verdict == "refused"
            assert seen.log.startswith("error: ")
            assert (seen.route == "plugin") == (seen.client is None)


@pytest.mark.slurm
@pytest.mark.parametrize("release", tuple(roots.SUITES))
def test_what_the_client_cannot_carry_goes_to_the_plugin(release):
    suite = load()
    beyond = {name: case for name, case in suite.cases.items() if cannot_be_carried(case.token_bytes)}
    carried = next(case for case in suite.cases.values() if case.verdict == "valid" and case.id not in beyond)
    fresh = observe.record(
        require_release(release), Suite({**beyond, carried.id: carried}, suite.keys), today=TODAY
    )
    assert {name for name, seen in fresh.cases.items() if seen.route == "plugin"} == set(beyond)
    assert fresh.cases[carried.id].route == "scontrol"
    assert {(seen.verdict, seen.uid, seen.user) for name, seen in fresh.cases.items() if name in beyond} == {
        ("accepted", 2001, "alice"),
        ("refused", None, None),
    }


@pytest.mark.slurm
def test_two_recordings_say_the_same(slurm):
    suite = some_cases()
    first = observe.record(slurm, suite, today=TODAY)
    second = observe.record(slurm, suite, today=TODAY + dt.timedelta(1))
    assert observe.compare(first, second) == observe.Comparison((), (), (), ())


def test_what_slurmctld_says_meanwhile_is_no_reason():
    log = (
        "[2026-11-23T02:30:00.123] error: Nodes localhost not responding\n"
        "[2026-11-23T02:30:00.124] error: auth_p_verify: token expired\n"
        "[2026-11-23T02:30:00.124] error: Nodes localhost not responding, setting DOWN\n"
        "[2026-11-23T02:30:00.125] error: slurm_unpack_received_msg: Protocol authentication error\n"
    )
    assert read_refused(log, "c", 1).log == "error: auth_p_verify: token expired"
    from_a_token = "error: auth_p_verify: no support for alg=x\nerror: Nodes localhost not responding\n"
    assert read_refused(from_a_token, "c", 1).log.endswith(" | error: Nodes localhost not responding")


def seen(verdict="accepted", *, token=b"t", **more):
    defaults = {"uid": 2001, "user": "alice", "log": "l", "client": None}
    digest = hashlib.sha256(token).hexdigest()
    return Observation(digest, "random32", "scontrol", "system", verdict, **(defaults | more))


def made(packages=None, recorded="2026-11-23", **cases):
    return Observed("22.05", "22.05.8", "1.10.2", packages or {"slurmctld": "22.05.8-4"}, recorded, cases)


def test_a_changed_verdict_is_a_difference():
    found = observe.compare(made(a=seen(), b=seen()), made(a=seen("refused", uid=None), b=seen()))
    assert [(each.case, each.what, each.recorded, each.fresh) for each in found.differences] == [
        ("a", "verdict", "accepted", "refused"),
        ("a", "uid", "2001", None),
    ]
    assert str(found.differences[0]) == "a: verdict was accepted, is refused"


def test_another_package_version_is_told_apart_from_differences():
    found = observe.compare(made(a=seen()), made({"slurmctld": "22.05.8-5", "munge": "1"}, a=seen()))
    assert found.differences == ()
    assert [str(each) for each in found.versions] == [
        "release: munge was None, is 1",
        "release: slurmctld was 22.05.8-4, is 22.05.8-5",
    ]


def test_another_token_is_another_case():
    found = observe.compare(made(a=seen(), gone=seen()), made(a=seen("refused", token=b"u"), new=seen()))
    assert found == observe.Comparison((), (), ("a", "new"), ("a", "gone"))


def test_what_is_written_is_read_again(tmp_path):
    fresh = made(b=seen(), a=seen("refused", uid=None, user=None, client="c"))
    path = observe.write(tmp_path / "records", fresh)
    assert path.name == "22.05.json"
    assert load_observed(tmp_path / "records") == {"22.05": fresh}
    assert [entry.name for entry in path.parent.iterdir()] == ["22.05.json"]


def test_the_same_record_keeps_its_date_and_bytes(tmp_path):
    before = observe.write(tmp_path, made(a=seen())).read_bytes()
    after = observe.write(tmp_path, made(recorded="2027-01-01", a=seen())).read_bytes()
    assert after == before
    changed = observe.write(tmp_path, made(recorded="2027-01-01", a=seen("refused"))).read_bytes()
    assert b"2027-01-01" in changed


@pytest.mark.parametrize(
    ("clock", "now", "holds"),
    [
        ("system", 1893456000, True),
        ("system", 1700000000, False),
        ("system", 4102444800, False),
        ("faketime 2030-01-01T00:00:00Z", 1893456000, True),
        ("faketime 2030-01-01T00:00:00Z", 1893456001, False),
        ("something else", 1893456000, False),
    ],
)
def test_when_a_recorded_verdict_holds(clock, now, holds):
    assert holds_at(clock, now) == holds


def test_clocks_have_names():
    assert (name_of(None), name_of(1893456000)) == ("system", "faketime 2030-01-01T00:00:00Z")
