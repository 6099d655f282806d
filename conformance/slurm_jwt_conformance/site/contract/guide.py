"""The issuer guide as data: what a program that makes tokens has to know about this cluster."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from typing import Any

from slurm_jwt.slurmctld import Release
from slurm_jwt.strict.keys import KeyFacts
from slurm_jwt_conformance.site.contract import (
    answers,
    claims_schema,
    golden,
    members,
    policy_rules,
    recipes,
)
from slurm_jwt_conformance.site.contract.answers import Answer
from slurm_jwt_conformance.site.contract.golden import GoldenToken
from slurm_jwt_conformance.site.contract.members import Member
from slurm_jwt_conformance.site.contract.policy_rules import Lifetime
from slurm_jwt_conformance.site.contract.recipes import Recipe
from slurm_jwt_conformance.site.discovery.key import Key
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.showing import claim_name, plain
from slurm_jwt_conformance.site.discovery.survey import Cluster, survey
from slurm_jwt_conformance.site.policy.file import load
from slurm_jwt_conformance.site.policy.policy import Policy
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.schema import Strict

FORMAT = 1
MAX_LIFESPAN = 10**9


class SiteKey(Strict, frozen=True):
    """The signing key without its bytes. Every byte of the file belongs to the key. source: where it is."""

    bytes: int
    shape: str
    final_newline: bool
    crlf: bool
    fingerprint: str
    source: str


class IssuerGuide(Strict, frozen=True):
    """An issuer guide.

    conf: slurm.conf, "" if none was read; then Slurm's defaults apply. troubles: why this cluster accepts no
    tokens, or why that is not known. notes: what was not checked. user_claims: the claims that name the user,
    in the order in which the release reads them. client_ids: slurmctld reads identity claims. policy: what
    the site's policy requires besides the rules.
    """

    format: int
    release: str
    series: str
    release_from: str
    conf: str
    cluster: str
    troubles: tuple[str, ...]
    notes: tuple[str, ...]
    key: SiteKey | None
    key_source: str
    user_claims: tuple[str, ...]
    client_ids: bool
    creation_disabled: bool
    claims: tuple[Member, ...]
    header: tuple[Member, ...]
    policy: tuple[str, ...]
    lifetime: Lifetime
    styles: tuple[Answer, ...]
    refusals: tuple[Answer, ...]
    recipes: tuple[Recipe, ...]
    claims_schema: dict[str, Any]
    claims_schema_cannot_say: tuple[str, ...]
    golden_key_base64: str
    golden: tuple[GoldenToken, ...]


def issuer_guide(
    conf: str | None, release: str | None, policy: str | None, *, look: bool = True
) -> IssuerGuide:
    """Return the guide for a site.

    look: False reads only the files of the arguments. A Problem names a file that cannot be used, or says
    that no release is known.
    """
    site = survey(Options(conf=conf, release=release, search=look))
    slurm = site.named_release or site.release
    if slurm is None:
        raise Problem(
            "The guide needs a Slurm release, and Slurm is not installed here.",
            "Name the release: --release 24.11, or --release 24.11/libjwt1.17.2",
        )
    source = "--release" if release else "installed"
    return _guide(site, slurm, source, None if policy is None else load(policy))


def _guide(site: Cluster, release: Release, source: str, policy: Policy | None) -> IssuerGuide:
    series = release.series
    key = site.configured
    facts = key.facts if key else None
    key_source = plain(key.source) if key else ""
    user_claims = _user_claims(site, release)
    lifetime = policy_rules.lifetime(policy, _seconds(site.parameter("max_token_lifespan", series)))
    ids = site.parameter("use_jwt_client_ids", series) is not None
    return IssuerGuide(
        format=FORMAT,
        release=release.name,
        series=series,
        release_from=source,
        conf=plain(site.conf.path) if site.conf else "",
        cluster=plain(site.value("ClusterName") or ""),
        troubles=(*site.problems, *_troubles(site, release)),
        notes=_notes(key),
        key=_key(facts, key_source) if facts else None,
        key_source=key_source,
        user_claims=user_claims,
        client_ids=ids and release.plugin.takes_identity,
        creation_disabled=site.parameter("disable_token_creation", series) is not None,
        claims=members.members(release, members.CLAIMS, user_claims),
        header=members.members(release, members.HEADER),
        policy=policy_rules.sentences(policy),
        lifetime=lifetime,
        styles=answers.styles(release),
        refusals=answers.refusals(release),
        recipes=recipes.recipes(facts, lifetime.recipes, policy_rules.claims(policy)),
        claims_schema=claims_schema.schema(policy),
        claims_schema_cannot_say=claims_schema.NOT_CHECKED,
        golden_key_base64=golden.key_base64(),
        golden=golden.tokens(release),
    )


def _key(facts: KeyFacts, source: str) -> SiteKey:
    return SiteKey(
        bytes=facts.length,
        shape=facts.shape,
        final_newline=facts.final_newline,
        crlf=facts.crlf,
        fingerprint=facts.fingerprint,
        source=source,
    )


def _user_claims(site: Cluster, release: Release) -> tuple[str, ...]:
    plugin = release.plugin
    field = site.parameter("userclaimfield", release.series) if plugin.takes_claim_field else None
    return (
        "sun",
        *(("username",) if plugin.takes_username else ()),
        *((claim_name(field),) if field else ()),
    )


def _notes(key: Key | None) -> tuple[str, ...]:
    """Return that the key file was not read: a developer's account often has no right to, and need not."""
    if key is None or key.content is not None or not key.path:
        return ()
    return (f"The key was not read: {plain(key.problem)}.",)


def _seconds(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= MAX_LIFESPAN else None


def _troubles(site: Cluster, release: Release) -> list[str]:
    """Return why this cluster accepts no token at all."""
    troubles = []
    if site.loads_jwt(release.series) is False:
        troubles.append("This slurm.conf does not load auth/jwt: slurmctld accepts no tokens.")
    elif site.configured is not None and not site.configured.path:
        troubles.append(f"No key is set: {plain(site.configured.problem)}.")
    if release.refuses_all:
        troubles.append(f"Slurm {release.series} with libjwt {release.libjwt.version} refuses every token.")
    return troubles
