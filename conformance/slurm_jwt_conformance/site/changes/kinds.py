"""The kinds of token whose verdict differs between releases, with advice for an administrator.

A case belongs to the first kind that fits. A case that fits none gets a kind made of its topic and purpose,
so that no recorded difference is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import examine
from slurm_jwt_conformance.site import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_vectors.models import Case


class Kind(NamedTuple):
    """A kind of token: the texts of kinds.toml, and its id."""

    what: str
    why: str
    refused: str
    accepted: str = "No action is needed."
    other: str = ""
    id: str = ""


_KINDS = {name: kind._replace(id=name) for name, kind in texts.beside(__file__, Kind).items()}
EVERY = _KINDS["every-token"]
"""The kind of all tokens at once."""


def _header(case: Case, name: str) -> object:
    header = examine(case.token_bytes).header
    return header.get(name) if isinstance(header, dict) else None


def _alg(case: Case) -> str:
    alg = _header(case, "alg")
    return alg if isinstance(alg, str) else ""


def _user_in_username(case: Case) -> bool:
    claims = examine(case.token_bytes).claims
    return isinstance(claims, dict) and not isinstance(claims.get("sun"), str) and "username" in claims


_FITS: dict[str, Callable[[Case], bool]] = {
    "typ": lambda case: case.topic == "typ",
    "alg-hmac": lambda case: case.topic == "alg" and _alg(case).upper() in {"HS384", "HS512"},
    "alg-case": lambda case: case.topic == "alg" and _alg(case) != "HS256" and _alg(case).upper() == "HS256",
    "username": _user_in_username,
    "sun-number": lambda case: case.topic == "sun-number",
    "sun-nobody": lambda case: case.id == "sun.nobody",
    "base64-foreign": lambda case: case.topic in {"base64url", "serialization"},
    "header-depth": lambda case: case.topic == "header-json" and ".depth-" in case.id,
}


def kind_of(case: Case) -> Kind:
    """Return the kind of a case: the first that fits, otherwise one made of its topic."""
    if name := next((name for name, fits in _FITS.items() if fits(case)), None):
        return _KINDS[name]
    show = f"`slurm-jwt vectors show {case.id}` prints one."
    refused = f"First check whether one of your issuers makes such tokens. {show}"
    return Kind(f"A token as in {case.id}", case.purpose, refused, show, show, f"topic-{case.topic}")
