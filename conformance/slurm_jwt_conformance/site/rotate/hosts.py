"""Which hosts run slurmctld and slurmdbd, according to slurm.conf and slurmdbd.conf.

The rules are those of _parse_slurmctld_host() and _load_slurmctld_host() in src/common/read_config.c, the
same from 20.02 to 26.05. `SlurmctldHost=name(address)`: one line for each host, the first is the primary.
Slurm reads ControlMachine and BackupController only if no SlurmctldHost is set. Neither is a hostlist.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec.structs import replace

from slurm_jwt.config.grammar import Parsed, Setting
from slurm_jwt_conformance.site.discovery.showing import plain
from slurm_jwt_conformance.site.discovery.survey import Cluster
from slurm_jwt_reports.schema import Strict

Daemon = Literal["slurmctld", "slurmdbd"]
Role = Literal["primary", "backup"]


class Target(Strict, frozen=True):
    """A daemon on a host. address: "" if it is the host name. source: the setting that names the host."""

    daemon: Daemon
    host: str
    address: str
    role: Role
    source: str
    file: str
    line: int


class Trouble(NamedTuple):
    """A value that Slurm does not read as a host, or that it reads differently than it looks."""

    what: str
    file: str
    line: int


def controllers(parsed: Parsed) -> tuple[tuple[Target, ...], tuple[Trouble, ...]]:
    """Return slurmctld's hosts in their order, and what is wrong with the settings."""
    settings = [setting for setting in parsed.settings if setting.key == "SlurmctldHost"]
    hosts = [_slurmctld_host(setting) for setting in settings] or [
        _old_style(parsed, "ControlMachine", "ControlAddr"),
        _old_style(parsed, "BackupController", "BackupAddr"),
    ]
    targets = [target for target, _ in hosts if target]
    troubles = (*(trouble for _, trouble in hosts if trouble), *_twice(targets))
    ranked = (
        replace(each, role="backup" if position else "primary") for position, each in enumerate(targets)
    )
    return tuple(ranked), troubles


def _slurmctld_host(setting: Setting) -> tuple[Target | None, Trouble | None]:
    value = setting.value
    name, opened, rest = value.partition("(")
    if (opened or ")" in value) and not (opened and rest.endswith(")") and rest.count(")") == 1):
        return None, _trouble(setting, "has brackets that Slurm does not accept: write name(address)")
    address = rest[:-1] if opened else ""
    return _target("slurmctld", setting, name, address), _literal(setting, name)


def _old_style(parsed: Parsed, key: str, address_key: str) -> tuple[Target | None, Trouble | None]:
    """Read the old settings, which newer releases still accept."""
    setting, address = parsed.last(key), parsed.last(address_key)
    if setting is None:
        return None, None
    trouble = _literal(setting, setting.value)
    if "," in setting.value and address is None:
        trouble = _trouble(setting, f"names several hosts, which requires {address_key} as well")
    return _target("slurmctld", setting, setting.value, address.value if address else ""), trouble


def _literal(setting: Setting, name: str) -> Trouble | None:
    """Return a warning for a hostlist: for Slurm the brackets are a part of the name."""
    if "[" not in name:
        return None
    return _trouble(
        setting, "looks like a hostlist, but Slurm does not expand it: write one line for each host"
    )


def _twice(targets: list[Target]) -> Iterator[Trouble]:
    for position, target in enumerate(targets):
        if target.host in {each.host for each in targets[:position]}:
            what = f"{target.source} names a host twice: slurmctld does not start."
            yield Trouble(what, target.file, target.line)


def _trouble(setting: Setting, what: str) -> Trouble:
    place = setting.place
    return Trouble(f"{setting.key} {what}.", plain(place.file), place.line)


def _target(daemon: Daemon, setting: Setting, name: str, address: str, role: Role = "primary") -> Target:
    place = setting.place
    return Target(
        daemon=daemon,
        host=plain(name),
        address="" if address == name else plain(address),
        role=role,
        source=setting.key,
        file=plain(place.file),
        line=place.line,
    )


def databases(survey: Cluster) -> tuple[Target, ...]:
    """Return slurmdbd's hosts according to slurmdbd.conf, or to slurm.conf if there is no slurmdbd.conf."""
    if survey.dbd_conf:
        parsed = survey.dbd_conf.parsed
        keys = ("DbdHost", "DbdAddr", "DbdBackupHost")
    elif survey.conf and _uses_slurmdbd(survey.conf.parsed):
        parsed = survey.conf.parsed
        keys = ("AccountingStorageHost", "", "AccountingStorageBackupHost")
    else:
        return ()
    primary, address, backup = (parsed.last(key) if key else None for key in keys)
    targets = [_target("slurmdbd", backup, backup.value, "", "backup")] if backup else []
    if primary:
        first = _target("slurmdbd", primary, primary.value, address.value if address else "")
    else:
        first = Target(
            daemon="slurmdbd",
            host="localhost",
            address="",
            role="primary",
            source=f"{keys[0]} (default)",
            file="",
            line=0,
        )
    return (first, *targets)


def _uses_slurmdbd(parsed: Parsed) -> bool:
    setting = parsed.last("AccountingStorageType")
    return setting is not None and setting.value.lower().removeprefix("accounting_storage/") == "slurmdbd"
