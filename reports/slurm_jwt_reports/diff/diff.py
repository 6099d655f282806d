"""What changed between two runs: verdicts, cases, implementations, versions, and what of it is a regression.

A regression is a verdict that passed and no longer passes, or a new failure. A case that was
kept and is now skipped or not asked counts as one too, since a skip is never a pass. Two things are shown
apart and are no regression: the same answer as before of which only the ledger or the adapter's claims say
something else, and answers to a case that was itself changed (its token, its documented verdict).
"""

# No "from __future__ import annotations" here: msgspec and the linter both need the annotations live.
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from slurm_jwt_reports.run.marks import BY_LABEL, DIFFERS, Mark, cell_mark
from slurm_jwt_reports.run.overview import overview
from slurm_jwt_reports.stream.events import CaseText, Cell, Header, ImplementationText, Outcome
from slurm_jwt_reports.stream.index import Results

Kind = Literal["regression", "mended", "changed", "judged otherwise", "case changed"]
KINDS: tuple[Kind, ...] = ("regression", "mended", "changed", "judged otherwise", "case changed")
"""Kinds of changes, those first that matter most."""

_KEPT = frozenset("po")
_FAILS = frozenset("fx")
_EXPLAINED = frozenset("fxkn")
"""Codes of marks between which only the ledger or the adapter's claims decide, not the answer."""


