"""Mutants of reading JSON: encoding, grammar, duplicate names, numbers, depth (RFC 8259)."""

from __future__ import annotations

from slurm_jwt_conformance.harness.mutants.mutant import Mutant, Patch

MODULE = "slurm_jwt.strict.json_text"
_DECODE = '        text = raw.decode("utf-8")\n'
_PARSE = "        value = _parse(text, flaws)\n"
_OBJECT = "    if not isinstance(value, dict):\n"
_NAMES = "    members = dict(pairs)\n"
_UNIQUE = "    return members if len(members) == len(pairs) else _Repeated(members)\n"
_PLAIN = "_PLAIN = JSONDecoder(object_pairs_hook=_members, "


def _mutant(name: str, wrong: str, old: str, new: str, seen: str = "") -> Mutant:
    return Mutant(name, wrong, Patch(MODULE, old, new), seen)


def _plain(name: str, wrong: str, option: str, seen: str = "") -> Mutant:
    """Give another option to the decoder of texts whose numbers are short."""
    return _mutant(name, wrong, _PLAIN, f"{_PLAIN}{option}, ", seen)


def _bytes(name: str, wrong: str, expression: str, seen: str = "") -> Mutant:
    """Make text of the bytes in another way."""
    return _mutant(name, wrong, _DECODE, f"        text = {expression}\n", seen)


def _text(name: str, wrong: str, expression: str, seen: str = "") -> Mutant:
    """Change the text before it is parsed."""
    return _mutant(name, wrong, _PARSE, _PARSE.replace("text", expression), seen)


_ENCODING = (
    _bytes("latin-1-assumed", "The text is read as Latin-1.", 'raw.decode("latin-1")'),
    _bytes(
        "bad-utf8-replaced",
        "Bytes that are no UTF-8 are replaced by U+FFFD.",
        'raw.decode("utf-8", "replace")',
        "jsonwebtoken, fast-jwt, golang-jwt",
    ),
    _bytes(
        "surrogate-bytes-accepted",
        "Surrogates may be encoded in UTF-8, as in CESU-8.",
        'raw.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16", "replace")',
    ),
    _bytes(
        "encoding-detected",
        "UTF-16 and UTF-32 are detected, as Python's json.loads does with bytes.",
        "raw.decode(json.detect_encoding(raw))",
        "PyJWT, joserfc",
    ),
    _bytes(
        "overlong-utf8-accepted",
        "UTF-8 of two bytes may spell an ASCII character.",
        're.sub(rb"[\\xc0\\xc1][\\x80-\\xbf]", lambda m: bytes([m[0][0] % 4 * 64 + m[0][1] % 64]), raw)'
        '.decode("utf-8")',
    ),
    _mutant(
        "bom-ignored",
        "A byte order mark is stripped without a word.",
        '        flaws.append(("bom", "a byte order mark"))\n',
        "",
        "PyJWT, joserfc, panva's jose",
    ),
)

_GRAMMAR = (
    _text(
        "nul-ends-text",
        "The text ends at its first NUL, as a C string does.",
        'text.partition("\\0")[0]',
        "libjwt 1.x",
    ),
    _mutant(
        "trailing-text-ignored",
        "Whatever follows the JSON value is ignored.",
        "    if end != len(text):\n",
        "    if False:\n",
    ),
    _text(
        "comments-accepted",
        "Comments in the style of C are skipped.",
        "re.sub(r'(\"(?:[^\"\\\\]|\\\\.)*\")|/\\*.*?\\*/|//[^\\n]*', r'\\1', text)",
        "json-c",
    ),
    _text(
        "single-quotes-accepted", "Strings may stand in single quotes.", "text.replace(\"'\", '\"')", "json-c"
    ),
    _text(
        "trailing-comma-accepted",
        "A comma may stand before a closing bracket.",
        're.sub(r",(\\s*[]}])", r"\\1", text)',
        "json-c",
    ),
    _text("bare-names-accepted", "Names need no quotes.", "re.sub(r'([{,])(\\w+):', r'\\1\"\\2\":', text)"),
    _text(
        "leading-zeros-accepted",
        "Numbers may have leading zeros.",
        're.sub(r"(?<=:)0+(?=[0-9])", "", text)',
    ),
    _text("unicode-blanks-accepted", "Any Unicode white space may stand around the value.", "text.strip()"),
    _text(
        "leading-blank-refused",
        "The text must begin with a brace.",
        'text if text.startswith("{") else ""',
    ),
    _plain(
        "raw-control-characters-accepted", "Strings may hold unescaped line ends and tabs.", "strict=False"
    ),
    _mutant(
        "nan-accepted",
        "NaN and Infinity are numbers, as for Python's json.loads.",
        '    raise ValueError(f"{name} is not JSON")\n',
        "    return float(name)\n",
        "Authlib",
    ),
    _text(
        "escapes-taken-literally",
        "Escapes such as \\u0073 are left as they are.",
        'text.replace("\\\\u", "\\\\\\\\u")',
    ),
    _mutant(
        "lone-surrogates-accepted",
        "Strings may hold lone surrogates.",
        '    if ("\\\\ud" in text or "\\\\uD" in text) and ',
        "    if False and ",
        "all libraries measured but libjwt, Rust's jsonwebtoken and tink",
    ),
)

