"""`slurm-jwt changes`: what it says of tokens and settings is what the records and the studies hold."""

from __future__ import annotations

import itertools
import json
import re
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from slurm_jwt.config.auth import find
from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.changes import documents, markdown, settings, tokens
from slurm_jwt_conformance.site.changes.documents import document, to_json
from slurm_jwt_conformance.site.changes.text import render
from slurm_jwt_reports.terminal import Style
from slurm_jwt_vectors import load, load_observed
from support.places import DOCTOR_SITES

RECORDED = tuple(releases.RECORDED)
PAIRS = [*itertools.permutations(RECORDED, 2)]
OTHERS = [
    ("20.11", "21.08"),
    ("22.05", "23.02"),
    ("23.11", "24.05"),
    ("24.11", "24.11/libjwt1.17.2-upstream"),
    ("25.05", "25.11"),
]
UNLIKE = {"lifespan-largest-int", "hs512"}
PAGE = Path(__file__).parents[4] / "docs" / "upgrades.md"


def made(old, new):
    return document(releases.parse(old), releases.parse(new))


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_each_recorded_difference_is_told_of_once_and_nothing_else_is(old, new):
    records = load_observed()
    seen = {name: [records[each].cases[name] for each in (old, new)] for name in load().cases}
    fates = {name: tuple((one.verdict == "accepted", one.uid) for one in pair) for name, pair in seen.items()}
    differing = {name for name, (before, after) in fates.items() if before != after}
    told = [case.case for each in made(old, new).tokens for case in each.cases]
    assert sorted(told) == sorted(differing)
    for each in made(old, new).tokens:
        assert each.basis == "observed"
        for case in each.cases:
            (before, uid), (after, later) = fates[case.case]
            effects = {(True, False): "refused", (False, True): "accepted", (True, True): "other user"}
            assert each.effect == effects[before, after]
            assert (case.old.accepted, case.new.accepted) == (before, after)
            assert (case.old.uid, case.new.uid) == (uid, later)


@pytest.mark.parametrize(("old", "new"), PAIRS + OTHERS)
def test_no_kind_is_left_to_its_topic(old, new):
    """Sentences are written for all that is known to differ; a new case would show up here."""
    assert not [each.kind for each in made(old, new).tokens if each.kind.startswith("topic-")]


def test_a_case_of_no_known_kind_is_told_of_by_its_purpose():
    case = load().cases["iat.missing"]
    kind = tokens.kind_of(case)
    assert kind.id == "topic-iat"
    assert case.purpose in kind.why
    assert case.id in kind.refused


@pytest.mark.parametrize("library", ["2.1.1", "2.1.3"])
def test_a_libjwt_that_refuses_everything_is_one_sentence(library):
    said = made("24.11", f"25.05/libjwt{library}")
    (each,) = said.tokens
    assert (each.kind, each.effect, each.basis) == ("every-token", "refused", "modelled")
    assert said.breaks
    assert f"libjwt-{library}" in {setting.id for setting in said.settings}
    (back,) = made(f"25.05/libjwt{library}", f"26.05/libjwt{library}").tokens
    assert (back.kind, back.effect) == ("every-token", "accepted")


@pytest.mark.parametrize(("old", "new"), [pair for pair in PAIRS if pair[0] < pair[1]])
def test_what_a_fact_names_as_evidence_shows_it(old, new):
    """Rows differ between two recorded releases exactly if the fact began between them."""
    differing = {each.row for each in settings.differing(old, new)}
    for fact in settings.FACTS:
        for row in fact.rows:
            crossed = old < fact.since <= new
            if row.split(":")[1] not in UNLIKE or crossed:
                assert (row in differing) == crossed, (fact.id, row)


def test_sites_that_a_fact_names_change_with_it():
    import tomllib

    folder = DOCTOR_SITES
    for fact in settings.FACTS:
        for name in fact.sites:
            expect = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))["expect"]
            found = {each: expect.get(each, expect["all"]) for each in RECORDED}
            before = {told for each, told in found.items() if each < fact.since}
            after = {told for each, told in found.items() if each >= fact.since}
            if name != "key-of-a-user":  # a warning alone: it takes tokens before and after
                assert not before & after, (fact.id, found)


