"""The encoding of each part: base64url without padding, white space or foreign characters.

Header and payload are signed as they stand here, so the encoding is the only fault.
"""

from slurm_jwt_vectors.build import HEADER, Judged, Token, claims, header, json_text, token
from slurm_jwt_vectors.edits import (
    ALPHABET,
    append,
    cut,
    insert,
    pad,
    prepend,
    spare_bit,
    standard_alphabet,
    swap,
)
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import base64, issue, jws, wycheproof

_RULE = (jws("2"), jws("5.2"), base64("5"))
_CHOICE = "RFC 4648 3.5 lets a decoder refuse non-zero pad bits, and does not make it."
_AFTER = "The text was changed after signing, so the signature is over other text."
_SPACED = json_text(HEADER)[:-1] + b" }"
_TILDES = "???~~~"
"""Its base64url holds - and _, wherever it starts."""


def _spaced() -> Token:
    """A header of 28 bytes: its base64url ends with a character that has spare bits."""
    return token(header=_SPACED)


@case
def header_spare_bits_zero() -> Judged:
    """A header whose last character has four spare bits, all zero."""
    return _spaced().valid(sources=(base64("3.5"), jws("2")))


@case
def header_spare_bit_set() -> Judged:
    """A spare bit of the header's last character is set."""
    return (
        _spaced()
        .edit_header(spare_bit)
        .either(_CHOICE, "form.pad-bits", sources=(base64("3.5"),), twin="base64url.header-spare-bits-zero")
    )


@case
def payload_spare_bit_set() -> Judged:
    """A spare bit of the payload's last character is set."""
    return token().edit_payload(spare_bit).either(_CHOICE, "form.pad-bits", sources=(base64("3.5"),))


@case
def signature_spare_bit_set() -> Judged:
    """A spare bit of the signature's last character is set: another text for the same 32 bytes."""
    return (
        token()
        .edit_signature(spare_bit)
        .either(_CHOICE, "form.pad-bits", sources=(base64("3.5"), issue("benmcollins/libjwt", 284)))
    )


@case
def payload_spare_bit_set_after_signing() -> Judged:
    """A spare bit of the payload was set after signing: the claims are the same, the signed text is not."""
    return (
        token()
        .edit_token(
            lambda text: b".".join((text.split(b".")[0], spare_bit(text.split(b".")[1]), text.split(b".")[2]))
        )
        .invalid("form.pad-bits", "signature.match", sources=(jws("5.2"), base64("3.5")), why=_AFTER)
    )


@case
def header_padded() -> Judged:
    """The header with its = signs, signed so."""
    return (
        _spaced()
        .edit_header(pad)
        .invalid(
            "form.base64url",
            sources=(*_RULE, issue("jpadilla/pyjwt", 676)),
            twin="base64url.header-spare-bits-zero",
        )
    )


@case
def payload_padded() -> Judged:
    """The payload with its = signs, signed so."""
    return token().edit_payload(pad).invalid("form.base64url", sources=(*_RULE, issue("jpadilla/pyjwt", 676)))


@case
def signature_padded() -> Judged:
    """The signature with its = sign."""
    return (
        token()
        .edit_signature(pad)
        .invalid("form.base64url", sources=(*_RULE, issue("auth0/node-jsonwebtoken", 92)))
    )


@case
def payload_padded_after_signing() -> Judged:
    """= signs put behind the payload after signing: software that signs the bytes anew does not notice."""
    return (
        token()
        .edit_token(lambda text: text.replace(b".", b"==.").replace(b"==.", b".", 1))
        .invalid("form.base64url", "signature.match", sources=_RULE, why=_AFTER)
    )


@case
def payload_half_padded() -> Judged:
    """One = sign where two would belong."""
    return token().edit_payload(append(b"=")).invalid("form.base64url", sources=_RULE)


@case
def signature_overpadded() -> Judged:
    """Four = signs behind the signature."""
    return token().edit_signature(append(b"====")).invalid("form.base64url", sources=_RULE)


@case
def signature_padded_inside() -> Judged:
    """A = sign inside the signature, with text behind it."""
    return token().edit_signature(insert(20, b"=")).invalid("form.base64url", sources=_RULE)


