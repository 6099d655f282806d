"""Run a pain's command on its files: as somebody types it, in a folder that holds them.

For the page the clock stands still, and the doctor looks at a made-up host that has Debian's packages.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from slurm_jwt_conformance.doctor.diagnose import diagnose
from slurm_jwt_conformance.doctor.documents import document, to_json
from slurm_jwt_conformance.doctor.survey import Wish, survey
from slurm_jwt_conformance.doctor.testing import File, MadeUpHost, made_up_machine
from slurm_jwt_conformance.doctor.text import render
from slurm_jwt_conformance.pains.pain import TOKEN, Asked, Started, Typed
from slurm_jwt_conformance.terminal import Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slurm_jwt_conformance.pains.pain import Pain

BASE = "/etc/slurm"
"""Where a site's files are said to be, on the page."""

_PACKAGES = {"20.11": ("20.11.4", "1.10.2"), "22.05": ("22.05.8", "1.10.2")} | {
    "24.11": ("24.11.5", "1.17.2"),
    "26.05": ("26.05.5", "1.17.2"),
}
_PLUGINS = ("auth_jwt.so", "auth_munge.so", "auth_none.so", "auth_slurm.so", "rest_auth_jwt.so")
_AT = """\
import sys, time
from slurm_jwt_conformance.checking import installed
time.time = lambda: {now}.0
installed.find = lambda *_: installed.Version({slurm!r}, {libjwt!r}, "the packages")
from slurm_jwt_conformance.cli import main
sys.exit(main())
"""
"""Nothing but the clock and the installed packages are made up."""

_KEPT = ("PATH", "HOME", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")


class Answer(NamedTuple):
    """What a command said, and its exit code."""

    exit: int
    out: str
    err: str


def filled(files: Sequence[File], base: str, munge: str) -> tuple[File, ...]:
    """Return a site's files with its folder and munge's socket written in."""

    def fill(content: bytes | None) -> bytes | None:
        if content is None:
            return None
        return content.replace(b"{base}", base.encode()).replace(b"{munge}", munge.encode())

    return tuple(each._replace(content=fill(each.content)) for each in files)


def of(files: Sequence[File], name: str) -> bytes:
    """Return the content of a site's file, b"" if there is none of this name."""
    return next((each.content for each in files if each.path == name and each.content), b"")


def token(files: Sequence[File]) -> bytes:
    """Return a site's token, b"" if it has none."""
    return of(files, TOKEN).rstrip(b"\n")


def environment(pain: Pain, now: int) -> dict[str, str]:
    """Return what a pain's shell has in its environment beside the usual."""
    if isinstance(pain.fault, Typed) and pain.fault.token:
        return {"SLURM_JWT": token(pain.files(now)).decode()}
    return dict(pain.fault.environment) if isinstance(pain.fault, Started) else {}


def placed(environment: Mapping[str, str], base: str) -> dict[str, str]:
    """Return an environment with the site's folder written in."""
    return {name: value.replace("{base}", base) for name, value in environment.items()}


def on_page(pain: Pain, folder: Path, now: int) -> Answer:
    """Answer for the page: for the first release, at a moment, on any machine alike."""
    release = pain.releases[0]
    if pain.kind == "doctor":
        return made_up(pain, release, now)
    lay_out(pain, folder, now, pain.said)
    return _run(pain, ["-c", _as_if(release, now), *_words(pain, release, now)], folder)


def told(pain: Pain, folder: Path, release: str, now: int) -> dict[str, Any]:
    """Return the same answer as JSON, in a folder that has been laid out."""
    if pain.kind == "doctor":
        answer = made_up(pain, release, now, as_json=True)
    else:
        answer = _run(pain, ["-c", _as_if(release, now), *_words(pain, release, now), "--json"], folder)
    made: dict[str, Any] = json.loads(answer.out)
    return made


def _as_if(release: str, now: int) -> str:
    slurm, libjwt = _PACKAGES[release]
    return _AT.format(now=now, slurm=slurm, libjwt=libjwt)


def _words(pain: Pain, release: str, now: int) -> list[str]:
    return arguments(pain, release, now + (pain.fault.ahead if isinstance(pain.fault, Asked) else 0))


def lay_out(pain: Pain, folder: Path, now: int, said: str) -> None:
    """Write a site's files into a folder, and what a daemon or client said."""
    files = filled(pain.files(now), str(folder), "/run/munge/munge.socket.2")
    if pain.kind == "explain":
        files += (File(pain.reads, f"{said}\n".encode()),)
    for each in files:
        path = folder / each.path
        if each.content is None:
            path.mkdir(mode=each.mode)
        else:
            path.write_bytes(each.content)
            path.chmod(each.mode)


def typed(pain: Pain, release: str, folder: Path, now: int, *more: str) -> Answer:
    """Run check or explain where the files are, with more arguments; now: the daemon's clock."""
    return _run(pain, ["-m", "slurm_jwt_conformance", *arguments(pain, release, now), *more], folder)


def arguments(pain: Pain, release: str, now: int) -> list[str]:
    """Return the words of a command behind slurm-jwt."""
    return [word for word in shlex.split(pain.typed(release, now))[1:] if not word.startswith("<")]


def _run(pain: Pain, words: list[str], folder: Path) -> Answer:
    clean = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"LC_ALL": "C.UTF-8"}
    with (folder / pain.reads if pain.reads else Path(os.devnull)).open("rb") as source:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env=clean,
            stdin=source,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    return Answer(done.returncode, done.stdout.replace(str(folder), BASE), done.stderr)


def made_up(pain: Pain, release: str, now: int, *, as_json: bool = False) -> Answer:
    """Let the doctor look at a made-up host with this release and the pain's files below BASE."""
    slurm, libjwt = _PACKAGES[release]
    files = filled(pain.files(now), BASE, "/run/munge/munge.socket.2")
    plugins = tuple(name for name in _PLUGINS if name != "auth_slurm.so" or release >= "23.11")
    host = MadeUpHost(BASE, files, plugins, placed(environment(pain, now), BASE))
    machine = made_up_machine(slurm, libjwt)._replace(name="ctld", now=float(now))
    words = arguments(pain, release, now)
    named = words[words.index("--release") + 1]
    found = survey(host, machine, Wish(conf=f"{BASE}/slurm.conf", release=named))
    report = diagnose(found)
    made = document(found, report)
    return Answer(report.exit_code, to_json(made) if as_json else render(made, Style()), "")
