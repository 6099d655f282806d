"""Daemons that run with an older key, configuration or program than the installed one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from slurm_jwt.config.auth import auth_types
from slurm_jwt_conformance.site.discovery.conf import uses_jwt
from slurm_jwt_conformance.site.discovery.showing import word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import shown_path, whole
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Look
    from slurm_jwt_conformance.site.discovery.key import Key
    from slurm_jwt_conformance.site.discovery.processes import Running
    from slurm_jwt_conformance.site.discovery.survey import Cluster

SLACK = 1.0
"""Seconds by which the start of a daemon and the time of a file must differ."""


def check(survey: Cluster, conf: Conf) -> Iterator[Finding | NotChecked]:
    """Check the running daemons that read this configuration."""
    running = survey.daemons_of(conf)
    if not survey.machine.processes_seen:
        yield NotChecked(f"the {conf.daemon} that runs", "/proc cannot be read", decisive=False)
    elif not running and uses_jwt(conf, survey.series):
        why = f"no {conf.daemon} of this configuration is seen to run here"
        yield NotChecked(f"what {conf.daemon} has loaded", why, decisive=False)
    for each in running:
        yield from _daemon(survey, conf, each)


def _daemon(survey: Cluster, conf: Conf, daemon: Running) -> Iterator[Finding | NotChecked]:
    types = auth_types(conf.parsed, survey.series)
    if daemon.token and types[0].plugin != "auth/jwt":
        yield _token(daemon)
    if daemon.replaced:
        yield _replaced(daemon)
    yield from _configuration(conf, daemon)
    key = survey.key_of(conf.daemon)
    if key and key.look and key.look.state == "there":
        yield from _key(survey, daemon, key, key.look)


def _name(daemon: Running) -> str:
    return f"{daemon.name} (process {daemon.pid})"


def _token(daemon: Running) -> Finding:
    return finding(
        "daemon.token",
        message=f"{_name(daemon)} was started with SLURM_JWT in its environment.",
        fix=f"Restart {daemon.name} from an environment without SLURM_JWT (systemctl restart).",
    )


def _replaced(daemon: Running) -> Finding:
    return finding(
        "daemon.replaced",
        message=f"{_name(daemon)} runs a program file that was replaced.",
        fix=f"Restart {daemon.name}.",
    )


def _configuration(conf: Conf, daemon: Running) -> Iterator[Finding]:
    for path, look in conf.looks.items():
        if look.mtime > daemon.started + SLACK:
            yield finding(
                "daemon.stale-config",
                message=f"{word(path)} changed on {_day(look.mtime)}, after {_name(daemon)} was started"
                f" on {_day(daemon.started)}.",
                fix=f"Restart {daemon.name}.",
                place=whole(path),
            )


def _key(survey: Cluster, daemon: Running, key: Key, look: Look) -> Iterator[Finding | NotChecked]:
    name = shown_path(survey, key.choice.path or "")
    if daemon.files is None:
        yield from _by_time(daemon, name, look)
        return
    # The daemon maps its key for as long as it lives: the same file, or one that has lost its name.
    path = look.link or look.path
    if any(file.inode == look.inode and not file.deleted for file in daemon.files):
        if look.mtime > daemon.started + SLACK:
            yield _changed(daemon, name, look)
        return
    held = [file for file in daemon.files if file.path == path]
    age = f" of {_day(daemon.started)}" if held else ""
    yield finding(
        "daemon.stale-key",
        message=f"{_name(daemon)} has not loaded the key that is in {name} now.",
        cause=f"It read its key at its start{age} and keeps it. It refuses tokens of the new key and accepts"
        " tokens of the old one.",
        fix=f"Restart {daemon.name}.",
        place=whole(path) if key.choice.path in survey.paths else None,
        effect="refuses",
        log="jwt_decode failure",
    )


def _by_time(daemon: Running, name: str, look: Look) -> Iterator[Finding | NotChecked]:
    """Yield the finding of a key file that is newer than the daemon: only root can see the loaded key."""
    if max(look.mtime, look.ctime) <= daemon.started + SLACK:
        return
    yield finding(
        "daemon.key-newer",
        message=f"The key file {name} changed on {_day(max(look.mtime, look.ctime))}, after"
        f" {_name(daemon)} was"
        f" started on {_day(daemon.started)}.",
        fix=f"Restart {daemon.name}, or run this command as root: root can see the loaded key.",
    )


def _changed(daemon: Running, name: str, look: Look) -> Finding:
    return finding(
        "daemon.key-changed",
        message=f"The key in {name} was changed on {_day(look.mtime)}, while {_name(daemon)} was running.",
        fix=f"Restart {daemon.name}. Replace key files by renaming.",
    )


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(min(max(seconds, 0), 2**37)))
