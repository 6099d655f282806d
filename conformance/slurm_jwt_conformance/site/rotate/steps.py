"""The steps of a rotation, forward and back: the commands for each host, and what fails after each step.

The order is slurmdbd before slurmctld, backups before primaries. slurmctld issues the tokens. Because it
changes last, all daemons accept every token that is fetched after the last restart. A slurmctld that starts
finds slurmdbd running.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import shlex
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.site import texts
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


class _Text(NamedTuple):
    """What steps.toml says of a step."""

    title: str
    note: str = ""
    breaks: str = ""
    rows: Sequence[str] = ()


_TEXTS = texts.beside(__file__, _Text)
FEWER = " If you set a small max_token_lifespan one day earlier, fewer long tokens exist now."


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

    def step(
        self, name: str, commands: Commands, *, more: str = "", keys: tuple[Which, Which] = ("old", "old")
    ) -> Step:
        """Return a step of steps.toml. more: of its note. keys: that slurmctld and slurmdbd then have."""
        text = _TEXTS[name]
        known = known_rows(self.series, tuple(text.rows))
        slurmdbd: dict[str, Which] = {"slurmdbd": keys[1]} if self.of("slurmdbd") else {}
        return Step(
            id=name,
            title=text.title,
            commands=commands,
            note=text.note + more,
            breaks=text.breaks,
            takes={"slurmctld": keys[0]} | slurmdbd,
            issues=keys[0],
            basis="observed" if known else "modelled",
            rows=known,
        )


def forward(rotation: Rotation) -> tuple[Step, ...]:
    """Return the steps from the old key to the new one; none if slurmctld loads no key."""
    return tuple(_forward(rotation)) if rotation.of("slurmctld") else ()


def _forward(rotation: Rotation) -> Iterator[Step]:
    step = rotation.step
    yield step("look", _look(rotation))
    yield step("make", _make(rotation))
    if len(rotation.places) > 1:
        yield step("copy", _copy(rotation))
    yield step("keep", _keep(rotation))
    yield step("warn", (), more=FEWER if rotation.series >= "22.05" else "")
    yield step("rename", _move(rotation, "new"), more=_rename(rotation))
    if rotation.of("slurmdbd"):
        yield step("slurmdbd", _restart(rotation, "slurmdbd"), more=_slurmdbd(rotation), keys=("old", "new"))
    yield step("slurmctld", _restart(rotation, "slurmctld"), more=_slurmctld(rotation), keys=("new", "new"))
    yield step("check", _check(rotation), keys=("new", "new"))
    yield step("tidy", _tidy(rotation), keys=("new", "new"))


def back(rotation: Rotation) -> tuple[Step, ...]:
    """Return the steps from the new key back to the old one."""
    return tuple(_back(rotation)) if rotation.of("slurmctld") else ()


def _back(rotation: Rotation) -> Iterator[Step]:
    step = rotation.step
    yield step("back-rename", _move(rotation, "old"), keys=("new", "new"))
    if rotation.of("slurmdbd"):
        yield step("back-slurmdbd", _restart(rotation, "slurmdbd"), keys=("new", "old"))
    yield step("back-slurmctld", _restart(rotation, "slurmctld"))


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


def _rename(rotation: Rotation) -> str:
    note = " `scontrol reconfigure` does the same." if rereads(rotation.series) else ""
    shared = " Hosts that share the folder share the file: one rename is enough there."
    return note + shared if _shared(rotation) else note


def _shared(rotation: Rotation) -> bool:
    """Return whether hosts have a key file of the same name, which may be one file on a shared disk."""
    names = [key for _, key in rotation.places if not key.startswith("<")]
    return len(names) > len(set(names))


def _slurmdbd(rotation: Rotation) -> str:
    if any(each.takes_tokens == "not known" for each in rotation.of("slurmdbd")):
        return " Restart it only if its slurmdbd.conf has AuthAltTypes=auth/jwt, which is not known here."
    return ""


def _slurmctld(rotation: Rotation) -> str:
    note = " On the primary, `scontrol reconfigure` works as well." if rereads(rotation.series) else ""
    return note if rotation.of("slurmdbd") else f"{note} slurmdbd does not accept tokens here."


def _check(rotation: Rotation) -> Commands:
    host, key = rotation.places[0]
    issue = "scontrol token lifespan=60"
    check = f"{issue} | slurm-jwt check --key-file {key} --release {rotation.series}"
    probe = f"{issue} | slurm-jwt probe{' --slurmdbd' if rotation.of('slurmdbd') else ''}"
    return (*_look(rotation, "-after"), Command(host=host, line=check), Command(host="", line=probe))
