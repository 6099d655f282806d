"""JWKS files and RS256 tokens: what real plugins do, as measured on 2026-11-29, and the model with them."""

import hmac
import json

import pytest
from cryptography.hazmat.primitives import serialization

from slurm_jwt.slurmctld import Settings, load, parse_passwd, predict, releases
from slurm_jwt.vocabulary import DoesNotStart
from slurm_jwt_conformance.lab.errors import PluginEnded
from slurm_jwt_conformance.lab.fuzz.jwks_files import rsa_keys
from slurm_jwt_conformance.lab.plugin.oracle import Judgement, PluginOracle
from slurm_jwt_conformance.lab.sandbox import accounts
from support.rs256 import LEFT_OUT, NOW, b64, jwk, jwks, number, private_key, text_of, token
from support.slurm import require_release

pytestmark = pytest.mark.slurm

KEY = bytes(range(32))
USERS = parse_passwd(accounts.passwd())
RELEASES = ("22.05", "24.11", "26.05")
GOOD = jwk()
EC = {"kty": "EC", "kid": "e", "crv": "P-256", "x": "AAAA", "y": "AAAA"}
OCT = {"kty": "oct", "kid": "o", "k": "AAAA"}
NO_MATCH = "error: could not find matching kid or decode failed"
WRONG = f"error: failed to verify jwt, rc=22 | {NO_MATCH}"
ACCEPTED, LOST = Judgement(True, 2001), Judgement(False, log=NO_MATCH)


def missing(field):
    return f"fatal: _build_jwks_keys: failed to load {field} field"


def same(outcome):
    return (outcome, outcome, outcome)


def refused(reason):
    old = Judgement(False, log=f"error: auth_p_verify: {reason}")
    return (old, old, Judgement(False, log=f"error: cred_verify: {reason}"))


def not_a_list(kind, address):
    old = Judgement(
        False, log=f"error: data_list_for_each: for each attempted on non-list object {address} | {NO_MATCH}"
    )
    new = Judgement(
        False, log=f"error: data_list_for_each: for each attempted on non-list {kind}{address} | {NO_MATCH}"
    )
    return (old, new, new)


NOT_JSON = (
    Judgement(False, log="error: auth_p_verify: no jwks file loaded, cannot decode RS256 keys"),
    "fatal: _init_jwks: failed to deserialize jwks file `jwks.json`",
    "fatal: init_jwks: failed to deserialize jwks file `jwks.json`",
)
NO_FILE = same("fatal: auth/jwt: Could not load key file (jwks.json)")
CRASH = None
BAD_BASE64 = "fatal: xbase64_decode() failed to decode key material"
PRIVATE = number(private_key().private_numbers().d)
FILES = {
    "one key": (jwks(GOOD), same(ACCEPTED)),
    "several keys": (jwks(jwk(private_key(1), kid="b"), GOOD), same(ACCEPTED)),
    "use, other members, private d": (jwks(jwk(use="sig", foo={"a": [1]}, d=PRIVATE)), same(ACCEPTED)),
    "other algorithms beside it": (
        jwks({**EC, "alg": "ES256"}, {**OCT, "alg": "HS256"}, jwk(kid="r", alg="RSA-OAEP"), GOOD),
        same(ACCEPTED),
    ),
    "x5c beside n and e": (jwks(jwk(x5c=["MIIB"])), same(ACCEPTED)),
    "alg in lower case": (jwks(jwk(alg="rs256")), same(ACCEPTED)),
    "a BOM": (b"\xef\xbb\xbf" + jwks(GOOD), NOT_JSON),
    "text behind the end": (jwks(GOOD) + b" x", same(ACCEPTED)),
    "a comment and single quotes": (b"/**/" + jwks(GOOD).replace(b'"', b"'"), same(ACCEPTED)),
    "no alg": (jwks(jwk(alg=LEFT_OUT)), (LOST, LOST, ACCEPTED)),
    "alg null": (jwks(jwk(alg=None)), same(LOST)),
    "no kid": (jwks(jwk(kid=LEFT_OUT)), same(missing("kid"))),
    "no kid and no alg": (jwks(jwk(kid=LEFT_OUT, alg=LEFT_OUT)), (LOST, missing("kid"), missing("kid"))),
    "EC without alg": (jwks(EC, GOOD), (ACCEPTED, missing("e"), ACCEPTED)),
    "oct without alg": (jwks(OCT, GOOD), (ACCEPTED, missing("e"), ACCEPTED)),
    "no kty": (jwks(jwk(kty=LEFT_OUT)), (ACCEPTED, ACCEPTED, LOST)),
    "kty in lower case": (jwks(jwk(kty="rsa")), (ACCEPTED, ACCEPTED, LOST)),
    "x5c only": (jwks(jwk(x5c=["MIIB"], n=LEFT_OUT, e=LEFT_OUT)), same(missing("e"))),
    "no n": (jwks(jwk(n=LEFT_OUT)), same(missing("n"))),
    "an empty file": (b"", NO_FILE),
    "not JSON": (b"{", NOT_JSON),
    "null": (b"null", NOT_JSON),
    "a bare array": (json.dumps([GOOD]).encode(), not_a_list("INVALID", "(0x0)")),
    "a single JWK": (json.dumps(GOOD).encode(), not_a_list("INVALID", "(0x0)")),
    "an empty object": (b"{}", not_a_list("INVALID", "(0x0)")),
    "keys null": (b'{"keys": null}', not_a_list("string", "(0x...)")),
    "keys an object": (b'{"keys": {"a": 1}}', not_a_list("dictionary", "(0x...)")),
    "no keys": (jwks(), same(LOST)),
    "RS384": (jwks(jwk(alg="RS384")), same(LOST)),
    "PS256": (jwks(jwk(alg="PS256")), same(LOST)),
    "the right kid second": (jwks(jwk(private_key(1)), GOOD), same(Judgement(False, log=WRONG))),
    "the right kid first": (jwks(GOOD, jwk(private_key(1))), same(ACCEPTED)),
    "a key that is not an object": (jwks("x", GOOD), (ACCEPTED, missing("kid"), missing("kid"))),
    "kid a list": (jwks(jwk(kid=[])), (LOST, missing("kid"), missing("kid"))),
    "n a list": (jwks(jwk(n=[])), (CRASH, missing("n"), missing("n"))),
    "n empty": (jwks(jwk(n="")), (CRASH, CRASH, BAD_BASE64)),
    "n null": (jwks(jwk(n=None)), (CRASH, CRASH, BAD_BASE64)),
    "n with padding": (jwks(jwk(n=GOOD["n"] + "==")), same(ACCEPTED)),
    "n in base64": (jwks(jwk(n=GOOD["n"].replace("-", "+").replace("_", "/"))), same(ACCEPTED)),
    "n with a foreign character": (jwks(jwk(n=GOOD["n"] + "!")), (ACCEPTED, ACCEPTED, BAD_BASE64)),
    "n with leading zeros": (
        jwks(jwk(n=number(private_key().public_key().public_numbers().n, 259))),
        same(ACCEPTED),
    ),
    "e a number": (jwks(jwk(e=65537)), (Judgement(False, log=WRONG),) * 2 + (BAD_BASE64,)),
    "the last of two members counts": (
        jwks(GOOD).replace(b'"kid": "a"', b'"kid": "b", "kid": "a"'),
        same(ACCEPTED),
    ),
    "31 levels": (jwks(GOOD)[:-1] + b', "x": ' + b"[" * 31 + b"]" * 31 + b"}", same(ACCEPTED)),
    "32 levels": (jwks(GOOD)[:-1] + b', "x": ' + b"[" * 32 + b"]" * 32 + b"}", NOT_JSON),
}


