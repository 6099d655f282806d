"""One token, judged by the documents and by the model of each release that was asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import examine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt import Examination
    from slurm_jwt.slurmctld import Prediction
    from slurm_jwt_conformance.site.check.predicted import Target


class Checked(NamedTuple):
    """A token, how it was judged, and the result; `predictions` by the full name of each release.

    `fits` names the keys at hand that signed a token with a bad signature.
    """

    token: bytes
    key: bytes | None
    now: int
    examination: Examination
    predictions: dict[str, Prediction]
    fits: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Checked({self.examination.verdict})"


def check(token: bytes, key: bytes | None, now: int, target: Target | None) -> Checked:
    """Judge one token at `now`, seconds since 1970."""
    examination = examine(token, key, now)
    if target is None or key is None:
        return Checked(token, key, now, examination, {})
    from slurm_jwt_conformance.site.check.predicted import predictions

    return Checked(token, key, now, examination, predictions(token, key, now, target))


def with_fits(checked: Checked, key_file: str, candidate_files: Sequence[str]) -> Checked:
    """Return the check with the keys at hand that signed the token, if that of `key_file` did not."""
    if checked.key is None or all(
        finding.rule != "signature.match" for finding in checked.examination.findings
    ):
        return checked
    from slurm_jwt_conformance.site.check.key_candidates import fits
    from slurm_jwt_conformance.site.check.key_neighbours import others

    return checked._replace(fits=tuple(fits(checked.token, checked.key, others(key_file, candidate_files))))
