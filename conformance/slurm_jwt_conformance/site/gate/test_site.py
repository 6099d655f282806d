"""One token of the site's issuer: a test for each documented rule, diagnostic, policy member and release.

A broken rule that leaves verifiers a choice, and a warning, are skips with their text. A waived error is an
expected failure until its last day. The last test is the outcome of the sign-off page (`check --html`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slurm_jwt.strict.rules import in_edition
from slurm_jwt_conformance.site.check import diagnostics, document, evaluation
from slurm_jwt_conformance.site.fitness import sign_off
from slurm_jwt_conformance.site.gate.plugin import answer_of
from slurm_jwt_conformance.site.policy import policy
from slurm_jwt_conformance.site.users import mapping_texts
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_reports.diagnostic import Diagnostic


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize the tests by rules, diagnostics, policy members and releases."""
    answer = answer_of(metafunc.config)
    site = tuple(one.id for one in answer.diagnostics if one.id.startswith("site."))
    releases = answer.question.target.releases if answer.question.target else ()
    live = metafunc.config.getoption("slurm_jwt_live")
    names = {
        "rule": tuple(rule.id for rule in in_edition(answer.checked.examination.edition)),
        "user": (*mapping_texts.texts(), *site),
        "member": tuple(policy.texts()) if answer.question.policy else (),
        "release": tuple(each.name for each in releases),
        "daemon": tuple(dict.fromkeys(each.series for each in releases)) if live else (),
    }
    for name, values in names.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values or [pytest.param("", marks=_nothing(name), id="none")])


def _nothing(name: str) -> pytest.MarkDecorator:
    reasons = {
        "member": "no policy was given: --policy FILE",
        "release": "no release was asked",
        "daemon": "no real slurmctld was asked: --live",
    }
    return pytest.mark.skip(reason=reasons[name])


@pytest.fixture(scope="session")
def answer(request: pytest.FixtureRequest) -> Answer:
    """Return the answer for the token."""
    return answer_of(request.config)


def _report(diagnostic: Diagnostic) -> str:
    rows = [
        *diagnostic.details,
        ("cause", diagnostic.cause),
        ("releases", diagnostic.releases),
        ("fix", diagnostic.fix),
        ("source", "; ".join(diagnostic.source)),
    ]
    lines = [f"  {name + ':':<10}{text}" for name, text in rows if text]
    return "\n".join([f"{diagnostic.level}[{diagnostic.id}] {diagnostic.message}", *lines])


def _short(diagnostic: Diagnostic) -> str:
    found = dict(diagnostic.details).get("found", "")
    return (
        f"{diagnostic.level}[{diagnostic.id}] {diagnostic.message.rstrip('.')}{f': {found}' if found else ''}"
    )


def _check(answer: Answer, name: str) -> None:
    """Fail, expect the failure, or skip for a diagnostic of this id; pass without one."""
    for diagnostic in (*diagnostics.of_rules(answer), *diagnostics.of_others(answer)):
        if diagnostic.id != name:
            continue
        if diagnostic.waived is not None:
            waived = diagnostic.waived
            until = f"waived until {waived.expires} by {one_line(waived.by)}: {one_line(waived.reason)}"
            pytest.xfail(f"{until} ({_short(diagnostic)})")
        if diagnostic.level == "error":
            pytest.fail(_report(diagnostic), pytrace=False)
        pytest.skip(_short(diagnostic))


def test_rule(answer: Answer, rule: str) -> None:
    """Check the token against one documented rule."""
    if rule in answer.checked.examination.not_checked:
        pytest.skip(f"{rule} was not checked: what it needs is missing or broken")
    _check(answer, rule)


def test_user(answer: Answer, user: str) -> None:
    """Check the user that Slurm assigns for one problem of users."""
    if not answer.mappings:
        pytest.skip("the user was not looked up: the claims cannot be read")
    if user == "user.not-looked-up" and answer.question.user_excluded:
        pytest.skip(document.USER_NOT_CHECKED)
    _check(answer, user)


def test_policy(answer: Answer, member: str) -> None:
    """Check the token against one member of the site's policy."""
    _check(answer, member)


def test_release(answer: Answer, release: str) -> None:
    """Check that the model of one release accepts the token as the user that it names."""
    (reply,) = (
        each for each in evaluation.replies(answer.question, answer.checked) if each.release == release
    )
    if reply.kind != "accepted":
        pytest.fail(f"Slurm {release}: {reply.kind}: {reply.text}", pytrace=False)


@pytest.mark.slurm
def test_daemon(answer: Answer, daemon: str) -> None:
    """Check that a real slurmctld of one release accepts the token as the user that it names."""
    from slurm_jwt_conformance.site.gate.live import ask

    wrong = ask(answer, daemon)
    if wrong:
        pytest.fail(wrong, pytrace=False)


def test_verdict(answer: Answer) -> None:
    """Check that the token passes as a whole, with waivers: the outcome of the sign-off page."""
    found = sign_off.outcome(answer)
    if found.verdict != "pass":
        pytest.fail(f"{found.verdict}: {'; '.join(found.reasons)}", pytrace=False)
