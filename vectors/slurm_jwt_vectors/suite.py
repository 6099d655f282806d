"""Load the compiled data that ships with the package."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TypeVar

import msgspec

from slurm_jwt_vectors.models import IssuingCase, IssuingFile, Jwks, JwksFile, KeyFile, Observed, Suite, Topic

_T = TypeVar("_T")
HERE = Path(__file__).parent
DATA = HERE / "data"
NO_TOPICS = frozenset({"issuing", "jwks", "keys", "retired"})
"""Data files, without their ending, that hold no cases of a topic."""


def _topic_files(folder: Path = DATA) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.stem not in NO_TOPICS)


def load(*more: Path) -> Suite:
    """All cases and keys, with those of more folders of the same format; msgspec's errors for a damaged file.

    A case or key of another folder that has the id of one of ours, and is not the same, is a ValueError.
    """
    topic, keys = msgspec.json.Decoder(Topic), msgspec.json.Decoder(KeyFile)
    suite = Suite(cases={}, keys={})
    for folder in (DATA, *more):
        for key in keys.decode((folder / "keys.json").read_bytes()).keys:
            _put(suite.keys, key.id, key)
        for jwks in _jwks_of(folder):
            _put(suite.jwks, jwks.id, jwks)
        for path in _topic_files(folder):
            for case in topic.decode(path.read_bytes()).cases:
                _put(suite.cases, case.id, case)
    return Suite(cases=dict(sorted(suite.cases.items())), keys=suite.keys, jwks=suite.jwks)


def _jwks_of(folder: Path) -> tuple[Jwks, ...]:
    path = folder / "jwks.json"
    return msgspec.json.decode(path.read_bytes(), type=JwksFile).jwks if path.exists() else ()


def _put(known: dict[str, _T], name: str, entry: _T) -> None:
    if known.setdefault(name, entry) != entry:
        raise ValueError(f"{name} is in two folders and says two things")


def load_issuing() -> dict[str, IssuingCase]:
    """All issuing cases by id; msgspec's errors if the file is damaged."""
    content = (DATA / "issuing.json").read_bytes()
    return {case.id: case for case in msgspec.json.decode(content, type=IssuingFile).cases}


def load_observed(folder: Path | None = None) -> dict[str, Observed]:
    """What real daemons said, by release; empty where nothing was recorded yet."""
    paths = sorted((folder or HERE / "observed").glob("*.json"))
    records = (msgspec.json.decode(path.read_bytes(), type=Observed) for path in paths)
    return {record.release: record for record in records}


def retired() -> dict[str, str]:
    """Return the ids of withdrawn cases, each with the reason."""
    entries = json.loads((DATA / "retired.json").read_bytes())["retired"]
    return {entry["id"]: entry["reason"] for entry in entries}


def version() -> str:
    """Return the version of the vectors, as in 1.0.0."""
    return (HERE / "VERSION").read_text(encoding="ascii").strip()


def digest() -> str:
    """SHA-256, in hex, over the names and bytes of the files of keys, JWKS, issuing cases and cases."""
    total = hashlib.sha256()
    for path in [*(DATA / f"{name}.json" for name in ("keys", "jwks", "issuing")), *_topic_files()]:
        content = path.read_bytes()
        total.update(f"{path.name} {len(content)}\n".encode() + content)
    return total.hexdigest()
