"""What slurmrestd answers: its description of itself, and whether slurmctld took a token."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from slurm_jwt_conformance.site.probe.answer import Said
from slurm_jwt_reports.redaction import log_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.probe.web import Came

_DIAG = re.compile(r"/slurm/v(\d{1,4})\.(\d{1,4})\.(\d{1,4})/diag/?")
_RELEASE = re.compile(r"\d{2}\.\d{2}\.\d{1,3}")
_REFUSED = re.compile(
    r"Protocol authentication error|Authentication credential expired|Invalid authentication credential"
    r"|Zero Bytes were transmitted|Unspecified error"
)
_AWAY = re.compile(r"Unable to contact|connect failure|Connection refused|timed out", re.IGNORECASE)
HEADERS_REFUSED = "slurmrestd refuses the headers; slurmctld did not see the token"
WITHOUT_JWT = (
    "slurmrestd refuses every way of sending: it was started without SLURM_JWT=daemon"
    " (log: Rejecting thread config token) or without rest_auth/jwt"
)
"""For a 401 to the headers of every release: a slurmrestd with auth/jwt passes any value in them on."""


class Description(NamedTuple):
    """What the OpenAPI document tells. diag: the path to ask, of the newest version. release: may be ""."""

    diag: str
    versions: tuple[str, ...]
    release: str


def description(came: Came) -> Description | None:
    """Read the OpenAPI document; None if it is none, or offers no diag of slurmctld's."""
    document = _object(came.body)
    paths = document.get("paths")
    if came.status != 200 or not isinstance(paths, dict):
        return None
    found = sorted(
        (tuple(map(int, match.groups())), path)
        for path in paths
        if isinstance(path, str) and (match := _DIAG.fullmatch(path))
    )
    if not found:
        return None
    versions = tuple(f"v{'.'.join(map(str, version))}" for version, _ in found)
    return Description(found[-1][1], tuple(dict.fromkeys(versions)), _described_release(document))


def _described_release(document: dict[str, Any]) -> str:
    """Return the release that the document names: since 23.11 or so in its version, in 26.05 apart, too."""
    found = (
        _RELEASE.search(str(document.get("info", {}).get("version", ""))[:200]) if _info(document) else None
    )
    return found[0] if found else ""


def _info(document: dict[str, Any]) -> bool:
    return isinstance(document.get("info"), dict)


def release(body: bytes) -> str:
    """Return the release that an answer's meta member names, "" if it names none (v0.0.35 does not)."""
    meta = _object(body).get("meta")
    if not isinstance(meta, dict):
        return ""
    slurm = meta.get("slurm", meta.get("Slurm"))
    told = slurm.get("release") if isinstance(slurm, dict) else None
    found = _RELEASE.fullmatch(told) if isinstance(told, str) else None
    return found[0] if found else ""


def said(came: Came) -> Said:
    """Tell from the answer to GET diag whether slurmctld took the token.

    Only slurmctld's statistics are an acceptance: an answer 200 alone is none.
    """
    if came.status is None:
        return Said("no answer", came.why)
    words = _words(came)
    if 300 <= came.status < 400:
        return Said("no answer", f"answer {came.status}: it sends elsewhere, and the token does not follow")
    if came.status == 401:
        return Said("refused", f"answer 401: {HEADERS_REFUSED}: {words}")
    document = _object(came.body)
    if came.status == 200 and isinstance(document.get("statistics"), dict) and not document.get("errors"):
        return Said("accepted")
    refused = came.status in {500, 511} and _REFUSED.search(words) and not _AWAY.search(words)
    return Said("refused" if refused else "no answer", f"answer {came.status}: {words}")


def _words(came: Came) -> str:
    """Return what an answer says for people: its errors' texts, else its beginning."""
    errors = _object(came.body).get("errors")
    texts = []
    for error in errors[:5] if isinstance(errors, list) else []:
        members = error.values() if isinstance(error, dict) else [error]
        texts += [str(each)[:500] for each in members if isinstance(each, str | int) and each]
    return log_line("; ".join(texts) if texts else came.body[:400].decode("utf-8", "backslashreplace"))


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
