"""The steps of a rotation, forward and back: the commands for each host, and what fails after each step.

The order is slurmdbd before slurmctld, backups before primaries. slurmctld issues the tokens. Because it
changes last, all daemons accept every token that is fetched after the last restart. A slurmctld that starts
finds slurmdbd running.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import shlex
from collections.abc import Iterator
from typing import Literal, NamedTuple

from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.site.rotate.evidence import known_rows, rereads
from slurm_jwt_conformance.site.rotate.holders import Holder
from slurm_jwt_conformance.site.rotate.hosts import Daemon
from slurm_jwt_reports.schema import Strict

Which = Literal["old", "new"]
Commands = tuple["Command", ...]


class Command(Strict, frozen=True):
    """A command to type, and the host to type it on; "" for any host."""

    host: str
    line: str


class Step(Strict, frozen=True):
    """One step.

    takes: the key whose tokens each daemon accepts after the step. issues: the key that scontrol token signs
    with. breaks: what then does not work, or "". rows: the rows of the lab's studies that show it.
    """

    id: str
    title: str
    commands: tuple[Command, ...]
    note: str
    breaks: str
    takes: dict[str, Which]
    issues: Which
    basis: Basis
    rows: tuple[str, ...]


class Rotation(NamedTuple):
    """What the steps are about. owner: SlurmUser as a shell reads it."""

    series: str
    holders: tuple[Holder, ...]
    owner: str

    def of(self, daemon: Daemon) -> tuple[Holder, ...]:
        """Return a daemon's holders that accept tokens, or may: backups first."""
        holders = [each for each in self.holders if each.daemon == daemon and each.takes_tokens != "no"]
        return tuple(sorted(holders, key=lambda each: each.role == "primary"))

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Return each host with each key file on it, once."""
        places = ((each.host, each.key) for each in self.holders if each.takes_tokens != "no")
        return tuple(dict.fromkeys(places))

    def step(  # noqa: PLR0913, PLR0917 - the parts of a step
        self,
        name: str,
        title: str,
        commands: Commands,
        note: str = "",
        breaks: str = "",
        keys: tuple[Which, Which] = ("old", "old"),
        rows: tuple[str, ...] = (),
    ) -> Step:
        """Return a step. keys: whose tokens slurmctld and slurmdbd accept after it."""
        known = known_rows(self.series, rows)
        slurmdbd: dict[str, Which] = {"slurmdbd": keys[1]} if self.of("slurmdbd") else {}
        return Step(
            id=name,
            title=title,
            commands=commands,
            note=note,
            breaks=breaks,
            takes={"slurmctld": keys[0]} | slurmdbd,
            issues=keys[0],
            basis="observed" if known else "modelled",
            rows=known,
        )


LOOK = (
    'Each verdict must be "sound" or "incomplete". The fingerprint of the key must be the same on every host.'
)
MAKE = "The key has 32 random bytes, mode 0600. The daemons do not read a file of another name."
COPY = (
    "Copy the bytes unchanged. Compare the fingerprint with the one that keygen printed: `slurm-jwt doctor`."
)
KEEP = "Keep it as a separate copy with the same mode and owner. It stays secret."
WARN = (
    "Portals, gateways and scripts that hold a token must fetch a new one after the last restart. Your own"
    " issuers that sign with the key must stop, load the new key, and start again at that moment. Tokens are"
    " also in unit files, in SLURM_JWT of running jobs, and in notebooks. Running jobs continue."
)
FEWER = "If you set a small max_token_lifespan one day earlier, fewer long tokens exist now."
CHECK = "Your new token is accepted, a token of the old key is refused, and the fingerprint is the new one."
TIDY = "Do this when you are sure not to go back, and only if all daemons run with the new key."
ONE_RENAME = ("rotation:rename-written",)
TWO_KEYS = ("dbd-keys:two-keys-own-token-slurmdbd", "dbd-keys:two-keys-other-token-slurmctld")
RESTARTED = ("rotation:rename-restarted",)


def forward(rotation: Rotation) -> tuple[Step, ...]:
    """Return the steps from the old key to the new one; none if slurmctld loads no key."""
    return tuple(_forward(rotation)) if rotation.of("slurmctld") else ()


def _forward(rotation: Rotation) -> Iterator[Step]:
    step = rotation.step
    yield step("look", "Check that everything works now", _look(rotation), LOOK)
    yield step("make", "Make the new key next to the old one", _make(rotation), MAKE)
    if len(rotation.places) > 1:
        yield step("copy", "Copy the new key to the other hosts", _copy(rotation), COPY)
    yield step("keep", "Keep the old key, so that you can go back", _keep(rotation), KEEP)
    warn = f"{WARN} {FEWER}" if rotation.series >= "22.05" else WARN
    yield step("warn", "Inform everyone who holds or issues tokens", (), warn)
    yield _rename(rotation)
    if rotation.of("slurmdbd"):
        yield _slurmdbd(rotation)
    yield _slurmctld(rotation)
    yield step("check", "Check the result", _check(rotation), CHECK, keys=("new", "new"))
    yield step("tidy", "Remove the old key", _tidy(rotation), TIDY, keys=("new", "new"))


def back(rotation: Rotation) -> tuple[Step, ...]:
    """Return the steps from the new key back to the old one."""
    return tuple(_back(rotation)) if rotation.of("slurmctld") else ()


def _back(rotation: Rotation) -> Iterator[Step]:
    note = "Before the first restart, this step is enough to undo everything."
    yield rotation.step(
        "back-rename", "Rename the old key back", _move(rotation, "old"), note, keys=("new", "new")
    )
    if rotation.of("slurmdbd"):
        yield rotation.step(
            "back-slurmdbd", "Restart slurmdbd", _restart(rotation, "slurmdbd"),
            breaks="slurmdbd refuses the tokens of the new key.", keys=("new", "old"), rows=TWO_KEYS,
        )  # fmt: skip
    yield rotation.step(
        "back-slurmctld", "Restart slurmctld", _restart(rotation, "slurmctld"),
        breaks="Tokens of the new key are refused. Tokens of the old key work again until they expire.",
        rows=RESTARTED,
    )  # fmt: skip


def _beside(key: str, ending: str) -> str:
    """Return the name of a file next to the key; <KEY> stands for a name that is not printed."""
    return f"{key}.{ending}" if key.startswith("<") else shlex.quote(f"{shlex.split(key)[0]}.{ending}")


def _look(rotation: Rotation, ending: str = "") -> Commands:
    """Return the commands that check every host and compare each host with the first."""
    files = {host: f"{_file(host)}{ending}.json" for host, _ in rotation.places}
    if len(files) == 1:
        return tuple(Command(host=host, line="slurm-jwt doctor") for host in files)
    exports = (Command(host=host, line=f"slurm-jwt doctor --export {name}") for host, name in files.items())
    first, *others = files.values()
    compares = (Command(host="", line=f"slurm-jwt doctor --compare {first} {other}") for other in others)
    return (*exports, *compares)


def _file(host: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in host).lstrip("-.") or "host"


def _make(rotation: Rotation) -> Commands:
    host, key = rotation.places[0]
    return (Command(host=host, line=f"slurm-jwt keygen {_beside(key, 'new')} --owner {rotation.owner}"),)


def _copy(rotation: Rotation) -> Commands:
    return tuple(_copies(rotation))


def _copies(rotation: Rotation) -> Iterator[Command]:
    (first, key), *others = rotation.places
    source = _beside(key, "new")
    for host, other in others:
        new = _beside(other, "new")
        if host == first:
            yield Command(host=host, line=f"cp -p {source} {new}")
        else:
            yield Command(host=first, line=f"scp -p {source} {shlex.quote(host)}:{new}")
            yield Command(host=host, line=f"chown {rotation.owner} {new} && chmod 0600 {new}")


def _keep(rotation: Rotation) -> Commands:
    return tuple(
        Command(host=host, line=f"cp -p {key} {_beside(key, 'old')}") for host, key in rotation.places
    )


def _move(rotation: Rotation, ending: str) -> Commands:
    places = rotation.places
    return tuple(Command(host=host, line=f"mv -f {_beside(key, ending)} {key}") for host, key in places)


def _tidy(rotation: Rotation) -> Commands:
    return tuple(Command(host=host, line=f"shred -u {_beside(key, 'old')}") for host, key in rotation.places)


def _restart(rotation: Rotation, daemon: Daemon) -> Commands:
    hosts = dict.fromkeys(each.host for each in rotation.of(daemon))
    return tuple(Command(host=host, line=f"systemctl restart {daemon}") for host in hosts)


def _rename(rotation: Rotation) -> Step:
    reconfigure = "`scontrol reconfigure`, " if rereads(rotation.series) else ""
    note = (
        "Rename within one folder: the daemons keep using the old file, which they have mapped. Continue at"
        f" once: a crash, a failover, {reconfigure}or a package update now gives the new key to only one"
        " daemon."
    )
    if _shared(rotation):
        note += " Hosts that share the folder share the file: one rename is enough there."
    return rotation.step(
        "rename", "Rename the new key over the old one, on every host", _move(rotation, "new"), note,
        "Tokens of the new key are still refused.", rows=ONE_RENAME,
    )  # fmt: skip


def _shared(rotation: Rotation) -> bool:
    """Return whether hosts have a key file of the same name, which may be one file on a shared disk."""
    names = [key for _, key in rotation.places if not key.startswith("<")]
    return len(names) > len(set(names))


def _slurmdbd(rotation: Rotation) -> Step:
    note = "slurmctld queues its messages to slurmdbd meanwhile. The two use munge, not tokens."
    if any(each.takes_tokens == "not known" for each in rotation.of("slurmdbd")):
        note = f"Only if its slurmdbd.conf has AuthAltTypes=auth/jwt, which is not known here. {note}"
    return rotation.step(
        "slurmdbd", "Restart slurmdbd", _restart(rotation, "slurmdbd"), note,
        "slurmdbd refuses all existing tokens (sacct, sacctmgr, sreport with SLURM_JWT, slurmrestd's"
        " slurmdb). It also refuses tokens that are fetched now: slurmctld still signs with the old key."
        " slurmctld accepts these tokens.",
        ("old", "new"), TWO_KEYS,
    )  # fmt: skip


def _slurmctld(rotation: Rotation) -> Step:
    note = "Restart the backups first. Then no backup can take over with the old key."
    if rereads(rotation.series):
        note += " On the primary, `scontrol reconfigure` works as well."
    if not rotation.of("slurmdbd"):
        note += " slurmdbd does not accept tokens here."
    return rotation.step(
        "slurmctld", "Restart slurmctld", _restart(rotation, "slurmctld"), note,
        "From now on all daemons refuse every token of the old key. New tokens work everywhere.",
        ("new", "new"), RESTARTED,
    )  # fmt: skip


def _check(rotation: Rotation) -> Commands:
    host, key = rotation.places[0]
    issue = "scontrol token lifespan=60"
    check = f"{issue} | slurm-jwt check --key-file {key} --release {rotation.series}"
    probe = f"{issue} | slurm-jwt probe{' --slurmdbd' if rotation.of('slurmdbd') else ''}"
    return (*_look(rotation, "-after"), Command(host=host, line=check), Command(host="", line=probe))
