"""What a lab may consist of, and the errors of wrong options."""

from __future__ import annotations

import hashlib

import pytest

from slurm_jwt_conformance.lab.install.release import Installation, Missing
from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS
from slurm_jwt_conformance.lab.service import plan
from slurm_jwt_reports.problems import Problem
from slurm_jwt_vectors import load

PROGRAMS = {"slurmctld": "/s", "scontrol": "/c", "munged": "/m"}


def installation(label="22.05", **programs):
    return Installation(label, f"{label}.8", "1.10.2", {}, None, PROGRAMS | programs, "/p", None)


def test_users_get_free_uids_or_those_of_the_option():
    users = plan.users_of(["carol", "dave:5001", "erin", "alice"])
    assert users["dave"] == 5001
    assert users["alice"] == ACCOUNTS["alice"]
    assert len({users["carol"], users["erin"], 5001, *ACCOUNTS.values()}) == len(ACCOUNTS) + 3


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a b"], "not a user name"),
        ([""], "not a user name"),
        (["-x"], "not a user name"),
        (["x" * 33], "not a user name"),
        (["x:y:z\n"], "not a uid"),
        (["carol:-1"], "not a uid"),
        (["carol:2147483648"], "not a uid"),
        (["carol:٣"], "not a uid"),
        (["carol:2001"], "alice has uid 2001"),
        (["root:5"], "root has uid 0"),
        (["carol:5000", "dave:5000"], "carol has uid 5000"),
        (["carol:5000", "carol:5001"], "carol has uid 5000"),
        ([f"u{number}" for number in range(101)], "too many users"),
    ],
)
def test_impossible_users_are_refused(texts, message):
    with pytest.raises(Problem, match=message) as caught:
        plan.users_of(texts)
    assert caught.value.exit_code == 2


def test_daemons_come_in_the_order_of_their_start_and_once():
    assert plan.daemons_of("slurmd, slurmdbd,slurmd") == ("slurmdbd", "slurmd")
    assert plan.daemons_of("") == ()
    with pytest.raises(Problem, match="slurmdb'") as caught:
        plan.daemons_of("slurmdb")
    assert "slurmdbd" in caught.value.hint


def test_an_unknown_release_is_refused_with_the_nearest_label(monkeypatch):
    monkeypatch.setattr(plan, "installed", lambda: {"23.11": installation("23.11")})
    assert plan.known_release("23.11") == "23.11"
    assert plan.known_release("26.05") == "26.05"
    with pytest.raises(Problem, match=r"'22\.5'") as caught:
        plan.known_release("22.5")
    assert "22.05" in caught.value.hint


def test_a_missing_release_is_reported_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(plan, "find_release", lambda label: Missing(f"{label} is not here", "get it"))
    with pytest.raises(Problem, match=r"24\.11 is not here") as caught:
        plan.installation_of(plan.Plan(b"k", release="24.11"))
    assert caught.value.hint == "get it"


def test_without_a_release_the_plan_uses_the_machines_own_or_the_newest(monkeypatch):
    own = installation("23.11")
    monkeypatch.setattr(plan, "find_installation", lambda: own)
    assert plan.installation_of(plan.Plan(b"k")) is own
    monkeypatch.setattr(plan, "find_installation", lambda: Missing("nothing"))
    others = {label: installation(label) for label in ("22.05", "26.05")}
    monkeypatch.setattr(plan, "installed", lambda: others)
    assert plan.installation_of(plan.Plan(b"k")).label == "26.05"
    monkeypatch.setattr(plan, "installed", dict)
    with pytest.raises(Problem, match="No Slurm is installed here"):
        plan.installation_of(plan.Plan(b"k"))


def test_a_daemon_that_a_release_lacks_is_reported(monkeypatch):
    monkeypatch.setattr(plan, "find_installation", lambda: installation(slurmdbd="/d"))
    with pytest.raises(Problem, match="no mariadbd here"):
        plan.installation_of(plan.Plan(b"k", daemons=("slurmdbd",)))
    with pytest.raises(Problem, match="no slurmrestd here") as caught:
        plan.installation_of(plan.Plan(b"k", daemons=("slurmrestd",)))
    assert "lab install 22.05" in caught.value.hint


@pytest.mark.parametrize("name", sorted(load().keys))
def test_a_published_key_is_refused_for_a_slurmd(name):
    key = load().keys[name].bytes
    equal = [key, hashlib.sha256(key).digest() if len(key) > 64 else key + b"\0" * (64 - len(key))]
    for each in equal:
        with pytest.raises(Problem, match="published"):
            plan.check_key(each, ("slurmrestd", "slurmd"))
        plan.check_key(each, ("slurmrestd", "slurmdbd"))


def test_an_unpublished_key_is_accepted_for_a_slurmd():
    plan.check_key(b"an unpublished key of 32 bytes or more", ("slurmd",))


def test_repr_does_not_show_the_key():
    assert "secret" not in repr(plan.Plan(b"secret"))
