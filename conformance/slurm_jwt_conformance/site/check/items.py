"""Findings and remarks of one answer in one shape, so that every format shows the same of both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.strict.rules import BY_ID

if TYPE_CHECKING:
    from slurm_jwt import Finding
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.places import Place
    from slurm_jwt_conformance.site.policy.policy import Waiver
    from slurm_jwt_conformance.site.remark import Remark

WHERE = {
    "key": "in the key",
    "form": "in the token's form",
    "header": "in the header",
    "signature": "in the signature",
    "claims": "in the claims",
    "time": "in the claims, held against the clock",
}
"""Words for the layers of rules."""

LAST_MOMENT = 253402300799
"""9999-12-31T23:59:59Z: later ones have no date that people write."""


class Item(NamedTuple):
    """One thing that was found; all texts are safe to print.

    level: "error", "choice" (a rule that leaves the verifier a choice), "warning" or "note". title: what is
    wrong, or for a rule where it is broken. releases: what each does with such tokens, "" for a remark.
    place: in header or claims. offset: in the whole token, in bytes. fits: keys that did sign it.
    """

    id: str
    level: str
    title: str
    found: str
    expected: str
    why: str
    releases: str
    do: str
    sources: tuple[str, ...]
    place: Place | None = None
    offset: int | None = None
    fits: tuple[str, ...] = ()
    waiver: Waiver | None = None

    @property
    def is_rule(self) -> bool:
        """Whether it is a documented rule that is broken, and no remark."""
        return bool(self.releases)


def items(made: Answer) -> tuple[Item, ...]:
    """Return all that was found, rules in catalogue order first."""
    return (
        *(_of_rule(finding, made) for finding in made.done.result.findings),
        *(_of_remark(remark, made) for remark in made.remarks),
    )


def _of_rule(finding: Finding, made: Answer) -> Item:
    from slurm_jwt_conformance.site.check import explanations as whys
    from slurm_jwt_conformance.site.check import places  # most tokens need neither

    rule = BY_ID[finding.rule]
    why = whys.WHYS[rule.id]
    return Item(
        rule.id,
        rule.severity,
        WHERE[rule.layer],
        finding.found + _dates(finding, made),
        rule.sentence,
        why.text,
        whys.fate(rule.id),
        rule.hint,
        (*rule.sources, why.source),
        places.of(finding, made.done.token),
        places.base64url_offset(finding, made.done.token),
        made.done.fits if rule.id == "signature.match" else (),
        made.waived.get(rule.id),
    )


def _of_remark(remark: Remark, made: Answer) -> Item:
    return Item(
        remark.id,
        remark.severity,
        remark.title,
        remark.found,
        remark.expected,
        remark.why,
        "",
        remark.do,
        (remark.source,),
        waiver=made.waived.get(remark.id),
    )


def _dates(finding: Finding, made: Answer) -> str:
    """Write the moments of a finding about time as people do."""
    claims = made.done.result.claims
    if BY_ID[finding.rule].layer != "time" or claims is None or finding.member is None:
        return ""
    value = claims.get(finding.member)
    if not isinstance(value, (int, float)) or not 0 <= value <= LAST_MOMENT:
        return ""
    return f" ({moment(int(value))}, and {moment(made.done.now)})"


def moment(seconds: int) -> str:
    """Write a moment in UTC as ISO 8601, or as its number where it has no such date."""
    if not 0 <= seconds <= LAST_MOMENT:
        return str(seconds)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
