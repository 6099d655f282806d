"""Every built-in adapter, as verifier and as issuer, on the tokens about which nobody disputes."""

import base64
import hmac
import json

import pytest

from slurm_jwt import Issuer, Verifier, write_jwks
from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.adapters import IssueRequest, VerifyRequest, registry
from slurm_jwt_conformance.adapters.smoke import smoke
from slurm_jwt_conformance.harness import batch
from slurm_jwt_vectors import pem

pytestmark = pytest.mark.program

NOW = 1_893_456_000
KEY = bytes(range(31)) + b"\n"
CLAIMS = {"exp": NOW + 1800, "iat": NOW, "sun": "alice"}
ONE, TWO = pem.PKCS1, pem.PKCS8
JWKS = write_jwks({"one": ONE, "two": TWO})
CAREFUL = [name for name in registry.library_ids() if not name.endswith(":defaults")]


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def token(claims=CLAIMS, header=None, key=KEY):
    signed = part(header or {"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    mac = base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=")
    return signed + b"." + mac


def without(name):
    return {claim: value for claim, value in CLAIMS.items() if claim != name}


@pytest.fixture(scope="module")
def participants():
    with batch.lineup(registry.library_ids()) as there:
        assert not there.absent
        yield there.present


def ask(participant, *questions):
    requests = [VerifyRequest(str(i), bad, KEY, now) for i, (bad, now) in enumerate(questions)]
    return [(answer.outcome, answer.user) for answer in participant.verify(requests)]


@pytest.mark.parametrize("name", registry.library_ids())
def test_a_good_token_is_accepted_for_its_user(participants, name):
    assert ask(participants[name], (token(), NOW)) == [("accept", "alice")]


@pytest.mark.parametrize("name", registry.library_ids())
def test_forgeries_are_refused(participants, name):
    forged = [
        token(key=bytes(32)),
        token()[:-5] + b"AAAAA",
        token().rpartition(b".")[0] + b".",
        token(header={"alg": "none"}),
        part({"alg": "none"}) + b"." + part(CLAIMS) + b".",
        b"garbage",
    ]
    answers = ask(participants[name], *((bad, NOW) for bad in forged))
    assert "accept" not in {outcome for outcome, _ in answers}


@pytest.mark.parametrize("name", registry.library_ids())
def test_the_clock_is_the_one_that_is_asked_for(participants, name):
    said = participants[name].describe()
    soon, late, years_ago = NOW + 1799, NOW + 1900, NOW - 10
    expected = "accept" if "exp.unexpired" in said.not_checked else "reject"
    answers = ask(participants[name], (token(), soon), (token(), late), (token(), soon))
    assert [outcome for outcome, _ in answers] == ["accept", expected, "accept"]
    early = token({**CLAIMS, "iat": 1, "nbf": NOW})
    expected = "accept" if "nbf.reached" in said.not_checked else "reject"
    if name != "jwcrypto:defaults":  # its leeway is a minute
        assert ask(participants[name], (early, years_ago))[0][0] == expected


@pytest.mark.parametrize("name", CAREFUL)
@pytest.mark.parametrize("claim", ["exp", "iat", "sun"])
def test_careful_users_miss_what_slurm_requires(participants, name, claim):
    unable = f"{claim}.required" in participants[name].describe().not_checked
    assert ask(participants[name], (token(without(claim)), NOW))[0][0] == ("accept" if unable else "reject")


@pytest.mark.parametrize("name", registry.library_ids())
def test_what_an_adapter_declares_not_to_check_is_in_the_catalogue_and_named_once(participants, name):
    said = participants[name].describe()
    assert set(said.not_checked) <= set(BY_ID)
    assert len(set(said.not_checked)) == len(said.not_checked)


def test_only_defaults_leave_out_the_signature_algorithm_and_nobody_the_signature(participants):
    for name, participant in participants.items():
        missing = set(participant.describe().not_checked)
        assert "signature.match" not in missing
        assert not name.endswith(":careful") or "alg.hs256" not in missing


@pytest.mark.parametrize("name", registry.library_ids())
def test_an_issuer_signs_exactly_the_claims(participants, name):
    (answer,) = participants[name].issue([IssueRequest("a", CLAIMS, KEY, NOW)])
    signed, _, mac = answer.token.encode().rpartition(b".")
    header, claims = (json.loads(base64.urlsafe_b64decode(text + b"==")) for text in signed.split(b"."))
    assert claims == CLAIMS
    assert all(type(claims[name]) is int for name in ("exp", "iat"))
    assert header["alg"] == "HS256"
    assert base64.urlsafe_b64decode(mac + b"=") == hmac.digest(KEY, signed, "sha256")


@pytest.mark.parametrize("name", registry.library_ids())
def test_every_adapter_passes_the_smoke_test(participants, name):
    assert not any(smoke(participants[name], NOW))


@pytest.mark.parametrize("name", registry.library_ids())
def test_the_report_can_show_every_adapters_source(name):
    assert "def verify(" in registry.source(name)


@pytest.mark.parametrize("name", registry.library_ids())
def test_a_token_that_is_no_text_is_never_accepted(participants, name):
    answers = ask(participants[name], (b"\xff\xfe." + token(), NOW), (token() + b"\x80", NOW))
    assert {outcome for outcome, _ in answers} <= {"reject", "unsupported", "crash"}


@pytest.mark.parametrize("name", registry.library_ids())
def test_no_error_shows_key_or_token(participants, name):
    shapes = [b"", b"k", KEY, b"-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n", KEY.hex().encode()]
    tokens = [token(), token() + b".", b'{"alg":"HS256"}', token(header={"alg": "RS256"}), b"%" * 40]
    pairs = [(key, text) for key in shapes for text in tokens]
    requests = [VerifyRequest(str(i), text, key, NOW) for i, (key, text) in enumerate(pairs)]
    for answer in participants[name].verify(requests):
        text = pairs[int(answer.id)][1]
        error = answer.error or ""
        assert error.isprintable()
        assert text.decode() not in error
        for piece in (token()[40:60].decode(), "MIIEowIBAAKCAQEA", KEY.hex(), KEY.hex()[:20]):
            assert piece not in error


def rs256(kid="one", private=ONE):
    return Issuer(rsa=private, kid=kid).issue("alice", 1800, NOW).encode()


def ask_jwks(participant, *tokens, key=None, jwks=JWKS):
    requests = [VerifyRequest(str(i), text, key, NOW, jwks) for i, text in enumerate(tokens)]
    return [(answer.outcome, answer.user) for answer in participant.verify(requests)]


@pytest.mark.parametrize("name", registry.library_ids())
def test_rs256_tokens_of_each_key_of_a_jwks_are_accepted(participants, name):
    assert "RS256" in participants[name].describe().algorithms
    answers = ask_jwks(participants[name], rs256(), rs256("two", TWO))
    assert answers == [("accept", "alice")] * 2


@pytest.mark.parametrize("name", registry.library_ids())
def test_a_key_of_hs256_and_a_jwks_each_verify_their_own_tokens(participants, name):
    assert ask_jwks(participants[name], rs256(), token(), key=KEY) == [("accept", "alice")] * 2


@pytest.mark.parametrize("name", registry.library_ids())
@pytest.mark.parametrize("key", [None, KEY], ids=["jwks", "both"])
def test_rs256_forgeries_are_refused(participants, name, key):
    good = rs256()
    foreign = Issuer(rsa=TWO, kid="foreign")
    forged = [
        token(key=pem.PUBLIC),  # HS256 with the public key: RFC 8725 2.1
        token(key=JWKS),
        good[:-8] + b"AAAAAAAA",
        good.rpartition(b".")[0] + b".",
        part({"alg": "none", "kid": "one"}) + b"." + part(CLAIMS) + b".",
        foreign.issue("alice", 1800, NOW).encode(),
        b"garbage",
    ]
    jwks = write_jwks({"one": ONE})
    answers = ask_jwks(participants[name], *forged, key=key, jwks=jwks)
    assert {outcome for outcome, _ in answers} <= {"reject", "crash"}
    assert answers[-2][0] == "reject"


@pytest.mark.parametrize("name", registry.library_ids())
def test_a_kid_selects_its_key_unless_the_adapter_declares_otherwise(participants, name):
    declared = "kid.known" in participants[name].describe().not_checked
    answers = ask_jwks(participants[name], rs256("two", ONE), rs256("three", ONE))
    assert [outcome for outcome, _ in answers] == ["accept" if declared else "reject"] * 2


@pytest.mark.parametrize("name", registry.library_ids())
def test_an_issuer_of_rs256_signs_exactly_the_claims_and_names_the_key(participants, name):
    (answer,) = participants[name].issue([IssueRequest("a", CLAIMS, None, NOW, ONE, "one")])
    header, claims, _ = (base64.urlsafe_b64decode(text + "==") for text in answer.token.split("."))
    assert json.loads(claims) == CLAIMS
    assert json.loads(header) == {**json.loads(header), "alg": "RS256", "kid": "one"}
    assert Verifier(jwks=write_jwks({"one": ONE})).verify(answer.token, now=NOW).sun == "alice"


@pytest.mark.parametrize("name", registry.library_ids())
def test_a_jwks_that_no_library_can_read_is_refused(participants, name):
    for jwks in (b"no JSON", b"\xff", b'{"keys":[]}'):
        assert ask_jwks(participants[name], rs256(), jwks=jwks) == [("reject", None)], jwks


@pytest.mark.parametrize("name", registry.library_ids())
def test_no_error_shows_a_private_rsa_key(participants, name):
    body = ONE.decode().split("\n")[3]
    bad = ONE.replace(body[:8].encode(), b"AAAAAAAA")
    for private in (bad, ONE[:-40], b"x" + ONE, b"garbage"):
        (answer,) = participants[name].issue([IssueRequest("a", CLAIMS, None, NOW, private, "one")])
        assert body[10:30] not in (answer.error or "")
