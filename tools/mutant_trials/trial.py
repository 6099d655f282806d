"""Put every case to the wrong verifiers and every issuing request to the wrong issuers; see what kills them.

A mutant is killed if its answer is not the reference's. The kill is hard if the documents are against
the mutant: it accepts what is invalid, refuses what is valid, takes a token for another user than it names,
or issues what it must not. The kill is soft if the documents leave a choice: a token documented as "either"
is accepted, a valid token is written in other bytes than scontrol's. A crash is not a kill; a mutant must
not crash.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import slurm_jwt_vectors
from slurm_jwt import examine
from slurm_jwt_conformance.adapters.python import reference
from slurm_jwt_vectors.suite import load_issuing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from slurm_jwt_conformance.harness.mutants.mutant import Issue, Mutant, Verify
    from slurm_jwt_vectors.models import Case, IssuingCase


class Answer(NamedTuple):
    """A mutant's answer: accept (`text` is the user), token (`text` is it), refuse, unsupported or crash."""

    outcome: str
    text: str | None


class Trial(NamedTuple):
    """The ids of the cases that kill a mutant, hard and soft, and of those it crashes on."""

    name: str
    hard: tuple[str, ...]
    soft: tuple[str, ...]
    crashed: tuple[str, ...]

    @property
    def kills(self) -> tuple[str, ...]:
        """All cases that kill the mutant, the hard ones first."""
        return self.hard + self.soft


def try_all(mutants: Iterable[Mutant]) -> list[Trial]:
    """Return the trials of these mutants, in their order."""
    return [try_one(mutant) for mutant in mutants]


def try_one(mutant: Mutant) -> Trial:
    """Return the trial of one mutant: a verifier reads all cases, an issuer gets all issuing requests."""
    kinds: dict[str | None, list[str]] = {}
    for name, answer in answers(mutant).items():
        kinds.setdefault(_kind(name, answer), []).append(name)
    hard, soft, crashed = (tuple(kinds.get(kind, ())) for kind in ("hard", "soft", "crash"))
    return Trial(mutant.name, hard, soft, crashed)


def answers(mutant: Mutant) -> dict[str, Answer]:
    """Return the mutant's answers by the id of the case or the issuing request."""
    verify, issue = mutant.verify, mutant.issue
    if issue is not None:
        return {request.id: _issued(issue, request) for request in _requests().values()}
    assert verify is not None
    questions = (each for each in _questions() if mutant.verify_jwks or each.jwks is None)
    return {question.id: _read(mutant, verify, question) for question in questions}


class _Question(NamedTuple):
    """A case with its token and key as bytes, which take long to decode."""

    id: str
    token: bytes
    key: bytes
    now: int
    jwks: bytes | None


_suite = cache(slurm_jwt_vectors.load)
_requests = cache(load_issuing)


@cache
def _questions() -> tuple[_Question, ...]:
    suite = _suite()
    keys = {name: key.bytes for name, key in suite.keys.items()}
    return tuple(
        _Question(case.id, case.token_bytes, keys[case.key], case.now, suite.jwks_of(case))
        for case in suite.cases.values()
    )


def _read(mutant: Mutant, verify: Verify, question: _Question) -> Answer:
    token, key, now, jwks = question.token, question.key, question.now, question.jwks
    with_jwks = mutant.verify_jwks
    if with_jwks is not None and jwks is not None:
        return _guarded("accept", lambda: with_jwks(token, key, jwks, now).get("sun"))
    return _guarded("accept", lambda: verify(token, key, now).get("sun"))


def _issued(issue: Issue, request: IssuingCase) -> Answer:
    return _guarded("token", lambda: issue(request.asked, _key(request)))


def _key(request: IssuingCase) -> bytes:
    return _suite().keys[request.key].bytes


def _guarded(success: str, call: Callable[[], Any]) -> Answer:
    try:
        text = call()
        return Answer(success, text if isinstance(text, str) else None)
    except reference.FAMILY:
        return Answer("refuse", None)
    except reference.Unsupported:
        return Answer("unsupported", None)
    except Exception as error:  # noqa: BLE001 - whatever else a mutant raises is to be shown
        return Answer("crash", f"{type(error).__name__}: {error}")


def _kind(name: str, answer: Answer) -> str | None:
    """Return how the answer kills the mutant: hard, soft, crash, or None if it is the reference's answer."""
    if answer.outcome == "crash":
        return "crash"
    case = _suite().cases.get(name)
    return _of_request(_requests()[name], answer) if case is None else _of_case(case, answer)


def _of_case(case: Case, answer: Answer) -> str | None:
    if answer.outcome == "refuse":
        return "hard" if case.verdict == "valid" else None
    if case.verdict == "invalid" or case.user not in {None, answer.text}:
        return "hard"
    return "soft" if case.verdict == "either" else None


@cache
def _right(name: str) -> Answer:
    """Return what the reference issues."""
    return _issued(lambda claims, key: reference.issue(claims, key, ""), _requests()[name])


def _of_request(request: IssuingCase, answer: Answer) -> str | None:
    if answer == _right(request.id):
        return None
    if answer.text is None:
        return "hard" if request.expected == "token" else "soft"
    return "hard" if _is_bad(request, answer.text) else "soft"


def _is_bad(request: IssuingCase, token: str) -> bool:
    """Return whether this request must not lead to this token."""
    examination = examine(token, _key(request), request.now)
    allowed = request.rules if request.expected == "either" else ()
    if any(finding.rule not in allowed for finding in examination.findings):
        return True
    claims = examination.claims or {}
    right = all(name in claims and claims[name] == value for name, value in request.held.items())
    return request.expected != "refuse" and not right
