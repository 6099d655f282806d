"""What a report must know besides outcomes: header, rules, keys, cases and implementations as events."""

from __future__ import annotations

import base64
import binascii
import json
import os
import platform
import time
from typing import TYPE_CHECKING, Any

from slurm_jwt.strict.keys import fingerprint, token_fingerprint
from slurm_jwt.strict.rules import RULES
from slurm_jwt_conformance import __version__
from slurm_jwt_conformance.harness import choice
from slurm_jwt_conformance.harness.issuing import VERDICTS
from slurm_jwt_conformance.harness.slurm_verdicts import is_slurm
from slurm_jwt_reports.run.case_words import ISSUERS_FAULT, culprit
from slurm_jwt_reports.stream.events import CaseText, Finding, Header, ImplementationText, KeyText, RuleText
from slurm_jwt_vectors import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slurm_jwt_conformance.adapters import Description, Participant
    from slurm_jwt_reports.stream.events import Cell, Kind
    from slurm_jwt_vectors.models import Case, IssuingCase, Key

MOST_TEXT = 4000
"""Characters of a decoded part that a report shows; vectors with more are about size, not content."""


_OF_CASES = ["id", "topic", "purpose", "sources", "key", "now", "any_time", "verdict", "rules", "why", "user"]
"""Members of a case that its text has too."""


def header(command: str, versions: dict[str, str], suite_cases: int = 0) -> Header:
    """Return the first event of a run that starts now."""
    return Header(
        suite=__version__,
        command=command,
        started=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        vectors_sha256=digest(),
        machine={
            "system": platform.platform(),
            "architecture": platform.machine(),
            "processors": str(os.cpu_count()),
        },
        versions=versions,
        suite_cases=suite_cases,
    )


def rule_texts() -> Iterator[RuleText]:
    """Return the catalogue, in its order."""
    for rule in RULES:
        yield RuleText(**{name: value for name, value in rule._asdict().items() if name != "edition"})


def key_texts(keys: Iterable[Key]) -> Iterator[KeyText]:
    """Return the keys by fingerprint, without their bytes."""
    for key in keys:
        yield KeyText(
            id=key.id,
            shape=key.shape,
            bytes=len(key.bytes),
            fingerprint=fingerprint(key.bytes),
            purpose=key.purpose,
        )


def case_text(case: Case, *, show_token: bool) -> CaseText:
    """Return one case. show_token: with its whole token."""
    token = case.token_bytes
    parts = token.split(b".")
    shared: dict[str, Any] = {name: getattr(case, name) for name in _OF_CASES}
    return CaseText(
        **shared,
        token_sha256=token_fingerprint(token),
        token_bytes=len(token),
        header_text=decoded(parts[0]),
        claims_text=decoded(parts[1]) if len(parts) > 2 else None,
        token=token.decode("utf-8", "backslashreplace") if show_token else None,
    )


def request_text(request: IssuingCase) -> CaseText:
    """Return one issuing case: valid means that a token is expected, invalid that a refusal is expected."""
    return CaseText(
        id=request.id,
        topic="issue",
        purpose=request.purpose,
        sources=request.sources,
        key=request.key,
        now=request.now,
        any_time=False,
        verdict=VERDICTS[request.expected],
        rules=request.rules,
        why=request.why,
        token_sha256="",
        token_bytes=0,
        claims_text=shortened(json.dumps(request.claims, ensure_ascii=False)),
    )


def shortened(text: str) -> str:
    """Cut a text that is about size, not content."""
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}... ({len(text):,} characters)"


def decoded(part: bytes) -> str | None:
    """Return what a base64url part says, for readers: cut when long, None when it does not decode."""
    try:
        raw = base64.b64decode(part.rstrip(b"=") + b"=" * (-len(part.rstrip(b"=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    text = raw[: MOST_TEXT + 1].decode("utf-8", "backslashreplace")
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}... ({len(raw):,} bytes)"


def implementation_text(name: str, description: Description, participant: Participant) -> ImplementationText:
    """Return what a participant says of itself, with its adapter's source."""
    configuration = name.partition(":")[2]
    slurm, command = is_slurm(name), choice.is_command(name)
    return ImplementationText(
        id=name,
        name=_name(name, description.library),
        kind=_kind(name),
        configuration="" if slurm or command else configuration,
        library=description.library,
        version=description.version,
        language=description.language,
        roles=description.roles,
        clock=description.clock,
        not_checked=description.not_checked,
        source=None if slurm else choice.source(name),
        basis=participant.basis,
    )


def absent_text(name: str, reason: str) -> ImplementationText:
    """Return the text of an implementation that could not take part."""
    return ImplementationText(
        id=name, name=_name(name, name), kind=_kind(name), status="not run", reason=reason
    )


def cell_finding(cell: Cell) -> Finding:
    """Return the difference that a failed cell is; a bad token is one for all who would read it."""
    if cell.outcome in ISSUERS_FAULT:
        text = f"{cell.outcome} under {cell.key}: {cell.reason or cell.error}"
    else:
        text = f"{cell.outcome} on a token of {cell.issuer} under {cell.key}: {cell.reason or cell.error}"
    return Finding(kind="new", implementation=culprit(cell), text=text)


def _kind(name: str) -> Kind:
    if is_slurm(name):
        return "slurm"
    if choice.is_command(name):
        return "command"
    return "reference" if name == "reference" else "library"


def _name(name: str, library: str) -> str:
    """Return the name for readers: the library's own, but a release and a command by their ids."""
    if is_slurm(name):
        return name.replace(":", " ")
    return library if _kind(name) == "library" else name
