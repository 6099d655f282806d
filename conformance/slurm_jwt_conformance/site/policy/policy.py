"""A site's policy on top of the documented rules: lifetime, issuers, audiences, users, and what is waived.

A policy only forbids: what the documents or Slurm refuse stays refused, but for the rules that a waiver
names, for its reason and until its day. What cannot be told (no iat, no iss) is against the policy.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from slurm_jwt.strict.findings import shown
from slurm_jwt.strict.rules import LATER_RULES, RULES
from slurm_jwt_conformance.site.texts import beside
from slurm_jwt_conformance.site.users import mapping_texts
from slurm_jwt_reports.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LAST_SECOND = 253402300799
"""9999-12-31T23:59:59Z: beyond it there is no day to hold a waiver against."""

NEVER_WAIVED = ("key.empty", "signature.match")
"""Without these rules anyone can make tokens: a waiver of them would let forged tokens pass."""

OF_RUNS = ("issue.granted", "verify.valid")
"""What `slurm-jwt run --site` holds an issuer and a verifier against besides the documented rules."""


class Waiver(NamedTuple):
    """A rule that somebody decided to do without. expires: the last day on which it counts, ISO, in UTC."""

    rule: str
    reason: str
    by: str
    expires: str


class Policy(NamedTuple):
    """What a site demands; None and empty demand nothing. Lifetimes are in seconds.

    place: where it was read from, safe to print. allow, deny: globs of user names, in exact case. privileged:
    whether a token may be for root or SlurmUser; None: not stated, which only
    `check` allows. sha256: of the file, hex.
    """

    place: str
    max_lifetime: int | None = None
    max_remaining: int | None = None
    issuers: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    required_claims: tuple[str, ...] = ()
    required_header: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    privileged: bool | None = None
    waivers: tuple[Waiver, ...] = ()
    sha256: str = ""


def day(now: float) -> str:
    """Return the day of a moment (seconds since 1970), in UTC and ISO 8601."""
    return time.strftime("%Y-%m-%d", time.gmtime(min(max(now, 0), LAST_SECOND)))


def expired(waiver: Waiver, now: float) -> bool:
    """Whether a waiver's last day was over at this moment."""
    return waiver.expires < day(now)


@cache
def waivable() -> tuple[str, ...]:
    """Return the ids that a waiver may name."""
    rules = (rule.id for rule in (*RULES, *LATER_RULES))
    every = (*rules, *mapping_texts.texts(), *texts(), *OF_RUNS)
    return tuple(name for name in every if name not in NEVER_WAIVED)


def waivers_of(policy: Policy | None) -> tuple[Waiver, ...]:
    """Return the waivers of ids that may be waived; a policy that is built in code may hold others."""
    return tuple(one for one in policy.waivers if one.rule in waivable()) if policy else ()


def waived(policy: Policy, now: float) -> dict[str, Waiver]:
    """Return the waivers that count at this moment, by the id of their rule; of two the later one."""
    valid = sorted(
        (one for one in waivers_of(policy) if not expired(one, now)), key=lambda waiver: waiver.expires
    )
    return {waiver.rule: waiver for waiver in valid}


def diagnose(  # noqa: PLR0913, PLR0917 - all that a policy looks at
    policy: Policy,
    claims: Mapping[str, Any] | None,
    now: float,
    header: Mapping[str, Any] | None = None,
    user: str | None = None,
    privileged: bool | None = None,
) -> tuple[Diagnostic, ...]:
    """Return what of a token is against the policy, waived or not; nothing where it keeps all of it.

    claims, header: as `examine` decodes them, None where it cannot. user: whom Slurm takes it for, as
    mapping.of knows; None goes by sun. privileged: whether that is root or SlurmUser; None goes by the name.
    """
    if claims is None:
        text = "the token's claims cannot be read"
        return (_say(policy, "policy.unread", text, "claims that can be read"),)
    return (
        *_lifetime(policy, claims, now),
        *_parties(policy, claims),
        *_user(policy, claims.get("sun") if user is None else user, privileged),
        *_required(policy, claims, header or {}),
    )


class _Text(NamedTuple):
    """What a diagnostic says of every token. setting: the member of the policy that requires it."""

    title: str
    why: str
    fix: str
    setting: str = ""


@cache
def texts() -> dict[str, _Text]:
    """Return the texts of the diagnostics by id; a waiver may name an id as it names a rule."""
    return beside(__file__, _Text)


def requirements(policy: Policy) -> dict[str, str]:
    """Return what the policy requires, safe to print, by the id of the diagnostic."""
    texts: dict[str, str] = {}
    for name, members in _MEMBERS.items():
        values = {member: getattr(policy, member) for member in members}
        stated = {member: value for member, value in values.items() if value not in {None, ()}}
        if stated:
            texts[name] = "; ".join(f"{member} = {_value(value)}" for member, value in stated.items())
    return texts


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(shown(one) for one in value) + "]"
    return str(value).lower()


