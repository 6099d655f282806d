"""What each format shows of one answer of `check`: whether the token passes."""

from __future__ import annotations

import base64
import functools
import io
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from slurm_jwt_conformance.site.check import document
from slurm_jwt_conformance.site.check.answer import judge
from slurm_jwt_conformance.site.check.bulk.judging import Judge
from slurm_jwt_conformance.site.check.bulk.lines import Block
from slurm_jwt_conformance.site.check.bulk.task import Task
from slurm_jwt_conformance.site.fitness import token_report
from slurm_jwt_conformance.site.gate import test_site as gate
from slurm_jwt_reports import formats, terminal
from slurm_jwt_reports.formats import text
from slurm_jwt_reports.site.fitness import site_json
from slurm_jwt_reports.site.page import site_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.question import Question


def of_text(shown: str) -> bool:
    verdict, _, rest = shown.partition(": ")
    assert verdict in {"pass", "fail", "undetermined"}
    assert rest
    return verdict == "pass"


def of_json(shown: str) -> bool:
    """Return the outcome of --json, or of a line of --jsonl and --lines."""
    said = json.loads(shown)
    assert said["passes"] == (said["outcome"] == "pass") == (not said["reasons"])
    return said["passes"] is True


def of_junit(shown: str) -> bool:
    (suite,) = ET.fromstring(shown).iter("testsuite")
    return suite.get("failures") == suite.get("errors") == "0"


def of_sarif(shown: str) -> bool:
    (run,) = json.loads(shown)["runs"]
    errors = [each for each in run["results"] if each["level"] == "error" and "suppressions" not in each]
    passes = run["invocations"][0]["exitCode"] == 0
    assert not (passes and errors)
    return passes


def of_markdown(shown: str) -> bool:
    return "**pass**: " in shown and "**fail**: " not in shown and "**undetermined**: " not in shown


def of_html(shown: str) -> bool:
    return '<p class="verdict pass"><b>pass</b>' in shown


def of_page(answer: Answer) -> bool:
    """Return whether the sign-off page and its JSON show "fit"."""
    report = token_report.report(answer, clock="-")
    fit = json.loads(site_json(report))["conclusion"]["verdict"] == "fit"
    assert (">Fit" in site_page(report)) == fit
    return fit


def of_gate(answer: Answer) -> bool:
    """Return whether the gate's tests pass."""
    tests = [functools.partial(gate.test_verdict, answer)]
    names = {gate.test_rule: [each.rule for each in answer.checked.examination.findings]}
    names[gate.test_user] = names[gate.test_policy] = [each.id for each in answer.diagnostics]
    names[gate.test_release] = list(answer.checked.predictions)
    tests += [functools.partial(test, answer, name) for test, given in names.items() for name in given]
    try:
        for test in tests:
            try:
                test()
            except (pytest.skip.Exception, pytest.xfail.Exception):
                continue
    except pytest.fail.Exception:
        return False
    return True


_JUDGES: dict[tuple[int, bool], tuple[Question, Judge]] = {}


def _of_line(answer: Answer, line: bytes, *, bare: bool) -> bool:
    """Return the outcome of a line, by the judge of this question and form, which keeps what it has seen."""
    question = answer.question
    made = _JUDGES.setdefault(
        (id(question), bare), (question, Judge(Task(question, answer.checked.now, bare)))
    )
    text = made[1].answer(Block(None, 1, line)).text.decode()
    alone = judge(answer.checked.token, "", answer.checked.now, question, signed_only=True)
    said = json.loads(text)
    assert said["verdict"] == alone.checked.examination.verdict
    assert tuple(said["reasons"]) == alone.outcome.reasons
    return of_json(text)


def of_jsonl(answer: Answer) -> bool:
    token, now = base64.b64encode(answer.checked.token).decode(), answer.checked.now
    line = json.dumps({"id": 1, "token_base64": token, "now": now}).encode()
    return _of_line(answer, line, bare=False)


def of_lines(answer: Answer) -> bool:
    """Return the outcome of --lines; that of --jsonl for a token that cannot be a line."""
    token = answer.checked.token
    is_line = token.strip() == token and token and b"\n" not in token
    return _of_line(answer, token, bare=True) if is_line else of_jsonl(answer)


def _read(name: str) -> Callable[[Answer], bool]:
    return lambda answer: READ[name](formats.render(name, document.document(answer)))


def _of_terminal(answer: Answer) -> bool:
    return of_text(text.render(document.document(answer), terminal.style(io.StringIO())))


READ = {"json": of_json, "junit": of_junit, "sarif": of_sarif, "markdown": of_markdown, "html": of_html}
"""What a file of each format shows."""
OF_CHECK: dict[str, Callable[[Answer], bool]] = {
    **{name: _read(name) for name in READ},
    "text": _of_terminal,
    "jsonl": of_jsonl,
    "lines": of_lines,
}
"""What each format shows of an answer: the outcome of `check`."""
OF_SIGN_OFF: dict[str, Callable[[Answer], bool]] = {"page": of_page, "gate": of_gate}
"""What these show of an answer: the outcome to sign."""
