"""The decision for an implementation: pass only where everything was checked and nothing is against it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from slurm_jwt_conformance.site.fitness.evaluation import evaluate
from slurm_jwt_reports.site.report import (
    KeyEvidence,
    ReleaseEvidence,
    RuleEvidence,
    SiteReport,
    TokenEvidence,
    Waiver,
)

DIGEST = "ab" * 32
KEPT = RuleEvidence(id="exp.required", severity="error", sentence="exp is present.", state="kept")
BROKEN = RuleEvidence(
    id="iat.required",
    severity="error",
    sentence="iat is present.",
    state="broken",
    found=("there is no iat",),
)
UNSEEN = RuleEvidence(id="signature.match", severity="error", sentence="It fits.", state="not checked")
ANSWER = ReleaseEvidence(
    release="22.05", token=DIGEST, accepted=True, user="alice", uid=2001, basis="observed"
)
WAIVER = Waiver(rule="iat.required", reason="an old portal", by="CISO", expires="2026-12-31")
GOOD = SiteReport(
    site="cluster one",
    suite="0",
    command="slurm-jwt run",
    made="2026-11-23T09:00:00Z",
    clock="this machine",
    tokens=(TokenEvidence(sha256=DIGEST, bytes=152, user="alice"),),
    key=KeyEvidence(fingerprint="0123456789abcdef", bytes=32),
    rules=(KEPT,),
    answers=(ANSWER,),
)
REFUSED = replace(ANSWER, accepted=False, user=None, uid=None, log="error: no")


def test_everything_checked_and_nothing_against_it_passes():
    assert evaluate(GOOD).verdict == "pass"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"rules": (KEPT, BROKEN)}, "iat.required is broken: there is no iat"),
        ({"answers": (REFUSED,)}, "22.05 refuses a token of alice: error: no"),
        ({"answers": (replace(ANSWER, user="root", uid=0),)}, "accepts a token of alice as root (uid 0)"),
        ({"rules": (BROKEN,), "key": None}, "iat.required is broken"),
        ({"answers": (REFUSED,), "waivers": (WAIVER,)}, "22.05 refuses"),
        ({"rules": (BROKEN,), "waivers": (WAIVER,), "made": "2027-01-01T00:00:00Z"}, "iat.required"),
        ({"rules": (BROKEN,), "waivers": (replace(WAIVER, rule="exp.required"),)}, "iat.required"),
    ],
)
def test_anything_against_it_fails(members, words):
    outcome = evaluate(replace(GOOD, **members))
    assert outcome.verdict == "fail"
    assert any(words in reason for reason in outcome.reasons)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"tokens": (), "answers": ()}, "No token was judged."),
        ({"key": None}, "no signature was checked"),
        ({"rules": ()}, "No rule was checked."),
        ({"rules": (KEPT, UNSEEN)}, "signature.match was not checked."),
        ({"answers": ()}, f"No release was asked about the token of alice {DIGEST[:16]}."),
        ({"answers": (replace(ANSWER, accepted=None),)}, "is not known"),
        ({"answers": (replace(ANSWER, user=None),)}, "is not known"),
    ],
)
def test_anything_unknown_is_undetermined(members, words):
    outcome = evaluate(replace(GOOD, **members))
    assert outcome.verdict == "undetermined"
    assert any(words in reason for reason in outcome.reasons)


def test_a_waiver_covers_its_rule_on_its_last_day():
    waived = replace(GOOD, rules=(KEPT, BROKEN), waivers=(WAIVER,), made="2026-12-31T23:59:59Z")
    assert evaluate(waived).verdict == "pass"
