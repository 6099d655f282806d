"""What a contract is about: a release, a site's settings and key, a policy; found as by `slurm-jwt check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.showing import claim_name, plain
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Release
    from slurm_jwt.strict.keys import KeyFacts
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.policy.policy import Policy

MOST_LIFESPAN = 10**9


class Site(NamedTuple):
    """All that the page speaks of; every text is safe to print.

    conf: slurm.conf, "" where none was read: then the release's defaults are meant. key_source: where the key
    stands; key: what it looks like, None if it was not read. user_claims: in the order in which the release
    asks for them. most_lifespan: of max_token_lifespan, in seconds. client_ids: identity claims are read.
    troubles: why this cluster takes no tokens, or why that is not known. notes: what was not looked at.
    """

    release: Release
    release_from: str
    conf: str
    cluster: str
    key_source: str
    key: KeyFacts | None
    user_claims: tuple[str, ...]
    most_lifespan: int | None
    no_creation: bool
    client_ids: bool
    policy: Policy | None
    troubles: tuple[str, ...]
    notes: tuple[str, ...]


def site(conf: str | None, release: str | None, policy: str | None, *, look: bool = True) -> Site:
    """Look at a site; Problem says what of the named cannot be used, and where no release is known.

    look: False looks for nothing that is not named.
    """
    from slurm_jwt_conformance.site.policy.file import load

    found = survey(Options(conf=conf, release=release, search=look))
    chosen = found.named_release or found.release
    if chosen is None:
        raise Problem(
            "Which Slurm this page is for is unknown: none is installed here.",
            "Name it: --release 24.11, or --release 24.11/libjwt1.17.2",
        )
    return _site(
        found,
        chosen,
        "--release" if release else "installed",
        None if policy is None else load(policy),
    )


def _site(found: Cluster, release: Release, source: str, policy: Policy | None) -> Site:
    series = release.series
    key = found.configured
    plugin = release.plugin
    field = found.parameter("userclaimfield", series) if plugin.takes_claim_field else None
    ids = found.parameter("use_jwt_client_ids", series) is not None
    return Site(
        release=release,
        release_from=source,
        conf=plain(found.conf.path) if found.conf else "",
        cluster=plain(found.conf.value("ClusterName") or "" if found.conf else ""),
        key_source=plain(key.source) if key else "",
        key=key.facts if key else None,
        user_claims=(
            "sun",
            *(("username",) if plugin.takes_username else ()),
            *((claim_name(field),) if field else ()),
        ),
        most_lifespan=_seconds(found.parameter("max_token_lifespan", series)),
        no_creation=found.parameter("disable_token_creation", series) is not None,
        client_ids=ids and plugin.takes_identity,
        policy=policy,
        troubles=(*found.problems, *_troubles(found, release)),
        notes=_notes(found),
    )


def _notes(found: Cluster) -> tuple[str, ...]:
    """Say that the key file was not read: a developer's account may well not, and need not."""
    key = found.configured
    if key is None or key.content is not None or not key.path:
        return ()
    return (f"The key was not looked at: {plain(key.problem)}.",)


def _seconds(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= MOST_LIFESPAN else None


def _troubles(found: Cluster, release: Release) -> list[str]:
    """Say why this cluster would take no token at all."""
    troubles = []
    if found.loads_jwt(release.series) is False:
        troubles.append("This slurm.conf does not load auth/jwt: slurmctld takes no tokens.")
    elif found.configured is not None and not found.configured.path:
        troubles.append(f"No key is named: {plain(found.configured.problem)}.")
    if release.refuses_all:
        troubles.append(f"Slurm {release.series} with libjwt {release.libjwt.version} refuses every token.")
    return troubles
