"""`python -m tools.record`: writes what releases say, or holds them to what they said."""

from __future__ import annotations

import hashlib
import json

import pytest

from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.install.release import Installation, Missing
from slurm_jwt_vectors import Observation, Observed, Suite, load, load_observed
from support.slurm import require_slurm
from tools.record import __main__ as record_command
from tools.record import recorder as observe
from tools.record.__main__ import main


def seen(verdict="accepted", **more):
    defaults = {"uid": 2001, "user": "alice", "log": "l", "client": None}
    digest = hashlib.sha256(b"t").hexdigest()
    return Observation(digest, "random32", "scontrol", "system", verdict, **(defaults | more))


def made(release="22.05", version="1", **cases):
    packages = {"slurmctld": f"{release}.8-{version}"}
    return Observed(release, f"{release}.8", "1.10.2", packages, "2026-11-23", cases)


@pytest.fixture
def daemons(monkeypatch):
    """Two installed releases that say what a test wants them to say."""
    said = {"22.05": made("22.05", a=seen(), b=seen()), "24.11": made("24.11", a=seen())}
    here = {label: Installation(label, f"{label}.8", "1.10.2", {}, None, {}, "/p", None) for label in said}
    monkeypatch.setattr(record_command, "installed", lambda: here)
    monkeypatch.setattr(
        record_command, "find_release", lambda label: here.get(label, Missing(f"no {label}", "get it"))
    )
    monkeypatch.setattr(observe, "record", lambda found, *_suite, **_options: said[found.label])
    return said


@pytest.fixture
def record(tmp_path, capsys):
    def call(*arguments):
        code = main(["--out", str(tmp_path), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_all_installed_releases_are_recorded_and_then_as_recorded(daemons, record, tmp_path):
    assert record()[0] == 0
    assert load_observed(tmp_path) == daemons
    code, out, _ = record("--check")
    assert code == 0
    assert out.count("as recorded") == 2
    assert "not as recorded" not in out


@pytest.mark.usefixtures("daemons")
def test_one_release_alone(record, tmp_path):
    assert record("--release", "24.11")[0] == 0
    assert set(load_observed(tmp_path)) == {"24.11"}


def test_a_changed_verdict_fails_a_check_and_is_not_written(daemons, record, tmp_path):
    record()
    daemons["22.05"] = made("22.05", a=seen("refused", uid=None), b=seen())
    code, out, _ = record("--check")
    assert code == 1
    assert "22.05: a: verdict was accepted, is refused\n" in out
    assert "1 not as recorded" in out
    assert load_observed(tmp_path)["22.05"].cases["a"].verdict == "accepted"
    assert record()[0] == 0
    assert load_observed(tmp_path)["22.05"].cases["a"].verdict == "refused"


@pytest.mark.parametrize(
    ("cases", "told"), [({"a": seen()}, "b: removed"), ({"a": seen(), "b": seen(), "c": seen()}, "c: new")]
)
def test_a_case_more_or_less_fails_a_check(daemons, record, cases, told):
    record()
    daemons["22.05"] = made("22.05", **cases)
    code, out, _ = record("--check")
    assert (code, told in out) == (1, True)


def test_another_package_version_is_told_and_fails_nothing(daemons, record):
    record()
    daemons["22.05"] = made("22.05", version="2", a=seen(), b=seen())
    code, out, _ = record("--check")
    assert code == 0
    assert "22.05: release: slurmctld was 22.05.8-1, is 22.05.8-2\n" in out


@pytest.mark.usefixtures("daemons")
def test_a_check_without_a_record_fails(record, tmp_path):
    code, out, _ = record("--check")
    assert (code, "no record of this release" in out) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_json_tells_the_same(daemons, record, tmp_path):
    record()
    daemons["22.05"] = made("22.05", version="2", a=seen("refused"), c=seen())
    code, out, _ = record("--check", "--json")
    first, second = json.loads(out)
    assert code == 1
    assert (first["release"], first["differs"], second["differs"]) == ("22.05", True, False)
    assert first["differences"] == [
        {"case": "a", "what": "verdict", "recorded": "accepted", "fresh": "refused"}
    ]
    assert (first["added"], first["removed"], first["written"]) == (["c"], ["b"], None)
    assert [each["what"] for each in first["versions"]] == ["slurmctld"]
    assert json.loads(record("--json")[1])[0]["written"] == str(tmp_path / "22.05.json")


@pytest.mark.usefixtures("daemons")
@pytest.mark.program
def test_releases_that_cannot_be_recorded_are_told(record, monkeypatch):
    code, _, err = record("--release", "26.05")
    assert (code, "no 26.05" in err, "get it" in err) == (2, True, True)
    assert record("--release", "22.5")[0] == 2
    monkeypatch.setattr(record_command, "installed", dict)
    code, _, err = record()
    assert (code, "lab install" in err) == (2, True)


@pytest.mark.usefixtures("daemons")
def test_a_recording_that_fails_writes_nothing(record, monkeypatch, tmp_path):
    def fail(*_arguments, **_options):
        raise SlurmError("munged ended at its start", log="bad \x1b[31m thing")

    monkeypatch.setattr(observe, "record", fail)
    code, _, err = record()
    assert (code, "munged ended at its start" in err) == (3, True)
    assert "\x1b" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("daemons")
def test_a_damaged_record_is_told_and_kept(record, tmp_path):
    (tmp_path / "22.05.json").write_text("{")
    code, _, err = record()
    assert (code, "damaged" in err) == (2, True)
    assert (tmp_path / "22.05.json").read_text() == "{"


@pytest.mark.usefixtures("daemons")
def test_a_folder_that_cannot_be_written_is_told(capsys, tmp_path):
    (tmp_path / "file").touch()
    assert main(["--out", str(tmp_path / "file/records")]) == 2
    assert "file/records" in capsys.readouterr().err


@pytest.mark.slurm
def test_this_machines_release_says_what_is_recorded(capsys, monkeypatch):
    """A handful of cases, one of each verdict and key, on the very daemon."""
    found = require_slurm()
    suite = load()
    chosen = {(case.verdict, case.key): case for case in suite.cases.values()}
    record = load_observed()[found.label]
    few = Suite({case.id: case for case in chosen.values() if case.id in record.cases}, suite.keys)
    known = {found.label: with_cases(record, few.cases)}
    monkeypatch.setattr(record_command.slurm_jwt_vectors, "load", lambda: few)
    monkeypatch.setattr(record_command.slurm_jwt_vectors, "load_observed", lambda _folder: known)
    code = main(["--release", found.label, "--check"])
    assert code == 0, capsys.readouterr().out


def with_cases(record, names):
    kept = {name: each for name, each in record.cases.items() if name in names}
    return Observed(record.release, record.slurm, record.libjwt, record.packages, record.recorded, cases=kept)
