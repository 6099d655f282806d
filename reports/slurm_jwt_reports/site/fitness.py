"""What a site's report says on its page: the outcome that whoever judged reached, in a reader's words.

Nothing is decided here: the report brings its outcome. pass is "fit", fail is "not fit".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from slurm_jwt_reports.site.report import Conclusion, SiteDocument, checked
from slurm_jwt_reports.words import plural, together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_reports.site.report import ReleaseEvidence, RuleEvidence, SiteReport, Verdict, Waiver

VERDICTS: dict[str, Verdict] = {"pass": "fit", "fail": "not fit", "undetermined": "undetermined"}
"""The words of the page for an outcome."""


def conclude(report: SiteReport) -> Conclusion:
    """Return the outcome of a report with its sentence and remarks."""
    waived = _waived(report)
    verdict = VERDICTS[report.outcome]
    return Conclusion(
        verdict=verdict,
        sentence=_sentence(report, verdict, waived),
        against=report.reasons if verdict == "not fit" else (),
        unknown=report.reasons if verdict == "undetermined" else (),
        conditions=tuple(_conditions(report, waived)),
        waived=waived,
        remarks=tuple(_remarks(report)),
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


def _conditions(report: SiteReport, waived: tuple[str, ...]) -> Iterator[str]:
    for waiver in report.waivers:
        if waiver.rule in waived and not expired(waiver, report):
            yield f"{waiver.rule} is waived until {waiver.expires} by {waiver.by}: {waiver.reason}"
    yield from report.accepted


def expired(waiver: Waiver, report: SiteReport) -> bool:
    """Whether the last day of a waiver was over when the report was made."""
    return waiver.expires < report.made[:10]


def another_user(one: ReleaseEvidence, report: SiteReport) -> bool:
    """Whether a release accepts a token as another user than the one it is meant for."""
    whom = _meant(one, report)
    return bool(one.accepted) and whom is not None and one.user is not None and one.user != whom


def _meant(one: ReleaseEvidence, report: SiteReport) -> str | None:
    return next((token.user for token in report.tokens if token.sha256 == one.token), None)


def _found(rule: RuleEvidence) -> str:
    return "; ".join(dict.fromkeys(rule.found)) or rule.sentence


def _remarks(report: SiteReport) -> Iterator[str]:
    for rule in report.rules:
        if rule.state == "broken" and rule.severity == "choice":
            yield f"{rule.id} is left to the verifier, and careful ones refuse: {_found(rule)}"
        elif rule.state == "broken" and rule.severity == "warning":
            yield f"{rule.id}: {_found(rule)}"
    for waiver in report.waivers:
        if expired(waiver, report):
            yield f"The waiver of {waiver.rule} expired on {waiver.expires} and does not count."
        elif all(rule.id != waiver.rule or rule.state != "broken" for rule in report.rules):
            yield f"The waiver of {waiver.rule} covers nothing that is broken."
    modelled = sorted({one.release for one in report.answers if one.basis == "modelled"})
    if modelled:
        yield f"What {together(modelled)} does was read from sources, not asked of a daemon."


def _breaks(rule: RuleEvidence, waived: tuple[str, ...]) -> bool:
    return rule.state == "broken" and rule.severity == "error" and rule.id not in waived


def _sentence(report: SiteReport, verdict: Verdict, waived: tuple[str, ...]) -> str:
    tokens = plural(len(report.tokens), "token")
    if verdict == "not fit":
        return f"Not fit for use with {report.site}, for {plural(len(report.reasons), 'reason')}."
    if verdict == "undetermined":
        return f"Undetermined for use with {report.site}: not everything was checked."
    kept = f"{tokens} {'keeps' if len(report.tokens) == 1 else 'keep'} every rule of level error"
    if any(_breaks(rule, waived) for rule in report.rules):
        kept = f"{tokens}, without a verdict of the documented rules"
    kept += (
        f" except {together(waived)}, which {'is' if len(waived) == 1 else 'are'} waived" if waived else ""
    )
    if not report.answers:
        return f"Fit by the documented rules only, for {report.site}: {kept}; no release was asked."
    releases = together(dict.fromkeys(one.release for one in report.answers))
    return f"Fit for use with {report.site}: {kept}; accepted as the right user by {releases}."
