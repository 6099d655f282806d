"""The pytest plugin of the gate: its options, and the one answer behind its tests.

`slurm-jwt gate` loads it; with pytest itself: `-p slurm_jwt_conformance.site.gate.plugin`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from slurm_jwt_conformance.site.gate import options
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import concealed

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.answer import Answer

NAME = "slurm_jwt_conformance.site.gate.plugin"
MISSING = "The gate needs a token: --token-file FILE (called through pytest: --slurm-jwt-token-file FILE)."
_ANSWER = pytest.StashKey["Answer"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the gate, with a prefix."""
    group = parser.getgroup("slurm-jwt-site", "the gate of a site: slurm-jwt gate")
    options.add(group.addoption, options.PYTEST_PREFIX)


def pytest_collection(session: pytest.Session) -> None:
    """Judge the token before any test is collected, so that a wrong call stops at once."""
    answer_of(session.config)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where no test failed but the token does not pass: -k, -m or --collect-only left the tests out."""
    has_token = session.config.getoption("slurm_jwt_token_file") is not None
    if session.exitstatus != pytest.ExitCode.OK or not has_token:
        return
    from slurm_jwt_conformance.site.fitness import sign_off

    outcome = sign_off.outcome(answer_of(session.config))
    if outcome.verdict != "pass":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        terminal = session.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            reasons = concealed("; ".join(outcome.reasons))
            terminal.write_line(f"\n{outcome.verdict}: {reasons} (no test that shows this was run)")


def answer_of(config: pytest.Config) -> Answer:
    """Return the answer for the token, judged once; pytest.UsageError says what is wrong with the call."""
    if _ANSWER not in config.stash:
        values = {one.member: config.getoption(f"slurm_jwt_{one.member}") for one in options.OPTIONS}
        try:
            config.stash[_ANSWER] = _answer(**values)
        except Problem as problem:
            raise pytest.UsageError(concealed(f"{problem.what} {problem.hint}".strip())) from None
    return config.stash[_ANSWER]


def _answer(token_file: str | None, now: str | None, release: list[str], live: bool, **values: Any) -> Answer:  # noqa: ANN401
    """Judge the token as `slurm-jwt check` does. live: read by the tests."""
    from slurm_jwt_conformance.site.check.answer import judge
    from slurm_jwt_conformance.site.check.question import Options, question
    from slurm_jwt_conformance.site.discovery import token

    del live
    if token_file is None:
        raise Problem(MISSING)
    moment = token.moment(now)
    source = token.read_token(None, token_file, "gate")
    asked = question(Options(release=tuple(release), **values))
    return judge(source.token, source.place, int(time.time()) if moment is None else moment, asked)
