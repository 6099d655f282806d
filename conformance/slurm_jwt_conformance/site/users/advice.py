"""Advice for a token without sun, by the claims that the releases read at this site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.release_names import releases_text
from slurm_jwt_conformance.site.users import names
from slurm_jwt_conformance.site.users.mapping import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slurm_jwt_conformance.site.users.mapping import Mapping


def without_sun(mappings: Iterable[Mapping]) -> str:
    """Return the advice for a token whose user another claim names; "" if no release reads such a claim."""
    readers: dict[str, list[str]] = {}
    for one in mappings:
        if one.claim not in {None, "sun"}:
            readers.setdefault(one.claim or "", []).append(one.release)
    if not readers:
        return ""
    texts = [
        f"Slurm {releases_text(those)} reads {'uid and id' if claim == IDENTITY else names.claim(claim)}"
        for claim, those in readers.items()
    ]
    return (
        f"{'; '.join(texts)} at this site. Use --judge slurm, or waive sun.required in the policy. "
        "Otherwise add sun with the user's name on the cluster."
    )
