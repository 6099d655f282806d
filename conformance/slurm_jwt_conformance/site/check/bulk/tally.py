"""The summary of many tokens: counts by verdict, broken rule, remark and release, for people and scripts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERDICTS = ("valid", "either", "invalid", "undetermined")
OUTCOMES = ("pass", "fail", "undetermined")
RELEASE_VERDICTS = ("accepted", "refused", "unknown")


class Tally(NamedTuple):
    """Counts: tokens by verdict and outcome, broken rules, (release, its verdict), unusable lines.

    remarks: other diagnostics by id, if a policy was given.
    """

    verdicts: Counter[str]
    outcomes: Counter[str]
    rules: Counter[str]
    remarks: Counter[str]
    releases: Counter[tuple[str, str]]
    unusable: int = 0

    @property
    def tokens(self) -> int:
        """Count all tokens that were judged."""
        return self.verdicts.total()

    @property
    def failed(self) -> int:
        """Count the tokens that do not pass."""
        return self.tokens - self.outcomes["pass"]

    @property
    def code(self) -> int:
        """Give the exit code: 0 if all pass, 1 if one does not, 2 if a line is unusable."""
        return 2 if self.unusable else int(self.failed > 0)


class Counted(NamedTuple):
    """What one answer adds. releases: each with its verdict."""

    verdict: str
    outcome: str
    rules: tuple[str, ...]
    remarks: tuple[str, ...]
    releases: tuple[tuple[str, str], ...]


def count(counts: Tally, answer: Counted, times: int = 1) -> None:
    """Add an answer that was given so many times."""
    counts.verdicts[answer.verdict] += times
    counts.outcomes[answer.outcome] += times
    for counter, entries in ((counts.rules, answer.rules), (counts.remarks, answer.remarks)):
        for entry in entries:
            counter[entry] += times
    for release in answer.releases:
        counts.releases[release] += times


def nothing() -> Tally:
    """Return the tally of no lines."""
    return Tally(Counter(), Counter(), Counter(), Counter(), Counter())


def add(one: Tally, other: Tally) -> Tally:
    """Add up two tallies."""
    return Tally(
        one.verdicts + other.verdicts,
        one.outcomes + other.outcomes,
        one.rules + other.rules,
        one.remarks + other.remarks,
        one.releases + other.releases,
        one.unusable + other.unusable,
    )


def as_text(tally: Tally, sentences: Mapping[str, str]) -> Iterator[str]:
    """Yield the summary's lines for a person; `sentences` say what each rule demands."""
    verdicts = ", ".join(f"{tally.verdicts[name]:,} {name}" for name in VERDICTS if tally.verdicts[name])
    yield f"{_counted(tally.tokens, 'token')}" + (f": {verdicts}" if verdicts else "")
    outcomes = ", ".join(f"{tally.outcomes[name]:,} {name}" for name in OUTCOMES if tally.outcomes[name])
    if outcomes:
        yield f"outcome: {outcomes}"
    if tally.unusable:
        yield f"{_counted(tally.unusable, 'unusable line')}"
    for name, count in most_first(tally.rules):
        yield f"{count:>11,}  {name}: {sentences[name]}"
    for name, count in most_first(tally.remarks):
        yield f"{count:>11,}  {name}"
    for name in releases(tally):
        counts = ", ".join(f"{tally.releases[name, word]:,} {word}" for word in RELEASE_VERDICTS)
        yield f"Slurm {name}: {counts}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    """Put the most frequent first; equal ones by name, since workers meet them in any order."""
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))


def releases(tally: Tally) -> list[str]:
    """Return the names of the releases in a tally."""
    return sorted({name for name, _ in tally.releases})
