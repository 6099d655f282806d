"""Times in another unit than seconds: which unit, and the line of an issuer that writes such a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIRST, LAST = 1_000_000_000, 12_000_000_000
"""Seconds since 1970 of 2001-09-09 and 2350-04-08: times of tokens lie between them."""

_SHORTEST = 30
"""Seconds of the shortest lifetime that is recognized."""

_LIMITS = {2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**63 + 1}
"""Numbers that issuers write for a token without an end."""


class Unit(NamedTuple):
    """A unit: its name, how many are a second, and the lines of issuers that write it."""

    name: str
    in_second: int
    lines: str


UNITS = (
    Unit(
        "milliseconds",
        1000,
        "Date.now() in JavaScript, UnixMilli() in Go, System.currentTimeMillis() in Java",
    ),
    Unit("microseconds", 10**6, "UnixMicro() in Go, time.time() * 1e6 in Python"),
    Unit("nanoseconds", 10**9, "UnixNano() in Go, time.time_ns() in Python"),
)

_FIX = "Write seconds since 1970: Math.floor(Date.now() / 1000), time.Now().Unix() or int(time.time())."


def diagnose(claims: Mapping[str, object] | None, now: int) -> Iterator[Diagnostic]:
    """Yield an error for each of exp, iat and nbf that is not in seconds, and one for a lifetime as exp."""
    for name in ("exp", "iat", "nbf"):
        value = (claims or {}).get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if abs(value) < 2**64 and value not in _LIMITS:
            yield from _of_value(name, value, (claims or {}).get("iat"), now)


def _of_value(name: str, value: float, iat: object, now: int) -> Iterator[Diagnostic]:
    unit = next((unit for unit in UNITS if _is_usual(value / unit.in_second)), None)
    if name == "exp" and _has_duration(value, iat):
        yield _duration(value, iat)
    elif unit is not None:
        yield _unit(name, value, unit)
    elif name == "exp" and _SHORTEST <= value < FIRST <= now:
        yield _lifetime(value)
    elif name == "exp" and _has_milliseconds(value, iat):
        yield _lifetime_in_milliseconds(value, iat)


def _is_usual(seconds: float) -> bool:
    return FIRST <= seconds < LAST


def _difference(exp: float, iat: object) -> int:
    """Return exp - iat if iat is a usual time in seconds, otherwise 0."""
    usual = type(iat) is int and _is_usual(iat)
    return int(exp) - iat if usual and isinstance(iat, int) else 0


def _has_duration(exp: float, iat: object) -> bool:
    """Return whether exp is iat plus whole seconds in nanoseconds."""
    length = _difference(exp, iat)
    return length >= 10**9 and length % 10**9 == 0


def _has_milliseconds(exp: float, iat: object) -> bool:
    """Return whether exp is iat plus whole minutes, up to a day, in milliseconds; whole days are seconds."""
    length = _difference(exp, iat)
    return length > 86_400 and length % 60_000 == 0 and length % 86_400 != 0 and length <= 86_400_000


def _unit(name: str, value: float, unit: Unit) -> Diagnostic:
    return _diagnostic(
        f"{name} is in {unit.name}.",
        f"{name} {value:.0f}, which is a usual time in {unit.name}",
        f"Slurm reads {name} as seconds. Such a time comes from {unit.lines}.",
    )


def _duration(value: float, iat: object) -> Diagnostic:
    length = _difference(value, iat) // 10**9
    return _diagnostic(
        f"The lifetime in exp is in nanoseconds: {length} seconds were meant.",
        f"exp {value:.0f}, which is iat plus {length} seconds in nanoseconds",
        "Slurm reads exp as seconds. A time.Duration of Go counts nanoseconds: int64(30 * time.Minute).",
        "In Go, write time.Now().Add(30 * time.Minute).Unix().",
    )


def _lifetime(value: float) -> Diagnostic:
    text = f"{value:.0f}"
    return _diagnostic(
        f"exp is a length of time, not a moment: {text} seconds after 1970 began.",
        f"exp {text}",
        "exp is the moment at which the token expires. The issuer wrote the lifetime alone, as "
        "setExpirationTime(1800) of jose does, or setExpirationTime(1800000) with milliseconds.",
        'Add the lifetime to the current time: int(time.time()) + 1800, or setExpirationTime("30m") of jose.',
    )


def _lifetime_in_milliseconds(value: float, iat: object) -> Diagnostic:
    length = _difference(value, iat)
    return _diagnostic(
        f"The lifetime in exp is probably in milliseconds: {length // 1000} seconds were meant.",
        f"exp {value:.0f}, which is iat plus {length}",
        "Slurm reads exp as seconds. expiresIn of jsonwebtoken and similar options count seconds, and the "
        "issuer gave milliseconds.",
        'Write the lifetime in seconds: expiresIn: 1800 or expiresIn: "30m".',
    ).replaced(level="warning")


def _diagnostic(message: str, found: str, cause: str, fix: str = _FIX) -> Diagnostic:
    return Diagnostic(
        id="time.unit",
        level="error",
        message=message,
        details=(("found", found), ("expected", "seconds since 1970")),
        cause=cause,
        fix=fix,
        source=("RFC 7519 2, NumericDate",),
    )
