"""Run a scenario's command on its files: as somebody types it, in a folder that holds them.

For the page it runs on a made-up host (`pretended`), so that its answer is the same on every machine.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from scenarios.scenario import TOKEN, Asked, Loaded, Started, Typed
from support.made_up_site import File

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scenarios.scenario import Scenario

BASE = "/etc/slurm"
"""Where a site's files are said to be, on the page."""

ON_A_HOST = frozenset({"doctor", "changes", "rotate"})
"""Commands that look at a whole host."""

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


def environment(scenario: Scenario, now: int) -> dict[str, str]:
    """Return what a scenario's shell has in its environment beside the usual."""
    if isinstance(scenario.fault, Typed) and scenario.fault.token:
        return {"SLURM_JWT": token(scenario.files(now)).decode()}
    if isinstance(scenario.fault, Loaded):
        return dict(scenario.fault.around)
    return dict(scenario.fault.environment) if isinstance(scenario.fault, Started) else {}


def placed(environment: Mapping[str, str], base: str) -> dict[str, str]:
    """Return an environment with the site's folder written in."""
    return {name: value.replace("{base}", base) for name, value in environment.items()}


def on_page(scenario: Scenario, folder: Path, now: int) -> Answer:
    """Answer for the page: for the first release, at a moment, on any machine alike; lays the files out."""
    if scenario.began:
        return Answer(scenario.exit, scenario.began, "")
    lay_out(scenario, folder, now, scenario.said)
    return _pretended(scenario, scenario.releases[0], folder, now)


def told(scenario: Scenario, folder: Path, release: str, now: int) -> dict[str, Any]:
    """Return the same answer for any release as JSON, in a folder that has been laid out."""
    answer = _pretended(scenario, release, folder, now, "--json")
    made: dict[str, Any] = json.loads(answer.out)
    return made


def ids(told: Mapping[str, Any]) -> set[str]:
    """Return what an answer in JSON names: rules, remarks, messages, settings, steps, claims, verdicts."""
    findings = {each.get("rule", each.get("id")) for each in told.get("findings", ())}
    lists = {"remarks": "id", "explained": "message", "settings": "id", "steps": "id"}
    found = findings | {each[name] for member, name in lists.items() for each in told.get(member, ())}
    if "places" in told:
        found |= {told["verdict"], *(each["model"]["agreement"] for each in told["places"])}
    changed = told["site"].get("new", ()) if "site" in told else ()
    return found | {each["id"] for each in changed} | set(told.get("user_claims", ()))


def _pretended(scenario: Scenario, release: str, folder: Path, now: int, *more: str) -> Answer:
    ahead = scenario.fault.ahead if isinstance(scenario.fault, Asked) else 0
    words = [scenario.id, release, str(now), *arguments(scenario, release, now + ahead), *more]
    return _run(scenario, ["-m", "scenarios.pretended", *words], folder)


def lay_out(scenario: Scenario, folder: Path, now: int, said: str) -> None:
    """Write a site's files into a folder, and what a daemon or client said."""
    files = filled(scenario.files(now), str(folder), "/run/munge/munge.socket.2")
    if scenario.kind == "explain":
        files += (File(scenario.reads, f"{said}\n".encode()),)
    for each in files:
        path = folder / each.path
        if each.content is None:
            path.mkdir(mode=each.mode)
        else:
            path.write_bytes(each.content)
            path.chmod(each.mode)


def typed(scenario: Scenario, release: str, folder: Path, now: int, *more: str) -> Answer:
    """Run check or explain where the files are, with more arguments; now: the daemon's clock."""
    return _run(scenario, ["-m", "slurm_jwt_conformance", *arguments(scenario, release, now), *more], folder)


def arguments(scenario: Scenario, release: str, now: int) -> list[str]:
    """Return the words of a command behind slurm-jwt."""
    return [word for word in shlex.split(scenario.typed(release, now))[1:] if not word.startswith("<")]


def _run(scenario: Scenario, words: list[str], folder: Path) -> Answer:
    clean = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"LC_ALL": "C.UTF-8"}
    with (folder / scenario.reads if scenario.reads else Path(os.devnull)).open("rb") as source:
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
    out = done.stdout
    for written in (str(folder), str(folder).replace("_", "\\_")):  # as it is, and as Markdown has it
        out = out.replace(written, BASE)
    return Answer(done.returncode, out, done.stderr)
