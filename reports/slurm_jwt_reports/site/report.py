"""A site's own report: is this issuer, or this token, fit for use with this cluster, and on what evidence.

Whoever judged fills a SiteReport with the outcome; fitness.conclude() puts it into words. A
report holds fingerprints, never a key or a token: their fields take nothing else.
"""

# No "from __future__ import annotations" here: msgspec and the linter both need the annotations live.
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from slurm_jwt_reports.output import mark
from slurm_jwt_reports.redaction import each_text, one_line, visible_block

Verdict = Literal["fit", "not fit", "undetermined"]
State = Literal["kept", "broken", "not checked"]

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256, hex")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$", description="a day in UTC, such as 2027-06-30")]
Moment = Annotated[
    str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", description="a moment in UTC, to the second")
]
Said = Annotated[str, Meta(min_length=1)]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a site's report."""


class TokenEvidence(Part, frozen=True, kw_only=True):
    """One token that was judged."""

    sha256: Sha256
    bytes: Annotated[int, Meta(ge=0, description="length of the token")]
    user: Annotated[str | None, Meta(description="the user that it names and is meant for")] = None
    what: Annotated[str, Meta(description="what it is, such as: as the portal issues it")] = ""
    issuer: Annotated[str, Meta(description="iss as JSON, escaped; empty without iss")] = ""
    times: Annotated[str, Meta(description="age, time to exp and lifetime, in words")] = ""
    claims: Annotated[tuple[str, ...], Meta(description="names of the claims")] = ()


class KeyEvidence(Part, frozen=True, kw_only=True):
    """The key that was used."""

    fingerprint: Annotated[
        str,
        Meta(
            pattern="^[0-9a-f]{16}$",
            description='first 8 bytes of HMAC-SHA256(key, "slurm-jwt fingerprint v1"), hex',
        ),
    ]
    bytes: Annotated[int, Meta(ge=0, description="length of the key")]
    shape: Annotated[str, Meta(description="what kind of key file it is, such as PEM")] = ""


class ConfigurationEvidence(Part, frozen=True, kw_only=True):
    """The cluster's configuration."""

    sha256: Sha256
    file: Annotated[str, Meta(description="the file it was read from")] = ""
    parameters: Annotated[str, Meta(description="AuthAltParameters, as written there")] = ""


class RuleEvidence(Part, frozen=True, kw_only=True):
    """One documented rule, and whether the tokens keep it."""

    id: Said
    severity: Annotated[
        Literal["error", "choice", "warning"],
        Meta(
            description="error: a breach decides; choice: the documents leave it to the verifier; "
            "warning: no rule is broken, and a reader should know of it"
        ),
    ]
    sentence: str
    sources: tuple[str, ...] = ()
    hint: Annotated[str, Meta(description="what to do about a breach")] = ""
    state: State
    found: Annotated[tuple[str, ...], Meta(description="what was found instead, once for each finding")] = ()


class ReleaseEvidence(Part, frozen=True, kw_only=True):
    """What a release made, or would make, of one token."""

    release: Annotated[str, Meta(description="such as 22.05.8 with libjwt 1.10.2")]
    token: Sha256
    accepted: Annotated[bool | None, Meta(description="null: nobody can say")]
    user: Annotated[str | None, Meta(description="the user that it was taken for")] = None
    uid: int | None = None
    log: Annotated[str | None, Meta(description="the log line of a refusal")] = None
    basis: Annotated[
        Literal["asked", "observed", "modelled"],
        Meta(
            description="asked: a real daemon of this release, just now; observed: a model that was compared "
            "with the real daemon of this release; modelled: a model read from its sources alone"
        ),
    ]


class Waiver(Part, frozen=True, kw_only=True):
    """A rule that somebody decided to do without, for a reason and for a time."""

    rule: Said
    reason: Said
    by: Annotated[str, Meta(description="who decided")] = ""
    expires: Annotated[Day, Meta(description="the last day on which it counts")]


class Requirement(Part, frozen=True, kw_only=True):
    """One requirement of a policy. A waiver can cover a broken one."""

    id: Said
    text: Said
    state: Literal["kept", "broken"]


class PolicyEvidence(Part, frozen=True, kw_only=True):
    """The site's policy."""

    file: str
    sha256: Sha256 | None = None
    requirements: tuple[Requirement, ...] = ()


class SiteReport(Part, frozen=True, kw_only=True):
    """All that was found out, and with what; times and places come from whoever judged."""

    site: Annotated[str, Meta(min_length=1, description="name of the site or cluster")]
    suite: Annotated[str, Meta(description="version of slurm-jwt-conformance")]
    command: str
    made: Annotated[Moment, Meta(description="when it was judged; waivers are held against this day")]
    clock: Annotated[str, Meta(min_length=1, description="where that time came from")]
    outcome: Annotated[
        Literal["pass", "fail", "undetermined"],
        Meta(description="the decision; pass is fit, fail is not fit"),
    ] = "undetermined"
    reasons: Annotated[
        tuple[str, ...], Meta(description="what keeps the subject from passing; empty for pass")
    ] = ()
    release: Annotated[str, Meta(description="the cluster's release, and how that is known")] = ""
    tokens: tuple[TokenEvidence, ...] = ()
    key: KeyEvidence | None = None
    configuration: ConfigurationEvidence | None = None
    rules: tuple[RuleEvidence, ...] = ()
    answers: tuple[ReleaseEvidence, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    policy: PolicyEvidence | None = None
    accepted: Annotated[
        tuple[str, ...], Meta(description="risks that the policy or a waiver accepts explicitly")
    ] = ()
    edition: Annotated[str, Meta(description="the edition of the documented rules")] = "HS256"
    notes: Annotated[tuple[str, ...], Meta(description="what a reader must know besides")] = ()
    sign_off: Annotated[tuple[str, ...], Meta(description="who is to sign")] = ("Tested by", "Accepted by")


class Conclusion(Part, frozen=True, kw_only=True):
    """What follows from a report."""

    verdict: Verdict
    sentence: str
    against: Annotated[tuple[str, ...], Meta(description="why it is not fit")]
    unknown: Annotated[tuple[str, ...], Meta(description="what nobody looked at; never a pass")]
    conditions: Annotated[tuple[str, ...], Meta(description="waivers and acceptances that it depends on")]
    waived: Annotated[tuple[str, ...], Meta(description="ids of broken rules that a valid waiver covers")]
    remarks: Annotated[tuple[str, ...], Meta(description="what does not decide and should be known")]


class SiteDocument(Part, frozen=True, kw_only=True, rename={"schema_": "$schema"}):
    """The JSON: what follows, and from what."""

    generator: str = mark("site json")
    schema_: str = "site.schema.json"
    format: int = 1
    conclusion: Conclusion
    report: SiteReport


def checked(report: SiteReport) -> SiteReport:
    """Return the report with every text made visible; ValueError where a field holds what it may not.

    A struct takes any text; only its decoder holds it against the patterns above.
    """
    plain = each_text(msgspec.to_builtins(report), visible_block)
    try:
        return msgspec.convert(plain, SiteReport)
    except msgspec.ValidationError as error:
        raise ValueError(f"that is no report of a site: {one_line(str(error))}") from error