def settings(*parameters):
    return Settings({"jwt_key": "/k", "jwks": "/jwks.json", **dict(parameters)}, accounts.SLURM_USER)


def start(release, data):
    """Return a plugin's verdict on a good token; if it ends instead, its fatal line, None for a crash."""
    try:
        with PluginOracle(require_release(release), KEY, now=NOW, jwks=data) as oracle:
            return oracle.judge([(token(), None)])[0]
    except PluginEnded as ended:
        return ended.line


def model(release, text, data, parameters=(), key=KEY):
    told = predict(text, key, release, NOW, USERS, settings(*parameters), jwks=data)
    return (
        told.log if isinstance(told.verdict, DoesNotStart) else Judgement(told.accepted, told.uid, told.log)
    )


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", FILES)
def test_a_file_does_what_was_measured(name, release):
    data, outcomes = FILES[name]
    expected = outcomes[RELEASES.index(release)]
    assert start(release, data) == expected
    assert model(release, token(), data) == expected


HS256 = text_of({"exp": NOW, "sun": "alice"}, {"alg": "HS256", "kid": "a"}).encode()
PEM = (
    private_key()
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
)


def hs256(key):
    return HS256 + b"." + b64(hmac.digest(key, HS256, "sha256")).encode()


def algorithm(name, old=None):
    """Return the row of a token of this algorithm; `old` is what libjwt 1.10 does with it."""
    lines = refused(f"no support for alg={name}")
    return token(alg=name), (old or lines[0], *lines[1:])


def claims(**members):
    return token(claims={"exp": NOW, **members})


