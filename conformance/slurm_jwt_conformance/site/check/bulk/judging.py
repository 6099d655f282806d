"""Answer a block of lines: JSON objects or bare tokens in, JSON lines out, with a tally of what came of them.

A token of the usual shape is accepted by the Verifier's fast path; all others are examined. The answers
are those of `check` for each token alone.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.strict import jws
from slurm_jwt.strict.examination import examine_bytes
from slurm_jwt.strict.findings import Examination
from slurm_jwt.strict.keys import examine_key
from slurm_jwt.strict.verify import read_usual
from slurm_jwt_conformance.site.check.answer import answer
from slurm_jwt_conformance.site.check.answer import passes as answer_passes
from slurm_jwt_conformance.site.check.bulk import questions
from slurm_jwt_conformance.site.check.bulk.tally import Tally
from slurm_jwt_conformance.site.check.judged import Checked, passes, prediction_json
from slurm_jwt_conformance.site.check.predicted import predictions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt.slurmctld import Prediction
    from slurm_jwt.strict.accepted import Claims
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.bulk.lines import Block
    from slurm_jwt_conformance.site.check.bulk.task import Task

Result = tuple[str, tuple[str, ...]]
"""A verdict and the ids of the broken rules."""

PASSING = ("valid", "either")
_FATES = {True: "accepted", False: "refused", None: "unknown"}


class Answers(NamedTuple):
    """The answers to a block as JSON lines, and what is to be added to the tally."""

    text: bytes
    tally: Tally


class Judge:
    """Answers blocks under one task."""

    def __init__(self, task: Task) -> None:
        self._task = task
        flaw = None if task.key is None else examine_key(task.key)
        self._known = [flaw] if flaw else []
        self._sign = None if task.key is None else jws.signer(task.key)
        self._fast = None if self._known else self._sign
        self._endings: dict[Result, bytes] = {}

    def answer(self, block: Block) -> Answers:
        """Answer each line that is not blank, in order."""
        clock = int(time.time()) if self._task.now is None else self._task.now
        read = questions.of_bare_line if self._task.bare else questions.of_json_line
        front = b"{" if block.place is None else b'{"file": %b, ' % questions.text(json.dumps(block.place))
        said: list[bytes] = []
        counts = _Counts()
        for number, line in enumerate(block.data.split(b"\n"), block.first):
            if not line or line.isspace():
                continue
            try:
                name, token, own = read(line, number)
            except questions.Unusable as problem:
                counts.unusable += 1
                said.append(front + problem.answer(number))
            else:
                verdict = self._verdict(token, clock if own is None else own, counts)
                said.append(b'%b"id": %b, %b' % (front, name, verdict))
        return Answers(b"".join(said), counts.tally())

    def _verdict(self, token: bytes, now: int, counts: _Counts) -> bytes:
        """Judge one token, count it, and give the rest of its answer."""
        if self._task.question is not None:
            return _of_policy(answer(token, "", now, self._task.question), counts)
        claims = None if self._fast is None else read_usual(token, self._fast, now)
        if self._task.where is not None:
            result = self._examined(token, now) if claims is None else _valid(claims)
            return self._of_site(token, now, result, counts)
        told: Result = ("valid", ()) if claims is not None else _result(self._examined(token, now))
        counts.results[told] += 1
        counts.failed += told[0] not in PASSING
        ending = self._endings.get(told)
        if ending is None:
            ending = self._endings[told] = b"%b}\n" % _members(told)
        return ending

    def _examined(self, token: bytes, now: int) -> Examination:
        return examine_bytes(token, self._sign, now, list(self._known))

    def _of_site(self, token: bytes, now: int, result: Examination, counts: _Counts) -> bytes:
        """Ask the releases too, count what they say, and give the rest of the answer."""
        key, where, told = self._task.key, self._task.where, _result(result)
        asked = predictions(token, key, now, where) if key is not None and where is not None else {}
        counts.results[told] += 1
        counts.failed += not passes(Checked(token, key, now, result, asked), where, self._task.judge)
        return b'%b, "slurm": {%b}}\n' % (_members(told), _of_releases(asked, counts))


def _of_policy(made: Answer, counts: _Counts) -> bytes:
    """Count a token that was held against all that a single one is, and give the rest of its answer."""
    told = _result(made.done.result)
    counts.results[told] += 1
    names, good = [remark.id for remark in made.remarks], answer_passes(made)
    counts.failed += not good
    counts.remarks.update(names)
    remarks = f'"passes": {json.dumps(good)}, "remarks": {json.dumps(names)}'.encode()
    if made.question.where is None:
        return b"%b, %b}\n" % (_members(told), remarks)
    slurm = _of_releases(made.done.predictions, counts)
    return b'%b, %b, "slurm": {%b}}\n' % (_members(told), remarks, slurm)


def _of_releases(asked: Mapping[str, Prediction], counts: _Counts) -> bytes:
    """Count what the releases do, and give it as the members of an object."""
    for name, prediction in asked.items():
        counts.releases[name, _FATES[prediction.accepted]] += 1
    return b", ".join(b'"%b": %b' % (name.encode(), _said(each)) for name, each in asked.items())


def _valid(claims: Claims) -> Examination:
    """Give what an examination says of a token that the Verifier accepts, but for the header."""
    return Examination("valid", (), (), None, claims.to_dict())


def _result(examined: Examination) -> Result:
    return examined.verdict, tuple(finding.rule for finding in examined.findings)


@lru_cache(maxsize=4096)
def _said(prediction: Prediction) -> bytes:
    return questions.text(json.dumps(prediction_json(prediction)))


def _members(result: Result) -> bytes:
    return f'"verdict": "{result[0]}", "rules": {json.dumps(result[1])}'.encode()


class _Counts:
    """What is counted in one block."""

    def __init__(self) -> None:
        self.results: Counter[Result] = Counter()
        self.remarks: Counter[str] = Counter()
        self.releases: Counter[tuple[str, str]] = Counter()
        self.failed = 0
        self.unusable = 0

    def tally(self) -> Tally:
        """Add up."""
        verdicts: Counter[str] = Counter()
        rules: Counter[str] = Counter()
        for (verdict, broken), count in self.results.items():
            verdicts[verdict] += count
            for rule in broken:
                rules[rule] += count
        return Tally(verdicts, rules, self.remarks, self.releases, self.failed, self.unusable)
