"""One token of the site's issuer: a test for each documented rule, remark, demand of the policy and release.

A broken rule that leaves verifiers a choice, and a warning, are skips with their text; a waived one is an
expected failure until its last day. Skips let nothing pass: the last test is the verdict on the whole, and
is what `slurm-jwt check` says by its exit code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.site.check import predicted
from slurm_jwt_conformance.site.check.answer import reasons
from slurm_jwt_conformance.site.check.items import items
from slurm_jwt_conformance.site.gate.asking import answer_of
from slurm_jwt_conformance.site.policy import policy
from slurm_jwt_conformance.site.users import mapping_texts
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.items import Item


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each rule, remark, demand and release."""
    made = answer_of(metafunc.config)
    site = tuple(one.id for one in made.remarks if one.id.startswith("site."))
    names = {
        "rule": tuple(BY_ID),
        "remark": (*mapping_texts.TEXTS, *site),
        "demand": tuple(policy.TEXTS) if made.question.policy else (),
        "release": tuple(made.done.predictions),
        "daemon": _daemons(made) if metafunc.config.getoption("slurm_jwt_live") else (),
    }
    for name, values in names.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values or [pytest.param("", marks=_nothing(name), id="none")])


def _nothing(name: str) -> pytest.MarkDecorator:
    why = {
        "demand": "no policy was given: --policy FILE",
        "release": "no release was asked",
        "daemon": "no real slurmctld was asked: --live",
    }
    return pytest.mark.skip(reason=why[name])


def _daemons(made: Answer) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.split("/", maxsplit=1)[0] for name in made.done.predictions))


@pytest.fixture(scope="session")
def made(request: pytest.FixtureRequest) -> Answer:
    """Give the answer to the token."""
    return answer_of(request.config)


def _report(item: Item) -> str:
    lines = (
        f"{item.level}[{item.id}] {item.title}",
        f"  found:    {item.found}",
        f"  expected: {item.expected}",
        f"  why:      {item.why}",
        *((f"  releases: {item.releases}",) if item.releases else ()),
        f"  do:       {item.do}",
        f"  source:   {'; '.join(item.sources)}",
    )
    return "\n".join(lines)


def _shortly(item: Item) -> str:
    return f"{item.level}[{item.id}] {item.title.rstrip('.')}: {item.found}"


def _hold(made: Answer, name: str) -> None:
    """Let one thing fail, be waived, or be skipped with its text; pass where it was not found."""
    for item in items(made):
        if item.id != name:
            continue
        if item.waiver is not None:
            waiver = item.waiver
            until = f"waived until {waiver.expires} by {one_line(waiver.by)}: {one_line(waiver.reason)}"
            pytest.xfail(f"{until} ({_shortly(item)})")
        if item.level == "error":
            pytest.fail(_report(item), pytrace=False)
        pytest.skip(_shortly(item))


def test_rule(made: Answer, rule: str) -> None:
    """Hold the token against one documented rule."""
    if rule in made.done.result.not_checked:
        pytest.skip(f"{rule} was not checked: what it needs is missing or broken")
    _hold(made, rule)


def test_user(made: Answer, remark: str) -> None:
    """Hold whom Slurm takes the token for against one thing that goes wrong with users."""
    if not made.mappings:
        pytest.skip("nobody looked the user up: no release was asked, or the claims cannot be read")
    _hold(made, remark)


def test_policy(made: Answer, demand: str) -> None:
    """Hold the token against one demand of the site's policy."""
    _hold(made, demand)


def test_release(made: Answer, release: str) -> None:
    """Have the model of one release accept the token as the user that it names."""
    told = made.done.predictions[release]
    where = made.question.where
    assert where is not None
    if not (told.accepted and predicted.fits(told, made.done.result.claims, where)):
        log = f"\n  log: {told.log}" if told.log else ""
        pytest.fail(f"{predicted.sentence(release, told, known=where.known)}{log}", pytrace=False)


@pytest.mark.slurm
def test_daemon(made: Answer, daemon: str) -> None:
    """Have a real slurmctld of one release accept the token as the user that it names."""
    from slurm_jwt_conformance.site.gate.live import ask

    wrong = ask(made, daemon)
    if wrong:
        pytest.fail(wrong, pytrace=False)


def test_verdict(made: Answer) -> None:
    """Let the token pass as a whole, as `slurm-jwt check` has it, waivers counted."""
    why = reasons(made)
    if why:
        pytest.fail(f"does not pass: {'; '.join(why)}", pytrace=False)
    if made.question.where is None:
        pytest.fail(f"nobody asked what slurmctld does: {made.question.silent}", pytrace=False)
