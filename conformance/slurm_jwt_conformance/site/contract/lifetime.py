"""How long tokens may live here: the policy's word, else Slurm's own limit, else scontrol's default."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.contract.recipes import LIFESPAN

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.contract.site import Site


class Lifetime(NamedTuple):
    """Seconds. recipes: what they write. at_most: None where nothing bounds a token. source: who says so."""

    recipes: int
    at_most: int | None
    source: str


def lifetime(site: Site) -> Lifetime:
    """Return the bound that a token of somebody's own should keep."""
    policy = site.policy
    bounds = [limit for limit in (policy.max_lifetime, policy.max_remaining) if limit] if policy else []
    if bounds:
        return Lifetime(min(LIFESPAN, *bounds), min(bounds), "the site's policy")
    if site.most_lifespan:
        most = site.most_lifespan
        return Lifetime(min(LIFESPAN, most), most, "max_token_lifespan in slurm.conf")
    return Lifetime(LIFESPAN, None, "")
