"""Mutants of the signature and of the key that makes it (RFC 7515 5.2, RFC 7518 3.2, RFC 2104 2)."""

from __future__ import annotations

from slurm_jwt_conformance.harness.mutants.mutant import Mutant, Patch

_COMPARED = "    elif sign and not compare_digest(sign(parts.signing_input), jws.encode(parts.signature)):\n"
_BLOCK = "    block = (sha256(key).digest() if len(key) > 64 else key)"
_EXAMINED_KEY = "    if len(key) < MIN_KEY_BYTES:\n"


def _compare(name: str, wrong: str, condition: str, seen: str = "") -> Mutant:
    """Say in another way when the signature is wrong."""
    new = f"    elif sign and {condition}:\n"
    return Mutant(name, wrong, Patch("slurm_jwt.strict.examination", _COMPARED, new), seen)


def _key(name: str, wrong: str, expression: str, seen: str = "") -> Mutant:
    """Change the key before HMAC gets it."""
    return Mutant(
        name, wrong, Patch("slurm_jwt.strict.jws", _BLOCK, f"    key = {expression}\n{_BLOCK}"), seen
    )


def _block(name: str, wrong: str, old: str, new: str) -> Mutant:
    return Mutant(name, wrong, Patch("slurm_jwt.strict.jws", _BLOCK, _BLOCK.replace(old, new)))


def _length(name: str, wrong: str, old: str, new: str, seen: str = "") -> Mutant:
    return Mutant(name, wrong, Patch("slurm_jwt.strict.keys", old, new), seen)


_TEXT = "sign(parts.signing_input)"
_MAC = f"jws.a2b_base64({_TEXT}.translate(jws._FROM_URL) + b'=')"
_SIGNATURE = "parts.signature"

_OF_COMPARING = (
    _compare(
        "empty-signature-accepted",
        "An empty signature needs no checking.",
        f"{_SIGNATURE} and not compare_digest({_MAC}, {_SIGNATURE})",
    ),
    _compare(
        "signature-cut-accepted",
        "The signature is compared as far as it goes.",
        f"not {_MAC}.startswith({_SIGNATURE})",
    ),
    _compare(
        "signature-half-compared",
        "Only the first 16 bytes are compared.",
        f"not compare_digest({_MAC}[:16], {_SIGNATURE}[:16])",
    ),
    _compare(
        "signature-end-ignored",
        "Bytes after the thirty-second are ignored.",
        f"not compare_digest({_MAC}, {_SIGNATURE}[:32])",
        "node-jose",
    ),
    _compare(
        "signature-without-case",
        "The signature's text is compared without regard to case.",
        f"{_TEXT}.lower() != jws.encode({_SIGNATURE}).lower()",
    ),
    _compare(
        "last-byte-ignored",
        "The last byte is not compared.",
        f"not compare_digest({_MAC}[:-1], {_SIGNATURE}[:-1])",
    ),
    _compare(
        "first-byte-ignored",
        "The first byte is not compared.",
        f"not compare_digest({_MAC}[1:], {_SIGNATURE}[1:])",
    ),
    _compare(
        "signature-compared-to-nul",
        "The signature is compared up to its first NUL, as strcmp does.",
        f'{_MAC}.partition(b"\\0")[0] != {_SIGNATURE}.partition(b"\\0")[0]',
    ),
    _compare(
        "signature-in-hex-accepted",
        "The signature may be the hex text of the MAC.",
        f"{_SIGNATURE} not in ({_MAC}, {_MAC}.hex().encode())",
    ),
    _compare(
        "signature-encoded-twice-accepted",
        "The signature may be the base64url text of the MAC.",
        f"{_SIGNATURE} not in ({_MAC}, {_TEXT})",
    ),
    _compare(
        "payload-alone-signed",
        "A signature over the payload without the header is accepted too.",
        f'jws.encode({_SIGNATURE}) not in ({_TEXT}, sign(parts.signing_input.partition(b".")[2]))',
    ),
    _compare(
        "header-rewritten",
        "The MAC is over the header as a JSON library writes it again, not as it came.",
        "sign(jws.encode(__import__('json').dumps(header, separators=(',', ':')).encode())"
        f' + b"." + parts.signing_input.partition(b".")[2]) != jws.encode({_SIGNATURE})',
    ),
    _compare(
        "key-in-header-trusted",
        "A jwk in the header is the key.",
        "(jws.signer(jws.a2b_base64(header['jwk']['k'].translate({45: 43, 95: 47}) + '=='))"
        " if isinstance(header.get('jwk'), dict) and isinstance(header['jwk'].get('k'), str) else sign)"
        f"(parts.signing_input) != jws.encode({_SIGNATURE})",
        "node-jose before 0.11.0, CVE-2018-0114",
    ),
)

