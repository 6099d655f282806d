"""A site's report says fit only where all was looked at and nothing speaks against it."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

import html5lib
import jsonschema
import pytest
from msgspec.structs import replace

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.site.fitness import conclude, expired, site_json
from slurm_jwt_reports.site.page import FILES, site_page, write_site
from slurm_jwt_reports.site.report import (
    ConfigurationEvidence,
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
    id="iat.required", severity="error", sentence="iat is present.", state="broken",
    sources=("Slurm page (5)", "RFC 7519 4.1.6"), hint="Have the issuer add it.", found=("there is no iat",),
)  # fmt: skip
CHOICE = RuleEvidence(
    id="typ.jwt", severity="choice", sentence="typ is JWT.", state="broken", found=("at+jwt",)
)
UNSEEN = RuleEvidence(id="signature.match", severity="error", sentence="It fits.", state="not checked")
ANSWER = ReleaseEvidence(
    release="22.05.8 with libjwt 1.10.2",
    token=DIGEST,
    accepted=True,
    user="alice",
    uid=2001,
    basis="observed",
)
WAIVER = Waiver(
    rule="iat.required", reason="The portal cannot set it until its upgrade.", by="CISO", expires="2026-12-31"
)
GOOD = SiteReport(
    site="cluster one",
    suite="0.1.0",
    command="slurm-jwt run --site 'cluster one'",
    made="2026-11-23T09:00:00Z",
    clock="this machine, synchronised by chrony",
    release="22.05.8 with libjwt 1.10.2, from dpkg",
    tokens=(TokenEvidence(sha256=DIGEST, bytes=152, user="alice", what="as the portal issues it"),),
    key=KeyEvidence(fingerprint="0123456789abcdef", bytes=32, shape="32 random bytes"),
    configuration=ConfigurationEvidence(sha256=DIGEST, file="/etc/slurm/slurm.conf", parameters="jwt_key=/k"),
    rules=(KEPT,),
    answers=(ANSWER,),
)


def with_(**members):
    return replace(GOOD, **members)


def refused(**members):
    return replace(ANSWER, accepted=False, user=None, uid=None, log="error: no", **members)


def test_all_looked_at_and_nothing_against_it_is_fit():
    found = conclude(GOOD)
    assert (found.verdict, found.against, found.unknown, found.waived, found.remarks) == (
        "fit",
        (),
        (),
        (),
        (),
    )
    assert found.sentence == (
        "Fit for use with cluster one: 1 token keeps every rule; "
        "accepted as the right user by 22.05.8 with libjwt 1.10.2."
    )


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"rules": (KEPT, BROKEN)}, "iat.required is broken: there is no iat"),
        ({"answers": (refused(),)}, "22.05.8 with libjwt 1.10.2 refuses a token of alice: error: no"),
        ({"answers": (replace(ANSWER, user="root", uid=0),)}, "takes a token of alice for root (uid 0)"),
    ],
)
def test_anything_against_it_is_not_fit(members, words):
    found = conclude(with_(**members))
    assert found.verdict == "not fit"
    assert any(words in reason for reason in found.against)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"tokens": (), "answers": ()}, "No token was judged."),
        ({"key": None}, "no signature was checked"),
        ({"rules": ()}, "No rule was checked."),
        ({"rules": (KEPT, UNSEEN)}, "signature.match was not checked."),
        ({"answers": ()}, f"No release was asked about the token of alice {DIGEST[:16]}."),
        ({"answers": (replace(ANSWER, accepted=None),)}, "nobody can say"),
        ({"answers": (replace(ANSWER, user=None),)}, "is not known"),
    ],
)
def test_anything_unknown_is_never_fit(members, words):
    found = conclude(with_(**members))
    assert found.verdict == "undetermined"
    assert any(words in one for one in found.unknown)


def test_what_speaks_against_it_outweighs_what_is_unknown():
    assert conclude(with_(rules=(BROKEN,), key=None)).verdict == "not fit"


def test_a_warning_does_not_decide_and_is_not_called_a_verifier_s_choice():
    warned = RuleEvidence(
        id="user.root", severity="warning", sentence="An ordinary account.", state="broken", found=("root",)
    )
    found = conclude(with_(rules=(KEPT, warned)))
    assert found.verdict == "fit"
    assert found.remarks == ("user.root: root",)
    assert "left to the verifier" not in site_page(with_(rules=(KEPT, warned)))


def test_a_choice_does_not_decide_but_is_told():
    found = conclude(with_(rules=(KEPT, CHOICE)))
    assert found.verdict == "fit"
    assert found.remarks == ("typ.jwt is left to the verifier, and careful ones refuse: at+jwt",)


def test_a_waiver_covers_its_rule_until_its_day_is_over():
    waived = with_(rules=(KEPT, BROKEN), waivers=(WAIVER,))
    assert conclude(waived).verdict == "fit"
    assert conclude(waived).waived == ("iat.required",)
    assert "but iat.required, which is waived" in conclude(waived).sentence
    last = replace(waived, made="2026-12-31T23:59:59Z")
    assert conclude(last).verdict == "fit"
    over = replace(waived, made="2027-01-01T00:00:00Z")
    assert expired(WAIVER, over)
    assert conclude(over).verdict == "not fit"
    assert "expired on 2026-12-31" in conclude(over).remarks[0]


def test_a_waiver_covers_neither_other_rules_nor_a_release():
    other = replace(WAIVER, rule="exp.required")
    assert conclude(with_(rules=(KEPT, BROKEN), waivers=(other,))).verdict == "not fit"
    assert "covers nothing that is broken" in conclude(with_(waivers=(other,))).remarks[0]
    assert conclude(with_(answers=(refused(),), waivers=(WAIVER,))).verdict == "not fit"


def test_a_modelled_answer_is_called_one():
    (remark,) = conclude(with_(answers=(replace(ANSWER, basis="modelled"),))).remarks
    assert "was read from sources" in remark


REPORTS = {
    "fit": GOOD,
    "waived": with_(rules=(KEPT, BROKEN, CHOICE), waivers=(WAIVER,), notes=("A note.",)),
    "not fit": with_(rules=(KEPT, BROKEN, UNSEEN), answers=(refused(),)),
    "bare": SiteReport(site="x", suite="", command="", made="2026-11-23T09:00:00Z", clock="--now"),
}


def parsed(text):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


@pytest.mark.parametrize("name", REPORTS)
def test_json_keeps_its_schema_and_says_what_the_page_says(name):
    report = REPORTS[name]
    schema = json.loads(files("slurm_jwt_reports").joinpath("schema", "site.schema.json").read_text("utf-8"))
    made = json.loads(site_json(report))
    jsonschema.Draft202012Validator(schema).validate(made)
    assert made["$schema"] == "site.schema.json"
    page = " ".join("".join(parsed(site_page(report)).itertext()).split())
    assert made["conclusion"]["sentence"] in page
    for member in ("against", "unknown", "remarks"):
        assert all(text in page for text in made["conclusion"][member])


def test_the_page_has_all_evidence_and_lines_to_sign():
    page = " ".join("".join(parsed(site_page(REPORTS["waived"])).itertext()).split())
    for part in (
        DIGEST, "0123456789abcdef", "32 random bytes", "/etc/slurm/slurm.conf", "jwt_key=/k",
        "2026-11-23T09:00:00Z", "synchronised by chrony", "as the portal issues it", "alice (uid 2001)",
        "there is no iat", "Have the issuer add it.", "RFC 7519 4.1.6", WAIVER.reason, "CISO", "2026-12-31",
        "A note.", "Tested by", "Accepted by", "Signature",
    ):  # fmt: skip
        assert part in page, part
    assert site_page(GOOD) == site_page(GOOD)


def test_an_expired_waiver_is_marked_on_the_page():
    late = replace(REPORTS["waived"], made="2027-01-01T00:00:00Z")
    assert "✗ expired" in site_page(late)
    assert "✗ expired" not in site_page(REPORTS["waived"])


@pytest.mark.parametrize(
    "report",
    [
        with_(key=KeyEvidence(fingerprint="-----BEGIN PRIVATE KEY-----", bytes=1)),
        with_(key=KeyEvidence(fingerprint="00" * 32, bytes=32)),
        with_(tokens=(TokenEvidence(sha256="eyJhbGciOiJIUzI1NiJ9.e30.c2ln", bytes=9),)),
        with_(made="yesterday"),
        with_(waivers=(replace(WAIVER, expires="never"),)),
        with_(waivers=(replace(WAIVER, reason=""),)),
        with_(site=""),
    ],
)
def test_what_is_no_fingerprint_time_or_reason_is_refused(report):
    for write in (site_json, site_page):
        with pytest.raises(ValueError, match="that is no report of a site"):
            write(report)


def test_hostile_text_stays_text():
    bad = "<img src=x onerror=alert(1)></style><script>x</script>\"' \u202e\x1b[31m\x00\ud800"
    report = with_(
        site=bad, command=bad, clock=bad, release=bad, notes=(bad,), sign_off=(bad,),
        tokens=(TokenEvidence(sha256=DIGEST, bytes=1, user=bad, what=bad),),
        key=KeyEvidence(fingerprint="0123456789abcdef", bytes=32, shape=bad),
        configuration=ConfigurationEvidence(sha256=DIGEST, file=bad, parameters=bad),
        rules=(replace(BROKEN, id=bad, sentence=bad, sources=(bad,), hint=bad, found=(bad,)),),
        answers=(replace(ANSWER, release=bad, user=bad, log=bad),),
        waivers=(replace(WAIVER, rule=bad, reason=bad, by=bad),),
    )  # fmt: skip
    text = site_page(report)
    tree = parsed(text)
    tags = [element.tag for element in tree.iter() if isinstance(element.tag, str)]
    assert "img" not in tags
    assert "script" not in tags
    for written in (text, site_json(report)):
        assert not set(written) & set("\u202e\x1b\x00\ud800")


def test_three_files_are_written_or_none(tmp_path):
    paths = write_site(GOOD, tmp_path / "new")
    assert [path.name for path in paths] == list(FILES)
    assert json.loads((tmp_path / "new" / "site.json").read_text("utf-8"))["conclusion"]["verdict"] == "fit"
    with pytest.raises(Problem, match="Cannot make the folder"):
        write_site(GOOD, tmp_path / "new" / "site.json")


def test_who_is_taken_for_another_has_no_tick():
    text = site_page(with_(answers=(replace(ANSWER, user="root", uid=0),)))
    assert "✗ accepted as another user</b> root (uid 0)" in text
    assert "✓ accepted" not in text


def test_what_is_signed_is_named_by_its_digest():
    digest = hashlib.sha256(site_json(GOOD).encode()).hexdigest()
    assert site_page(GOOD).count(digest) == 2
    assert hashlib.sha256(site_json(with_(site="cluster two")).encode()).hexdigest() != digest


def test_what_is_kept_stands_behind_the_lines_to_sign():
    text = site_page(with_(rules=(KEPT, BROKEN)))
    assert text.index("there is no iat") < text.index("Sign-off") < text.index("exp is present.")
    assert "Kept: 1 rule, in the" in text
    assert "No rule is kept." in site_page(with_(rules=(BROKEN,)))
