"""An answer as JSON: schema/check.schema.json is its form. Fingerprints, never the token or the key."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from slurm_jwt.strict.keys import describe, token_fingerprint
from slurm_jwt_conformance.site.check import items, judged, times, words
from slurm_jwt_conformance.site.check.answer import passes, reasons
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.items import Item
    from slurm_jwt_conformance.site.policy.policy import Waiver

FORMAT = 1
_TOKEN_INSIDE = re.compile(r"(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.)[A-Za-z0-9_-]+")


def render(made: Answer) -> str:
    """Return the JSON text."""
    return json.dumps(as_json(made), indent=2) + "\n"


def as_json(made: Answer) -> dict[str, Any]:
    """Return the answer's members."""
    done = made.done
    return {
        "format": FORMAT,
        "verdict": done.result.verdict,
        "passes": passes(made),
        "reasons": list(reasons(made)),
        "judge": made.question.judge,
        "now": done.now,
        "place": made.place,
        "token_sha256": token_fingerprint(done.token),
        "token_bytes": len(done.token),
        "key_fingerprint": None if done.key is None else describe(done.key).fingerprint,
        "findings": [_finding(each) for each in items.items(made) if each.is_rule],
        "remarks": [_remark(each) for each in items.items(made) if not each.is_rule],
        "not_checked": list(done.result.not_checked),
        "header": _shown(done.result.header),
        "claims": _shown(done.result.claims),
        "times": times.of(done.result.claims, done.now)._asdict(),
        "users": _users(made),
        "slurm": judged.slurm_json(done),
        "site": _site(made),
        "policy": _policy(made),
        "notes": list(words.notes(made)),
    }


def _finding(item: Item) -> dict[str, Any]:
    said: dict[str, Any] = {
        "rule": item.id,
        "severity": item.level,
        "found": item.found,
        "expected": item.expected,
        "why": item.why,
        "releases": item.releases,
        "sources": list(item.sources),
        "hint": item.do,
        "position": _position(item),
        "waiver": _waiver(item.waiver),
    }
    return said | ({"signed_with": list(item.fits)} if item.id == "signature.match" else {})


def _position(item: Item) -> dict[str, Any] | None:
    """Return where it is: characters of the decoded header or claims, or a byte of the whole token."""
    if item.offset is not None:
        return {"part": "token", "start": item.offset, "end": item.offset + 1}
    if item.place is None or item.place.start == item.place.end:
        return None
    return {"part": item.place.part, "start": item.place.start, "end": item.place.end}


def _remark(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "severity": item.level,
        "title": item.title,
        "found": item.found,
        "expected": item.expected,
        "why": item.why,
        "hint": item.do,
        "sources": list(item.sources),
        "waiver": _waiver(item.waiver),
    }


def _waiver(one: Waiver | None) -> dict[str, str] | None:
    return None if one is None else {"reason": one.reason, "by": one.by, "expires": one.expires}


def _users(made: Answer) -> list[dict[str, Any]]:
    if not made.mappings:
        return []
    from slurm_jwt_conformance.site.users import mapping

    return [mapping.as_json(each) | {"sentence": mapping.sentence(each)} for each in made.mappings]


def _site(made: Answer) -> dict[str, Any]:
    found = made.question.found
    cluster = found.value("ClusterName")
    return {
        "conf": None
        if found.conf is None
        else {
            "path": one_line(found.conf.path),
            "source": found.conf.source,
            "sha256": found.conf.sha256,
            "cluster": None if cluster is None else one_line(cluster, 80),
        },
        "key": _key(made),
        "slurm": None
        if found.installed is None
        else {
            "version": one_line(found.installed.slurm, 40),
            "libjwt": one_line(found.installed.libjwt, 40),
            "source": one_line(found.installed.source, 200),
        },
        "users": made.question.users.source,
        "slurm_user": one_line(found.slurm_user, 80),
    }


def _key(made: Answer) -> dict[str, Any] | None:
    key = made.question.found.key
    if key is None:
        return None
    said = {"path": key.path, "source": key.source, "trouble": key.problem or None}
    if key.content is None:
        return said | {"bytes": None, "shape": None, "fingerprint": None}
    facts = describe(key.content)
    return said | {"bytes": facts.length, "shape": facts.shape, "fingerprint": facts.fingerprint}


def _policy(made: Answer) -> dict[str, Any] | None:
    policy = made.question.policy
    return None if policy is None else {"path": policy.place, "waived": sorted(made.waived)}


def _shown(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Spell out numbers that overflow (JSON has no infinity), and hide the signature of a token inside."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} (overflows)"
    if isinstance(value, str):
        return _TOKEN_INSIDE.sub(r"\1(signature not shown)", value)
    if isinstance(value, dict):
        return {_shown(name): _shown(member) for name, member in value.items()}
    return [_shown(member) for member in value] if isinstance(value, list) else value
