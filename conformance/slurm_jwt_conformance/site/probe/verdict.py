"""The sum of a probe: one verdict, its sentence and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.strict.findings import shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from slurm_jwt_conformance.site.probe.answer import Place
    from slurm_jwt_conformance.site.probe.probe import Probed

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
        said = f"with a spoilt signature, too, it is taken by {_names(unchecked)}"
        return Verdict("accepted unchecked", said, 1)
    refused = [place for place in places if place.state == "refused"]
    if refused:
        return Verdict("refused", f"not taken by {_names(refused)}", 1)
    others = [place for place in places if place.identity and place.identity.state == "other"]
    if others:
        return Verdict("somebody else", f"taken by {_names(others)}, but not as the user whom it names", 1)
    differs = [place for place in places if place.comparison.agreement == "differs"]
    if differs:
        return Verdict("differs", f"not what the model predicts: {_names(differs)}", 1)
    return _without_findings(probed, waived)


def _without_findings(probed: Probed, waived: Collection[str]) -> Verdict:
    places = probed.places
    unknown = [
        place
        for place in places
        if place.identity and place.identity.state == "not verified" and place.daemon not in waived
    ]
    if unknown:
        said = f"taken by {_names(unknown)}; whether as the user whom it names is not shown"
        return Verdict("identity not verified", said, 1)
    silent = [place for place in places if place.state == "no answer" or place.control == "no answer"]
    if silent or not places:
        return Verdict("no answer", f"no clear answer from {_names(silent)}", 2)
    return Verdict("accepted", f"taken by {_names(places)}{_as_whom(probed)}", 0)


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
    """Name the daemons, each once, with the ways by which they were asked."""
    ways: dict[str, list[str]] = {}
    for place in places:
        way = "slurmrestd" if place.through_slurmrestd else place.route
        if way not in ways.setdefault(place.daemon, []):
            ways[place.daemon].append(way)
    return " and ".join(f"{daemon} (through {' and '.join(each)})" for daemon, each in ways.items())
