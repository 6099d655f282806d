"""The site's token, put to a real slurmctld of the lab that has the site's key and the token's user."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from slurm_jwt.strict.keys import generate
from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.install.release import Installation, find_release
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.users.mapping import IDENTITY
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.daemons.observation import Observation
    from slurm_jwt_conformance.site.check.answer import Answer

READ_ANYWHERE = ("userclaimfield", "use_jwt_client_ids", "use_jwt_client_ids_only")
"""Parameters that decide whom a token is for; the rest names files, or limits what slurmctld issues."""


def ask(answer: Answer, release: str) -> str:
    """Ask a daemon of this release; return what is wrong, "" if it takes the token for whom it names.

    The daemon runs in a sandbox with loopback alone; the key's file there is removed with it.
    """
    series = ".".join(release.split(".")[:2])
    key, target = answer.checked.key, answer.question.target
    jwks = target.jwks if target else None
    if key is None and jwks is None:
        return "no daemon was asked, because no key and no JWKS was given"
    found = find_release(series)
    if not isinstance(found, Installation) or found.label != series:
        return f"Slurm {series} is not here to be asked: slurm-jwt lab install {series}"
    account, expected = _account(answer, found.label)
    accounts.admit(account)
    settings = replace(_settings(answer, series), has_key=key is not None)
    try:
        with Cluster(found, key or generate(), clock=_clock(answer), settings=settings, jwks=jwks) as running:
            return _wrong(running.ask(answer.checked.token), found, expected)
    except SlurmError as error:
        return f"Slurm {series} gave no verdict: {one_line(error.what)}"


def _account(answer: Answer, series: str) -> tuple[dict[str, int], int | None]:
    """Return the user that this release assigns, for the sandbox, and the uid at the site."""
    target = answer.question.target
    named = next((one for one in answer.mappings if one.release == series), None)
    if named is None or named.name is None:
        return {}, None
    if named.claim == IDENTITY:
        return {}, named.uid
    own = target.users.by_name.get(named.name) if target and target.known else None
    if own is None or own.name in {"root", "nobody", accounts.SLURM_USER}:
        return {}, accounts.ACCOUNTS.get(named.name)
    return {own.name: own.uid}, own.uid


def _clock(answer: Answer) -> int | None:
    """Let the daemon's clock stand still where another moment than now was asked for."""
    return answer.checked.now if abs(answer.checked.now - time.time()) > 3600 else None


def _settings(answer: Answer, series: str) -> conf.Settings:
    parameters = answer.question.found.settings(series).parameters
    kept = (f"{name}={parameters[name]}".rstrip("=") for name in READ_ANYWHERE if name in parameters)
    return conf.Settings(alt_parameters=tuple(kept))


def _wrong(seen: Observation, found: Installation, expected: int | None) -> str:
    who = f"Slurm {found.version} with libjwt {found.libjwt or 'of unknown version'} (a real daemon)"
    if seen.verdict != "accepted":
        return f"{who}: {seen.verdict}. log: {one_line(seen.log or seen.client or 'nothing')}"
    if expected is None:
        return f"{who}: accepted as uid {seen.uid}, but the uid of the user is not known: give --passwd FILE"
    if seen.uid != expected:
        return f"{who}: accepted as uid {seen.uid}, not as uid {expected}, which is the user's"
    return ""
