"""The sum of a probe: one verdict, its sentence and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.findings import shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from slurm_jwt_conformance.probing.answer import Place
    from slurm_jwt_conformance.probing.probe import Probed

Word = Literal[
    "accepted",
    "accepted unchecked",
    "refused",
    "somebody else",
    "differs",
    "identity not verified",
    "no answer",
]
"""The worst that was found: unchecked before refused, and so on in this order; "accepted" if nothing was."""


class Verdict(NamedTuple):
    """The word, a sentence for people, safe to print, and the exit code of the command."""

    word: Word
    sentence: str
    exit_code: int


def of(probed: Probed, waived: Collection[str] = ()) -> Verdict:
    """Sum up. waived: daemons whose word on the identity the caller does without."""
    places = probed.places
    unchecked = [place for place in places if place.control == "accepted"]
    if unchecked:
        said = f"{_names(unchecked)} takes the token with a spoilt signature, too: nobody looks at it"
        return Verdict("accepted unchecked", said, 1)
    refused = [place for place in places if place.state == "refused"]
    if refused:
        return Verdict("refused", f"{_names(refused)} does not take the token", 1)
    others = [place for place in places if place.identity and place.identity.state == "other"]
    if others:
        return Verdict("somebody else", f"{_names(others)} takes the token, and its user for another", 1)
    differs = [place for place in places if place.comparison.agreement == "differs"]
    if differs:
        return Verdict("differs", f"{_names(differs)} does not do what the model predicts", 1)
    return _without_findings(probed, waived)


def _without_findings(probed: Probed, waived: Collection[str]) -> Verdict:
    places = probed.places
    unknown = [
        place
        for place in places
        if place.identity and place.identity.state == "not verified" and place.daemon not in waived
    ]
    if unknown:
        said = f"{_names(unknown)} takes the token; as whom is not shown"
        return Verdict("identity not verified", said, 1)
    silent = [place for place in places if place.state == "no answer" or place.control == "no answer"]
    if silent or not places:
        return Verdict("no answer", f"{_names(silent) or 'nobody'} gave no clear answer", 2)
    return Verdict("accepted", f"{_names(places)} takes the token{_as_whom(probed)}", 0)


def _as_whom(probed: Probed) -> str:
    verified = [
        place.identity for place in probed.places if place.identity and place.identity.state == "verified"
    ]
    uid = next((each.uid for each in verified if each.uid is not None), None)
    if not verified:
        return ", as whom it does not say"
    name = shown(verified[0].name or probed.expected.name or "")[1:-1]
    return f", as {name}" + (f" (uid {uid})" if uid is not None else "")


def _names(places: Collection[Place]) -> str:
    """Name the places, each once, as a subject in the singular."""
    names = dict.fromkeys(
        "slurmctld behind slurmrestd" if place.through_slurmrestd else place.daemon for place in places
    )
    return ", ".join(names)
