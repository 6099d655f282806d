"""A probe's result as the document that all formats show: a diagnostic for each place that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.strict.findings import shown
from slurm_jwt_conformance.site.probe.documents import document, explained, moment
from slurm_jwt_conformance.site.probe.restd_answers import WITHOUT_JWT
from slurm_jwt_conformance.site.probe.verdict import word_of
from slurm_jwt_reports.diagnostic import Diagnostic, Document
from slurm_jwt_reports.words import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from slurm_jwt_conformance.site.probe.answer import Comparison, Place
    from slurm_jwt_conformance.site.probe.documents import Daemon
    from slurm_jwt_conformance.site.probe.probe import Probed
    from slurm_jwt_conformance.site.probe.verdict import Verdict
    from slurm_jwt_reports.diagnostic import Level

REPORT = (
    "Check that the key file, the users and the release are the cluster's own. If they are, the model is"
    " wrong: report it with the output of --json, which has neither token nor key, and the line of the log."
)
_LEVELS: dict[str, Level] = {"accepted": "note", "identity not verified": "warning", "no answer": "warning"}
"""The level of a place by its word; every other word is an error."""


def describe(probed: Probed, verdict: Verdict, token: bytes, waived: Collection[Daemon] = ()) -> Document:
    """Return the document: the verdict, each place, and what was not asked."""
    return Document(
        tool="probe",
        title="Token on the cluster",
        headline=f"{verdict.word}: {verdict.sentence}",
        outcome=verdict.outcome,
        diagnostics=tuple(_diagnostic(place, waived) for place in probed.places),
        not_checked=tuple(f"{each.what}: not asked: {each.why}" for each in probed.not_asked),
        data=document(probed, verdict, token, waived),
    )


def _diagnostic(place: Place, waived: Collection[str]) -> Diagnostic:
    word = word_of(place, waived)
    return Diagnostic(
        id=f"probe.{word.replace(' ', '-')}",
        level=_LEVELS.get(word, "error"),
        message=f"{place.daemon}, through {place.route}: {place.state}",
        details=tuple(_rows(place, waived)),
        fix=_fix(place),
    )


def _rows(place: Place, waived: Collection[str]) -> Iterator[tuple[str, str]]:
    if place.release:
        yield "release", f"Slurm {place.release}, according to {place.release_from}"
    if place.words:
        yield "answer", place.words
    if place.identity:
        state = place.identity.state
        excused = " (waived)" if state == "not verified" and place.daemon in waived else ""
        yield "identity", f"{_user(place, state)}{excused}. {place.identity.why}"
    if place.state == "accepted":
        yield "control", _CONTROL[place.control]
    yield "model", _model(place.comparison)
    for one in explained(place):
        yield "means", one.means
        yield from (("cause", cause) for cause in one.causes)
    yield "asked", f"{plural(place.requests, 'request')}, from {moment(place.asked)}"


def _fix(place: Place) -> str:
    if place.comparison.agreement == "differs":
        return REPORT
    if place.words == WITHOUT_JWT:
        return (
            "Set Environment=SLURM_JWT=daemon in slurmrestd's unit, and start it with `-a rest_auth/jwt`."
            " If a proxy in front of slurmrestd gave this answer, look into the proxy's log."
        )
    if place.state != "refused":
        return ""
    log = f"`{place.log}`" if place.log else f"{place.daemon}.log"
    names = "auth_p_verify, slurm_auth_verify or cred_verify"
    return (
        f"Read {log} on the daemon's host at {moment(place.asked)}: a line of {names} has the reason."
        " `slurm-jwt explain` says what the line means, `slurm-jwt check` what is wrong with the token."
    )


_CONTROL = {
    "refused": "the same token with a wrong signature is refused, so the signature is checked.",
    "accepted": "the same token with a wrong signature is also accepted: something other than the token"
    " authenticates here (munge, or rest_auth/local on a Unix socket), or nothing does.",
    "no answer": "the same token with a wrong signature got no clear answer.",
    "not asked": "the same token with a wrong signature was not sent (--no-control).",
}


def _user(place: Place, state: str) -> str:
    identity = place.identity
    if identity is None or (identity.uid is None and identity.name is None):
        return f"identity {state}"
    name = shown(identity.name)[1:-1] if identity.name else "a uid without a name"
    user = f"{name}, uid {identity.uid}" if identity.uid is not None else name
    return f"{user}: {state}"


def _model(model: Comparison) -> str:
    if not model.release:
        return f"not predicted. {model.why}"
    if model.accepted is None:
        return f"not predicted for {model.release}. {model.why}"
    predicted = f"accepts it as uid {model.uid}" if model.accepted else f"refuses it: `{model.log}`"
    agreement = {"agrees": "agrees", "differs": "differs"}[model.agreement]
    return f"{agreement}: the model of {model.release} ({model.basis}) {predicted}. {model.why}"
