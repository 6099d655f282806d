"""Compare the vectors with their last release: `python -m tools.vector_versions [--seal]`.

The version is semantic. A changed answer (verdict or rules) or a withdrawn case is a major change, a new
case a minor one, better words a patch. `released_vectors.json` has the questions and answers of the last
release: an id never gets another question, and no answer changes unnoticed.

--seal makes the present state the last release. Use it when the file VERSION is final.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from slurm_jwt_vectors.suite import load, load_issuing, version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slurm_jwt_vectors.models import Case, IssuingCase, Suite

RELEASED = Path(__file__).with_name("released_vectors.json")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case of a release. question: SHA-256, in hex, of everything that is asked; the rest is the answer."""

    question: str
    answer: str
    rules: tuple[str, ...]


class Released(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last release: its version, and its cases by id. An empty version: there was none yet."""

    version: str
    cases: dict[str, Entry]


class Changes(NamedTuple):
    """Ids that differ from the last release.

    reused: the same id for another question, which must not be. gone: no case has the id any more.
    answered: the same question, another answer. added: new ids.
    """

    reused: tuple[str, ...]
    gone: tuple[str, ...]
    answered: tuple[str, ...]
    added: tuple[str, ...]


def released(path: Path = RELEASED) -> Released:
    """Return the last release; msgspec's errors if the file is damaged."""
    return msgspec.json.decode(path.read_bytes(), type=Released)


def state(suite: Suite, issuing: Mapping[str, IssuingCase]) -> dict[str, Entry]:
    """Return what a release would keep of these cases, by id."""
    keys = {name: key.base64 for name, key in suite.keys.items()}
    found = {case.id: _entry(case, keys[case.key], suite.jwks_of(case)) for case in suite.cases.values()}
    found |= {case.id: _wish(case, keys[case.key]) for case in issuing.values()}
    return dict(sorted(found.items()))


def _entry(case: Case, key: str, jwks: bytes | None) -> Entry:
    question = (hashlib.sha256(case.token_bytes).hexdigest(), key, case.now)
    if jwks is None:
        return Entry(_digest(question), case.verdict, case.rules)
    with_jwks = (*question, hashlib.sha256(jwks).hexdigest())
    return Entry(_digest(with_jwks), f"{case.verdict}, in 2020 {case.verdict_2020}", case.rules)


def _wish(case: IssuingCase, key: str) -> Entry:
    return Entry(_digest((case.claims, key, case.now)), case.expected, case.rules)


def _digest(question: object) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


def changes(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Changes:
    """Compare two states."""
    both = sorted(before.keys() & after.keys())
    reused = {name for name in both if before[name].question != after[name].question}
    return Changes(
        reused=tuple(sorted(reused)),
        gone=tuple(sorted(before.keys() - after.keys())),
        answered=tuple(name for name in both if name not in reused and before[name] != after[name]),
        added=tuple(sorted(after.keys() - before.keys())),
    )


def least_version(last: str, changed: Changes) -> str:
    """Return the lowest version that these changes since version `last` allow."""
    major, minor, patch = _numbers(last)
    if changed.reused or changed.gone or changed.answered:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if changed.added else f"{major}.{minor}.{patch}"


def is_enough(present: str, least: str) -> bool:
    """Return whether a version is `least` or later."""
    return _numbers(present) >= _numbers(least)


def _numbers(text: str) -> tuple[int, int, int]:
    numbers = text.split(".")
    if len(numbers) != 3 or not all(number.isascii() and number.isdigit() for number in numbers):
        raise ValueError(f"{text!r} is not a version such as 1.0.0")
    return int(numbers[0]), int(numbers[1]), int(numbers[2])


def seal(path: Path = RELEASED) -> None:
    """Make the present state the last release."""
    now = Released(version(), state(load(), load_issuing()))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(now), indent=1) + b"\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what changed since the last release; return 1 if VERSION is too low for it."""
    parser = argparse.ArgumentParser(prog="python -m tools.vector_versions", description=__doc__)
    parser.add_argument("--seal", action="store_true", help="make the present state the last release")
    if parser.parse_args(arguments).seal:
        seal()
    last = released()
    changed = changes(last.cases, state(load(), load_issuing()))
    least = least_version(last.version, changed)
    for kind, ids in changed._asdict().items():
        sys.stdout.writelines(f"{kind}: {name}\n" for name in ids)
    sys.stdout.write(f"released {last.version}, now {version()}, at least {least}\n")
    return 0 if is_enough(version(), least) else 1


if __name__ == "__main__":
    sys.exit(main())
