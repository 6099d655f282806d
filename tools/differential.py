"""Compare `verify`, `examine` and the oracle on mutated tokens of the vectors.

    python -m tools.differential COUNT [SEED]

Verify accepts exactly the tokens that examine and the oracle call valid, refuses with the first rule that
examine lists, and returns the same claims. A mutated token is signed again, except one in five.
"""

from __future__ import annotations

import base64
import hmac
import json
import random
import re
import sys
from collections import Counter
from typing import NamedTuple

from slurm_jwt import Refused, Verifier, examine
from slurm_jwt_vectors import load
from tools import oracle

LONGEST = 4000
"""Bytes of a token that is mutated: more is the same, only slower."""
DEEPEST = 300
"""Levels that Python's own parser can read."""
VALUES = (
    "0", "1", "-1", "1e3", "1.0", "1.5e0", "1e999", "-1e999", "9007199254740991", "9007199254740992",
    "1" * 30, "1" * 500, "true", "false", "null", "[]", "{}", '[""]', '["a","b"]', '["a",1]', '{"a":1}',
    "NaN", "-0", "01", '""', '"root"', '"-x"', '"a b"', '"\\u0061"', '"\\ud800"', '"\\ud83d\\ude00"',
    '"\u00e9"', '"\\u0000"', "'a'", '"HS256"', '"hs256"', '"none"', '"RS256"', '"JWT"', '"jwt"',
    '"at+jwt"', '["exp"]', '["b64"]', "[[[[[]]]]]", "[" * 63 + "]" * 63, "[" * 64 + "]" * 64,
    "[" * 70 + "]" * 70,
)  # fmt: skip
NAMES = (
    "alg", "typ", "cty", "kid", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "enc",
    "zip", "p2s", "sun", "exp", "iat", "nbf", "iss", "sub", "aud", "jti", "SUN", "uid", "username",
    "\\u0073un", "a",
)  # fmt: skip
BITS = (b".", b"=", b" ", b"\n", b"A", b"-", b"_", b"+", b"/", b"\0", b"\xff", b"..", b"e30")
TEXT = (
    "\ufeff",
    " ",
    "\n",
    ",",
    "{",
    "}",
    "]",
    ":",
    '"',
    "\\",
    "\x00",
    "\x0b",
    "0",
    "/**/",
    "\u00a0",
    "\ud7ff",
)
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
VALUE = re.compile(r'"(?:[^"\\]|\\.)*"(?!\s*:)|-?\d[\d.eE+-]*|true|false|null|\[\]|\{\}')
MEMBER = re.compile(r'"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|-?[\w.+]+)')


class Sample(NamedTuple):
    """A token, the key that judges it, and the moment."""

    token: bytes
    key: bytes
    now: int


def samples() -> list[Sample]:
    """Return the tokens of the vectors that are mutated."""
    suite = load()
    found = []
    for case in suite.cases.values():
        token, key = case.token_bytes, suite.keys[case.key].bytes
        if case.jwks is None and len(key) >= 32 and len(token) <= LONGEST and _brackets(token) <= DEEPEST:
            found.append(Sample(token, key, case.now))
    return found


def _brackets(token: bytes) -> int:
    return max(
        (_decoded(part).count("[") + _decoded(part).count("{") for part in token.split(b".")), default=0
    )


def _decoded(part: bytes) -> str:
    text = bytes(byte for byte in part if byte in ALPHABET)
    text = text[: len(text) - (len(text) % 4 == 1)]
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)).decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogateescape")).rstrip(b"=")


def mutated(bases: list[Sample], dice: random.Random) -> Sample:
    """Return a sample with one to four changes."""
    token, key, now = dice.choice(bases)
    parts = token.split(b".")
    for _ in range(dice.choice((0, 1, 1, 1, 2, 2, 3))):
        place = dice.randrange(len(parts))
        if place > 1 or dice.random() < 0.2:
            parts[place] = _change_bytes(parts[place], dice)
        else:
            parts[place] = _encoded(dice.choice(CHANGES)(_decoded(parts[place]), dice))
    if dice.random() < 0.05:
        parts[dice.randrange(len(parts))] = dice.choice(dice.choice(bases).token.split(b"."))
    if len(parts) == 3 and dice.random() < 0.8:
        parts[2] = base64.urlsafe_b64encode(hmac.digest(key, b".".join(parts[:2]), "sha256")).rstrip(b"=")
        if dice.random() < 0.05:
            parts[2] = _loosened(parts[2], dice)
    times = [int(each) for each in re.findall(r"\d{9,15}", _decoded(parts[min(1, len(parts) - 1)]))]
    moment = dice.choice([now, now, *(each + dice.choice((-1, 0, 1)) for each in times)])
    return Sample(b".".join(parts), key, moment)


