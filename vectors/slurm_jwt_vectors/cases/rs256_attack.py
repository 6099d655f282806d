"""Attacks on a verifier with two algorithms: confusion of keys, keys in the header, broken signatures."""

from __future__ import annotations

import hashlib
from functools import partial

from slurm_jwt_vectors import pem, rsa
from slurm_jwt_vectors.build import Edit, Judged, Token, claims, encode, json_text, token
from slurm_jwt_vectors.edits import append, become, cut, flip, pad, prepend, spare_bit
from slurm_jwt_vectors.jwks import documents, jwk
from slurm_jwt_vectors.registry import add, case
from slurm_jwt_vectors.rs256 import header, rs256, with_jwks
from slurm_jwt_vectors.sources import LATER_ALG, LATER_JWKS, cve, jwa, jws, practice

_CONFUSION = (LATER_ALG, practice("2.1"), practice("3.1"), cve("2016-10555"))
_HEADER = (LATER_JWKS, practice("3.10"), jws("4.1"))
_SIGNATURE = (LATER_ALG, jwa("3.3"), "RFC 8017 8.2.2")


def _hs256(key: bytes, **members: object) -> Token:
    """An HS256 token that an attacker signs with bytes that anyone can read."""
    return with_jwks(token(header=header(alg="HS256", **members))).signed_by(key)


_JWKS = documents()["two"].bytes
_N = rsa.numbers("one").n.to_bytes(256, "big")
_PUBLIC_TEXTS = {
    "hs256_public_pem": ("the public PEM of key one", pem.PUBLIC),
    "hs256_public_pem_no_newline": ("the public PEM of key one without its last newline", pem.PUBLIC[:-1]),
    "hs256_jwks": ("the text of the JWKS", _JWKS),
    "hs256_jwk": ("the text of key one of the JWKS", json_text(jwk())),
    "hs256_modulus": ("the octets of n", _N),
    "hs256_modulus_text": ("the text of n", encode(_N)),
    "hs256_empty": ("no key", b""),
}
for _name, (_what, _key) in _PUBLIC_TEXTS.items():
    add(
        __name__,
        _name,
        f"HS256 signed with {_what}: anyone can make this token.",
        partial(lambda key: _hs256(key).invalid("signature.match", sources=_CONFUSION), _key),
    )


@case
def hs256_public_pem_no_kid() -> Judged:
    """HS256 signed with the public PEM of key one, without kid."""
    return _hs256(pem.PUBLIC, kid=...).invalid("signature.match", sources=_CONFUSION)


@case
def rs256_with_hmac() -> Judged:
    """RS256 in the header, and the HMAC of Slurm's key as the signature."""
    made = with_jwks(token(header=header()))
    return made.invalid("signature.match", sources=_CONFUSION)


@case
def hs256_with_rsa() -> Judged:
    """HS256 in the header, and the RSA signature of key one."""
    return rs256(alg="HS256").invalid("signature.match", sources=_CONFUSION)


_ALGS = {
    "none": ("The alg none, and no signature.", "none", become(b"")),
    "none_signed": ("The alg none, and the RS256 signature of key one.", "none", None),
    "none_case": ("The alg nOnE, and no signature.", "nOnE", become(b"")),
    "rs256_lower": ("The alg rs256: alg is case-sensitive.", "rs256", None),
    "rs384": ("The alg RS384, and an RS256 signature.", "RS384", None),
    "rs512": ("The alg RS512, and an RS256 signature.", "RS512", None),
    "ps256": ("The alg PS256, and an RS256 signature.", "PS256", None),
    "es256": ("The alg ES256, and 64 zero octets as the signature.", "ES256", become(bytes(64))),
    "hs384": ("The alg HS384, and an RS256 signature.", "HS384", None),
    "eddsa": ("The alg EdDSA, and an RS256 signature.", "EdDSA", None),
    "rsa1_5": ("The alg RSA1_5, which encrypts.", "RSA1_5", None),
    "alg_number": ("alg is the number 256.", 256, None),
}


