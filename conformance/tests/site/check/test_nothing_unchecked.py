"""Every vector and every forged token, under any judge, key, release, setting, user, policy and waiver.

Exit 0 implies: the signature was checked, each release accepts the token as the right user, and no error is
open. All formats of one answer agree. `support.check_oracle` finds what may pass by other means.
"""

from __future__ import annotations

import base64
import functools
import hmac
import itertools
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from slurm_jwt import read_jwks
from slurm_jwt.slurmctld import parse_passwd, releases
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.check import predicted
from slurm_jwt_conformance.site.check.answer import judge
from slurm_jwt_conformance.site.check.question import Question
from slurm_jwt_conformance.site.discovery import survey
from slurm_jwt_conformance.site.discovery.host import Host
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.users import UserDatabase, no_database
from slurm_jwt_conformance.site.fitness import token_report
from slurm_jwt_conformance.site.policy.policy import Policy, Waiver, waivable
from slurm_jwt_vectors import load
from support import rs256
from support.check_oracle import Asked, may_be_signed_off, may_pass
from support.check_outcomes import OF_CHECK, OF_SIGN_OFF, READ
from support.check_site import NOW, Cluster, question
from support.made_up_site import made_up_machine

SUITE = load()
KEY = SUITE.keys["random32"].bytes
JUDGES = ("both", "rules", "slurm")
KNOWN = accounts.passwd()
NAMED, INSTALLED, ALL = ("22.05", "26.05"), ("20.11",), tuple(releases.series())
CLAIMS = {"exp": NOW + 3600, "iat": NOW, "sun": "alice"}
WEAK = rs256.jwk(rs256.private_key(1), kid="weak", e=rs256.number(1))
"""With the exponent 1 anyone can make a signature."""
JWKS = rs256.jwks(rs256.jwk(), WEAK)
WAIVABLE = waivable()
IDS_IN_CODE = (
    "signature.match",
    "key.empty",
    "token.wrapped",
    "time.unit",
    "slurm.refuses",
    "site.no-jwt",
    "*",
)
"""Ids that the file of a policy refuses. A policy that is built in code can name them."""


def signed(header, claims=CLAIMS, key=KEY, digest="sha256"):
    raw = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in (header, claims)]
    text = b".".join(base64.urlsafe_b64encode(each).rstrip(b"=") for each in raw)
    mac = base64.urlsafe_b64encode(hmac.digest(key, text, digest)).rstrip(b"=") if key is not None else b""
    return text + b"." + mac


def hs256(key=KEY, **claims):
    return signed({"alg": "HS256", "typ": "JWT"}, CLAIMS | claims, key)


