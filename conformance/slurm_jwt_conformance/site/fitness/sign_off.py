"""The outcome to sign, for the page and for `gate`: `check`'s own, and nothing risky without an acceptance.

Tokens of root or SlurmUser, and tokens that are valid for more than 24 hours, pass `check` with a warning. A
sign-off is undetermined until the policy states that the site accepts them, or a waiver does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_conformance.site.check import document
from slurm_jwt_conformance.site.check.answer import long_lived
from slurm_jwt_conformance.site.users import names
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.policy.policy import Policy, Waiver

PRIVILEGED = ("user.root", "user.slurm-user")
LIFETIME = "token.lifetime"

_RISKS = {
    "user.root": ("the token is for root", "users.privileged = true"),
    "user.slurm-user": ("the token is for SlurmUser", "users.privileged = true"),
    LIFETIME: ("the token is valid for more than 24 hours", "token.max_lifetime"),
}
"""What needs an acceptance, and the setting of a policy that is one."""


def outcome(answer: Answer) -> Outcome:
    """Return the outcome to sign: undetermined for a pass without the user or without an acceptance."""
    if answer.outcome.verdict != "pass":
        return answer.outcome
    reasons = tuple(_reasons(answer))
    return Outcome("undetermined", reasons) if reasons else answer.outcome


def _reasons(answer: Answer) -> Iterator[str]:
    if answer.question.target is not None and answer.question.user_excluded:
        yield f"{document.USER_NOT_CHECKED} (--passwd none)"
    yield from unaccepted(risks(answer), answer.question.policy, answer.waived)


def unaccepted(found: Iterable[str], policy: Policy | None, waivers: Mapping[str, Waiver]) -> Iterator[str]:
    """Yield the risks that the site does not accept. waivers: those that have not expired, by id."""
    for risk in found:
        if not acceptance(risk, policy, waivers):
            what, setting = _RISKS[risk]
            yield f"{what}, and neither the policy ({setting}) nor a waiver of {risk} accepts that"


def accepted(found: Iterable[str], policy: Policy | None, waivers: Mapping[str, Waiver]) -> Iterator[str]:
    """Yield the risks that the site accepts, each with the policy's setting or the waiver."""
    for risk in found:
        text = acceptance(risk, policy, waivers)
        if text:
            yield f"{_RISKS[risk][0]}: accepted by {text}"


def risks_of(claims: Mapping[str, object], now: int, slurm_user: str | None) -> Iterator[str]:
    """Yield the risks of a token that no release was asked about."""
    name = claims.get("sun")
    if name == "root":
        yield "user.root"
    elif isinstance(name, str) and name == slurm_user:
        yield "user.slurm-user"
    if any(long_lived(claims, now)):
        yield LIFETIME


def risks(answer: Answer) -> tuple[str, ...]:
    """Return the ids of what needs an acceptance."""
    ids = {each.id for each in answer.diagnostics} | set(_by_name(answer))
    return tuple(risk for risk in _RISKS if risk in ids)


def _by_name(answer: Answer) -> Iterator[str]:
    """Yield who a token is for by its name in sun, where no release was asked (--judge rules)."""
    name = (answer.checked.examination.claims or {}).get("sun")
    if answer.mappings or not isinstance(name, str):
        return
    if name == "root" or (names.is_number(name) and int(name) == 0):
        yield "user.root"
    elif name == answer.question.found.slurm_user:
        yield "user.slurm-user"


def acceptance(risk: str, policy: Policy | None, waivers: Mapping[str, Waiver]) -> str:
    """Return what accepts this risk, safe to print; "" if nothing does."""
    if policy is None:
        return ""
    waiver = waivers.get(risk)
    if waiver is not None:
        return f"a waiver until {waiver.expires} by {one_line(waiver.by, 80)}: {one_line(waiver.reason, 200)}"
    stated = policy.privileged if risk in PRIVILEGED else policy.max_lifetime is not None
    return f"the policy ({_RISKS[risk][1]})" if stated else ""
