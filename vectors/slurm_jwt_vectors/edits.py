"""Small changes to encoded parts, MACs and whole tokens, for `Token.edit_*`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slurm_jwt_vectors.build import Edit

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def append(data: bytes) -> Edit:
    """Put `data` behind."""
    return lambda text: text + data


def prepend(data: bytes) -> Edit:
    """Put `data` in front."""
    return lambda text: data + text


def insert(at: int, data: bytes) -> Edit:
    """Put `data` in at an offset."""
    return lambda text: text[:at] + data + text[at:]


def cut(length: int) -> Edit:
    """Keep the first `length` bytes."""
    return lambda text: text[:length]


def become(data: bytes) -> Edit:
    """Replace everything by `data`."""
    return lambda _: data


def swap(old: bytes, new: bytes) -> Edit:
    """Replace every `old` by `new`."""
    return lambda text: text.replace(old, new)


def flip(bit: int) -> Edit:
    """Flip one bit; bit 0 is the highest of the first byte."""

    def edit(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[bit // 8] ^= 0x80 >> bit % 8
        return bytes(changed)

    return edit


def pad(text: bytes) -> bytes:
    """Add the padding that RFC 4648 has and RFC 7515 leaves out."""
    return text + b"=" * (-len(text) % 4)


def standard_alphabet(text: bytes) -> bytes:
    """Spell base64url as plain base64: + and / for - and _."""
    return text.translate(bytes.maketrans(b"-_", b"+/"))


def spare_bit(text: bytes) -> bytes:
    """Set the lowest bit of the last character, which belongs to no byte: the decoded bytes stay the same."""
    if len(text) % 4 == 0:
        raise ValueError("this length of base64 has no spare bits")
    return text[:-1] + bytes([ALPHABET[ALPHABET.index(text[-1]) | 1]])
