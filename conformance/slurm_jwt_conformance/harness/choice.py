"""Which cases and implementations a user's words mean; a word that means none is an error with a hint."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import slurm_jwt_vectors
from slurm_jwt_conformance.adapters import registry
from slurm_jwt_conformance.harness import ledger
from slurm_jwt_conformance.harness.mutants import catalogue
from slurm_jwt_conformance.harness.rs256_keys import RS256
from slurm_jwt_reports.problems import HarnessProblem, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slurm_jwt_conformance.adapters import Participant
    from slurm_jwt_vectors.models import Case, IssuingCase, Suite

T = TypeVar("T")


def suite() -> Suite:
    """Return the compiled vectors; a HarnessProblem where a file of theirs is damaged."""
    import msgspec

    try:
        return slurm_jwt_vectors.load()
    except (OSError, msgspec.DecodeError) as error:
        raise HarnessProblem(
            f"The compiled vectors cannot be read: {error}.", "Install the package again."
        ) from error


def suite_cases() -> int:
    """Return the number of cases of the whole suite: tokens to verify and tokens to issue."""
    return len(suite().cases) + len(slurm_jwt_vectors.load_issuing())


def known_deviations(vectors: Suite, files: Sequence[str] = ()) -> ledger.Ledger:
    """Return the ledger, checked against the known names; raise BrokenLedger if it does not fit.

    files: ledgers of the user's own.
    """
    names = {*vectors.cases, *slurm_jwt_vectors.load_issuing()}
    known = ledger.Known(names, {*vectors.keys, *RS256}, registry.ids())
    return ledger.load(known, ledger.FOLDER, files=map(Path, files))


class Selection(NamedTuple):
    """What a run puts to implementations: tokens to verify, and requests for tokens to issue."""

    cases: dict[str, Case]
    requests: dict[str, IssuingCase]


def choose_cases(patterns: Sequence[str]) -> dict[str, Case]:
    """Return the cases whose id matches one of these globs; all of them for no glob."""
    return choose(patterns).cases


def choose(patterns: Sequence[str]) -> Selection:
    """Return the cases and requests whose id matches one of these globs; all of them for no glob."""
    everything = Selection(suite().cases, slurm_jwt_vectors.load_issuing())
    names = [*everything.cases, *everything.requests]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise Problem(f"No case matches {pattern!r}.", nearest(pattern, names))
    if not patterns:
        return everything
    return Selection(_matching(everything.cases, patterns), _matching(everything.requests, patterns))


def _matching(by_id: Mapping[str, T], patterns: Sequence[str]) -> dict[str, T]:
    return {
        name: one for name, one in by_id.items() if any(fnmatchcase(name, pattern) for pattern in patterns)
    }


def choose_implementations(words: Sequence[str], excluded: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the ids that these words mean, each once, in the order of reports; all for no word.

    excluded: words for ids to leave out.
    """
    chosen = dict.fromkeys(name for word in words or ["*"] for name in _meant(word))
    less = {name for word in excluded for name in _meant(word)}
    left = tuple(name for name in chosen if name not in less)
    if not left:
        raise Problem("No implementation is left to test.", "Exclude fewer with --exclude.")
    return left


def _meant(word: str) -> tuple[str, ...]:
    if any(mark in word for mark in "*?[") and not registry.commands([word]):
        known = catalogue.ids() if word.startswith(catalogue.PREFIX) else registry.ids()
        names = tuple(name for name in known if fnmatchcase(name, word))
        if not names:
            raise Problem(f"No implementation matches {word!r}.", nearest(word, list(known)))
        return names
    if word.startswith(catalogue.PREFIX):
        return (catalogue.PREFIX + catalogue.named(word).name,)
    return registry.resolve(word)


def start(
    implementation: str,
    progress: Callable[[str], None] | None = None,
    *,
    live_roots: bool = False,
    programs: registry.Programs = registry.Programs(),  # noqa: B008 - it cannot change
) -> Participant:
    """Return a participant: a mutant, or what the registry has under this id (see registry.start)."""
    if implementation.startswith(catalogue.PREFIX):
        return catalogue.start(implementation, programs)
    return registry.start(implementation, progress, live_roots=live_roots, programs=programs)


def is_command(implementation: str) -> bool:
    """Return whether this is the name of a user's own program."""
    return implementation not in registry.ids() and not implementation.startswith(catalogue.PREFIX)


def source(implementation: str) -> str | None:
    """Return the text that a report shows as the implementation's source; None for a user's program."""
    if is_command(implementation):
        return None
    if implementation.startswith(catalogue.PREFIX):
        return catalogue.named(implementation).source
    return registry.source(implementation)
