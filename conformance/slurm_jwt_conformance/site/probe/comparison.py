"""A cluster's answer beside the model's: what this release was expected to do with this token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from slurm_jwt.slurmctld import predict, releases
from slurm_jwt_conformance.site.discovery.parameters import effective
from slurm_jwt_conformance.site.probe.answer import Comparison
from slurm_jwt_conformance.site.probe.restd_answers import HEADERS_REFUSED

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Users
    from slurm_jwt_conformance.site.probe.answer import Place

NO_KEY = "Without the key nobody can say; give it with --key-file."
NO_JWKS = "The JWKS that verifies this token was not read. Give it with --jwks."


def compare(  # noqa: PLR0913, PLR0917 - all that the model's answer depends on
    place: Place,
    token: bytes,
    key: bytes | None,
    users: Users,
    wished: str | None,
    jwks: bytes | None = None,
) -> Comparison:
    """Compare one answer with the model's; `why` says what keeps the model from an answer.

    key, jwks: None where it is not at hand. wished: the release that the caller named, which counts before
    what the cluster says of itself.
    """
    why = _why_not(place, wished or place.release)
    if why or (key is None and jwks is None):
        return Comparison("not predicted", why=why or NO_KEY)
    try:
        release = releases.parse(wished or place.release)
    except ValueError as error:
        return Comparison("not predicted", why=f"The model does not know this release: {error}.")
    parameters, slurm_user = place.settings or ("", "slurm")
    settings = effective(parameters, slurm_user, release.series)
    told = predict(token, key, release, place.asked, users, settings, place.user_name, jwks)
    made = Comparison(
        "agrees", release.name, told.accepted, told.uid, told.log, told.basis, _sentence(told.why)
    )
    if told.accepted is None:
        lacks_jwks = jwks is None and "JWKS" in told.why
        why = NO_JWKS if lacks_jwks else NO_KEY if key is None else made.why
        return replace(made, agreement="not predicted", why=why)
    uid = place.identity.uid if place.identity else None
    differs = told.accepted != (place.state == "accepted") or (uid is not None and uid != told.uid)
    return replace(made, agreement="differs" if differs else "agrees")


def _why_not(place: Place, release: str) -> str:
    """Say why there is nothing to predict; "" if there is."""
    if place.state == "no answer":
        return "There is no answer to compare."
    if HEADERS_REFUSED in place.words:
        return "slurmrestd decided this; the model is slurmctld's."
    return "" if release else "The release is not known; name it with --release."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
