"""A JSON Schema of the claims of tokens for this cluster, and what such a schema cannot check.

It checks the documented rules as far as JSON Schema can. A test compares it with these rules on all vectors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.policy.policy import Policy

LARGEST = 2**53 - 1
END = r"(?![\s\S])"
"""The end of a string in every dialect: in Python and others, $ also matches before a final line end."""

POSIX_NAME = f"^[A-Za-z0-9._][A-Za-z0-9._-]*{END}"

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


def schema(policy: Policy | None = None) -> dict[str, Any]:
    """Return the schema of the documented rules, and of a policy if there is one."""
    claims: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Claims of a token for Slurm's auth/jwt",
        "description": "Seconds since 1970 are integers. Other claims are allowed; Slurm reads none of them.",
        "type": "object",
        "required": ["iat", "exp", "sun"],
        "properties": {
            "iat": _time("The time of issue."),
            "exp": _time("The time of expiry. For Slurm a token with a fraction here is expired."),
            "sun": {
                "description": "The user's name on slurmctld's host, in its exact case.",
                "type": "string",
                "minLength": 1,
                "pattern": POSIX_NAME,
            },
            "nbf": {"description": "Not read by Slurm.", "type": "number"},
            "iss": {"description": "Not read by Slurm.", "type": "string"},
            "sub": {"description": "Not read by Slurm.", "type": "string"},
            "jti": {"description": "Not read by Slurm.", "type": "string"},
            "aud": {
                "description": "Not read by Slurm; leave it out.",
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            },
        },
    }
    if policy is not None:
        _tighten(claims, policy)
    return claims


def _time(description: str) -> dict[str, Any]:
    return {"description": description, "type": "integer", "minimum": -LARGEST, "maximum": LARGEST}


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
