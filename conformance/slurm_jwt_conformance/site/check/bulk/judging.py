"""Answer a block of lines: JSON objects or bare tokens in, JSON lines out, with a tally of the answers.

The answers are those of `check` for each token alone, but that a token with a wrong signature is judged no
further than that. Tokens with the same words, see `usual`, share one answer.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, NamedTuple

from msgspec.json import encode

from slurm_jwt.strict import jws
from slurm_jwt.strict.keys import examine_key
from slurm_jwt_conformance.site.check.answer import judge, site_diagnostics
from slurm_jwt_conformance.site.check.answer_json import line_json
from slurm_jwt_conformance.site.check.bulk import questions, tally, usual

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.bulk.lines import Block
    from slurm_jwt_conformance.site.check.bulk.tally import Tally
    from slurm_jwt_conformance.site.check.bulk.task import Task
    from slurm_jwt_conformance.site.check.question import Question

_WORDS = {True: "accepted", False: "refused", None: "unknown"}

_MOST_BYTES = 16 * 1024 * 1024
"""The most that kept answers take, about."""

_OWN_BYTES = 512
"""What a kept answer takes besides its text, about."""


class Answers(NamedTuple):
    """The answers to a block as JSON lines, and what is to be added to the tally."""

    text: bytes
    tally: Tally


class Kept:
    """The rest of an answer's line, what it adds to the tally, and how often since the last count."""

    __slots__ = ("counted", "ending", "times")

    def __init__(self, ending: bytes, counted: tally.Counted) -> None:
        self.ending, self.counted, self.times = ending, counted, 0


class Judge:
    """Answers blocks under one task."""

    def __init__(self, task: Task) -> None:
        self._task, self._question = task, task.question
        self._of_site = site_diagnostics(task.question)
        self._reader = _reader(task.question)
        self._kept: dict[usual.Words, Kept] = {}
        self._bytes = 0
        self._alike: dict[tally.Counted, tally.Counted] = {}

    def answer(self, block: Block) -> Answers:
        """Answer each line that is not empty, in order."""
        clock = int(time.time()) if self._task.now is None else self._task.now
        read = questions.of_bare_line if self._task.bare else questions.of_json_line
        read = questions.of_token_file if self._task.token_files else read
        front = b"{" if block.place is None else b'{"file":%b,' % questions.text(json.dumps(block.place))
        answers: list[bytes] = []
        counts, unusable = tally.nothing(), 0
        for number, line in enumerate(block.data.split(b"\n"), block.first):
            if not line or line.isspace():
                continue
            try:
                name, token, own = read(line, number)
            except questions.Unusable as problem:
                unusable += 1
                answers.append(front + problem.answer(number))
            else:
                ending = self._ending(token, clock if own is None else own, counts)
                answers += front, b'"id":', name, b",", ending
        self._count_kept(counts)
        return Answers(b"".join(answers), counts._replace(unusable=unusable))

    def _ending(self, token: bytes, now: int, counts: Tally) -> bytes:
        """Judge one token, count it, and return the rest of its answer."""
        words = None if self._reader is None else self._reader.words(token, now)
        if words is None:
            ending, counted = self._judged(token, now)
            tally.count(counts, counted)
            return ending
        kept = self._kept.get(words)
        if kept is None:
            kept = self._keep(words, Kept(*self._judged(token, now)), counts)
        kept.times += 1
        return kept.ending

    def _keep(self, words: usual.Words, kept: Kept, counts: Tally) -> Kept:
        self._bytes += len(kept.ending) + _OWN_BYTES
        if self._bytes > _MOST_BYTES:
            self._count_kept(counts)
            self._kept.clear()
            self._bytes = 0
        self._kept[words] = kept
        kept.counted = self._alike.setdefault(kept.counted, kept.counted)
        return kept

    def _judged(self, token: bytes, now: int) -> tuple[bytes, tally.Counted]:
        answer = judge(token, "", now, self._question, self._of_site, signed_only=True)
        return _line(answer), _counted(answer)

    def _count_kept(self, counts: Tally) -> None:
        for kept in self._kept.values():
            if kept.times:
                tally.count(counts, kept.counted, kept.times)
                kept.times = 0


def _reader(question: Question) -> usual.Reader | None:
    """Return what finds the words of usual tokens; None where no few words decide."""
    key = question.key
    if key is None or question.policy is not None or examine_key(key):
        return None
    reader = usual.Reader(question, jws.signer(key))
    return reader if reader.usable else None


def _line(answer: Answer) -> bytes:
    """Return the members of an answer, and the end of its line."""
    return questions.text(encode(line_json(answer)).decode())[1:] + b"\n"


def _counted(answer: Answer) -> tally.Counted:
    examination = answer.checked.examination
    return tally.Counted(
        examination.verdict,
        answer.outcome.verdict,
        tuple(finding.rule for finding in examination.findings),
        tuple(each.id for each in answer.diagnostics) if answer.question.policy is not None else (),
        tuple((name, _WORDS[each.accepted]) for name, each in answer.checked.predictions.items()),
    )
