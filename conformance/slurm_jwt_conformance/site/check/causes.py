"""What is behind a finding now and then, where the token itself hints at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.check.times import span
from slurm_jwt_reports.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.check.times import Times

_HOUR = 3600
_MOST_HOURS = 14
"""No time zone is farther from UTC."""

_SLACK = 120
"""Seconds that a token takes from its issuer to here."""


def diagnose(token: bytes, times: Times) -> Iterator[Diagnostic]:
    """Yield what the token hints at."""
    if token.endswith(b".") and token.count(b".") == 2:
        yield _unsigned()
    if times.age is not None and times.left is not None and _is_a_zone(times.age, times.left):
        yield _zone(times.age)


def _is_a_zone(age: int, left: int) -> bool:
    """Tell whether a token that is over, or is still to come, lies whole hours from the clock."""
    hours = round(abs(age) / _HOUR)
    wrong = left <= 0 or age < 0
    return wrong and 1 <= hours <= _MOST_HOURS and abs(abs(age) - hours * _HOUR) <= _SLACK


def _zone(age: int) -> Diagnostic:
    return Diagnostic(
        id="time.zone",
        level="note",
        message="The token's times may be those of a time zone.",
        details=(
            (
                "found",
                f"iat is {span(round(age / _HOUR) * _HOUR)} {'before' if age > 0 else 'after'} this clock",
            ),
            ("expected", "seconds since 1970, which are the same in every time zone"),
        ),
        cause="The issuer probably uses its local time as UTC, as a naive datetime in Python does.",
        fix="In the issuer, take int(time.time()), or datetime.now(timezone.utc); if the token is just old,"
        " fetch another.",
        source=("RFC 7519 2, NumericDate", "PyJWT 2.15.1, tried"),
    )


def _unsigned() -> Diagnostic:
    return Diagnostic(
        id="signature.none",
        level="note",
        message="The token was never signed: nothing follows its second dot.",
        details=(("found", "an empty signature"), ("expected", "43 characters of base64url")),
        cause="slurmctld itself issues such tokens where its OpenSSL is held to FIPS and finds no FIPS"
        " provider, or a key that is too short for it; then it refuses every token. Else it was cut off.",
        fix="If scontrol token made it: slurm-jwt doctor and openssl list -providers on slurmctld's host.",
        source=("asked of slurmctld 22.05, 24.11 and 26.05",),
    )
