"""The decision for an implementation (`run --site`), from the evidence of a report.

Fail: a broken rule of level error that no valid waiver covers, a release that refuses a token, or one that
accepts it as another user; no waiver covers those two. Undetermined: anything that was not checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports.site.fitness import another_user, expired

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_reports.site.report import ReleaseEvidence, RuleEvidence, SiteReport


def evaluate(report: SiteReport) -> Outcome:
    """Return the decision for the evidence of a report; the report's own outcome is not read."""
    failures = tuple(_failures(report))
    unknown = tuple(_unknown(report))
    if failures or unknown:
        return Outcome("fail" if failures else "undetermined", failures or unknown)
    return Outcome("pass")


def _failures(report: SiteReport) -> Iterator[str]:
    waived = {waiver.rule for waiver in report.waivers if not expired(waiver, report)}
    for rule in report.rules:
        if rule.state == "broken" and rule.severity == "error" and rule.id not in waived:
            yield f"{rule.id} is broken: {_found(rule)}"
    users = {token.sha256: token.user for token in report.tokens}
    for one in report.answers:
        user = users.get(one.token)
        if one.accepted is False:
            of_user = f" of {user}" if user else ""
            yield f"{one.release} refuses a token{of_user}: {one.log or 'no reason given'}"
        elif another_user(one, report):
            uid = "" if one.uid is None else f" (uid {one.uid})"
            yield f"{one.release} accepts a token of {user} as {one.user}{uid}"


def _found(rule: RuleEvidence) -> str:
    return "; ".join(dict.fromkeys(rule.found)) or rule.sentence


def _unknown(report: SiteReport) -> Iterator[str]:
    """Yield what was not checked: each keeps the outcome from pass."""
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
            user = f" of {token.user}" if token.user else ""
            yield f"No release was asked about the token{user} {token.sha256[:16]}."
    for one in report.answers:
        yield from _unknown_of(one)


def _unknown_of(one: ReleaseEvidence) -> Iterator[str]:
    if one.accepted is None:
        yield f"What {one.release} does with the token {one.token[:16]} is not known."
    elif one.accepted and one.user is None:
        yield f"The user that {one.release} assigns to the token {one.token[:16]} is not known."