def _change_value(text: str, dice: random.Random) -> str:
    found = list(VALUE.finditer(text))
    if not found:
        return text
    one = dice.choice(found)
    return text[: one.start()] + dice.choice(VALUES) + text[one.end() :]


def _add_member(text: str, dice: random.Random) -> str:
    member = f'"{dice.choice(NAMES)}":{dice.choice(VALUES)}'
    at = text.find("{") + 1 if dice.random() < 0.5 else text.rfind("}")
    return (
        text[:at] + (f"{member}," if at and text[at - 1 : at] == "{" else f",{member}") + text[max(at, 0) :]
    )


def _repeat_member(text: str, dice: random.Random) -> str:
    found = MEMBER.findall(text)
    return text.replace("{", "{" + dice.choice(found) + ",", 1) if found else text


def _change_text(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice((dice.choice(TEXT), "")) + text[at + dice.randrange(2) :]


CHANGES = (_change_value, _change_value, _add_member, _repeat_member, _change_text)


def _change_bytes(part: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(part) + 1)
    return part[:at] + dice.choice((b"", dice.choice(BITS), bytes([dice.choice(ALPHABET)]))) + part[at + 1 :]


def _loosened(part: bytes, dice: random.Random) -> bytes:
    """Set unused bits of the last character."""
    return part[:-1] + bytes([ALPHABET[ALPHABET.index(part[-1]) & ~3 | dice.randrange(4)]])


def difference(sample: Sample, verifier: Verifier) -> tuple[str, str]:
    """Return the oracle's verdict, and how the three differ on a token: "" if they agree."""
    token, key, now = sample
    expected = oracle.judge(token, key, now)
    examined = examine(token, key, now)
    first = examined.findings[0].rule if examined.findings else ""
    try:
        claims, rule = verifier.verify(token, now), ""
    except Refused as refused:
        claims, rule = None, refused.finding.rule
    verdict = "either" if examined.verdict == "undetermined" else examined.verdict
    if (claims is not None) != (expected == "valid"):
        return expected, f"oracle {expected}, verify {rule or 'accepts'}"
    if verdict != expected:
        return expected, f"oracle {expected}, examine {examined.verdict} {first}"
    if rule != first:
        return expected, f"verify {rule}, examine {first}"
    if claims is not None and examined.claims is not None:
        seen = {name: examined.claims.get(name) for name in ("sun", "exp", "iat")}
        if seen != {"sun": claims.sun, "exp": claims.exp, "iat": claims.iat}:
            return expected, "verify and examine read other claims"
    return expected, ""


def campaign(count: int, seed: str) -> tuple[Counter[str], list[str]]:
    """Compare so many tokens; return how many have which verdict, and each difference with its token."""
    dice, bases = random.Random(seed), samples()  # noqa: S311 - repeatable
    verifiers = {base.key: Verifier(base.key) for base in bases}
    verdicts: Counter[str] = Counter()
    found = []
    for _ in range(count):
        sample = mutated(bases, dice)
        verdict, how = difference(sample, verifiers[sample.key])
        verdicts[verdict] += 1
        if how:
            found.append(f"{how}: now {sample.now}, {json.dumps(sample.token.decode('latin-1'))}")
    return verdicts, found


def main(words: list[str]) -> int:
    """Run a campaign and print its counts and differences."""
    verdicts, differences = campaign(int(words[0]), (*words[1:], "0")[0])
    print(f"{sum(verdicts.values()):,} tokens: {dict(verdicts)}, {len(differences)} differences")
    print("\n".join(differences[:20]))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
