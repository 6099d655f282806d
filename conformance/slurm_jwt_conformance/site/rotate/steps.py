"""The steps of a rotation, forward and back: where, with which commands, and what breaks after each.

The order: slurmdbd before slurmctld, backups before primaries. slurmctld makes the tokens; as it is changed
last, no token that is fetched after the last restart is refused anywhere, and a slurmctld that starts finds
slurmdbd up.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt_conformance.site.rotate.shown import rereads, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.rotate.hosts import Daemon
    from slurm_jwt_conformance.site.rotate.plan import Holder
    from slurm_jwt_conformance.site.rotate.shown import Basis

Which = Literal["old", "new"]


class Around(NamedTuple):
    """What the steps are about. owner: SlurmUser, as a shell takes it."""

    series: str
    holders: tuple[Holder, ...]
    owner: str

    def of(self, daemon: Daemon) -> tuple[Holder, ...]:
        """Return a daemon's holders that take tokens or may: backups first."""
        mine = [each for each in self.holders if each.target.daemon == daemon and each.takes != "no"]
        return tuple(sorted(mine, key=lambda each: each.target.role == "primary"))

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Return each host with each key file on it, once."""
        found = [(each.target.host, each.key) for each in self.holders if each.takes != "no"]
        return tuple(dict.fromkeys(found))


class Command(NamedTuple):
    """A command and the host that it is for."""

    host: str
    line: str


class Step(NamedTuple):
    """One step.

    takes: the key whose tokens each daemon accepts once it is done. issues: the key that scontrol token signs
    with. breaks: what then does not work, "" if nothing. rows: of the studies that show it.
    """

    id: str
    title: str
    commands: tuple[Command, ...]
    note: str
    breaks: str
    takes: dict[Daemon, Which]
    issues: Which
    basis: Basis
    rows: tuple[str, ...]


def forward(around: Around) -> tuple[Step, ...]:
    """Return the steps from the old key to the new one; none where slurmctld loads no key."""
    return tuple(_forward(around)) if around.of("slurmctld") else ()


def _forward(around: Around) -> Iterator[Step]:
    old = _taking(around, "old", "old")
    yield _step(around, "look", "Look whether all is sound now", _look(around), LOOK, "", old, "old")
    yield _step(around, "make", "Make the new key beside the old one", _make(around), MAKE, "", old, "old")
    if len(around.places) > 1:
        yield _step(around, "copy", "Bring it to the other hosts", _copy(around), COPY, "", old, "old")
    yield _step(around, "keep", "Keep the old key, for the way back", _keep(around), KEEP, "", old, "old")
    warn = f"{WARN} {FEWER}" if around.series >= "22.05" else WARN
    yield _step(around, "warn", "Tell who has tokens or makes them", (), warn, "", old, "old")
    yield _rename(around)
    if around.of("slurmdbd"):
        yield _slurmdbd(around)
    yield _slurmctld(around)
    new = _taking(around, "new", "new")
    yield _step(around, "check", "See that it is done", _check(around), CHECK, "", new, "new")
    yield _step(around, "tidy", "Remove the old key", _tidy(around), TIDY, "", new, "new")


def back(around: Around) -> tuple[Step, ...]:
    """Return the steps from the new key back to the old one."""
    return tuple(_back(around)) if around.of("slurmctld") else ()


def _back(around: Around) -> Iterator[Step]:
    new = _taking(around, "new", "new")
    renames = tuple(Command(host, f"mv -f {_beside(key, 'old')} {key}") for host, key in around.places)
    note = "Before the first restart this alone takes all back, and nobody notices."
    yield _step(around, "back-rename", "Put the old key in its place again", renames, note, "", new, "new")
    if around.of("slurmdbd"):
        taking = _taking(around, "new", "old")
        yield _step(
            around, "back-slurmdbd", "Restart slurmdbd", _restart(around, "slurmdbd"), "",
            "slurmdbd refuses the tokens of the new key.", taking, "new", TWO_KEYS,
        )  # fmt: skip
    yield _step(
        around, "back-slurmctld", "Restart slurmctld", _restart(around, "slurmctld"), "",
        "Tokens of the new key are refused; those of the old one that have not expired work again.",
        _taking(around, "old", "old"), "old", ("rotation:rename-restarted",),
    )  # fmt: skip


LOOK = "Each verdict should be sound or incomplete, and the fingerprint of the key the same on every host."
MAKE = "32 random bytes, mode 0600. No daemon looks at a file of another name."
COPY = "As bytes, and compare the fingerprint that keygen has shown: `slurm-jwt doctor` shows it, too."
KEEP = "A copy of its own, with its mode and owner. It is as secret as ever."
WARN = (
    "Portals, gateways and scripts that hold a token must fetch a new one after the last restart; issuers of"
    " your own that sign with the key must stop, get the new key, and start again at that moment. What stores"
    " tokens: unit files, SLURM_JWT in jobs that run, notebooks. Running jobs are not touched."
)
FEWER = "With a small max_token_lifespan a day before, fewer long tokens are alive now."
CHECK = (
    "The new token is accepted as yourself, one of the old key is refused; the fingerprint is the new one's."
)
TIDY = "Once you are sure not to go back, and never before all daemons run with the new key."
TWO_KEYS = ("dbd-keys:two-keys-own-token-slurmdbd", "dbd-keys:two-keys-other-token-slurmctld")


def _step(  # noqa: PLR0913, PLR0917 - the parts of a step
    around: Around,
    name: str,
    title: str,
    commands: tuple[Command, ...],
    note: str,
    breaks: str,
    takes: dict[Daemon, Which],
    issues: Which,
    rows: tuple[str, ...] = (),
) -> Step:
    said = shown(name, around.series, "", *rows)
    return Step(name, title, commands, note, breaks, takes, issues, said.basis, said.rows)


def _taking(around: Around, slurmctld: Which, slurmdbd: Which) -> dict[Daemon, Which]:
    found: dict[Daemon, Which] = {"slurmctld": slurmctld}
    if around.of("slurmdbd"):
        found["slurmdbd"] = slurmdbd
    return found


def _beside(key: str, ending: str) -> str:
    """Return the name of a file beside the key; <KEY> stands for a name that is not shown."""
    return f"{key}.{ending}" if key.startswith("<") else shlex.quote(f"{shlex.split(key)[0]}.{ending}")


def _look(around: Around, ending: str = "") -> tuple[Command, ...]:
    """Let the doctor look at every host, and compare each with the first."""
    hosts = {host: f"{_file(host)}{ending}.json" for host, _ in around.places}
    if len(hosts) == 1:
        return tuple(Command(host, "slurm-jwt doctor") for host in hosts)
    looks = [Command(host, f"slurm-jwt doctor --export {name}") for host, name in hosts.items()]
    first, *others = hosts.values()
    return (*looks, *(Command("", f"slurm-jwt doctor --compare {first} {other}") for other in others))


def _file(host: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in host).lstrip("-.") or "host"


def _make(around: Around) -> tuple[Command, ...]:
    host, key = around.places[0]
    return (Command(host, f"slurm-jwt keygen {_beside(key, 'new')} --owner {around.owner}"),)


def _copy(around: Around) -> tuple[Command, ...]:
    (first, source), *others = around.places
    lines = []
    for host, key in others:
        new, made = _beside(key, "new"), _beside(source, "new")
        if host == first:
            lines.append(Command(host, f"cp -p {made} {new}"))
        else:
            lines.append(Command(first, f"scp -p {made} {shlex.quote(host)}:{new}"))
            lines.append(Command(host, f"chown {around.owner} {new} && chmod 0600 {new}"))
    return tuple(lines)


def _keep(around: Around) -> tuple[Command, ...]:
    return tuple(Command(host, f"cp -p {key} {_beside(key, 'old')}") for host, key in around.places)


def _rename(around: Around) -> Step:
    commands = tuple(Command(host, f"mv -f {_beside(key, 'new')} {key}") for host, key in around.places)
    early = "scontrol reconfigure, " if rereads(around.series) else ""
    note = (
        "A rename, within one folder: the daemons keep the old file that they have mapped. Go on at once: a"
        f" crash, a failover, {early}a package update would now change one daemon by itself."
    )
    if _shared(around):
        note += " Hosts that share the folder share the file: there once is enough."
    taking = _taking(around, "old", "old")
    rows = ("rotation:rename-written",)
    return _step(
        around, "rename", "Rename the new key over the old one, on every host", commands, note,
        "Tokens of the new key are refused still.", taking, "old", rows,
    )  # fmt: skip


def _shared(around: Around) -> bool:
    """Tell whether hosts have a key file of the same name, which may be one file on a shared disk."""
    names = [key for _, key in around.places if not key.startswith("<")]
    return len(names) > len(set(names))


def _restart(around: Around, daemon: Daemon) -> tuple[Command, ...]:
    hosts = dict.fromkeys(each.target.host for each in around.of(daemon))
    return tuple(Command(host, f"systemctl restart {daemon}") for host in hosts)


def _slurmdbd(around: Around) -> Step:
    unknown = any(each.takes == "not known" for each in around.of("slurmdbd"))
    note = "slurmctld keeps what it has to tell slurmdbd meanwhile; they speak munge, not tokens."
    if unknown:
        note = f"If its slurmdbd.conf has AuthAltTypes=auth/jwt, which is not known here. {note}"
    return _step(
        around, "slurmdbd", "Restart slurmdbd", _restart(around, "slurmdbd"), note,
        "slurmdbd refuses every token in use (sacct, sacctmgr, sreport with SLURM_JWT, slurmrestd's slurmdb),"
        " and those fetched now as well: slurmctld still signs with the old key. slurmctld takes them.",
        _taking(around, "old", "new"), "old", TWO_KEYS,
    )  # fmt: skip


def _slurmctld(around: Around) -> Step:
    note = "Backups first: then none of them can take over with the old key."
    if rereads(around.series):
        note += " On the primary `scontrol reconfigure` does as well."
    if not around.of("slurmdbd"):
        note += " No slurmdbd takes tokens here."
    return _step(
        around, "slurmctld", "Restart slurmctld", _restart(around, "slurmctld"), note,
        "Every token made before is refused from now on, by all daemons. New ones work everywhere.",
        _taking(around, "new", "new"), "new", ("rotation:rename-restarted",),
    )  # fmt: skip


def _check(around: Around) -> tuple[Command, ...]:
    host, key = around.places[0]
    pipe = f"scontrol token lifespan=60 | slurm-jwt check --key-file {key} --release {around.series}"
    probe = "scontrol token lifespan=60 | slurm-jwt probe"
    probe += " --slurmdbd" if around.of("slurmdbd") else ""
    return (*_look(around, "-after"), Command(host, pipe), Command("", probe))


def _tidy(around: Around) -> tuple[Command, ...]:
    return tuple(Command(host, f"shred -u {_beside(key, 'old')}") for host, key in around.places)
