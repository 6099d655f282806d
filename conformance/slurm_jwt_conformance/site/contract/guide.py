"""The issuer guide as data: what a program that makes tokens has to know about this cluster."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Iterator
from typing import Any, Literal

from msgspec.structs import replace

from slurm_jwt.slurmctld import Release
from slurm_jwt.strict.keys import KeyFacts
from slurm_jwt_conformance.site.contract import (
    answers,
    claims_schema,
    golden,
    members,
    policy_rules,
    recipes,
    rs256,
)
from slurm_jwt_conformance.site.contract.answers import Answer
from slurm_jwt_conformance.site.contract.golden import GoldenToken
from slurm_jwt_conformance.site.contract.members import Member
from slurm_jwt_conformance.site.contract.policy_rules import Lifetime
from slurm_jwt_conformance.site.contract.recipes import Recipe
from slurm_jwt_conformance.site.contract.rs256 import SiteJwks
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
Algorithm = Literal["HS256", "RS256"]


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
    the site's policy requires besides the rules. algorithms: those that this site verifies. jwks: slurmctld's
    JWKS, null without one. golden_jwks: it verifies the golden tokens of RS256, "" if there are none.
    """

    format: int
    release: str
    series: str
    release_from: str
    conf: str
    cluster: str
    troubles: tuple[str, ...]
    notes: tuple[str, ...]
    algorithms: tuple[Algorithm, ...]
    jwks: SiteJwks | None
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
    golden_jwks: str
    golden: tuple[GoldenToken, ...]


def issuer_guide(
    conf: str | None,
    release: str | None,
    policy: str | None,
    *,
    jwks: str | None = None,
    look: bool = True,
) -> IssuerGuide:
    """Return the guide for a site.

    jwks: the JWKS, None for that of slurm.conf. look: False reads only the files of the arguments. A Problem
    names a file that cannot be used, or says that no release is known.
    """
    site = survey(Options(conf=conf, jwks=jwks, release=release, search=look))
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
    jwks = rs256.site_jwks(site, release)
    hs256 = key is None or bool(key.path)
    algorithms: tuple[Algorithm, ...] = (*(("RS256",) if jwks else ()), *(("HS256",) if hs256 else ()))
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
        troubles=(*site.problems, *_troubles(site, release, jwks)),
        notes=_notes(key, jwks),
        algorithms=algorithms,
        jwks=jwks,
        key=_key(facts, key_source) if facts else None,
        key_source=key_source,
        user_claims=user_claims,
        client_ids=ids and release.plugin.takes_identity,
        creation_disabled=site.parameter("disable_token_creation", series) is not None,
        claims=tuple(_claims(release, user_claims)),
        header=_header(release, jwks, hs256=hs256),
        policy=policy_rules.sentences(policy),
        lifetime=lifetime,
        styles=answers.styles(release),
        refusals=answers.refusals(release),
        recipes=tuple(_recipes(jwks, facts, lifetime.recipes, policy, hs256=hs256)),
        claims_schema=claims_schema.schema(policy, "".join(user_claims[2:])),
        claims_schema_cannot_say=claims_schema.NOT_CHECKED,
        golden_key_base64=golden.key_base64() if hs256 else "",
        golden_jwks=rs256.jwks() if jwks else "",
        golden=(*(rs256.golden(release) if jwks else ()), *(golden.tokens(release) if hs256 else ())),
    )


def _header(release: Release, jwks: SiteJwks | None, *, hs256: bool) -> tuple[Member, ...]:
    """Return the rows of RS256 first. Rows of HS256 beside them say so; those of the form are for both."""
    own = members.members(release, members.HEADER)
    if jwks is None:
        return own
    shared = tuple(each for each in own if each.name in {"crit, b64", "form"})
    keyed = (
        replace(each, name=f"{each.name} of HS256") for each in own if each.name.startswith(("alg", "kid"))
    )
    return (*rs256.header(release, jwks), *(keyed if hs256 else ()), *shared)


def _claims(release: Release, user_claims: tuple[str, ...]) -> Iterator[Member]:
    """Yield the rows of the claims; with userclaimfield= another claim may name the user."""
    field = "".join(user_claims[2:])
    for each in members.members(release, members.CLAIMS, user_claims):
        if field and each.name == "sun":
            yield replace(each, must=f"{each.must}; or leave sun out and write `{field}`")
            yield rs256.user_claim(release, field)
        elif field and each.name.startswith("username"):
            yield replace(each, must=f"nothing: only sun, username and `{field}` name the user")
        else:
            yield each


def _recipes(
    jwks: SiteJwks | None, facts: KeyFacts | None, lifespan: int, policy: Policy | None, *, hs256: bool
) -> Iterator[Recipe]:
    more = policy_rules.claims(policy)
    if jwks:
        yield from recipes.rsa_recipes(next(iter(jwks.kids), "KID"), lifespan, more)
    if hs256:
        yield from recipes.recipes(facts, lifespan, more)


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


def _notes(key: Key | None, jwks: SiteJwks | None) -> tuple[str, ...]:
    """Return which file was not read: a developer's account often has no right to, and need not."""
    notes = []
    if jwks and not jwks.read:
        notes.append(f"The JWKS {jwks.file} was not read here: its kids are not known. Give it with --jwks.")
    if key is not None and key.content is None and key.path:
        notes.append(f"The key was not read: {plain(key.problem)}.")
    return tuple(notes)


def _seconds(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= MAX_LIFESPAN else None


def _troubles(site: Cluster, release: Release, jwks: SiteJwks | None) -> list[str]:
    """Return why this cluster accepts no token at all, or no RS256 token."""
    troubles = [jwks.trouble] if jwks and jwks.trouble else []
    if site.loads_jwt(release.series) is False:
        troubles.append("This slurm.conf does not load auth/jwt: slurmctld accepts no tokens.")
    elif site.configured is not None and not site.configured.path and jwks is None:
        troubles.append(f"No key is set: {plain(site.configured.problem)}.")
    if release.refuses_all:
        troubles.append(f"Slurm {release.series} with libjwt {release.libjwt.version} refuses every token.")
    return troubles
