"""A probe's result for people: the verdict first, then each place, then what was not asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from slurm_jwt.strict.findings import shown
from slurm_jwt_conformance.site.explain import explain
from slurm_jwt_reports.redaction import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from slurm_jwt_conformance.site.probe.answer import Comparison, Place
    from slurm_jwt_conformance.site.probe.probe import Probed
    from slurm_jwt_conformance.site.probe.verdict import Verdict
    from slurm_jwt_reports.terminal import Style

REPORT = (
    "First check that the key file, the users and the release are the cluster's own. If they are, the model"
    " is wrong: report it with the output of --json, which holds neither token nor key, and the log's line."
)


def lines(probed: Probed, verdict: Verdict, style: Style, waived: Collection[str] = ()) -> Iterator[str]:
    """Yield the lines to print."""
    colour = "sound" if verdict.exit_code == 0 else "error" if verdict.exit_code == 1 else "warning"
    yield from style.wrap(f"{verdict.sentence}.", style.paint(f"{verdict.word}: ", colour))
    for place in probed.places:
        yield ""
        yield from _place(place, style, waived)
    for left_out in probed.not_asked:
        yield ""
        yield from style.wrap(f"{left_out.what}: not asked: {left_out.why}")


def _place(place: Place, style: Style, waived: Collection[str]) -> Iterator[str]:
    yield style.paint(f"{place.daemon}, through {place.route}: {place.state}", "head")
    if place.release:
        yield from _item("release", f"Slurm {place.release}, says {place.release_from}", style)
    if place.words:
        yield from _item("said", visible(place.words), style)
    if place.identity:
        state = place.identity.state
        excused = " (waived)" if state == "not verified" and place.daemon in waived else ""
        yield from _item("identity", f"{_who(place, state)}{excused}. {place.identity.why}", style)
    if place.state == "accepted":
        yield from _item("control", _CONTROL[place.control], style)
    yield from _item("model", _model(place.comparison), style)
    if place.comparison.agreement == "differs":
        yield from _item("do", REPORT, style)
    if place.state != "accepted":
        yield from _explained(place, style)
    yield from _item("asked", f"{_requests(place.requests)}, from {_moment(place.asked)}", style)


_CONTROL = {
    "refused": "with a spoilt signature the same token is refused, so the signature is looked at.",
    "accepted": "with a spoilt signature the same token is accepted, too: something else than the token"
    " authenticates here (munge, or rest_auth/local on a Unix socket), or nothing does.",
    "no answer": "to the same token with a spoilt signature there was no clear answer.",
    "not asked": "not asked with a spoilt signature (--no-control).",
}


def _who(place: Place, state: str) -> str:
    identity = place.identity
    if identity is None or (identity.uid is None and identity.name is None):
        return f"identity {state}"
    name = shown(identity.name)[1:-1] if identity.name else "nobody's name"
    who = f"{name}, uid {identity.uid}" if identity.uid is not None else name
    return f"{who}: {state}"


def _model(told: Comparison) -> str:
    if not told.release:
        return f"not predicted. {told.why}"
    if told.accepted is None:
        return f"not predicted for {told.release}. {told.why}"
    predicted = f"accepts it as uid {told.uid}" if told.accepted else f"refuses it: `{told.log}`"
    said = {"agrees": "agrees", "differs": "differs"}[told.agreement]
    return f"{said}: the model of {told.release} ({told.basis}) {predicted}. {told.why}"


def _explained(place: Place, style: Style) -> Iterator[str]:
    series = ".".join(place.release.split(".")[:2]) or None
    for one in explain(place.words, series):
        yield from _item("means", one.means, style)
        for cause in one.causes:
            yield from _item("cause", cause.text, style)
    if place.state == "refused":
        where = f"`{place.log}`" if place.log else f"{place.daemon}.log"
        names = "auth_p_verify, slurm_auth_verify or cred_verify"
        yield from _item(
            "look",
            f"the reason stands in {where} on the daemon's host, at {_moment(place.asked)}: a line of"
            f" {names}; `slurm-jwt explain` says what it means, `slurm-jwt check` what the token lacks",
            style,
        )


def _item(name: str, text: str, style: Style) -> list[str]:
    return style.wrap(text, f"  {name + ':':<10}")


def _requests(count: int) -> str:
    return f"{count} request{'' if count == 1 else 's'}"


def _moment(when: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
