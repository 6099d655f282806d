"""`explain` knows every line of Slurm's sources, the lines that people paste, and the lines that we print."""

from __future__ import annotations

import re

import pytest

from slurm_jwt.slurmctld import parse_passwd, predict, releases
from slurm_jwt.slurmctld.settings import Settings
from slurm_jwt_conformance.lab.sandbox.accounts import passwd
from slurm_jwt_conformance.site import doctor
from slurm_jwt_conformance.site.explain import explain, table
from slurm_jwt_conformance.site.explain.message import messages
from slurm_jwt_vectors import load
from support.explained import CASES
from support.log_texts import log_texts

ORDER = releases.series()
VALUES = {"d": "42", "ld": "42", "u": "42", "o": "644", "s": "alice", "m": "No such file or directory"}


def filled(text: str) -> str:
    """Return a format string with a value in each place, as a log shows it; only its first line."""
    return re.sub(r"%0?\d*(ld|[dmosu])", lambda match: VALUES[match[1]], text).partition("\n")[0]


@pytest.mark.parametrize("line", table.lines(), ids=lambda line: f"{line.function}-{line.since}")
def test_every_line_of_the_sources_is_explained_for_its_releases(line):
    text = f"{line.level}: {line.file.rpartition('/')[0][4:]}: {line.function}: " + filled(line.message)
    for shown in (text, f"{line.level}: {filled(line.format)}"):
        (one,) = explain(shown)
        assert "%" not in shown
        assert one.means
        assert one.causes
        assert one.message.next
        first, last = map(ORDER.index, one.releases)
        assert first <= ORDER.index(line.since)
        assert ORDER.index(line.until) <= last
    (one,) = explain(text)
    same = [
        each
        for each in table.lines()
        if (each.function, filled(each.message)) == (line.function, filled(line.message))
    ]
    assert one.releases == (
        min((each.since for each in same), key=ORDER.index),
        max((each.until for each in same), key=ORDER.index),
    )


def test_a_line_without_its_function_names_all_releases_that_log_it():
    assert explain("error: token expired")[0].releases == ("20.02", "26.05")
    assert explain("error: auth_p_verify: token expired")[0].releases == ("21.08", "25.11")
    assert explain("error: cred_verify: token expired")[0].releases == ("26.05", "26.05")
    assert explain("jwt_decode failure")[0].releases == ("20.02", "26.05")


def test_a_release_that_does_not_log_the_line_does_not_hide_those_that_do():
    (one,) = explain("error: auth_p_verify: token expired", "26.05")
    assert one.releases == ("21.08", "25.11")
    assert one.causes
    assert explain("error: auth_p_verify: token expired", "22.05")[0].releases == ("22.05", "22.05")


def test_every_meaning_is_of_a_line_of_the_table_and_only_once():
    messages = {line.message for line in table.lines()}
    meanings = [text for entry in table.entries() for text in entry.lines]
    assert len(meanings) > 100
    assert set(meanings) <= messages
    assert len(set(meanings)) == len(meanings)


def test_a_meaning_that_an_entry_in_python_hides_is_not_kept():
    """The entries in Python come first: a sentence behind one of them would never be shown."""
    for entry in table.entries():
        for text in entry.lines:
            shown = filled(text)
            hides = [each.id for each in messages() if each.pattern and each.pattern.search(shown)]
            assert not hides, (text, hides)


def test_an_id_has_one_meaning():
    known = [table.message(text) for entry in table.entries() for text in entry.lines]
    meanings = {(message.id, message.means) for message in known}
    assert len(meanings) == len({message.id for message in known})
    assert not {message.id for message in messages()} & {message.id for message in known}


def test_the_table_names_its_origin_and_every_release():
    text = table.PLACE.read_text("utf-8")
    assert "https://github.com/SchedMD/slurm" in text
    assert {each for line in table.lines() for each in (line.since, line.until)} == set(ORDER)
    for series in ORDER:
        assert f"slurm-{series.replace('.', '-')}-" in text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text[:40])
def test_a_line_that_people_paste_is_explained(case):
    (one,) = explain(case.text)
    assert one.message.id == case.message or one.message.id.startswith(f"{case.message}.")
    told = " ".join([one.means, *(cause.text for cause in one.causes), *one.message.next])
    for word in case.words:
        assert word in told
    for word in case.without:
        assert word not in told


def test_a_refusal_of_slurmrestd_itself_stays_one_in_an_old_release():
    line = "operations_router: [[localhost]:44570] authentication failed: Invalid authentication credential"
    (one,) = explain(line, "22.05")
    assert "munge" not in " ".join(cause.text for cause in one.causes)
    assert any("X-SLURM-USER-NAME" in cause.text for cause in one.causes)


def test_an_expired_credential_has_causes_of_time_only():
    (one,) = explain("error: slurm_receive_msg [10.42.0.9:6817]: Authentication credential expired", "25.05")
    assert one.causes
    assert all(re.search(r"\bexp\b|clocks|old SLURM_JWT", cause.text) for cause in one.causes)


def test_every_log_text_of_the_doctor_is_explained():
    texts = log_texts(doctor.__path__[0])
    assert len(texts) > 15
    assert not [text for text in texts if not explain(text)]


SETTINGS = {
    "default": (Settings(), None),
    "another name in the header": (Settings(), "bob"),
    "jwks": (Settings({"jwks": "/etc/slurm/jwks.json"}), None),
    "both keys": (Settings({"jwks": "/etc/slurm/jwks.json", "jwt_key": "/etc/slurm/jwt.key"}), None),
    "identities": (Settings({"use_jwt_client_ids_only": ""}), None),
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("release", ORDER)
def test_every_refusal_of_the_model_is_explained_for_its_release(release, name):
    settings, user = SETTINGS[name]
    suite, users = load(), parse_passwd(passwd())
    logs = {
        predict(case.token_bytes, suite.keys[case.key].bytes, release, case.now, users, settings, user).log
        for case in suite.cases.values()
    } - {None}
    assert logs
    for log in logs:
        known = explain(log)
        assert known, log
        for one in known:
            first, last = map(ORDER.index, one.releases)
            assert first <= ORDER.index(release) <= last, (log, one.message.id)
            assert one.causes, (log, one.message.id)
