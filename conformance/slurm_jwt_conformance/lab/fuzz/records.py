"""What a fuzzing campaign leaves behind: its record, its corpus, and each finding as a file."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from slurm_jwt_conformance.lab.errors import SlurmError, printable
from slurm_jwt_conformance.lab.fuzz.mutator import Texts, decode

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = 300
"""How many characters of a text a printed finding shows at most."""

_VARYING = (
    (re.compile(r"(no support for alg=).*"), r"\1..."),
    (re.compile(r"(alternate user ).*"), r"\1..."),
    (re.compile(r"error \d+ bytes"), "error N bytes"),
)


class Outcome(NamedTuple):
    """What the model or the plugin says: accepted as uid, or refused with a log line."""

    accepted: bool | None
    uid: int | None
    log: str | None

    def __str__(self) -> str:
        if self.accepted is None:
            return f"no verdict ({self.log})"
        return f"accepted as uid {self.uid}" if self.accepted else f"refused: {self.log}"


def label(outcome: Outcome) -> str:
    """Return an outcome without what varies from token to token: a line of the record's hits."""
    text = "accepted" if outcome.accepted else str(outcome)
    for pattern, shorter in _VARYING:
        text = pattern.sub(shorter, text)
    return text


@dataclass(frozen=True)
class Finding:
    """A token about which model and plugin disagree, or at which the plugin died."""

    release: str
    key: str
    now: int
    seed: str
    token: bytes
    user_name: bytes | None
    model: Outcome
    plugin: Outcome

    def __str__(self) -> str:
        """Say what was found, safe to print; the signature is never shown."""
        parts = [decode(part) for part in self.token.split(b".")[:2]]
        texts = [printable(part.decode("utf-8", "backslashreplace"))[:SHOWN] for part in parts]
        beside = "" if self.user_name is None else f"\n  user name: {self.user_name!r}"
        return (
            f"Slurm {self.release}: model and plugin disagree about {len(self.token)} bytes\n"
            f"  header: {texts[0]}\n  claims: {texts[1] if len(texts) > 1 else ''}{beside}\n"
            f"  model:  {self.model}\n  plugin: {self.plugin}"
        )

    def save(self, folder: Path) -> Path:
        """Write the finding as JSON with the members of a vector case, and return the file."""
        verdict = (
            "accepted"
            if self.plugin.accepted
            else "refused"
            if self.plugin.accepted is False
            else "no verdict"
        )
        case = {
            "purpose": f"Found by fuzzing Slurm {self.release} (seed {self.seed}): it says {verdict}.",
            "key": self.key,
            "now": self.now,
            "any_time": False,
            **_token_member(self.token),
            "user_name": None
            if self.user_name is None
            else self.user_name.decode("utf-8", "backslashreplace"),
            "release": self.release,
            "model": self.model._asdict(),
            "plugin": self.plugin._asdict(),
        }
        path = folder / f"{self.release}-{hashlib.sha256(self.token).hexdigest()[:16]}.json"
        _write(path, case)
        return path


def _token_member(token: bytes) -> dict[str, str]:
    try:
        return {"token": token.decode()}
    except UnicodeDecodeError:
        return {"token_base64": base64.b64encode(token).decode()}


@dataclass(frozen=True)
class Record:
    """A campaign so far. vectors: digest of the data that it started from.

    chunks: how many chunks of the seed's tokens are done. unknown: tokens of which the model could not
    tell. hits: outcomes and log lines.
    """

    release: str
    slurm: str
    libjwt: str
    packages: dict[str, str]
    vectors: str
    seed: str
    chunks: int = 0
    count: int = 0
    accepted: int = 0
    unknown: int = 0
    disagreements: int = 0
    seconds: float = 0.0
    hits: dict[str, int] = field(default_factory=dict)
    findings: tuple[str, ...] = ()

    def same_campaign(self, other: Record) -> bool:
        """Tell whether `other` is an earlier state of this campaign."""
        mine = (self.release, self.slurm, self.libjwt, self.packages, self.vectors, self.seed)
        return mine == (other.release, other.slurm, other.libjwt, other.packages, other.vectors, other.seed)


class Grown(NamedTuple):
    """What a campaign has added to its corpus, and the outcomes that it knows by now. Both grow."""

    texts: list[Texts]
    seen: set[str]


def load(folder: Path, fresh: Record) -> tuple[Record, Grown]:
    """Return the record and the grown corpus of an earlier run of the same campaign, else a new start."""
    try:
        old = _read(folder / f"{fresh.release}.json")
        grown = _read(folder / f"{fresh.release}.corpus.json")
    except FileNotFoundError:
        return fresh, Grown([], set())
    try:
        record = msgspec.convert(old, Record)
        texts = [Texts(*(base64.b64decode(text) for text in pair)) for pair in grown["texts"]]
        seen = set(msgspec.convert(grown["seen"], list[str]))
    except (TypeError, ValueError, KeyError, msgspec.ValidationError):
        raise SlurmError(
            f"the records in {folder} are none of this program's", "Name another folder."
        ) from None
    return (record, Grown(texts, seen)) if fresh.same_campaign(record) else (fresh, Grown([], set()))


def save(folder: Path, record: Record, grown: Grown) -> None:
    """Write record and corpus, each as a whole or not at all."""
    pairs = [[base64.b64encode(text).decode() for text in texts] for texts in grown.texts]
    _write(folder / f"{record.release}.corpus.json", {"texts": pairs, "seen": sorted(grown.seen)})
    _write(folder / f"{record.release}.json", asdict(replace(record, hits=dict(sorted(record.hits.items())))))


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise SlurmError(f"{path} is no record of a campaign", "Remove it, or name another folder.")
    return value


def _write(path: Path, value: object) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(value, indent=1) + "\n")
    temporary.replace(path)
