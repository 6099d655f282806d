"""What the model of slurmctld predicts for a case, with the users and the files of the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import Account, Settings, Users, predict
from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS, SLURM_USER

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Prediction, Release
    from slurm_jwt_vectors import Case, Suite

_USERS = Users(Account(name, uid, uid) for name, uid in ACCOUNTS.items())
_WITH_KEY = Settings(slurm_user=SLURM_USER)
_WITH_JWKS = Settings({"jwt_key": f"/{conf.KEY_FILE}", "jwks": f"/{conf.JWKS_FILE}"}, SLURM_USER)


def predicted(case: Case, suite: Suite, release: str | Release) -> Prediction:
    """Return the prediction for the verdict of a release on a case."""
    key, jwks = suite.keys[case.key].bytes, suite.jwks_of(case)
    settings = _WITH_KEY if jwks is None else _WITH_JWKS
    return predict(case.token_bytes, key, release, case.now, _USERS, settings, jwks=jwks)
