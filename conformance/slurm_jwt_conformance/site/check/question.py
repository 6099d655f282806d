"""What a token is checked against: the cluster, its releases and users, the judge and the site's policy.

One function makes the question from plain options, for the command and for the gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.check import predicted
from slurm_jwt_conformance.site.discovery import options as discovery
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.discovery.users import NONE, no_database

if TYPE_CHECKING:
    from slurm_jwt import Jwks
    from slurm_jwt.slurmctld import Release
    from slurm_jwt.strict.rules import Edition
    from slurm_jwt_conformance.site.check.predicted import Target
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.discovery.users import UserDatabase
    from slurm_jwt_conformance.site.policy.policy import Policy

Judge = Literal["both", "rules", "slurm"]
"""Who decides: the documented rules, slurmctld of the releases that are asked, or both."""

Choice = Literal["named", "installed", "all", "none"]
"""How the releases were chosen: none only with --judge rules."""


class Options(NamedTuple):
    """What a caller names; None and empty for what discovery looks for."""

    key_file: str | None = None
    jwks: str | None = None
    release: tuple[str, ...] = ()
    all_releases: bool = False
    conf: str | None = None
    no_discovery: bool = False
    passwd: str | None = None
    parameters: str | None = None
    slurm_user: str | None = None
    policy: str | None = None
    judge: Judge = "both"


class Question(NamedTuple):
    """What a token is checked against.

    target: the releases to ask, None with --judge rules. choice: how they were chosen. users: the user
    database. user_excluded: --passwd none takes the user out of the question. edition: of the documents.
    jwks: the JWKS as the documents read it, None if there is none, or none that can be read here.
    """

    found: Cluster
    target: Target | None
    choice: Choice
    users: UserDatabase
    judge: Judge = "both"
    policy: Policy | None = None
    user_excluded: bool = False
    edition: Edition = "2020"
    jwks: Jwks | None = None

    @property
    def key(self) -> bytes | None:
        """Return the content of the key, None if there is none that can be read."""
        return self.found.key.content if self.found.key else None


def question(options: Options) -> Question:
    """Discover the cluster and return what a token is checked against; Problem if an option is unusable."""
    named = predicted.named(() if options.all_releases else options.release)
    found = survey(
        discovery.Options(
            conf=options.conf,
            key_file=options.key_file,
            jwks=options.jwks,
            release=options.release[0] if options.release else None,
            parameters=options.parameters,
            slurm_user=options.slurm_user,
            passwd=options.passwd,
            search=not options.no_discovery,
        )
    )
    users = _users(options, found)
    policy = None
    if options.policy is not None:
        from slurm_jwt_conformance.site.policy.file import load

        policy = load(options.policy)
    excluded = options.passwd == NONE
    target: Target | None = None
    choice: Choice = "none"
    if options.judge != "rules":
        chosen, choice = _chosen(named, found, every=options.all_releases)
        target = predicted.target(chosen, found, users)
    asked = Question(found, target, choice, users, options.judge, policy, excluded)
    return _with_jwks(asked) if _has_jwks(asked) else asked


def _has_jwks(asked: Question) -> bool:
    """Return whether a release that is asked has a JWKS; with --judge rules, whether there is one."""
    if asked.target is None:
        return "jwks" in asked.found.settings(asked.found.series).parameters
    return any(predicted.has_jwks(asked.target, each) for each in asked.target.releases)


def _with_jwks(asked: Question) -> Question:
    """Judge by the later edition, in which a JWKS has the keys of RS256."""
    from slurm_jwt import read_jwks

    data = asked.found.public_keys
    return asked._replace(edition="later", jwks=None if data is None else read_jwks(data))


def _chosen(named: tuple[Release, ...], found: Cluster, *, every: bool) -> tuple[tuple[Release, ...], Choice]:
    """Return the releases to ask: those named, otherwise the installed one, otherwise all modelled ones."""
    if named:
        return named, "named"
    if found.release is not None and not every:
        return (found.release,), "installed"
    return predicted.named(releases.series()), "all"


def _users(options: Options, found: Cluster) -> UserDatabase:
    """Return the users; this host's count if slurm.conf says that it is of the cluster, or on request."""
    named = options.release or options.all_releases
    if options.passwd is None and found.conf is None and not named:
        return no_database("not looked up: no slurm.conf here names the cluster (see --passwd)")
    return found.users
