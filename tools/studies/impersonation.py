"""Study: whose token may name somebody else in X-SLURM-USER-NAME."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.daemons import restd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.daemons.observation import read_refused
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_vectors.studies import StudyRow
from tools.studies.study import Study, reason, token

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.install.release import Installation


class _Pair(NamedTuple):
    """Whose token it is, whom the header names, and what is to be known about it."""

    id: str
    sun: str
    name: str
    note: str = ""


_PAIRS = (
    _Pair("own-name", "alice", "alice"),
    _Pair("root-as-alice", "root", "alice"),
    _Pair("slurm-user-as-alice", accounts.SLURM_USER, "alice", "SlurmUser"),
    _Pair("slurm-user-as-root", accounts.SLURM_USER, "root", "SlurmUser"),
    _Pair("alice-as-bob", "alice", "bob"),
    _Pair("alice-as-root", "alice", "root"),
    _Pair("alice-as-own-uid", "alice", "2001", "her own uid"),
    _Pair("alice-in-capitals", "alice", "ALICE"),
    _Pair("zero-as-alice", "0", "alice", "a number that is root's uid"),
    _Pair("slurm-uid-as-alice", str(accounts.ACCOUNTS[accounts.SLURM_USER]), "alice", "SlurmUser's uid"),
    _Pair("root-as-zero", "root", "0", "root's uid"),
    _Pair("root-as-unknown", "root", "nosuchuser", "nobody knows it"),
    _Pair("unknown-as-alice", "nosuchuser", "alice", "nobody knows it"),
    _Pair("unknown-as-itself", "nosuchuser", "nosuchuser", "nobody knows it"),
)


def _run(installation: Installation) -> tuple[StudyRow, ...]:
    key = secrets.token_bytes(32)
    with Cluster(installation, key) as cluster:
        rest = restd.add(cluster)
        return tuple(_row(pair, rest.ask(token(key, pair.sun), pair.name), cluster) for pair in _PAIRS)


def _row(pair: _Pair, answer: restd.HttpAnswer, cluster: Cluster) -> StudyRow:
    log = None
    if answer.uid is None:
        result, log = "refused", reason(read_refused(answer.log, "", 1).log)
    else:
        result = f"served as {cluster.names.get(answer.uid, 'nobody')} ({answer.uid})"
    note = f" ({pair.note})" if pair.note else ""
    return StudyRow(
        id=pair.id,
        ask=f"token of {pair.sun}, header {pair.name}{note}",
        result=result,
        status=answer.status,
        uid=answer.uid,
        log=log,
    )


STUDY = Study(
    "impersonation",
    "Speaking for somebody else: X-SLURM-USER-NAME other than sun",
    "A token of root's or SlurmUser's may speak for anybody. Each token is good; the header names the user"
    " that the request is for. Asked through slurmrestd; whom slurmctld took the sender for is from its log,"
    " whose sentence on a refusal names the two the wrong way round.",
    _run,
)