def _of_alg(alg: object, edit: Edit | None) -> Judged:
    made = rs256(alg=alg)
    made = made if edit is None else made.edit_mac(edit)
    return made.invalid("alg.allowed", sources=(LATER_ALG, jws("4.1.1"), practice("3.1"), practice("3.2")))


for _name, (_purpose, _alg, _edit) in _ALGS.items():
    add(__name__, _name, _purpose, partial(_of_alg, _alg, _edit))


@case
def rs384_signed() -> Judged:
    """RS384 with its own signature by key one: the right key, another algorithm."""
    made = rs256(alg="RS384").signed_as(
        lambda data: rsa.signed("one", rsa.padded("one", data, rsa.SHA384, "sha384"))
    )
    return made.invalid("alg.allowed", sources=(LATER_ALG, practice("3.1")))


@case
def no_alg() -> Judged:
    """No alg, and the RS256 signature of the key that kid names."""
    return rs256(alg=...).invalid("alg.required", sources=(jws("4.1.1"), practice("3.1")))


_FOREIGN = jwk("large", kid="one")
_EMBEDDED = {
    "jwk": ("The signature is of the key in the header's jwk, not of the JWKS.", {"jwk": _FOREIGN}),
    "jku": (
        "jku names an attacker's JWKS, whose key signs.",
        {"jku": "https://attacker.example/jwks.json"},
    ),
    "x5u": ("x5u names an attacker's certificate.", {"x5u": "https://attacker.example/cert.pem"}),
    "x5c": ("x5c has an attacker's certificate.", {"x5c": ["MIIB"]}),
}
for _name, (_purpose, _members) in _EMBEDDED.items():
    add(
        __name__,
        f"header_{_name}",
        _purpose,
        partial(
            lambda members: rs256(signer="large", **members).invalid("signature.match", sources=_HEADER),
            _members,
        ),
    )


@case
def header_jwk_no_kid() -> Judged:
    """The signature is of the key in the header's jwk, and there is no kid."""
    why = "No kid, and no key of the JWKS signed the token."
    made = rs256(kid=..., signer="large", jwk=_FOREIGN)
    return made.invalid("kid.required", "signature.match", sources=(*_HEADER, cve("2018-0114")), why=why)


@case
def header_jku_unknown_kid() -> Judged:
    """jku names an attacker's JWKS, and kid a key of it."""
    made = rs256(kid="large", signer="large", jku="https://attacker.example/jwks.json")
    return made.invalid("kid.known", sources=_HEADER)


@case
def critical() -> Judged:
    """crit lists an extension that no Slurm token has."""
    made = rs256(crit=["exp"], exp=1)
    return made.invalid("crit.understood", sources=(jws("4.1.11"), practice("3.10")))


@case
def unencoded() -> Judged:
    """b64 is false: the payload would be outside the encoding."""
    why = "b64 needs crit, and crit lists what a verifier of Slurm tokens does not understand."
    made = rs256(b64=False, crit=["b64"])
    return made.invalid("crit.understood", "b64.absent", sources=("RFC 7797 6", jws("4.1.11")), why=why)


