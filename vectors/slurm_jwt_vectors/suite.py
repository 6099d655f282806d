"""Load the compiled data that ships with the package."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from slurm_jwt_vectors.models import IssuingCase, IssuingFile, KeyFile, Observed, Suite, Topic

HERE = Path(__file__).parent
NO_TOPICS = frozenset({"issuing", "keys", "retired"})
"""Data files, without their ending, that hold no cases of a topic."""


def _topic_files() -> list[Path]:
    return sorted(path for path in (HERE / "data").glob("*.json") if path.stem not in NO_TOPICS)


def load() -> Suite:
    """All cases and keys; msgspec's errors if a file is damaged."""
    keys = msgspec.json.decode((HERE / "data" / "keys.json").read_bytes(), type=KeyFile).keys
    decoder = msgspec.json.Decoder(Topic)
    topics = [decoder.decode(path.read_bytes()) for path in _topic_files()]
    cases = {case.id: case for topic in topics for case in topic.cases}
    return Suite(cases=dict(sorted(cases.items())), keys={key.id: key for key in keys})


def load_issuing() -> dict[str, IssuingCase]:
    """All issuing cases by id; msgspec's errors if the file is damaged."""
    content = (HERE / "data" / "issuing.json").read_bytes()
    return {case.id: case for case in msgspec.json.decode(content, type=IssuingFile).cases}


def load_observed(folder: Path | None = None) -> dict[str, Observed]:
    """What real daemons said, by release; empty where nothing was recorded yet."""
    paths = sorted((folder or HERE / "observed").glob("*.json"))
    records = (msgspec.json.decode(path.read_bytes(), type=Observed) for path in paths)
    return {record.release: record for record in records}


def digest() -> str:
    """SHA-256, in hex, over the names and bytes of the files of keys, issuing cases and cases."""
    total = hashlib.sha256()
    for path in [HERE / "data" / "keys.json", HERE / "data" / "issuing.json", *_topic_files()]:
        content = path.read_bytes()
        total.update(f"{path.name} {len(content)}\n".encode() + content)
    return total.hexdigest()
