"""Cases of Project Wycheproof: its HS256 tokens from a copy of its file, with verdicts of our own.

    python -m tools.wycheproof json_web_signature_test.json --out mine
    slurm_jwt_vectors.load(Path("mine"))

The repository does not hold the tokens: they stay under Wycheproof's licence. wycheproof.json lists, by the
SHA-256 of each token, the rules that the token breaks, and a note where Wycheproof's label differs. A token
that is not in that list is an error: judge it first.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from slurm_jwt_vectors.build import NOW, token
from slurm_jwt_vectors.keys import KEYS, PublishedKey
from tools.vector_data import FORMAT, dump, key_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

JUDGED = Path(__file__).with_name("wycheproof.json")
TOPIC = "wycheproof"
_WHY = "It was made to test signatures: its payload is no JSON, so it holds no claims."
_SOURCES = ("RFC 7515 5.2", "RFC 7519 7.2")


class ForeignDataError(ValueError):
    """The copy is another file, or holds a token that wycheproof.json does not list."""


class Foreign(NamedTuple):
    """One of their cases: the id, what it is about, the token, the key. Their verdict is not read."""

    number: int
    comment: str
    token: str
    key: bytes


class Judgement(NamedTuple):
    """What our documents say of a token: the rules it breaks. note: why their label is another."""

    token_sha256: str
    rules: tuple[str, ...]
    note: str | None


class Judged(NamedTuple):
    """Our judgements by their case's number, and where the tokens come from."""

    source: str
    licence: str
    by_number: dict[int, Judgement]


def judgements(path: Path = JUDGED) -> Judged:
    """Return what we have judged."""
    stored = json.loads(path.read_bytes())
    by_number = {
        int(number): Judgement(said["token_sha256"], tuple(said["rules"]), said.get("note"))
        for number, said in stored["judged"].items()
    }
    return Judged(f"{stored['source']} {stored['file']}", stored["licence"], by_number)


def read(content: bytes) -> tuple[Foreign, ...]:
    """Return the HS256 cases of their file; a ForeignDataError if it is another one."""
    try:
        return tuple(_cases(json.loads(content)))
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ForeignDataError("this is not a json_web_signature_test.json of Wycheproof") from error


def _cases(stored: dict[str, Any]) -> Iterator[Foreign]:
    for group in stored["testGroups"]:
        jwk = group.get("private", {})
        if jwk.get("kty") == "oct" and jwk.get("alg") == "HS256":
            for test in group["tests"]:
                yield Foreign(int(test["tcId"]), str(test["comment"]), str(test["jws"]), _bytes(jwk["k"]))


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("a key is not base64url") from error


def compiled(content: bytes, judged: Judged) -> dict[str, bytes]:
    """Return the files keys.json and wycheproof.json, in the format of our own, and a notice beside them."""
    found = read(content)
    strangers = sorted(each.number for each in found if not _is_judged(each, judged))
    if strangers:
        numbers = ", ".join(map(str, strangers))
        raise ForeignDataError(f"tcId {numbers}: not judged yet; add them to {JUDGED.name} first")
    keys = {each.key: _key(each.key, judged.source) for each in found}
    cases = [_case(each, keys[each.key].id, judged) for each in found]
    cases += [_usual(key) for key in keys.values()]
    topic = {
        "format": FORMAT,
        "topic": TOPIC,
        "about": "HS256 tokens of Project Wycheproof, judged as Slurm tokens, and a usual one for each key.",
        "cases": sorted(cases, key=lambda case: str(case["id"])),
    }
    notice = (
        f"The tokens and keys of wycheproof.json come from {judged.source}, under {judged.licence}.\n"
        "Their verdicts are not Wycheproof's: they say what a Slurm token must be.\n"
    )
    return {
        "keys.json": dump({"format": FORMAT, "keys": sorted(map(key_entry, keys.values()), key=_id)}),
        f"{TOPIC}.json": dump(topic),
        "NOTICE": notice.encode(),
    }


def _is_judged(each: Foreign, judged: Judged) -> bool:
    known = judged.by_number.get(each.number)
    return known is not None and known.token_sha256 == hashlib.sha256(each.token.encode()).hexdigest()


def _key(data: bytes, source: str) -> PublishedKey:
    """Return the published key of these bytes if there is one, else a key named after them."""
    for key in KEYS.values():
        if key.bytes == data:
            return key
    name = f"{TOPIC}-{hashlib.sha256(data).hexdigest()[:8]}"
    return PublishedKey(name, f"{len(data)} bytes", "A key of Project Wycheproof.", source, data)


def _case(each: Foreign, key: str, judged: Judged) -> dict[str, object]:
    said = judged.by_number[each.number]
    why = " ".join(text for text in (said.note, _WHY if "claims.json" in said.rules else None) if text)
    return {
        **_frame(f"tc-{each.number}", f"{each.comment}.", key, each.token),
        "sources": [f"Wycheproof tcId {each.number}, {judged.licence}, {judged.source}", *_SOURCES],
        "verdict": "invalid",
        "rules": list(said.rules),
        "why": why or None,
        "user": None,
        "twin": f"{TOPIC}.{key}",
    }


def _usual(key: PublishedKey) -> dict[str, object]:
    """Return the valid case under a key: what differs from it is not the key's fault."""
    made = token().signed_by(key.bytes).encoded().decode()
    return {
        **_frame(key.id, "A usual token under this key.", key.id, made),
        "sources": [key.source],
        "verdict": "valid",
        "rules": [],
        "why": None,
        "user": "alice",
        "twin": None,
    }


def _frame(name: str, purpose: str, key: str, text: str) -> dict[str, object]:
    return {
        "id": f"{TOPIC}.{name}",
        "topic": TOPIC,
        "purpose": purpose,
        "key": key,
        "token": text,
        "now": NOW,
        "any_time": True,
    }


def _id(entry: dict[str, str]) -> str:
    return entry["id"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the cases of a copy of their file; return 2 if it cannot be read or holds unknown tokens."""
    parser = argparse.ArgumentParser(prog="python -m tools.wycheproof")
    parser.add_argument("copy", type=Path, help="a copy of testvectors_v1/json_web_signature_test.json")
    parser.add_argument("--out", type=Path, required=True, help="folder for the cases")
    options = parser.parse_args(arguments)
    try:
        files = compiled(options.copy.read_bytes(), judgements())
        options.out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (options.out / name).write_bytes(content)
    except (OSError, ForeignDataError) as error:
        sys.stderr.write(f"slurm-jwt: {error}\n")
        return 2
    sys.stdout.writelines(f"written: {name}\n" for name in files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
