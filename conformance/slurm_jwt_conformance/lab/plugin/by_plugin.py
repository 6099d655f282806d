"""The second route to a verdict: Slurm's plugin in a process of its own.

It takes what SLURM_JWT cannot hold (a NUL, over 128 KiB) and a user name beside the token, which only
slurmrestd sends. The plugin's verdict and uid are slurmctld's own code; what no daemon saw is the rest of
the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.lab.daemons.observation import Observation
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.plugin.oracle import PluginOracle
from slurm_jwt_conformance.lab.sandbox import accounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt_conformance.lab.install.release import Installation
    from slurm_jwt_conformance.lab.plugin.oracle import Judgement, Question

ROUTE = "plugin"


def ask(
    installation: Installation, key: bytes, questions: Sequence[Question], clock: int | None = None
) -> list[Observation]:
    """Return the plugin's verdicts: "cannot-be-carried", with the reason, where it cannot be asked.

    clock: as for a cluster. Raises SlurmError if it cannot be loaded, or ends under a question.
    """
    why = _closed(installation)
    if why:
        return [Observation("cannot-be-carried", client=why) for _ in questions]
    with PluginOracle(installation, key, now=clock) as oracle:
        return [_seen(judged) for judged in oracle.judge(questions)]


def _closed(installation: Installation) -> str:
    """Say why this installation's plugin cannot be asked alone, "" if it can."""
    if installation.prefix is not None:
        return "the plugin of a Slurm below a prefix cannot be asked alone"
    if installation.label not in releases.RECORDED:
        return f"how the plugin of Slurm {installation.label} wants to be asked alone is not known"
    return ""


def _seen(judged: Judgement) -> Observation:
    if judged.accepted is None:
        raise SlurmError(f"no verdict: {judged.log}")
    if not judged.accepted:
        return Observation("refused", log=judged.log)
    return Observation("accepted", uid=judged.uid, user=_name(judged.uid))


def _name(uid: int | None) -> str | None:
    return next((name for name, known in accounts.ACCOUNTS.items() if known == uid), None)
