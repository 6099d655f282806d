"""A few questions with undisputed answers, which distinguish a broken adapter from a wrong library.

An adapter that fails them most likely loses the key, the token or the time on its way; only what
passes says anything about its library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import Issuer, examine
from slurm_jwt_conformance.adapters import AdapterBroken, IssueRequest, VerifyRequest
from slurm_jwt_vectors import pem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.adapters import Description, Participant

KEY = bytes(range(32))
OTHER_KEY = bytes(range(32, 64))
LIFESPAN = 1800
RSA, KID = pem.PKCS8, "smoke"


class Smoke(NamedTuple):
    """What is wrong, in sentences: with the adapter, or with the library behind it."""

    adapter: tuple[str, ...]
    library: tuple[str, ...]


def smoke(participant: Participant, now: int) -> Smoke:
    """Ask the questions; raises NotInstalled where the implementation cannot take part.

    now: Unix seconds, the machine's own time for an implementation with a system clock.
    """
    adapter: list[str] = []
    library: list[str] = []
    try:
        description = participant.describe()
        if "verifier" in description.roles:
            _verifier(participant, description, now, adapter, library)
        if "issuer" in description.roles:
            adapter += _issuer(participant, IssueRequest("plain", _claims(now), KEY, now))
        if "RS256" in description.algorithms:
            adapter += _rs256(participant, description, now)
    except AdapterBroken as error:
        adapter.append(f"The adapter breaks the adapter protocol: {error.reason}.")
    return Smoke(tuple(adapter), tuple(library))


def _verifier(
    participant: Participant, description: Description, now: int, adapter: list[str], library: list[str]
) -> None:
    good = Issuer(KEY).issue("alice", LIFESPAN, now).encode()
    past_its_end = now + LIFESPAN if description.clock == "system" else now + 2 * LIFESPAN
    questions = [
        VerifyRequest("good", good, KEY, now),
        VerifyRequest("garbage", b"garbage", KEY, now),
        VerifyRequest("other key", good, OTHER_KEY, now),
        VerifyRequest("expired", good, KEY, past_its_end),
    ]
    if description.clock == "system":
        questions.pop()
    answers = {answer.id: answer for answer in participant.verify(questions)}
    outcomes = {name: answer.outcome for name, answer in answers.items()}
    if outcomes["good"] != "accept":
        adapter.append(f"A plain good token is not accepted: {outcomes['good']}: {answers['good'].error}")
    if outcomes.get("expired") == "accept" and "exp.unexpired" not in description.not_checked:
        adapter.append("An expired token is accepted: `now` does not reach the library.")
    accepted = [name for name in ("garbage", "other key") if outcomes[name] == "accept"]
    if outcomes["good"] == "accept" and len(accepted) == 2:
        adapter.append("Everything is accepted, garbage too: the library is not asked at all.")
    else:
        library += [f"A token is accepted that is {_what(name)}." for name in accepted]


def _what(name: str) -> str:
    return {"garbage": "the word garbage", "other key": "signed with another key"}[name]


def _rs256(participant: Participant, description: Description, now: int) -> Iterator[str]:
    issuer = Issuer(rsa=RSA, kid=KID)
    if "verifier" in description.roles:
        token, other = (one.issue("alice", LIFESPAN, now).encode() for one in (issuer, Issuer(KEY)))
        questions = [
            VerifyRequest("RS256", token, None, now, issuer.jwks),
            VerifyRequest("RS256 beside a key of HS256", token, KEY, now, issuer.jwks),
            VerifyRequest("HS256 beside a JWKS", other, KEY, now, issuer.jwks),
        ]
        for answer in participant.verify(questions):
            if answer.outcome != "accept":
                yield f"A plain good token is not accepted ({answer.id}): {answer.outcome}: {answer.error}"
    if "issuer" in description.roles:
        yield from _issuer(participant, IssueRequest("RS256", _claims(now), None, now, RSA, KID), issuer.jwks)


def _claims(now: int) -> dict[str, object]:
    return {"exp": now + LIFESPAN, "iat": now, "sun": "alice"}


def _issuer(participant: Participant, request: IssueRequest, jwks: bytes | None = None) -> Iterator[str]:
    (answer,) = participant.issue([request])
    what = " with RS256" if jwks else ""
    if answer.token is None:
        yield f"No token is made of plain claims{what}: {answer.outcome}: {answer.error}"
        return
    examination = examine(answer.token, request.key, request.now, jwks=jwks)
    if examination.claims is None:
        yield f"What is issued{what} is not a token."
        return
    broken = {finding.rule for finding in examination.findings}
    if {"signature.match", "kid.known", "kid.required"} & {*broken, *examination.not_checked}:
        yield f"What is issued{what} is not signed with the key of the request."
    if examination.claims != request.claims:
        yield f"What is issued{what} holds other claims than the request."
