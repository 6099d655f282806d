"""sun: the user's name on the cluster."""

from slurm_jwt_vectors.build import Judged, claims, token
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_SUN, POSIX_NAME


@case
def number_zero() -> Judged:
    """Sun "0": a portable user name by POSIX; Slurm takes it for uid 0."""
    return token(claims=claims(sun="0")).valid(sources=(PAGE_SUN, POSIX_NAME))
