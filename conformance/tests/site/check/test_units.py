"""Times that an issuer writes in another unit than seconds are errors that name the unit."""

from __future__ import annotations

import pytest

from slurm_jwt_conformance.site.check import units
from support.check_site import CLAIMS, NOW, Cluster

IAT = NOW - 60


def of(**claims):
    return list(units.diagnose({"iat": IAT, **claims}, NOW))


@pytest.mark.parametrize(
    ("claims", "message", "line"),
    [
        ({"exp": (NOW + 1800) * 1000}, "exp is in milliseconds.", "Date.now()"),
        ({"exp": (NOW + 1800) * 1000 + 0.5}, "exp is in milliseconds.", "UnixMilli()"),
        ({"exp": NOW + 1800, "iat": IAT * 1000}, "iat is in milliseconds.", "Date.now()"),
        ({"exp": NOW + 1800, "nbf": IAT * 1000}, "nbf is in milliseconds.", "Date.now()"),
        ({"exp": (NOW + 1800) * 10**6}, "exp is in microseconds.", "UnixMicro()"),
        ({"exp": 10_413_792_000_000_000}, "exp is in microseconds.", "UnixMicro()"),
        ({"exp": (NOW + 1800) * 10**9}, "exp is in nanoseconds.", "UnixNano()"),
        (
            {"exp": IAT + 1800 * 10**9},
            "The lifetime in exp is in nanoseconds: 1800 seconds were meant.",
            "time.Duration",
        ),
        (
            {"exp": 1800},
            "exp is a length of time, not a moment: 1800 seconds after 1970 began.",
            "setExpirationTime(1800)",
        ),
        (
            {"exp": 1_800_000},
            "exp is a length of time, not a moment: 1800000 seconds after 1970 began.",
            "setExpirationTime(1800000)",
        ),
    ],
)
def test_the_unit_and_the_line_of_the_issuer_are_named(claims, message, line):
    (diagnostic,) = of(**claims)
    assert (diagnostic.id, diagnostic.level, diagnostic.message) == ("time.unit", "error", message)
    assert line in diagnostic.cause


def test_a_lifetime_in_milliseconds_is_a_warning_because_it_may_be_meant():
    (diagnostic,) = of(exp=IAT + 1_800_000)
    assert diagnostic.level == "warning"
    assert "1800 seconds were meant" in diagnostic.message
    assert "expiresIn" in diagnostic.cause


@pytest.mark.parametrize(
    "exp",
    [
        *(
            NOW + 1800,
            IAT + 7 * 86400,
            IAT + 30 * 86400,
            IAT + 2147483646,
            253402300799,
            4102444800,
            NOW - 10,
        ),
        *(
            2**53 - 1,
            2**63 - 1,
            2**63,
            10**50,
            1e300,
            float("inf"),
            float("nan"),
            -1800,
            0,
            True,
            "1800",
            None,
        ),
    ],
)
def test_other_times_are_not_reported(exp):
    assert of(exp=exp) == []


def test_no_claims_and_an_old_clock():
    assert list(units.diagnose(None, NOW)) == []
    assert list(units.diagnose({"exp": 1800}, 60)) == []


@pytest.mark.parametrize("judge", ["both", "rules", "slurm"])
@pytest.mark.parametrize("claims", [{"exp": (NOW + 1800) * 1000}, {"exp": IAT + 1800 * 10**9, "iat": IAT}])
def test_a_token_with_such_a_time_fails_in_each_format(monkeypatch, tmp_path, capsys, claims, judge):
    cluster = Cluster(tmp_path, monkeypatch, capsys)
    token = cluster.token(CLAIMS | claims)
    options = ("--judge", judge)
    said = cluster.check(*options, token=token)
    assert (said.code, "error[time.unit]" in said.out) == (1, True)
    for form in (("--json",), ("--sarif", "-"), ("--markdown", "-"), ("--junit", "-")):
        shown = cluster.check(*options, *form, token=token)
        assert (shown.code, "time.unit" in shown.out) == (1, True)
    assert cluster.check(*options, "--lines", token=token).code == 1
