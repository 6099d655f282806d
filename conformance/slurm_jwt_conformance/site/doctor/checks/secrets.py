"""Passwords in configuration files, and the owner and mode that slurmdbd.conf must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.discovery.access import may_change, open_folder
from slurm_jwt_conformance.site.discovery.showing import owner, plain, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import named, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Look
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Finding

PASSWORDS = frozenset({"AccountingStoragePass", "DefaultStoragePass", "JobCompPass", "StoragePass"})


def check(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    """Check the modes of configuration files: they may hold passwords, and they name the key."""
    yield from _passwords(survey, conf)
    yield from _writable(survey, conf)
    if conf.daemon == "slurmdbd":
        yield from _slurmdbd(survey, conf)


def _passwords(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    for setting in conf.parsed.settings:
        # AccountingStoragePass may also be the path of munge's socket, which is no secret.
        if setting.key not in PASSWORDS or setting.value.startswith("/"):
            continue
        place = setting.place
        look = conf.looks.get(place.file)
        if look and look.mode & 0o004:
            yield finding(
                "secrets.password",
                message=f"Everybody may read {setting.key} in {word(place.file)}"
                f" ({owner(look, survey.host)}).",
                fix=f"Change the password, and chmod 0600 {word(place.file)}.",
                place=named(place),
            )


def _writable(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    """Yield the files of the configuration that others may change."""
    user = survey.user(conf)
    for path, look in conf.looks.items():
        who = may_change(look, user)
        folder = open_folder(look, user) if not who else None
        if who or folder:
            where = f"{word(path)} ({owner(look, survey.host)})"
            whose = who or f"{folder[1]} of {word(folder[0].path)}" if folder else who
            yield finding(
                "config.open",
                message=f"Not only root and SlurmUser may change or replace {where}: {whose}.",
                fix=f"chown root {word(path)} and chmod go-w, its folder too.",
                place=whole(path),
            )


def _slurmdbd(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    main, *included = conf.parsed.files
    modes = (0o600, 0o640) if survey.series >= "25.11" else (0o600,)
    if conf.looks[main].mode not in modes:
        yield _mode(survey, conf, main, "0600 or 0640" if len(modes) > 1 else "0600")
    yield from _owner(survey, conf, conf.looks[main])
    for path in included if survey.series >= "23.11" else ():
        if conf.looks[path].mode != 0o600:
            yield _mode(survey, conf, path, "0600")


def _mode(survey: Cluster, conf: Conf, path: str, modes: str) -> Finding:
    name = "slurmdbd.conf" if path == conf.path else "A file that slurmdbd.conf includes"
    return finding(
        "secrets.mode",
        f"{name} does not have mode {modes}: {word(path)} {owner(conf.looks[path], survey.host)}.",
        f"slurmdbd {survey.series} does not start with another mode, also not with a stricter one.",
        f"chmod 0600 {word(path)}",
        whole(path),
        effect="stops",
        log=f"slurmdbd.conf file {plain(path)} should be 600" if path == conf.path else "should be 600",
    )


def _owner(survey: Cluster, conf: Conf, look: Look) -> Iterator[Finding]:
    user = survey.user(conf)
    allowed = {user.uid} | ({0} if survey.series >= "25.11" else set()) if user else set()
    if conf.parsed.last("SlurmUser") and user and look.uid not in allowed:
        yield finding(
            "secrets.owner",
            message=f"The owner of slurmdbd.conf is {plain(survey.host.user_name(look.uid))},"
            f" and SlurmUser is {plain(user.name)}.",
            cause=f"slurmdbd {survey.series} does not start with another owner.",
            fix=f"chown {plain(user.name)} {word(conf.path)}",
            place=whole(conf.path),
            effect="stops",
            log="slurmdbd.conf owned by"
            if survey.series >= "23.11"
            else "slurmdbd.conf not owned by SlurmUser",
        )