@case
def header_with_dash_and_underscore() -> Judged:
    """A header whose base64url holds - and _."""
    return token(header=header(kid=_TILDES)).valid(sources=_RULE)


@case
def header_standard_alphabet() -> Judged:
    """The header in plain base64, with + and /."""
    return (
        token(header=header(kid=_TILDES))
        .edit_header(standard_alphabet)
        .invalid("form.base64url", sources=_RULE, twin="base64url.header-with-dash-and-underscore")
    )


@case
def payload_with_dash_and_underscore() -> Judged:
    """A payload whose base64url holds - and _."""
    return token(claims=claims(note=_TILDES)).valid(sources=_RULE)


@case
def payload_standard_alphabet() -> Judged:
    """The payload in plain base64, with + and /."""
    return (
        token(claims=claims(note=_TILDES))
        .edit_payload(standard_alphabet)
        .invalid(
            "form.base64url",
            sources=(*_RULE, issue("benmcollins/libjwt", 284)),
            twin="base64url.payload-with-dash-and-underscore",
        )
    )


@case
def signature_standard_alphabet() -> Judged:
    """The signature in plain base64, with + or /."""
    return (
        token()
        .edit_signature(standard_alphabet)
        .invalid("form.base64url", sources=(*_RULE, issue("benmcollins/libjwt", 284)))
    )


@case
def header_foreign_character() -> Judged:
    """An exclamation mark inside the header, signed so: many decoders skip it."""
    return token().edit_header(insert(8, b"!")).invalid("form.base64url", sources=(*_RULE, base64("3.3")))


@case
def payload_foreign_character() -> Judged:
    """An exclamation mark inside the payload, signed so: libb64 skips it."""
    return token().edit_payload(insert(8, b"!")).invalid("form.base64url", sources=(*_RULE, base64("3.3")))


@case
def payload_foreign_end() -> Judged:
    """Four exclamation marks behind the payload, signed so: some decoders stop there and are content."""
    return token().edit_payload(append(b"!!!!")).invalid("form.base64url", sources=(*_RULE, base64("3.3")))


@case
def payload_foreign_end_after_signing() -> Judged:
    """Four exclamation marks behind the payload, put there after signing."""
    return (
        token()
        .edit_token(lambda text: text.replace(b".", b"!!!!.").replace(b"!!!!.", b".", 1))
        .invalid("form.base64url", "signature.match", sources=_RULE, why=_AFTER)
    )


@case
def signature_foreign_character() -> Judged:
    """An exclamation mark inside the signature."""
    return token().edit_signature(insert(8, b"!")).invalid("form.base64url", sources=(*_RULE, base64("3.3")))


@case
def signature_question_mark() -> Judged:
    """A question mark inside the signature."""
    return (
        token()
        .edit_signature(insert(8, b"?"))
        .invalid("form.base64url", sources=(*_RULE, wycheproof(361, 362)))
    )


@case
def header_space() -> Judged:
    """A blank inside the header, signed so."""
    return token().edit_header(insert(12, b" ")).invalid("form.base64url", sources=_RULE)


@case
def payload_folded() -> Judged:
    """The payload broken after 64 characters, as PEM and MIME break base64; signed so."""
    return token().edit_payload(insert(64, b"\n")).invalid("form.base64url", sources=_RULE)


@case
def signature_folded() -> Judged:
    """CR LF inside the signature."""
    return token().edit_signature(insert(22, b"\r\n")).invalid("form.base64url", sources=_RULE)


@case
def payload_nul() -> Judged:
    """A NUL inside the payload, signed so: a C string ends there."""
    return token().edit_payload(insert(20, b"\0")).invalid("form.base64url", sources=_RULE)


@case
def payload_byte_255() -> Judged:
    """A byte 0xFF inside the payload: the token is not even text."""
    return token().edit_payload(insert(20, b"\xff")).invalid("form.base64url", sources=_RULE)


@case
def signature_latin_1() -> Judged:
    """A Latin-1 letter behind the signature: the token is not even text."""
    return token().edit_signature(append(b"\xe9")).invalid("form.base64url", sources=_RULE)


