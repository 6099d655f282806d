"""The answer of one slurmctld to one question of a run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from slurm_jwt_conformance.adapters import IssueRequest, Outcome, VerifyRequest
from slurm_jwt_conformance.lab.errors import TokenRefused

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.daemons.cluster import Cluster

LONGEST_LIFESPAN = 2**31 - 1
_CLAIMS = {"exp", "iat", "sun"}


def verify(cluster: Cluster, request: VerifyRequest) -> Outcome:
    """Return a verdict: accept with uid, user and log line, reject with the log line as the error."""
    started = time.monotonic()
    seen = cluster.ask(request.token)
    spent = (time.monotonic() - started) * 1000
    if seen.verdict == "accepted":
        return Outcome(request.id, "accept", user=seen.user, uid=seen.uid, log=seen.log, milliseconds=spent)
    if seen.verdict == "refused":
        reason = seen.log or seen.client
        return Outcome(request.id, "reject", error=reason, log=seen.log, milliseconds=spent)
    return Outcome(request.id, "unsupported", error=seen.client)


def issue(cluster: Cluster, request: IssueRequest) -> Outcome:
    """Return the token of `scontrol token`, or why it cannot issue a token with these claims."""
    reason = beyond_scontrol(request)
    if reason:
        return Outcome(request.id, "unsupported", error=reason)
    claims = request.claims
    exp, iat, sun = claims["exp"], claims["iat"], claims["sun"]
    assert isinstance(exp, int)
    assert isinstance(iat, int)
    started = time.monotonic()
    try:
        token = cluster.issue(str(sun), exp - iat)
    except TokenRefused as error:
        return Outcome(request.id, "refuse", error=error.what)
    spent = (time.monotonic() - started) * 1000
    return Outcome(request.id, "token", token=token.decode("ascii", "replace"), milliseconds=spent)


def beyond_scontrol(request: IssueRequest) -> str | None:
    """Return why `scontrol token` cannot issue exactly these claims, None if it can."""
    exp, iat, sun = (request.claims.get(name) for name in ("exp", "iat", "sun"))
    if set(request.claims) != _CLAIMS:
        return "scontrol token issues the claims exp, iat and sun, no others and no fewer"
    if type(exp) is not int or type(iat) is not int or not isinstance(sun, str):
        return "scontrol token issues integer exp and iat and a text sun"
    if iat != request.now:
        return "scontrol token sets iat to the moment of its call"
    if not 0 < exp - iat <= LONGEST_LIFESPAN:
        return "scontrol token takes a lifespan of 1 to 2147483647 seconds"
    if "\0" in sun or not _is_utf8(sun):
        return "no command line can hold this user name"
    return None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
