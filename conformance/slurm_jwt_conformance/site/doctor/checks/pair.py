"""slurmctld and slurmdbd: both must load auth/jwt, with one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.discovery.conf import uses_jwt
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import spot
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster

HINT = "run `slurm-jwt doctor --export FILE` on slurmdbd's host too, then `slurm-jwt doctor --compare A B`"


def check(survey: Cluster) -> Iterator[Finding | NotChecked]:
    """Compare the two daemons' keys, where both can be seen from here."""
    for path, reason in survey.unread:
        yield NotChecked(f"slurmdbd.conf {path}", reason, decisive=True, daemon="slurmdbd")
    if survey.conf and survey.dbd_conf:
        yield from _same_key(survey, survey.conf, survey.dbd_conf)
    elif survey.conf and not survey.unread and wants_slurmdbd(survey.conf):
        yield NotChecked("whether slurmdbd has the same key", HINT, decisive=False)


def wants_slurmdbd(conf: Conf) -> bool:
    """Return whether slurmctld stores its accounting with slurmdbd."""
    setting = conf.parsed.last("AccountingStorageType")
    return bool(setting and setting.value.rpartition("/")[2].lower() == "slurmdbd")


def _same_key(survey: Cluster, ctld: Conf, dbd: Conf) -> Iterator[Finding | NotChecked]:
    if not (uses_jwt(ctld, survey.series) and uses_jwt(dbd, survey.series)):
        return
    one, other = survey.key_of("slurmctld"), survey.key_of("slurmdbd")
    if not one or not other or not one.choice.path or not other.choice.path:
        return
    if one.choice.path == other.choice.path:
        return
    if not one.facts or not other.facts:
        yield NotChecked(
            "whether slurmctld and slurmdbd have the same key",
            "one of the two keys cannot be read",
            decisive=True,
            daemon="slurmdbd",
        )
    elif one.facts.fingerprint != other.facts.fingerprint:
        at = spot(survey, other.choice.setting, dbd, other.choice.at, len(other.choice.path))
        yield finding(
            "key.differs",
            message="slurmdbd has another key than slurmctld: fingerprint"
            f" {other.facts.fingerprint}; slurmctld: {one.facts.fingerprint}.",
            place=at,
            daemon="slurmdbd",
        )
