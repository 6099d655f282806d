"""A JSON Schema of the claims of tokens for this cluster, and what such a schema cannot say.

It holds the documented rules as far as JSON Schema can; a test compares it with them on all vectors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.policy.policy import Policy

LARGEST = 2**53 - 1
END = r"(?![\s\S])"
"""The end of a text in every dialect: $ also fits before a last line end in Python's and others'."""

POSIX_NAME = f"^[A-Za-z0-9._][A-Za-z0-9._-]*{END}"

SAYS = (
    "claims.object",
    "claims.types",
    "aud.form",
    "sun.required",
    "sun.string",
    "sun.empty",
    "sun.posix",
    "iat.required",
    "iat.number",
    "iat.integer",
    "exp.required",
    "exp.number",
    "exp.integer",
    "nbf.number",
)
"""The documented rules that the schema holds."""

CANNOT_SAY = (
    "whether exp is still to come, and iat past: it knows no clock",
    "how long a token lives: it cannot subtract iat from exp",
    (
        "whether a number was written as 1893456000 or as 1893456000.0 or 1.8e9: Slurm takes the latter two"
        " for expired, and to JSON Schema all three are integers"
    ),
    "whether a name stands twice in the claims: parsers keep one of them",
    "whether the user exists on slurmctld's host, or the name is a number's text there",
    "the header (alg, typ), the signature, the encoding and the length of the token",
)
"""What is left to `slurm-jwt check`."""


def schema(policy: Policy | None = None) -> dict[str, Any]:
    """Return the schema, as tight as a policy makes it; without one it holds the documents alone."""
    made: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Claims of a token for Slurm's auth/jwt",
        "description": "Seconds since 1970 are integers. Other claims may stand beside these; Slurm reads"
        " none of them.",
        "type": "object",
        "required": ["iat", "exp", "sun"],
        "properties": {
            "iat": _time("When the token was made."),
            "exp": _time("When it ends; Slurm takes a fraction for an expired token."),
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
        _tighten(made, policy)
    return made


def _time(description: str) -> dict[str, Any]:
    return {"description": description, "type": "integer", "minimum": -LARGEST, "maximum": LARGEST}


def _tighten(made: dict[str, Any], policy: Policy) -> None:
    """Add what a site's policy demands of claims."""
    required = [*made["required"], *policy.required_claims]
    if policy.issuers:
        required.append("iss")
        made["properties"]["iss"]["enum"] = list(policy.issuers)
    if policy.audiences:
        required.append("aud")
        made["properties"]["aud"] = _audience(policy.audiences)
    made["required"] = list(dict.fromkeys(required))
    users: list[dict[str, Any]] = [{"pattern": _any_of(policy.allow)}] if policy.allow else []
    users += [{"not": {"pattern": _any_of(policy.deny)}}] if policy.deny else []
    users += [] if policy.privileged else [{"not": {"const": "root"}}]
    if users:
        made["properties"]["sun"]["allOf"] = users


def _any_of(globs: tuple[str, ...]) -> str:
    """Return a pattern for names that one of these globs fits, as fnmatch reads them."""
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
        "description": "Not read by Slurm; demanded by this site's policy.",
        "anyOf": [allowed, {"type": "array", "items": {"type": "string"}, "contains": allowed}],
    }
