"""`slurm-jwt changes`: its statements about tokens and settings agree with the records and the studies."""

from __future__ import annotations

import itertools
import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from slurm_jwt.config.auth import find
from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.changes import settings, tokens
from slurm_jwt_conformance.site.changes.comparison import Comparison, compare
from slurm_jwt_conformance.site.changes.document import document
from slurm_jwt_reports import formats
from slurm_jwt_reports.formats import text
from slurm_jwt_reports.terminal import Style
from slurm_jwt_vectors import load, load_observed
from support.places import DOCTOR_SITES
from tools import upgrades_page
from tools.schemas import schema_of

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
ROOT = Path(__file__).parents[4]


def comparison(old, new):
    return compare(releases.parse(old), releases.parse(new))


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_each_recorded_difference_is_reported_once_and_nothing_else(old, new):
    records = load_observed()
    names = [case.id for case in load().cases.values() if case.jwks is None]
    seen = {name: [records[each].cases[name] for each in (old, new)] for name in names}
    verdicts = {
        name: tuple((one.verdict == "accepted", one.uid) for one in pair) for name, pair in seen.items()
    }
    differing = {name for name, (before, after) in verdicts.items() if before != after}
    cases = [case.case for each in comparison(old, new).tokens for case in each.cases]
    assert sorted(cases) == sorted(differing)
    for each in comparison(old, new).tokens:
        assert each.basis == "observed"
        for case in each.cases:
            (before, uid), (after, later) = verdicts[case.case]
            effects = {(True, False): "refused", (False, True): "accepted", (True, True): "other user"}
            assert each.effect == effects[before, after]
            assert (case.old.accepted, case.new.accepted) == (before, after)
            assert (case.old.uid, case.new.uid) == (uid, later)


@pytest.mark.parametrize(("old", "new"), PAIRS + OTHERS)
def test_no_kind_is_left_to_its_topic(old, new):
    """Sentences are written for all that is known to differ; a new case would show up here."""
    assert not [each.kind for each in comparison(old, new).tokens if each.kind.startswith("topic-")]


def test_a_case_without_a_kind_is_reported_with_its_purpose():
    case = load().cases["iat.missing"]
    kind = tokens.kind_of(case)
    assert kind.id == "topic-iat"
    assert case.purpose in kind.why
    assert case.id in kind.refused


@pytest.mark.parametrize("library", ["2.1.1", "2.1.3"])
def test_a_libjwt_that_refuses_everything_is_one_sentence(library):
    changes = comparison("24.11", f"25.05/libjwt{library}")
    (each,) = changes.tokens
    assert (each.kind, each.effect, each.basis) == ("every-token", "refused", "modelled")
    assert changes.breaks
    assert f"libjwt-{library}" in {setting.id for setting in changes.settings}
    (back,) = comparison(f"25.05/libjwt{library}", f"26.05/libjwt{library}").tokens
    assert (back.kind, back.effect) == ("every-token", "accepted")


@pytest.mark.parametrize(("old", "new"), [pair for pair in PAIRS if pair[0] < pair[1]])
def test_what_a_fact_names_as_evidence_shows_it(old, new):
    """Rows differ between two recorded releases exactly if the fact began between them."""
    differing = {each.row for each in settings.study_changes(old, new)}
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
            before = {result for each, result in found.items() if each < fact.since}
            after = {result for each, result in found.items() if each >= fact.since}
            if name != "key-of-a-user":  # a warning alone: it takes tokens before and after
                assert not before & after, (fact.id, found)


def test_parameters_change_as_slurm_looks_for_them():
    changes = {each.id: each for each in comparison("22.05", "24.11").settings}
    change = changes["parameter-jwt_key"]
    assert change.since == "23.11"
    assert "only at the start of a part" in change.what
    text = "jwks=/a, jwt_key=/b"
    assert find(text, "jwt_key", "23.02") is not None
    assert find(text, "jwt_key", change.since) is None
    assert "parameter-userclaimfield" in changes
    assert "parameter-max_token_lifespan" not in changes


def test_the_case_of_a_parameter_is_reported_in_the_right_order():
    changes = {each.id: each for each in comparison("20.11", "22.05").settings}
    assert changes["parameter-jwt_key"].what == (
        "Daemons find jwt_key only in lower case. Before, they found it in any case."
    )
    assert find("JWT_KEY=/b", "jwt_key", "20.11") is not None
    assert find("JWT_KEY=/b", "jwt_key", "21.08") is None


def test_client_messages_and_function_names_are_reported():
    changes = comparison("22.05", "24.11")
    (message,) = changes.messages
    assert "Zero Bytes" in message.old
    assert "Protocol authentication error" in message.new
    later = comparison("24.11", "26.05").log_lines
    assert any("auth_p_verify: token expired" in each.old and "cred_verify" in each.new for each in later)


@pytest.mark.parametrize("name", RECORDED)
def test_a_release_against_itself_changes_nothing(name):
    changes = comparison(name, name)
    assert not changes.breaks
    assert not any((changes.tokens, changes.settings, changes.log_lines, changes.messages, changes.seen))