IDENTITY = {"uid": 0, "gid": 0, "id": {"name": "root", "gecos": "r", "dir": "/", "shell": "/bin/sh"}}
FORGED = {
    "alg none": signed({"alg": "none", "typ": "JWT"}, key=None),
    "alg NONE with a signature": signed({"alg": "NONE"}),
    "no alg": signed({"typ": "JWT"}),
    "header that is not JSON": signed(b'{"alg":"HS256"'),
    "another key": hs256(b"a forger's key, also 32 bytes or more"),
    "the empty key": hs256(b""),
    "no signature": hs256(None),
    "RS256": signed({"alg": "RS256", "kid": "1"}, key=b"a forger's key"),
    "RS256 with the key as HMAC": signed({"alg": "RS256", "kid": "1"}),
    "garbage": b"garbage",
    "nothing": b"",
    "null": b"null",
}
ODD = {
    "hs256 in small letters": signed({"alg": "hs256", "typ": "JWT"}),
    "HS384 with the key": signed({"alg": "HS384", "typ": "JWT"}, digest="sha384"),
    "another typ": signed({"alg": "HS256", "typ": "at+jwt"}),
    "root": hs256(sun="root"),
    "uid 0": hs256(sun="0"),
    "SlurmUser": hs256(sun="slurm"),
    "an unknown user": hs256(sun="mallory"),
    "two users": hs256(username="root"),
    "username only": signed({"alg": "HS256"}, {"exp": NOW + 9, "iat": NOW, "username": "bob"}),
    "sub only": signed({"alg": "HS256"}, {"exp": NOW + 9, "iat": NOW, "sub": "bob"}),
    "an identity": hs256(**IDENTITY),
    "an identity of its own name": hs256(**IDENTITY, sun="root"),
    "milliseconds": hs256(exp=(NOW + 3600) * 1000, iat=NOW * 1000),
    "years": hs256(exp=NOW + 10**8),
    "expired": hs256(exp=NOW - 1),
    "prefix": b"SLURM_JWT=" + hs256(),
    "Bearer": b"Bearer " + hs256(),
    "two lines": hs256() + b"\n",
    "two tokens": hs256() + b"\n" + hs256(),
    "NUL": hs256() + b"\0",
    "good": hs256(),
}
CASES = [(f"{name} (forged)", token, KEY) for name, token in FORGED.items()]
CASES += [(name, token, KEY) for name, token in ODD.items()]
CASES += [("the empty key, at a site with this key", FORGED["the empty key"], b"")]
RSA = {
    "RS256 (forged without its JWKS)": rs256.token(None, CLAIMS),
    "RS256 of another key (forged)": rs256.token(rs256.private_key(1), CLAIMS),
    "RS256 of the kid of a weak key (forged)": rs256.token(rs256.private_key(1), CLAIMS, kid="weak"),
    "RS256 without kid": rs256.token(None, CLAIMS, kid=rs256.LEFT_OUT),
    "RS256 of a kid that is not in the JWKS": rs256.token(None, CLAIMS, kid="z"),
    "RS256 for root": rs256.token(None, CLAIMS | {"sun": "root"}),
    "the public key as HMAC key (forged)": signed({"alg": "HS256", "kid": "a"}, key=JWKS),
}
CASES += [(name, token, KEY) for name, token in RSA.items()]
MADE = len(CASES)
CASES += [(case.id, case.token_bytes, SUITE.keys[case.key].bytes) for case in SUITE.cases.values()]


def policy(ids=(), expires="9999-12-31", **members):
    return Policy("site.toml", waivers=tuple(Waiver(one, "r", "b", expires) for one in ids), **members)


class Site(NamedTuple):
    """The circumstances of a call. users: a passwd file's text, None or "none"."""

    policy: Policy | None = None
    users: str | None = KNOWN
    parameters: str = ""
    releases: tuple[str, ...] = NAMED
    choice: str = "named"
    has_key: bool = True
    jwks: bytes | None = None


