"""The waivers of a policy that count: of ids that may be waived, until their last day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.policy import form
from slurm_jwt_conformance.site.policy.policy import expired

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.policy.policy import Policy, Waiver


def waivers_of(policy: Policy | None) -> tuple[Waiver, ...]:
    """Return the waivers of ids that may be waived; a policy that is built in code may hold others."""
    return tuple(one for one in policy.waivers if one.rule in form.waivable()) if policy else ()


def waived(policy: Policy, now: float) -> dict[str, Waiver]:
    """Return the waivers that count at this moment, by the id of their rule; of two the later one."""
    valid = sorted(
        (one for one in waivers_of(policy) if not expired(one, now)), key=lambda waiver: waiver.expires
    )
    return {waiver.rule: waiver for waiver in valid}
