"""Which cases and implementations a user's words mean; a word that means none is an error with a hint."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import slurm_jwt_vectors
from slurm_jwt_conformance import ledger, registry
from slurm_jwt_conformance.problems import HarnessProblem, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt_vectors.models import Case, Suite


def suite() -> Suite:
    """Return the compiled vectors; a HarnessProblem where a file of theirs is damaged."""
    import msgspec

    try:
        return slurm_jwt_vectors.load()
    except (OSError, msgspec.DecodeError) as error:
        raise HarnessProblem(
            f"The compiled vectors cannot be read: {error}.", "Install the package again."
        ) from error


def known_deviations(vectors: Suite) -> ledger.Ledger:
    """Return the ledger, held against the names that there are; BrokenLedger where it does not fit."""
    return ledger.load(ledger.Known(vectors.cases, vectors.keys, registry.ids()), ledger.FOLDER)


def choose_cases(patterns: Sequence[str]) -> dict[str, Case]:
    """Return the cases whose id matches one of these globs; all of them for no glob."""
    cases = suite().cases
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in cases):
            raise Problem(f"No case matches {pattern!r}.", nearest(pattern, list(cases)))
    if not patterns:
        return cases
    return {
        name: case for name, case in cases.items() if any(fnmatchcase(name, pattern) for pattern in patterns)
    }


def choose_implementations(words: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that these words mean, each once, in the order of reports; all for no word."""
    chosen: dict[str, None] = {}
    for word in words or ["*"]:
        chosen.update(dict.fromkeys(_meant(word)))
    return tuple(chosen)


def _meant(word: str) -> tuple[str, ...]:
    if any(mark in word for mark in "*?[") and not word.startswith(registry.COMMAND):
        found = tuple(name for name in registry.ids() if fnmatchcase(name, word))
        if not found:
            raise Problem(f"No implementation matches {word!r}.", nearest(word, list(registry.ids())))
        return found
    return registry.resolve(word)
