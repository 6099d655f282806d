"""What `check` says of each release is what its daemons did with the vectors, and the model for the rest."""

from __future__ import annotations

import pytest

from slurm_jwt.slurmctld import Account, Users, predict, releases
from slurm_jwt.strict.rules import LATER_RULES, RULES
from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS
from slurm_jwt_conformance.site.check import explanations as module
from slurm_jwt_vectors import load, load_observed

SUITE, OBSERVED = load(), load_observed()
USERS = Users(Account(name, uid, uid) for name, uid in ACCOUNTS.items())
ALL = module.explanations()
LETTERS = {"accepted": "T", "refused": "R", "daemon-does-not-start": "D"}


def verdict(case, series):
    if series in OBSERVED:
        record = OBSERVED[series].cases.get(case.id)
        return record.verdict if record else "cannot-be-carried"
    told = predict(case.token_bytes, SUITE.keys[case.key].bytes, series, case.now, USERS)
    if told.log and "Could not load key file" in told.log:
        return "daemon-does-not-start"
    return {True: "accepted", False: "refused", None: "cannot-be-carried"}[told.accepted]


def test_releases_are_those_of_the_model_and_of_the_records():
    assert releases.series() == module.SERIES
    assert set(OBSERVED) == set(releases.RECORDED) == set(module.OBSERVED)


def test_every_rule_has_an_explanation_with_a_source():
    assert list(ALL) == [rule.id for rule in (*RULES, *LATER_RULES)]
    assert all(one.text.endswith(".") and one.source for one in ALL.values())
    assert all(set(one.releases) <= set("TtSrRD") for one in ALL.values())
    assert all(ALL[rule.id].releases for rule in RULES)


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_the_letters_are_the_verdicts_on_the_vectors_that_break_only_this_rule(rule):
    cases = [case for case in SUITE.cases.values() if case.rules == (rule,) and not case.jwks]
    assert cases
    letters = ALL[rule].releases
    for series, letter in zip(module.SERIES, letters.ljust(len(module.SERIES), letters[-1]), strict=True):
        seen = [verdict(case, series) for case in cases]
        assert letter == summed_up([LETTERS[each] for each in seen if each in LETTERS]), series


def summed_up(letters):
    few = len(letters) * module.FEW
    for letter, mostly in (("T", "t"), ("R", "r"), ("D", "D")):
        others = len(letters) - letters.count(letter)
        if others < few:
            return mostly if others else letter
    return "S"


def test_of_a_rule_about_a_jwks_no_release_is_named():
    assert [rule.id for rule in LATER_RULES if module.releases_text(rule.id)] == []


def test_the_text_names_the_releases_and_how_it_is_known():
    assert module.releases_text("typ.jwt") == (
        "20.02 to 22.05 refuse nearly all such tokens; 23.02 to 26.05 accept such tokens "
        "(observed on 20.11, 22.05, 24.11 and 26.05, otherwise modelled)"
    )
    assert module.releases_text("iat.required").startswith(
        "all releases from 20.02 to 26.05 accept such tokens ("
    )
    assert (
        "25.11 accept some such tokens and refuse others; 26.05 refuse such tokens ("
        in module.releases_text("header.depth")
    )
