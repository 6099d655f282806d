"""A site's policy: what it finds against a token, and what its waivers cover until when."""

from __future__ import annotations

import pytest

from slurm_jwt_conformance.site.policy import policy
from slurm_jwt_conformance.site.policy.policy import Policy, Waiver

NOW = 1893456000  # 2030-01-01T00:00:00Z
CLAIMS = {"sun": "alice", "iat": NOW, "exp": NOW + 1800, "iss": "portal", "aud": "cluster one", "jti": "7"}
HEADER = {"alg": "HS256", "kid": "k1"}
ALL = Policy(
    "site.toml",
    max_lifetime=1800,
    max_remaining=1800,
    issuers=("portal", "other"),
    audiences=("cluster one",),
    required_claims=("jti", "sun"),
    required_header=("kid",),
    allow=("a*", "bob"),
    deny=("admin*", "root"),
    privileged=False,
)


def ids(demands, claims=CLAIMS, header=HEADER, now=NOW, **whom):
    return [one.id for one in policy.diagnose(demands, claims, now, header, **whom)]


def test_a_token_that_keeps_the_whole_policy_gives_no_remark():
    assert ids(ALL) == []


def test_a_policy_that_demands_nothing_finds_nothing():
    assert ids(Policy("empty.toml"), {}, {}) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"exp": NOW + 1801}, ["policy.lifetime", "policy.remaining"]),
        ({"iat": NOW - 1}, ["policy.lifetime"]),
        ({"iat": NOW + 3600, "exp": NOW + 5400}, ["policy.remaining"]),
        ({"exp": NOW + 1800.5}, ["policy.lifetime", "policy.remaining"]),
        ({"exp": 10**400}, ["policy.lifetime", "policy.remaining"]),
        ({"exp": 10**400, "iat": 1.5}, ["policy.lifetime", "policy.remaining"]),
        ({"exp": "2030"}, ["policy.lifetime", "policy.remaining"]),
        ({"exp": True}, ["policy.lifetime", "policy.remaining"]),
        ({"iat": None}, ["policy.lifetime"]),
        ({"iss": "Portal"}, ["policy.issuer"]),
        ({"iss": ["portal"]}, ["policy.issuer"]),
        ({"aud": ["x", "cluster one"]}, []),
        ({"aud": ["x", 7, None]}, ["policy.audience"]),
        ({"aud": {"cluster one": 1}}, ["policy.audience"]),
        ({"aud": []}, ["policy.audience"]),
        ({"jti": ""}, ["policy.claim"]),
        ({"jti": None}, ["policy.claim"]),
        ({"jti": 0}, []),
        ({"jti": []}, []),
        ({"sun": "bob"}, []),
        ({"sun": "carol"}, ["policy.user"]),
        ({"sun": "Alice"}, ["policy.user"]),
        ({"sun": "admin7"}, ["policy.user"]),
        ({"sun": "root"}, ["policy.user", "policy.privileged"]),
        ({"sun": 7}, ["policy.user"]),
    ],
)
def test_each_demand_is_held_on_its_own(change, expected):
    assert ids(ALL, CLAIMS | change) == expected


@pytest.mark.parametrize("claim", ["iat", "exp", "iss", "aud", "jti", "sun"])
def test_what_is_missing_is_against_the_policy(claim):
    left = {name: value for name, value in CLAIMS.items() if name != claim}
    assert ids(ALL, left)


def test_a_header_that_nobody_can_read_lacks_what_is_demanded():
    assert ids(ALL, header=None) == ids(ALL, header={}) == ["policy.header"]


def test_claims_that_nobody_can_read_keep_no_policy():
    assert ids(ALL, None) == ["policy.unread"]


def test_whom_slurm_takes_it_for_counts_and_not_sun_alone():
    assert ids(ALL, user="carol", privileged=False) == ["policy.user"]
    assert ids(ALL, user="alice", privileged=True) == ["policy.privileged"]
    assert ids(ALL, CLAIMS | {"sun": "root"}, user="alice", privileged=False) == []


def test_a_remark_names_the_place_the_limit_and_what_was_found():
    (first, _) = policy.diagnose(ALL, CLAIMS | {"exp": NOW + 31536000}, NOW, HEADER)
    assert first.level == "error"
    assert dict(first.details)["found"] == "31,536,000 seconds (365.0 days)"
    assert dict(first.details)["expected"] == "exp at most 1,800 seconds after iat"
    assert first.source == ("site.toml: token.max_lifetime",)
    (found,) = policy.diagnose(ALL, CLAIMS | {"iss": "evil"}, NOW, HEADER)
    assert dict(found.details)["found"] == 'iss is "evil"'
    assert dict(found.details)["expected"] == 'iss as one of "portal", "other"'


def test_the_clock_decides_what_remains():
    demands = Policy("p", max_remaining=60)
    assert ids(demands, now=NOW + 1740) == []
    assert ids(demands, now=NOW + 1739) == ["policy.remaining"]
    assert ids(demands, now=NOW + 9999) == []  # expired: the rules say so


def texts(one):
    return (one.message, one.cause, one.fix, *one.source, *(text for _, text in one.details))


def test_hostile_claims_and_patterns_come_out_printable():
    hostile = "\x1b[2J\u202e\ud800" + "*a" * 5000
    demands = Policy(
        "p", issuers=(hostile,), audiences=(hostile,), required_claims=(hostile,), required_header=(hostile,),
        allow=("*a" * 30 + "b",), max_lifetime=1,
    )  # fmt: skip
    claims = {"iss": hostile + "x", "aud": hostile + "x", "sun": "a" * 100_000, "iat": 0, "exp": 10**4000}
    found = policy.diagnose(demands, claims, NOW, {})
    assert len(found) == 6
    for one in found:
        assert all(text.isascii() and text.isprintable() and len(text) < 600 for text in texts(one)), one


WAIVER = Waiver("iat.required", "The portal's upgrade is in June.", "CISO", "2030-01-01")


def test_a_waiver_counts_until_the_end_of_its_last_day_in_utc():
    demands = Policy("p", waivers=(WAIVER,))
    assert policy.waived(demands, NOW) == {"iat.required": WAIVER}
    assert policy.waived(demands, NOW + 86399) == {"iat.required": WAIVER}
    assert policy.waived(demands, NOW + 86400) == {}
    assert policy.expired(WAIVER, NOW + 86400)


def test_of_two_waivers_of_a_rule_the_later_counts():
    later = WAIVER._replace(expires="2031-01-01")
    for both in ((WAIVER, later), (later, WAIVER)):
        assert policy.waived(Policy("p", waivers=both), NOW) == {"iat.required": later}


@pytest.mark.parametrize(("now", "day"), [(-1, "1970-01-01"), (0, "1970-01-01"), (10**30, "9999-12-31")])
def test_any_moment_has_a_day(now, day):
    assert policy.day(now) == day
