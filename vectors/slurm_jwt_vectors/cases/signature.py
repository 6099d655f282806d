"""The signature: HMAC-SHA256 over header, period and payload as they stand, compared whole."""

import base64
import hashlib
import hmac

from slurm_jwt_vectors.build import CLAIMS, HEADER, Judged, claims, encode, header, json_text, token
from slurm_jwt_vectors.edits import append, become, cut, flip
from slurm_jwt_vectors.keys import RANDOM32
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import PAGE_HS256, cve, jwa, jws, practice

_RULE = (jws("5.2"), jwa("3.2"), PAGE_HS256)
_INPUT = token().encoded().rpartition(b".")[0]


def _forged(data: bytes) -> Judged:
    """The usual token with other bytes for a signature."""
    return token().edit_mac(become(data)).invalid("signature.match", sources=_RULE)


def _mac(message: bytes) -> bytes:
    return hmac.new(RANDOM32, message, "sha256").digest()


def _swapped(part: int, text: bytes) -> Judged:
    """The usual token with one part replaced after signing."""
    parts = _INPUT.split(b".")
    parts[part] = encode(text)
    changed = b".".join(parts) + b"." + encode(_mac(_INPUT))
    return token().edit_token(become(changed)).invalid("signature.match", sources=_RULE)


@case
def empty() -> Judged:
    """alg HS256 and an empty signature."""
    return (
        token()
        .edit_mac(become(b""))
        .invalid("signature.match", sources=(*_RULE, practice("3.1"), cve("2020-28042")))
    )


@case
def one_byte() -> Judged:
    """Only the first byte of the signature."""
    return token().edit_mac(cut(1)).invalid("signature.match", sources=(*_RULE, cve("2020-28042")))


@case
def half() -> Judged:
    """Only the first 16 bytes: HMAC may be truncated in other protocols, not here."""
    return token().edit_mac(cut(16)).invalid("signature.match", sources=(*_RULE, "RFC 2104 5"))


@case
def one_byte_short() -> Judged:
    """The last byte is missing."""
    return token().edit_mac(cut(31)).invalid("signature.match", sources=_RULE)


@case
def one_byte_more() -> Judged:
    """A zero byte behind the right 32."""
    return token().edit_mac(append(b"\0")).invalid("signature.match", sources=_RULE)


@case
def twice() -> Judged:
    """The right signature twice."""
    return token().edit_mac(lambda mac: mac + mac).invalid("signature.match", sources=_RULE)


@case
def first_bit() -> Judged:
    """The first bit is wrong."""
    return token().edit_mac(flip(0)).invalid("signature.match", sources=_RULE)


@case
def middle_bit() -> Judged:
    """A bit in the middle is wrong."""
    return token().edit_mac(flip(128)).invalid("signature.match", sources=_RULE)


@case
def last_bit() -> Judged:
    """The last bit is wrong: it sits in the last character, before the spare bits."""
    return token().edit_mac(flip(255)).invalid("signature.match", sources=_RULE)


@case
def first_byte() -> Judged:
    """All but the first byte is right."""
    return (
        token()
        .edit_mac(lambda mac: bytes([mac[0] ^ 0xFF]) + mac[1:])
        .invalid("signature.match", sources=_RULE)
    )


@case
def right_first_half() -> Judged:
    """The first 16 bytes are right, the rest is zero."""
    return token().edit_mac(lambda mac: mac[:16] + bytes(16)).invalid("signature.match", sources=_RULE)


@case
def right_second_half() -> Judged:
    """The last 16 bytes are right, the rest is zero."""
    return token().edit_mac(lambda mac: bytes(16) + mac[16:]).invalid("signature.match", sources=_RULE)


@case
def right_up_to_nul() -> Judged:
    """A signature whose fifth byte is 0 (by an odd jti), right up to there: strcmp looks no further."""
    numbers = (n for n in range(100_000) if _mac_of_jti(n)[4] == 0)
    found = claims(jti=str(next(numbers)))
    return (
        token(claims=found)
        .edit_mac(lambda mac: mac[:5] + bytes(byte ^ 0xFF for byte in mac[5:]))
        .invalid("signature.match", sources=_RULE)
    )


def _mac_of_jti(number: int) -> bytes:
    body = json_text(claims(jti=str(number)))
    return _mac(encode(json_text(HEADER)) + b"." + encode(body))


@case
def reversed_() -> Judged:
    """The right bytes in reverse order."""
    return token().edit_mac(lambda mac: mac[::-1]).invalid("signature.match", sources=_RULE)


@case
def zeros() -> Judged:
    """32 zero bytes."""
    return _forged(bytes(32))


@case
def ones() -> Judged:
    """32 bytes 0xFF."""
    return _forged(b"\xff" * 32)


