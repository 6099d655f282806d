"""What may be asked of a lab, and how a wrong order is told."""

from __future__ import annotations

import hashlib

import pytest

from slurm_jwt_conformance.lab.install.release import Installation, Missing
from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS
from slurm_jwt_conformance.lab.service import order as lab_order
from slurm_jwt_reports.problems import Problem
from slurm_jwt_vectors import load

PROGRAMS = {"slurmctld": "/s", "scontrol": "/c", "munged": "/m"}


def installation(label="22.05", **programs):
    return Installation(label, f"{label}.8", "1.10.2", {}, None, PROGRAMS | programs, "/p", None)


def test_users_get_free_uids_or_those_that_are_asked_for():
    users = lab_order.users_of(["carol", "dave:5001", "erin", "alice"])
    assert users["dave"] == 5001
    assert users["alice"] == ACCOUNTS["alice"]
    assert len({users["carol"], users["erin"], 5001, *ACCOUNTS.values()}) == len(ACCOUNTS) + 3


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["a b"], "no user name"),
        ([""], "no user name"),
        (["-x"], "no user name"),
        (["x" * 33], "no user name"),
        (["x:y:z\n"], "no uid"),
        (["carol:-1"], "no uid"),
        (["carol:2147483648"], "no uid"),
        (["carol:٣"], "no uid"),
        (["carol:2001"], "2001 is alice's"),
        (["root:5"], "root has uid 0"),
        (["carol:5000", "dave:5000"], "5000 is carol's"),
        (["carol:5000", "carol:5001"], "carol has uid 5000"),
        ([f"u{number}" for number in range(101)], "too many users"),
    ],
)
def test_impossible_users_are_told(texts, told):
    with pytest.raises(Problem, match=told) as caught:
        lab_order.users_of(texts)
    assert caught.value.exit_code == 2


def test_daemons_come_in_the_order_of_their_start_and_once():
    assert lab_order.daemons_of("slurmd, slurmdbd,slurmd") == ("slurmdbd", "slurmd")
    assert lab_order.daemons_of("") == ()
    with pytest.raises(Problem, match="slurmdb'") as caught:
        lab_order.daemons_of("slurmdb")
    assert "slurmdbd" in caught.value.hint


def test_an_unknown_release_is_told_with_the_nearest(monkeypatch):
    monkeypatch.setattr(lab_order, "installed", lambda: {"23.11": installation("23.11")})
    assert lab_order.known_release("23.11") == "23.11"
    assert lab_order.known_release("26.05") == "26.05"
    with pytest.raises(Problem, match=r"'22\.5'") as caught:
        lab_order.known_release("22.5")
    assert "22.05" in caught.value.hint


def test_a_release_that_is_not_here_is_told_with_how_to_get_it(monkeypatch):
    monkeypatch.setattr(lab_order, "find_release", lambda label: Missing(f"{label} is not here", "get it"))
    with pytest.raises(Problem, match=r"24\.11 is not here") as caught:
        lab_order.find(lab_order.Order(b"k", release="24.11"))
    assert caught.value.hint == "get it"


def test_without_a_release_the_machines_own_is_taken_else_the_newest(monkeypatch):
    own = installation("23.11")
    monkeypatch.setattr(lab_order, "find_installation", lambda: own)
    assert lab_order.find(lab_order.Order(b"k")) is own
    monkeypatch.setattr(lab_order, "find_installation", lambda: Missing("nothing"))
    others = {label: installation(label) for label in ("22.05", "26.05")}
    monkeypatch.setattr(lab_order, "installed", lambda: others)
    assert lab_order.find(lab_order.Order(b"k")).label == "26.05"
    monkeypatch.setattr(lab_order, "installed", dict)
    with pytest.raises(Problem, match="No Slurm is installed here") as caught:
        lab_order.find(lab_order.Order(b"k"))
    assert "slurm-jwt lab install" in caught.value.hint


def test_a_daemon_that_a_release_lacks_is_told(monkeypatch):
    monkeypatch.setattr(lab_order, "find_installation", lambda: installation(slurmdbd="/d"))
    with pytest.raises(Problem, match="no mariadbd here"):
        lab_order.find(lab_order.Order(b"k", daemons=("slurmdbd",)))
    with pytest.raises(Problem, match="no slurmrestd here") as caught:
        lab_order.find(lab_order.Order(b"k", daemons=("slurmrestd",)))
    assert "lab install 22.05" in caught.value.hint


@pytest.mark.parametrize("name", sorted(load().keys))
def test_no_published_key_meets_a_slurmd(name):
    key = load().keys[name].bytes
    equal = [key, hashlib.sha256(key).digest() if len(key) > 64 else key + b"\0" * (64 - len(key))]
    for each in equal:
        with pytest.raises(Problem, match="published"):
            lab_order.check_key(each, ("slurmrestd", "slurmd"))
        lab_order.check_key(each, ("slurmrestd", "slurmdbd"))


def test_a_key_of_ones_own_may_meet_a_slurmd():
    lab_order.check_key(b"a key that nobody has published, 32+", ("slurmd",))


def test_a_key_does_not_show_in_an_order():
    assert "secret" not in repr(lab_order.Order(b"secret"))
