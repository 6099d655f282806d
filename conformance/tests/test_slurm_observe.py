"""The recorder: real verdicts on vectors, records that are stable and compared by what they say."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
import pytest

from slurm_jwt_conformance.slurm import observe
from slurm_jwt_conformance.slurm.clocks import holds_at, name_of
from slurm_jwt_conformance.slurm.errors import SlurmError
from slurm_jwt_conformance.slurm.release import Installation
from slurm_jwt_conformance.slurm.testing import require_slurm
from slurm_jwt_vectors import Observation, Observed, Suite, load, load_observed

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
        elif seen.verdict == "refused":
            assert seen.log.startswith("error: ")
            assert seen.client


@pytest.mark.slurm
def test_two_recordings_say_the_same(slurm):
    suite = some_cases()
    first = observe.record(slurm, suite, today=TODAY)
    second = observe.record(slurm, suite, today=TODAY + dt.timedelta(1))
    assert observe.compare(first, second) == observe.Comparison((), (), (), ())


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


@pytest.fixture
def stub(monkeypatch):
    """Have the command record without daemons; the record can be changed by the test."""
    told = {"record": made(a=seen())}
    found = Installation("22.05", "22.05.8", "1.10.2", {}, None, {}, "/p", None)
    monkeypatch.setattr(observe, "find_installation", lambda _root: found)
    monkeypatch.setattr(observe, "record", lambda *_a, **_k: told["record"])
    return told


def command(tmp_path, *more, release="22.05"):
    return observe.main(["--release", release, "--out", str(tmp_path), *more])


def test_the_command_records_then_checks(stub, tmp_path, capsys):
    assert command(tmp_path, "--check") == 1
    assert command(tmp_path) == 0
    assert command(tmp_path, "--check") == 0
    stub["record"] = made(a=seen("refused"))
    assert command(tmp_path, "--check") == 1
    assert "a: verdict was accepted, is refused" in capsys.readouterr().out
    assert load_observed(tmp_path)["22.05"].cases["a"].verdict == "accepted"


def test_the_command_wants_the_release_that_is_there(stub, tmp_path, capsys):
    assert stub
    assert command(tmp_path, release="24.11") == 2
    assert "Slurm here is 22.05.8, not 24.11" in capsys.readouterr().err


def test_a_recording_that_fails_writes_nothing(stub, monkeypatch, tmp_path, capsys):
    def fail(*_arguments, **_options):
        raise SlurmError("munged ended at its start", log="bad \x1b[31m thing")

    assert stub
    monkeypatch.setattr(observe, "record", fail)
    assert command(tmp_path) == 3
    told = capsys.readouterr().err
    assert "munged ended at its start" in told
    assert "\x1b" not in told
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_record_is_not_overwritten_in_silence(stub, tmp_path):
    assert stub
    (tmp_path / "22.05.json").write_text("{")
    with pytest.raises(msgspec.DecodeError):
        command(tmp_path)