@case
def other_letter_case() -> Judged:
    """The signature's text with small and capital letters exchanged: base64 tells them apart."""
    changed = base64.urlsafe_b64encode(_mac(_INPUT)).swapcase()
    return _forged(base64.urlsafe_b64decode(changed))


@case
def other_letter_case_and_final_digit() -> Judged:
    """The same where the text ends in a digit (by an odd jti), so that no spare bit gives it away."""
    numbers = (n for n in range(100_000) if encode(_mac_of_jti(n))[-1:].isdigit())
    found = claims(jti=str(next(numbers)))
    return token(claims=found).edit_signature(bytes.swapcase).invalid("signature.match", sources=_RULE)


@case
def hex_of_mac() -> Judged:
    """The hex digits of the MAC, then base64url, as with PHP's hash_hmac without raw output."""
    return token().edit_mac(lambda mac: mac.hex().encode()).invalid("signature.match", sources=_RULE)


@case
def hex_instead_of_base64url() -> Judged:
    """The hex digits of the MAC where base64url belongs: they are base64url too, of other bytes."""
    return (
        token().edit_signature(become(_mac(_INPUT).hex().encode())).invalid("signature.match", sources=_RULE)
    )


@case
def base64_twice() -> Judged:
    """The MAC encoded twice."""
    return token().edit_mac(encode).invalid("signature.match", sources=_RULE)


@case
def sha1() -> Judged:
    """HMAC-SHA1 behind alg HS256."""
    return token().signed_with("sha1").invalid("signature.match", sources=_RULE)


@case
def sha224() -> Judged:
    """HMAC-SHA224 behind alg HS256."""
    return token().signed_with("sha224").invalid("signature.match", sources=_RULE)


@case
def sha384() -> Judged:
    """HMAC-SHA384 behind alg HS256."""
    return token().signed_with("sha384").invalid("signature.match", sources=_RULE)


@case
def sha512() -> Judged:
    """HMAC-SHA512 behind alg HS256."""
    return token().signed_with("sha512").invalid("signature.match", sources=_RULE)


@case
def sha512_cut() -> Judged:
    """The first 32 bytes of HMAC-SHA512 behind alg HS256: the right length of the wrong MAC."""
    return token().signed_with("sha512").edit_mac(cut(32)).invalid("signature.match", sources=_RULE)


@case
def sha3() -> Judged:
    """HMAC with SHA3-256 behind alg HS256."""
    return token().signed_with("sha3_256").invalid("signature.match", sources=_RULE)


table(
    __name__,
    _forged,
    (
        "plain_hash",
        "SHA-256 of the signing input, with no key at all: anybody can make it.",
        hashlib.sha256(_INPUT).digest(),
    ),
    (
        "hash_of_key_and_input",
        "SHA-256 of key and signing input: a MAC as people invent it, not HMAC.",
        hashlib.sha256(RANDOM32 + _INPUT).digest(),
    ),
    ("over_payload_alone", "The MAC of the payload alone.", _mac(_INPUT.split(b".")[1])),
    ("over_header_alone", "The MAC of the header alone.", _mac(_INPUT.split(b".")[0])),
    (
        "over_decoded_parts",
        "The MAC of header, period and payload before their encoding.",
        _mac(json_text(HEADER) + b"." + json_text(CLAIMS)),
    ),
    ("over_claims_text", "The MAC of the claims' JSON alone.", _mac(json_text(CLAIMS))),
    (
        "without_period",
        "The MAC of header and payload without the period between them.",
        _mac(_INPUT.replace(b".", b"")),
    ),
    (
        "with_newline",
        "The MAC of the signing input and a line feed, as `echo | openssl dgst` makes it.",
        _mac(_INPUT + b"\n"),
    ),
    (
        "payload_first",
        "The MAC of payload, period and header.",
        _mac(b".".join(reversed(_INPUT.split(b".")))),
    ),
    (
        "of_other_token",
        "The right signature of another token under the same key.",
        _mac(token(claims=claims(sun="bob")).encoded().rpartition(b".")[0]),
    ),
)


@case
def sun_changed() -> Judged:
    """alice's token with sun changed to root after signing."""
    return _swapped(1, json_text(claims(sun="root")))


@case
def exp_changed() -> Judged:
    """alice's token with exp put a second later after signing."""
    return _swapped(1, json_text(claims(exp=4102444801)))


@case
def claims_reformatted() -> Judged:
    """The same claims, written anew with blanks after signing, as a proxy that parses tokens may do."""
    return _swapped(1, json_text(CLAIMS).replace(b",", b", ").replace(b":", b": "))


@case
def header_reordered() -> Judged:
    """The same header, its members in another order after signing."""
    return _swapped(0, json_text({"typ": "JWT", "alg": "HS256"}))


@case
def kid_added() -> Judged:
    """A key id added to the header after signing."""
    return _swapped(0, json_text(header(kid="1")))
