"""Answer a block of lines: JSON objects or bare tokens in, JSON lines out, with a tally of the answers.

The answers are those of `check` for each token alone. With --judge rules and no policy, a token of the usual
shape is accepted by the Verifier's fast path, and all others are examined.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from msgspec.json import encode

from slurm_jwt.strict import jws
from slurm_jwt.strict.examination import examine_bytes
from slurm_jwt.strict.findings import Examination
from slurm_jwt.strict.keys import examine_key
from slurm_jwt.strict.verify import read_usual
from slurm_jwt_conformance.site.check.answer import Answer, judge, site_diagnostics
from slurm_jwt_conformance.site.check.answer_json import line_json
from slurm_jwt_conformance.site.check.bulk import questions
from slurm_jwt_conformance.site.check.bulk.tally import Tally
from slurm_jwt_conformance.site.check.evaluation import evaluate
from slurm_jwt_conformance.site.check.judged import Checked

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.bulk.lines import Block
    from slurm_jwt_conformance.site.check.bulk.task import Task

Result = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A verdict, the ids of the broken rules, and those that were not checked."""

_USUAL = Examination("valid", (), (), None, None)
"""Of a token that the Verifier accepts, without its content."""

_WORDS = {True: "accepted", False: "refused", None: "unknown"}


class Answers(NamedTuple):
    """The answers to a block as JSON lines, and what is to be added to the tally."""

    text: bytes
    tally: Tally


class Judge:
    """Answers blocks under one task."""

    def __init__(self, task: Task) -> None:
        self._task, self._question = task, task.question
        key = self._question.key
        flaw = None if key is None else examine_key(key)
        self._known = [flaw] if flaw else []
        self._sign = None if key is None else jws.signer(key)
        self._fast = None if self._known else self._sign
        self._rules_only = self._question.target is None and self._question.policy is None
        self._of_site = site_diagnostics(task.question)
        self._endings: dict[Result, tuple[bytes, Answer]] = {}

    def answer(self, block: Block) -> Answers:
        """Answer each line that is not empty, in order."""
        clock = int(time.time()) if self._task.now is None else self._task.now
        read = questions.of_bare_line if self._task.bare else questions.of_json_line
        front = b"{" if block.place is None else b'{"file":%b,' % questions.text(json.dumps(block.place))
        answers: list[bytes] = []
        counts = _Counts()
        for number, line in enumerate(block.data.split(b"\n"), block.first):
            if not line or line.isspace():
                continue
            try:
                name, token, own = read(line, number)
            except questions.Unusable as problem:
                counts.unusable += 1
                answers.append(front + problem.answer(number))
            else:
                ending = self._ending(token, clock if own is None else own, counts)
                answers.append(b'%b"id":%b,%b' % (front, name, ending))
        for result, times in counts.results.items():
            counts.add(self._endings[result][1], times)
        return Answers(b"".join(answers), counts.tally())

    def _ending(self, token: bytes, now: int, counts: _Counts) -> bytes:
        """Judge one token, count it, and return the rest of its answer."""
        if not self._rules_only:
            answer = judge(token, "", now, self._question, self._of_site)
            counts.add(answer)
            return _line(answer)
        if self._fast is not None and read_usual(token, self._fast, now) is not None:
            examination, result = _USUAL, _result(_USUAL)
        else:
            examination = examine_bytes(token, self._sign, now, list(self._known))
            result = _result(examination)
        counts.results[result] = counts.results.get(result, 0) + 1
        ending = self._endings.get(result)
        if ending is None:
            checked = Checked(token, self._question.key, now, examination, {})
            answer = Answer("", self._question, checked, evaluate(self._question, checked))
            ending = self._endings[result] = _line(answer), answer
        return ending[0]


def _line(answer: Answer) -> bytes:
    """Return the members of an answer, and the end of its line."""
    return questions.text(encode(line_json(answer)).decode())[1:] + b"\n"


def _result(examination: Examination) -> Result:
    rules = tuple(finding.rule for finding in examination.findings)
    return examination.verdict, rules, examination.not_checked


class _Counts:
    """What is counted in one block."""

    def __init__(self) -> None:
        self.results: dict[Result, int] = {}
        self.verdicts: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.remarks: Counter[str] = Counter()
        self.releases: Counter[tuple[str, str]] = Counter()
        self.unusable = 0

    def add(self, answer: Answer, times: int = 1) -> None:
        """Count an answer."""
        checked = answer.checked
        self.verdicts[checked.examination.verdict] += times
        self.outcomes[answer.outcome.verdict] += times
        for finding in checked.examination.findings:
            self.rules[finding.rule] += times
        if answer.question.policy is not None:
            self.remarks.update(each.id for each in answer.diagnostics)
        for name, prediction in checked.predictions.items():
            self.releases[name, _WORDS[prediction.accepted]] += 1

    def tally(self) -> Tally:
        """Return the counts."""
        return Tally(self.verdicts, self.outcomes, self.rules, self.remarks, self.releases, self.unusable)
