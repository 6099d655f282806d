"""Times of a token, and what an odd time or an empty signature hints at."""

from __future__ import annotations

import pytest

from slurm_jwt_conformance.site.check import causes, times

NOW = 1_800_000_000
HOUR = 3600


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (
            {"iat": NOW - 60, "exp": NOW + 1740},
            "issued 1 minute ago, expires in 29 minutes, lifetime 30 minutes",
        ),
        ({"iat": NOW - 90, "exp": NOW}, "issued 90 seconds ago, expired 0 seconds ago, lifetime 90 seconds"),
        (
            {"iat": NOW + HOUR, "exp": NOW + 3 * HOUR},
            "issued 1 hour in the future, expires in 3 hours, lifetime 2 hours",
        ),
        (
            {"iat": NOW, "exp": NOW + 2147483646},
            "issued 0 seconds ago, expires in 68 years, lifetime 68 years",
        ),
        (
            {"iat": NOW, "exp": NOW + 100_000_000},
            "issued 0 seconds ago, expires in 1,157 days, lifetime 1,157 days",
        ),
        ({"exp": NOW + 10 * 365 * 24 * HOUR}, "expires in 10 years"),
        ({"exp": NOW - 9000}, "expired 2.5 hours ago"),
        ({"exp": NOW - 5400}, "expired 90 minutes ago"),
        ({"iat": NOW, "exp": NOW - 1}, "issued 0 seconds ago, expired 1 second ago"),
        ({"iat": 1.5, "exp": "x"}, ""),
        ({"iat": True, "exp": 10**400}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_times_are_told_in_units_that_people_use(claims, said):
    assert times.sentence(times.of(claims, NOW)) == said


def hints(age, lifetime=1800, token=b"a.b.c"):
    claims = {"iat": NOW - age, "exp": NOW - age + lifetime}
    return {remark.id for remark in causes.diagnose(token, times.of(claims, NOW))}


@pytest.mark.parametrize("age", [8 * HOUR, 8 * HOUR + 119, -2 * HOUR, 14 * HOUR, HOUR - 119])
def test_whole_hours_hint_at_a_time_zone(age):
    assert hints(age) == {"time.zone"}


@pytest.mark.parametrize(
    ("age", "lifetime"), [(60, 1800), (8 * HOUR, 9 * HOUR), (8 * HOUR + 600, 1800), (15 * HOUR, 60), (60, 30)]
)
def test_other_times_hint_at_nothing(age, lifetime):
    assert hints(age, lifetime) == set()


@pytest.mark.parametrize(
    ("token", "hinted"),
    [(b"a.b.", {"signature.none"}), (b"a.b.c", set()), (b"a.b", set()), (b"a.b.c.", set())],
)
def test_a_token_without_signature_hints_at_who_could_not_sign(token, hinted):
    assert hints(60, token=token) == hinted


def test_no_times_hint_at_nothing():
    assert list(causes.diagnose(b"", times.of(None, NOW))) == []
