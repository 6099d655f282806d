"""Which vectors get another verdict from another release, grouped by kind of token."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from slurm_jwt.slurmctld import Release
from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.site.changes.kinds import EVERY, Kind, kind_of
from slurm_jwt_conformance.site.changes.verdicts import CaseVerdict, client_messages, suite, verdicts
from slurm_jwt_reports.schema import Strict
from slurm_jwt_vectors.models import Case

Effect = Literal["refused", "other user", "accepted", "not known"]
"""What the later release does and the earlier one does not; the worst first."""

EFFECTS: tuple[Effect, ...] = ("refused", "other user", "accepted", "not known")


class CaseChange(Strict, frozen=True):
    """A case as evidence. verdict: the documented verdict. old, new: what each release does."""

    case: str
    purpose: str
    verdict: Literal["valid", "invalid", "either"]
    old: CaseVerdict
    new: CaseVerdict


class TokenChange(Strict, frozen=True):
    """A kind of token whose verdict changes. effect: what NEW does and OLD does not.

    breaks: OLD accepts a token of this kind that the documents allow, and NEW refuses it or assigns another
    user.
    """

    kind: str
    effect: Effect
    sentence: str
    why: str
    do: str
    breaks: bool
    basis: Basis
    cases: tuple[CaseChange, ...]


class TextChange(Strict, frozen=True):
    """A log line or client message for the same refused tokens that changes.

    vectors: the number of tokens. case: one of them.
    """

    old: str
    new: str
    vectors: int
    case: str
    basis: Basis


def compare(old: Release, new: Release) -> tuple[TokenChange, ...]:
    """Return the kinds of token whose verdict changes, the worst effect first; without those of a JWKS."""
    before, after = verdicts(old), verdicts(new)
    changes = [
        (kind_of(case), effect, _case_change(case, before, after))
        for case in suite().cases.values()
        if case.jwks is None and (effect := _effect(before.get(case.id), after.get(case.id)))
    ]
    effects = {effect for _, effect, _ in changes}
    if (effects == {"refused"} and _refuses_all(after)) or (effects == {"accepted"} and _refuses_all(before)):
        return (_change(EVERY, changes[0][1], [case for _, _, case in changes], old, new),)
    groups: dict[tuple[str, Effect], tuple[Kind, list[CaseChange]]] = {}
    for kind, effect, case in changes:
        groups.setdefault((kind.id, effect), (kind, []))[1].append(case)
    kinds = (_change(kind, effect, cases, old, new) for (_, effect), (kind, cases) in groups.items())
    return tuple(sorted(kinds, key=lambda change: EFFECTS.index(change.effect)))


def _effect(old: CaseVerdict | None, new: CaseVerdict | None) -> Effect | None:
    """Return how two verdicts differ; None if they are equal or if one is missing."""
    if old is None or new is None or (old.accepted, old.uid) == (new.accepted, new.uid):
        return None
    if old.accepted is None or new.accepted is None:
        return "not known"
    if old.accepted and new.accepted:
        return "other user"
    return "accepted" if new.accepted else "refused"


def _case_change(
    case: Case, before: Mapping[str, CaseVerdict], after: Mapping[str, CaseVerdict]
) -> CaseChange:
    old, new = before[case.id], after[case.id]
    return CaseChange(case=case.id, purpose=case.purpose, verdict=case.verdict, old=old, new=new)


def _refuses_all(release: Mapping[str, CaseVerdict]) -> bool:
    return not any(each.accepted for each in release.values())


def _change(
    kind: Kind, effect: Effect, cases: Sequence[CaseChange], old: Release, new: Release
) -> TokenChange:
    advice = {"refused": kind.refused, "accepted": kind.accepted, "other user": kind.other}.get(effect, "")
    before, after = release_text(old), release_text(new)
    results = {
        "refused": f"accepted by {before}, refused by {after}",
        "accepted": f"refused by {before}, accepted by {after}",
        "other user": f"accepted by both; {_users(cases)}",
        "not known": "the model does not know what one of the two releases does",
    }
    observed = all(each.old.basis == each.new.basis == "observed" for each in cases)
    return TokenChange(
        kind=kind.id,
        effect=effect,
        sentence=f"{kind.what}: {results[effect]}.",
        why=kind.why,
        do=advice or f"Run `slurm-jwt vectors show {cases[0].case}` to see such a token.",
        breaks=effect in {"refused", "other user"} and any(each.verdict != "invalid" for each in cases),
        basis="observed" if observed else "modelled",
        cases=tuple(cases),
    )


def release_text(release: Release) -> str:
    """Return a release as a sentence names it, such as "22.05 (libjwt 1.10.2)"."""
    return f"{release.slurm} (libjwt {release.libjwt.version})"


def _users(cases: Sequence[CaseChange]) -> str:
    pairs = sorted({(each.old.uid, each.new.uid) for each in cases}, key=str)
    return ", or ".join(f"uid {old} before, uid {new} after" for old, new in pairs[:3])


def log_lines(old: Release, new: Release) -> tuple[TextChange, ...]:
    """Return how the log lines for tokens that both releases refuse change, the most frequent first."""
    return _text_changes(_logs(old), _logs(new), _basis(old, new))


def messages(old: Release, new: Release) -> tuple[TextChange, ...]:
    """Return how a client's messages for refused tokens change, if both releases were recorded."""
    return _text_changes(client_messages(old), client_messages(new), _basis(old, new))


def _logs(release: Release) -> Mapping[str, str | None]:
    return {name: each.log for name, each in verdicts(release).items() if each.accepted is False}


def _basis(old: Release, new: Release) -> Basis:
    return "observed" if old.recorded and new.recorded else "modelled"


def _text_changes(
    before: Mapping[str, str | None], after: Mapping[str, str | None], basis: Basis
) -> tuple[TextChange, ...]:
    cases: dict[tuple[str, str], list[str]] = {}
    for name, line in before.items():
        texts = _without_details(line), _without_details(after.get(name))
        if all(texts) and texts[0] != texts[1]:
            cases.setdefault(texts, []).append(name)
    changes = [
        TextChange(old=old, new=new, vectors=len(names), case=names[0], basis=basis)
        for (old, new), names in cases.items()
    ]
    return tuple(sorted(changes, key=lambda each: -each.vectors))


_DETAILS = (
    (re.compile(r"alg=.*"), "alg=..."),
    (re.compile(r"JSON parsing error \d+ bytes: [^|]*(?<! )"), "JSON parsing error ..."),
)


def _without_details(line: str | None) -> str:
    """Return a line without the parts that differ from token to token."""
    text = line or ""
    for pattern, replacement in _DETAILS:
        text = pattern.sub(replacement, text)
    return text
