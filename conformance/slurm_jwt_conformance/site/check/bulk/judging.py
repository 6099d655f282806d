"""Answer a block of lines: JSON objects or bare tokens in, JSON lines out, with a tally of the answers.

The answers are those of `check` for each token alone. With --judge rules and no policy, a token of the usual
shape is accepted by the Verifier's fast path, and all others are examined.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, NamedTuple

from msgspec.json import encode

from slurm_jwt.strict import jws
from slurm_jwt.strict.examination import examine_bytes
from slurm_jwt.strict.findings import Examination
from slurm_jwt.strict.keys import examine_key
from slurm_jwt.strict.signature import Keys
from slurm_jwt.strict.verify import read_usual
from slurm_jwt_conformance.site.check import units, wrappings
from slurm_jwt_conformance.site.check.answer import Answer, judge, site_diagnostics
from slurm_jwt_conformance.site.check.answer_json import line_json
from slurm_jwt_conformance.site.check.bulk import questions, tally
from slurm_jwt_conformance.site.check.evaluation import evaluate
from slurm_jwt_conformance.site.check.judged import Checked

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.bulk.lines import Block
    from slurm_jwt_conformance.site.check.bulk.tally import Tally
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
        self._keys = Keys(None if key is None else jws.signer(key))
        self._fast = None if self._known else self._keys.sign
        self._rules_only = self._question.target is None and self._question.policy is None
        self._of_site = site_diagnostics(task.question)
        self._endings: dict[Result, tuple[bytes, Answer]] = {}
        self._results: dict[Result, int] = {}

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
                answers.append(b'%b"id":%b,%b' % (front, name, ending))
        for result, times in self._results.items():
            _count(self._endings[result][1], counts, times)
        self._results.clear()
        return Answers(b"".join(answers), counts._replace(unusable=unusable))

    def _ending(self, token: bytes, now: int, counts: Tally) -> bytes:
        """Judge one token, count it, and return the rest of its answer."""
        if not self._rules_only:
            return self._full_ending(token, now, counts)
        usual = None if self._fast is None else read_usual(token, self._fast, now)
        if usual is not None and usual.exp < units.LAST:
            examination, result = _USUAL, _result(_USUAL)
        else:
            examination = examine_bytes(token, self._keys, now, list(self._known))
            if any(units.diagnose(examination.claims, now)) or wrappings.find(token) is not None:
                return self._full_ending(token, now, counts)
            result = _result(examination)
        self._results[result] = self._results.get(result, 0) + 1
        ending = self._endings.get(result)
        if ending is None:
            checked = Checked(token, self._question.key, now, examination, {})
            answer = Answer("", self._question, checked, evaluate(self._question, checked))
            ending = self._endings[result] = _line(answer), answer
        return ending[0]

    def _full_ending(self, token: bytes, now: int, counts: Tally) -> bytes:
        answer = judge(token, "", now, self._question, self._of_site)
        _count(answer, counts)
        return _line(answer)


def _line(answer: Answer) -> bytes:
    """Return the members of an answer, and the end of its line."""
    return questions.text(encode(line_json(answer)).decode())[1:] + b"\n"


def _result(examination: Examination) -> Result:
    rules = tuple(finding.rule for finding in examination.findings)
    return examination.verdict, rules, examination.not_checked


def _count(answer: Answer, counts: Tally, times: int = 1) -> None:
    """Add an answer to the counts."""
    checked = answer.checked
    counts.verdicts[checked.examination.verdict] += times
    counts.outcomes[answer.outcome.verdict] += times
    for finding in checked.examination.findings:
        counts.rules[finding.rule] += times
    if answer.question.policy is not None:
        counts.remarks.update(each.id for each in answer.diagnostics)
    for name, prediction in checked.predictions.items():
        counts.releases[name, _WORDS[prediction.accepted]] += 1
