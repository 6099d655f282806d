"""Put every case and every wish to a mutant, and tell which of them kill it.

A mutant is killed where its answer is not the reference's. The kill is hard where the documents are against
the mutant: it accepts what is invalid, refuses what is valid, takes a token for another user than it names,
or issues what it must not. It is soft where they leave a choice that the strict reference makes: a token
documented as "either" is accepted, a valid token is written in other bytes than scontrol's. A crash is no
kill; a mutant must not crash at all.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import slurm_jwt_vectors
from slurm_jwt import examine
from slurm_jwt_conformance.harness.mutants.patching import patched
from slurm_jwt_vectors.suite import load_issuing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from slurm_jwt_conformance.harness.mutants.mutant import Mutant, Patch
    from slurm_jwt_vectors.models import Case, IssuingCase, Suite

ISSUER = "slurm_jwt.strict.issue"


class Answer(NamedTuple):
    """What a mutant said: accept (`text` is the user), token (the token), refuse, unsupported or crash."""

    outcome: str
    text: str | None


class Trial(NamedTuple):
    """What came of one mutant: the ids of the cases that kill it, hard and soft, and those it crashed on.

    passed: the share of all cases that it answers as the reference does. Wishes do not count there: what is
    wrong with an issuer mostly shows in each of its tokens.
    """

    name: str
    passed: float
    hard: tuple[str, ...]
    soft: tuple[str, ...]
    crashed: tuple[str, ...]

    @property
    def kills(self) -> tuple[str, ...]:
        """All cases that kill it, the hard ones first."""
        return self.hard + self.soft


def try_all(mutants: Iterable[Mutant]) -> list[Trial]:
    """Try these mutants, on all cores at once."""
    chosen = list(mutants)
    spawn = multiprocessing.get_context("spawn")  # a fork would copy threads that hold locks
    with ProcessPoolExecutor(os.cpu_count(), spawn) as pool:
        return list(pool.map(try_one, chosen, chunksize=4))


def try_one(mutant: Mutant) -> Trial:
    """Try one mutant in this process; nothing else may use the reference meanwhile."""
    material = _material()
    read, made = answers(mutant.patch)
    weighed = [(name, _of_case(material.suite.cases[name], answer)) for name, answer in read.items()]
    weighed += [(name, _of_wish(material.wishes[name], answer)) for name, answer in made.items()]
    kinds = {kind: tuple(name for name, of in weighed if of == kind) for kind in ("hard", "soft", "crash")}
    failed = sum(of is not None and name in read for name, of in weighed)
    passed = 1 - failed / len(material.questions)
    return Trial(mutant.name, passed, kinds["hard"], kinds["soft"], kinds["crash"])


def answers(*patches: Patch) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Ask the reference with these patches about all cases and all wishes; by id.

    No case is read where all patches are in the Issuer's own module: the Verifier does not import it.
    """
    material = _material()
    issuer_alone = bool(patches) and all(patch.module == ISSUER for patch in patches)
    with patched(*patches) as adapter:
        questions = () if issuer_alone else material.questions
        read = {question.id: _read(adapter, question) for question in questions}
        made = {wish.id: _issue(adapter, wish, material.keys[wish.key]) for wish in material.wishes.values()}
    return read, made


class _Question(NamedTuple):
    """A case with its token and key as bytes, which the case's own properties decode each time."""

    id: str
    token: bytes
    key: bytes
    now: int


class _Material(NamedTuple):
    suite: Suite
    wishes: dict[str, IssuingCase]
    keys: dict[str, bytes]
    questions: tuple[_Question, ...]


@cache
def _material() -> _Material:
    suite = slurm_jwt_vectors.load()
    keys = {name: key.bytes for name, key in suite.keys.items()}
    cases = suite.cases.values()
    questions = tuple(_Question(case.id, case.token_bytes, keys[case.key], case.now) for case in cases)
    return _Material(suite, load_issuing(), keys, questions)


@cache
def _right() -> dict[str, Answer]:
    """Ask the reference itself for all that it issues."""
    return answers()[1]


def _read(adapter: ModuleType, question: _Question) -> Answer:
    def read() -> str | None:
        claims: dict[str, Any] = adapter.verify(question.token, question.key, question.now, "")
        user = claims.get("sun")
        return user if isinstance(user, str) else None

    return _guarded(adapter, "accept", read)


def _issue(adapter: ModuleType, wish: IssuingCase, key: bytes) -> Answer:
    return _guarded(adapter, "token", lambda: adapter.issue(wish.asked, key, ""))


def _guarded(adapter: ModuleType, success: str, call: Callable[[], str | None]) -> Answer:
    try:
        return Answer(success, call())
    except adapter.FAMILY:
        return Answer("refuse", None)
    except adapter.Unsupported:
        return Answer("unsupported", None)
    except Exception as error:  # noqa: BLE001 - whatever else a mutant raises is to be shown
        return Answer("crash", f"{type(error).__name__}: {error}")


def _of_case(case: Case, answer: Answer) -> str | None:
    if answer.outcome == "crash":
        return "crash"
    if answer.outcome == "refuse":
        return "hard" if case.verdict == "valid" else None
    if case.verdict == "invalid" or case.user not in {None, answer.text}:
        return "hard"
    return "soft" if case.verdict == "either" else None


def _of_wish(wish: IssuingCase, answer: Answer) -> str | None:
    if answer.outcome == "crash":
        return "crash"
    right = _right()[wish.id]
    if answer == right:
        return None
    if answer.text is None:
        return "hard" if wish.expected == "token" else "soft"
    return "hard" if _is_bad(wish, answer.text) else "soft"


def _is_bad(wish: IssuingCase, token: str) -> bool:
    """Tell whether a token is one that this wish must not lead to."""
    done = examine(token, _material().keys[wish.key], wish.now)
    allowed = wish.rules if wish.expected == "either" else ()
    if any(finding.rule not in allowed for finding in done.findings):
        return True
    return wish.expected != "refuse" and not _held(wish, done.claims or {})


def _held(wish: IssuingCase, claims: dict[str, Any]) -> bool:
    return all(name in claims and claims[name] == value for name, value in wish.held.items())


def questions() -> tuple[str, ...]:
    """Give the ids of all cases and wishes."""
    material = _material()
    return (*material.suite.cases, *material.wishes)


def idle(trials: Iterable[Trial]) -> Iterator[str]:
    """Give the ids of the cases and wishes that kill nothing."""
    busy = {name for trial in trials for name in trial.kills}
    yield from (name for name in questions() if name not in busy)
