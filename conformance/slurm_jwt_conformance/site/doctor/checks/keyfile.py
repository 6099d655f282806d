"""The key file: whether it is there, can be loaded, and is safe from others."""

from __future__ import annotations

from posixpath import basename, dirname
from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.discovery.access import may_read, open_folder
from slurm_jwt_conformance.site.discovery.showing import owner, plain, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import CHECKED_SINCE, shown_path, spot, unreadable
from slurm_jwt_conformance.site.doctor.checks.writing import misread
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Look
    from slurm_jwt_conformance.site.discovery.key import Key
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Effect
    from slurm_jwt_reports.diagnostic import Place


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
        silent = self.survey.series < "21.08"
        return self._finding(
            "key.unset",
            "slurmdbd.conf does not name a key.",
            "slurmdbd has no StateSaveLocation, so it needs jwt_key=. Without it slurmdbd ends, up to 20.11"
            " without a message.",
            "Add AuthAltParameters=jwt_key=FILE, with a copy of slurmctld's key.",
            "may stop" if silent else "stops",
            "" if silent else "No jwt_key set",
        )

    def _no_path(self) -> Finding:
        return self._finding(
            "key.path",
            f"jwt_key is {shown_path(self.survey, self.path)}, not an absolute path.",
            "jwt_key= takes the path of a file, not the key. A path that does not start with / depends on the"
            f" folder that {self.conf.daemon} runs in.",
            "Write the absolute path. If this is the key itself, make a new key: others may have seen it.",
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
                yield self._empty(look)
            elif self.key.facts is None:
                yield self._unseen(f"the bytes of {self._name()}", plain(self.key.reason))

    def _unseen(self, what: str, why: str) -> NotChecked:
        return NotChecked(what, why, decisive=True)

    def _name(self) -> str:
        return f"the key file {shown_path(self.survey, self.path)}"

    def _missing(self) -> Finding:
        folder, name = dirname(self.path), basename(self.path)
        names = self.survey.host.names(folder) or ()
        near = next((each for each in names if "jwt" in each.lower() and each != name), "")
        hint = f" The same folder has {word(near)}." if near else ""
        default = self.key.choice.reason == "default"
        place = " Without jwt_key= it is jwt_hs256.key in StateSaveLocation." if default else ""
        log = f"cannot stat '{self.path}'" if self.modern else f"Could not load key file ({self.path})"
        return self._finding(
            "key.missing",
            f"There is no key file {shown_path(self.survey, self.path)}.{hint}",
            f"{self.conf.daemon} does not start without it.{place}",
            self._supply(),
            "stops",
            log if self.path in self.survey.paths else "",
        )

    def _supply(self) -> str:
        """Return how to get the file: no new key where a key is named that Slurm does not find."""
        wrong = misread(self.conf)
        if wrong and wrong.key_path not in {"", self.path}:
            daemon = self.conf.daemon
            return f"Fix AuthAltParameters first: it names a key in a form that {daemon} does not read."
        return f"{self._keygen()}; or copy the key that the other daemons use."

    def _keygen(self) -> str:
        owner = f" --owner {plain(self.user.name)}" if self.user else ""
        return f"slurm-jwt keygen {self._typed()}{owner}"

    def _typed(self) -> str:
        return word(self.path) if self.path in self.survey.paths else "FILE"

    def _no_file(self, look: Look) -> Finding:
        insecure = self.modern and look.mode & 0o007
        hangs = look.kind == "FIFO" and not insecure
        waits = "waits for ever for the other end of the FIFO"
        return self._finding(
            "key.kind",
            f"The key file {shown_path(self.survey, self.path)} is a {look.kind}.",
            f"{self.conf.daemon} {waits if hangs else 'cannot load it and ends'}.",
            "Name the regular file that holds the key.",
            "stops",
            "" if hangs else "key file is insecure" if insecure else "Could not load key file",
        )

    def _empty(self, look: Look) -> Finding:
        return self._finding(
            "key.empty",
            f"The key file {shown_path(self.survey, self.path)} is empty.",
            f"{self.conf.daemon} cannot map it and ends.",
            f"Remove it, then run: {self._keygen()}",
            "stops",
            "" if self.modern and look.mode & 0o007 else "Could not load key file",
        )

    def _modes(self, look: Look) -> Iterator[Finding]:
        shown = f"{shown_path(self.survey, self.path)} {owner(look, self.survey.host)}"
        if look.mode & 0o007:
            yield self._open_to_others(look, shown)
        if self.user is None:
            return
        if not may_read(look, self.user):
            parts = "the key", shown, self._typed()
            yield unreadable(self.survey, self.conf, "key.unreadable", parts, plain(self.user.name), self.at)
        if look.mode & 0o070 and look.gid not in {0} | self.user.gids:
            group = plain(self.survey.host.group_name(look.gid))
            yield self._finding(
                "key.group",
                f"The group {group} has rights on the key: {shown}.",
                f"Slurm does not check the group. Each member of {group} can sign tokens for any user.",
                f"chmod 0600 {self._typed()}",
            )
        if look.uid not in {0, self.user.uid}:
            yield self._owner(look, plain(self.user.name), shown)
        folder = open_folder(look, self.user)
        if folder:
            yield self._finding(
                "key.folder",
                f"In {word(folder[0].path)}, above the key, {folder[1]} may replace files.",
                "Whoever can replace the key can act as any user after the next restart.",
                f"chmod go-w {word(folder[0].path)}, and make SlurmUser or root its owner.",
            )

    def _open_to_others(self, look: Look, shown: str) -> Finding:
        can = "change" if look.mode & 0o002 else "read" if look.mode & 0o004 else "execute"
        series = self.survey.series
        starts = f"Slurm {series} does not start" if self.modern else "From 23.11 on Slurm does not start"
        log = f"key file is insecure: '{plain(self.path)}' mode=0{look.mode & 0o777:o}"
        return self._finding(
            "key.others",
            f"Everybody may {can} the key: {shown}.",
            f"Whoever has the key can sign tokens for any user, also for root. {starts} with such a mode.",
            f"chmod 0600 {self._typed()}; if other users could read the key, make a new one.",
            "stops" if self.modern else "",
            log if self.modern and self.path in self.survey.paths else "",
        )

    def _owner(self, look: Look, user: str, shown: str) -> Finding:
        name = plain(self.survey.host.user_name(look.uid))
        warns = " Slurm logs a warning." if self.modern else ""
        return self._finding(
            "key.owner",
            f"The owner of the key is {name}, who is neither SlurmUser nor root: {shown}.",
            f"{name} can read and replace it, and so can sign tokens for any user.{warns}",
            f"chown {user} {self._typed()}",
            log=f"owned by uid={look.uid}, instead of SlurmUser" if self.modern else "",
        )