EVERY_WAIVER = policy((*WAIVABLE, *IDS_IN_CODE))
SITES = {
    "plain": Site(),
    "every waiver": Site(EVERY_WAIVER),
    "every waiver, all releases": Site(EVERY_WAIVER, releases=ALL, choice="all"),
    "expired waivers": Site(policy(WAIVABLE, "2020-01-01")),
    "installed": Site(releases=INSTALLED, choice="installed"),
    "all releases": Site(releases=ALL, choice="all"),
    "no release": Site(EVERY_WAIVER, releases=()),
    "users of another host": Site(users="carol:x:9:9::/:/bin/sh\n"),
    "users of another host, waived": Site(EVERY_WAIVER, users="carol:x:9:9::/:/bin/sh\n"),
    "passwd none": Site(EVERY_WAIVER, users="none"),
    "users not looked up": Site(EVERY_WAIVER, users=None),
    "userclaimfield": Site(parameters="userclaimfield=sub"),
    "use_jwt_client_ids": Site(EVERY_WAIVER, parameters="use_jwt_client_ids"),
    "a JWKS": Site(parameters="jwks=/j", releases=ALL, choice="all"),
    "its JWKS": Site(parameters="jwks=/j", jwks=JWKS),
    "its JWKS, every waiver": Site(EVERY_WAIVER, parameters="jwks=/j", jwks=JWKS),
    "its JWKS, no key": Site(EVERY_WAIVER, parameters="jwks=/j", jwks=JWKS, has_key=False),
    "its JWKS, all releases": Site(EVERY_WAIVER, KNOWN, "jwks=/j", ALL, "all", jwks=JWKS),
    "a JWKS with a weak key only": Site(EVERY_WAIVER, parameters="jwks=/j", jwks=rs256.jwks(WEAK)),
    "a JWKS of garbage": Site(EVERY_WAIVER, parameters="jwks=/j", jwks=b'{"keys": [}'),
    "a JWKS of 20.11, which reads none": Site(parameters="jwks=/j", jwks=JWKS, releases=INSTALLED),
    "an unknown setting": Site(parameters="unheard_of=1,disable_token_creation"),
    "strict policy": Site(policy(max_lifetime=600, privileged=False, deny=("bob",))),
    "acceptances": Site(policy(max_lifetime=10**9, privileged=True)),
    "no key": Site(EVERY_WAIVER, has_key=False),
}


@functools.cache
def question_of(name, who, key, site=None):
    """Return the question of a site, and the same for the oracle."""
    site = site or SITES[name]
    key = key if site.has_key else None
    database = no_database("not looked up") if site.users in {None, "none"} else None
    users = database or UserDatabase(parse_passwd(site.users), "the users of the tests")
    found = survey.survey(
        Options(search=False, parameters=site.parameters, slurm_user="slurm"), Host(), made_up_machine("", "")
    )
    found.__dict__["key"] = question(key).found.key if key is not None else None
    chosen = predicted.named(site.releases)
    found.__dict__["public_keys"] = site.jwks
    target = None if who == "rules" else predicted.target(chosen, found, users)
    choice = "none" if who == "rules" else site.choice
    asked = Question(found, target, choice, users, who, site.policy, site.users == "none")
    edition = "2020"
    if site.parameters == "jwks=/j" and (who == "rules" or site.releases != INSTALLED):
        keys = None if site.jwks is None else read_jwks(site.jwks)
        asked, edition = asked._replace(edition="later", jwks=keys), "later"
    waivers = site.policy.waivers if site.policy else ()
    valid = {one.rule for one in waivers if one.expires >= "2030" and one.rule in WAIVABLE}
    field = site.parameters.partition("userclaimfield=")[2]
    takes_identity = site.parameters == "use_jwt_client_ids"
    asked_releases = () if who == "rules" else chosen
    plain = Asked(who, key, asked_releases, site.users, field, takes_identity, frozenset(valid))
    plain = plain._replace(jwks=asked.jwks and site.jwks, edition=edition)
    return asked, plain


def check(case, who, site, forms):
    """Judge a token, compare the outcome with the oracle, and each of these formats with the outcome."""
    name, token, key = case
    question, asked = site if isinstance(site, tuple) else question_of(site, who, key)
    answer = judge(token, "stdin", NOW, question)
    passes = answer.outcome.exit_code == 0
    what = (name, who, site if isinstance(site, str) else "")
    assert passes == (answer.outcome.verdict == "pass") == (not answer.outcome.reasons), what
    assert passes == may_pass(token, NOW, asked, answer), (what, answer.outcome)
    assert not (passes and name.endswith("(forged)")), what
    assert not (passes and name.endswith("(forged without its JWKS)") and asked.jwks is None), what
    signed_off = passes and may_be_signed_off(NOW, asked, answer)
    for form in forms:
        if form in OF_CHECK:
            assert OF_CHECK[form](answer) == passes, (what, form, answer.outcome)
        elif form != "gate" or who == "both":
            assert OF_SIGN_OFF[form](answer) == signed_off, (what, form, answer.outcome)
    return passes