class Result(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One side of a change: what an implementation did, and what that is called."""

    mark: Annotated[str, Meta(description="as in the legend of the page, such as as documented")]
    outcome: Annotated[str | None, Meta(description="what it did; null where there was no answer")] = None
    uid: int | None = None
    user: str | None = None
    error: Annotated[str | None, Meta(description="its own error, or the log line")] = None


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One verdict that is not what it was."""

    kind: Kind
    implementation: Annotated[str, Meta(description="id of who was asked; of a pair, the verifier")]
    case: Annotated[str | None, Meta(description="id of the case")] = None
    issuer: Annotated[str | None, Meta(description="of a pair: who made the token")] = None
    key: Annotated[str | None, Meta(description="of a pair: id of the key that both hold")] = None
    before: Result
    after: Result


class Version(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that took part in another version."""

    name: str
    before: str
    after: str


class Run(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the two runs."""

    started: str
    command: str
    cases: int
    implementations: int
    problems: tuple[str, ...]


class Diff(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that changed from one run to another."""

    format: int = 1
    old: Run
    new: Run
    versions: Annotated[tuple[Version, ...], Meta(description="what took part in another version")]
    lost: Annotated[tuple[str, ...], Meta(description="ran then, and could not now: each is a regression")]
    new_implementations: Annotated[tuple[str, ...], Meta(description="did not take part then")]
    gone_implementations: Annotated[tuple[str, ...], Meta(description="nobody ordered them this time")]
    new_cases: tuple[str, ...]
    gone_cases: tuple[str, ...]
    changed_cases: Annotated[
        tuple[str, ...], Meta(description="same id, another token, key, time or verdict")
    ]
    changes: tuple[Change, ...]

    @property
    def regressions(self) -> int:
        """Count what got worse."""
        return len(self.lost) + sum(one.kind == "regression" for one in self.changes)


class _Both(NamedTuple):
    """Two runs, and the ids that are in both."""

    old: Results
    new: Results
    cases: tuple[str, ...]
    implementations: tuple[str, ...]
    changed: frozenset[str]


def diff(old: Results, new: Results) -> Diff:
    """Say what changed from an older run to a newer one."""
    ran_then, ran_now = _took_part(old), _took_part(new)
    lost = tuple(name for name in ran_then if name not in ran_now and name in new.implementations)
    both = _Both(
        old,
        new,
        _common(old.cases, new.cases),
        _common(ran_then, ran_now),
        frozenset(
            name for name in _common(old.cases, new.cases) if _asks_else(old.cases[name], new.cases[name])
        ),
    )
    found = sorted((*_outcome_changes(both), *_cell_changes(both)), key=lambda one: KINDS.index(one.kind))
    return Diff(
        old=_run(old),
        new=_run(new),
        versions=tuple(_versions(both)),
        lost=lost,
        new_implementations=_missing_in(ran_then, ran_now),
        gone_implementations=tuple(name for name in _missing_in(ran_now, ran_then) if name not in lost),
        new_cases=_missing_in(old.cases, new.cases),
        gone_cases=_missing_in(new.cases, old.cases),
        changed_cases=tuple(name for name in both.cases if name in both.changed),
        changes=tuple(found),
    )


def _took_part(results: Results) -> dict[str, ImplementationText]:
    return {name: one for name, one in results.implementations.items() if one.status == "ran"}


def _common(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name in new if name in old)


def _missing_in(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name in new if name not in old)


def _asks_else(old: CaseText, new: CaseText) -> bool:
    """Return whether a case asks something else than it did, or has another answer."""
    asked = ("token_sha256", "claims_text", "key", "now", "verdict")
    return any(getattr(old, member) != getattr(new, member) for member in asked)


def _run(results: Results) -> Run:
    header = results.header
    return Run(
        started=header.started,
        command=header.command,
        cases=len(results.cases),
        implementations=len(results.implementations),
        problems=results.problems,
    )


def _versions(both: _Both) -> Iterator[Version]:
    for name in both.implementations:
        before, after = (_version(side.implementations[name]) for side in (both.old, both.new))
        if before != after:
            yield Version(name=name, before=before, after=after)
    before_all, after_all = (_header_versions(side.header) for side in (both.old, both.new))
    for name in dict.fromkeys([*before_all, *after_all]):
        before, after = before_all.get(name, "none"), after_all.get(name, "none")
        if before != after:
            yield Version(name=name, before=before, after=after)


def _version(one: ImplementationText) -> str:
    return (
        ", ".join(filter(None, (one.version, one.language, "by record" * (one.basis == "recorded"))))
        or "none"
    )


def _header_versions(header: Header) -> dict[str, str]:
    own = {"suite": header.suite, "vectors": header.vectors_sha256[:16], "python": header.python}
    return own | header.versions


def _outcome_changes(both: _Both) -> Iterator[Change]:
    old, new = overview(both.old), overview(both.new)
    for case in both.cases:
        for name in both.implementations:
            place = (case, name)
            before = _result(old.marks[place], both.old.outcomes.get(place))
            after = _result(new.marks[place], both.new.outcomes.get(place))
            if _differs(before, after):
                kind = "case changed" if case in both.changed else _kind(before, after)
                yield Change(kind=kind, case=case, implementation=name, before=before, after=after)


def _cell_changes(both: _Both) -> Iterator[Change]:
    there = set(both.implementations)
    for place in dict.fromkeys([*both.old.cells, *both.new.cells]):
        issuer, verifier, key = place
        earlier, later = both.old.cells.get(place), both.new.cells.get(place)
        # A pair without an earlier answer is new; one without a later is lost, if it could have been asked.
        if earlier is None or not {issuer, verifier} <= there or key not in both.new.keys:
            continue
        before, after = _result(cell_mark(earlier), earlier), _result(cell_mark(later), later)
        if _differs(before, after):
            kind = _kind(before, after)
            ids = {"issuer": issuer, "implementation": verifier, "key": key}
            yield Change(kind=kind, before=before, after=after, **ids)


def _result(mark: Mark, said: Outcome | Cell | None) -> Result:
    if said is None:
        return Result(mark=mark.label)
    user = said.user if isinstance(said, Outcome) else None
    return Result(
        mark=mark.label, outcome=said.outcome, uid=said.uid, user=user, error=said.error or said.log
    )


def _differs(before: Result, after: Result) -> bool:
    """Return whether it is another verdict; asked or recorded makes none, nor does another wording."""
    return _verdict(before) != _verdict(after)


def _verdict(result: Result) -> tuple[object, ...]:
    return _code(result), result.outcome, result.uid, result.user


def _code(result: Result) -> str:
    code = BY_LABEL[result.mark].code
    return "p" if code in _KEPT else code


def _kind(before: Result, after: Result) -> Kind:
    then, now = _code(before), _code(after)
    if _verdict(before)[1:] == _verdict(after)[1:] and {then, now} <= _EXPLAINED:
        return "judged otherwise"
    if now in _FAILS and then not in _FAILS:
        return "regression"
    if then in _KEPT and now not in _KEPT and now != "e":
        return "regression"
    if then in DIFFERS and now in _KEPT:
        return "mended"
    return "changed"
