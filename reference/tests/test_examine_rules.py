"""Every rule of the catalogue: a token that breaks it and nothing else, and its twin that keeps it."""

from __future__ import annotations

import base64
import hmac
from typing import NamedTuple

import pytest

from slurm_jwt import Refused, Verifier, examine
from slurm_jwt.strict.rules import BY_ID, RULES, in_edition

KEY = bytes(range(32))
NOW = 1_893_456_000
HEADER = '{"alg":"HS256","typ":"JWT"}'
TIMES = f'"exp":{NOW + 600},"iat":{NOW - 600}'
CLAIMS = "{" + TIMES + ',"sun":"alice"}'


def base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def signed(header: str | bytes = HEADER, claims: str | bytes = CLAIMS, key: bytes = KEY) -> bytes:
    """Sign any two texts, whatever they are."""
    parts = [base64url(part.encode() if isinstance(part, str) else part) for part in (header, claims)]
    return with_signature(b".".join(parts), key)


def with_signature(signing_input: bytes, key: bytes = KEY) -> bytes:
    return signing_input + b"." + base64url(hmac.digest(key, signing_input, "sha256"))


def header(more: str, alg: str = '"alg":"HS256"') -> bytes:
    return signed(header="{" + ",".join(part for part in (alg, more) if part) + "}")


def claims(
    more: str = "", exp: str = f'"exp":{NOW + 600}', iat: str = f'"iat":{NOW}', sun: str = '"sun":"al"'
) -> bytes:
    return signed(claims="{" + ",".join(part for part in (exp, iat, sun, more) if part) + "}")


def nested(levels: int) -> str:
    """An array of arrays; within an object it stands one level deeper."""
    return "[" * levels + "]" * levels


GOOD = signed()
PARTS = GOOD.split(b".")
LOOSE_SIGNATURE = GOOD[:-1] + bytes([GOOD[-1] + 1])  # only the two unused bits differ


class Case(NamedTuple):
    rule: str
    broken: bytes
    kept: bytes = GOOD
    broken_key: bytes = KEY


