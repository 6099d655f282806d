"""The answers of `slurm-jwt check` as JSON: a document for --json, a line for --jsonl and --lines.

They hold fingerprints, never the token or the key. The schemas are made from these types.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from slurm_jwt.strict.keys import describe, token_fingerprint
from slurm_jwt.vocabulary import DoesNotStart, Unknown
from slurm_jwt_conformance.site.check import diagnostics, times
from slurm_jwt_conformance.site.users import mapping
from slurm_jwt_reports.redaction import one_line, without_signatures

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Prediction
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_reports.diagnostic import Diagnostic, Place, Waived

Fingerprint = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
RuleVerdict = Annotated[
    Literal["valid", "either", "invalid", "undetermined"], Meta(description="of the documented rules")
]
OutcomeVerdict = Annotated[
    Literal["pass", "fail", "undetermined"], Meta(description="the exit code is 0 for pass, otherwise 1")
]
EditionOf = Annotated[
    Literal["2020", "later"],
    Meta(description="of the documents: Slurm's page of 30 December 2020, or its later page with RS256"),
]
Passes = Annotated[bool, Meta(description="the outcome is pass")]
Reasons = Annotated[tuple[str, ...], Meta(description="what keeps the token from passing")]
Decoded = Annotated[dict[str, Any] | None, Meta(description="as decoded; null where there is no JSON object")]
UserNotChecked = Annotated[Literal["not checked"] | UnsetType, Meta(description="with --passwd none")]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the document."""


class Position(Part, frozen=True, kw_only=True):
    """Characters of the decoded header or claims, or bytes of the token."""

    part: Literal["header", "claims", "token"]
    start: int
    end: int


class WaiverOf(Part, frozen=True, kw_only=True):
    """The waiver that covers a finding."""

    reason: str
    by: str
    expires: str


class FindingOf(Part, frozen=True, kw_only=True):
    """A broken rule."""

    rule: str
    severity: Literal["error", "choice"]
    found: str
    expected: str
    why: str
    releases: Annotated[str, Meta(description="what each release does with tokens that break this rule only")]
    sources: tuple[str, ...]
    hint: str
    position: Position | None
    waiver: WaiverOf | None
    signed_with: Annotated[
        tuple[str, ...] | UnsetType,
        Meta(description="of signature.match: keys at hand that signed the token"),
    ] = UNSET


class RemarkOf(Part, frozen=True, kw_only=True):
    """A diagnostic of user, site, policy or cause."""

    id: str
    severity: Literal["error", "choice", "warning", "note"]
    title: str
    found: str
    expected: str
    why: str
    hint: str
    sources: tuple[str, ...]
    waiver: WaiverOf | None


class Times(Part, frozen=True, kw_only=True):
    """Seconds; null where a claim is missing or is not an integer."""

    age: Annotated[int | None, Meta(description="since iat")]
    left: Annotated[int | None, Meta(description="until exp")]
    lifetime: Annotated[int | None, Meta(description="from iat to exp")]


class ClaimOf(Part, frozen=True, kw_only=True):
    """A claim that names a user."""

    claim: str
    value: str


class UserOf(Part, frozen=True, kw_only=True):
    """The user that one release assigns."""

    release: str
    claim: str | None
    name: str | None
    uid: int | None
    account: str | None
    shadowed: tuple[ClaimOf, ...]
    ignored: tuple[ClaimOf, ...]
    looked_up: bool
    identity: str
    sentence: str


class ReleaseAnswer(Part, frozen=True, kw_only=True):
    """What one release does with the token."""

    accepted: Annotated[bool | None, Meta(description="null: not known")]
    user: str | None
    uid: int | None
    log: Annotated[str | None, Meta(description="all lines of the refusal, or of the end of slurmctld")]
    basis: Literal["observed", "modelled"]
    starts: Annotated[
        bool | UnsetType | None,
        Meta(description="false: slurmctld does not start with this key or JWKS; null: nothing is known"),
    ] = UNSET
    reason: Annotated[str | UnsetType, Meta(description="why nothing is known")] = UNSET


class ConfOf(Part, frozen=True, kw_only=True):
    """The slurm.conf that was read."""

    path: str
    source: str
    sha256: Sha256
    cluster: str | None


class KeyOf(Part, frozen=True, kw_only=True):
    """The key, by its fingerprint."""

    path: str
    source: str
    trouble: str | None
    bytes: int | None = None
    shape: str | None = None
    fingerprint: Fingerprint | None = None


