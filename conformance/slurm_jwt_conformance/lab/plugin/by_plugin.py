"""The second route to a verdict: Slurm's plugin in a process of its own.

It accepts tokens that SLURM_JWT cannot hold (a NUL, over 128 KiB), and a user name with the token, which
only slurmrestd sends. slurmctld runs the same code; the rest of the request is not part of the test.
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
_UNKNOWN = "this suite can load the plugin only of a recorded release from its Debian package"


def ask(  # noqa: PLR0913, PLR0917 - all that the plugin's verdict depends on
    installation: Installation,
    key: bytes,
    questions: Sequence[Question],
    clock: int | None = None,
    jwks: bytes | None = None,
    parameters: Sequence[str] = (),
) -> list[Observation]:
    """Return the plugin's verdicts, or "cannot-be-carried" for a plugin that cannot be loaded alone.

    clock, jwks: as for a cluster. parameters: more of AuthAltParameters. Raises SlurmError
    if the plugin is not loaded, or ends during a question.
    """
    if installation.prefix is not None or installation.label not in releases.RECORDED:
        return [Observation("cannot-be-carried", client=_UNKNOWN) for _ in questions]
    with PluginOracle(installation, key, now=clock, parameters=parameters, jwks=jwks) as oracle:
        return [_observation(judgement) for judgement in oracle.judge(questions)]


def _observation(judgement: Judgement) -> Observation:
    if judgement.accepted is None:
        raise SlurmError(f"no verdict: {judgement.log}")
    if not judgement.accepted:
        return Observation("refused", log=judgement.log)
    names = {uid: name for name, uid in accounts.ACCOUNTS.items()}
    return Observation("accepted", uid=judgement.uid, user=names.get(judgement.uid or 0))
