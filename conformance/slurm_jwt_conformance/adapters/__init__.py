"""What takes part in a run: the words that the judge, the matrix and every participant share.

A participant is a library in a configuration, our own reference, somebody's program behind the
adapter protocol, or a real slurmctld. All answer the same two questions: is this token good
under this key at this moment (verifier), and what token do you make of these claims (issuer).
The expected verdict is no part of a question.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from slurm_jwt_reports.problems import HarnessProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from slurm_jwt_reports.stream.events import Basis

Role = Literal["issuer", "verifier"]
Clock = Literal["argument", "patched", "system"]
Answer = Literal["accept", "reject", "token", "refuse", "crash", "hang", "unsupported", "not run"]

ROLES: tuple[Role, ...] = ("issuer", "verifier")


@dataclass(frozen=True)
class Description:
    """How a participant introduces itself.

    clock: "argument" takes the moment with the question, "patched" has its clock frozen around the
    call, "system" reads the machine's clock and cannot be asked about another moment.
    not_checked: ids of the rule catalogue that this configuration does not check.
    algorithms: those that it can verify and issue.
    """

    library: str
    version: str
    language: str
    roles: tuple[Role, ...]
    clock: Clock
    not_checked: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ("HS256",)


@dataclass(frozen=True)
class VerifyRequest:
    """A question to a verifier: whether this token is good under these keys at `now`, in Unix seconds.

    key: the key of HS256. jwks: the file with the keys of RS256. None: the verifier has no such key.
    """

    id: str
    token: bytes = field(repr=False)
    key: bytes | None = field(repr=False)
    now: int
    jwks: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class IssueRequest:
    """A question to an issuer: a token of exactly these claims, signed with this key.

    key: the key of HS256, None for RS256. pem: the private key of RS256, whose kid goes into the header.
    """

    id: str
    claims: Mapping[str, object]
    key: bytes | None = field(repr=False)
    now: int
    pem: bytes | None = field(default=None, repr=False)
    kid: str | None = None


@dataclass(frozen=True)
class Outcome:
    """One answer. A token that was issued is in `token`; `error` is safe to print.

    accept, reject: the verifier's. token, refuse: the issuer's. crash: an error that is not a refusal, a
    dead process, or a line that is not an answer. hang: no answer within the limit. unsupported: cannot be
    asked, reason in `error`. not run: the participant gave up before this question. user: as the adapter
    wrote it; escape it to show it.
    """

    id: str
    outcome: Answer
    error: str | None = None
    user: str | None = None
    uid: int | None = None
    log: str | None = None
    token: str | None = field(default=None, repr=False)
    milliseconds: float | None = None


class Participant(Protocol):
    """What the judge and the matrix need; answers come in the order of the questions.

    basis: "live" where the thing itself answers, "recorded" where the record of an earlier one does.
    """

    @property
    def basis(self) -> Basis: ...  # noqa: D102 - the class docstring explains it

    def describe(self) -> Description:
        """Introduce itself; starts what has to be started. Raises NotInstalled or AdapterBroken."""
        ...

    def verify(self, requests: Iterable[VerifyRequest]) -> Iterator[Outcome]:
        """Answer each question with accept, reject, crash, hang, unsupported or not run."""
        ...

    def issue(self, requests: Iterable[IssueRequest]) -> Iterator[Outcome]:
        """Answer each question with token, refuse, crash, hang, unsupported or not run."""
        ...

    def close(self) -> None:
        """End whatever was started; safe to call twice."""
        ...


class AdapterBroken(HarnessProblem):
    """An adapter breaks the adapter protocol (garbage on stdout, wrong id, no start)."""

    def __init__(self, name: str, reason: str) -> None:
        hint = "This says nothing about its library. Run `slurm-jwt adapter check` on the adapter."
        super().__init__(f"the adapter of {name} is broken: {reason}", hint)
        self.name = name
        self.reason = reason


class NotInstalled(Exception):
    """A participant cannot take part on this machine; `reason` says why and what would help."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} cannot take part: {reason}")
        self.name = name
        self.reason = reason
