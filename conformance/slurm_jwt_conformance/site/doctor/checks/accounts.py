"""ClusterName, SlurmUser and StateSaveLocation: without them nothing starts, and they guard the key."""

from __future__ import annotations

from posixpath import dirname
from typing import TYPE_CHECKING

from slurm_jwt.config.auth import DEFAULT_STATE
from slurm_jwt_conformance.site.discovery.access import may_change, may_enter
from slurm_jwt_conformance.site.discovery.showing import owner, plain, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import spot, whole
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Account, Look
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_reports.diagnostic import Place


def check(survey: Cluster, conf: Conf) -> Iterator[Finding | NotChecked]:
    """Check the account of a daemon, and slurmctld's folder."""
    if conf.daemon == "slurmctld":
        yield from _names(conf)
    yield from _user(survey, conf)
    if conf.daemon == "slurmctld":
        yield from _state(survey, conf)


def _names(conf: Conf) -> Iterator[Finding]:
    """Look for the two keys without which slurmctld knows neither its cluster nor itself."""
    if _failed(conf):
        return
    if not conf.parsed.last("ClusterName"):
        yield _missing_key(conf, "ClusterName", "ClusterName needs to be specified")
    if not conf.parsed.last("SlurmctldHost") and not conf.parsed.last("ControlMachine"):
        yield _missing_key(conf, "SlurmctldHost", "No SlurmctldHost defined")


def _missing_key(conf: Conf, key: str, log: str) -> Finding:
    return finding(
        "config.missing-key",
        message=f"{key} is not set.",
        cause="slurmctld does not start without it.",
        fix=f"Add {key}=.",
        place=whole(conf.path),
        effect="stops",
        log=log,
    )


def _failed(conf: Conf) -> bool:
    """Tell whether parts of the configuration were not read, so that a key may be there after all."""
    return any(fault.kind.startswith("include") for fault in conf.parsed.faults)


def _user(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    setting = conf.parsed.last("SlurmUser")
    if setting is None and _failed(conf):
        return
    at = spot(survey, setting, conf)
    account = survey.user(conf)
    if account is None:
        name = plain(setting.value, 40) if setting else "root"
        yield finding(
            "account.unknown",
            message=f"SlurmUser {name} is no account of this host.",
            cause=f"{conf.daemon} does not start if it cannot look its own account up.",
            fix="Create the account, or mend the directory service (getent passwd tells what Slurm sees).",
            place=at,
            effect="stops",
            log="Invalid user for SlurmUser" if conf.daemon == "slurmctld" else "",
        )
    elif account.uid == 0:
        yield _root(conf, at)


def _root(conf: Conf, at: Place) -> Finding:
    return finding(
        "account.root",
        message=f"{conf.daemon} runs as root{' (SlurmUser is not set)' if at.excerpt is None else ''}.",
        cause="A fault in it is then a fault of the whole host; SchedMD advises an account of its own.",
        fix="Set SlurmUser=slurm, and give that account StateSaveLocation and the key.",
        place=at,
    )


def _state(survey: Cluster, conf: Conf) -> Iterator[Finding | NotChecked]:
    setting = conf.parsed.last("StateSaveLocation")
    if setting is None and _failed(conf):
        return
    path = setting.value if setting else DEFAULT_STATE
    look = survey.host.look(path)
    at = spot(survey, setting, conf)
    if look.state == "there" and look.kind == "directory":
        yield from _folder(survey, conf, path, look, at)
    elif look.state == "there":
        yield _no_folder(path, at)
    elif look.state == "missing":
        yield from _missing(survey, conf, path, at)
    else:
        yield NotChecked(f"StateSaveLocation {word(path)}", "this user may not look at it", decisive=False)


def _missing(survey: Cluster, conf: Conf, path: str, at: Place) -> Iterator[Finding]:
    """Slurmctld makes the folder itself, if it may."""
    above = survey.host.look(dirname(path) or "/")
    account = survey.user(conf)
    if account and above.state == "there" and may_enter(above, account, writing=True):
        return
    yield finding(
        "state.folder",
        message=f"StateSaveLocation {word(path)} does not exist, and slurmctld cannot make it.",
        cause="slurmctld keeps its state there, and by default the key; it does not start without it.",
        fix=f"mkdir -m 0700 {word(path)}, and give it to SlurmUser; or mount what belongs there.",
        place=at,
        effect="stops",
        log=f"mkdir({plain(path)})",
    )


def _no_folder(path: str, at: Place) -> Finding:
    return finding(
        "state.folder",
        message=f"StateSaveLocation {word(path)} is no folder.",
        cause="slurmctld keeps its state there, and by default the key; it does not start without it.",
        fix="Name a folder of SlurmUser's.",
        place=at,
        effect="stops",
        log="Not a directory!",
    )


def _folder(survey: Cluster, conf: Conf, path: str, look: Look, at: Place) -> Iterator[Finding]:
    account = survey.user(conf)
    if account is None:
        return
    if not _usable(look, account):
        yield finding(
            "state.folder",
            message=f"SlurmUser {plain(account.name)} cannot use StateSaveLocation {word(path)}"
            f" ({owner(look, survey.host)}).",
            cause="slurmctld writes its state there and does not start if it may not.",
            fix=f"chown {plain(account.name)} {word(path)}",
            place=at,
            effect="stops",
            log="Incorrect permissions on state save loc",
        )
    strangers = may_change(look, account)
    if strangers:
        yield finding(
            "state.open",
            message=f"Others than SlurmUser may change StateSaveLocation {word(path)}:"
            f" {owner(look, survey.host)}.",
            cause=f"Who may write there ({strangers}) can put a key of his own in place, and be anyone.",
            fix=f"chmod go-w {word(path)}",
            place=at,
        )


def _usable(look: Look, account: Account) -> bool:
    return may_enter(look, account, writing=True)
