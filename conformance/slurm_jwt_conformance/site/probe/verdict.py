"""The verdict of a probe, with its sentence and outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.strict.findings import shown
from slurm_jwt.vocabulary import Outcome
from slurm_jwt_conformance.site.probe.restd_answers import WITHOUT_JWT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

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
"""The worst result: unchecked before refused, and so on in the order of `_RULES`; "accepted" without any."""


class Verdict(NamedTuple):
    """The word, and a sentence for people, safe to print."""

    word: Word
    sentence: str

    @property
    def outcome(self) -> Outcome:
        """Return pass only for "accepted"; undetermined where an answer is missing; otherwise fail."""
        if self.word == "accepted":
            return Outcome("pass")
        missing = self.word in {"identity not verified", "no answer"}
        return Outcome("undetermined" if missing else "fail", (self.sentence,))


def _is_unverified(place: Place, waived: Collection[str]) -> bool:
    identity = place.identity
    return identity is not None and identity.state == "not verified" and place.daemon not in waived


_RULES: tuple[tuple[Word, Callable[[Place, Collection[str]], bool], str], ...] = (
    (
        "accepted unchecked",
        lambda place, _: place.control == "accepted",
        "{} also accepts the token with a wrong signature",
    ),
    ("refused", lambda place, _: place.state == "refused", "the token is refused by {}"),
    (
        "somebody else",
        lambda place, _: place.identity is not None and place.identity.state == "other",
        "the token is accepted by {}, but as another user than it names",
    ),
    (
        "differs",
        lambda place, _: place.comparison.agreement == "differs",
        "the model predicts another answer of {}",
    ),
    (
        "identity not verified",
        _is_unverified,
        "the token is accepted by {}; the user that Slurm assigns is not known",
    ),
    (
        "no answer",
        lambda place, _: "no answer" in {place.state, place.control},
        "no clear answer from {}",
    ),
)
"""Each word, which places it is for, and its sentence; the first one that applies is the verdict."""


def of(probed: Probed, waived: Collection[str] = ()) -> Verdict:
    """Return the verdict. waived: daemons whose identity answer the caller does not need."""
    for word, applies, sentence in _RULES:
        places = [place for place in probed.places if applies(place, waived)]
        if places:
            return Verdict(word, sentence.format(_names(places)) + _reason(places))
    if not probed.places:
        return Verdict("no answer", "no daemon was asked")
    return Verdict("accepted", f"the token is accepted by {_names(probed.places)}{_user(probed)}")


def word_of(place: Place, waived: Collection[str] = ()) -> Word:
    """Return the word for one place."""
    return next((word for word, applies, _ in _RULES if applies(place, waived)), "accepted")


def _reason(places: Collection[Place]) -> str:
    without_jwt = any(place.words == WITHOUT_JWT for place in places)
    return f": {WITHOUT_JWT}" if without_jwt else ""


def _user(probed: Probed) -> str:
    verified = [
        place.identity for place in probed.places if place.identity and place.identity.state == "verified"
    ]
    uid = next((each.uid for each in verified if each.uid is not None), None)
    if not verified:
        return "; the user is not shown"
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
