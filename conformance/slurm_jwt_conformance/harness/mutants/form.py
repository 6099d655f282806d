"""Mutants of the token's outer form: parts, alphabet, padding, size (RFC 7515 2 and 7.1)."""

from __future__ import annotations

from slurm_jwt_conformance.harness.mutants.mutant import Mutant, Patch

MODULE = "slurm_jwt.strict.jws"
_COUNT = '    periods = token.count(b".")\n'
_FLAW = "        flaw = _flaw(text)\n"


def _mutant(name: str, wrong: str, old: str, new: str, seen: str = "") -> Mutant:
    return Mutant(name, wrong, Patch(MODULE, old, new), seen)


def _token(name: str, wrong: str, expression: str, seen: str = "") -> Mutant:
    """Change the token before anything looks at it."""
    return _mutant(name, wrong, _COUNT, f"    token = {expression}\n{_COUNT}", seen)


def _part(name: str, wrong: str, expression: str, seen: str = "") -> Mutant:
    """Change the text of each part before it is decoded; the MAC is still over the text as it came."""
    return _mutant(name, wrong, _FLAW, f"        text = {expression}\n{_FLAW}", seen)


_OF_TOKEN = (
    _token("blanks-around-stripped", "White space around the token is stripped.", "token.strip()"),
    _token(
        "final-newline-stripped",
        "A line end after the token is stripped.",
        'token.rstrip(b"\\r\\n")',
        "panva's jose, ruby-jwt",
    ),
    _token("blanks-removed", "White space anywhere in the token is removed.", 'b"".join(token.split())'),
    _token("bearer-prefix-stripped", "A prefix 'Bearer ' is stripped.", 'token.removeprefix(b"Bearer ")'),
    _token(
        "variable-prefix-stripped",
        "The prefix SLURM_JWT=, as scontrol prints it, is stripped.",
        'token.removeprefix(b"SLURM_JWT=")',
    ),
    _token("quotes-stripped", "Quotes around the token are stripped.", 'token.strip(b"\\"\'")'),
    _token(
        "percent-encoding-undone",
        "Percent encoding is undone.",
        '__import__("urllib.parse").parse.unquote_to_bytes(token)',
    ),
    _token(
        "lookalikes-folded",
        "The token is normalized to NFKC first: full-width characters become ASCII.",
        '__import__("unicodedata").normalize("NFKC", token.decode("utf-8", "replace")).encode()',
    ),
    _token(
        "nul-ends-token", "The token ends at its first NUL, as a C string does.", 'token.partition(b"\\0")[0]'
    ),
    _token(
        "further-parts-ignored",
        "Parts after the third are ignored.",
        'b".".join(token.split(b".")[:3])',
        "node-jose",
    ),
    _mutant(
        "two-parts-unsecured",
        "A token of two parts is taken for an unsecured one.",
        "    if periods != 2:\n",
        "    if periods == 1:\n"
        '        texts = [text.translate(_FROM_URL) + b"==" for text in token.split(b".")]\n'
        "        return [], Parts(token, *map(a2b_base64, texts), None)\n"
        "    if periods != 2:\n",
    ),
    _mutant(
        "json-serialization-accepted",
        "The flattened JSON serialization is accepted.",
        _COUNT,
        "    import re\n\n"
        '    fields = dict(re.findall(rb\'"([a-z]+)":"([A-Za-z0-9_-]*)"\', token))\n'
        '    if {b"protected", b"payload", b"signature"} <= fields.keys():\n'
        '        token = b".".join([fields[b"protected"], fields[b"payload"], fields[b"signature"]])\n'
        + _COUNT,
        "python-jwt before 3.3.4, CVE-2022-39227",
    ),
)

_OF_PARTS = (
    _part(
        "padding-accepted",
        "Parts may be padded with =.",
        'text.rstrip(b"=")',
        "libjwt 1.x, Authlib, python-jose, Gehirn's jwt",
    ),
    _part(
        "standard-alphabet-accepted",
        "+ and / are read as - and _.",
        "text.translate(_TO_URL)",
        "libjwt 1.x",
    ),
    _part(
        "blanks-in-parts-skipped",
        "White space within a part is skipped.",
        'text.translate(None, b" \\t\\r\\n")',
    ),
    _part(
        "foreign-characters-skipped",
        "Characters that are not base64url are skipped, as Python's urlsafe_b64decode does.",
        "bytes(byte for byte in text if byte in _ALPHABET)",
        "Debian's libjwt 1.10.2, Authlib, python-jose, Gehirn's jwt",
    ),
    _part(
        "foreign-character-ends-part",
        "A part is decoded up to its first foreign character, and the rest ignored.",
        "text[: len(text) - len(text.lstrip(_ALPHABET))]",
        "upstream libjwt 1.10 to 1.17",
    ),
    _part(
        "impossible-length-accepted",
        "The last character of a part of impossible length is dropped.",
        "text[:-1] if len(text) % 4 == 1 else text",
    ),
    _mutant(
        "spare-bits-ignored",
        "The unused bits of a part's last character may be set.",
        "        if text and text[-1] not in _CANONICAL_LAST[len(text) % 4]:\n",
        "        if False:\n",
        "Authlib, jwcrypto, python-jose, golang-jwt",
    ),
)

_OF_SIZE = (
    _mutant(
        "size-unlimited",
        "A token may be of any size.",
        "    if len(token) > MAX_TOKEN_BYTES:\n",
        "    if False:\n",
    ),
    _mutant(
        "size-at-limit-refused",
        "A token of exactly 131,072 bytes is refused.",
        "    if len(token) > MAX_TOKEN_BYTES:\n",
        "    if len(token) >= MAX_TOKEN_BYTES:\n",
    ),
    _mutant(
        "size-of-a-web-header",
        "A token over 8,192 bytes is refused, as web servers refuse such a header.",
        "MAX_TOKEN_BYTES = 131_072\n",
        "MAX_TOKEN_BYTES = 8_192\n",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_OF_TOKEN, *_OF_PARTS, *_OF_SIZE)