CASES = [
    Case("key.empty", signed(key=b""), broken_key=b""),
    Case("key.length", signed(key=KEY[:31]), broken_key=KEY[:31]),
    Case("form.compact", b"", GOOD),
    Case("form.compact", PARTS[0] + b"." + PARTS[1]),
    Case("form.compact", GOOD + b"."),
    Case("form.compact", b'{"payload":"a.b","protected":"c.d.e.f"}'),
    Case("form.jws", GOOD + b".AA.AA"),
    Case("form.jws", b"eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA"),
    Case("form.base64url", GOOD + b"="),
    Case("form.base64url", GOOD + b"\n"),
    Case("form.base64url", b"Bearer " + GOOD),
    Case("form.base64url", GOOD[:-2]),  # 41 characters: no number of bytes has that length
    Case("form.base64url", with_signature(PARTS[0] + b"." + PARTS[1] + b"AAA")),
    Case("header.utf8", signed(header=b'{"alg":"HS256","x":"\xff"}'), header('"x":"ÿ"')),
    Case("header.utf8", signed(header=b'{"alg":"HS256","x":"\xc0\xaf"}')),
    Case("header.utf8", signed(header=b'{"alg":"HS256","x":"\xed\xa0\x80"}')),
    Case("header.bom", signed(header="\ufeff" + HEADER)),
    Case("header.json", signed(header="")),
    Case("header.json", signed(header=HEADER + "\0")),
    Case("header.json", signed(header=HEADER + "{}")),
    Case("header.json", header('"x":NaN'), header('"x":"NaN"')),
    Case("header.json", header('"x":-Infinity')),
    Case("header.json", header('"x":01'), header('"x":0')),
    Case("header.json", header("'x':1")),
    Case("header.json", header('"x":"\t"'), header('"x":"\\t"')),
    Case("header.json", header('"x":1,')),
    Case("header.json", header('"x":1/**/')),
    Case("header.json", signed(header=HEADER.encode("utf-16-le"))),
    Case("header.object", signed(header="[]")),
    Case("header.object", signed(header='"HS256"')),
    Case("header.depth", header(f'"x":{nested(64)}'), header(f'"x":{nested(63)}')),
    Case("header.numbers", header('"x":9007199254740992'), header('"x":9007199254740991')),
    Case("header.unicode", header('"x":"\\udc00\\ud800"'), header('"x":"\\ud800\\udc00"')),
    Case("header.duplicate", header('"alg":"HS256"'), header('"x":{"alg":1,"alg":2}')),
    Case("alg.required", header('"typ":"JWT"', alg="")),
    Case("alg.hs256", header("", alg='"alg":"hs256"')),
    Case("alg.hs256", header("", alg='"alg":"none"')),
    Case("alg.hs256", header("", alg='"alg":["HS256"]')),
    Case("alg.hs256", header("", alg='"alg":null')),
    Case("header.types", header('"kid":1'), header('"kid":"1"')),
    *(
        Case("header.types", header(f'"{name}":null'), header(f'"other":{{"{name}":null}}'))
        for name in ("typ", "cty", "jku", "jwk", "kid", "x5c", "x5t", "x5t#S256", "x5u")
    ),
    Case("header.types", header('"cty":true')),
    Case("header.types", header('"jwk":[]'), header('"jwk":{}')),
    Case("header.types", header('"x5c":["a",1]'), header('"x5c":["a"]')),
    Case("typ.jwt", header('"typ":"jwt"'), header('"typ":"JWT"')),
    Case("typ.jwt", header('"typ":"at+jwt"'), header("")),
    Case("cty.absent", header('"cty":"JWT"')),
    Case("crit.form", header('"crit":[]')),
    Case("crit.form", header('"crit":"exp"')),
    Case("crit.form", header('"crit":["alg"]')),
    Case("crit.form", header('"crit":[1]')),
    Case("crit.understood", header('"crit":["x"],"x":1'), header('"x":1')),
    Case("b64.absent", header('"b64":false'), header('"b64":true')),
    Case("b64.absent", header('"b64":1')),
    Case("enc.absent", header('"enc":"A128GCM"')),
    Case("signature.match", signed(key=bytes(32))),
    Case("signature.match", b".".join([*PARTS[:2], b""])),
    Case("signature.match", b".".join([*PARTS[:2], base64url(bytes(33))])),
    Case(
        "signature.match",
        b".".join([PARTS[0], base64url(CLAIMS.replace("alice", "root").encode()), PARTS[2]]),
    ),
    Case("claims.utf8", signed(claims=CLAIMS.encode() + b"\xfe"), signed(claims=CLAIMS)),
    Case("claims.bom", signed(claims="\ufeff" + CLAIMS)),
    Case("claims.json", signed(claims="")),
    Case("claims.json", signed(claims=CLAIMS + "\0"), signed(claims=CLAIMS + " \t\r\n")),
    Case("claims.json", signed(claims="\u00a0" + CLAIMS)),
    Case("claims.json", claims('"x":Infinity')),
    Case("claims.json", claims('"x":"\\x"')),
    Case("claims.json", claims('"x":+1')),
    Case("claims.json", claims('"x":٣')),  # an Arabic digit
    Case("claims.json", claims('"x":' + "[" * 5000)),
    Case("claims.json", claims('"x":' + "[" * 100 + "}" + "]" * 99)),
    Case("claims.object", signed(claims="[" + CLAIMS + "]")),
    Case("claims.object", signed(claims=nested(100))),
    Case("claims.depth", claims(f'"x":{nested(64)}'), claims(f'"x":{nested(63)}')),
    Case("claims.depth", claims(f'"x":{nested(40_000)}'), claims('"x":[' + '["[{"],' * 100 + "[]]")),
    Case("claims.depth", claims(f'"x":{nested(65)}'), claims('"x":"\\"' + "[" * 100 + '"')),
    Case("claims.depth", claims(f'"x":{nested(64)},"y":[]'), claims(f'"x":{nested(63)},"y":[]')),
    Case("claims.depth", claims(f'"\\"":{nested(64)}'), claims('"x":["' + '[\\"\\\\\\"[' * 40 + '\\\\"]')),
    Case("claims.numbers", claims('"x":[-9007199254740992]'), claims('"x":[-9007199254740991]')),
    Case("claims.numbers", claims('"x":1e400'), claims('"x":1e300')),
    Case("claims.numbers", claims('"x":-1E0400'), claims('"x":-1E-400')),
    Case("claims.numbers", claims('"x":1e+400'), claims('"x":"1e+400"')),
    Case("claims.numbers", claims(exp=f'"exp":{2**53}'), claims(exp=f'"exp":{2**53 - 1}')),
    Case("claims.numbers", claims(exp=f'"exp":{"9" * 5000}')),
    Case("claims.unicode", claims('"x":"\\ud800"'), claims('"x":"\\\\ud800"')),
    Case("claims.unicode", claims('"\\udfff":1')),
    Case("claims.unicode", claims('"x":"\\uDBFF\\u0041"'), claims('"x":"\\uDBFF\\uDC00"')),
    Case("claims.duplicate", claims('"sun":"bob"'), claims('"Sun":"bob"')),
    Case("claims.duplicate", claims('"\\u0073un":"bob"')),
    Case("claims.types", claims('"iss":1'), claims('"iss":"1"')),
    Case("claims.types", claims('"sub":null'), claims('"sub":""')),
    Case("claims.types", claims('"jti":{}'), claims('"jti":"{}"')),
    Case("aud.form", claims('"aud":1')),
    Case("aud.form", claims('"aud":["a",1]')),
    Case("aud.unasked", claims('"aud":"slurm"')),
    Case("aud.unasked", claims('"aud":[]')),
    Case("sun.required", claims(sun=""), claims()),
    Case("sun.string", claims(sun='"sun":0'), claims(sun='"sun":"0"')),
    Case("sun.string", claims(sun='"sun":null')),
    Case("sun.empty", claims(sun='"sun":""'), claims(sun='"sun":"_"')),
    Case("sun.posix", claims(sun='"sun":"-a"'), claims(sun='"sun":"a-"')),
    Case("sun.posix", claims(sun='"sun":"a@b"'), claims(sun='"sun":"a.b"')),
    Case("sun.posix", claims(sun='"sun":"a\\n"'), claims(sun='"sun":"A0._-"')),
    Case("sun.posix", claims(sun='"sun":"é"')),
    Case("iat.required", claims(iat="")),
    Case("iat.number", claims(iat=f'"iat":"{NOW}"')),
    Case("iat.number", claims(iat='"iat":true')),
    Case("iat.integer", claims(iat=f'"iat":{NOW}.0')),
    Case("exp.required", claims(exp="")),
    Case("exp.number", claims(exp=f'"exp":"{NOW + 1}"')),
    Case("exp.number", claims(exp='"exp":null')),
    Case("exp.integer", claims(exp='"exp":4e9'), claims(exp='"exp":4000000000')),
    Case("nbf.number", claims('"nbf":"0"'), claims('"nbf":0')),
    Case("nbf.number", claims('"nbf":false'), claims('"nbf":0.5')),
    Case("exp.unexpired", claims(exp=f'"exp":{NOW}', iat='"iat":0'), claims(exp=f'"exp":{NOW + 1}')),
    Case("exp.unexpired", claims(exp='"exp":-1')),
    Case("nbf.reached", claims(f'"nbf":{NOW + 1}'), claims(f'"nbf":{NOW}')),
    Case("nbf.reached", claims(f'"nbf":{NOW}.5'), claims(f'"nbf":{NOW - 1}.5')),
    Case("iat.reached", claims(iat=f'"iat":{NOW + 1}'), claims(iat=f'"iat":{NOW}')),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{CASES.index(case)}")
def test_a_token_breaks_one_rule_and_its_twin_none(case: Case) -> None:
    examination = examine(case.broken, case.broken_key, NOW)
    assert [finding.rule for finding in examination.findings] == [case.rule]
    assert examination.verdict == {"error": "invalid", "choice": "either"}[BY_ID[case.rule].severity]
    assert examine(case.kept, KEY, NOW) == (
        "valid",
        (),
        (),
        examine(case.kept).header,
        examine(case.kept).claims,
        "2020",
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{CASES.index(case)}")
def test_the_verifier_names_the_rule(case: Case) -> None:
    with pytest.raises(Refused) as caught:
        Verifier(case.broken_key).verify(case.broken, NOW)
    assert caught.value.rule == caught.value.finding.rule == case.rule
    assert BY_ID[case.rule].hint in str(caught.value)
    assert Verifier(KEY).verify(case.kept, NOW).to_dict() == examine(case.kept).claims


def test_an_oversized_token_is_left_unread() -> None:
    fitting = claims(f'"x":"{"x" * 98_140}"')
    assert 131_000 <= len(fitting) <= 131_072
    assert examine(fitting, KEY, NOW).verdict == "valid"
    too_long = fitting + b"." * (131_073 - len(fitting))
    examination = examine(too_long, KEY, NOW)
    assert [finding.rule for finding in examination.findings] == ["form.size"]
    assert examination.verdict == "undetermined"
    assert "signature.match" in examination.not_checked
    with pytest.raises(Refused, match=r"form\.size"):
        Verifier(KEY).verify(too_long, NOW)


def test_unused_bits_are_a_choice_and_reading_goes_on() -> None:
    examination = examine(LOOSE_SIGNATURE, KEY, NOW)
    assert [finding.rule for finding in examination.findings] == ["form.pad-bits"]
    assert examination.verdict == "either"
    assert examination.findings[0].member == "signature"
    with pytest.raises(Refused, match=r"form\.pad-bits"):
        Verifier(KEY).verify(LOOSE_SIGNATURE, NOW)


def test_every_rule_is_tried() -> None:
    assert {case.rule for case in CASES} | {"form.size", "form.pad-bits"} == {rule.id for rule in RULES}


@pytest.mark.parametrize(
    ("token", "rules"),
    [
        (header('"crit":["exp"]'), ["crit.form", "crit.understood"]),  # not in the header, and not understood
        (header('"crit":["x","x"],"x":1'), ["crit.form", "crit.understood"]),
        (header('"crit":["epk"],"epk":{}'), ["crit.form", "crit.understood"]),  # a JWE's, unknown to a JWS
        (claims(exp='"exp":1e400'), ["claims.numbers", "exp.integer"]),
        (claims(exp='"exp":-1e400'), ["claims.numbers", "exp.integer", "exp.unexpired"]),
        (claims(exp=f'"exp":-{"9" * 5000}'), ["claims.numbers", "exp.unexpired"]),
        (claims(f'"nbf":{"9" * 5000}'), ["claims.numbers", "nbf.reached"]),
        (claims(exp=f'"exp":{NOW}.0', iat=""), ["iat.required", "exp.integer", "exp.unexpired"]),
        (claims(f'"x":{nested(70)[:-70]}{"9" * 20}{"]" * 70}'), ["claims.depth", "claims.numbers"]),
        (header('"typ":1', alg='"alg":1'), ["alg.hs256", "header.types"]),
        (signed(header="\ufeff[]"), ["header.bom", "header.object"]),
        (signed(claims="\ufeff\ufeff{}"), ["claims.bom", "claims.json"]),
        (claims(f'"x":{2**53},"y":NaN'), ["claims.json"]),
        (claims(f'"x":{2**53},"sun":"a"'), ["claims.numbers", "claims.duplicate"]),
        (b"!." + PARTS[1] + b".", ["form.base64url"]),
        (signed(claims="{}"), ["sun.required", "iat.required", "exp.required"]),
    ],
)
def test_findings_come_together_in_catalogue_order(token: bytes, rules: list[str]) -> None:
    assert [finding.rule for finding in examine(token, KEY, NOW).findings] == rules


@pytest.mark.parametrize(
    ("token", "unchecked"),
    [
        (header("", alg='"alg":"none"'), {"signature.match"}),
        (header("", alg=""), {"signature.match"}),
        (signed(header="[]"), {"header.depth", "alg.hs256", "enc.absent", "signature.match"}),
        (PARTS[0] + b"." + PARTS[1] + b".!", {"signature.match"}),
        (PARTS[0] + b".!." + PARTS[2], {rule.id for rule in RULES if rule.layer in {"claims", "time"}}),
    ],
)
def test_what_cannot_be_checked_is_said(token: bytes, unchecked: set[str]) -> None:
    assert unchecked <= set(examine(token, KEY, NOW).not_checked)
    without_key = examine(token, None, NOW).not_checked
    assert unchecked | {"key.length"} <= set(without_key)
    assert list(without_key) == [rule.id for rule in RULES if rule.id in without_key]


def test_the_signature_is_checked_over_a_payload_that_cannot_be_read() -> None:
    good = with_signature(PARTS[0] + b".!")
    assert [finding.rule for finding in examine(good, KEY, NOW).findings] == ["form.base64url"]
    bad = with_signature(PARTS[0] + b".!", bytes(32))
    assert [finding.rule for finding in examine(bad, KEY, NOW).findings] == [
        "form.base64url",
        "signature.match",
    ]


def test_without_a_key_the_verdict_is_undetermined() -> None:
    assert examine(GOOD, now=NOW).verdict == "undetermined"
    assert examine(GOOD, now=NOW).not_checked == ("key.empty", "key.length", "signature.match")
    assert examine(header('"typ":"jwt"'), now=NOW).verdict == "undetermined"
    assert examine(claims(exp=""), now=NOW).verdict == "invalid"


def test_the_catalogue_is_whole() -> None:
    for rules in (RULES, in_edition("later")):
        assert [rule.layer for rule in rules] == sorted(
            (rule.layer for rule in rules), key=["key", "form", "header", "signature", "claims", "time"].index
        )
    for rule in BY_ID.values():
        assert rule.sources
        assert rule.sentence.endswith(".")
        assert rule.hint.endswith(".")