_MEMBERS = {
    "policy.lifetime": ("max_lifetime",),
    "policy.remaining": ("max_remaining",),
    "policy.issuer": ("issuers",),
    "policy.audience": ("audiences",),
    "policy.claim": ("required_claims",),
    "policy.header": ("required_header",),
    "policy.user": ("allow", "deny"),
    "policy.privileged": ("privileged",),
}
"""The members of a policy that each diagnostic is about."""


def _say(policy: Policy, name: str, found: str, expected: str) -> Diagnostic:
    text = texts()[name]
    source = f"{policy.place}: {text.setting}" if text.setting else policy.place
    return Diagnostic(
        id=name,
        level="error",
        message=text.title,
        cause=text.why,
        fix=text.fix,
        source=(source,),
        details=(("found", found), ("expected", expected)),
    )


def _lifetime(policy: Policy, claims: Mapping[str, Any], now: float) -> Iterator[Diagnostic]:
    issued, ends = _number(claims.get("iat")), _number(claims.get("exp"))
    if policy.max_lifetime is not None:
        expected = f"exp at most {policy.max_lifetime:,} seconds after iat"
        if issued is None or ends is None:
            lacking = " and ".join(name for name in ("iat", "exp") if _number(claims.get(name)) is None)
            yield _say(policy, "policy.lifetime", f"no number in {lacking}", expected)
        elif _difference(ends, issued) > policy.max_lifetime:
            yield _say(policy, "policy.lifetime", _seconds(_difference(ends, issued)), expected)
    if policy.max_remaining is not None:
        expected = f"exp at most {policy.max_remaining:,} seconds from now"
        if ends is None:
            yield _say(policy, "policy.remaining", "no number in exp", expected)
        elif _difference(ends, now) > policy.max_remaining:
            yield _say(policy, "policy.remaining", f"{_seconds(_difference(ends, now))} from now", expected)


def _number(value: object) -> float | None:
    return value if type(value) is int or type(value) is float else None  # bool is a subclass of int


def _difference(later: float, earlier: float) -> float:
    try:
        return later - earlier
    except OverflowError:  # an integer beyond every float, beside a float
        return float("inf") if later > earlier else float("-inf")


def _seconds(value: float) -> str:
    if abs(value) >= 10**15:
        return "over 30 million years"
    days = f" ({value / 86400:,.1f} days)" if value >= 172800 else ""
    return f"{value:,} seconds{days}"


def _parties(policy: Policy, claims: Mapping[str, Any]) -> Iterator[Diagnostic]:
    if policy.issuers and claims.get("iss") not in policy.issuers:
        found = f"iss is {shown(claims['iss'])}" if "iss" in claims else "no iss"
        yield _say(policy, "policy.issuer", found, _one_of("iss", policy.issuers))
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if policy.audiences and not any(one in policy.audiences for one in named if isinstance(one, str)):
        found = f"aud is {shown(audience)}" if "aud" in claims else "no aud"
        yield _say(policy, "policy.audience", found, _one_of("aud", policy.audiences))


def _one_of(claim: str, names: tuple[str, ...]) -> str:
    shortened = ", ".join(shown(name) for name in names[:5]) + (", ..." if len(names) > 5 else "")
    return f"{claim} as {shortened}" if len(names) == 1 else f"{claim} as one of {shortened}"


def _user(policy: Policy, said: object, privileged: bool | None) -> Iterator[Diagnostic]:
    name = said if isinstance(said, str) else None
    refused = _refused(policy, name)
    if refused is not None:
        found = "no name of a user" if name is None else shown(name)
        yield _say(policy, "policy.user", found, refused)
    is_privileged = name == "root" if privileged is None else privileged
    if is_privileged and policy.privileged is False:
        yield _say(policy, "policy.privileged", shown(name), "an ordinary account")


def _refused(policy: Policy, name: str | None) -> str | None:
    """Return what the policy would have instead of this user, None if it takes him."""
    from fnmatch import fnmatchcase

    if name is None:
        return "a user's name" if policy.allow or policy.deny else None
    if any(fnmatchcase(name, pattern) for pattern in policy.deny):
        return f"no user of {_shortly(policy.deny)}"
    if policy.allow and not any(fnmatchcase(name, pattern) for pattern in policy.allow):
        return f"a user of {_shortly(policy.allow)}"
    return None


def _shortly(patterns: tuple[str, ...]) -> str:
    return ", ".join(shown(pattern) for pattern in patterns[:5]) + (", ..." if len(patterns) > 5 else "")


def _required(policy: Policy, claims: Mapping[str, Any], header: Mapping[str, Any]) -> Iterator[Diagnostic]:
    for name_of_text, kind, names, part in (
        ("policy.claim", "the claim", policy.required_claims, claims),
        ("policy.header", "the header parameter", policy.required_header, header),
    ):
        for name in names:
            value = part.get(name)
            if value is None or not str(value):
                plain = shown(name)[1:-1]
                yield _say(
                    policy,
                    name_of_text,
                    f"{plain} is empty" if name in part else f"no {plain}",
                    f"{kind} {plain}",
                )
