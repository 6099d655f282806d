"""The tokens behind a site's report, and what slurmctld made of each: asked now, or the model's word."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import slurm_jwt_vectors
from slurm_jwt.slurmctld import Settings, parse_passwd, predict
from slurm_jwt.strict.keys import token_fingerprint
from slurm_jwt_conformance.adapters import IssueRequest, VerifyRequest
from slurm_jwt_conformance.adapters.slurm.lineup import PREFIX
from slurm_jwt_conformance.harness.batch import close_all
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.site import report as site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from slurm_jwt_conformance.adapters import Outcome, Participant
    from slurm_jwt_vectors.models import IssuingCase, Key

ORDINARY = ("issue.usual", "issue.sun-bob", "issue.extra-claims", "issue.nbf-now", "issue.registered-strings")
"""Wishes such as portals have: each a token for an ordinary user, for half an hour."""

REFERENCE = "reference"


class Token(NamedTuple):
    """A token that was made for a wish; its repr does not show it."""

    wish: IssuingCase
    text: str

    def __repr__(self) -> str:
        return f"Token({self.wish.id})"


class Made(NamedTuple):
    """What came of the questions.

    refused: wishes without a token, with what was said instead; one that the issuer cannot be asked for is
    none of them. unread: wishes whose token a verifier did not take, with its error. releases: who was asked,
    in words.
    """

    issued: tuple[Token, ...]
    refused: tuple[tuple[str, str], ...]
    unread: tuple[tuple[str, str], ...]
    tokens: tuple[site.TokenEvidence, ...]
    answers: tuple[site.ReleaseEvidence, ...]
    releases: tuple[str, ...]
    notes: tuple[str, ...]


def ask(
    name: str, slurm: Iterable[str], key: Key, *, issue: bool, start: Callable[[str], Participant]
) -> Made:
    """Have the tokens made, by the implementation or else by the reference, and ask all about them.

    slurm: ids of releases. issue: the implementation is the issuer; otherwise it is asked as a verifier.
    start: returns the participant with an id.
    """
    participants: dict[str, Participant] = {}
    try:
        participants[name] = start(name)
        _demand(participants[name], name, "issuer" if issue else "verifier")
        maker = participants[name]
        if not issue:
            maker = participants.setdefault(REFERENCE, start(REFERENCE))
        issued, refused = _issued(maker, key)
        unread = () if issue else tuple(_unread(participants[name], issued, key))
        who = name if issue else REFERENCE
        evidence = tuple(_evidence(each, who) for each in issued)
        asked = [_of(release, issued, key, participants, start) for release in slurm]
    finally:
        close_all(participants)
    answers = tuple(each for one in asked for each in one.answers)
    labels = tuple(one.label for one in asked)
    return Made(
        issued, refused, unread, evidence, answers, labels, tuple(one.note for one in asked if one.note)
    )


def _demand(participant: Participant, name: str, role: str) -> None:
    if role not in participant.describe().roles:
        other = "verifier" if role == "issuer" else "issuer"
        raise Problem(f"{one_line(name)} is no {role}.", f"Judge it as what it is: --site-role {other}")


def _issued(maker: Participant, key: Key) -> tuple[tuple[Token, ...], tuple[tuple[str, str], ...]]:
    wishes = slurm_jwt_vectors.load_issuing()
    asked = [
        IssueRequest(wish.id, wish.claims, key.bytes, wish.now) for wish in map(wishes.__getitem__, ORDINARY)
    ]
    made, refused = [], []
    for answer in maker.issue(asked):
        if answer.token is not None:
            made.append(Token(wishes[answer.id], answer.token))
        elif answer.outcome != "unsupported":
            refused.append((answer.id, one_line(f"{answer.outcome}: {answer.error or 'no reason given'}")))
    return tuple(made), tuple(refused)


def _requests(issued: tuple[Token, ...], key: Key) -> list[VerifyRequest]:
    return [
        VerifyRequest(each.wish.id, each.text.encode("utf-8", "surrogatepass"), key.bytes, each.wish.now)
        for each in issued
    ]


def _unread(reader: Participant, issued: tuple[Token, ...], key: Key) -> Iterable[tuple[str, str]]:
    for answer in reader.verify(_requests(issued, key)):
        if answer.outcome != "accept":
            yield answer.id, one_line(f"{answer.outcome}: {answer.error or 'no reason given'}")


def _evidence(token: Token, who: str) -> site.TokenEvidence:
    return site.TokenEvidence(
        sha256=token_fingerprint(token.text),
        bytes=len(token.text.encode("utf-8", "surrogatepass")),
        user=str(token.wish.holds["sun"]),
        what=f"{token.wish.id}, made by {one_line(who, 80)}",
    )


class _Asked(NamedTuple):
    label: str
    answers: tuple[site.ReleaseEvidence, ...]
    note: str


def _of(
    release: str,
    issued: tuple[Token, ...],
    key: Key,
    participants: dict[str, Participant],
    start: Callable[[str], Participant],
) -> _Asked:
    """Ask one release about all tokens: a real one if it may be asked, else the model."""
    series = release.removeprefix(PREFIX)
    daemon = participants.setdefault(release, start(release))
    if daemon.basis != "live":
        note = f"Slurm {series} itself was not asked, but the model of it: --live asks an installed release."
        return _Asked(f"{series}, modelled", tuple(_modelled(series, each, key) for each in issued), note)
    label = daemon.describe().version
    tokens = {each.wish.id: each for each in issued}
    answers = tuple(
        _answered(label, tokens[answer.id], answer) for answer in daemon.verify(_requests(issued, key))
    )
    note = f"Slurm {label}: a daemon of the lab was asked, with the test key and AuthAltParameters=jwt_key."
    return _Asked(label, answers, note)


def _answered(label: str, token: Token, answer: Outcome) -> site.ReleaseEvidence:
    accepted = {"accept": True, "reject": False}.get(answer.outcome)
    return site.ReleaseEvidence(
        release=label,
        token=token_fingerprint(token.text),
        accepted=accepted,
        user=answer.user,
        uid=answer.uid,
        log=(answer.log or answer.error) if accepted is not True else None,
        basis="asked",
    )


def _modelled(series: str, token: Token, key: Key) -> site.ReleaseEvidence:
    users = parse_passwd(accounts.passwd())
    told = predict(token.text, key.bytes, series, token.wish.now, users, Settings({}, accounts.SLURM_USER))
    return site.ReleaseEvidence(
        release=series,
        token=token_fingerprint(token.text),
        accepted=told.accepted,
        user=told.user,
        uid=told.uid,
        log=told.log,
        basis=told.basis,
    )
