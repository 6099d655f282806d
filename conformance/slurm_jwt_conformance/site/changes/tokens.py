"""Which vectors meet another fate in another release, gathered into sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt_conformance.site.changes.kinds import EVERY, KINDS, kind_of
from slurm_jwt_conformance.site.changes.verdicts import fates, suite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slurm_jwt.slurmctld import Release
    from slurm_jwt_conformance.site.changes.kinds import Kind
    from slurm_jwt_conformance.site.changes.verdicts import Basis, Fate
    from slurm_jwt_vectors.models import Case

Effect = Literal["refused", "accepted", "other user", "not known"]
"""What the later release does that the earlier one did not."""

EFFECTS: tuple[Effect, ...] = ("refused", "other user", "accepted", "not known")


class Moved(NamedTuple):
    """A case with its fates before and after."""

    case: Case
    old: Fate
    new: Fate
    effect: Effect

    @property
    def breaks(self) -> bool:
        """Tell whether a token that the documents allow worked, and no longer does, or for another user."""
        return self.effect in {"refused", "other user"} and self.case.verdict != "invalid"


class TokenChange(NamedTuple):
    """One kind of token whose fate changes in one way. basis: observed if both releases were recorded."""

    kind: Kind
    effect: Effect
    moved: tuple[Moved, ...]
    basis: Basis


class Reworded(NamedTuple):
    """A log line or message of refused tokens that changes. vectors: how many; case: one of them."""

    old: str
    new: str
    vectors: int
    case: str


def compare(old: Release, new: Release) -> tuple[TokenChange, ...]:
    """Return what happens to tokens: what stops working first."""
    before, after = fates(old), fates(new)
    moved = [found for name, case in suite().cases.items() if (found := _moved(case, before, after))]
    if _all(moved, before, after, "refused") or _all(moved, after, before, "accepted"):
        return (_change(EVERY, moved[0].effect, moved),)
    groups: dict[tuple[str, Effect], list[Moved]] = {}
    kinds = {kind.id: kind for kind in KINDS}
    for each in moved:
        kind = kind_of(each.case)
        kinds.setdefault(kind.id, kind)
        groups.setdefault((kind.id, each.effect), []).append(each)
    changes = [_change(kinds[kind], effect, group) for (kind, effect), group in groups.items()]
    return tuple(sorted(changes, key=lambda change: EFFECTS.index(change.effect)))


def _moved(case: Case, before: Mapping[str, Fate], after: Mapping[str, Fate]) -> Moved | None:
    """Hold the two fates of a case against each other; None if they are the same, or none is known."""
    old, new = before.get(case.id), after.get(case.id)
    if old is None or new is None or (old.accepted, old.uid) == (new.accepted, new.uid):
        return None
    if old.accepted is None or new.accepted is None:
        return Moved(case, old, new, "not known")
    if old.accepted and new.accepted:
        return Moved(case, old, new, "other user")
    return Moved(case, old, new, "accepted" if new.accepted else "refused")


def _all(moved: list[Moved], full: Mapping[str, Fate], empty: Mapping[str, Fate], effect: Effect) -> bool:
    """Tell whether one of two releases accepts tokens, the other none, and this is the only change."""
    accepted = sum(bool(fate.accepted) for fate in full.values())
    return (
        accepted > 0
        and not any(fate.accepted for fate in empty.values())
        and {each.effect for each in moved} == {effect}
    )


def _change(kind: Kind, effect: Effect, moved: Iterable[Moved]) -> TokenChange:
    group = tuple(moved)
    seen = all(each.old.basis == each.new.basis == "observed" for each in group)
    return TokenChange(kind, effect, group, "observed" if seen else "modelled")


_CHANGING = (
    (re.compile(r"alg=.*"), "alg=..."),
    (re.compile(r"JSON parsing error \d+ bytes: [^|]*(?<! )"), "JSON parsing error ..."),
)


def log_lines(old: Release, new: Release) -> tuple[Reworded, ...]:
    """Return how the log lines of tokens that both releases refuse change, the commonest first."""
    return _reworded(old, new, "log")


def messages(old: Release, new: Release) -> tuple[Reworded, ...]:
    """Return how a client's messages change, as far as both releases were recorded."""
    return _reworded(old, new, "client")


def _reworded(old: Release, new: Release, field: Literal["log", "client"]) -> tuple[Reworded, ...]:
    before, after = fates(old), fates(new)
    counts: dict[tuple[str, str], list[str]] = {}
    for name, was in before.items():
        will = after.get(name)
        if will is None or was.accepted is not False or will.accepted is not False:
            continue
        texts = (_steady(getattr(was, field)), _steady(getattr(will, field)))
        if all(texts) and texts[0] != texts[1]:
            counts.setdefault(texts, []).append(name)
    found = [Reworded(*texts, len(names), names[0]) for texts, names in counts.items()]
    return tuple(sorted(found, key=lambda each: -each.vectors))


def _steady(line: str | None) -> str:
    """Return a line without what differs from token to token."""
    text = line or ""
    for changing, instead in _CHANGING:
        text = changing.sub(instead, text)
    return text
