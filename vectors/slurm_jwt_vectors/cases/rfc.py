"""The examples that the RFCs print: their keys and tokens, judged as Slurm tokens.

None was made for Slurm, so most lack its claims, or hold no claims at all. Each key also signs
a token of alice's, so that a verifier that refuses an example must not refuse the key.
"""

from slurm_jwt_vectors.build import Judged, Token, token
from slurm_jwt_vectors.edits import become
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_IAT, PAGE_KEY, PAGE_SUN, jwa, jws, jwt

A1_HEADER = b'{"typ":"JWT",\r\n "alg":"HS256"}'
A1_CLAIMS = b'{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
TRAVEL = (
    "It\u2019s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't "
    "keep your feet, there\u2019s no knowing where you might be swept off to."
).encode()
_COOKBOOK_HEADER = b'{"alg":"HS256","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037"}'
_SUN_AND_IAT = "It was made without sun and iat, and it expired in 2011."


def _a1(payload: bytes = A1_CLAIMS, header: bytes = A1_HEADER) -> Token:
    return token(header=header, claims=payload, key="rfc7515-a1").acting_as(None)


def _cookbook() -> Token:
    return token(header=_COOKBOOK_HEADER, claims=TRAVEL, key="rfc7520-4-4").acting_as(None)


def _json(made: Token, form: str) -> Judged:
    """A token in a JSON serialization; `form` has a place for each of its three parts."""
    header, payload, signature = made.encoded().decode().split(".")
    text = form % {"protected": header, "payload": payload, "signature": signature}
    return made.edit_token(become(text.encode())).invalid(
        "form.compact", sources=("RFC 7520 4.4.3", jwt("1")), twin="rfc.r7520-4-4-key"
    )


@case
def r7515_a1_key() -> Judged:
    """A usual token under the key of RFC 7515 A.1."""
    return token(key="rfc7515-a1").valid(sources=(jws("A.1"), PAGE_KEY))


@case
def r7515_a1() -> Judged:
    """The JWS of RFC 7515 A.1, which is the JWT of RFC 7519 3.1."""
    return _a1().invalid(
        "sun.required",
        "iat.required",
        "exp.unexpired",
        sources=(jws("A.1"), jwt("3.1"), PAGE_SUN, PAGE_IAT),
        why=_SUN_AND_IAT,
        twin="rfc.r7515-a1-key",
    )


@case
def r7515_a5() -> Judged:
    """The unsecured JWS of RFC 7515 A.5, which is the JWT of RFC 7519 6.1."""
    return (
        _a1(header=b'{"alg":"none"}')
        .edit_signature(become(b""))
        .invalid(
            "alg.hs256",
            "sun.required",
            "iat.required",
            "exp.unexpired",
            sources=(jws("A.5"), jwt("6.1"), jwa("3.6")),
            why=f"alg is none. {_SUN_AND_IAT}",
            twin="rfc.r7515-a1-key",
        )
    )


@case
def r7515_e() -> Judged:
    """The JWS of RFC 7515 E, which every verifier must refuse: crit names what nobody defined."""
    header = (
        b'{"alg":"none",\r\n "crit":["http://example.com/UNDEFINED"],'
        b'\r\n "http://example.com/UNDEFINED":true\r\n}'
    )
    return (
        _a1(b"FAIL", header)
        .edit_signature(become(b""))
        .invalid(
            "alg.hs256",
            "crit.understood",
            "claims.json",
            sources=(jws("E"), jws("4.1.11")),
            why="alg is none, crit names an unknown extension, and the payload is the word FAIL.",
            twin="rfc.r7515-a1-key",
        )
    )


@case
def r7797_4_1() -> Judged:
    """The control of RFC 7797 4.1: a good signature over the text $.02."""
    return _a1(b"$.02", b'{"alg":"HS256"}').invalid(
        "claims.json", sources=("RFC 7797 4.1", jwt("7.2")), twin="rfc.r7515-a1-key"
    )


@case
def r7797_4_2() -> Judged:
    """The detached JWS of RFC 7797 4.2: b64 false, and a signature over a text that is not in it."""
    return (
        _a1(b"$.02", b'{"alg":"HS256","b64":false,"crit":["b64"]}')
        .edit_payload(become(b"$.02"))
        .edit_token(lambda text: text.replace(b".$.02.", b".."))
        .invalid(
            "crit.understood",
            "b64.absent",
            "signature.match",
            "claims.json",
            sources=("RFC 7797 4.2", "RFC 7797 7", jws("4.1.11")),
            why="The payload is elsewhere: what is here is empty, and another text was signed.",
            twin="rfc.r7515-a1-key",
        )
    )


@case
def r7520_4_4_key() -> Judged:
    """A usual token under the key of RFC 7520 3.5, with which 4.4 signs."""
    return token(key="rfc7520-4-4").valid(sources=("RFC 7520 3.5", PAGE_KEY))


@case
def r7520_4_4() -> Judged:
    """The compact JWS of RFC 7520 4.4: a good signature over a sentence, no claims."""
    return _cookbook().invalid(
        "claims.json", sources=("RFC 7520 4.4.3", jwt("7.2")), twin="rfc.r7520-4-4-key"
    )


@case
def r7520_4_4_flattened() -> Judged:
    """The same JWS in the flattened JSON serialization."""
    return _json(
        _cookbook(), '{"payload":"%(payload)s","protected":"%(protected)s","signature":"%(signature)s"}'
    )


@case
def r7520_4_4_general() -> Judged:
    """The same JWS in the general JSON serialization."""
    return _json(
        _cookbook(),
        '{"payload":"%(payload)s","signatures":[{"protected":"%(protected)s","signature":"%(signature)s"}]}',
    )


@case
def r7520_4_5() -> Judged:
    """The detached JWS of RFC 7520 4.5: header and signature of 4.4 with nothing between."""
    return (
        _cookbook()
        .edit_token(lambda text: b"..".join((text.split(b".")[0], text.split(b".")[2])))
        .invalid(
            "signature.match",
            "claims.json",
            sources=("RFC 7520 4.5", jws("F"), jwt("7.2")),
            why="The payload is elsewhere: what is here is empty, and another text was signed.",
            twin="rfc.r7520-4-4-key",
        )
    )
