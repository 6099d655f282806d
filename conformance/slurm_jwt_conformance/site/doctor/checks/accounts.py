"""ClusterName, SlurmUser and StateSaveLocation: daemons need them to start, and they protect the key."""

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
    """Yield a finding for each of the two keys that slurmctld needs and that is not set."""
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
        fix=f"Add {key}=.",
        place=whole(conf.path),
        effect="stops",
        log=log,
    )


def _failed(conf: Conf) -> bool:
    """Return whether parts of the configuration were not read, so that a key may be set there."""
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
            message=f"SlurmUser {name} is not an account of this host.",
            cause=f"{conf.daemon} does not start if it cannot look up its own account.",
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
        place=at,
    )


def _state(survey: Cluster, conf: Conf) -> Iterator[Finding | NotChecked]:
    setting = conf.parsed.last("StateSaveLocation")
    if setting is None and _failed(conf):
        return
    path = setting.value if setting else DEFAULT_STATE
    look = survey.host.look(path)
    at = spot(survey, setting, conf)
    account = survey.user(conf)
    fault = _fault(survey, path, look, account)
    if fault:
        cause = "slurmctld keeps its state there, and by default the key. It does not start without it."
        message, fix, log = fault
        yield finding("state.folder", message, cause, fix, at, effect="stops", log=log)
    if look.state not in {"there", "missing"}:
        yield NotChecked(f"StateSaveLocation {word(path)}", "this user may not look at it", decisive=False)
    who = may_change(look, account) if account and look.kind == "directory" else ""
    if who:
        yield finding(
            "state.open",
            f"StateSaveLocation {word(path)} ({owner(look, survey.host)}) can be changed by {who}.",
            "Whoever may write there can replace the key, and can then be any user.",
            f"chmod go-w {word(path)}",
            at,
        )


def _fault(survey: Cluster, path: str, look: Look, account: Account | None) -> tuple[str, str, str] | None:
    """Return why slurmctld cannot use its folder: message, fix and log line; None if it can."""
    name = f"StateSaveLocation {word(path)}"
    if look.state == "missing":
        above = survey.host.look(dirname(path) or "/")
        if account and above.state == "there" and may_enter(above, account, writing=True):
            return None  # slurmctld makes the folder
        fix = f"mkdir -m 0700 {word(path)}, and make SlurmUser its owner; or mount the file system."
        return f"{name} does not exist, and slurmctld cannot make it.", fix, f"mkdir({plain(path)})"
    if look.state == "there" and look.kind != "directory":
        return f"{name} is not a folder.", "Name a folder of SlurmUser.", "Not a directory!"
    if look.state == "there" and account and not may_enter(look, account, writing=True):
        message = f"SlurmUser {plain(account.name)} cannot use {name} ({owner(look, survey.host)})."
        fix = f"chown {plain(account.name)} {word(path)}"
        return message, fix, "Incorrect permissions on state save loc"
    return None
