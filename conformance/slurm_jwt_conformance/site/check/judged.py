"""One token, judged by the documents and by the model of each release that was asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import examine
from slurm_jwt.strict import jws
from slurm_jwt.strict.examination import examine_bytes, keys_of
from slurm_jwt.strict.keys import examine_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt import Examination
    from slurm_jwt.slurmctld import Prediction
    from slurm_jwt.strict.rules import Edition
    from slurm_jwt_conformance.site.check.question import Question

SUN = "sun.required"


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


def check(token: bytes, now: int, question: Question, *, signed_only: bool = False) -> Checked:
    """Judge one token at `now`, seconds since 1970.

    signed_only: do not examine the claims of a token that neither a key signed nor a release accepts.
    """
    key, target, found = question.key, question.target, {}
    if target is not None and (key is not None or target.jwks is not None):
        from slurm_jwt_conformance.site.check.predicted import predictions

        found = predictions(token, key, now, target)
    stop = signed_only and not any(each.accepted for each in found.values())
    examination = _examined(token, now, question, signed_only=stop)
    if question.edition == "later" and any(each.rule == SUN for each in examination.findings):
        examination = _of_later_page(examination, question)
    return Checked(token, key, now, examination, found)


def _of_later_page(examination: Examination, question: Question) -> Examination:
    """Drop sun.required where another claim names the user: username, or that of userclaimfield=.

    Slurm's later page gives both this meaning, since 21.08 and 23.02.
    """
    from slurm_jwt_conformance.site.check.predicted import settings_of
    from slurm_jwt_conformance.site.discovery.survey import NEWEST
    from slurm_jwt_conformance.site.users import mapping

    target = question.target
    readers = [(NEWEST, question.found.settings(NEWEST))]
    if target is not None:
        readers = [(each.series, settings_of(target, each)) for each in target.releases]
    claims = examination.claims or {}
    if all(mapping.of(claims, None, settings, series).claim is None for series, settings in readers):
        return examination
    findings = tuple(each for each in examination.findings if each.rule != SUN)
    verdict = examination.verdict
    if all(each.severity != "error" for each in findings):
        verdict = "undetermined" if examination.not_checked else "either" if findings else "valid"
    return examination._replace(findings=findings, verdict=verdict)


def _examined(token: bytes, now: int, question: Question, *, signed_only: bool) -> Examination:
    examination = _by_edition(token, now, question, question.edition, signed_only=signed_only)
    if question.edition == "2020" and _is_rs256_of_later_page(examination, question):
        return _by_edition(token, now, question, "later", signed_only=signed_only)
    return examination


def _by_edition(
    token: bytes, now: int, question: Question, edition: Edition, *, signed_only: bool
) -> Examination:
    key, jwks = question.key, question.jwks
    if not signed_only or (key is None and jwks is None):
        return examine(token, key, now, jwks=jwks, edition=edition)
    flaw = None if key is None else examine_key(key)
    keys = keys_of(None if key is None else jws.signer(key), jwks, edition)
    return examine_bytes(token, keys, now, [flaw] if flaw else [], signed_only=True)


def _is_rs256_of_later_page(examination: Examination, question: Question) -> bool:
    """Return whether RS256 is not forbidden but unchecked: a release that is asked takes it with a JWKS."""
    alg = (examination.header or {}).get("alg")
    target = question.target
    return alg == "RS256" and target is not None and any(one.plugin.takes_jwks for one in target.releases)


def with_fits(checked: Checked, key_file: str, candidate_files: Sequence[str]) -> Checked:
    """Return the check with the keys at hand that signed the token, if that of `key_file` did not."""
    if checked.key is None or all(
        finding.rule != "signature.match" for finding in checked.examination.findings
    ):
        return checked
    from slurm_jwt_conformance.site.check.key_candidates import fits
    from slurm_jwt_conformance.site.check.key_neighbours import others

    return checked._replace(fits=tuple(fits(checked.token, checked.key, others(key_file, candidate_files))))
