"""What a site's policy requires of tokens, for the guide and for its recipes."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Iterator

from slurm_jwt_conformance.site.contract.recipes import LIFESPAN
from slurm_jwt_conformance.site.policy.policy import Policy
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.schema import Strict


class Lifetime(Strict, frozen=True):
    """Seconds that tokens live. recipes: for the recipes. at_most: the limit, or null. source: its origin."""

    recipes: int
    at_most: int | None
    source: str


def lifetime(policy: Policy | None, max_lifespan: int | None) -> Lifetime:
    """Return how long tokens may live: by the policy, otherwise by max_token_lifespan of slurm.conf."""
    limits = [limit for limit in (policy.max_lifetime, policy.max_remaining) if limit] if policy else []
    if limits:
        most, source = min(limits), "the site's policy"
    elif max_lifespan:
        most, source = max_lifespan, "max_token_lifespan in slurm.conf"
    else:
        return Lifetime(recipes=LIFESPAN, at_most=None, source="")
    return Lifetime(recipes=min(LIFESPAN, most), at_most=most, source=source)


def claims(policy: Policy | None) -> dict[str, str]:
    """Return the claims that a recipe adds for a policy: the first issuer and the first audience it allows.

    The value of another required claim is "...".
    """
    if policy is None:
        return {}
    added = {"iss": policy.issuers[0]} if policy.issuers else {}
    added |= {"aud": policy.audiences[0]} if policy.audiences else {}
    others = (name for name in policy.required_claims if name not in {"iat", "exp", "sun", *added})
    return added | dict.fromkeys(others, "...")


def sentences(policy: Policy | None) -> tuple[str, ...]:
    """Return what a policy requires besides the documented rules; slurmctld checks none of it."""
    return tuple(_sentences(policy)) if policy else ()


def _sentences(policy: Policy) -> Iterator[str]:
    limits = ((policy.max_lifetime, "from iat to exp"), (policy.max_remaining, "from now to exp"))
    yield from (f"At most {limit} seconds {span}." for limit, span in limits if limit)
    for names, form in (
        (policy.issuers, "iss is one of {}."),
        (policy.audiences, "aud names one of {}."),
        (policy.required_claims, "The token has these claims: {}."),
        (policy.required_header, "The header has {}."),
        (policy.allow, "sun matches one of {}."),
        (policy.deny, "sun matches none of {}."),
    ):
        if names:
            yield form.format(_list(names))
    if policy.privileged is False:
        yield "Tokens for root and SlurmUser are not allowed."


def _list(names: tuple[str, ...]) -> str:
    texts = (one_line(name, 200).replace("`", "'") for name in names)
    return ", ".join(f"`{name}`" for name in texts)
