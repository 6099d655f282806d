"""Edits of bytes for the fuzzer: of JSON text, of its base64url, of whole tokens.

Each edit takes a random generator and bytes and returns other bytes. Most edits insert what decoders treat
differently: odd numbers, escapes, names of users and algorithms, characters that are not base64url.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from slurm_jwt_conformance.lab.fuzz import values

Edit = Callable[[Random, bytes], bytes]

_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_MEMBER = re.compile(rb'"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[-+0-9.eEa-zA-Z]+)')


def _instead_of(pattern: re.Pattern[bytes], new: Sequence[bytes]) -> Edit:
    """Return the edit that replaces one match of the pattern with one of the new values."""

    def edit(rng: Random, text: bytes) -> bytes:
        return _swap(rng, text, pattern, rng.choice(new))

    return edit


def _insertion_of(new: Sequence[bytes]) -> Edit:
    """Return the edit that inserts one of the values anywhere."""
    return lambda rng, text: _insert(rng, text, rng.choice(new))


def _value_of(name: bytes, new: Sequence[bytes]) -> Edit:
    """Return the edit that replaces the value of the first member of this name."""
    pattern = re.compile(rb'("%s"\s*:\s*)(?:"[^"]*"|-?[0-9]+)' % name)

    def edit(rng: Random, text: bytes) -> bytes:
        return pattern.sub(lambda match: match.group(1) + rng.choice(new), text, count=1)

    return edit


_USERS = [b'"%s"' % name for name in values.NAMES]
number = _instead_of(_NUMBER, values.NUMBERS)
name = _instead_of(_STRING, _USERS)
member_name = _instead_of(_STRING, values.MEMBERS)
number_word = _instead_of(_NUMBER, values.WORDS)
string_word = _instead_of(_STRING, values.WORDS)
"""Words and odd numbers, of which json-c takes many."""
algorithm = _value_of(b"alg", values.ALGORITHMS)
token_type = _value_of(b"typ", values.TYPES)
user = _value_of(b"sun", _USERS)
expiry = _value_of(b"exp", values.NUMBERS)
space = _insertion_of(values.SPACES)
foreign = _insertion_of(values.FOREIGN)
punctuation = _insertion_of(rb'" \ { } [ ] : , / * - e'.split())
any_byte = _insertion_of([bytes((code,)) for code in range(256)])


def member(rng: Random, text: bytes) -> bytes:
    """Add a member at the start or at the end. The object may then have it twice."""
    kind = rng.random()
    if kind < 0.3:
        added = b'"exp":' + rng.choice(values.NUMBERS)
    elif kind < 0.55:
        added = rng.choice((b'"sun":', b'"username":')) + rng.choice(_USERS)
    elif kind < 0.75:
        added = b'"alg":' + rng.choice(values.ALGORITHMS)
    elif kind < 0.85:
        added = b'"typ":' + rng.choice(values.TYPES)
    else:
        value = rng.choice((*values.NUMBERS, b"[1,2]", b'{"a":{}}', b"[]"))
        added = rng.choice(values.MEMBERS) + b":" + value
    if rng.random() < 0.5:
        return text.replace(b"{", b"{" + added + b",", 1)
    start, brace, end = text.rpartition(b"}")
    return start + b"," + added + brace + end


def repeat_member(rng: Random, text: bytes) -> bytes:
    """Repeat a member, or remove it."""
    matches = list(_MEMBER.finditer(text))
    if not matches:
        return text
    match = rng.choice(matches)
    if rng.random() < 0.4:
        return text[: match.start()] + text[match.end() :].lstrip(b",")
    return text[: match.end()] + b"," + match.group() + text[match.end() :]


def nest(rng: Random, text: bytes) -> bytes:
    """Replace a number by deep arrays or objects."""
    depth = rng.choice(values.DEPTHS if rng.random() < 0.9 else values.DEEP)
    if rng.random() < 0.7:
        return _swap(rng, text, _NUMBER, b"[" * depth + rng.choice((b"", b"1")) + b"]" * depth)
    return _swap(rng, text, _NUMBER, b'{"a":' * depth + b"1" + b"}" * depth)


def tail(rng: Random, text: bytes) -> bytes:
    """Append to the end."""
    return text + rng.choice(values.TAILS)


def head(rng: Random, text: bytes) -> bytes:
    """Insert before the start."""
    return rng.choice(values.HEADS) + text


def comment(rng: Random, text: bytes) -> bytes:
    """Insert a comment, complete or not, after a separator."""
    places = [match.end() for match in re.finditer(rb"[,:{]", text)] or [0]
    place = rng.choice(places)
    return text[:place] + rng.choice((b"/**/", b"/*,*/", b"//\n", b"/*", b"/", b"// ")) + text[place:]


def quotes(rng: Random, text: bytes) -> bytes:
    """Replace double quotes by single quotes, all or one pair."""
    if rng.random() < 0.5:
        return text.replace(b'"', b"'")
    matches = list(_STRING.finditer(text))
    if not matches:
        return text
    match = rng.choice(matches)
    return text[: match.start()] + b"'" + match.group()[1:-1] + b"'" + text[match.end() :]


def comma(rng: Random, text: bytes) -> bytes:
    """Insert a comma before a closing bracket, or remove one."""
    if rng.random() < 0.6:
        return text.replace(b"}", b",}", 1)
    return text.replace(b",", b"", 1)


def escape(rng: Random, text: bytes) -> bytes:
    """Replace a letter by an escape."""
    places = [index for index, code in enumerate(text) if chr(code).isalpha()]
    if not places:
        return text
    place = rng.choice(places)
    form = rng.choice((b"\\u%04x", b"\\u%04X", b"\\u%03x", b"\\U%04x"))
    return text[:place] + form % text[place] + text[place + 1 :]


def flip(rng: Random, text: bytes) -> bytes:
    """Change one bit."""
    if not text:
        return text
    place = rng.randrange(len(text))
    return text[:place] + bytes((text[place] ^ 1 << rng.randrange(8),)) + text[place + 1 :]


def cut(rng: Random, text: bytes) -> bytes:
    """Remove a few bytes."""
    place = rng.randrange(len(text) + 1)
    return text[:place] + text[place + rng.choice((1, 1, 1, 2, 4, 8)) :]


def double(rng: Random, text: bytes) -> bytes:
    """Repeat a few bytes."""
    place = rng.randrange(len(text) + 1)
    return text[:place] + text[place : place + rng.choice((1, 1, 2, 5))] * 2 + text[place:]


def spare_bits(rng: Random, part: bytes) -> bytes:
    """Replace the last character."""
    return part[:-1] + rng.choice((b"A", b"B", b"x", b"_", b"-", b"9", b"+", b"="))


def shorten(rng: Random, part: bytes) -> bytes:
    """Remove the last characters."""
    return part[: -rng.choice((1, 1, 2, 3))]


def pad(rng: Random, part: bytes) -> bytes:
    """Append =, as many as base64 requires or another number."""
    return part + (b"=" * (-len(part) % 4) if rng.random() < 0.5 else b"=" * rng.randrange(1, 5))


def standard(_rng: Random, part: bytes) -> bytes:
    """Replace the alphabet of base64url by that of base64."""
    return part.replace(b"-", b"+").replace(b"_", b"/")


def ending(rng: Random, part: bytes) -> bytes:
    """Append to a part."""
    return part + rng.choice((*values.FOREIGN, b".", b".x", b"A", b"AAAA", b"\n", b"\x00", b"\x00A"))


def _swap(rng: Random, text: bytes, pattern: re.Pattern[bytes], new: bytes) -> bytes:
    matches = list(pattern.finditer(text))
    if not matches:
        return text
    match = rng.choice(matches)
    return text[: match.start()] + new + text[match.end() :]


def _insert(rng: Random, text: bytes, new: bytes) -> bytes:
    place = rng.randrange(len(text) + 1)
    return text[:place] + new + text[place:]


OF_JSON: tuple[Edit, ...] = (
    *(number, name, member_name, member, member, repeat_member, nest, space, space, tail, head, comment),
    *(quotes, comma, escape, number_word, string_word, flip, cut, double, punctuation, any_byte),
)
OF_HEADER: tuple[Edit, ...] = (algorithm, algorithm, algorithm, token_type, token_type, *OF_JSON)
OF_PAYLOAD: tuple[Edit, ...] = (user, user, user, user, expiry, expiry, expiry, *OF_JSON)
OF_PART: tuple[Edit, ...] = (foreign, foreign, spare_bits, shorten, pad, standard, cut, flip)
OF_TOKEN: tuple[Edit, ...] = (ending, ending, foreign, flip, cut, shorten, spare_bits, pad, head)