_STRUCTURE = (
    _mutant(
        "object-in-array-accepted",
        "An array that holds the object is taken for the object.",
        _OBJECT,
        "    if isinstance(value, list) and value and isinstance(value[0], dict):\n"
        f"        value = value[0]\n{_OBJECT}",
    ),
    _mutant(
        "pairs-accepted",
        "An array of pairs is made an object, as Object.fromEntries does.",
        _OBJECT,
        "    if isinstance(value, list) and all(type(pair) is list and len(pair) == 2 for pair in value):\n"
        f"        value = dict(value)\n{_OBJECT}",
    ),
    _mutant(
        "json-in-string-accepted",
        "A string that holds JSON is parsed again.",
        _OBJECT,
        '    if isinstance(value, str) and value.startswith("{"):\n'
        f"        value = json.loads(value)\n{_OBJECT}",
    ),
    _mutant(
        "last-duplicate-wins",
        "Of two members of one name the last counts.",
        _UNIQUE,
        "    return members\n",
        "slurmctld, and all libraries measured but tink",
    ),
    _mutant(
        "first-duplicate-wins",
        "Of two members of one name the first counts.",
        _UNIQUE,
        "    return dict(reversed(pairs))\n",
    ),
    _mutant(
        "names-without-case",
        "Names are compared without case.",
        _NAMES,
        "    members = {name.lower(): value for name, value in pairs}\n",
        "Go's encoding/json",
    ),
    _mutant(
        "nul-ends-names",
        "A name ends at its first NUL, as a C string does.",
        _NAMES,
        '    members = {name.partition("\\0")[0]: value for name, value in pairs}\n',
    ),
    _mutant("depth-of-500", "Values may nest 500 levels deep.", "MAX_DEPTH = 64\n", "MAX_DEPTH = 500\n"),
    _mutant(
        "depth-of-32",
        "Values may nest 32 levels deep, not more.",
        "MAX_DEPTH = 64\n",
        "MAX_DEPTH = 32\n",
        "json-c",
    ),
    _mutant(
        "brackets-counted",
        "Brackets are counted, in strings and side by side too, for the depth.",
        "> MAX_DEPTH and _nests_deep(text)\n",
        "> MAX_DEPTH\n",
    ),
)

_NUMBERS = (
    _mutant(
        "inexact-integers-accepted",
        "Integers may be of any size.",
        "    if not -MAX_EXACT <= value <= MAX_EXACT:\n        raise _InexactError\n",
        "",
        "PyJWT, Authlib, joserfc, jwcrypto",
    ),
    _mutant(
        "integers-to-2-63",
        "Integers up to 2^63 - 1 are accepted.",
        "MAX_EXACT = 2**53 - 1\n",
        "MAX_EXACT = 2**63 - 1\n",
        "slurmctld",
    ),
    _plain(
        "integers-of-32-bits",
        "Integers of up to 15 digits wrap at 2^32.",
        "parse_int=lambda digits: int(digits) & 0xFFFFFFFF",
    ),
    _mutant(
        "long-integers-refused",
        "Integers of more than 15 digits are no JSON.",
        "    if not -MAX_EXACT <= value <= MAX_EXACT:\n        raise _InexactError\n",
        '    if not -(10**15) < value < 10**15:\n        raise ValueError("too long")\n',
    ),
    _mutant(
        "overflow-accepted",
        "1e400 is infinity.",
        "    if math.isinf(value):\n        raise _InexactError\n",
        "",
        "Authlib, jsonwebtoken, panva's jose, fast-jwt",
    ),
    _plain(
        "whole-fractions-are-integers",
        "1.0 and 1e9 are integers, as in JavaScript.",
        "parse_float=lambda text: int(value) if (value := float(text)).is_integer() else value",
    ),
    _plain("fractions-truncated", "Fractions are cut off.", "parse_float=lambda text: int(float(text))"),
    _plain(
        "fractions-refused",
        "Numbers with a fraction or an exponent are no JSON.",
        "parse_float=lambda text: _refuse_constant(text)",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_ENCODING, *_GRAMMAR, *_STRUCTURE, *_NUMBERS)
