"""The daemons that a lab has beside slurmctld, and what they say to a token."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from slurm_jwt import examine
from slurm_jwt_conformance.lab.daemons.observation import cannot_be_carried
from slurm_jwt_conformance.lab.errors import SlurmError, printable
from slurm_jwt_conformance.lab.service.plan import DAEMONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slurm_jwt_conformance.lab.daemons.cluster import Cluster
    from slurm_jwt_conformance.lab.daemons.restd import HttpAnswer
    from slurm_jwt_conformance.lab.service.registry import Facts

_MODULES = {"slurmdbd": "dbd", "slurmrestd": "restd", "slurmd": "slurmd"}
_PACKAGE = "slurm_jwt_conformance.lab.daemons"
_NAME_IS_OPTIONAL = "23.02"
"""Since this release slurmrestd asks for no X-SLURM-USER-NAME."""


class Daemons:
    """What runs beside slurmctld; it ends with the cluster's sandbox."""

    def __init__(self, cluster: Cluster, running: dict[str, Any]) -> None:
        self._label = cluster.installation.label
        self._running = running

    def __iter__(self) -> Iterator[str]:
        return iter(self._running)

    def http(self, token: bytes, user_name: str | None) -> Facts | None:
        """Return slurmrestd's answer to a token, None where there is no slurmrestd."""
        if "slurmrestd" not in self._running:
            return None
        name = user_name
        if name is None and self._label < _NAME_IS_OPTIONAL:
            name = _claimed(token)
        try:
            answer = self._running["slurmrestd"].ask(token, name)
        except SlurmError as error:
            return {"user_name": name, "status": None, "unanswered": error.what}
        return {"user_name": name, "unanswered": None, **_as_facts(answer)}

    def accounting(self, token: bytes) -> Facts | None:
        """Return slurmdbd's verdict on a token, None where there is none or sacctmgr cannot carry it."""
        if "slurmdbd" not in self._running or cannot_be_carried(token):
            return None
        answer = self._running["slurmdbd"].ask(token)
        return {"verdict": "accepted" if answer.accepted else "refused", "uid": answer.uid, "log": answer.log}


def _claimed(token: bytes) -> str:
    """Return the user that a token names, for releases that want the name said twice."""
    claims = examine(token).claims or {}
    name = claims.get("sun", claims.get("username"))
    return name if isinstance(name, str) and name.isprintable() else "nobody"


def _as_facts(answer: HttpAnswer) -> Facts:
    return {
        "status": answer.status,
        "reason": printable(answer.reason),
        "accepted": answer.accepted,
        "uid": answer.uid,
        "body": answer.body.decode("utf-8", "backslashreplace"),
        "answers": 1 + len(answer.more),
    }


def start(cluster: Cluster, daemons: Iterable[str]) -> Daemons:
    """Start these daemons beside a cluster, in their order; SlurmError if one does not come up."""
    names = set(daemons)
    running = {}
    for name in DAEMONS:
        if name in names:
            module = importlib.import_module(f"{_PACKAGE}.{_MODULES[name]}")
            running[name] = module.add(cluster)
    return Daemons(cluster, running)
