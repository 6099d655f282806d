"""The steps by which programs change a key: what was done, in words, and the step itself.

Steps are in families. In a family the first step that gives a result names it: it is the most exact one. A
step returns None where it does not apply, so that two families seldom give the same key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import urllib.parse
from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.check import base64_decoders as decoders

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[bytes], bytes | None]

_BOM = b"\xef\xbb\xbf"
_SURROGATES = re.compile("[\udc80-\udcff]")


def _line_end_off(key: bytes) -> bytes | None:
    return key[: -2 if key.endswith(b"\r\n") else -1] if key.endswith(b"\n") else None


def _lf(key: bytes) -> bytes:
    return key.replace(b"\r\n", b"\n")


def _one_line(key: bytes) -> bytes | None:
    r"""Write line ends as the two characters \n, as environment variables and YAML often hold a PEM."""
    return _lf(key).replace(b"\n", b"\\n") if b"\n" in key else None


def _spaces(key: bytes) -> bytes | None:
    text = b" ".join(key.split())
    return text if text != key.strip() else None


def _quoted(mark: bytes, end: bytes = b"") -> Step:
    """Put quotes around the text of a key, before its final line end."""
    return lambda key: mark + (_line_end_off(key) or key) + mark + end


def _unquoted(key: bytes) -> bytes | None:
    text = key.strip()
    return text.strip(b"\"'") if text[:1] in {b'"', b"'"} else None


def _outer_quoted(mark: bytes) -> Step:
    return lambda key: mark + key + mark if key.endswith(b"\n") else None


def _first(pattern: bytes) -> Step:
    """Cut a key before the first match that has more text after it."""

    def step(key: bytes) -> bytes | None:
        start, _, rest = [*re.split(b"(" + pattern + b")", key, maxsplit=1), b"", b""][:3]
        return start if rest.strip() else None

    return step


def _reencoded(decode: str, errors: str, encode: str, errors_out: str = "strict") -> Step:
    def step(key: bytes) -> bytes | None:
        try:
            return key.decode(decode, errors).encode(encode, errors_out)
        except UnicodeError:
            return None

    return step


def _invalid_as(mark: str, *, run: bool = False) -> Step:
    """Replace each byte that is not UTF-8, or each run of such bytes."""

    def step(key: bytes) -> bytes:
        text = key.decode("utf-8", "surrogateescape")
        return re.sub(_SURROGATES.pattern + ("+" if run else ""), mark, text).encode()

    return step


def _pem_body(key: bytes) -> bytes | None:
    found = re.fullmatch(rb"\s*-----BEGIN [^-\n]*-----\s([^-]*)-----END [^-\n]*-----\s*", key)
    return found[1] if found else None


def _of_pem(change: Step) -> Step:
    def step(key: bytes) -> bytes | None:
        body = _pem_body(key)
        return change(body) if body else None

    return step


def _jwk(key: bytes) -> bytes | None:
    try:
        text = json.loads(key)["k"]
        return decoders.strict(text.encode())
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None


def _wrapped(width: int, end: bytes, final: bytes) -> Step:
    def step(key: bytes) -> bytes:
        text = binascii.b2a_base64(key, newline=False)
        return end.join(text[at : at + width] for at in range(0, len(text), width)) + final

    return step


def _printable(key: bytes) -> bytes | None:
    return re.sub(rb"[^ -~]", b"", key) if re.search(rb"[^ -~\s\0]", key) else None


def _hex_lines(key: bytes) -> bytes:
    return b"".join(key[at : at + 30].hex().encode() + b"\n" for at in range(0, len(key), 30))


def _json_string(*, ascii_only: bool) -> Step:
    return lambda key: json.dumps(key.decode("utf-8", "replace"), ensure_ascii=ascii_only).encode()


def _text(change: Callable[[str], str]) -> Step:
    """Change a key that is text in ASCII."""
    return lambda key: change(key.decode()).encode() if key.isascii() else None


_JAVA_SPACE = bytes(range(33))
_PYTHON_SPACE = b" \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0"

_TRIMMED: dict[str, Step] = {
    "without its final newline": _line_end_off,
    "without its final LF, but with the CR before it": lambda key: key.removesuffix(b"\n"),
    "without its final newlines": lambda key: key.rstrip(b"\r\n"),
    "without the NUL bytes in it": lambda key: key.replace(b"\0", b""),
    "as a shell's $(cat FILE) gives it, without NUL bytes and final newlines": lambda key: key.replace(
        b"\0", b""
    ).rstrip(b"\n"),
    "without the blanks and line ends around it": lambda key: key.strip(),
    "without the blanks and line ends before it": lambda key: key.lstrip(),
    "without the blanks and line ends after it": lambda key: key.rstrip(),
    "without the blanks and NUL bytes around it (as PHP's trim does)": lambda key: key.strip(b" \t\n\r\0\v"),
    "without the control characters around it (as Java's trim does)": lambda key: key.strip(_JAVA_SPACE),
    "without the blanks of Latin-1 around it (as Python's strip of a text does)": lambda key: key.strip(
        _PYTHON_SPACE
    ),
}
_LINES: dict[str, Step] = {
    "with CR LF line ends made LF": _lf,
    "with CR and CR LF made LF (as reading in text mode does)": lambda key: _lf(key).replace(b"\r", b"\n"),
    "with LF line ends made CR LF": lambda key: _lf(key).replace(b"\n", b"\r\n"),
    "with LF made CR LF, also after a CR (as writing in text mode does)": lambda key: key.replace(
        b"\n", b"\r\n"
    ),
    "with its line ends written as \\n": _one_line,
    "with \\n read as line ends": lambda key: key.replace(b"\\n", b"\n"),
    "with its line ends made spaces": _spaces,
    "with its line ends made spaces, also the final one": lambda key: key.replace(b"\n", b" "),
}
_CUT: dict[str, Step] = {
    "without any line ends": lambda key: re.sub(rb"[\r\n]", b"", key) if _inside(key, rb"[\r\n]") else None,
    "without any LF, but with its CRs": lambda key: key.replace(b"\n", b"") if b"\r" in key else None,
    "without any blanks and line ends (as tr -d '\\n\\r ' gives it)": lambda key: (
        re.sub(rb"[\r\n ]", b"", key) if _inside(key, rb"[\r\n ]") else None
    ),
    "without any whitespace": lambda key: b"".join(key.split()) if _inside(key, rb"\s") else None,
}
_FIRST: dict[str, Step] = {
    "cut before its first line end": _first(rb"\r\n|\n|\r"),
    "cut before its first LF, with the CR before it": _first(rb"\n"),
    "cut before its first blank or line end": _first(rb"\s"),
    "cut before its first NUL byte, as C reads strings": lambda key: key.partition(b"\0")[0],
}
_AROUND: dict[str, Step] = {
    "with a final newline added": lambda key: key + b"\n",
    "with a final CR LF added": lambda key: key + b"\r\n",
    "with a byte order mark before it": lambda key: _BOM + key,
}
_QUOTES: dict[str, Step] = {
    "without the quotes around it": _unquoted,
    "with quotes around it": _quoted(b'"'),
    "with single quotes around it": _quoted(b"'"),
    "with quotes around it, its final newline inside": _outer_quoted(b'"'),
    "with single quotes around it, its final newline inside": _outer_quoted(b"'"),
    "with quotes around it and a newline after them": _quoted(b'"', b"\n"),
    "with single quotes around it and a newline after them": _quoted(b"'", b"\n"),
    "as a JSON string, in quotes": _json_string(ascii_only=False),
    "as a JSON string in ASCII, in quotes": _json_string(ascii_only=True),
}
_CASE: dict[str, Step] = {
    "in small letters": _text(str.lower),
    "in capitals": _text(str.upper),
    "with + read as a space (as from a form or URL)": lambda key: key.replace(b"+", b" "),
    "percent-encoded": lambda key: urllib.parse.quote_from_bytes(key, safe="").encode(),
    "percent-decoded": urllib.parse.unquote_to_bytes,
}


def _inside(key: bytes, pattern: bytes) -> bool:
    return re.search(pattern, key.strip()) is not None


_BASE64: dict[str, Step] = {
    "as base64 text": base64.b64encode,
    "as base64 text without its padding": lambda key: base64.b64encode(key).rstrip(b"="),
    "as base64url text": base64.urlsafe_b64encode,
    "as base64url text without its padding": lambda key: base64.urlsafe_b64encode(key).rstrip(b"="),
    "as base64 text with a newline (as base64 and openssl base64 write it)": lambda key: (
        base64.b64encode(key) + b"\n"
    ),
    "as base64 text in lines of 64 (as openssl base64 writes it)": _wrapped(64, b"\n", b"\n"),
    "as base64 text in lines of 64, without the final newline": _wrapped(64, b"\n", b""),
    "as base64 text in lines of 76 (as the program base64 writes it)": _wrapped(76, b"\n", b"\n"),
    "as base64 text in lines of 76, without the final newline": _wrapped(76, b"\n", b""),
    "as base64 text in lines of 76 with CR LF (as MIME encoders write it)": _wrapped(76, b"\r\n", b""),
}
_FROM_HEX: dict[str, Step] = {
    "decoded from hex": decoders.hex_strict,
    "decoded from hex up to the first other character (as Node's Buffer.from does)": decoders.hex_cut,
    'decoded from hex as pack("H*") of Perl does, which takes any character': decoders.hex_packed(15),
    'decoded from hex as pack("H*") of Ruby does, which takes any character': decoders.hex_packed(7),
}
_CODES: dict[str, Step] = {
    "as hex text": lambda key: key.hex().encode(),
    "as hex text in capitals": lambda key: key.hex().upper().encode(),
    "as hex text in lines of 60 (as xxd -p writes it)": _hex_lines,
    "as hex text with colons": lambda key: key.hex(":").encode(),
    "as hex text with spaces": lambda key: key.hex(" ").encode(),
    "hashed by SHA-256": lambda key: hashlib.sha256(key).digest(),
    "hashed by SHA-256, as hex text": lambda key: hashlib.sha256(key).hexdigest().encode(),
    "as Python writes bytes, b'...'": lambda key: repr(key).encode(),
    "without the BEGIN and END lines of its PEM, as one line": _of_pem(lambda body: b"".join(body.split())),
    "without the BEGIN and END lines of its PEM": _of_pem(lambda body: body),
    "decoded from PEM to DER": _of_pem(decoders.strict),
    "as the k of its JWK, decoded": _jwk,
}
_ASCII: dict[str, Step] = {
    "without its byte order mark": lambda key: key.removeprefix(_BOM),
    "read as ASCII, with ? for each other byte": lambda key: bytes(b if b < 128 else 63 for b in key),
    "read as ASCII, with U+FFFD for each other byte": _reencoded("ascii", "replace", "utf-8"),
    "read as ASCII, without other bytes": lambda key: bytes(b for b in key if b < 128),
    "without what is not printable ASCII": _printable,
    "read as ASCII, without the highest bit of each byte": lambda key: bytes(b & 127 for b in key),
}
_READ: dict[str, Step] = {
    "without its byte order mark": lambda key: key.removeprefix(_BOM),
    "read as Latin-1 and written as UTF-8": _reencoded("latin-1", "strict", "utf-8"),
    "read as UTF-8 and written as Latin-1": _reencoded("utf-8", "strict", "latin-1"),
    "read as Windows-1252 and written as UTF-8": _reencoded("cp1252", "strict", "utf-8"),
    "read as Windows-1252 and written as UTF-8, with U+FFFD for what is none": _reencoded(
        "cp1252", "replace", "utf-8"
    ),
    "read as UTF-8, with U+FFFD for what is none": _reencoded("utf-8", "replace", "utf-8"),
    "read as UTF-8, with U+FFFD for each byte that is none (as Go's JSON does)": _invalid_as("\ufffd"),
    "read as UTF-8, with one U+FFFD for each run of bytes that is none": _invalid_as("\ufffd", run=True),
    "read as UTF-8, without what is none": _reencoded("utf-8", "ignore", "utf-8"),
    "read as UTF-8, with ? for what is none": _invalid_as("?"),
    "read as UTF-8, with ? for each character outside ASCII": _reencoded(
        "utf-8", "replace", "ascii", "replace"
    ),
    "read as UTF-8, with ? for each character outside Latin-1": _reencoded(
        "utf-8", "replace", "latin-1", "replace"
    ),
    "written as UTF-16 (little endian)": _reencoded("utf-8", "replace", "utf-16-le"),
    "written as UTF-16 (big endian)": _reencoded("utf-8", "replace", "utf-16-be"),
    "written as UTF-16, with its byte order mark": _reencoded("utf-8", "strict", "utf-16"),
    "read as UTF-16 and written as UTF-8": _reencoded("utf-16", "strict", "utf-8"),
}

FAMILIES: tuple[dict[str, Step], ...] = (
    *(_TRIMMED, _LINES, _CUT, _FIRST, _AROUND, _QUOTES, _CASE),
    *(decoders.decoders(), _BASE64, _FROM_HEX, _CODES, _READ, _ASCII),
)
