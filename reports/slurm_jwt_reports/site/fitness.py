"""Fit or not fit: what follows from a site's report, by rules that a reader can check by hand.

Not fit: a broken rule of level error that no valid waiver covers, a release that refuses a token, or one that
takes it for another user; no waiver covers those two. Undetermined: anything that nobody looked at. Else fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from slurm_jwt_reports.site.report import Conclusion, SiteDocument, checked
from slurm_jwt_reports.words import plural, together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_reports.site.report import ReleaseEvidence, RuleEvidence, SiteReport, Verdict, Waiver


def conclude(report: SiteReport) -> Conclusion:
    """Say what follows: not fit for any reason against, undetermined for anything unknown, else fit."""
    waived = _waived(report)
    broken = [rule for rule in report.rules if rule.state == "broken"]
    against = [f"{rule.id} is broken: {_found(rule)}" for rule in broken if _counts(rule, waived)]
    against += _against(report)
    unknown = tuple(_unknown(report))
    verdict: Verdict = "not fit" if against else "undetermined" if unknown else "fit"
    return Conclusion(
        verdict=verdict,
        sentence=_sentence(report, verdict, waived, len(against)),
        against=tuple(against),
        unknown=unknown,
        waived=waived,
        remarks=tuple(_remarks(report, waived)),
    )


def site_json(report: SiteReport) -> str:
    """Give the JSON; it keeps schema/site.schema.json. ValueError where the report does not."""
    sound = checked(report)
    raw = msgspec.json.encode(SiteDocument(conclusion=conclude(sound), report=sound))
    return msgspec.json.format(raw, indent=2).decode() + "\n"


def _waived(report: SiteReport) -> tuple[str, ...]:
    valid = {waiver.rule for waiver in report.waivers if not expired(waiver, report)}
    return tuple(
        rule.id
        for rule in report.rules
        if rule.state == "broken" and rule.severity == "error" and rule.id in valid
    )


def expired(waiver: Waiver, report: SiteReport) -> bool:
    """Whether the last day of a waiver was over when the report was made."""
    return waiver.expires < report.made[:10]


def _counts(rule: RuleEvidence, waived: tuple[str, ...]) -> bool:
    return rule.severity == "error" and rule.id not in waived


def _found(rule: RuleEvidence) -> str:
    return "; ".join(dict.fromkeys(rule.found)) or rule.sentence


def _against(report: SiteReport) -> Iterator[str]:
    for one in report.answers:
        if one.accepted is False:
            yield f"{one.release} refuses a token{_of(_meant(one, report))}: {one.log or 'no reason given'}"
        elif another_user(one, report):
            yield f"{one.release} takes a token of {_meant(one, report)} for {one.user}{_uid(one.uid)}"


def another_user(one: ReleaseEvidence, report: SiteReport) -> bool:
    """Whether a release accepts a token as another user than the one it is meant for."""
    whom = _meant(one, report)
    return bool(one.accepted) and whom is not None and one.user is not None and one.user != whom


def _meant(one: ReleaseEvidence, report: SiteReport) -> str | None:
    return next((token.user for token in report.tokens if token.sha256 == one.token), None)


def _of(user: str | None) -> str:
    return f" of {user}" if user else ""


def _uid(uid: int | None) -> str:
    return "" if uid is None else f" (uid {uid})"


def _unknown(report: SiteReport) -> Iterator[str]:
    """List what nobody looked at: each keeps the report from saying fit."""
    if not report.tokens:
        yield "No token was judged."
    if report.key is None:
        yield "No key was given, so no signature was checked."
    if not report.rules:
        yield "No rule was checked."
    for rule in report.rules:
        if rule.state == "not checked" and rule.severity == "error":
            yield f"{rule.id} was not checked."
    asked = {one.token for one in report.answers}
    for token in report.tokens:
        if token.sha256 not in asked:
            yield f"No release was asked about the token{_of(token.user)} {token.sha256[:16]}."
    for one in report.answers:
        yield from _unknown_of(one)


def _unknown_of(one: ReleaseEvidence) -> Iterator[str]:
    if one.accepted is None:
        yield f"What {one.release} does with the token {one.token[:16]} nobody can say."
    elif one.accepted and one.user is None:
        yield f"As whom {one.release} takes the token {one.token[:16]} is not known."


def _remarks(report: SiteReport, waived: tuple[str, ...]) -> Iterator[str]:
    for rule in report.rules:
        if rule.state == "broken" and rule.severity == "choice":
            yield f"{rule.id} is left to the verifier, and careful ones refuse: {_found(rule)}"
        elif rule.state == "broken" and rule.severity == "warning":
            yield f"{rule.id}: {_found(rule)}"
    for waiver in report.waivers:
        if expired(waiver, report):
            yield f"The waiver of {waiver.rule} expired on {waiver.expires} and does not count."
        elif waiver.rule not in waived:
            yield f"The waiver of {waiver.rule} covers nothing that is broken."
    modelled = sorted({one.release for one in report.answers if one.basis == "modelled"})
    if modelled:
        yield f"What {together(modelled)} does was read from sources, not asked of a daemon."


def _sentence(report: SiteReport, verdict: Verdict, waived: tuple[str, ...], against: int) -> str:
    tokens = plural(len(report.tokens), "token")
    if verdict == "not fit":
        return f"Not fit for use with {report.site}, for {plural(against, 'reason')}."
    if verdict == "undetermined":
        return f"Nothing speaks against use with {report.site}, but not everything was looked at."
    releases = together(dict.fromkeys(one.release for one in report.answers))
    kept = f"{tokens} {'keeps' if len(report.tokens) == 1 else 'keep'} every rule"
    kept += f" but {together(waived)}, which is waived" if len(waived) == 1 else ""
    kept += f" but {together(waived)}, which are waived" if len(waived) > 1 else ""
    return f"Fit for use with {report.site}: {kept}; accepted as the right user by {releases}."
