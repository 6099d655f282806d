"""What a site's policy demands of tokens, for the page and for its recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.policy.policy import Policy


def claims(policy: Policy | None) -> dict[str, str]:
    """Return the claims that a recipe adds to keep a policy: the first issuer and audience that it allows.

    A claim that is demanded without a word on its value stands there as "...".
    """
    if policy is None:
        return {}
    found = {"iss": policy.issuers[0]} if policy.issuers else {}
    found |= {"aud": policy.audiences[0]} if policy.audiences else {}
    others = (name for name in policy.required_claims if name not in {"iat", "exp", "sun", *found})
    return found | dict.fromkeys(others, "...")


def sentences(policy: Policy | None) -> tuple[str, ...]:
    """Return what a policy demands besides the documented rules; slurmctld itself enforces none of it."""
    return tuple(_sentences(policy)) if policy else ()


def _sentences(policy: Policy) -> Iterator[str]:
    limits = ((policy.max_lifetime, "from iat to exp"), (policy.max_remaining, "from now to exp"))
    yield from (f"At most {limit} seconds {span}." for limit, span in limits if limit)
    for names, form in (
        (policy.issuers, "iss is one of {}."),
        (policy.audiences, "aud names one of {}."),
        (policy.required_claims, "These claims are there: {}."),
        (policy.required_header, "The header has {}."),
        (policy.allow, "sun fits one of {}."),
        (policy.deny, "sun fits none of {}."),
    ):
        if names:
            yield form.format(_listed(names))
    if not policy.privileged:
        yield "No token is for root or SlurmUser."


def _listed(names: tuple[str, ...]) -> str:
    shown = (one_line(name, 200).replace("`", "'") for name in names)
    return ", ".join(f"`{name}`" for name in shown)