class SlurmOf(Part, frozen=True, kw_only=True):
    """The Slurm that is installed here."""

    version: str
    libjwt: str
    source: str


class SiteOf(Part, frozen=True, kw_only=True):
    """What was discovered."""

    conf: ConfOf | None
    key: KeyOf | None
    slurm: SlurmOf | None
    users: str
    slurm_user: str


class PolicyOf(Part, frozen=True, kw_only=True):
    """The policy, and the ids that its waivers cover today."""

    path: str
    waived: tuple[str, ...]


class AnswerJson(Part, frozen=True, kw_only=True):
    """The answer of `slurm-jwt check --json`."""

    format: Literal[1] = 1
    verdict: RuleVerdict
    edition: EditionOf
    outcome: OutcomeVerdict
    passes: Passes
    reasons: Reasons
    judge: Literal["both", "rules", "slurm"]
    now: Annotated[int, Meta(description="the moment of judging, seconds since 1970")]
    place: Annotated[str, Meta(description="where the token came from")]
    token_sha256: Sha256
    token_bytes: Annotated[int, Meta(ge=0)]
    key_fingerprint: Fingerprint | None
    findings: tuple[FindingOf, ...]
    remarks: tuple[RemarkOf, ...]
    not_checked: Annotated[tuple[str, ...], Meta(description="ids of rules that were not checked")]
    header: Decoded
    claims: Decoded
    times: Times
    users: tuple[UserOf, ...]
    slurm: dict[str, ReleaseAnswer]
    site: SiteOf
    policy: PolicyOf | None
    notes: tuple[str, ...]
    removed: Annotated[str | None, Meta(description="the prefix before the token, such as Bearer")]
    user: UserNotChecked = UNSET


class LineJson(Struct, frozen=True, kw_only=True):
    """The answer to one line, after its id."""

    verdict: RuleVerdict
    edition: EditionOf
    rules: tuple[str, ...]
    outcome: OutcomeVerdict
    passes: Passes
    reasons: Reasons
    remarks: tuple[str, ...] | UnsetType = UNSET
    slurm: dict[str, ReleaseAnswer] | UnsetType = UNSET
    user: UserNotChecked = UNSET


