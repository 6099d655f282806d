"""Virtual environments for libraries that cannot share one with the others.

Gehirn's `jwt` has the import name of PyJWT, and python-jose requires ecdsa, which has a CVE without a fix.
Each gets an environment of its own in the user's cache folder. It is created on demand, in a temporary folder
that is renamed when it works: an environment under its final name is complete.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.adapters import NotInstalled
from slurm_jwt_conformance.adapters.python.serve import printable
from slurm_jwt_conformance.lab import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SECONDS = 300
"""Most that pip may take."""
PIP_OPTIONS = ("--quiet", "--disable-pip-version-check", "--no-input", "--retries=1", "--timeout=10")
_failures: dict[Path, NotInstalled] = {}


def interpreter_of(name: str, needs: Sequence[str], progress: Callable[[str], None] | None = None) -> str:
    """Return the Python of the environment that holds these requirements; make it where it is missing.

    Raises NotInstalled, with pip's last words, if it cannot be created.
    """
    try:
        return str(_environment(name, needs, progress or (lambda _text: None)) / "bin" / "python")
    except OSError as error:
        raise NotInstalled(name, f"no virtual environment: {error.strerror}: {error.filename}") from None


def cache_folder() -> Path:
    """Return the folder of all environments, as the XDG Base Directory Specification says."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if base.startswith("/") else Path("~/.cache").expanduser()
    return root / "slurm-jwt" / "venvs"


def _environment(name: str, needs: Sequence[str], progress: Callable[[str], None]) -> Path:
    folder = cache_folder() / _folder_name(needs)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(folder.parent):
        if folder in _failures:  # without a network each try takes long, and none is better than the first
            raise NotInstalled(name, _failures[folder].reason)
        if not folder.is_dir():  # another run may have created it while this one waited
            progress(f"installing {needs[0]} into an environment of its own (once)")
            _make(name, folder, needs)
    return folder


def _folder_name(needs: Sequence[str]) -> str:
    """Name an environment by its library and by all that shapes it, this interpreter included."""
    shape = "\n".join((*needs, sys.version, os.path.realpath(sys.executable), sys.base_prefix))
    return f"{needs[0].replace('==', '-')}-{hashlib.sha256(shape.encode()).hexdigest()[:12]}"


@contextlib.contextmanager
def _only_one(parent: Path) -> Iterator[None]:
    with (parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(name: str, folder: Path, needs: Sequence[str]) -> None:
    for abandoned in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _run(name, [sys.executable, "-I", "-m", "venv", str(draft)])
        python = str(draft / "bin" / "python")
        # a relocated environment keeps working: only its scripts, which are not called, hold the path
        _run(name, [python, "-I", "-m", "pip", "install", *PIP_OPTIONS, *needs])
        draft.rename(folder)
    except NotInstalled as failure:
        _failures[folder] = failure
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _run(name: str, command: Sequence[str]) -> None:
    what = " ".join(command[2:4])
    result = program.run(command, seconds=SECONDS, environment=os.environ)  # pip's settings are there
    if result.late:
        raise NotInstalled(name, f"{what} took over {SECONDS} s")
    if result.exit:
        raise NotInstalled(name, f"{what} failed: {_last_error(result.out, result.err)}")
    if result.exit is None:
        raise NotInstalled(name, f"{what} failed: {result.ended}")


def _last_error(*outputs: str) -> str:
    lines = [line.strip() for output in outputs for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return printable((errors or lines or ["no message"])[-1], "")
