"""The claims of an accepted token."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FIELDS = ("exp", "iat", "iss", "jti", "nbf", "sun")


class Claims(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    repr_omit_defaults=True,
    gc=False,
):
    """What an accepted token says; it cannot be changed.

    sun: the Slurm user name. exp, iat: seconds since 1970-01-01T00:00:00Z. iss,
    jti, nbf: as RFC 7519 4.1 defines them, None where the token lacks them.
    `others` has every claim but sun, exp and iat.
    """

    # The order and the omission of None make the JSON of a Claims what the usual issuers write:
    # the verifier relies on it. `_further` holds what has no field; its type is one that no
    # JSON fills, so that a claim of that name is an unknown one like any other.
    exp: int
    iat: int
    iss: str | None = None
    jti: str | None = None
    nbf: int | float | None = None
    sun: str
    _further: MappingProxyType[str, Any] | None = None

    @property
    def others(self) -> Mapping[str, Any]:
        """All claims but sun, exp and iat, read-only: objects are mappings, arrays are tuples."""
        others = self._all()
        for name in ("exp", "iat", "sun"):
            del others[name]
        return MappingProxyType({name: _frozen(value) for name, value in others.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return all claims as fresh JSON data: dicts, lists, strings, numbers, booleans, None."""
        return {name: _copied(value) for name, value in self._all().items()}

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], Claims], tuple[dict[str, Any]]]:
        return claims_of, (self.to_dict(),)  # for pickle and copy: a read-only mapping has no pickle

    def _all(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in _FIELDS}
        given = {name: value for name, value in fields.items() if value is not None}
        return given if self._further is None else {**given, **self._further}


def claims_of(members: Mapping[str, Any]) -> Claims:
    """Make the claims of a decoded object that breaks no rule."""
    further = dict(members)
    take = further.pop
    return Claims(
        exp=take("exp"),
        iat=take("iat"),
        iss=take("iss", None),
        jti=take("jti", None),
        nbf=take("nbf", None),
        sun=take("sun"),
        _further=MappingProxyType(further) if further else None,
    )


def _frozen(value: object) -> object:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(member) for name, member in value.items()})
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return value


def _copied(value: object) -> object:
    if isinstance(value, dict):
        return {name: _copied(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_copied(entry) for entry in value]
    return value
