"""The suite catches every mutant by a named case, and what was left out is left out rightly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from slurm_jwt_conformance.harness.mutants import catalogue
from slurm_jwt_vectors import load
from tools.mutant_trials import __main__ as command
from tools.mutant_trials import page, trial
from tools.mutant_trials.left_out import BLUNT, EQUIVALENT, LEFT_OUT
from tools.pages import is_stale

ROOT = Path(__file__).resolve().parents[2]
ENOUGH = 80
WIDEST = 8
"""Lines of the longest patch: more would be more than one thing wrong."""


@pytest.fixture(scope="module")
def tried():
    """The trials of all mutants and of what was left out, by name."""
    left_out = [entry.mutant for entry in LEFT_OUT]
    return {one.name: one for one in trial.try_all([*catalogue.MUTANTS.values(), *left_out])}


@pytest.fixture(scope="module")
def trials(tried):
    return [tried[name] for name in catalogue.MUTANTS]


def test_there_are_enough_and_each_has_a_name_of_its_own():
    mutants = [mutant for group in catalogue.GROUPS.values() for mutant in group]
    names = [mutant.name for mutant in mutants] + [entry.mutant.name for entry in LEFT_OUT]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)
    assert len({mutant.patch for mutant in mutants}) == len(mutants) >= ENOUGH


def test_each_is_one_small_change():
    for mutant in [*catalogue.MUTANTS.values(), *(entry.mutant for entry in LEFT_OUT)]:
        assert mutant.patch.old != mutant.patch.new
        assert max(mutant.patch.old.count("\n"), mutant.patch.new.count("\n")) <= WIDEST, mutant.name
        assert mutant.wrong.endswith("."), mutant.name


def test_the_reference_itself_is_killed_by_nothing():
    """With its fast path off, and no other patch, it says what the documents say."""
    read, made = trial.answers()
    for case in load().cases.values():
        due = trial.Answer("accept", case.user) if case.verdict == "valid" else trial.Answer("refuse", None)
        assert read[case.id] == due, case.id
    assert set(read) | set(made) == set(trial.questions())
    assert "crash" not in {answer.outcome for answer in (*read.values(), *made.values())}


def test_every_mutant_is_killed_and_none_crashes_or_is_blunt(trials):
    assert {one.name: page.faults(one) for one in trials if page.faults(one)} == {}


def test_enough_are_killed_where_the_documents_leave_no_choice(trials):
    assert sum(bool(one.hard) for one in trials) >= ENOUGH


def test_issuers_are_killed_by_wishes_alone(tried):
    for mutant in catalogue.GROUPS["Issuers"]:
        assert tried[mutant.name].passed == 1
        assert all(name.startswith("issue.") for name in tried[mutant.name].kills)


@pytest.mark.parametrize("entry", EQUIVALENT, ids=lambda entry: entry.mutant.name)
def test_nothing_tells_an_equivalent_from_the_reference(entry, tried):
    one = tried[entry.mutant.name]
    assert (one.kills, one.crashed) == ((), ())


@pytest.mark.parametrize("entry", BLUNT, ids=lambda entry: entry.mutant.name)
def test_what_is_left_out_as_blunt_is_blunt(entry, tried):
    one = tried[entry.mutant.name]
    assert one.crashed == ()
    assert one.passed < 0.9


def test_the_page_is_fresh(trials):
    assert not is_stale(ROOT / command.PAGE, page.page(trials)), "run python -m tools.mutant_trials"


def test_the_page_counts_every_case_once(trials):
    """A case kills something, or stands among those that kill nothing."""
    busy = {name for one in trials for name in one.kills}
    idle = set(trial.idle(trials))
    assert busy.isdisjoint(idle)
    assert busy | idle == set(trial.questions())
    assert f"{len(idle)} of {len(trial.questions())} in all." in page.page(trials)


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("alg-none-accepted", "alg.none"),
        ("alg-without-case", "alg.lower-case"),
        ("crit-ignored", "crit.unknown"),
        ("exp-now-accepted", "edge.exp-now"),
        ("last-byte-ignored", "signature.last-bit"),
        ("sun-stripped", "sun-odd.trailing-space"),
        ("key-line-end-stripped", "key-reading.pem-without-final-newline"),
        ("first-duplicate-wins", "duplicate.sun-root-first"),
        ("issuer-exp-as-float", "issue.usual"),
    ],
)
def test_a_case_kills_the_mutant_that_it_was_made_for(name, case, tried):
    assert case in tried[name].hard
