"""AuthAltParameters as slurmctld of a series finds them."""

from __future__ import annotations

import re

from slurm_jwt.slurmctld import Settings
from slurm_jwt.slurmctld.settings import KNOWN


def effective(text: str, slurm_user: str, series: str) -> Settings:
    """Return AuthAltParameters without the names that this series does not find where they are.

    A name that no release reads stays, so that the model says that it does not know it. A name that is not
    a plain word is replaced by its length, because people write keys and paths in wrong places.
    """
    if not text:
        return Settings({}, slurm_user)
    from slurm_jwt.config.auth import find, parts  # slow to load where there is no slurm.conf

    known = {name: got.value for name in sorted(KNOWN) if (got := find(text, name, series))}
    names = (part.name for part in parts(text))
    unknown = {_word(name): "" for name in names if name and name.lower() not in KNOWN}
    return Settings(known | unknown, slurm_user)


def _word(name: str) -> str:
    return name if re.fullmatch("[a-z_]{1,30}", name) else f"a parameter of {len(name)} characters"