FORMS = (*OF_CHECK, *OF_SIGN_OFF)
NOTHING_PASSES = {
    "no release", "users not looked up", "users of another host", "users of another host, waived", "a JWKS",
    "its JWKS, all releases", "a JWKS of garbage", "a JWKS with a weak key only", "an unknown setting",
}  # fmt: skip
"""Sites at which nothing passes as soon as releases are asked."""


@pytest.mark.parametrize("who", JUDGES)
@pytest.mark.parametrize("site", SITES)
def test_exit_0_implies_that_everything_was_checked_and_all_formats_agree(site, who):
    """Faults V1, V2, V3 and V7. Every case of this file, and each vector at one of the sites."""
    passed = 0
    for number, case in enumerate(CASES):
        if number < MADE or number % len(SITES) == list(SITES).index(site):
            passed += check(case, who, site, FORMS if number % 50 == 0 else [FORMS[number % len(FORMS)]])
    assert (passed == 0) == (site == "no key" or (who != "rules" and site in NOTHING_PASSES))


@pytest.mark.parametrize("who", JUDGES)
def test_every_vector_without_and_with_every_waiver(who):
    for case, site in itertools.product(CASES[MADE:], ("plain", "every waiver")):
        check(case, who, site, ())


@pytest.mark.parametrize("who", JUDGES)
def test_no_waiver_lets_a_forged_token_pass(who):
    """Fault V1, and a policy that is built in code and waives what its file cannot."""
    for rule, case in itertools.product((*WAIVABLE, *IDS_IN_CODE), CASES[: len(FORGED)]):
        site = Site(policy((rule,)))
        check(case, who, question_of(rule, who, case[2], site), ())


@pytest.mark.parametrize("rule", ["signature.match", "key.empty"])
def test_a_rule_without_which_anyone_can_make_tokens_is_not_shown_as_waived(rule):
    name, key = ("the empty key", b"") if rule == "key.empty" else ("another key", KEY)
    question, _ = question_of(rule, "both", key, Site(policy((rule,))))
    answer = judge(FORGED[name], "stdin", NOW, question)
    assert answer.outcome.verdict == "fail"
    assert rule in answer.outcome.reasons[0]
    assert not answer.waived
    assert token_report.report(answer, clock="-").waivers == ()


@pytest.mark.parametrize("name", [*FORGED, *ODD])
@pytest.mark.parametrize("way", ["stdin", "file", "environment"])
def test_all_formats_of_one_call_agree_with_its_exit_code(name, way, tmp_path, monkeypatch, capsys):
    token = (FORGED | ODD)[name]
    cluster = Cluster(tmp_path, monkeypatch, capsys)
    cluster.write("jwt_hs256.key", KEY)
    given = []
    if way == "file":
        given = ["--token-file", cluster.write("token", token)]
    elif way == "environment":
        if b"\0" in token:
            pytest.skip("no variable holds a NUL character")
        monkeypatch.setenv("SLURM_JWT", token.decode())
    files = {each: str(tmp_path / f"out.{each}") for each in ("html", "junit", "sarif", "markdown")}
    options = [word for each, path in files.items() for word in (f"--{each}", path)]
    said = cluster.check(*given, "--json", *options, token=token if way == "stdin" else b"")
    if said.code == 2:
        assert not any(Path(path).exists() for path in files.values())
        return
    passes = said.code == 0
    assert said.code in {0, 1}
    assert not (passes and name in FORGED)
    assert not (passes and way == "environment" and name in {"prefix", "Bearer"})
    assert READ["json"](said.out) == passes
    for each in ("junit", "sarif", "markdown"):
        assert READ[each](Path(files[each]).read_text()) == passes, each
    page = json.loads((tmp_path / "out.json").read_text())["conclusion"]["verdict"]
    assert (page == "fit") <= passes
    assert (page == "not fit") <= (not passes)
