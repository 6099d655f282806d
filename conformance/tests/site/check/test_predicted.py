"""Releases that rule alike are asked once, and each gets what the model says of it alone."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, cast

import pytest

from slurm_jwt.slurmctld import Settings, parse_passwd, predict, releases
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.check import predicted
from slurm_jwt_conformance.site.discovery.users import UserDatabase
from slurm_jwt_vectors import load

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.discovery.survey import Cluster

SUITE = load()
CASES = [case for case in SUITE.cases.values() if case.token_bytes and len(case.token_bytes) < 9999]
USERS = UserDatabase(parse_passwd(accounts.passwd()), "the users of the tests")
SETTINGS = (
    {},
    {"jwks": "jwks.json"},
    {"userclaimfield": "preferred_username", "use_jwt_client_ids": ""},
    {"use_jwt_client_ids_only": "", "jwt_key": "k", "jwks": "/j"},
    {"unheard_of": ""},
)


def every_sixth(names):
    return [names[start::6] for start in range(6)]


class Site:
    """A cluster whose releases all find the same settings, and a JWKS that cannot be read here."""

    public_keys = None

    def __init__(self, parameters):
        self.found = Settings(parameters, "slurm")

    def settings(self, _series):
        return self.found


def target(parameters, names):
    return predicted.target(predicted.named(names), cast("Cluster", Site(parameters)), USERS)


@pytest.mark.parametrize("parameters", SETTINGS, ids=lambda each: next(iter(each), "none"))
def test_each_release_says_what_it_says_alone(parameters):
    """Every vector, every pair of Slurm and libjwt."""
    site = target(parameters, releases.pairs())
    others = {each.name for each in site.releases} - set(site.alike.values())
    assert others
    for case, some in zip(CASES, itertools.cycle(every_sixth(sorted(others)))):
        key = SUITE.keys[case.key].bytes
        found = predicted.predictions(case.token_bytes, key, case.now, site)
        assert list(found) == list(releases.pairs())
        for name in some:
            due = predict(case.token_bytes, key, name, case.now, USERS.users, Settings(parameters, "slurm"))
            assert found[name] == due, (case.id, name)


def test_a_release_with_a_jwks_is_like_no_other():
    names = ("24.05/libjwt1.17.2", "24.11", "25.05/libjwt1.17.2")
    assert len(set(target({"jwks": "/j"}, names).alike.values())) == len(names)
    assert len(set(target({}, names).alike.values())) == 1
