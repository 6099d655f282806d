"""A JSON Schema of the claims of tokens for this cluster (claims_schema.json), and what it cannot check.

It checks the documented rules as far as JSON Schema can. A test compares it with these rules on all vectors.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.policy.policy import Policy

END = r"(?![\s\S])"
"""The end of a string in every dialect: in Python and others, $ also matches before a final line end."""

NOT_CHECKED = (
    "whether exp is in the future and iat in the past: a schema has no clock",
    "how long a token lives: a schema cannot subtract iat from exp",
    (
        "whether a number is written as 1893456000, 1893456000.0 or 1.8e9: for Slurm the last two are"
        " expired, for JSON Schema all three are integers"
    ),
    "whether a claim occurs twice: parsers keep one of the two",
    "whether the user exists on slurmctld's host, and whether slurmctld reads the name as a number",
    "the header (alg, typ), the signature, the encoding and the length of the token",
)
"""What only `slurm-jwt check` checks."""


def schema(policy: Policy | None = None, field: str = "") -> dict[str, Any]:
    """Return the schema of the documented rules, and of a policy if there is one.

    field: the claim that userclaimfield= names; it may name the user in place of sun.
    """
    claims: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_bytes())
    if policy is not None:
        _tighten(claims, policy)
    if field and field not in claims["properties"]:
        claims["properties"][field] = {"type": "string", "minLength": 1}
        claims["required"] = [name for name in claims["required"] if name != "sun"]
        claims["anyOf"] = [{"required": ["sun"]}, {"required": [field]}]
    return claims


def _tighten(claims: dict[str, Any], policy: Policy) -> None:
    """Add what a site's policy requires of claims."""
    required = [*claims["required"], *policy.required_claims]
    if policy.issuers:
        required.append("iss")
        claims["properties"]["iss"]["enum"] = list(policy.issuers)
    if policy.audiences:
        required.append("aud")
        claims["properties"]["aud"] = _audience(policy.audiences)
    claims["required"] = list(dict.fromkeys(required))
    users: list[dict[str, Any]] = [{"pattern": _any_of(policy.allow)}] if policy.allow else []
    users += [{"not": {"pattern": _any_of(policy.deny)}}] if policy.deny else []
    users += [] if policy.privileged is not False else [{"not": {"const": "root"}}]
    if users:
        claims["properties"]["sun"]["allOf"] = users


def _any_of(globs: tuple[str, ...]) -> str:
    """Return a pattern for the names that match one of these globs, by the rules of fnmatch."""
    return f"^(?:{'|'.join(_pattern(glob) for glob in globs)}){END}"


def _pattern(glob: str) -> str:
    pieces = re.findall(r"\[!?\]?[^\]]*\]|.", glob, re.DOTALL)
    return "".join(_piece(piece) for piece in pieces)


def _piece(piece: str) -> str:
    if len(piece) > 1:
        inside = piece[1:-1].replace("\\", "\\\\")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return {"*": r"[\s\S]*", "?": r"[\s\S]"}.get(piece, re.escape(piece))


def _audience(audiences: tuple[str, ...]) -> dict[str, Any]:
    allowed = {"enum": list(audiences)}
    return {
        "description": "Not read by Slurm; required by this site's policy.",
        "anyOf": [allowed, {"type": "array", "items": {"type": "string"}, "contains": allowed}],
    }
