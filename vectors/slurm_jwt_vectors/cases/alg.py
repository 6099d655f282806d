"""alg: HS256, spelled exactly so, and nothing else."""

from slurm_jwt_vectors.build import Judged, header, token
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_HS256, cve, jws, jwt


@case
def none() -> Judged:
    """An unsecured JWT: alg none and no signature."""
    return (
        token(header=header(alg="none"))
        .edit_mac(lambda _: b"")
        .invalid("alg.hs256", sources=(PAGE_HS256, jwt("6"), cve("2015-9235")))
    )


@case
def lower_case() -> Judged:
    """Alg hs256: names of algorithms are case-sensitive; libjwt before 1.12 takes it."""
    return token(header=header(alg="hs256")).invalid("alg.hs256", sources=(PAGE_HS256, jws("4.1.1")))