_SIZE = rsa.numbers("one").size
_OCTETS: dict[str, tuple[str, Edit]] = {
    "no_signature": ("RS256 and no signature.", become(b"")),
    "zero_signature": ("A signature of 256 zero octets.", become(bytes(_SIZE))),
    "one_signature": ("A signature of the number 1.", become(bytes(_SIZE - 1) + b"\1")),
    "first_bit": ("The first bit of the signature is flipped.", flip(0)),
    "last_bit": ("The last bit of the signature is flipped.", flip(8 * _SIZE - 1)),
    "short": ("The last octet of the signature is missing.", cut(_SIZE - 1)),
    "half": ("The signature has half of its octets.", cut(_SIZE // 2)),
    "zero_before": ("A zero octet is before the signature.", prepend(b"\0")),
    "zero_after": ("A zero octet is after the signature.", append(b"\0")),
    "twice": ("The signature comes twice.", lambda data: data + data),
    "modulus": ("The signature is the modulus itself.", become(_N)),
}
for _name, (_purpose, _edit) in _OCTETS.items():
    add(
        __name__,
        f"signature_{_name}",
        _purpose,
        partial(lambda edit: rs256().edit_mac(edit).invalid("signature.match", sources=_SIGNATURE), _edit),
    )


@case
def signature_padded() -> Judged:
    """The signature ends with the padding that RFC 7515 leaves out."""
    return rs256().edit_signature(pad).invalid("form.base64url", sources=(jws("2"),))


@case
def signature_spare_bit() -> Judged:
    """A bit that belongs to no octet of the signature is set."""
    why = "RFC 4648 3.5 lets a decoder refuse such bits, or ignore them."
    return rs256().edit_signature(spare_bit).either(why, "form.pad-bits", sources=("RFC 4648 3.5", jws("2")))


@case
def payload_changed() -> Judged:
    """The payload says root, and the signature is that of alice's token."""
    root = encode(json_text(claims(sun="root")))
    alice = encode(json_text(claims()))
    made = rs256().edit_token(lambda text: text.replace(alice, root))
    return made.invalid("signature.match", sources=_SIGNATURE)


def _message(edit: Edit, signer: str = "one", **changes: object) -> Token:
    return rs256(signer=signer).signed_as(
        lambda data: rsa.signed(signer, edit(rsa.padded(signer, data, **changes)))  # type: ignore[arg-type]
    )


def _without_digest_info(message: bytes) -> bytes:
    tail = message[-32:]
    return b"\0\1" + b"\xff" * (len(message) - 35) + b"\0" + tail


_NO_NULL = bytes.fromhex("302f300b06096086480165030402010420")
"""The prefix of a SHA-256 digest without the NULL of its parameters."""
_MESSAGES: dict[str, tuple[str, Edit]] = {
    "no_digest_info": ("The padded message has the hash without its algorithm.", _without_digest_info),
    "short_padding": (
        "The padding is eight octets long, and zero octets follow the hash.",
        lambda message: message[:10] + message[-52:] + bytes(len(message) - 62),
    ),
    "type_two": ("The padding is that of encryption.", lambda message: b"\0\2" + message[2:]),
    "padding_octet": (
        "An octet of the padding is not FF.",
        lambda message: message[:9] + b"\xfe" + message[10:],
    ),
    "no_null": (
        "The algorithm of the hash has no parameters.",
        lambda message: message[:2] + b"\xff\xff" + message[2:-51] + _NO_NULL + message[-32:],
    ),
}
for _name, (_purpose, _edit) in _MESSAGES.items():
    add(
        __name__,
        f"message_{_name}",
        _purpose,
        partial(
            lambda edit: _message(edit).invalid(
                "signature.match", sources=(*_SIGNATURE, "RFC 8017 9.2", cve("2006-4339"))
            ),
            _edit,
        ),
    )


@case
def message_sha1() -> Judged:
    """The message has the hash SHA-1 under the name of SHA-1."""
    sha1 = bytes.fromhex("3021300906052b0e03021a05000414")
    made = rs256().signed_as(lambda data: rsa.signed("one", rsa.padded("one", data, sha1, "sha1")))
    return made.invalid("signature.match", sources=(*_SIGNATURE, practice("3.2")))


@case
def message_sha384() -> Judged:
    """RS256 in the header, and the signature of RS384."""
    made = rs256().signed_as(lambda data: rsa.signed("one", rsa.padded("one", data, rsa.SHA384, "sha384")))
    return made.invalid("signature.match", sources=_SIGNATURE)


@case
def forged_with_exponent_three() -> Judged:
    """No key made this signature: it is a cube root whose cube begins as the right message does."""
    size = rsa.numbers("exponent3").size

    def forged(data: bytes) -> bytes:
        start = b"\0\1" + b"\xff" * 8 + b"\0" + rsa.SHA256 + hashlib.sha256(data).digest()
        root = _cube_root(int.from_bytes(start + b"\xff" * (size - len(start)), "big"))
        return root.to_bytes(size, "big")

    why = "The key's exponent of 3 is a choice; the signature is not a signature."
    made = rs256(jwks="e-three", kid="two").signed_as(forged)
    return made.invalid("jwks.limits", "signature.match", sources=(*_SIGNATURE, cve("2006-4339")), why=why)


def _cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low
