"""How programs decode base64 and hex that is not clean: each one treats other characters differently."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[bytes], bytes | None]

_BOTH = bytes.maketrans(b"-_", b"+/")
_OTHER = re.compile(rb"[^A-Za-z0-9+/=]")


def strict(key: bytes) -> bytes | None:
    """Decode clean base64 or base64url, with or without its padding, in any lines."""
    text = b"".join(key.split()).rstrip(b"=")
    return _tail(text.translate(_BOTH)) if re.fullmatch(rb"[A-Za-z0-9+/_-]{2,}", text) else None


def _clean_groups(key: bytes) -> bytes | None:
    return _whole(b"".join(key.split()).translate(_BOTH)) if strict(key) else None


def _tail(text: bytes) -> bytes:
    """Decode characters of base64 without padding; a single last one holds no byte."""
    text = text[:-1] if len(text) % 4 == 1 else text
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def _whole(text: bytes) -> bytes:
    """Decode the complete groups of four characters, in which padding counts."""
    groups = (text[at : at + 4] for at in range(0, len(text) - 3, 4))
    return b"".join(_tail(group.partition(b"=")[0]) for group in groups)


def _to_padding(text: bytes) -> bytes:
    """Decode up to the first padding, as Perl and commons-codec do."""
    return _tail(text.partition(b"=")[0])


def _to_full_padding(text: bytes) -> bytes:
    """Decode up to a group that padding fills, as Python does."""
    text = text + b"=="
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _joined(text: bytes) -> bytes:
    return _tail(text.replace(b"=", b""))


def _foreign_skipped(decode: Callable[[bytes], bytes], *, dashes: bool | None) -> Step:
    """Return a decoder that skips foreign characters. dashes: - and _ are read; None: the text has none."""

    def step(key: bytes) -> bytes | None:
        if (b"-" in key or b"_" in key) is (dashes is None):
            return None
        return decode(_OTHER.sub(b"", key.translate(_BOTH) if dashes else key)) or None

    return step


def _up_to_foreign(decode: Callable[[bytes], bytes], *, dashes: bool) -> Step:
    def step(key: bytes) -> bytes | None:
        text = key.replace(b"\n", b"").replace(b"\r", b"")
        return decode(_OTHER.split(text.translate(_BOTH) if dashes else text)[0]) or None

    return step


_ALPHABETS: dict[str, bool | None] = {
    "": None,
    ", - and _ too (as Python's b64decode, Java's MIME decoder, PHP, Ruby and Perl do)": False,
    ", but - and _ read as + and / (as Node's Buffer.from and Python's urlsafe_b64decode do)": True,
}
_ENDS: dict[str, Callable[[bytes], bytes]] = {
    "": _to_padding,
    ", up to its full padding": _to_full_padding,
    ", also its padding": _joined,
    ", without an incomplete last group (as Java's DatatypeConverter does)": _whole,
}
_STOPS: dict[str, Callable[[bytes], bytes]] = {
    "complete groups only (as Go does where its error is ignored)": _whole,
    "with the incomplete last group": _to_padding,
    "complete groups only, padding not allowed (as Go's RawStdEncoding does)": lambda text: _whole(
        text.partition(b"=")[0]
    ),
}


def decoders() -> dict[str, Step]:
    """Return the decoders by their names, the most exact first: those after it differ only on odd texts."""
    skipping: dict[str, Step] = {
        f"decoded from base64, other characters skipped{alphabet}{end}": _foreign_skipped(
            decode, dashes=dashes
        )
        for end, decode in _ENDS.items()
        for alphabet, dashes in _ALPHABETS.items()
    }
    stopping: dict[str, Step] = {
        f"decoded from base64{url} up to the first other character, {end}": _up_to_foreign(
            decode, dashes=dashes
        )
        for end, decode in _STOPS.items()
        for url, dashes in (("", False), ("url", True))
    }
    clean: dict[str, Step] = {
        "decoded from base64": strict,
        "decoded from base64, without its incomplete last group (Go, its error ignored)": _clean_groups,
    }
    return clean | skipping | stopping


def hex_strict(key: bytes) -> bytes | None:
    """Decode clean hex: with 0x, colons, spaces or the dashes of a UUID."""
    text = b"".join(key.split())
    text = text[2:] if text[:2] in {b"0x", b"0X"} else text.replace(b":", b"").replace(b"-", b"")
    try:
        return binascii.unhexlify(text) if text else None
    except binascii.Error:
        return None


def hex_cut(key: bytes) -> bytes | None:
    """Decode hex up to the first pair that has another character."""
    match = re.match(rb"(?:[0-9A-Fa-f]{2})+", key)
    return binascii.unhexlify(match[0]) if match else None


def hex_packed(mask: int) -> Step:
    """Return pack("H*"), which takes the low bits of any character. mask: the bits of a letter that count."""

    def step(key: bytes) -> bytes:
        digits = [((byte & mask) + 9 if byte < 128 and chr(byte).isalpha() else byte) & 15 for byte in key]
        digits += [0] * (len(digits) % 2)
        return bytes(high << 4 | low for high, low in zip(digits[::2], digits[1::2], strict=True))

    return step