def test_json_is_valid_for_its_schema():
    schema = json.loads(files("slurm_jwt_conformance").joinpath("schema", "changes.schema.json").read_bytes())
    generated = json.loads(json.dumps(schema_of(Comparison, schema["title"])))
    assert {key: schema[key] for key in generated} == generated
    for pair in (("20.11", "22.05"), ("24.11", "25.05/libjwt2.1.3")):
        jsonschema.validate(json.loads(formats.render("json", document(comparison(*pair)))), schema)


def test_text_starts_with_the_outcome_and_keeps_the_width():
    lines = text.render(document(comparison("24.11", "26.05")), Style(72)).splitlines()
    assert lines[0].startswith("fail: From 24.11 (libjwt 1.17.2) to 26.05 (libjwt 1.17.2): 2 kinds of")
    assert max(len(line) for line in lines if "`" not in line) <= 72
    assert "\x1b" not in "\n".join(lines)


def test_what_breaks_is_an_error_and_the_rest_a_warning():
    breaks = {f"changes.{each.kind}": each.breaks for each in comparison("24.11", "26.05").tokens}
    levels = {each.id: each.level for each in document(comparison("24.11", "26.05")).diagnostics}
    assert levels == {name: "error" if breaking else "warning" for name, breaking in breaks.items()}
    assert set(breaks.values()) == {True, False}


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
    changes = json.loads(capsys.readouterr().out)
    assert changes["site"]["conf"] == [str(conf)]
    assert any("takes its key from another place" in turn["what"] for turn in changes["site"]["turns"])
    assert main(["changes", "22.05", "24.11", "--conf", str(conf), "--markdown", "-"]) in {0, 1}
    page = capsys.readouterr().out
    assert "## From 22.05 (libjwt 1.10.2) to 24.11 (libjwt 1.17.2)\n" in page
    assert "takes its key from another place" in page


def test_the_page_is_current():
    ((path, content),) = upgrades_page.files().items()
    assert (ROOT / path).read_bytes() == content, "python -m tools.regenerate upgrades"


def test_the_document_names_no_place_of_this_machine():
    assert str(Path.home()) not in formats.render("json", document(comparison("22.05", "24.11")))


def fact(old, new, name):
    found = [each for each in comparison(old, new).settings if each.id == name]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("22.05", "24.11", True),
        ("23.11", "24.05", True),
        ("24.05.3", "24.05.4", True),
        ("23.11.10", "24.05.3", False),
        ("24.05.4", "24.11", False),
        ("24.11", "25.05", False),
        ("24.05", "24.05.4", False),
    ],
)
def test_slurmrestd_refuses_slurmuser_from_24_05_4_on(old, new, changes):
    """SchedMD's commit 019ab8f5a1 is in 24.05.4; 22.05.8 runs as SlurmUser, 24.11.5 does not."""
    found = fact(old, new, "rest-account")
    assert (found is not None) == changes
    if found:
        assert found.since == "24.05.4"
        assert "does not start as SlurmUser. No release starts it as root." in found.what


def test_25_05_ends_slurmrestd_whose_user_check_is_disabled():
    assert "disable_user_check" in fact("24.11", "25.05", "rest-user-check").what
    assert fact("22.05", "24.11", "rest-user-check") is None


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("24.11", "25.05.8", True),
        ("24.11", "25.05.7", False),
        ("25.05.8", "25.11.4", True),  # the fix is in 25.11.5
        ("25.05.8", "25.11.5", False),
        ("25.11.4", "26.05", True),
    ],
)
def test_a_fix_that_several_series_got_is_compared_by_version(old, new, changes):
    assert (fact(old, new, "nobody-submits") is not None) == changes


@pytest.mark.parametrize(
    ("old", "new", "direction"),
    [
        ("24.11", "22.05", "downgrade"),
        ("24.05.4", "24.05.3", "downgrade"),
        ("24.11/libjwt1.17.2", "24.11/libjwt1.10.2", "downgrade"),
        ("22.05", "24.11", "upgrade"),
        ("23.11.9", "23.11.10", "upgrade"),
        ("24.11.5", "24.11", "upgrade"),
        ("24.11", "24.11.5", "upgrade"),
    ],
)
def test_the_direction_of_a_change(old, new, direction):
    assert comparison(old, new).direction == direction


@pytest.mark.parametrize(("new", "old"), [pair for pair in PAIRS + OTHERS[:3] if pair[0] < pair[1]])
def test_a_downgrade_is_called_one_and_gets_advice_of_its_own(old, new):
    shown = document(comparison(old, new))
    words = text.render(shown, Style(100))
    assert shown.title.startswith("Downgrade from ")
    assert "upgrade" not in words.replace("downgrade", "")
    upgrade = {each.id: each.do for each in comparison(new, old).settings}
    facts = {each.id for each in settings.FACTS}
    for each in comparison(old, new).settings:
        assert each.id not in facts or each.do != upgrade[each.id]
