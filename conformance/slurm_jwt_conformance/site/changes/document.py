"""The changes between two releases as a document: what breaks, what begins to work, then the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_conformance.site.changes import jwks
from slurm_jwt_reports.diagnostic import Bullets, Diagnostic, Document, Fact, Level, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slurm_jwt_conformance.site.changes.comparison import Comparison, ReleaseName
    from slurm_jwt_conformance.site.changes.site import SiteChange
    from slurm_jwt_conformance.site.changes.tokens import TextChange, TokenChange
    from slurm_jwt_conformance.site.doctor.report import Finding
    from slurm_jwt_reports.diagnostic import Block

MOST_CASES = 6


def document(comparison: Comparison) -> Document:
    """Return the document of a comparison; its outcome is about the site if there is one."""
    old, new = _text(comparison.old), _text(comparison.new)
    title = f"{'Downgrade from' if comparison.direction == 'downgrade' else 'From'} {old} to {new}"
    site = comparison.site
    return Document(
        tool="changes",
        title=title,
        headline=f"{title}: {summary(comparison)}.",
        outcome=_outcome(comparison),
        facts=tuple(Fact("configuration", path) for path in (site.conf if site else ())),
        diagnostics=(
            *(_site_diagnostics(site) if site else ()),
            *_jwks_diagnostics(comparison),
            *(_token_diagnostic(each, alone=site is None) for each in comparison.tokens),
        ),
        not_checked=site.not_checked if site else (),
        blocks=tuple(_blocks(comparison)),
        data=comparison,
    )


def _text(release: ReleaseName) -> str:
    return f"{release.slurm} (libjwt {release.libjwt})"


def summary(comparison: Comparison) -> str:
    """Return how many kinds of token and settings change, in one sentence."""
    effects: list[str] = [each.effect for each in comparison.tokens]
    kinds = [
        f"{count} kind{'s' * (count != 1)} of token {singular if count == 1 else plural}"
        for effect, singular, plural in (
            ("refused", "stops working", "stop working"),
            ("other user", "gets another user", "get another user"),
            ("accepted", "begins to work", "begin to work"),
            ("not known", "has an unknown verdict", "have an unknown verdict"),
        )
        if (count := effects.count(effect))
    ]
    settings = len(comparison.settings)
    changes = f"{settings} setting{'s' * (settings != 1)} or rules change"
    return f"{'; '.join(kinds) or 'no kind of token gets another verdict'}; {changes}"


def _outcome(comparison: Comparison) -> Outcome:
    """Return fail if something that works today breaks: on the site, or without one for any allowed token."""
    site = comparison.site
    if comparison.breaks:
        of_site = site or (comparison.jwks and comparison.jwks.breaks)
        subject = "something that works on this site" if of_site else "tokens that the documents allow"
        return Outcome("fail", (f"The {comparison.direction} breaks {subject}.",))
    if site is None or site.complete:
        return Outcome("pass")
    return Outcome("undetermined", ("Something that decides about this site was not checked.",))


def _site_diagnostics(site: SiteChange) -> Iterator[Diagnostic]:
    for change in site.turns:
        level: Level = "error" if change.worse else "note"
        yield Diagnostic(id=f"changes.{change.daemon}", level=level, message=change.what)
    yield from site.new


def _jwks_diagnostics(comparison: Comparison) -> Iterator[Diagnostic]:
    """Yield what changes for the JWKS; that a daemon does not start is a diagnostic of the site, if any."""
    if comparison.jwks is None:
        return
    for what, fix, worse in jwks.sentences(comparison.jwks, _text(comparison.old), _text(comparison.new)):
        if not (comparison.site and comparison.site.turns and what.startswith("slurmctld ")):
            level: Level = "error" if worse else "note"
            yield Diagnostic(id="changes.jwks", level=level, message=what, fix=fix)


def _token_diagnostic(each: TokenChange, *, alone: bool) -> Diagnostic:
    names = ", ".join(case.case for case in each.cases[:MOST_CASES])
    more = f" and {len(each.cases) - MOST_CASES} more" if len(each.cases) > MOST_CASES else ""
    level: Level = "error" if each.breaks and alone else "note" if each.effect == "not known" else "warning"
    return Diagnostic(
        id=f"changes.{each.kind}",
        level=level,
        message=each.sentence,
        cause=each.why,
        fix=each.do,
        details=(("cases", f"{names}{more} ({each.basis})"),),
    )


def _blocks(comparison: Comparison) -> Iterator[Block]:
    if comparison.site:
        yield from _site_blocks(comparison.site)
    if comparison.settings:
        rows = tuple((each.since, each.what, each.do, each.basis) for each in comparison.settings)
        yield Section("Settings and rules", (Table(("since", "change", "fix", "basis"), rows),))
    yield from _texts("Log lines for refused tokens", comparison.log_lines)
    yield from _texts("Client messages for refused tokens", comparison.messages)
    if comparison.seen:
        results = tuple((each.ask, each.old, each.new) for each in comparison.seen)
        yield Section("Other differences in the lab", (Table(("question", "before", "after"), results),))


def _site_blocks(site: SiteChange) -> Iterator[Block]:
    items = [f"No longer reported: {_place(each)}: {each.message}" for each in site.gone]
    if not (site.turns or site.new or site.gone):
        items.append("The daemons do the same under both releases.")
    if items:
        yield Section("This site", (Bullets(tuple(items)),))


def _place(each: Finding) -> str:
    place = each.place
    return f"{each.id} ({place.file}:{place.line})" if place and place.file and place.line else each.id


def _texts(title: str, texts: Sequence[TextChange]) -> Iterator[Block]:
    if texts:
        rows = tuple((_code(each.old), _code(each.new), str(each.vectors), each.case) for each in texts)
        yield Section(title, (Table(("before", "after", "vectors", "such as"), rows),))


def _code(line: str) -> str:
    return f"`{line.replace('`', chr(39))}`"
