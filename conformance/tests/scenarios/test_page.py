"""The scenarios of sites, without daemons: each row has some, each command answers, the page is fresh."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from scenarios import answering, hosts, page
from scenarios.catalogue import BY_ID, SCENARIOS
from scenarios.rows import ROWS

pytestmark = pytest.mark.program

FIFTEEN = 15
"""Kinds of scenario that were collected from sites' reports."""


def test_each_row_has_a_scenario_and_each_scenario_a_name_of_its_own():
    assert len(ROWS) == FIFTEEN
    assert {scenario.row for scenario in SCENARIOS} == {row.id for row in ROWS}
    assert len(BY_ID) == len(SCENARIOS)
    assert all(row.met for row in ROWS)


@pytest.fixture(scope="module")
def answers():
    return page.answers()


@pytest.fixture(scope="module")
def written(answers):
    return page.written(answers)


def test_the_page_has_every_scenario_and_its_command(written):
    for scenario in SCENARIOS:
        assert f"<code>{scenario.id}</code>" in written
        assert f"$ {scenario.command.partition(' --')[0]}" in written


def test_the_page_shows_no_token_no_key_and_no_folder_of_this_machine(written):
    assert not re.search(r"eyJ[\w-]{10,}\.", written)
    assert answering.of(SCENARIOS[0].files(0), "jwt_hs256.key").hex() not in written
    assert "/tmp/" not in written


@pytest.mark.parametrize("scenario", SCENARIOS, ids=list(BY_ID))
def test_the_command_answers(scenario, answers, tmp_path):
    """In words for the page, and as JSON for programs."""
    answer = answers[scenario.id]
    assert answer.exit == scenario.exit, answer
    unwrapped = " ".join(answer.out.split())
    assert [words for words in scenario.shows if words not in unwrapped] == []
    if scenario.began:  # the test of its daemon compares it with what is said there
        return
    answering.lay_out(scenario, tmp_path, page.NOW, scenario.said)
    told = answering.told(scenario, tmp_path, scenario.releases[0], page.NOW)
    assert set(scenario.finds) <= answering.ids(told)


def test_without_a_fips_provider_our_own_python_says_what_is_wrong(tmp_path):
    """There hashlib has no SHA-256: the message is the diagnosis."""
    (tmp_path / "openssl.cnf").write_text(hosts.NO_PROVIDER)
    (tmp_path / "key").write_bytes(bytes(range(32)))
    environment = os.environ | {"OPENSSL_CONF": str(tmp_path / "openssl.cnf")}

    def python(*words):
        return subprocess.run(
            [sys.executable, *words],
            input="a.b.c",
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    hashes = python("-c", "import hashlib; hashlib.sha256()").returncode == 0  # a Python without OpenSSL 3
    done = python("-m", "slurm_jwt_conformance", "check", "--no-discovery", "--key-file", "key")
    assert (done.returncode == 3) is not hashes
    assert ("finds no FIPS provider" in done.stderr) is not hashes
