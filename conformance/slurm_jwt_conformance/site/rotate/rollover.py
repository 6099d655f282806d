"""The rollover of RS256 keys: the old and the new key of a JWKS overlap, so no token stops working early.

Measured on slurmctld and slurmdbd of 22.05, 24.11 and 26.05: a running daemon does not see a replaced file.
`scontrol reconfigure` makes slurmctld read it from 23.11 on (by the sources; seen on 24.11 and 26.05).
Neither `sacctmgr reconfigure` nor SIGHUP makes slurmdbd read it.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import shlex
from collections.abc import Iterator
from typing import Literal, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.site import public_keys, texts
from slurm_jwt_conformance.site.discovery.showing import plain, word
from slurm_jwt_conformance.site.discovery.survey import Cluster
from slurm_jwt_conformance.site.rotate.evidence import rereads
from slurm_jwt_conformance.site.rotate.holders import Holder
from slurm_jwt_conformance.site.rotate.steps import Command, Commands
from slurm_jwt_reports.schema import Strict

Kids = Literal["old", "old and new", "new"]
HIDDEN = "<JWKS>"
"""Stands for a JWKS whose path is not known, or may not be printed."""


class RolloverStep(Strict, frozen=True):
    """One step. accepts: the kids whose tokens the daemons accept after it. signs: the key of the issuer."""

    id: str
    title: str
    commands: tuple[Command, ...]
    note: str
    breaks: str
    accepts: Kids
    signs: Literal["old", "new"]


class Place(Strict, frozen=True):
    """A daemon on a host that loads a JWKS, and the file as a shell reads it."""

    daemon: Literal["slurmctld", "slurmdbd"]
    host: str
    role: Literal["primary", "backup"]
    file: str


class Rollover(Strict, frozen=True):
    """The rollover of a site. kids: of keys that verify tokens now. read: the JWKS was read.

    hs256: an HS256 key is also loaded.
    """

    places: tuple[Place, ...]
    kids: tuple[str, ...]
    read: bool
    hs256: bool
    steps: tuple[RolloverStep, ...]
    back: tuple[RolloverStep, ...]
    notes: tuple[str, ...]
    basis: Basis


class _Text(NamedTuple):
    title: str = ""
    note: str = ""
    breaks: str = ""


_TEXTS = texts.beside(__file__, _Text)


def rollover(site: Cluster, holders: tuple[Holder, ...]) -> Rollover | None:
    """Return the rollover of a site's JWKS; None if slurmctld loads none."""
    places = tuple(_places(site, holders))
    if not any(each.daemon == "slurmctld" for each in places):
        return None
    data = public_keys.of_daemon(site)
    kids = public_keys.examine(data, public_keys.release_of(site)).kids if data is not None else ()
    hs256 = any(each.daemon == "slurmctld" and each.takes_tokens == "yes" for each in holders)
    return Rollover(
        places=places,
        kids=tuple(plain(kid, 80) for kid in kids),
        read=data is not None,
        hs256=hs256,
        steps=tuple(_forward(site.series, places)),
        back=(_step("back", (), "old and new", "old"), _step("back-file", (), "old and new", "old")),
        notes=tuple(_TEXTS[name].note for name in ("stolen", "hs256" if hs256 else "only")),
        basis="observed" if site.series in releases.RECORDED else "modelled",
    )


def _places(site: Cluster, holders: tuple[Holder, ...]) -> Iterator[Place]:
    files = {
        each.daemon: word(each.path) if each.named or each.path in site.paths else HIDDEN
        for each in site.jwks
    }
    if site.dbd_conf is None and files:
        files["slurmdbd"] = HIDDEN
    for each in holders:
        if each.daemon in files:
            yield Place(daemon=each.daemon, host=each.host, role=each.role, file=files[each.daemon])


def _step(name: str, commands: Commands, accepts: Kids, signs: Literal["old", "new"]) -> RolloverStep:
    text = _TEXTS[name]
    return RolloverStep(
        id=name,
        title=text.title,
        commands=commands,
        note=text.note,
        breaks=text.breaks,
        accepts=accepts,
        signs=signs,
    )


def _forward(series: str, places: tuple[Place, ...]) -> Iterator[RolloverStep]:
    hosts = dict.fromkeys(each.host for each in places)
    files = tuple(dict.fromkeys((each.host, each.file) for each in places))
    doctor = tuple(Command(host=host, line="slurm-jwt doctor") for host in hosts)
    sums = tuple(Command(host=host, line=f"sha256sum {file}") for host, file in files)
    check = Command(host=files[0][0], line=f"slurm-jwt doctor --jwks {_beside(files[0][1], 'new')}")
    yield _step("look", (*doctor, *sums), "old", "old")
    yield _step("publish", (), "old", "old")
    yield _step("fetch", (check,), "old", "old")
    if copies := tuple(_copies(files)):
        yield _step("copy", copies, "old", "old")
    yield _step("replace", tuple(_replace(files)), "old", "old")
    yield _step("load", tuple(_load(series, places)), "old and new", "old")
    probe = Command(host="", line="slurm-jwt probe --token-file NEW_TOKEN")
    yield _step("switch", (probe,), "old and new", "new")
    yield _step("wait", (), "old and new", "new")
    yield _step("drop", (check, *copies, *_replace(files)), "old and new", "new")
    yield _step("unload", tuple(_load(series, places)), "new", "new")


def _beside(file: str, ending: str) -> str:
    return f"{file}.{ending}" if file.startswith("<") else shlex.quote(f"{shlex.split(file)[0]}.{ending}")


def _copies(files: tuple[tuple[str, str], ...]) -> Iterator[Command]:
    (first, source), *others = files
    for host, file in others:
        new = _beside(file, "new")
        copy = f"cp -p {_beside(source, 'new')} {new}"
        if host != first:
            copy = f"scp -p {_beside(source, 'new')} {shlex.quote(host)}:{new}"
        yield Command(host=first, line=copy)


def _replace(files: tuple[tuple[str, str], ...]) -> Iterator[Command]:
    for host, file in files:
        new = _beside(file, "new")
        yield Command(host=host, line=f"chmod 0644 {new} && cp -p {file} {_beside(file, 'old')}")
        yield Command(host=host, line=f"mv -f {new} {file}")


def _load(series: str, places: tuple[Place, ...]) -> Iterator[Command]:
    """Restart slurmdbd, then backups, and last reconfigure the primary where that reads the file."""
    ordered = sorted(places, key=lambda each: (each.daemon != "slurmdbd", each.role == "primary"))
    for each in ordered:
        again = each.daemon == "slurmctld" and each.role == "primary" and rereads(series)
        line = "scontrol reconfigure" if again else f"systemctl restart {each.daemon}"
        yield Command(host=each.host, line=line)
