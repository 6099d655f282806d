"""A probe's result as JSON, as schema/probe.schema.json describes it; neither token nor key is in it."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from slurm_jwt_conformance import __version__
from slurm_jwt_conformance.site.explain import explain
from slurm_jwt_reports.redaction import clip, visible

if TYPE_CHECKING:
    from collections.abc import Collection

    from slurm_jwt_conformance.site.probe.answer import Place
    from slurm_jwt_conformance.site.probe.probe import Probed
    from slurm_jwt_conformance.site.probe.verdict import Verdict

FORMAT = 1


def document(
    probed: Probed, verdict: Verdict, token: bytes, waived: Collection[str] = ()
) -> dict[str, object]:
    """Return the whole result."""
    wanted = probed.expected
    return {
        "format": FORMAT,
        "tool": f"slurm-jwt-conformance {__version__}",
        "verdict": verdict.word,
        "sentence": verdict.sentence,
        "exit_code": verdict.exit_code,
        "began": _moment(probed.began),
        "seconds": round(max(0.0, probed.ended - probed.began), 3),
        "token": {
            "bytes": len(token),
            "sha256": hashlib.sha256(token).hexdigest(),
            "claim": None if wanted.claim is None else _shown(wanted.claim),
            "name": None if wanted.name is None else _shown(wanted.name),
        },
        "expected": {"uid": wanted.uid, "source": wanted.source},
        "waived": sorted(waived),
        "places": [_place(place) for place in probed.places],
        "not_asked": [{"what": each.what, "why": each.why} for each in probed.not_asked],
    }


def _place(place: Place) -> dict[str, object]:
    told = place.comparison
    identity = place.identity
    return {
        "daemon": place.daemon,
        "route": place.route,
        "state": place.state,
        "words": place.words or None,
        "release": place.release or None,
        "release_from": place.release_from or None,
        "identity": None
        if identity is None
        else identity._asdict() | {"name": None if identity.name is None else _shown(identity.name)},
        "control": place.control,
        "model": {
            "agreement": told.agreement,
            "release": told.release or None,
            "basis": told.basis or None,
            "accepted": told.accepted,
            "uid": told.uid,
            "log": told.log,
            "why": told.why,
        },
        "explained": _explained(place),
        "log_file": place.log or None,
        "requests": place.requests,
        "asked": _moment(place.asked),
    }


def _explained(place: Place) -> list[dict[str, object]]:
    series = ".".join(place.release.split(".")[:2]) or None
    if place.state == "accepted":
        return []
    return [
        {"id": one.message.id, "means": one.means, "causes": [cause.text for cause in one.causes]}
        for one in explain(place.words, series)
    ]


def _shown(text: str) -> str:
    return clip(visible(text), 256)


def _moment(when: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
