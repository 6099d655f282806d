"""The changes between two releases as JSON, and what text and page are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from slurm_jwt_conformance.site.changes import settings, tokens
from slurm_jwt_conformance.site.discovery.showing import plain
from slurm_jwt_reports.schema import Strict

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Release
    from slurm_jwt_conformance.site.changes.site import SiteChange
    from slurm_jwt_conformance.site.changes.tokens import Moved, Reworded, TokenChange
    from slurm_jwt_conformance.site.changes.verdicts import Fate
    from slurm_jwt_conformance.site.doctor.report import Finding

FORMAT = 1
Basis = Literal["observed", "modelled"]


class ReleaseFacts(Strict, frozen=True):
    """A Slurm with a libjwt. recorded: real daemons of this pair were asked."""

    name: str
    slurm: str
    series: str
    libjwt: str
    recorded: bool


class FateFacts(Strict, frozen=True):
    """What becomes of a token: accepted is null where that cannot be told; uid of whom it is served as."""

    accepted: bool | None
    uid: int | None
    log: str | None
    basis: Basis


class CaseFacts(Strict, frozen=True):
    """A case as evidence. verdict: what the documents say of it."""

    case: str
    purpose: str
    verdict: Literal["valid", "invalid", "either"]
    old: FateFacts
    new: FateFacts


class TokenFacts(Strict, frozen=True):
    """A kind of token whose fate changes. effect: what NEW does that OLD did not.

    breaks: a token of this kind that the documents allow works under OLD and not, or for another user,
    under NEW.
    """

    kind: str
    effect: Literal["refused", "other user", "accepted", "not known"]
    sentence: str
    why: str
    do: str
    breaks: bool
    basis: Basis
    cases: tuple[CaseFacts, ...]


class SettingFacts(Strict, frozen=True):
    """A setting or rule that changes, the series it changed with, and what shows it."""

    id: str
    since: str
    what: str
    do: str
    basis: Basis
    evidence: tuple[str, ...]


class WordsFacts(Strict, frozen=True):
    """A text for the same refused tokens that changes. vectors: how many; case: one of them."""

    old: str
    new: str
    vectors: int
    case: str
    basis: Basis


class SeenFacts(Strict, frozen=True):
    """A question of the lab's studies whose answer differs."""

    row: str
    ask: str
    old: str
    new: str


class TurnFacts(Strict, frozen=True):
    """What a daemon of this site does otherwise. worse: what works under OLD does not under NEW."""

    daemon: str
    what: str
    worse: bool


class FindingFacts(Strict, frozen=True):
    """A finding of the doctor under one of the two releases alone."""

    rule: str
    severity: Literal["error", "warning", "note"]
    daemon: str
    file: str | None
    line: int
    column: int
    what: str
    why: str
    do: str
    log: str


class SiteFacts(Strict, frozen=True):
    """One site under both releases.

    not_checked: what could not be looked at. complete: none of that decides.
    """

    conf: tuple[str, ...]
    turns: tuple[TurnFacts, ...]
    new: tuple[FindingFacts, ...]
    gone: tuple[FindingFacts, ...]
    not_checked: tuple[str, ...]
    breaks: bool
    complete: bool


class Document(Strict, frozen=True):
    """What changes from OLD to NEW. breaks: something that works under OLD does not under NEW.

    With a configuration (site) that speaks of it alone, and else of tokens that the documents allow.
    """

    format: int
    old: ReleaseFacts
    new: ReleaseFacts
    breaks: bool
    tokens: tuple[TokenFacts, ...]
    settings: tuple[SettingFacts, ...]
    log_lines: tuple[WordsFacts, ...]
    messages: tuple[WordsFacts, ...]
    seen: tuple[SeenFacts, ...]
    site: SiteFacts | None


