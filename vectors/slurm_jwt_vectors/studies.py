"""Records of studies: what each release's daemons and commands did with tokens, beyond single verdicts.

A record is written by the recorder in `conformance` alone, from real daemons, one file a release. It
holds no key and no token.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

FOLDER = Path(__file__).parent / "studies"


class StudyRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question and what came of it.

    `id` is unique within its study and the same in every release. `result` is the outcome in a few
    words; the other fields say what it rests on, as far as they apply: the `exit` code of a command, the
    HTTP `status`, the `uid` that a daemon took the sender for, the `message` that the client saw, the
    daemon's `log` line. `reference` is what this project's own issuer does when asked the same.
    """

    id: str
    ask: str
    result: str
    exit: int | None = None
    status: int | None = None
    uid: int | None = None
    message: str | None = None
    log: str | None = None
    reference: str | None = None


class StudyRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One study of one release."""

    title: str
    about: str
    rows: tuple[StudyRow, ...]


class StudiedRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All studies of one release, with the package versions that they hold for."""

    format: Literal[1]
    release: str
    slurm: str
    libjwt: str
    packages: dict[str, str]
    recorded: str
    studies: dict[str, StudyRecord]


def load_studies(folder: Path | None = None) -> dict[str, StudiedRelease]:
    """Return the records by release, the oldest first; msgspec's errors if a file is damaged."""
    paths = sorted((folder or FOLDER).glob("*.json"))
    records = (msgspec.json.decode(path.read_bytes(), type=StudiedRelease) for path in paths)
    return {record.release: record for record in records}