INITIAL = Judgement(False, log="error: auth_p_verify: initial jwt_decode failure: Invalid argument")
NO_GRANT = (
    *refused("jwt_get_grant failure")[:2],
    Judgement(False, log="error: _handle_username: jwt_get_grant failure"),
)
DECODE = refused("jwt_decode failure: Invalid argument")
TOKENS = {
    "right": (token(), same(ACCEPTED)),
    "aud a list": (claims(sun="alice", aud=["a", "b"]), same(ACCEPTED)),
    "typ at+jwt": (token(typ="at+jwt"), (INITIAL, ACCEPTED, ACCEPTED)),
    "no kid": (token(kid=LEFT_OUT), refused("no kid in credential")),
    "kid a number": (token(kid=7), refused("no kid in credential")),
    "kid unknown": (token(kid="b"), same(LOST)),
    "kid in other case": (token(kid="A"), same(LOST)),
    "kid empty": (token(kid=""), same(LOST)),
    "signed by another key": (token(private_key(1)), same(Judgement(False, log=WRONG))),
    "alg rs256": (token(alg="rs256"), (ACCEPTED, INITIAL, Judgement(False, log=WRONG))),
    "RS384": algorithm("RS384"),
    "ES256": algorithm("ES256"),
    "PS256": algorithm("PS256", INITIAL),
    "HS256 with Slurm's key": (hs256(KEY), same(ACCEPTED)),
    "HS256 with the public key": (hs256(PEM), DECODE),
    "expired": (token(claims={"exp": NOW - 1, "sun": "alice"}), refused("token expired")),
    "exp a fraction": (token(claims={"exp": NOW + 0.5, "sun": "alice"}), refused("token expired")),
    "username": (claims(username="alice"), same(ACCEPTED)),
    "preferred_username": (claims(preferred_username="alice"), NO_GRANT),
    "a character behind the signature": (token() + b"!", same(ACCEPTED)),
    "a signature one byte longer": (token() + b"AA", same(Judgement(False, log=WRONG))),
    "no signature": (token().rpartition(b".")[0] + b".", same(Judgement(False, log=WRONG))),
}


@pytest.mark.parametrize("release", RELEASES)
def test_a_token_gets_the_verdict_that_was_measured(release):
    with PluginOracle(require_release(release), KEY, now=NOW, jwks=jwks(GOOD)) as oracle:
        answers = oracle.judge([(text, None) for text, _ in TOKENS.values()])
    expected = {name: outcomes[RELEASES.index(release)] for name, (_, outcomes) in TOKENS.items()}
    assert dict(zip(TOKENS, answers, strict=True)) == expected
    assert {name: model(release, text, jwks(GOOD)) for name, (text, _) in TOKENS.items()} == expected


@pytest.mark.parametrize("release", RELEASES)
def test_without_jwt_key_hs256_is_refused(release):
    with PluginOracle(require_release(release), None, now=NOW, jwks=jwks(GOOD)) as oracle:
        answers = oracle.judge([(hs256(KEY), None), (token(), None)])
    expected = refused("no key file loaded, cannot decode HS256 keys")[RELEASES.index(release)]
    assert answers == [expected, ACCEPTED]
    alone = Settings({"jwks": "/jwks.json"}, accounts.SLURM_USER)
    told = predict(hs256(KEY), None, release, NOW, USERS, alone, jwks=jwks(GOOD))
    assert Judgement(told.accepted, told.uid, told.log) == expected


def test_2011_ignores_jwks():
    with PluginOracle(require_release("20.11"), KEY, now=NOW, jwks=b"{") as oracle:
        answers = oracle.judge([(hs256(KEY), None), (token(), None)])
    refusal = Judgement(False, log="error: slurm_auth_verify: jwt_decode failure")
    assert answers == [ACCEPTED, refusal]
    assert [model("20.11", text, b"{") for text in (hs256(KEY), token())] == answers


@pytest.mark.parametrize("release", RELEASES[1:])
def test_the_user_of_a_sub_is_root_daemon_or_nobody(release):
    subjects = {"0": 0, "1": 1, "6f1c0f3e-9d5b-4a43-9a6c-1e4d6ed1a111": 99}
    field = ("userclaimfield", "sub")
    with PluginOracle(
        require_release(release), KEY, now=NOW, jwks=jwks(GOOD), parameters=("=".join(field),)
    ) as oracle:
        answers = oracle.judge([(claims(sub=each), None) for each in subjects])
    assert [answer.uid for answer in answers] == list(subjects.values())
    assert [model(release, claims(sub=each), jwks(GOOD), [field]) for each in subjects] == answers


ODD_KEYS = {f"{key.n.bit_length()} bits, e {key.e}": (key.n, key.e, key.sign) for key in rsa_keys()}


def odd_token(sign):
    text = text_of({"exp": NOW, "sun": "alice"}, {"alg": "RS256", "kid": "a"}).encode()
    return text + b"." + b64(sign(text)).encode()


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", ODD_KEYS)
def test_keys_of_odd_sizes_and_exponents_verify_alike(name, release):
    n, e, sign = ODD_KEYS[name]
    texts = [
        odd_token(sign),
        odd_token(lambda text: b"\0" + sign(text)),
        odd_token(lambda text: sign(text)[1:]),
    ]
    for modulus in (n, n + 1, n >> 8):
        data = jwks(jwk(n=number(modulus), e=number(e)))
        with PluginOracle(require_release(release), KEY, now=NOW, jwks=data) as oracle:
            answers = oracle.judge([(text, None) for text in texts])
        assert [model(release, text, data) for text in texts] == answers
        assert answers[0].accepted is (modulus == n)
        assert answers[1:] == [Judgement(False, log=WRONG)] * 2


def test_a_loaded_jwks_can_be_used_again():
    loaded = load(releases.parse("24.11"), jwks(GOOD))
    assert model("24.11", token(), loaded) == ACCEPTED