def test_parameters_change_as_slurm_looks_for_them():
    said = {each.id: each for each in made("22.05", "24.11").settings}
    change = said["parameter-jwt_key"]
    assert change.since == "23.11"
    text = "jwks=/a, jwt_key=/b"
    assert find(text, "jwt_key", "23.02") is not None
    assert find(text, "jwt_key", change.since) is None
    assert "parameter-userclaimfield" in said
    assert "parameter-max_token_lifespan" not in said


def test_clients_messages_and_function_names_are_told_of():
    said = made("22.05", "24.11")
    (message,) = said.messages
    assert "Zero Bytes" in message.old
    assert "Protocol authentication error" in message.new
    later = made("24.11", "26.05").log_lines
    assert any("auth_p_verify: token expired" in each.old and "cred_verify" in each.new for each in later)


@pytest.mark.parametrize("name", RECORDED)
def test_a_release_against_itself_changes_nothing(name):
    said = made(name, name)
    assert not said.breaks
    assert not any((said.tokens, said.settings, said.log_lines, said.messages, said.seen))


def test_json_is_as_its_schema_says():
    schema = json.loads(files("slurm_jwt_conformance").joinpath("schema", "changes.schema.json").read_bytes())
    for pair in (("20.11", "22.05"), ("24.11", "25.05/libjwt2.1.3")):
        jsonschema.validate(json.loads(to_json(made(*pair))), schema)


def test_text_says_the_answer_first_and_keeps_to_the_width():
    shown = render(made("24.11", "26.05"), Style(72)).splitlines()
    assert shown[0].startswith("breaks: from 24.11 (libjwt 1.17.2) to 26.05 (libjwt 1.17.2): 2 kinds of")
    prose = [line for line in shown if not re.match(r"  +(-|->) ", line) and "`" not in line]
    assert max(map(len, prose)) <= 72
    assert "\x1b" not in "\n".join(shown)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["22.05", "24.11"], 0),
        (["24.11", "26.05"], 1),
        (["24.11", "24.11"], 0),
        (["24.11", "25.05/libjwt2.1.3", "--json"], 1),
        (["nonsense", "24.11"], 2),
        (["22.05", "24.11", "--conf", "/no/such/slurm.conf"], 2),
    ],
)
def test_exit_codes(arguments, code, capsys):
    assert main(["changes", *arguments, "--no-discovery"]) == code
    if code == 2:
        assert capsys.readouterr().err.startswith("slurm-jwt: ")


def test_the_commands_json_and_markdown(tmp_path, capsys):
    conf = tmp_path / "slurm.conf"
    conf.write_text("ClusterName=x\nSlurmctldHost=localhost\nAuthAltTypes=auth/jwt\n"
                    f'AuthAltParameters="disable_token_creation, jwt_key={tmp_path}/jwt.key"\n')  # fmt: skip
    (tmp_path / "jwt.key").write_bytes(bytes(range(100, 132)))
    assert main(["changes", "22.05", "24.11", "--conf", str(conf), "--json"]) in {0, 1}
    said = json.loads(capsys.readouterr().out)
    assert said["site"]["conf"] == [str(conf)]
    assert any("takes its key from another place" in turn["what"] for turn in said["site"]["turns"])
    assert main(["changes", "22.05", "24.11", "--conf", str(conf), "--markdown"]) in {0, 1}
    shown = capsys.readouterr().out
    assert shown.startswith("# From 22.05 (libjwt 1.10.2) to 24.11 (libjwt 1.17.2)\n")
    assert "## This site" in shown


def test_the_page_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == markdown.page(), "python -m tools.upgrades_page"


def test_the_document_names_no_place_of_this_machine():
    assert documents.FORMAT == 1
    assert str(Path.home()) not in to_json(made("22.05", "24.11"))
