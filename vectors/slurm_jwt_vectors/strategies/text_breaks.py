"""Ways to break a part of a token: its base64url, its JSON text, its UTF-8."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from hypothesis import strategies as st

from slurm_jwt_vectors.build import Raw, Token, json_text, token
from slurm_jwt_vectors.edits import ALPHABET, insert
from slurm_jwt_vectors.strategies.values import MAX_EXACT, VALUES

if TYPE_CHECKING:
    from slurm_jwt_vectors.build import Edit
    from slurm_jwt_vectors.strategies.good import Draft

Part = Literal["header", "claims"]

PartBreaker = Callable[[st.DrawFn, "Draft", Part], Token]

_NO_UTF8 = (b"\xff", b"\x80", b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80", b"\xf4\x90\x80\x80")
_FOREIGN = bytes(byte for byte in range(256) if byte not in ALPHABET + b".")


def spelled(draft: Draft, part: Part, text: bytes) -> Token:
    """The token with one part's JSON text replaced."""
    return (
        token(header=text, claims=draft.claims)
        if part == "header"
        else token(header=draft.header, claims=text)
    ).signed_by(draft.key)


def text_of(draft: Draft, part: Part) -> bytes:
    """The JSON text of a part."""
    return json_text(members_of(draft, part))


def members_of(draft: Draft, part: Part) -> dict[str, object]:
    """The members of a part."""
    return draft.header if part == "header" else draft.claims


def fresh(draft: Draft, part: Part) -> str:
    """A name that the part does not use."""
    name = "fresh"
    while name in members_of(draft, part):
        name += "-"
    return name


def with_value(draft: Draft, part: Part, spelling: str) -> Token:
    """The token with one more member in a part, its value spelled as given."""
    name = fresh(draft, part)
    if part == "header":
        return draft.with_header(name, Raw(spelling))
    return draft.with_claim(name, Raw(spelling))


def utf8(draw: st.DrawFn, draft: Draft, part: Part) -> Token:
    """Bytes that are no UTF-8, within a string."""
    text = text_of(draft, part)[:-1] + b',"x":"' + draw(st.sampled_from(_NO_UTF8)) + b'"}'
    return spelled(draft, part, text)


def bom(_draw: st.DrawFn, draft: Draft, part: Part) -> Token:
    """A byte order mark in front."""
    return spelled(draft, part, b"\xef\xbb\xbf" + text_of(draft, part))


def no_json(draw: st.DrawFn, draft: Draft, part: Part) -> Token:
    """Text cut off anywhere, or going on behind its end, or holding what JSON lacks."""
    text = text_of(draft, part).decode()
    ways = st.one_of(
        st.integers(0, len(text) - 1).map(lambda end: text[:end]),
        st.sampled_from(["}", "{}", "x", "\0", ",", "\v", "\u00a0"]).map(text.__add__),
        st.sampled_from(["NaN", "-Infinity", "01", "1.", "'x'", "undefined", '"\\x41"', '"\t"', ""]).map(
            lambda value: f'{text[:-1]},"x":{value}}}'
        ),
        st.sampled_from([",}", ", }", "//\n}", ";}"]).map(text[:-1].__add__),
    )
    return spelled(draft, part, draw(ways).encode())


def no_object(draw: st.DrawFn, draft: Draft, part: Part) -> Token:
    """A JSON text of another type."""
    value = draw(VALUES.filter(lambda value: not isinstance(value, dict)))
    return spelled(draft, part, json.dumps(value, ensure_ascii=False).encode())


def depth(draw: st.DrawFn, draft: Draft, part: Part) -> Token:
    """A member that nests more than 64 levels deep, its part counted."""
    levels = draw(st.integers(64, 200))
    return with_value(draft, part, "[" * levels + "]" * levels)


def numbers(draw: st.DrawFn, draft: Draft, part: Part) -> Token:
    """An integer beyond 2^53 - 1, or a number beyond all doubles."""
    beyond = st.integers(MAX_EXACT + 1, 2**70)
    spelling = draw(st.one_of(beyond.map(str), beyond.map(lambda n: str(-n)), st.just("1e400")))
    return with_value(draft, part, spelling)


def surrogate(draw: st.DrawFn, draft: Draft, part: Part) -> Token:
    """A lone surrogate, escaped, in a string."""
    code = draw(st.integers(0xD800, 0xDFFF))
    return with_value(draft, part, f'"\\u{code:04x}"')


def duplicate(draw: st.DrawFn, draft: Draft, part: Part) -> Token:
    """One of the members again, with the same value."""
    present = members_of(draft, part)
    name = draw(st.sampled_from(sorted(present)))
    again = json_text({name: present[name]})
    return spelled(draft, part, text_of(draft, part)[:-1] + b"," + again[1:])


def base64url(draw: st.DrawFn, draft: Draft) -> Token:
    """A character outside the alphabet anywhere in one part, or a length that no bytes give."""
    foreign = st.builds(insert, st.integers(0, 10), st.sampled_from(_FOREIGN).map(lambda byte: bytes([byte])))
    return _edit(draw, draft.made(), draw(foreign | st.just(_impossible_length)))


def _impossible_length(text: bytes) -> bytes:
    return text + b"A" * ((1 - len(text)) % 4)


def _edit(draw: st.DrawFn, made: Token, edit: Edit) -> Token:
    edits = (made.edit_header, made.edit_payload, made.edit_signature)
    return draw(st.sampled_from(edits))(edit)


def pad_bits(draw: st.DrawFn, draft: Draft) -> Token:
    """Spare bits set in the last character of a part that has some; a signature always has."""
    made = draft.made()
    parts = made.encoded().split(b".")
    edits = (made.edit_header, made.edit_payload, made.edit_signature)
    edit = draw(st.sampled_from([edit for edit, text in zip(edits, parts, strict=True) if len(text) % 4]))
    bits = draw(st.integers(1, 15))
    return edit(lambda text: _with_spare_bits(text, bits))


def _with_spare_bits(text: bytes, bits: int) -> bytes:
    """Set some of the 4 or 2 bits of the last character that belong to no byte, at least one."""
    spare = 15 if len(text) % 4 == 2 else 3
    return text[:-1] + bytes([ALPHABET[ALPHABET.index(text[-1]) | (bits & spare or 1)]])