@case
def header_cyrillic() -> Judged:
    """Cyrillic letters that look like the Latin J (U+0408) in the header, signed so."""
    return token().edit_header(swap(b"J", "\u0408".encode())).invalid("form.base64url", sources=_RULE)


@case
def payload_fullwidth() -> Judged:
    """A fullwidth digit (U+FF10) behind the payload: int() and friends take it for 0."""
    return token().edit_payload(append("\uff10".encode())).invalid("form.base64url", sources=_RULE)


@case
def header_impossible_length() -> Judged:
    """One character too many behind the header: no byte string encodes to this length."""
    return token().edit_header(append(b"A")).invalid("form.base64url", sources=(*_RULE, "RFC 7515 C"))


@case
def payload_impossible_length() -> Judged:
    """A payload of 65 characters: no byte string encodes to this length."""
    return token().edit_payload(cut(65)).invalid("form.base64url", sources=(*_RULE, "RFC 7515 C"))


@case
def signature_impossible_length() -> Judged:
    """Two characters too many behind the signature: no byte string encodes to this length."""
    return token().edit_signature(append(b"AA")).invalid("form.base64url", sources=(*_RULE, "RFC 7515 C"))


@case
def payload_percent_encoded() -> Judged:
    """A character of the payload in percent encoding, as a careless URL library writes it."""
    return token().edit_payload(swap(b"ey", b"%65y")).invalid("form.base64url", sources=_RULE)


@case
def payload_leading_padding() -> Judged:
    """= signs before the payload, signed so."""
    return token().edit_payload(prepend(b"==")).invalid("form.base64url", sources=_RULE)


def _set_all_spare_bits(text: bytes) -> bytes:
    """Set every bit of the last character that belongs to no byte: four of them, or two."""
    spare = {2: 0b1111, 3: 0b11}[len(text) % 4]
    return text[:-1] + bytes([ALPHABET[ALPHABET.index(text[-1]) | spare]])


@case
def header_all_spare_bits_set() -> Judged:
    """All four spare bits of the header's last character are set."""
    return (
        _spaced()
        .edit_header(_set_all_spare_bits)
        .either(_CHOICE, "form.pad-bits", sources=(base64("3.5"),), twin="base64url.header-spare-bits-zero")
    )


@case
def signature_all_spare_bits_set() -> Judged:
    """Both spare bits of the signature's last character are set."""
    return (
        token().edit_signature(_set_all_spare_bits).either(_CHOICE, "form.pad-bits", sources=(base64("3.5"),))
    )


@case
def header_blanks_behind() -> Judged:
    """Four blanks behind the header, signed so: a whole group of base64 that many decoders skip."""
    return token().edit_header(append(b"    ")).invalid("form.base64url", sources=(*_RULE, wycheproof(365)))


@case
def payload_blanks_before() -> Judged:
    """Four blanks before the payload, signed so."""
    return token().edit_payload(prepend(b"    ")).invalid("form.base64url", sources=(*_RULE, wycheproof(368)))


@case
def payload_hashes_before() -> Judged:
    """Four number signs before the payload, signed so."""
    return token().edit_payload(prepend(b"####")).invalid("form.base64url", sources=(*_RULE, wycheproof(369)))


@case
def signature_blanks_before() -> Judged:
    """Four blanks before the signature."""
    return (
        token().edit_signature(prepend(b"    ")).invalid("form.base64url", sources=(*_RULE, wycheproof(360)))
    )


@case
def header_question_mark_after_signing() -> Judged:
    """A question mark put into the header after signing; Wycheproof labels such a token valid."""
    return token().edit_token(insert(10, b"?")).invalid("form.base64url", sources=(*_RULE, wycheproof(372)))


@case
def payload_question_mark_after_signing() -> Judged:
    """A question mark put behind the payload after signing; Wycheproof labels such a token valid."""
    return (
        token()
        .edit_token(lambda text: b"?.".join(text.rsplit(b".", 1)))
        .invalid(
            "form.base64url",
            "signature.match",
            sources=(*_RULE, wycheproof(373)),
            why=_AFTER,
        )
    )
