"""Who reads whose tokens: every issuer's token, under every shape of key, read by every verifier.

A request has exactly the claims that Slurm requires, as integers, from the given moment. A real slurmctld
takes part like any library; under an RSA key it only verifies. The reference examines each token first: no
verifier is asked about a token that breaks a rule. The ledger explains a cell by the one of the two that
deviates: the issuer where there is no good token, otherwise the verifier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from slurm_jwt import examine
from slurm_jwt_conformance.adapters import IssueRequest, Outcome, VerifyRequest
from slurm_jwt_conformance.harness.batch import Absent, of_each
from slurm_jwt_conformance.harness.ledger import Seen
from slurm_jwt_conformance.harness.rs256_keys import Rs256
from slurm_jwt_reports.stream import events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slurm_jwt_conformance.adapters import Description, Participant, Role
    from slurm_jwt_conformance.harness.ledger import Ledger
    from slurm_jwt_vectors.models import Key

USER = "alice"
LIFESPAN = 1800
"""Seconds; scontrol's own default."""


class Issued(NamedTuple):
    """An issuer's answer. fault: what is wrong with its token."""

    answer: Outcome
    fault: str = ""

    @property
    def good(self) -> bool:
        """Return whether there is a token that breaks no rule."""
        return self.answer.token is not None and not self.fault


Tokens = dict[tuple[str, str], Issued]
"""What each issuer gave under each key, by (issuer, key's id)."""


class Settled(NamedTuple):
    """A cell of the matrix, and what the ledger needs to find stale entries."""

    cell: events.Cell
    seen: Seen | None


def matrix(
    participants: Mapping[str, Participant], keys: Mapping[str, Key | Rs256], ledger: Ledger, now: int
) -> Iterator[Settled | Absent]:
    """Yield all cells; a participant whose adapter breaks on the way yields an Absent.

    keys: one for each shape that is to be tried. now: in Unix seconds, the machine's own time where a
    participant with a system clock takes part.
    """
    tokens: Tokens = {}

    def issuing(_name: str, participant: Participant) -> Iterator[Outcome]:
        return _issue(participant, keys, now)

    for name, answer in of_each(participants, issuing):
        if isinstance(answer, Absent):
            yield answer
        else:
            tokens[name, answer.id] = _examined(answer, keys[answer.id], now)
    yield from _read_all(participants, tokens, keys, ledger, now)


def _read_all(
    participants: Mapping[str, Participant],
    tokens: Tokens,
    keys: Mapping[str, Key | Rs256],
    ledger: Ledger,
    now: int,
) -> Iterator[Settled | Absent]:
    versions: dict[str, str] = {}

    def reading(_name: str, participant: Participant) -> Iterator[tuple[tuple[str, str], Outcome]]:
        return _verify(participant, tokens, keys, now)

    for name, item in of_each(participants, reading):
        if isinstance(item, Absent):
            yield item
            continue
        (issuer, key), answer = item
        for who in (issuer, name):
            versions.setdefault(who, participants[who].describe().version)
        yield _settled(Pair(issuer, versions[issuer], name, versions[name], key), tokens, answer, ledger)


def _issue(participant: Participant, keys: Mapping[str, Key | Rs256], now: int) -> Iterator[Outcome]:
    description = participant.describe()
    requests = []
    for name, key in keys.items():
        if reason := _unable(description, "issuer", key):
            yield Outcome(name, "unsupported", reason)
        else:
            requests.append(_order(name, key, now))
    yield from participant.issue(requests)


def _order(name: str, key: Key | Rs256, now: int) -> IssueRequest:
    claims = {"exp": now + LIFESPAN, "iat": now, "sun": USER}
    if isinstance(key, Rs256):
        return IssueRequest(name, claims, None, now, key.pem, key.kid)
    return IssueRequest(name, claims, key.bytes, now)


def _verifying(key: Key | Rs256) -> tuple[bytes, bytes | None]:
    """Return the HS256 key and the JWKS of a verifier."""
    return (key.hs256, key.key.bytes) if isinstance(key, Rs256) else (key.bytes, None)


