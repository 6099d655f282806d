"""A scenario: the files of a site, the fault as a daemon shows it, and the command that explains it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from slurm_jwt.config.keys import Daemon
    from slurm_jwt_conformance.lab.daemons.restd import Style
    from support.made_up_site import File

KEY, TOKEN = "jwt_hs256.key", "token.jwt"
"""Names of a site's files: slurmctld's key, and the token of the story."""


class Asked(NamedTuple):
    """A token is put to a running slurmctld, whose key is the site's `KEY`.

    parameters: more of AuthAltParameters. ahead: seconds by which the daemon's clock is ahead; it stands
    still then. openssl: the text of an openssl.cnf that the daemon finds. issues: `scontrol token` makes the
    token instead of the site's, with these arguments; () for the site's.
    """

    parameters: tuple[str, ...] = ()
    ahead: int = 0
    openssl: str = ""
    issues: tuple[str, ...] = ()


class Loaded(NamedTuple):
    """A token is put to a slurmctld that loads a library which its packages do not bring.

    variable: of the environment, names that library's file or folder; without it the record counts, which is
    of the day `recorded`. log: the deciding line then. lays: the files that slurmctld gets, and its
    environment, from that file or folder; {base} is where they lie.
    """

    variable: str
    recorded: str
    log: str
    lays: Callable[[Path], tuple[Mapping[str, bytes | None], Mapping[str, str]]]
    around: Mapping[str, str] = {}


class Sent(NamedTuple):
    """A token is sent to slurmrestd with these headers."""

    style: Style = "x-slurm"
    user_name: str | None = "alice"


class Typed(NamedTuple):
    """A program of Slurm is run by a user on a host with munge.

    token: the site's is in SLURM_JWT. munge_would_do: it works if it is not.
    """

    argv: tuple[str, ...]
    user: str = "alice"
    token: bool = True
    munge_would_do: bool = False


class Started(NamedTuple):
    """A daemon is started with the site's files, and asked about the site's token, if it has one.

    prepare: a shell's lines run before; {base} is the site's folder, {plugins} that of Slurm's plugins.
    environment: more of the daemon's, and of the doctor's; {base} as above.
    """

    daemon: Daemon = "slurmctld"
    prepare: str = ""
    environment: Mapping[str, str] = {}


class Raised(NamedTuple):
    """An issuer's library is called as its users call it: `call` returns its complaint, given the key."""

    call: Callable[[bytes], str]


class Rotated(NamedTuple):
    """slurmctld's key is replaced by renaming a new one over it, then slurmctld is restarted.

    The site's token is put to it after each step: first taken, refused in the end.
    """


Fault = Asked | Loaded | Sent | Typed | Started | Raised | Rotated


class Scenario(NamedTuple):
    """One scenario.

    id: its row's id, a dot, its own name. says: as somebody tells it who has it. files: those of the site at
    a moment, seconds since 1970. releases: series on which it is reproduced; the page shows the first.
    said: words in which that one shows the fault, in its log, to its client or over HTTP; `explain` reads
    them. command: as it is typed in the site's folder; {release} stands for the release, {now} for the
    daemon's clock. finds: ids of rules, remarks or messages that the answer holds; shows: words of it.
    exit: its exit code. began: how the answer began that `probe` gave on a real cluster, where alone it can.
    """

    id: str
    says: str
    files: Callable[[int], tuple[File, ...]]
    releases: tuple[str, ...]
    fault: Fault
    said: str
    command: str
    finds: tuple[str, ...]
    shows: tuple[str, ...] = ()
    exit: int = 1
    began: str = ""

    @property
    def row(self) -> str:
        """The id of the row."""
        return self.id.partition(".")[0]

    @property
    def kind(self) -> str:
        """The command that answers, as in "check"."""
        return shlex.split(self.command)[1]

    @property
    def reads(self) -> str:
        """The file that the command reads from stdin, "" if none."""
        return next((word[1:] for word in shlex.split(self.command) if word.startswith("<")), "")

    def typed(self, release: str, now: int) -> str:
        """Return the command for a release, with the clock of the daemon where it is typed."""
        return self.command.format(release=release, now=now)
