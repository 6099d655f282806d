"""A contract as JSON: what a program that makes tokens can read of this cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from slurm_jwt_conformance.site.contract import claims_schema, demands, golden, recipes, rows, sending
from slurm_jwt_conformance.site.contract.lifetime import lifetime
from slurm_jwt_reports.schema import Strict

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.contract.golden import Golden
    from slurm_jwt_conformance.site.contract.rows import Row
    from slurm_jwt_conformance.site.contract.sending import Answer
    from slurm_jwt_conformance.site.contract.site import Site

FORMAT = 1
Basis = Literal["observed", "modelled"]


class KeyFacts(Strict, frozen=True):
    """The signing key without its bytes; every one of them is the key."""

    bytes: int
    shape: str
    final_newline: bool
    crlf: bool
    fingerprint: str
    source: str


class MemberFacts(Strict, frozen=True):
    """A claim or header member: what to write, and what this release does with anything else."""

    name: str
    must: str
    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    other_user: tuple[str, ...]
    not_known: tuple[str, ...]
    logs: tuple[str, ...]
    cases: tuple[str, ...]
    basis: Basis


class LifetimeFacts(Strict, frozen=True):
    """Seconds that tokens live. recipes: what the recipes write; at_most: of the policy, else of Slurm."""

    recipes: int
    at_most: int | None
    source: str


class AnswerFacts(Strict, frozen=True):
    """What slurmrestd answers to a way of sending, or to a token that does not work."""

    id: str
    ask: str
    result: str
    status: int | None
    works: bool
    log: str | None
    basis: Basis


class RecipeFacts(Strict, frozen=True):
    """A library's lines. works: they make a token with this site's key."""

    library: str
    install: str
    code: str
    goes: str
    note: str
    works: bool


class GoldenFacts(Strict, frozen=True):
    """A token under the published test key. verdict: of the documents; accepted, log: of this release."""

    case: str
    token: str
    lesson: str
    verdict: Literal["valid", "invalid", "either"]
    rules: tuple[str, ...]
    accepted: bool | None
    user: str | None
    log: str | None
    basis: Basis


class Document(Strict, frozen=True):
    """A contract.

    troubles: why this cluster takes no tokens, or that it is not known. notes: what else to know. policy:
    what the site's policy demands besides the rules, in sentences.
    """

    format: int
    release: str
    series: str
    release_from: str
    conf: str
    cluster: str
    troubles: tuple[str, ...]
    notes: tuple[str, ...]
    key: KeyFacts | None
    key_source: str
    user_claims: tuple[str, ...]
    client_ids: bool
    creation_disabled: bool
    claims: tuple[MemberFacts, ...]
    header: tuple[MemberFacts, ...]
    policy: tuple[str, ...]
    lifetime: LifetimeFacts
    styles: tuple[AnswerFacts, ...]
    refusals: tuple[AnswerFacts, ...]
    recipes: tuple[RecipeFacts, ...]
    claims_schema: dict[str, Any]
    claims_schema_cannot_say: tuple[str, ...]
    golden_key_base64: str
    golden: tuple[GoldenFacts, ...]


def document(site: Site) -> Document:
    """Return the contract of a site."""
    release = site.release
    lives = lifetime(site)
    return Document(
        format=FORMAT,
        release=release.name,
        series=release.series,
        release_from=site.release_from,
        conf=site.conf,
        cluster=site.cluster,
        troubles=site.troubles,
        notes=site.notes,
        key=_key(site),
        key_source=site.key_source,
        user_claims=site.user_claims,
        client_ids=site.client_ids,
        creation_disabled=site.no_creation,
        claims=tuple(_member(row) for row in rows.rows(release, rows.CLAIMS, site.user_claims)),
        header=tuple(_member(row) for row in rows.rows(release, rows.HEADER)),
        policy=demands.sentences(site.policy),
        lifetime=LifetimeFacts(**lives._asdict()),
        styles=tuple(_answer(each) for each in sending.styles(release)),
        refusals=tuple(_answer(each) for each in sending.refusals(release)),
        recipes=tuple(
            RecipeFacts(**each._asdict())
            for each in recipes.recipes(site.key, lives.recipes, demands.claims(site.policy))
        ),
        claims_schema=claims_schema.schema(site.policy),
        claims_schema_cannot_say=claims_schema.CANNOT_SAY,
        golden_key_base64=golden.key_base64(),
        golden=tuple(_golden(each) for each in golden.tokens(release)),
    )


def _key(site: Site) -> KeyFacts | None:
    key = site.key
    if key is None:
        return None
    return KeyFacts(
        bytes=key.length,
        shape=key.shape,
        final_newline=key.final_newline,
        crlf=key.crlf,
        fingerprint=key.fingerprint,
        source=site.key_source,
    )


def _member(row: Row) -> MemberFacts:
    return MemberFacts(
        name=row.name,
        must=row.must,
        accepted=row.accepted,
        refused=row.refused,
        other_user=row.other,
        not_known=row.unknown,
        logs=row.logs,
        cases=row.cases,
        basis=row.basis,
    )


def _answer(each: Answer) -> AnswerFacts:
    return AnswerFacts(**each._asdict())


def _golden(each: Golden) -> GoldenFacts:
    return GoldenFacts(
        case=each.case.id,
        token=each.case.token or "",
        lesson=each.lesson,
        verdict=each.case.verdict,
        rules=each.case.rules,
        accepted=each.fate.accepted,
        user=each.user,
        log=each.fate.log,
        basis=each.fate.basis,
    )


def to_json(made: Document) -> str:
    """Return the document as JSON."""
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()
