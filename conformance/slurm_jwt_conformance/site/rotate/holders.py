"""Which daemons hold the key: each host of slurmctld and slurmdbd with the key file that its daemon loads."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from typing import Literal

import msgspec

from slurm_jwt_conformance.site.discovery.conf import Conf, uses_jwt
from slurm_jwt_conformance.site.discovery.showing import word
from slurm_jwt_conformance.site.discovery.survey import Cluster
from slurm_jwt_conformance.site.rotate.hosts import Target, Trouble, controllers, databases

TakesTokens = Literal["yes", "no", "not known"]
HIDDEN = "<KEY>"
"""Stands for a key file whose name may not be printed."""


class Holder(Target, frozen=True):
    """A daemon on a host, where the configuration names it, and the key file that the daemon loads.

    takes_tokens: whether the daemon loads auth/jwt with an HS256 key. key: the file as a shell reads it,
    "<KEY>" if its name may not be printed, "" if the daemon loads none. default_place: the key is the one in
    StateSaveLocation.
    """

    key: str
    default_place: bool
    takes_tokens: TakesTokens


def find_holders(survey: Cluster) -> tuple[tuple[Holder, ...], tuple[Trouble, ...]]:
    """Return the holders, slurmctld's first, and the host settings that are wrong."""
    targets, troubles = controllers(survey.conf.parsed) if survey.conf else ((), ())
    return (
        *(_holder(survey, target, survey.conf) for target in targets),
        *(_holder(survey, target, survey.dbd_conf) for target in databases(survey)),
    ), troubles


def _holder(survey: Cluster, target: Target, conf: Conf | None) -> Holder:
    name, default, takes = _key(survey, conf)
    return Holder(**msgspec.structs.asdict(target), key=name, default_place=default, takes_tokens=takes)


def _key(survey: Cluster, conf: Conf | None) -> tuple[str, bool, TakesTokens]:
    if conf is None:
        return HIDDEN, False, "not known"
    key = survey.key_of(conf.daemon) if uses_jwt(conf, survey.series) else None
    if key is None or key.choice.path is None:
        return "", False, "no"
    path = key.choice.path
    return word(path) if path in survey.paths else HIDDEN, key.choice.reason == "default", "yes"