_OF_KEYS = (
    _key(
        "key-line-end-stripped",
        "A key of ASCII text loses its last line end.",
        'key.removesuffix(b"\\n") if key.isascii() else key',
        "$(cat key) in a shell",
    ),
    _key("key-crlf-to-lf", "CR LF in the key becomes LF.", 'key.replace(b"\\r\\n", b"\\n")', "text mode"),
    _key(
        "key-lf-to-crlf",
        "LF in a key of ASCII text becomes CR LF.",
        'key.replace(b"\\n", b"\\r\\n") if key.isascii() else key',
        "text mode on Windows",
    ),
    _key(
        "key-pem-decoded",
        "A PEM key is decoded.",
        'a2b_base64(b"".join(key.split(b"\\n")[1:-2])) if key.startswith(b"-----") else key',
    ),
    _key(
        "key-hex-decoded",
        "A line of 64 hex digits is decoded.",
        "bytes.fromhex(key.decode()) if len(key) == 65 and key[:64].isalnum() else key",
    ),
    _key(
        "key-base64-decoded",
        "A line of base64 is decoded.",
        'a2b_base64(key) if key.isascii() and key.endswith(b"=\\n") else key',
    ),
    _key(
        "key-jwk-decoded",
        "A JWK is read, and its member k is the key.",
        "a2b_base64(key.partition(b'\"k\":\"')[2][:43].translate(_FROM_URL) + b'=')"
        " if key.startswith(b'{') else key",
    ),
    _key("key-cut-to-64", "The key ends after 64 bytes.", "key[:64]"),
    _key("key-cut-to-4096", "The key ends after 4,096 bytes.", "key[:4096]"),
    _block("key-of-64-hashed", "A key of exactly 64 bytes is hashed.", "> 64", ">= 64"),
    _block("key-of-65-not-hashed", "Only keys over 128 bytes are hashed, as for SHA-512.", "> 64", "> 128"),
    _length(
        "key-length-unchecked",
        "A key of one byte is long enough.",
        _EXAMINED_KEY,
        "    if False:\n",
        "slurmctld, PyJWT by default, Authlib, python-jose",
    ),
    _length(
        "key-of-16-bytes-taken",
        "A key of 16 bytes is long enough.",
        "MIN_KEY_BYTES = 32\n",
        "MIN_KEY_BYTES = 16\n",
    ),
    _length(
        "empty-key-taken",
        "An empty key is a key.",
        '    if not key:\n        return finding("key.empty", "0 bytes")\n',
        "    if not key:\n        return None\n",
        "python-jose, jsonwebtoken, golang-jwt",
    ),
    _length(
        "key-over-1-kb-refused",
        "A key over 1,024 bytes is refused.",
        _EXAMINED_KEY,
        f'    if len(key) > 1024:\n        return finding("key.length", "too long")\n{_EXAMINED_KEY}',
        "jose(1)",
    ),
    _length(
        "key-pem-refused",
        "A PEM text is refused as a key for HMAC.",
        _EXAMINED_KEY,
        '    if key.startswith(b"-----BEGIN"):\n'
        f'        return finding("key.length", "a PEM text")\n{_EXAMINED_KEY}',
        "PyJWT, Authlib, python-jose, jsonwebtoken",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_OF_COMPARING, *_OF_KEYS)