def document(old: Release, new: Release, site: SiteChange | None = None) -> Document:
    """Return all that changes between two releases, and for a site if there is one."""
    both: Basis = "observed" if old.recorded and new.recorded else "modelled"
    changed = tuple(_token(change, old, new) for change in tokens.compare(old, new))
    return Document(
        format=FORMAT,
        old=_release(old),
        new=_release(new),
        breaks=site.breaks if site else any(change.breaks for change in changed),
        tokens=changed,
        settings=tuple(SettingFacts(**each._asdict()) for each in settings.compare(old, new)),
        log_lines=tuple(_words(each, both) for each in tokens.log_lines(old, new)),
        messages=tuple(_words(each, both) for each in tokens.messages(old, new)),
        seen=tuple(SeenFacts(**each._asdict()) for each in settings.seen(old, new)),
        site=_site(site) if site else None,
    )


def told(release: ReleaseFacts | Release) -> str:
    """Name a release for a sentence, as in "22.05 (libjwt 1.10.2)"."""
    library = release.libjwt if isinstance(release.libjwt, str) else release.libjwt.version
    return f"{release.slurm} (libjwt {library})"


def _release(release: Release) -> ReleaseFacts:
    return ReleaseFacts(
        name=release.name,
        slurm=release.slurm,
        series=release.series,
        libjwt=release.libjwt.version,
        recorded=release.recorded,
    )


def _token(change: TokenChange, old: Release, new: Release) -> TokenFacts:
    kind = change.kind
    do = {"refused": kind.refused, "accepted": kind.accepted, "other user": kind.other}.get(change.effect, "")
    fates = {
        "refused": f"accepted by {told(old)}, refused by {told(new)}",
        "accepted": f"refused by {told(old)}, accepted by {told(new)}",
        "other user": f"accepted by both; {_served(change.moved)}",
        "not known": "the model cannot tell what becomes of it under one of the two",
    }
    return TokenFacts(
        kind=kind.id,
        effect=change.effect,
        sentence=f"{kind.what.rstrip(',')}: {fates[change.effect]}.",
        why=kind.why,
        do=do or f"Ask `slurm-jwt vectors show {change.moved[0].case.id}` for one.",
        breaks=any(each.breaks for each in change.moved),
        basis=change.basis,
        cases=tuple(_case(each) for each in change.moved),
    )


def _served(moved: tuple[Moved, ...]) -> str:
    changes = sorted({(each.old.uid, each.new.uid) for each in moved}, key=str)
    shown = [f"as uid {old} before, as uid {new} after" for old, new in changes[:3]]
    return ", or ".join(shown)


def _case(moved: Moved) -> CaseFacts:
    case = moved.case
    return CaseFacts(
        case=case.id,
        purpose=case.purpose,
        verdict=case.verdict,
        old=_fate(moved.old),
        new=_fate(moved.new),
    )


def _fate(fate: Fate) -> FateFacts:
    return FateFacts(accepted=fate.accepted, uid=fate.uid, log=fate.log, basis=fate.basis)


def _words(each: Reworded, basis: Basis) -> WordsFacts:
    return WordsFacts(old=each.old, new=each.new, vectors=each.vectors, case=each.case, basis=basis)


def _site(site: SiteChange) -> SiteFacts:
    return SiteFacts(
        conf=tuple(plain(path) for path in site.conf),
        turns=tuple(TurnFacts(**turn._asdict()) for turn in site.turns),
        new=tuple(_finding(each) for each in site.new),
        gone=tuple(_finding(each) for each in site.gone),
        not_checked=tuple(f"{each.what}: {each.why}" for each in site.unseen),
        breaks=site.breaks,
        complete=site.complete,
    )


def _finding(each: Finding) -> FindingFacts:
    return FindingFacts(
        rule=each.rule,
        severity=each.severity,
        daemon=each.daemon,
        file=each.place.file if each.place else None,
        line=each.place.line if each.place else 0,
        column=each.place.column if each.place else 0,
        what=each.what,
        why=each.why,
        do=each.do,
        log=each.log,
    )


def to_json(made: Document) -> str:
    """Return the document as JSON."""
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()