class LineAnswer(LineJson, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole line of --jsonl, --lines and several --token-file."""

    id: Annotated[Any, Meta(description="that of the question; with --lines its line number")]
    file: Annotated[str | UnsetType, Meta(description="of several files")] = UNSET
    removed: Annotated[
        str | UnsetType, Meta(description="the prefix before the token in its file, such as Bearer")
    ] = UNSET


class LineError(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to a line that holds no question."""

    id: Annotated[Any, Meta(description="null if the line has none")]
    line: Annotated[int, Meta(ge=1)]
    error: str
    file: str | UnsetType = UNSET


def answer_json(answer: "Answer", notes: tuple[str, ...]) -> AnswerJson:
    """Return the document of one answer. notes: what a reader needs to know besides."""
    checked, question, outcome = answer.checked, answer.question, answer.outcome
    examination, key = checked.examination, question.key
    return AnswerJson(
        verdict=examination.verdict,
        edition=examination.edition,
        outcome=outcome.verdict,
        passes=outcome.verdict == "pass",
        reasons=outcome.reasons,
        judge=question.judge,
        now=checked.now,
        place=answer.place,
        token_sha256=token_fingerprint(checked.token),
        token_bytes=len(checked.token),
        key_fingerprint=None if key is None else describe(key).fingerprint,
        findings=_findings(answer),
        remarks=tuple(_remark(each) for each in diagnostics.of_others(answer)),
        not_checked=examination.not_checked,
        header=_shown(examination.header),
        claims=_shown(examination.claims),
        times=Times(**times.of(examination.claims, checked.now)._asdict()),
        users=tuple(_user(each) for each in answer.mappings),
        slurm=releases_json(checked.predictions),
        site=_site(answer),
        policy=_policy(answer),
        notes=notes,
        removed=answer.prefix or None,
        user=user_json(answer),
    )


def line_json(answer: "Answer") -> LineJson:
    """Return the answer to one line."""
    question, examination = answer.question, answer.checked.examination
    return LineJson(
        verdict=examination.verdict,
        edition=examination.edition,
        rules=tuple(finding.rule for finding in examination.findings),
        outcome=answer.outcome.verdict,
        passes=answer.outcome.verdict == "pass",
        reasons=answer.outcome.reasons,
        remarks=UNSET if question.policy is None else tuple(each.id for each in answer.diagnostics),
        slurm=UNSET if question.target is None else releases_json(answer.checked.predictions),
        user=user_json(answer),
    )


def releases_json(predictions: "dict[str, Prediction]") -> dict[str, ReleaseAnswer]:
    """Return what each release does."""
    return {name: _release_json(one) for name, one in predictions.items()}


def _release_json(one: "Prediction") -> ReleaseAnswer:
    unknown, ends = isinstance(one.verdict, Unknown), isinstance(one.verdict, DoesNotStart)
    return ReleaseAnswer(
        accepted=None if ends else one.accepted,
        user=one.user,
        uid=one.uid,
        log=one.log and one.log.replace(" | error: ", "\nerror: "),
        basis=one.basis,
        starts=None if unknown else False if ends else UNSET,
        reason=one_line(one.why) if unknown else UNSET,
    )


def user_json(answer: "Answer") -> Literal["not checked"] | UnsetType:
    """Return "not checked" with --passwd none."""
    question = answer.question
    return "not checked" if question.user_excluded and question.target is not None else UNSET


def _findings(answer: "Answer") -> tuple[FindingOf, ...]:
    found = answer.checked.examination.findings
    return tuple(
        FindingOf(
            rule=each.id,
            severity=finding.severity,
            found=diagnostics.found_text(finding, answer),
            expected=dict(each.details)["expected"],
            why=each.cause,
            releases=each.releases,
            sources=each.source,
            hint=each.fix,
            position=_position(each.place),
            waiver=_waiver(each.waived),
            signed_with=answer.checked.fits if each.id == "signature.match" else UNSET,
        )
        for finding, each in zip(found, diagnostics.of_rules(answer), strict=True)
    )


def _position(place: "Place | None") -> Position | None:
    if place is None or place.start == place.end:
        return None
    return msgspec.convert({"part": place.part, "start": place.start, "end": place.end}, Position)


def _remark(each: "Diagnostic") -> RemarkOf:
    details = dict(each.details)
    return RemarkOf(
        id=each.id,
        severity=each.level,
        title=each.message,
        found=details["found"],
        expected=details["expected"],
        why=each.cause,
        hint=each.fix,
        sources=each.source,
        waiver=_waiver(each.waived),
    )


def _waiver(one: "Waived | None") -> WaiverOf | None:
    return None if one is None else WaiverOf(reason=one.reason, by=one.by, expires=one.expires)


def _user(one: mapping.Mapping) -> UserOf:
    members = mapping.as_json(one) | {"sentence": mapping.sentence(one)}
    return msgspec.convert(_shown(members), UserOf)


def _site(answer: "Answer") -> SiteOf:
    found = answer.question.found
    conf, version, cluster = found.conf, found.installed, found.value("ClusterName")
    return SiteOf(
        conf=conf
        and ConfOf(
            path=one_line(conf.path),
            source=conf.source,
            sha256=conf.sha256,
            cluster=None if cluster is None else one_line(cluster, 80),
        ),
        key=_key(answer),
        slurm=version
        and SlurmOf(
            version=one_line(version.slurm, 40),
            libjwt=one_line(version.libjwt, 40),
            source=one_line(version.source, 200),
        ),
        users=answer.question.users.source,
        slurm_user=one_line(found.slurm_user, 80),
    )


def _key(answer: "Answer") -> KeyOf | None:
    key = answer.question.found.key
    if key is None:
        return None
    facts = key.facts
    return KeyOf(
        path=key.path,
        source=key.source,
        trouble=key.problem or None,
        bytes=facts and facts.length,
        shape=facts and facts.shape,
        fingerprint=facts and facts.fingerprint,
    )


def _policy(answer: "Answer") -> PolicyOf | None:
    policy = answer.question.policy
    return None if policy is None else PolicyOf(path=policy.place, waived=tuple(sorted(answer.waived)))


def _shown(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Make a value fit for JSON: spell out infinities and lone surrogates, hide the signature of a token."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} (overflows)"
    if isinstance(value, str):
        text = value.encode("utf-8", "backslashreplace").decode()
        return without_signatures(text, lambda _: "(signature not shown)")
    if isinstance(value, dict):
        return {_shown(name): _shown(member) for name, member in value.items()}
    return [_shown(member) for member in value] if isinstance(value, list) else value
