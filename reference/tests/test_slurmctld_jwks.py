"""JWKS files and RS256 tokens in the model, as in the table of real daemons of 2026-11-29."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from slurm_jwt.slurmctld import Account, Keys, Settings, Users, load, predict, releases
from slurm_jwt.vocabulary import Accepted, DoesNotStart, Refused, Unknown

NOW = 1893456000
HS256_KEY = bytes(range(32))
USERS = Users((Account("alice", 2001, 2001),))
BOTH = Settings({"jwt_key": "/k", "jwks": "/etc/slurm/jwks.json"})
PRIVATE, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))
RELEASES = ("22.05", "24.11", "26.05")


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(private=PRIVATE, **members):
    public = private.public_key().public_numbers()
    key = {"kty": "RSA", "kid": "a", "alg": "RS256", "n": number(public.n), "e": number(public.e)}
    return {name: value for name, value in {**key, **members}.items() if value is not ...}


def jwks(*keys):
    return json.dumps({"keys": keys}).encode()


def token(private=PRIVATE, claims=None, **header):
    header = {
        name: value for name, value in {"alg": "RS256", "kid": "a", **header}.items() if value is not ...
    }
    claims = {"exp": NOW, "sun": "alice"} if claims is None else claims
    text = ".".join(b64(json.dumps(each).encode()) for each in (header, claims))
    return f"{text}.{b64(private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def verdict(release, text, data, settings=BOTH, key=HS256_KEY):
    return predict(text, key, release, NOW, USERS, settings, jwks=data).verdict


@pytest.mark.parametrize("release", RELEASES)
def test_a_token_of_a_loaded_key_is_accepted(release):
    assert verdict(release, token(), jwks(jwk())) == Accepted(2001, "alice")


@pytest.mark.parametrize("release", RELEASES)
def test_a_loaded_jwks_gives_the_same_verdict_as_its_bytes(release):
    keys = load(releases.parse(release), jwks(jwk()))
    assert isinstance(keys, Keys)
    assert verdict(release, token(), keys) == verdict(release, token(), jwks(jwk()))


@pytest.mark.parametrize("release", RELEASES)
def test_a_token_of_another_key_is_refused_with_two_lines(release):
    log = "error: failed to verify jwt, rc=22 | error: could not find matching kid or decode failed"
    assert verdict(release, token(OTHER), jwks(jwk())) == Refused(log)


@pytest.mark.parametrize("release", RELEASES)
def test_without_the_file_the_verdict_on_rs256_is_unknown(release):
    assert isinstance(verdict(release, token(), None), Unknown)


def test_a_file_that_ends_the_daemon_ends_it_for_every_token():
    ends = DoesNotStart("fatal: _build_jwks_keys: failed to load kid field")
    assert load(releases.parse("22.05"), jwks(jwk(kid=...))) == ends
    assert verdict("22.05", "x", jwks(jwk(kid=...))) == ends


ENDS_KID = DoesNotStart("fatal: _build_jwks_keys: failed to load kid field")
LOST = Refused("error: could not find matching kid or decode failed")
ALICE = Accepted(2001, "alice")


@pytest.mark.parametrize(
    ("release", "expected"),
    [("21.08", LOST), ("23.02.5", LOST), ("25.11", LOST), ("26.05.2", LOST), ("26.05.3", ALICE)],
)
def test_a_key_without_alg_verifies_from_26_05_3_on(release, expected):
    assert verdict(release, token(), jwks(jwk(alg=...))) == expected


@pytest.mark.parametrize(
    ("release", "expected"), [("21.08", LOST), ("22.05", LOST), ("23.02.0", ENDS_KID), ("25.11", ENDS_KID)]
)
def test_a_key_without_kid_and_alg_ends_the_daemon_from_23_02_on(release, expected):
    assert verdict(release, token(), jwks(jwk(alg=..., kid=...))) == expected


@pytest.mark.parametrize(("release", "starts"), [("22.05", True), ("23.11.0", True), ("23.11.1", False)])
def test_a_file_that_is_not_json_ends_the_daemon_from_23_11_1_on(release, starts):
    assert isinstance(verdict(release, token(), b"{"), Refused if starts else DoesNotStart)


@pytest.mark.parametrize(("release", "accepted"), [("23.02.5", False), ("23.02.6", True), ("22.05", True)])
def test_x5c_hides_n_and_e_up_to_23_02_5(release, accepted):
    assert isinstance(verdict(release, token(), jwks(jwk(x5c=["MIIB"]))), Accepted) is accepted


def test_2011_ignores_jwks():
    log = "error: slurm_auth_verify: jwt_decode failure"
    assert verdict("20.11", token(), b"{") == Refused(log)


def test_a_libjwt_without_its_decoder_crashes_slurm_up_to_25_11():
    assert verdict("25.11/libjwt2.1.2", token(), jwks(jwk())) == DoesNotStart(None)
    assert verdict("26.05/libjwt2.1.2", token(), jwks(jwk())) == ALICE


def test_a_url_ends_the_daemon():
    settings = Settings({"jwks": "https://idp.example/jwks"})
    log = "fatal: auth/jwt: cannot stat 'https://idp.example/jwks': No such file or directory"
    assert verdict("24.11", token(), jwks(jwk()), settings) == DoesNotStart(log)


def test_with_jwks_alone_the_key_need_not_be_given():
    alone = Settings({"jwks": "/jwks.json"})
    assert verdict("24.11", token(), jwks(jwk()), alone, key=None) == ALICE


def test_without_the_key_hs256_is_unknown():
    text = token(alg="HS256")
    assert isinstance(verdict("24.11", text, jwks(jwk()), key=None), Unknown)
