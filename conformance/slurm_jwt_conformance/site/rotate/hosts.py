"""Which hosts run slurmctld and slurmdbd, as slurm.conf and slurmdbd.conf name them.

After _parse_slurmctld_host() and _load_slurmctld_host() of src/common/read_config.c, the same from 20.02 to
26.05: `SlurmctldHost=name(address)`, one line a host, the first is the primary; ControlMachine and
BackupController count only where no SlurmctldHost is set. Hostlist brackets mean nothing in either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt_conformance.site.discovery.showing import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.config.grammar import Parsed, Setting
    from slurm_jwt_conformance.site.discovery.survey import Cluster

Daemon = Literal["slurmctld", "slurmdbd"]
Role = Literal["primary", "backup"]
SLURMDBD_STORAGE = "accounting_storage/slurmdbd"


class Target(NamedTuple):
    """A daemon on a host. address: "" if it is the name itself. source: the key that names it. file, line."""

    daemon: Daemon
    host: str
    address: str
    role: Role
    source: str
    file: str
    line: int


class Trouble(NamedTuple):
    """A value that Slurm does not take for a host, or takes for another than it looks like."""

    what: str
    file: str
    line: int


def controllers(parsed: Parsed) -> tuple[tuple[Target, ...], tuple[Trouble, ...]]:
    """Return slurmctld's hosts in their order, and what is wrong with the values."""
    named = [setting for setting in parsed.settings if setting.key == "SlurmctldHost"]
    if named:
        found = [_new_style(setting) for setting in named]
    else:
        found = [
            _pair(parsed, "ControlMachine", "ControlAddr"),
            _pair(parsed, "BackupController", "BackupAddr"),
        ]
    targets = [target for target, _ in found if target]
    troubles = [trouble for _, trouble in found if trouble]
    troubles += _twice(targets)
    ranked = [
        target._replace(role="backup" if position else "primary") for position, target in enumerate(targets)
    ]
    return tuple(ranked), tuple(troubles)


def _new_style(setting: Setting) -> tuple[Target | None, Trouble | None]:
    value = setting.value
    name, opened, rest = value.partition("(")
    if (opened or ")" in value) and not (opened and rest.endswith(")") and rest.count(")") == 1):
        return None, _trouble(setting, "has brackets that Slurm does not take: write name(address)")
    address = rest[:-1] if opened else ""
    return _target("slurmctld", setting, name, address), _literal(setting, name)


def _pair(parsed: Parsed, key: str, address_key: str) -> tuple[Target | None, Trouble | None]:
    """Read the old keys, which newer releases still take."""
    setting, address = parsed.last(key), parsed.last(address_key)
    if setting is None:
        return None, None
    trouble = _literal(setting, setting.value)
    if "," in setting.value and address is None:
        trouble = _trouble(setting, f"names several hosts, for which Slurm wants {address_key} as well")
    return _target("slurmctld", setting, setting.value, address.value if address else ""), trouble


def _literal(setting: Setting, name: str) -> Trouble | None:
    """Warn of a hostlist: Slurm takes the brackets for a part of the name."""
    if "[" not in name:
        return None
    return _trouble(setting, "looks like a hostlist, which Slurm takes to the letter: write one line a host")


def _twice(targets: list[Target]) -> Iterator[Trouble]:
    seen: set[str] = set()
    for target in targets:
        if target.host in seen:
            yield Trouble(
                f"{target.source} names a host twice; slurmctld does not start", target.file, target.line
            )
        seen.add(target.host)


def _trouble(setting: Setting, what: str) -> Trouble:
    place = setting.place
    return Trouble(f"{setting.key} {what}.", plain(place.file), place.line)


def _target(daemon: Daemon, setting: Setting, name: str, address: str, role: Role = "primary") -> Target:
    place = setting.place
    shown = "" if address == name else plain(address)
    return Target(daemon, plain(name), shown, role, setting.key, plain(place.file), place.line)


def databases(survey: Cluster) -> tuple[Target, ...]:
    """Return slurmdbd's hosts: as slurmdbd.conf names them, and else as slurm.conf does."""
    if survey.dbd_conf:
        parsed = survey.dbd_conf.parsed
        keys = ("DbdHost", "DbdAddr", "DbdBackupHost")
    elif survey.conf and _uses_slurmdbd(survey.conf.parsed):
        parsed = survey.conf.parsed
        keys = ("AccountingStorageHost", "", "AccountingStorageBackupHost")
    else:
        return ()
    primary, address, backup = (parsed.last(key) if key else None for key in keys)
    found = []
    if primary:
        found.append(_target("slurmdbd", primary, primary.value, address.value if address else ""))
    else:
        found.append(Target("slurmdbd", "localhost", "", "primary", f"{keys[0]} (default)", "", 0))
    if backup:
        found.append(_target("slurmdbd", backup, backup.value, "", "backup"))
    return tuple(found)


def _uses_slurmdbd(parsed: Parsed) -> bool:
    setting = parsed.last("AccountingStorageType")
    return setting is not None and setting.value.lower().removeprefix("accounting_storage/") == "slurmdbd"
