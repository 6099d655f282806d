"""The key file: whether it is there, can be loaded, and is safe from others."""

from __future__ import annotations

from posixpath import basename, dirname
from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.discovery.access import may_read, open_folder
from slurm_jwt_conformance.site.discovery.showing import owner, plain, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import shown_path, spot
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Look
    from slurm_jwt_conformance.site.discovery.key import Key
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Effect
    from slurm_jwt_reports.diagnostic import Place

CHECKED_SINCE = "23.11"
"""From here on auth/jwt looks at owner and mode of the key before it reads it."""


def check(survey: Cluster, conf: Conf) -> Iterator[Finding | NotChecked]:
    """Check a daemon's key file."""
    key = survey.key_of(conf.daemon)
    if key is not None:
        yield from _Subject(survey, conf, key).findings()


class _Subject:
    """One daemon's key file and where its configuration names it."""

    def __init__(self, survey: Cluster, conf: Conf, key: Key) -> None:
        self.survey, self.conf, self.key = survey, conf, key
        self.path = key.choice.path or ""
        self.at: Place = spot(survey, key.choice.setting, conf, key.choice.at, len(self.path))
        self.user = survey.user(conf)
        self.modern = survey.series >= CHECKED_SINCE

    def findings(self) -> Iterator[Finding | NotChecked]:
        if self.key.choice.reason == "unset":
            yield self._unset()
        elif self.key.look is not None:
            yield from self._file(self.key.look)
        elif self.path:
            yield self._no_path()

    def _finding(  # noqa: PLR0913, PLR0917 - the parts of a finding
        self, rule: str, what: str, why: str, do: str, effect: Effect = "", log: str = ""
    ) -> Finding:
        return finding(rule, what, why, do, self.at, effect=effect, log=log)

    def _unset(self) -> Finding:
        stops: Effect = "stops" if self.survey.series >= "21.08" else "may stop"
        return self._finding(
            "key.unset",
            "slurmdbd.conf names no key.",
            "slurmdbd has no StateSaveLocation to look in; without jwt_key= it ends, up to 20.11 in silence.",
            "Add AuthAltParameters=jwt_key=FILE with a copy of slurmctld's key.",
            stops,
            "No jwt_key set" if stops == "stops" else "",
        )

    def _no_path(self) -> Finding:
        return self._finding(
            "key.path",
            f"jwt_key is {shown_path(self.survey, self.path)} and no absolute path.",
            "jwt_key= takes the path of a file, not the key; without / in front it counts from the folder"
            f" that {self.conf.daemon} happens to run in.",
            "Write the whole path. If the key itself stands here, make a new one: it has been seen.",
            "may stop",
        )

    def _file(self, look: Look) -> Iterator[Finding | NotChecked]:
        if look.state == "missing":
            yield self._missing()
        elif look.state != "there":
            yield self._unseen(self._name(), "this user may not look at it")
        elif look.kind != "file":
            yield self._no_file(look)
        else:
            yield from self._modes(look)
            if look.size == 0:
                yield self._empty()
            elif self.key.facts is None:
                yield self._unseen(f"the bytes of {self._name()}", plain(self.key.reason))

    def _unseen(self, what: str, why: str) -> NotChecked:
        return NotChecked(what, why, decisive=True)

    def _name(self) -> str:
        return f"the key file {shown_path(self.survey, self.path)}"

    def _missing(self) -> Finding:
        folder, default = dirname(self.path), basename(self.path)
        near = [
            name for name in self.survey.host.names(folder) or () if "jwt" in name.lower() and name != default
        ]
        hint = f" There is {word(near[0])} beside it." if near else ""
        log = f"cannot stat '{self.path}'" if self.modern else f"Could not load key file ({self.path})"
        return self._finding(
            "key.missing",
            f"There is no key file {shown_path(self.survey, self.path)}.{hint}",
            f"{self.conf.daemon} does not start without it.{self._where_from()}",
            f"{self._make()}; or copy the key that other daemons use.",
            "stops",
            log if self.path in self.survey.paths else "",
        )

    def _where_from(self) -> str:
        if self.key.choice.reason == "default":
            return " Where jwt_key= is not found, it is jwt_hs256.key in StateSaveLocation."
        return ""

    def _make(self) -> str:
        owner = f" --owner {plain(self.user.name)}" if self.user else ""
        return f"slurm-jwt keygen {self._typed()}{owner}"

    def _typed(self) -> str:
        return word(self.path) if self.path in self.survey.paths else "FILE"

    def _no_file(self, look: Look) -> Finding:
        insecure = self.modern and look.mode & 0o007
        log = "key file is insecure" if insecure else "Could not load key file"
        hangs = look.kind == "FIFO" and not insecure
        return self._finding(
            "key.kind",
            f"The key file {shown_path(self.survey, self.path)} is a {look.kind}.",
            f"{self.conf.daemon} waits for ever for its other end."
            if hangs
            else f"{self.conf.daemon} cannot load it and ends.",
            "Name the plain file that holds the key.",
            "stops",
            "" if hangs else log,
        )

    def _empty(self) -> Finding:
        return self._finding(
            "key.empty",
            f"The key file {shown_path(self.survey, self.path)} is empty.",
            f"{self.conf.daemon} cannot map it and ends.",
            f"Remove it, then: {self._make()}",
            "stops",
            "" if self.modern and self._others() else "Could not load key file",
        )

    def _others(self) -> bool:
        return bool(self.key.look and self.key.look.mode & 0o007)

    def _modes(self, look: Look) -> Iterator[Finding]:
        if look.mode & 0o007:
            yield self._open_to_others(look)
        if self.user is None:
            return
        if not may_read(look, self.user):
            yield self._unreadable(look)
        if look.mode & 0o070 and look.gid not in {0} | self.user.gids:
            yield self._open_to_group(look)
        if look.uid not in {0, self.user.uid}:
            yield self._owner(look)
        folder = open_folder(look, self.user)
        if folder:
            yield self._folder(folder[0].path, folder[1])

    def _open_to_others(self, look: Look) -> Finding:
        can = "change" if look.mode & 0o002 else "read" if look.mode & 0o004 else "touch"
        ends = f" {self.survey.series} ends at its start for it." if self.modern else ""
        return self._finding(
            "key.others",
            f"Everybody may {can} the key: {self._shown(look)}.",
            f"Who has the key can be anyone on the cluster, root too.{ends}"
            + ("" if self.modern else " From 23.11 on it keeps the daemons from starting."),
            f"chmod 0600 {self._typed()}; if others have had it, make a new one.",
            "stops" if self.modern else "",
            f"key file is insecure: '{plain(self.path)}' mode=0{look.mode & 0o777:o}"
            if self.modern and self.path in self.survey.paths
            else "",
        )

    def _shown(self, look: Look) -> str:
        return f"{shown_path(self.survey, self.path)} {owner(look, self.survey.host)}"

    def _unreadable(self, look: Look) -> Finding:
        name = plain(self.user.name) if self.user else "SlurmUser"
        why = (
            f"{self.conf.daemon} started as root still reads it; with systemd's User={name}, or after"
            " scontrol reconfigure, it does not, and ends."
        )
        if not self.modern:
            why = f"{self.conf.daemon} reads it as SlurmUser, and ends if it may not."
        return finding(
            "key.unreadable",
            f"SlurmUser {name} may not read the key: {self._shown(look)}.",
            why,
            f"chown {name} {self._typed()}; the folders above must let {name} pass.",
            self.at,
            level="warning" if self.modern else "error",
            effect="may stop" if self.modern else "stops",
            log="" if self.modern else "Could not load key file",
        )

    def _open_to_group(self, look: Look) -> Finding:
        group = plain(self.survey.host.group_name(look.gid))
        return self._finding(
            "key.group",
            f"The group {group} may use the key: {self._shown(look)}.",
            f"Slurm does not look at the group. Each member of {group} can be anyone on the cluster.",
            f"chmod 0600 {self._typed()}",
        )

    def _owner(self, look: Look) -> Finding:
        name = plain(self.survey.host.user_name(look.uid))
        return self._finding(
            "key.owner",
            f"The key belongs to {name}, who is neither SlurmUser nor root: {self._shown(look)}.",
            f"{name} can read and replace it, and so be anyone on the cluster."
            + (" Slurm logs a warning." if self.modern else ""),
            f"chown {plain(self.user.name) if self.user else 'SlurmUser'} {self._typed()}",
            log=f"owned by uid={look.uid}, instead of SlurmUser" if self.modern else "",
        )

    def _folder(self, folder: str, who: str) -> Finding:
        group_of = "everybody" if who == "everybody" else f"{who}, not SlurmUser or root,"
        return self._finding(
            "key.folder",
            f"In {word(folder)}, above the key, {group_of} may replace files.",
            "Who can put another file in the key's place can be anyone after the next restart.",
            f"chmod go-w {word(folder)}, and have it belong to SlurmUser or root.",
        )
