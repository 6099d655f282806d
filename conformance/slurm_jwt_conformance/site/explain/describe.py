"""Explanations as the document that all formats show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import releases
from slurm_jwt.vocabulary import Outcome
from slurm_jwt_conformance.site.explain.documents import lines_report, rule_report
from slurm_jwt_conformance.site.explain.lines import recorded
from slurm_jwt_reports.diagnostic import Bullets, Diagnostic, Document, Fact, Section
from slurm_jwt_reports.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slurm_jwt.strict.rules import Rule
    from slurm_jwt_conformance.site.explain import Explained
    from slurm_jwt_conformance.site.explain.lines import Found
    from slurm_jwt_conformance.site.explain.message import Cause
    from slurm_jwt_vectors import Case
    from slurm_jwt_vectors.sides import Sides

MOST_UNKNOWN = 5
"""Unknown lines that are shown; the others are counted."""

MOST_RULES = 4
"""Combinations of rules that are shown for each release, the most frequent first."""


_EDITIONS = {
    None: "both",
    "2020": "Slurm's page of 30 December 2020: HS256 only",
    "later": "Slurm's page since 21.08: HS256 by jwt_key=, RS256 by jwks=",
}


def lines(found: Found) -> Document:
    """Return the document of lines; the outcome is undetermined if no line is known."""
    counts = f"{plural(len(found.known), 'known message')}, {plural(len(found.unknown), 'unknown line')}"
    return Document(
        tool="explain",
        title="Lines of logs",
        headline=counts,
        outcome=None if found.known else Outcome("undetermined", ("no line is known",)),
        diagnostics=tuple(_diagnostic(one, numbers) for one, numbers in found.known.values()),
        notes=tuple(_notes(found)),
        data=lines_report(found),
    )


def rule(named: Rule, sides: Sides, cases: Mapping[str, Case]) -> Document:
    """Return the document of a rule, with the cases that pass it and those that break it only."""
    effect = (
        "a token that breaks it is invalid"
        if named.severity == "error"
        else "the documents leave the choice to the verifier"
    )
    notes = [f"There is also a case of this name: slurm-jwt vectors show {named.id}"]
    return Document(
        tool="explain",
        title=f"Rule {named.id}",
        headline=f"{named.id}: {named.sentence}",
        facts=(
            Fact(name="severity", value=f"{named.severity}: {effect}"),
            Fact(name="edition", value=_EDITIONS[named.edition]),
            Fact(name="source", value="; ".join(named.sources)),
            Fact(name="fix", value=named.hint),
        ),
        blocks=(
            _cases("cases that pass it", sides.valid, cases),
            _cases("cases that break only this rule", sides.broken, cases),
        ),
        notes=tuple(notes) if named.id in cases else (),
        data=rule_report(named, sides),
    )


def _cases(title: str, names: tuple[str, ...], cases: Mapping[str, Case]) -> Section:
    items = tuple(f"{name}: {cases[name].purpose}" for name in names)
    return Section(title=f"{title}: {len(names)}", blocks=(Bullets(items=items),) if items else ())


def _diagnostic(one: Explained, numbers: list[int]) -> Diagnostic:
    first, last = one.releases
    span = f"Slurm {first}" if first == last else f"Slurm {first} to {last}"
    causes = [("may be", _cause(cause, one.releases)) for cause in one.causes]
    seen = [("seen", _seen(release, counts)) for release, counts in recorded(one).items()]
    return Diagnostic(
        id=one.message.id,
        level="note",
        message=one.line,
        details=(
            ("lines", _numbers(numbers)),
            ("means", f"{one.means} [{one.message.place}, {span}]"),
            *causes,
            *seen,
        ),
        fix=" ".join(one.message.next),
    )


def _numbers(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    if len(numbers) == 1:
        return shown
    return f"{shown}{', ...' if len(numbers) > 5 else ''} ({len(numbers)} lines)"


def _cause(cause: Cause, span: tuple[str, str]) -> str:
    """Return a cause with its releases, where they are fewer than those in question."""
    order = releases.series().index
    late, early = order(cause.since) > order(span[0]), order(cause.until) < order(span[1])
    if late and early:
        return f"{cause.text} [{cause.since} to {cause.until}]"
    if late:
        return f"{cause.text} [since {cause.since}]"
    return f"{cause.text} [until {cause.until}]" if early else cause.text


def _seen(release: str, counts: dict[str, int]) -> str:
    shown = [f"{rules} ({count})" for rules, count in list(counts.items())[:MOST_RULES]]
    return f"{release}, from {sum(counts.values())} recorded cases, by broken rule: {', '.join(shown)}"


def _notes(found: Found) -> Iterator[str]:
    for number, line in list(found.unknown.items())[:MOST_UNKNOWN]:
        yield f"line {number} is not known: {line}"
    more = len(found.unknown) - MOST_UNKNOWN
    if more > 0:
        yield f"{more} more line{'' if more == 1 else 's'} not known"
    if found.unknown and not found.known:
        yield (
            "Known are the lines of auth/jwt, of its key files, and what clients and slurmrestd print"
            " because of them."
        )
