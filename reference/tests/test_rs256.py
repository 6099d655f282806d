"""RS256: Verifier, examine and Issuer with a JWKS, compared with PyJWT, joserfc and jwcrypto."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import RSAKey
from jwcrypto.jwk import JWK
from jwcrypto.jwt import JWT

from slurm_jwt import Claims, Issuer, Refused, Verifier, examine, read_jwks, write_jwks
from slurm_jwt.strict.accepted import claims_of
from slurm_jwt.strict.rules import LATER_RULES

NOW = 1_893_456_000
HMAC_KEY = bytes(range(32))
CLAIMS = {"exp": NOW + 1800, "iat": NOW, "sun": "alice"}
KEYS = {kid: JWK.from_pyca(rsa.generate_private_key(65537, 2048)) for kid in ("k1", "k2", "stranger")}
PEMS = {kid: key.export_to_pem(private_key=True, password=None) for kid, key in KEYS.items()}
JWKS = write_jwks({kid: PEMS[kid] for kid in ("k1", "k2")})
VERIFIER = Verifier(jwks=JWKS)
BOTH = Verifier(HMAC_KEY, jwks=JWKS)


def encode(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def head_of(header: object, claims: object = CLAIMS) -> bytes:
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    return b".".join(map(encode, parts))


def signature_of(head: bytes, signer: str = "k1") -> bytes:
    key = KEYS[signer].get_op_key("sign")
    return key.sign(head, padding.PKCS1v15(), hashes.SHA256())


def signed(header: object, claims: object = CLAIMS, signer: str = "k1") -> bytes:
    head = head_of(header, claims)
    return head + b"." + encode(signature_of(head, signer))


def rs256(kid: object = "k1", **more: object) -> dict[str, object]:
    return {"alg": "RS256", "kid": kid, **more}


def refusal(
    token: bytes | str, jwks: bytes = JWKS, verifier: Verifier = VERIFIER, **settings: Any
) -> str | None:
    """The first rule by which a verifier and `examine` refuse a token; None if both accept it."""
    verifier = Verifier(jwks=jwks, **settings) if settings or jwks is not JWKS else verifier
    examination = examine(token, now=NOW, jwks=jwks, **settings)
    assert examination.edition == "later"
    for _ in range(2):  # the first time a verifier remembers the header
        if examination.verdict == "valid":
            assert verifier.verify(token, NOW).to_dict() == examination.claims
            continue
        with pytest.raises(Refused) as caught:
            verifier.verify(token, NOW)
        assert caught.value.finding == examination.findings[0]
    return None if examination.verdict == "valid" else examination.findings[0].rule


@pytest.mark.parametrize("kid", ["k1", "k2"])
@pytest.mark.parametrize(
    "more", [{}, {"typ": "JWT"}, {"x5t": "x"}, {"jku": "https://idp"}, {"x": "x" * 3000}]
)
def test_a_token_of_a_key_of_the_jwks_is_accepted(kid: str, more: dict[str, object]) -> None:
    assert refusal(signed(rs256(kid, **more), signer=kid)) is None


def test_the_issuers_of_other_libraries_are_accepted() -> None:
    tokens = [
        jwt.encode(CLAIMS, PEMS["k1"], "RS256", headers={"kid": "k1"}),
        joserfc_jwt.encode({"alg": "RS256", "kid": "k1"}, CLAIMS, RSAKey.import_key(PEMS["k1"])),
    ]
    made = JWT(header={"alg": "RS256", "kid": "k1"}, claims=CLAIMS)
    made.make_signed_token(KEYS["k1"])
    for token in [*tokens, made.serialize()]:
        assert refusal(token) is None


@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_other_libraries_accept_what_the_issuer_issues(form: str) -> None:
    private = PEMS["k1"] if form == "pem" else KEYS["k1"].export_private().encode()
    issuer = Issuer(rsa=private, kid='k"1\u00e9')
    token = issuer.issue("alice", now=NOW)
    assert issuer.jwks is not None
    assert Verifier(jwks=issuer.jwks).verify(token, NOW) == Claims(**CLAIMS)
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": 'k"1\u00e9', "typ": "JWT"}
    public = jwt.PyJWKSet.from_json(issuer.jwks.decode()).keys[0]
    times = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(token, public.key, ["RS256"], options=times) == CLAIMS
    assert joserfc_jwt.decode(token, RSAKey.import_key(PEMS["k1"]), ["RS256"]).claims == CLAIMS


def test_the_kid_of_an_issuer() -> None:
    assert Issuer(rsa=PEMS["k1"]).kid == KEYS["k1"].thumbprint()
    named = json.dumps({**json.loads(KEYS["k1"].export_private()), "kid": "own"}).encode()
    assert Issuer(rsa=named).kid == "own"
    assert Issuer(rsa=named, kid="other").kid == "other"
    assert Issuer(HMAC_KEY).kid is None


HEADERS: list[tuple[object, str]] = [
    ({"alg": "RS256"}, "kid.required"),
    (rs256(1), "header.types"),
    (rs256(None), "header.types"),
    (rs256(["k1"]), "header.types"),
    (rs256("K1"), "kid.known"),
    (rs256(""), "kid.known"),
    (rs256("k1 "), "kid.known"),
    (rs256("k3"), "kid.known"),
    (rs256("k1", typ="at+jwt"), "typ.jwt"),
    (rs256("k1", crit=["x"], x=1), "crit.understood"),
    (rs256("k1", b64=False), "b64.absent"),
    (b'{"alg":"RS256","kid":"k2","kid":"k1"}', "header.duplicate"),
    (b'{"alg":"HS256","alg":"RS256","kid":"k1"}', "header.duplicate"),
    *[
        ({"alg": alg, "kid": "k1"}, "alg.allowed")
        for alg in ("rs256", "RS384", "PS256", "ES256", "none", "None", "", "RS256 ", ["RS256"], None, 1)
    ],
    ({"kid": "k1"}, "alg.required"),
    ({"alg": "RS256", "kid": "k1", "x": "x" * 2000, "typ": "at+jwt"}, "typ.jwt"),
    (b"[" * 2000, "signature.match"),
    (rs256("k3", x="x" * 2000), "signature.match"),
    ({"alg": "none", "kid": "k1", "x": "x" * 2000}, "signature.match"),
]


@pytest.mark.parametrize(("header", "rule"), HEADERS, ids=range(len(HEADERS)))
def test_a_header_that_the_edition_does_not_allow(header: object, rule: str) -> None:
    token = signed(header)
    assert refusal(token) == rule
    with pytest.raises(Refused) as caught:
        BOTH.verify(token, NOW)
    assert caught.value.rule == rule


def test_the_signature_of_another_key() -> None:
    assert refusal(signed(rs256("k1"), signer="k2")) == "signature.match"
    assert refusal(signed(rs256("k1"), signer="stranger")) == "signature.match"
    own = {"jwk": json.loads(KEYS["stranger"].export_public())}
    assert refusal(signed(rs256("k1", **own), signer="stranger")) == "signature.match"
    assert refusal(signed(rs256("k1", x="x" * 2000), signer="stranger")) == "signature.match"


def changed_signatures() -> list[tuple[bytes, str]]:
    head = head_of(rs256())
    right = signature_of(head)
    n = KEYS["k1"].get_op_key("verify").public_numbers().n
    number = int.from_bytes(right)
    pkcs1 = KEYS["k1"].get_op_key("sign")
    other_hash = pkcs1.sign(head, padding.PKCS1v15(), hashes.SHA384())
    pss = pkcs1.sign(head, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    wrong = [
        b"",
        right[:-1],
        right[1:],
        right + b"\0",
        b"\0" + right,
        right * 2,
        right[:-1] + bytes([right[-1] ^ 1]),
        bytes([right[0] ^ 0x80]) + right[1:],
        bytes(256),
        b"\0" * 255 + b"\1",
        b"\xff" * 256,
        (number + n).to_bytes(257),
        other_hash,
        pss,
        hmac.digest(PEMS["k1"], head, "sha256"),
        b"\1" * 90_000,
    ]
    odd = [
        (encode(right) + b"==", "form.base64url"),
        (encode(right)[:-1] + b"B", "form.pad-bits"),
        (encode(right)[:-2] + b"+/", "form.base64url"),
        (encode(right) + b"A" * 4, "signature.match"),
        (b" " + encode(right), "form.base64url"),
    ]
    return [(head + b"." + encode(raw), "signature.match") for raw in wrong] + [
        (head + b"." + text, rule) for text, rule in odd
    ]


@pytest.mark.parametrize(("token", "rule"), changed_signatures(), ids=range(21))
def test_a_changed_signature(token: bytes, rule: str) -> None:
    assert refusal(token) == rule


def hs256(key: bytes, header: object) -> bytes:
    head = head_of(header)
    return head + b"." + encode(hmac.digest(key, head, "sha256"))


@pytest.mark.parametrize("alg", ["HS256", "RS256", "none", "HS384"])
@pytest.mark.parametrize("kid", [{}, {"kid": "k1"}])
def test_public_bytes_are_no_hmac_key(alg: str, kid: dict[str, str]) -> None:
    modulus = KEYS["k1"].get_op_key("verify").public_numbers().n.to_bytes(256)
    public = KEYS["k1"].export_to_pem()
    for secret in (
        public,
        public.strip(),
        JWKS,
        JWKS.strip(),
        modulus,
        KEYS["k1"].export_public().encode(),
        b"",
    ):
        token = hs256(secret, {"alg": alg, **kid})
        for verifier in (VERIFIER, BOTH, Verifier(HMAC_KEY)):
            with pytest.raises(Refused):
                verifier.verify(token, NOW)
        assert examine(token, HMAC_KEY, NOW, jwks=JWKS).verdict == "invalid"
        assert examine(token, None, NOW, jwks=JWKS).verdict in {"invalid", "undetermined"}


def test_the_algorithm_belongs_to_the_key() -> None:
    own, slurm = signed(rs256()), Issuer(HMAC_KEY).issue("alice", now=NOW)
    with_kid = hs256(HMAC_KEY, {"alg": "HS256", "kid": "k1"})
    for token in (own, slurm, with_kid):
        assert BOTH.verify(token, NOW).sun == "alice"
        assert examine(token, HMAC_KEY, NOW, jwks=JWKS).verdict == "valid"
    assert VERIFIER.verify(own, NOW).sun == Verifier(HMAC_KEY).verify(slurm, NOW).sun == "alice"
    for verifier, token, rule in (
        (VERIFIER, slurm, "alg.allowed"),
        (VERIFIER, with_kid, "alg.allowed"),
        (Verifier(HMAC_KEY), own, "alg.hs256"),
        (BOTH, hs256(HMAC_KEY, rs256()), "signature.match"),
        (BOTH, signed({"alg": "HS256", "kid": "k1"}), "signature.match"),
        (BOTH, signed({"alg": "HS256", "kid": "k1", "x": "x" * 2000}), "signature.match"),
    ):
        with pytest.raises(Refused) as caught:
            verifier.verify(token, NOW)
        assert caught.value.rule == rule


def test_a_signature_without_its_key_is_not_checked() -> None:
    rsa_token, hmac_token = signed(rs256()), Issuer(HMAC_KEY).issue("alice", now=NOW)
    later = examine(rsa_token, HMAC_KEY, NOW, edition="later")
    assert (later.verdict, later.findings, later.edition) == ("undetermined", (), "later")
    assert {"signature.match", "kid.known"} <= set(later.not_checked)
    first = examine(rsa_token, HMAC_KEY, NOW)
    assert (first.verdict, first.findings[0].rule, first.edition) == ("invalid", "alg.hs256", "2020")
    other = examine(hmac_token, None, NOW, jwks=JWKS)
    assert (other.verdict, other.not_checked) == (
        "undetermined",
        ("key.empty", "key.length", "signature.match"),
    )
    long = signed(rs256(x="x" * 2000))
    assert examine(long, HMAC_KEY, NOW, edition="later").verdict == "undetermined"
    huge = examine(rsa_token, None, NOW, jwks=b" " * 2_000_000)
    assert (huge.verdict, huge.findings[0].rule) == ("undetermined", "jwks.size")
    assert examine(hmac_token, HMAC_KEY, NOW, edition="later") == (
        *examine(hmac_token, HMAC_KEY, NOW)[:5],
        "later",
    )


def document(**changes: object) -> bytes:
    (key,) = json.loads(write_jwks({"k1": PEMS["k1"]}))["keys"]
    good = json.loads(write_jwks({"good": PEMS["k2"]}))["keys"]
    members = {**key, **changes}
    return json.dumps({"keys": [*good, {n: v for n, v in members.items() if v is not ...}]}).encode()


FLAWED: list[tuple[dict[str, object], str, str]] = [
    ({"alg": ...}, "jwks.alg", "either"),
    ({"d": "canary"}, "jwks.private", "either"),
    ({"alg": "RS384"}, "kid.known", "invalid"),
    ({"use": "enc"}, "kid.known", "invalid"),
    ({"kty": "EC"}, "kid.known", "invalid"),
    ({"e": "AQ"}, "jwks.exponent", "invalid"),
    ({"n": "AQAB"}, "jwks.modulus", "invalid"),
    ({"n": ..., "x5c": ["MIIC"]}, "jwks.rsa", "invalid"),
    ({"x5c": 1}, "jwks.types", "invalid"),
]


@pytest.mark.parametrize(("changes", "rule", "verdict"), FLAWED, ids=range(len(FLAWED)))
def test_a_key_that_breaks_a_rule_verifies_no_token(
    changes: dict[str, object], rule: str, verdict: str
) -> None:
    jwks = document(**changes)
    assert refusal(signed(rs256()), jwks=jwks) == rule
    assert examine(signed(rs256()), now=NOW, jwks=jwks).verdict == verdict
    assert refusal(signed(rs256("good"), signer="k2"), jwks=jwks) is None


def test_equal_kids_leave_the_choice_to_the_verifier() -> None:
    two = json.loads(write_jwks({"k1": PEMS["k1"], "x": PEMS["k2"], "good": PEMS["k2"]}))
    two["keys"][1]["kid"] = "k1"
    jwks = json.dumps(two).encode()
    for signer, verdict in (("k1", "either"), ("k2", "either"), ("stranger", "invalid")):
        token = signed(rs256("k1"), signer=signer)
        assert examine(token, now=NOW, jwks=jwks).verdict == verdict
        assert refusal(token, jwks=jwks) == "jwks.kid-unique"


def test_without_kid_each_key_is_tried() -> None:
    for signer, verdict in (("k1", "either"), ("k2", "either"), ("stranger", "invalid")):
        assert examine(signed({"alg": "RS256"}, signer=signer), now=NOW, jwks=JWKS).verdict == verdict


def test_examine_lists_the_signature_and_what_follows() -> None:
    token = signed(rs256("k1", typ="at+jwt"), {"sun": ""}, signer="k2")
    rules = [each.rule for each in examine(token, now=NOW, jwks=JWKS).findings]
    assert rules == ["typ.jwt", "signature.match", "sun.empty", "iat.required", "exp.required"]
    costly = signed(rs256("k1", typ="at+jwt", x="x" * 2000), {"sun": ""}, signer="k2")
    assert [each.rule for each in examine(costly, now=NOW, jwks=JWKS).findings][:2] == [
        "signature.match",
        "typ.jwt",
    ]


def test_settings_count_for_rs256_too() -> None:
    token = signed(rs256(), {**CLAIMS, "aud": ["slurm"], "iss": "https://idp", "more": {"a": [1]}})
    assert refusal(token) == "aud.unasked"
    assert refusal(token, audience="slurm", issuer="https://idp") is None
    assert refusal(token, audience="other") == "aud.expected"
    plain = signed(rs256(), {"more": {"a": [1]}, "iss": "https://idp", **CLAIMS})
    assert refusal(plain, issuer="https://idp") is None
    assert refusal(plain, issuer="https://other") == "iss.expected"
    assert refusal(plain, max_lifetime=60) == "exp.lifetime"


ARGUMENTS: list[tuple[dict[str, Any], type[Exception]]] = [
    ({}, TypeError),
    ({"jwks": 1}, TypeError),
    ({"jwks": [JWKS]}, TypeError),
    ({"jwks": b""}, Refused),
    ({"jwks": b'{"keys": []}'}, Refused),
    ({"key": b"x" * 31, "jwks": JWKS}, Refused),
    ({"key": "x" * 32, "jwks": JWKS}, TypeError),
]


@pytest.mark.parametrize(("arguments", "error"), ARGUMENTS, ids=range(len(ARGUMENTS)))
def test_arguments_that_make_no_verifier(arguments: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Verifier(**arguments)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, TypeError),
        ({"key": HMAC_KEY, "rsa": PEMS["k1"]}, TypeError),
        ({"key": HMAC_KEY, "kid": "x"}, TypeError),
        ({"rsa": PEMS["k1"], "kid": 1}, TypeError),
        ({"rsa": PEMS["k1"].decode()}, TypeError),
        ({"rsa": KEYS["k1"].export_to_pem()}, ValueError),
        ({"rsa": b"x"}, ValueError),
        ({"rsa": b"{}"}, ValueError),
        ({"rsa": b'{"kty": "RSA", "n": 1}'}, ValueError),
        ({"rsa": JWK.generate(kty="EC").export_to_pem(private_key=True, password=None)}, ValueError),
        ({"rsa": JWK.from_pyca(rsa.generate_private_key(65537, 1024)).export_private().encode()}, Refused),
    ],
    ids=range(11),
)
def test_arguments_that_make_no_issuer(arguments: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Issuer(**arguments)


def test_an_edition_that_cannot_be_meant() -> None:
    for settings in ({"edition": "2021"}, {"edition": "2020", "jwks": JWKS}):
        with pytest.raises(ValueError, match="edition"):
            examine("a.b.c", **settings)  # type: ignore[arg-type]  # the wrong call is what is tested


def test_a_read_jwks_is_taken_as_it_is() -> None:
    read = read_jwks(JWKS)
    assert Verifier(jwks=read).verify(signed(rs256()), NOW).sun == "alice"
    assert Verifier(jwks=JWKS.decode()).kids == Verifier(jwks=read).kids == ("k1", "k2")
    assert examine(signed(rs256()), now=NOW, jwks=read) == examine(signed(rs256()), now=NOW, jwks=JWKS)


def test_the_longest_token_and_one_byte_more() -> None:
    head = head_of(rs256("k1", x=""))
    room = 131_072 - 343 - len(head) - 2
    token = signed(rs256("k1", x="x" * (room * 3 // 4)))
    assert 131_065 < len(token) <= 131_072
    assert refusal(token) is None
    assert refusal(signed(rs256("k1", x="x" * (room * 3 // 4 + 9)))) == "form.size"


@pytest.mark.parametrize("levels", [70, 2000, 40_000])
def test_what_nests_deep(levels: int) -> None:
    header = b'{"alg":"RS256","kid":"k1","x":' + b"[" * levels + b"]" * levels + b"}"
    assert refusal(signed(header, signer="stranger")) == "signature.match"
    assert examine(signed(header), now=NOW, jwks=JWKS).findings[0].rule == "header.depth"
    with pytest.raises(Refused) as caught:
        VERIFIER.verify(signed(header), NOW)
    # How deep a header can be read at all, to find its kid, depends on the interpreter.
    assert caught.value.rule in ({"header.depth"} if levels == 70 else {"header.depth", "signature.match"})
    assert refusal(signed(rs256(), CLAIMS | {"x": json.loads("[" * 70 + "]" * 70)})) == "claims.depth"


def test_a_jwks_of_hostile_size() -> None:
    token = signed(rs256())
    for jwks in (
        b'{"keys":[' + b"{}," * 1_000_000 + b"{}]}",
        b'{"keys":[' + b"{}," * 300_000 + b"{}]}",
        b'{"keys":' + b"[" * 1_000_000 + b"]" * 40_000 + b"}",
        b'{"keys":' + b'{"keys":' * 100_000 + b"[]" + b"}" * 100_001,
        b'{"keys":[{"kty":"RSA","kid":"k1","alg":"RS256","e":"AQAB","n":"' + b"_" * 1_000_000 + b'"}]}',
        b'{"keys":[{"kty":"RSA","kid":"k1","alg":"RS256","n":"AQAB","e":' + b"9" * 1_000_000 + b"}]}",
        b'{"keys":[' + b",".join([b'{"kid":"k1"}'] * 1000) + b"]}",
    ):
        with pytest.raises(Refused):
            Verifier(jwks=jwks)
        assert examine(token, now=NOW, jwks=jwks).verdict in {"invalid", "undetermined"}


def test_a_verifier_remembers_few_headers_and_no_header_of_a_stranger() -> None:
    verifier = Verifier(jwks=JWKS)
    for number in range(200):
        verifier.verify(signed(rs256(x=number)), NOW)
        with pytest.raises(Refused):
            verifier.verify(signed(rs256(y=number), signer="stranger"), NOW)
    assert verifier._rs256 is not None
    headers = verifier._rs256._headers
    assert len(headers) == 64
    assert not any(b'"y"' in base64.urlsafe_b64decode(header + b"==") for header in headers)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["exp", "iat", "nbf", "sun", "sub", "iss", "jti", "aud", "_further", "a:b", "x"])


@given(
    st.lists(st.tuples(names, values), max_size=4), st.sampled_from([None, 1]), st.booleans(), st.booleans()
)
def test_the_fast_way_accepts_what_examine_accepts(
    pairs: list[tuple[str, Any]], indent: int | None, is_ascii: bool, is_repeated: bool
) -> None:
    members = [*CLAIMS.items(), *pairs] if is_repeated else list({**CLAIMS, **dict(pairs)}.items())
    text = ",".join(
        f"{json.dumps(name)}:{json.dumps(value, indent=indent, ensure_ascii=is_ascii)}"
        for name, value in members
    )
    token = signed(rs256(), b"{" + text.encode("utf-8", "surrogatepass") + b"}")
    if refusal(token) is None:
        assert VERIFIER.verify(token, NOW) == claims_of(json.loads("{" + text + "}"))


def test_the_later_rules_about_tokens_are_broken_here() -> None:
    rules = {rule for _, rule in HEADERS} | {rule for _, rule, _ in FLAWED}
    assert {rule.id for rule in LATER_RULES if rule.layer == "header"} <= rules
