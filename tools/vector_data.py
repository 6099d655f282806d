"""The vectors' data files, compiled from the cases."""

from __future__ import annotations

from pathlib import Path

from slurm_jwt_vectors import compile as compiler

FOLDER = Path("vectors/slurm_jwt_vectors/data")


def files() -> dict[Path, bytes]:
    """Return every data file with its content; ValueError if a case cannot be compiled."""
    return {FOLDER / name: content for name, content in compiler.compiled().items()}
