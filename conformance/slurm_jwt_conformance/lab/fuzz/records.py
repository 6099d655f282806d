"""The files of a fuzzing campaign: its record, its corpus, and one file for each finding."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from slurm_jwt_conformance.lab.errors import printable
from slurm_jwt_conformance.lab.fuzz.mutator import Texts, decode
from slurm_jwt_reports import output
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from slurm_jwt_conformance.lab.plugin.oracle import Judgement

RECORD, CORPUS, FINDING = "fuzz record", "fuzz corpus", "fuzz finding"
"""The kinds of generator marks."""
HINT = "Name another folder with --out."

SHOWN = 300
"""The limit of characters of each text in a printed finding."""

_VARYING = (
    (re.compile(r"(no support for alg=).*"), r"\1..."),
    (re.compile(r"(alternate user ).*"), r"\1..."),
    (re.compile(r"error \d+ bytes"), "error N bytes"),
)
_VERDICTS = {True: "accepted", False: "refused", None: "no verdict"}
_IDENTITY = ("release", "slurm", "libjwt", "packages", "vectors", "seed")
"""The fields of a record that are the same for all runs of one campaign."""


def label(judgement: Judgement) -> str:
    """Return a verdict without what varies from token to token: a line of the record's hits."""
    text = "accepted" if judgement.accepted else str(judgement)
    for pattern, shorter in _VARYING:
        text = pattern.sub(shorter, text)
    return text


@dataclass(frozen=True)
class Finding:
    """A token or a JWKS file on which model and plugin disagree, or at which the plugin ended."""

    release: str
    key: str
    now: int
    seed: str
    token: bytes
    user_name: bytes | None
    model: Judgement
    plugin: Judgement
    jwks: bytes | None = None

    def __str__(self) -> str:
        """Return the finding as text that is safe to print. The signature is never shown."""
        parts = [decode(part) for part in self.token.split(b".")[:2]]
        texts = [printable(part.decode("utf-8", "backslashreplace"))[:SHOWN] for part in parts]
        beside = "" if self.user_name is None else f"\n  user name: {self.user_name!r}"
        if self.jwks is not None:
            beside += f"\n  jwks: {printable(self.jwks.decode('utf-8', 'backslashreplace'))[:SHOWN]}"
        return (
            f"Slurm {self.release}: model and plugin disagree about {len(self.token)} bytes\n"
            f"  header: {texts[0]}\n  claims: {texts[1] if len(texts) > 1 else ''}{beside}\n"
            f"  model:  {self.model}\n  plugin: {self.plugin}"
        )

    def save(self, folder: Path) -> Path:
        """Write the finding as JSON with the members of a vector case, and return the file."""
        verdict = _VERDICTS[self.plugin.accepted]
        beside = self.user_name
        case = {
            "purpose": f"Found by fuzzing Slurm {self.release} (seed {self.seed}): its verdict is {verdict}.",
            "key": self.key,
            "now": self.now,
            "any_time": False,
            **_bytes_member("token", self.token),
            **({} if self.jwks is None else _bytes_member("jwks", self.jwks)),
            "user_name": None if beside is None else beside.decode("utf-8", "backslashreplace"),
            "release": self.release,
            "model": self.model._asdict(),
            "plugin": self.plugin._asdict(),
        }
        path = (
            folder / f"{self.release}-{hashlib.sha256(self.token + (self.jwks or b'')).hexdigest()[:16]}.json"
        )
        _write(path, FINDING, case)
        return path


def _bytes_member(name: str, data: bytes) -> dict[str, str]:
    try:
        return {name: data.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(data).decode()}


class Record(msgspec.Struct):
    """The state of a campaign, which changes while it runs.

    vectors: digest of the test vectors. chunks: number of finished chunks. unknown: tokens for which the
    model has no verdict. hits: number of tokens by outcome. files, unstarted: number of JWKS files, and of
    those that end the plugin. findings: names of files.
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
    files: int = 0
    unstarted: int = 0
    seconds: float = 0.0
    hits: dict[str, int] = {}
    findings: tuple[str, ...] = ()


class Grown(msgspec.Struct):
    """The texts that a campaign has added to its corpus, and the outcomes that it has seen. Both grow."""

    texts: list[Texts]
    seen: set[str]


def load(folder: Path, fresh: Record) -> tuple[Record, Grown]:
    """Return record and corpus of an earlier run of the same campaign, otherwise `fresh` and no corpus."""
    record, corpus = folder / f"{fresh.release}.json", folder / f"{fresh.release}.corpus.json"
    is_there = [_is_former(record, RECORD), _is_former(corpus, CORPUS)]
    if not all(is_there):
        return fresh, Grown([], set())
    try:
        old = msgspec.json.decode(record.read_bytes(), type=Record)
        grown = msgspec.json.decode(corpus.read_bytes(), type=Grown)
    except msgspec.DecodeError:
        raise Problem(
            f"The files in {one_line(str(folder))} are not the records of a campaign.", HINT
        ) from None
    same = all(getattr(old, name) == getattr(fresh, name) for name in _IDENTITY)
    return (old, grown) if same else (fresh, Grown([], set()))


def save(folder: Path, record: Record, grown: Grown) -> None:
    """Write record and corpus."""
    _write(folder / f"{record.release}.corpus.json", CORPUS, msgspec.structs.asdict(grown))
    _write(folder / f"{record.release}.json", RECORD, msgspec.structs.asdict(record))


def _is_former(path: Path, kind: str) -> bool:
    """Return whether an earlier file of this kind is there; a Problem if it is another file."""
    try:
        return output.replaceable(output.File(str(path), "", kind)) is not None
    except Problem as problem:
        raise type(problem)(problem.what, HINT) from None


def _write(path: Path, kind: str, members: dict[str, Any]) -> None:
    _is_former(path, kind)
    marked = {output.GENERATOR: output.mark(kind), **members}
    text = msgspec.json.format(msgspec.json.encode(marked, order="deterministic"), indent=1)
    output.write(output.File(str(path), text + b"\n", kind))
