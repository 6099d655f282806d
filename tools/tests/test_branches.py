"""Coverage by branch of the model: the catalogue is the model's own, all is reached, the page is fresh."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

from slurm_jwt.slurmctld import jansson, predict, releases
from slurm_jwt_vectors import Suite, load, load_observed
from tools.branches import __main__ as command
from tools.branches import table as branches
from tools.branches.branch import RELEASES
from tools.branches.catalogue import BRANCHES, NO_BRANCHES
from tools.branches.ends import SETTINGS, USERS, end, jansson_fault
from tools.branches.neighbours import distance
from tools.branches.sites import sites, sites_of
from tools.pages import is_stale

SUITE = load()
ROWS = branches.table()
ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = RELEASES[1], RELEASES[3]


def ended(name, release):
    case = SUITE.cases[name]
    return end(case.token_bytes, SUITE.keys[case.key].bytes, release, case.now)


def told(name, release):
    case = SUITE.cases[name]
    return predict(case.token_bytes, SUITE.keys[case.key].bytes, release, case.now, USERS, SETTINGS)


def row(branch, release, rows=ROWS):
    return next(each for each in rows if each.branch.id == branch and each.release == release)


def test_every_place_of_the_model_belongs_to_a_branch_or_is_said_to_be_none():
    found = {site.key for site in sites()}
    named = {site for branch in BRANCHES for site in branch.sites}
    assert named | set(NO_BRANCHES) == found
    assert named & set(NO_BRANCHES) == set()
    assert len({branch.id for branch in BRANCHES}) == len(BRANCHES)


def test_a_new_place_in_the_source_is_seen():
    source = (
        "def read(a, b):\n"
        "    if a or not b:\n        return None\n"
        "    if b:\n        raise ValueError(f'{a} is odd')\n"
        "    if a == b:\n        return _refused(a, 'log', 'why')\n"
        "    return a if a in b else None\n"
    )
    texts = [site.text for site in sites_of(source, "new")]
    assert texts == ["a", "not b", "{} is odd", "why", "not (a in b)"]


def test_every_branch_is_reached_in_every_release_that_has_it_and_has_an_accepted_case_beyond():
    assert branches.lacking(ROWS) == ()


def test_the_page_is_fresh():
    assert not is_stale(ROOT / branches.PAGE, branches.page(ROWS)), "run python -m tools.branches"


@pytest.mark.parametrize("branch", [branch for branch in BRANCHES if branch.needs], ids=lambda each: each.id)
def test_what_needs_more_than_a_token_has_a_unit_test(branch):
    path, *inner, function = branch.covered_by.split("::")
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    for name in inner:
        body = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == name).body
    assert function in {node.name for node in body if isinstance(node, ast.FunctionDef)}


def test_the_releases_are_the_recorded_ones():
    assert all(releases.parse(name).recorded for name in RELEASES)
    assert [name.partition("/")[0] for name in RELEASES] == sorted(releases.RECORDED)


@pytest.mark.parametrize("release", RELEASES)
def test_cases_stand_where_the_rows_put_them(release):
    """Each case that is not accepted for its own user is in one row; beyond an edge all are accepted."""
    mine = [each for each in ROWS if each.release == release]
    placed = [name for each in mine for name in each.ended]
    served_as_nobody = {name for name in SUITE.cases if told(name, release).uid == 99}
    refused = {name for name in SUITE.cases if told(name, release).accepted is False}
    assert sorted(placed) == sorted(refused | served_as_nobody)
    beyond = {name for each in mine for name in each.beyond}
    assert all(told(name, release).accepted for name in beyond)
    assert beyond & served_as_nobody == set()


@pytest.mark.parametrize("release", RELEASES)
def test_the_records_bear_out_the_rows(release):
    record = load_observed()[release.partition("/")[0]].cases
    for each in ROWS:
        if each.release == release:
            seen = {record[name].verdict for name in each.ended if name in record}
            users = {record[name].uid for name in each.ended if name in record} - {None}
            expected = {"accepted", "cannot-be-carried"}
            if not each.branch.id.startswith("uid."):
                expected = {"refused", "daemon-does-not-start", "cannot-be-carried"}
            assert seen <= expected, each.branch.id
            assert users <= {99}, each.branch.id


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("header-json.empty", "header.root", "look.empty"),
        ("header-grammar.comma-in-array", "header.value", "header.value"),
        ("header-grammar.no-comma-in-array", "header.comma", "json-c.array"),
        ("header-grammar.leading-zero", "header.comma", "header.comma"),
        ("header-grammar.no-colon", "header.colon", "json-c.colon"),
        ("header-grammar.minus-alone", "header.token", "json-c.minus"),
        ("header-grammar.minus-and-point", "header.token", "json-c.digits"),
        ("header-grammar.hexadecimal", "header.word", "json-c.number"),
        ("header-grammar.inf", "header.word", "json-c.infinity"),
        ("header-grammar.null-and-blank", "header.root", "json-c.null"),
        ("header-json.null", "header.root", "json-c.end"),
        ("header-json.lone-surrogate", "header.surrogate", "header.surrogate"),
        ("header-json.depth-3001", "header.depth", "json-c.depth"),
        ("header-json.array", "libjwt-alg.array", "alg.no-object"),
        ("alg.missing", "libjwt-alg.no-string", "alg.no-string"),
        ("alg.hs384", "alg.other", "alg.other"),
        ("exp.missing", "exp.missing", "exp.missing"),
        ("sun.nobody", None, "uid.nobody"),
        ("sun-number.minus-one", "uid.negative", "uid.negative"),
        ("sun-number.trailing-blank", "uid.no-number", "uid.no-number"),
        ("sun-number.int-max-plus-1", "uid.too-big", "uid.unknown"),
        ("sun-number.wrapped-long", "uid.digits", "uid.digits"),
    ],
)
def test_known_tokens_end_where_they_should(name, old, new):
    assert (ended(name, OLD).branch, ended(name, NEW).branch) == (old, new)


def test_an_ordinary_token_ends_nowhere():
    plain = ended("header-json.white-space", NEW)
    assert (plain.accepted, plain.branch) == (True, None)


@pytest.mark.parametrize("part", [0, 1])
def test_jansson_quick_and_exact_refuse_the_same_texts(part):
    """A fault is told by the exact parser; the model judges by the quick one first."""
    library = releases.parse(OLD).libjwt
    texts = {case.token_bytes.split(b".")[part] for case in SUITE.cases.values() if b"." in case.token_bytes}
    outcomes = set()
    for text in texts:
        raw = library.decode(text)
        refused = jansson.loads(raw) is jansson.INVALID
        outcomes.add(refused)
        try:
            jansson_fault(raw)
        except LookupError:
            assert not refused, raw[:80]
        else:
            assert refused, raw[:80]
    assert outcomes == {True, False}


def test_branches_that_no_case_reaches_are_noticed():
    wanted = ("json-c.comment", "exp.past", "uid.nobody")
    gone = {name for branch in wanted for name in row(branch, NEW).ended}
    kept = {name: case for name, case in SUITE.cases.items() if name not in gone}
    rows = branches.table(Suite(cases=kept, keys=SUITE.keys))
    assert {f"{branch} ({NEW}): no case" for branch in wanted} <= set(branches.lacking(rows))


def test_what_stands_beyond_an_edge_differs_from_a_case_before_it_in_one_place():
    """A twin does by the rules of the vectors; any other shares key, moment, and header or payload."""
    for each in ROWS:
        before = [SUITE.cases[name] for name in each.ended]
        for other in (SUITE.cases[name] for name in each.beyond):
            parts = other.token_bytes.split(b".")
            assert any(
                case.twin == other.id
                or (
                    (case.key, case.now) == (other.key, other.now)
                    and _share(case.token_bytes.split(b"."), parts)
                )
                for case in before
            ), (each.branch.id, other.id)


def _share(one, other):
    return len(one) == len(other) == 3 and (one[0] == other[0] or one[1] == other[1])


def test_an_edge_that_nothing_accepted_stands_beyond_is_noticed():
    only = row("exp.past", NEW).ended
    cases = {name: msgspec.structs.replace(SUITE.cases[name], twin=None) for name in only}
    rows = branches.table(Suite(cases=cases, keys=SUITE.keys))
    assert row("exp.past", NEW, rows).ended == only
    assert f"exp.past ({NEW}): no accepted case beyond it" in branches.lacking(rows)


def test_a_case_at_a_branch_that_is_said_not_to_be_there_is_an_error(monkeypatch):
    fewer = tuple(each._replace(releases=()) if each.id == "libjwt.typ" else each for each in BRANCHES)
    monkeypatch.setattr(branches, "BRANCHES", fewer)
    with pytest.raises(LookupError, match=r"libjwt\.typ is said to be no branch of 20\.11"):
        branches.table(SUITE)


def test_a_case_at_a_branch_that_the_catalogue_lacks_is_an_error(monkeypatch):
    monkeypatch.setattr(branches, "BRANCHES", tuple(each for each in BRANCHES if each.id != "exp.past"))
    with pytest.raises(LookupError, match=r"exp\.past"):
        branches.table(SUITE)


@pytest.mark.parametrize(
    ("one", "other", "length"),
    [(b"same", b"same", 0), (b"abcd", b"abXd", 1), (b"ad", b"abcd", 2), (b"", b"abc", 3), (b"aa", b"aaa", 1)],
)
def test_distance_is_the_stretch_that_differs(one, other, length):
    assert distance(one, other) == distance(other, one) == length


def test_check_says_stale_and_writes_nothing(tmp_path, capsys):
    out = tmp_path / "docs" / "branches.md"
    assert command.main(["--check", "--out", str(out)]) == 1
    assert not out.exists()
    assert command.main(["--out", str(out)]) == 0
    assert command.main(["--check", "--out", str(out)]) == 0
    out.write_text(out.read_text(encoding="utf-8").replace("json-c", "json-d", 1), encoding="utf-8")
    assert command.main(["--check", "--out", str(out)]) == 1
    assert capsys.readouterr().out == "stale: branches.md\nwritten: branches.md\nstale: branches.md\n"


def test_a_lack_is_said_and_fails_the_command(monkeypatch, tmp_path, capsys):
    rows = tuple(each._replace(ended=()) if each.branch.id == "look.dot" else each for each in ROWS)
    monkeypatch.setattr(command, "table", lambda: rows)
    assert command.main(["--out", str(tmp_path / "page.md")]) == 1
    assert f"look.dot ({NEW}): no case\n" in capsys.readouterr().out
