"""The daemons that a lab runs in addition to slurmctld, and their answers to a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slurm_jwt import examine
from slurm_jwt_conformance.lab.daemons import dbd, restd, slurmd
from slurm_jwt_conformance.lab.errors import SlurmError, printable
from slurm_jwt_conformance.lab.service.plan import DAEMONS

if TYPE_CHECKING:
    from collections.abc import Collection

    from slurm_jwt_conformance.lab.daemons.cluster import Cluster
    from slurm_jwt_conformance.lab.service.registry import Facts

_MODULES = {dbd.NAME: dbd, restd.NAME: restd, slurmd.NAME: slurmd}
_NAME_IS_OPTIONAL = "23.02"
"""Since this release slurmrestd requires no X-SLURM-USER-NAME."""


def start(cluster: Cluster, daemons: Collection[str]) -> dict[str, Any]:
    """Start these daemons in their order and return them by name. SlurmError if one does not start."""
    return {name: _MODULES[name].add(cluster) for name in DAEMONS if name in daemons}


def http(slurmrestd: restd.Restd, token: bytes, user_name: str | None, release: str) -> Facts:
    """Return slurmrestd's answer to a token."""
    name = user_name
    if name is None and release < _NAME_IS_OPTIONAL:
        name = _claimed(token)
    try:
        answer = slurmrestd.ask(token, name)
    except SlurmError as error:
        return {"user_name": name, "status": None, "unanswered": error.what}
    return {
        "user_name": name,
        "unanswered": None,
        "status": answer.status,
        "reason": printable(answer.reason),
        "accepted": answer.accepted,
        "uid": answer.uid,
        "body": answer.body.decode("utf-8", "backslashreplace"),
        "answers": 1 + len(answer.more),
    }


def accounting(slurmdbd: dbd.Dbd, token: bytes) -> Facts:
    """Return slurmdbd's verdict on a token that sacctmgr can carry."""
    answer = slurmdbd.ask(token)
    return {"verdict": "accepted" if answer.accepted else "refused", "uid": answer.uid, "log": answer.log}


def _claimed(token: bytes) -> str:
    """Return the user in a token's claims, for releases that also require it in a header."""
    claims = examine(token).claims or {}
    name = claims.get("sun", claims.get("username"))
    return name if isinstance(name, str) and name.isprintable() else "nobody"
