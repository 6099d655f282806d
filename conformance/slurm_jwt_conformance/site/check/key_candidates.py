"""What people really do wrong with keys: given a token that a key did not sign, the key that did.

Every candidate comes from a key that is at hand, by one or two steps that tools and editors do: a final
newline lost, hex or base64 text decoded or not, a text mode that rewrote bytes. Names alone come out;
no key does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from hmac import compare_digest
from itertools import chain
from typing import TYPE_CHECKING

from slurm_jwt.strict import jws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Step = Callable[[bytes], bytes | None]

MOST_TOKEN = 131_072
"""Bytes of a token that is tried: longer ones fit in no environment variable (Linux's MAX_ARG_STRLEN)."""

MOST_KEY = 16_384
"""Bytes of a key that is changed; a longer one, far over any key, is only tried as it is."""

THE_KEY = "the key file's content"

_BOM = b"\xef\xbb\xbf"


def fits(token: bytes, key: bytes, others: Mapping[str, bytes] | None = None) -> list[str]:
    """Name the keys that signed this token, as "the key file's content without its final newline".

    key: the one that did not. others: more keys at hand, by the words that name them. The likeliest name
    comes first, and each key has one name. Nothing fits a token whose signature is no HMAC-SHA256.
    """
    parts = jws.examine_form(token)[1] if len(token) <= MOST_TOKEN else None
    if parts is None or parts.signature is None or len(parts.signature) != 32:
        return []
    named = chain([(THE_KEY, key)], (others or {}).items(), _well_known())
    found = []
    tried = {_block(key)}
    for name, candidate in candidates(named):
        if (block := _block(candidate)) not in tried:
            tried.add(block)
            if compare_digest(jws.signer(candidate)(parts.signing_input), jws.encode(parts.signature)):
                found.append(name)
    return found


def _block(key: bytes) -> bytes:
    """Return what HMAC makes of a key (RFC 2104 2): keys with the same block sign alike."""
    return (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")


def candidates(named: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Yield these keys and all that one or two steps make of them: few steps first."""
    given = list(named)
    yield from given
    small = [(name, key) for name, key in given if len(key) <= MOST_KEY]
    once = [
        (f"{name} {said}", made, (said,))
        for name, key in small
        for said, step in (TEXT | CODE).items()
        if (made := step(key)) is not None
    ]
    yield from ((name, made) for name, made, _ in once)
    for name, key, done in once:
        # Text is trimmed before it is decoded, and a line end is added after encoding; the rest is no habit.
        for said, step in (CODE if done[0] in TEXT else TEXT).items():
            if (made := step(key)) is not None:
                yield f"{name}, then {said}", made


def _well_known() -> Iterator[tuple[str, bytes]]:
    yield "no key at all (zero bytes)", b""
    for secret in (b"your-256-bit-secret", b"a-string-secret-at-least-256-bits-long"):
        yield "the sample secret of jwt.io, which everybody knows", secret


def _final_newline_off(key: bytes) -> bytes | None:
    return key[: -2 if key.endswith(b"\r\n") else -1] if key.endswith(b"\n") else None


def _as_shell_reads(key: bytes) -> bytes:
    """Do as $(cat FILE) does: NUL bytes vanish, and every newline at the end."""
    return key.replace(b"\0", b"").rstrip(b"\n")


def _one_line(key: bytes) -> bytes | None:
    r"""Write line ends as the two characters \n, as environment variables and YAML often hold a PEM."""
    return key.replace(b"\r\n", b"\n").replace(b"\n", b"\\n") if b"\n" in key else None


def _reencoded(decode: str, errors: str, encode: str) -> Step:
    def step(key: bytes) -> bytes | None:
        try:
            return key.decode(decode, errors).encode(encode)
        except UnicodeError:
            return None

    return step


def _from_hex(key: bytes) -> bytes | None:
    text = b"".join(key.split())
    text = text[2:] if text[:2] in {b"0x", b"0X"} else text.replace(b":", b"")
    try:
        return binascii.unhexlify(text) if text else None
    except binascii.Error:
        return None


def _from_base64(key: bytes) -> bytes | None:
    text = b"".join(key.split()).rstrip(b"=")
    if not re.fullmatch(rb"[A-Za-z0-9+/_-]{2,}", text):
        return None
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), b"-_" if set(text) & set(b"-_") else None)
    except binascii.Error:
        return None


def _pem_body(key: bytes) -> bytes | None:
    found = re.fullmatch(rb"\s*-----BEGIN [^-\n]*-----\s([^-]*)-----END [^-\n]*-----\s*", key)
    return b"".join(found[1].split()) if found else None


def _pem_content(key: bytes) -> bytes | None:
    body = _pem_body(key)
    return _from_base64(body) if body else None


TEXT: dict[str, Step] = {
    "without its final newline": _final_newline_off,
    "with a final newline added": lambda key: key + b"\n",
    "with a final CR LF added": lambda key: key + b"\r\n",
    "without the blanks and line ends around it": lambda key: key.strip(),
    "as a shell's $(cat FILE) gives it, without NUL bytes and final newlines": _as_shell_reads,
    "with CR LF line ends made LF": lambda key: key.replace(b"\r\n", b"\n"),
    "with LF line ends made CR LF": lambda key: key.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "without any line ends": lambda key: key.replace(b"\r", b"").replace(b"\n", b""),
    "with its line ends written as \\n": _one_line,
    "with \\n read as line ends": lambda key: key.replace(b"\\n", b"\n"),
    "cut before its first line end": lambda key: key.splitlines()[0] if key.splitlines() else None,
    "cut before its first NUL byte, as C reads strings": lambda key: key.split(b"\0")[0],
    "without its byte order mark": lambda key: key.removeprefix(_BOM),
    "with a byte order mark before it": lambda key: _BOM + key,
    "without the quotes around it": lambda key: key.strip().strip(b"\"'"),
    "with quotes around it": lambda key: b'"' + key + b'"',
}
"""Steps that keep a text a text: what editors, shells, YAML and environment variables do."""

CODE: dict[str, Step] = {
    "decoded from hex": _from_hex,
    "decoded from base64": _from_base64,
    "as hex text": lambda key: key.hex().encode(),
    "as hex text in capitals": lambda key: key.hex().upper().encode(),
    "as base64 text": base64.b64encode,
    "as base64 text without its padding": lambda key: base64.b64encode(key).rstrip(b"="),
    "as base64url text": base64.urlsafe_b64encode,
    "as base64url text without its padding": lambda key: base64.urlsafe_b64encode(key).rstrip(b"="),
    "as base64 text in lines of 76 (as the program base64 writes it)": base64.encodebytes,
    "hashed by SHA-256": lambda key: hashlib.sha256(key).digest(),
    "hashed by SHA-256, as hex text": lambda key: hashlib.sha256(key).hexdigest().encode(),
    "read as Latin-1 and written as UTF-8": _reencoded("latin-1", "strict", "utf-8"),
    "read as UTF-8 and written as Latin-1": _reencoded("utf-8", "strict", "latin-1"),
    "read as UTF-8, with U+FFFD for what is none": _reencoded("utf-8", "replace", "utf-8"),
    "read as UTF-8, without what is none": _reencoded("utf-8", "ignore", "utf-8"),
    "written as UTF-16 (little endian)": _reencoded("utf-8", "strict", "utf-16-le"),
    "as Python writes bytes, b'...'": lambda key: repr(key).encode(),
    "without the BEGIN and END lines of its PEM, as one line": _pem_body,
    "decoded from PEM to DER": _pem_content,
}
"""Steps between a key's bytes and texts for it."""