def _verify(
    participant: Participant, tokens: Tokens, keys: Mapping[str, Key | Rs256], now: int
) -> Iterator[tuple[tuple[str, str], Outcome]]:
    """Read every token; where an issuer gave no good token, the issuer's answer is the answer."""
    description = participant.describe()
    pairs = {f"{issuer}/{key}": (issuer, key) for issuer, key in tokens}
    requests = []
    for name, pair in pairs.items():
        issued = tokens[pair]
        if not issued.good:
            yield pair, issued.answer
        elif reason := _unable(description, "verifier", keys[pair[1]]):
            yield pair, Outcome(name, "unsupported", reason)
        else:
            secret, jwks = _verifying(keys[pair[1]])
            requests.append(VerifyRequest(name, _bytes(issued.answer), secret, now, jwks))
    for answer in participant.verify(requests):
        yield pairs[answer.id], answer


def _unable(description: Description, role: Role, key: Key | Rs256) -> str | None:
    """Return why the participant cannot take this part under this key."""
    if role not in description.roles:
        return f"it is not {'an issuer' if role == 'issuer' else 'a verifier'}"
    if isinstance(key, Rs256) and "RS256" not in description.algorithms:
        return "it does not know RS256"
    return "its clock cannot be set" if role == "verifier" and description.clock == "system" else None


def _bytes(answer: Outcome) -> bytes:
    return (answer.token or "").encode("utf-8", "surrogatepass")


def _examined(answer: Outcome, key: Key | Rs256, now: int) -> Issued:
    """Examine a token: the request leaves no choice, so any broken rule is the issuer's fault."""
    if answer.token is None:
        return Issued(answer)
    secret, jwks = _verifying(key)
    found = examine(_bytes(answer), secret, now, jwks=jwks)
    if found.findings:
        broken = ", ".join(finding.rule for finding in found.findings)
        return Issued(answer, f"a valid token is expected, and this one breaks {broken}")
    user = found.claims and found.claims.get("sun")
    return Issued(answer, "" if user == USER else f"its token names the user {user!r} instead of {USER!r}")


class Pair(NamedTuple):
    """The issuer and the verifier of a token, their versions, and the key."""

    issuer: str
    issuer_version: str
    verifier: str
    verifier_version: str
    key: str


def _settled(pair: Pair, tokens: Tokens, answer: Outcome, ledger: Ledger) -> Settled:
    issued = tokens[pair.issuer, pair.key]
    outcome: str = answer.outcome
    if issued.fault:
        outcome = "bad token"
    elif not issued.good and outcome not in {"unsupported", "not run"}:
        outcome = "not issued"
    status, reason = ("fail", issued.fault) if issued.fault else _plain(outcome, answer)
    seen = None if status in {"unsupported", "not run"} else _seen(pair, outcome, status, issued=issued.good)
    deviation = ledger.explain_cell(seen) if seen and status == "fail" else None
    cell = events.Cell(
        issuer=pair.issuer,
        verifier=pair.verifier,
        key=pair.key,
        outcome=cast("events.CellOutcome", outcome),
        status="known" if deviation else status,
        error=answer.error,
        reason=reason,
        uid=answer.uid,
        log=answer.log,
        deviation=deviation,
    )
    return Settled(cell, seen)


def _plain(outcome: str, answer: Outcome) -> tuple[events.Status, str | None]:
    if outcome == "unsupported":
        return "unsupported", answer.error
    if outcome == "not run":
        return "not run", answer.error
    if outcome == "accept" and answer.user not in {None, USER}:
        return "fail", f"accepted for user {answer.user!r} instead of {USER!r}"
    return ("pass" if outcome == "accept" else "fail"), None


def _seen(pair: Pair, outcome: str, status: str, *, issued: bool) -> Seen:
    """Name the one of the two whose doing the outcome is."""
    deviates = status == "fail"
    if issued:
        return Seen(
            pair.key, pair.verifier, pair.verifier_version, outcome, deviates, "verifier", pair.issuer
        )
    return Seen(pair.key, pair.issuer, pair.issuer_version, outcome, deviates, "issuer", pair.verifier)
