"""What a release does with claims and header members: sentences made from its verdicts on the vectors.

No sentence is written for a release. Each one is made from the recorded or modelled verdicts on the cases
that the question names, so that it states only what a case shows.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from slurm_jwt.slurmctld import Release
from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.site.changes.verdicts import CaseVerdict, suite, verdicts
from slurm_jwt_reports.schema import Strict

Group = Literal["accepted", "refused", "other user", "not known"]


class Question(Strict, frozen=True):
    """A member of claims or header. must: what to write. cases: vectors, each with the words for it."""

    name: str
    must: str
    cases: tuple[tuple[str, str], ...]


class Member(Strict, frozen=True):
    """A claim or header member: what to write, and what this release does with other values.

    other_user: values for which slurmctld assigns another user than the token means.
    """

    name: str
    must: str
    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    other_user: tuple[str, ...]
    not_known: tuple[str, ...]
    logs: tuple[str, ...]
    cases: tuple[str, ...]
    basis: Basis


class _Questions(Strict, frozen=True):
    claims: tuple[Question, ...]
    header: tuple[Question, ...]


_QUESTIONS = msgspec.toml.decode(Path(__file__).with_name("members.toml").read_bytes(), type=_Questions)
CLAIMS = _QUESTIONS.claims

HEADER = _QUESTIONS.header


def members(
    release: Release, questions: tuple[Question, ...], user_claims: Collection[str] = ()
) -> tuple[Member, ...]:
    """Return the answers of a release.

    user_claims: claims that name users on this site, such as that of userclaimfield. Records without such a
    setting do not apply to them, so their cases are left out.
    """
    own = {f"fallback.{name.replace('_', '-')}-instead" for name in user_claims if name != "username"}
    applicable = (
        replace(question, cases=tuple(case for case in question.cases if case[0] not in own))
        for question in questions
    )
    return tuple(_member(release, question) for question in applicable)


def _member(release: Release, question: Question) -> Member:
    known = verdicts(release)
    return member(question, [known[name] for name, _ in question.cases])


def member(question: Question, known: Sequence[CaseVerdict]) -> Member:
    """Return the answer to a question. known: the verdict on each of its cases."""
    answers = [
        (each, *_answer(each, name, words)) for each, (name, words) in zip(known, question.cases, strict=True)
    ]
    logs = (each.log for each, _, _ in answers if each.accepted is False and each.log)

    def words_of(one: Group) -> tuple[str, ...]:
        return tuple(words for _, group, words in answers if group == one)

    return Member(
        name=question.name,
        must=question.must,
        accepted=words_of("accepted"),
        refused=words_of("refused"),
        other_user=words_of("other user"),
        not_known=words_of("not known"),
        logs=tuple(dict.fromkeys(log.removeprefix("error: ").rpartition("verify: ")[2] for log in logs)),
        cases=tuple(name for name, _ in question.cases),
        basis="observed" if all(each.basis == "observed" for each in known) else "modelled",
    )


def _answer(verdict: CaseVerdict, case: str, words: str) -> tuple[Group, str]:
    """Return the group of a case and its words; uid 99 and an unexpected root are another user."""
    if verdict.accepted is None:
        return "not known", words
    if not verdict.accepted:
        return "refused", words
    if verdict.uid == 99:
        return "other user", f"{words} (uid 99, nobody)"
    if verdict.uid == 0 and (case not in suite().cases or suite().cases[case].user != "root"):
        return "other user", f"{words} (root)"
    return "accepted", words
