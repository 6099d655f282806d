"""The index of a result stream: everything it said, by id, checked for contradictions."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.stream.events import (
    AnyEvent,
    CaseText,
    Cell,
    Finding,
    Footer,
    Header,
    ImplementationText,
    KeyText,
    Outcome,
    RuleText,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Key = TypeVar("Key")
Value = TypeVar("Value")

CUT_SHORT = "The run was cut short: this file has no end, and what is missing was not judged."
FALSE_COUNTS = "The counts at the end of the file are not those of its outcomes."
INTERRUPTED = "The run was interrupted: what is missing was not judged."


class Contradiction(ValueError):
    """An event does not fit the other events of its stream."""


class Results(NamedTuple):
    """One run as its stream tells it; nothing in it can be changed.

    Rules, keys and cases stand in the order of the file. Answers come in any order, so implementations,
    outcomes, cells and findings are sorted: the same answers make the same report.
    """

    header: Header
    rules: Mapping[str, RuleText]
    keys: Mapping[str, KeyText]
    cases: Mapping[str, CaseText]
    implementations: Mapping[str, ImplementationText]
    outcomes: Mapping[tuple[str, str], Outcome]
    """by (case, implementation)"""
    cells: Mapping[tuple[str, str, str], Cell]
    """by (issuer, verifier, key)"""
    findings: tuple[Finding, ...]
    footer: Footer | None
    problems: tuple[str, ...]
    """what a reader must know about the file itself: cut short, interrupted, last line damaged"""

    @property
    def complete(self) -> bool:
        """Return whether the run came to its end by itself."""
        return self.footer is not None and self.footer.status == "complete"

    def counts(self) -> dict[str, int]:
        """Count the outcomes by status, as they are in the file."""
        return dict(Counter(outcome.status for outcome in self.outcomes.values()))


class Builder:
    """Collects the events of one file into a Results, refusing what contradicts."""

    def __init__(self) -> None:
        self._header: Header | None = None
        self._rules: dict[str, RuleText] = {}
        self._keys: dict[str, KeyText] = {}
        self._cases: dict[str, CaseText] = {}
        self._implementations: dict[str, ImplementationText] = {}
        self._outcomes: dict[tuple[str, str], Outcome] = {}
        self._cells: dict[tuple[str, str, str], Cell] = {}
        self._findings: list[Finding] = []
        self._footer: Footer | None = None

    def add(self, event: AnyEvent) -> bool:
        """Take the next event and say whether it is new; Contradiction if it does not fit the others."""
        self._check_place(event)
        match event:
            case RuleText() | KeyText() | CaseText() | ImplementationText():
                return self._add_text(event)
            case Outcome():
                return self._add_outcome(event)
            case Cell():
                return self._add_cell(event)
            case Header():
                self._add_header(event)
            case Finding():
                self._add_finding(event)
            case Footer():
                self._footer = event
        return True

    def results(self, problems: tuple[str, ...] = ()) -> Results:
        """Return the index; a header must have been added."""
        if self._header is None:
            raise Contradiction("no header")
        implementations = dict(sorted(self._implementations.items(), key=lambda item: _rank(item[1])))
        cases, names, keys = _places(self._cases), _places(implementations), _places(self._keys)
        results = Results(
            self._header,
            MappingProxyType(self._rules),
            MappingProxyType(self._keys),
            MappingProxyType(self._cases),
            MappingProxyType(implementations),
            _sorted(self._outcomes, lambda at: (cases[at[0]], names[at[1]])),
            _sorted(self._cells, lambda at: (keys[at[2]], names[at[0]], names[at[1]])),
            tuple(sorted(self._findings, key=lambda one: _finding_rank(one, cases, names))),
            self._footer,
            (),
        )
        return results._replace(problems=(*_end_problems(results), *problems))

    def counts(self) -> dict[str, int]:
        """Count the outcomes so far by status, as the footer gives them."""
        return dict(Counter(outcome.status for outcome in self._outcomes.values()))

    def _check_place(self, event: AnyEvent) -> None:
        if self._header is None and not isinstance(event, Header):
            raise Contradiction("an event before the header")
        if self._footer is not None:
            raise Contradiction("an event after the end")

    def _add_text(self, event: RuleText | KeyText | CaseText | ImplementationText) -> bool:
        match event:
            case RuleText():
                return _put(self._rules, event.id, event)
            case KeyText():
                return _put(self._keys, event.id, event)
            case CaseText():
                return _put(self._cases, event.id, event)
            case ImplementationText():
                return _put(self._implementations, event.id, event)

    def _add_header(self, event: Header) -> None:
        if self._header is not None:
            raise Contradiction("a second header; these are two runs in one file")
        self._header = event

    def _add_outcome(self, event: Outcome) -> bool:
        case = _known(self._cases, event.case, "case")
        implementation = _known(self._implementations, event.implementation, "implementation")
        if reason := contradiction(event, case, implementation):
            raise Contradiction(reason)
        return _put(self._outcomes, (event.case, event.implementation), event)

    def _add_cell(self, event: Cell) -> bool:
        _known(self._implementations, event.issuer, "implementation")
        _known(self._implementations, event.verifier, "implementation")
        _known(self._keys, event.key, "key")
        if event.status == "pass" and event.outcome != "accept":
            raise Contradiction(f"a pass whose outcome is {event.outcome!r}")
        return _put(self._cells, (event.issuer, event.verifier, event.key), event)

    def _add_finding(self, event: Finding) -> None:
        if event.case is not None:
            _known(self._cases, event.case, "case")
        if event.implementation is not None:
            _known(self._implementations, event.implementation, "implementation")
        self._findings.append(event)


def gather(events: Iterable[AnyEvent]) -> Results:
    """Index events that are no file; Contradiction where they contradict each other."""
    builder = Builder()
    for event in events:
        builder.add(event)
    return builder.results()


def contradiction(event: Outcome, case: CaseText, implementation: ImplementationText) -> str | None:
    """Say why an outcome cannot have its status, or None.

    A pass is a documented verdict kept, nothing else: no skip, crash or unasked case may call itself one.
    Slurm itself passes when it does what its record says, so for it any accept or reject may pass.
    """
    if event.status == "either" and (case.verdict != "either" or event.outcome not in _ANSWERS):
        return f"status either for a case documented as {case.verdict} with outcome {event.outcome!r}"
    if event.status == "recorded" and (implementation.kind != "slurm" or event.outcome not in _ANSWERS):
        return f"status recorded for a {implementation.kind} with outcome {event.outcome!r}"
    if event.status != "pass":
        return None
    kept = {"valid": ("accept",), "invalid": ("reject",), "either": ()}[case.verdict]
    if event.outcome not in (_ANSWERS if implementation.kind == "slurm" else kept):
        return f"a pass for a case documented as {case.verdict} with outcome {event.outcome!r}"
    return None


_KINDS = ("reference", "library", "command", "slurm")


def _rank(one: ImplementationText) -> tuple[int, str]:
    return _KINDS.index(one.kind), one.id


def _finding_rank(
    one: Finding, cases: Mapping[str, int], names: Mapping[str, int]
) -> tuple[str, int, int, str]:
    case = cases.get(one.case or "", len(cases))
    return one.kind, case, names.get(one.implementation or "", len(names)), one.text


def _places(items: Mapping[str, object]) -> dict[str, int]:
    return {name: place for place, name in enumerate(items)}


def _sorted(items: Mapping[Key, Value], rank: Callable[[Key], tuple[int, ...]]) -> Mapping[Key, Value]:
    return MappingProxyType(dict(sorted(items.items(), key=lambda item: rank(item[0]))))


_ANSWERS = ("accept", "reject")


def _put(into: dict[Key, Value], key: Key, event: Value) -> bool:
    """Add an event under its id; the same event again is nothing new, another one is a contradiction."""
    new = key not in into
    if into.setdefault(key, event) != event:
        raise Contradiction(f"a second, different event for {one_line(str(key))}")
    return new


def _known(known: dict[str, Value], name: str, what: str) -> Value:
    if name not in known:
        raise Contradiction(f"an event of the {what} {one_line(name)!r}, which the file does not describe")
    return known[name]


def _end_problems(results: Results) -> tuple[str, ...]:
    if results.footer is None:
        return (CUT_SHORT,)
    problems = [INTERRUPTED] if results.footer.status == "interrupted" else []
    if results.footer.counts != results.counts():
        problems.append(FALSE_COUNTS)
    return tuple(problems)
