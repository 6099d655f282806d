"""One token, judged by the documents and by the model of each release that was asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import examine

if TYPE_CHECKING:
    from slurm_jwt import Examination
    from slurm_jwt.slurmctld import Prediction
    from slurm_jwt_conformance.site.check.predicted import Site


class Checked(NamedTuple):
    """What was judged and what came of it; `predictions` by the full name of each release.

    `fits` names the keys that did sign a token with a bad signature, where that was asked for.
    """

    token: bytes
    key: bytes | None
    now: int
    result: Examination
    predictions: dict[str, Prediction]
    fits: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Checked({self.result.verdict})"


def check(token: bytes, key: bytes | None, now: int, where: Site | None) -> Checked:
    """Judge one token at `now`, seconds since 1970."""
    result = examine(token, key, now)
    if where is None or key is None:
        return Checked(token, key, now, result, {})
    from slurm_jwt_conformance.site.check.predicted import predictions

    return Checked(token, key, now, result, predictions(token, key, now, where))


def with_fits(done: Checked, key_file: str, candidate_files: list[str]) -> Checked:
    """Add the keys at hand that signed the token, if that of `key_file` did not."""
    if done.key is None or all(finding.rule != "signature.match" for finding in done.result.findings):
        return done
    from slurm_jwt_conformance.site.check.key_candidates import fits
    from slurm_jwt_conformance.site.check.key_neighbours import others

    return done._replace(fits=tuple(fits(done.token, done.key, others(key_file, candidate_files))))


def passes(done: Checked, where: Site | None, judge: str) -> bool:
    """Tell whether the judges that were asked are content: "both", "rules" or "slurm"."""
    by_rules = done.result.verdict in {"valid", "either"}
    if where is None:
        return by_rules
    from slurm_jwt_conformance.site.check.predicted import fits

    by_slurm = all(fits(each, done.result.claims, where) for each in done.predictions.values())
    return (by_rules or judge == "slurm") and (by_slurm or judge == "rules")


def slurm_json(done: Checked) -> dict[str, dict[str, object]]:
    """Return what each release would do, as JSON shows it."""
    return {name: prediction_json(prediction) for name, prediction in done.predictions.items()}


def prediction_json(prediction: Prediction) -> dict[str, object]:
    """Return what one release would do, as JSON shows it."""
    shown = ("accepted", "user", "uid", "log", "basis")
    return {member: getattr(prediction, member) for member in shown}
