"""A probe's result as JSON, as schema/probe.schema.json describes it; neither token nor key is in it."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import hashlib
import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from slurm_jwt_conformance import __version__
from slurm_jwt_conformance.site.explain import explain
from slurm_jwt_conformance.site.probe.answer import Comparison, Control, Identity, NotAsked, State
from slurm_jwt_conformance.site.probe.restd_answers import WITHOUT_JWT
from slurm_jwt_conformance.site.probe.verdict import Word
from slurm_jwt_reports.redaction import clip, visible
from slurm_jwt_reports.schema import Strict

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.probe.answer import Place
    from slurm_jwt_conformance.site.probe.probe import Probed
    from slurm_jwt_conformance.site.probe.verdict import Verdict

Moment = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Daemon = Literal["slurmctld", "slurmdbd"]


class TokenFacts(Strict, frozen=True):
    """The token. sha256: of all its bytes. claim: the one that names the user, null if none does."""

    bytes: Annotated[int, Meta(ge=1)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    claim: str | None
    name: str | None


class ExpectedFacts(Strict, frozen=True):
    """The uid that the token's user should have, null if it is not known. source: of that uid."""

    uid: Annotated[int, Meta(ge=0)] | None
    source: str


class ExplainedFacts(Strict, frozen=True):
    """What the words of an answer mean, as `slurm-jwt explain` says it."""

    id: str
    means: str
    causes: tuple[str, ...]


class PlaceFacts(Strict, frozen=True):
    """One daemon, asked one way.

    route: the program, or slurmrestd and the headers. words: of the client or slurmrestd, null for a plain
    acceptance. release_from: who named the release. identity: null unless the token was accepted. control:
    the answer to the same token with another signature. log_file: the daemon's log, on its own host.
    """

    daemon: Daemon
    route: str
    state: State
    words: str | None
    release: str | None
    release_from: str | None
    identity: Identity | None
    control: Control
    model: Comparison
    explained: tuple[ExplainedFacts, ...]
    log_file: str | None
    requests: Annotated[int, Meta(ge=1)]
    asked: Moment


class ProbeReport(Strict, frozen=True):
    """What a cluster did with one real token. Neither the token nor a key is in it.

    waived: daemons whose identity answer the caller does not need (--unverified-ok).
    """

    format: Literal[1]
    tool: str
    verdict: Word
    sentence: str
    exit_code: Literal[0, 1]
    began: Moment
    seconds: Annotated[float, Meta(ge=0)]
    token: TokenFacts
    expected: ExpectedFacts
    waived: tuple[Daemon, ...]
    places: tuple[PlaceFacts, ...]
    not_asked: tuple[NotAsked, ...]


def document(
    probed: "Probed", verdict: "Verdict", token: bytes, waived: Collection[Daemon] = ()
) -> ProbeReport:
    """Return the whole result."""
    expected = probed.expected
    return ProbeReport(
        format=1,
        tool=f"slurm-jwt-conformance {__version__}",
        verdict=verdict.word,
        sentence=verdict.sentence,
        exit_code=1 if verdict.outcome.exit_code else 0,
        began=moment(probed.began),
        seconds=round(max(0.0, probed.ended - probed.began), 3),
        token=TokenFacts(
            bytes=len(token),
            sha256=hashlib.sha256(token).hexdigest(),
            claim=_shown(expected.claim),
            name=_shown(expected.name),
        ),
        expected=ExpectedFacts(uid=expected.uid, source=expected.source),
        waived=tuple(sorted(waived)),
        places=tuple(_place(place) for place in probed.places),
        not_asked=probed.not_asked,
    )


def _place(place: "Place") -> PlaceFacts:
    return PlaceFacts(
        daemon=place.daemon,
        route=place.route,
        state=place.state,
        words=place.words or None,
        release=place.release or None,
        release_from=place.release_from or None,
        identity=_identity(place.identity),
        control=place.control,
        model=place.comparison,
        explained=explained(place),
        log_file=place.log or None,
        requests=place.requests,
        asked=moment(place.asked),
    )


def _identity(identity: Identity | None) -> Identity | None:
    return identity and replace(identity, name=_shown(identity.name))


def explained(place: "Place") -> tuple[ExplainedFacts, ...]:
    """Return what the words of a refusal mean; nothing where they name their cause themselves."""
    if place.state == "accepted" or place.words == WITHOUT_JWT:
        return ()
    return tuple(
        ExplainedFacts(id=one.message.id, means=one.means, causes=tuple(cause.text for cause in one.causes))
        for one in explain(place.words, series(place))
    )


def series(place: "Place") -> str | None:
    """Return the series of the release that answered, None if it is not known."""
    return ".".join(place.release.split(".")[:2]) or None


def moment(when: float) -> str:
    """Return seconds since 1970 as a time in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))


def _shown(text: str | None) -> str | None:
    return None if text is None else clip(visible(text), 256)
