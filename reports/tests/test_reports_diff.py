"""The difference of two runs names exactly what changed, and only what got worse is a regression."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import msgspec
import pytest
from msgspec.structs import replace

from slurm_jwt_reports import formats
from slurm_jwt_reports.diff import document as diffs
from slurm_jwt_reports.diff.diff import diff
from slurm_jwt_reports.formats import text as terminal
from slurm_jwt_reports.page.html import page
from slurm_jwt_reports.page.since import since
from slurm_jwt_reports.stream.events import (
    CaseText,
    Cell,
    Deviation,
    Footer,
    Header,
    ImplementationText,
    Outcome,
)
from slurm_jwt_reports.stream.index import gather
from tools import example_run as example

EVENTS = list(example.complete(16, 14))
OLD = gather(EVENTS)
KNOWN = Deviation(class_="RFC violation", reason="so it is")


def changed(change):
    """Give the run with what change() makes of each event; None leaves it out, True keeps it."""
    made = ((event, change(event)) for event in EVENTS)
    return gather(
        event if new is True else new
        for event, new in made
        if new is not None and not isinstance(event, Footer)
    )


def with_outcome(case, name, **members):
    return changed(
        lambda event: (
            replace(event, **members)
            if isinstance(event, Outcome) and (event.case, event.implementation) == (case, name)
            else True
        )
    )


def kinds(found):
    return [(one.kind, one.case, one.implementation) for one in found.changes]


def test_a_run_does_not_differ_from_itself():
    found = diff(OLD, OLD)
    assert found.changes == found.versions == found.new_cases == found.gone_cases == found.lost == ()
    assert found.regressions == 0
    assert diffs.headline(found) == "No verdict changed."


@pytest.mark.parametrize(
    ("case", "members", "kind"),
    [
        ("exp.missing", {"outcome": "accept", "status": "fail"}, "regression"),
        ("exp.missing", {"outcome": "crash", "status": "fail"}, "regression"),
        ("exp.missing", {"outcome": "accept", "status": "known", "deviation": KNOWN}, "regression"),
        ("exp.missing", {"outcome": "unsupported", "status": "unsupported"}, "regression"),
        ("exp.missing", {"outcome": "not run", "status": "not run"}, "regression"),
        ("exp.missing", {"outcome": "accept", "status": "not claimed"}, "regression"),
        ("exp.now", {"outcome": "reject", "status": "pass", "deviation": None}, "mended"),
        ("exp.now", {"outcome": "accept", "status": "fail", "deviation": None}, "judged otherwise"),
        ("exp.now", {"outcome": "crash", "status": "fail", "deviation": None}, "regression"),
        ("exp.float", {"outcome": "reject", "status": "either"}, "changed"),
    ],
)
def test_each_change_of_a_verdict_has_its_kind(case, members, kind):
    found = diff(OLD, with_outcome(case, "jwcrypto:careful", **members))
    assert kinds(found) == [(kind, case, "jwcrypto:careful")]
    assert found.regressions == (kind == "regression")


def test_another_log_line_than_recorded_is_a_regression_of_a_release():
    found = diff(OLD, with_outcome("exp.missing", "slurmctld:22.05", status="fail", log="error: other"))
    assert kinds(found) == [("regression", "exp.missing", "slurmctld:22.05")]


def test_other_words_or_times_are_no_change():
    found = diff(OLD, with_outcome("exp.missing", "jwcrypto:careful", error="other words", milliseconds=99.0))
    assert found.changes == ()


def test_a_record_in_place_of_an_answer_is_no_change():
    recorded = with_outcome("exp.missing", "slurmctld:22.05", status="recorded")
    assert diff(OLD, recorded).changes == ()


def test_another_uid_is_a_change_even_if_still_accepted():
    found = diff(OLD, with_outcome("claims.scontrol", "slurmctld:22.05", uid=0))
    (one,) = found.changes
    assert (one.before.uid, one.after.uid) == (2001, 0)


def test_a_verdict_that_a_release_no_longer_keeps_is_a_regression_whatever_its_record_says():
    found = diff(OLD, with_outcome("exp.missing", "slurmctld:22.05", outcome="accept", uid=2001))
    assert kinds(found) == [("regression", "exp.missing", "slurmctld:22.05")]
    assert found.changes[0].after.mark == "gap"


def test_an_unasked_case_of_a_cut_run_is_a_regression_and_the_cut_is_told():
    cut = gather(event for event in EVENTS[:-1] if getattr(event, "case", "") != "exp.missing")
    found = diff(OLD, cut)
    assert {one.case for one in found.changes} == {"exp.missing"}
    assert found.regressions == sum(
        one.status == "pass" for one in OLD.outcomes.values() if one.case == "exp.missing"
    )
    assert found.new.problems


def test_versions_are_named():
    def newer(event):
        if isinstance(event, ImplementationText) and event.id == "pyjwt:careful":
            return replace(event, version="9.9")
        return replace(event, suite="0.2.0") if isinstance(event, Header) else True

    found = diff(OLD, changed(newer))
    assert [(one.name, one.after) for one in found.versions] == [
        ("pyjwt:careful", "9.9, Python 3.11.7"),
        ("suite", "0.2.0"),
    ]


def test_new_and_gone_cases_are_no_verdicts():
    less = changed(
        lambda event: (
            None if "exp.missing" in (getattr(event, "case", ""), getattr(event, "id", "")) else True
        )
    )
    assert diff(OLD, less).gone_cases == ("exp.missing",)
    assert diff(less, OLD).new_cases == ("exp.missing",)
    assert diff(OLD, less).changes == diff(less, OLD).changes == ()


def without(name):
    ends = {"implementation", "issuer", "verifier"}
    return changed(
        lambda event: (
            None
            if (isinstance(event, ImplementationText) and event.id == name)
            or name in {getattr(event, member, None) for member in ends}
            else True
        )
    )


def test_who_was_not_ordered_is_no_regression_but_who_could_not_take_part_is():
    less = without("authlib:careful")
    assert diff(OLD, less).gone_implementations == ("authlib:careful",)
    assert diff(less, OLD).new_implementations == ("authlib:careful",)
    assert diff(OLD, less).regressions == 0
    gone = ImplementationText(
        id="authlib:careful", name="Authlib", kind="library", status="not run", reason="x"
    )
    found = diff(OLD, gather([EVENTS[0], *_texts_with(gone)]))
    assert found.lost == ("authlib:careful",)
    assert found.gone_implementations == ()
    assert found.regressions == 1


def _texts_with(gone):
    """Give the run with this implementation in the place of its namesake, and nothing that it did."""
    for event in EVENTS[1:-1]:
        if isinstance(event, ImplementationText) and event.id == gone.id:
            yield gone
        elif gone.id not in {getattr(event, name, None) for name in ("implementation", "issuer", "verifier")}:
            yield event


@pytest.mark.parametrize(
    "members", [{"token_sha256": "00"}, {"verdict": "either"}, {"now": 5}, {"key": "pem-pkcs1"}]
)
def test_answers_to_a_case_that_changed_itself_are_told_apart(members):
    def other(event):
        if isinstance(event, CaseText) and event.id == "sun.zero":
            return replace(event, **members)
        if isinstance(event, Outcome) and event.case == "sun.zero" and event.implementation == "reference":
            return replace(event, outcome="reject", status="fail")
        return None if isinstance(event, Outcome) and event.case == "sun.zero" else True

    found = diff(OLD, changed(other))
    assert found.changed_cases == ("sun.zero",)
    assert {one.kind for one in found.changes} == {"case changed"}
    assert found.regressions == 0


def test_pairs_of_the_matrix_count_too():
    def unread(event):
        pair = isinstance(event, Cell) and (event.issuer, event.verifier, event.key)
        return (
            replace(event, outcome="reject", status="fail")
            if pair == ("reference", "joserfc:careful", "random32")
            else True
        )

    (one,) = diff(OLD, changed(unread)).changes
    assert (one.kind, one.issuer, one.implementation, one.key) == (
        "regression", "reference", "joserfc:careful", "random32"
    )  # fmt: skip


def test_a_pair_that_is_not_asked_any_more_is_a_regression():
    pair = ("reference", "joserfc:careful", "random32")
    less = changed(
        lambda event: (
            None if isinstance(event, Cell) and (event.issuer, event.verifier, event.key) == pair else True
        )
    )
    assert [(one.kind, one.after.outcome) for one in diff(OLD, less).changes] == [("regression", None)]
    assert diff(less, OLD).changes == ()


def test_what_matters_most_comes_first():
    def worse(event):
        if not isinstance(event, Outcome) or event.implementation != "jwcrypto:careful":
            return True
        if event.case == "exp.float":
            return replace(event, outcome="reject")
        if event.case == "exp.now":
            return replace(event, outcome="reject", status="pass", deviation=None)
        return replace(event, outcome="accept", status="fail") if event.case == "exp.missing" else True

    assert [one.kind for one in diff(OLD, changed(worse)).changes] == ["regression", "mended", "changed"]


NEWER = with_outcome(
    "exp.missing", "jwcrypto:careful", outcome="accept", status="fail", error="E\x1b[31m|`<b>"
)


def text_of(found):
    return terminal.render(diffs.document(found))


def flat(text):
    return " ".join(text.split())


def markdown_of(found):
    return formats.render("markdown", diffs.document(found))


def test_json_keeps_its_published_schema():
    schema = json.loads(files("slurm_jwt_reports").joinpath("schema", "diff.schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for found in (diff(OLD, NEWER), diff(NEWER, OLD), diff(OLD, without("reference"))):
        validator.validate(json.loads(msgspec.json.encode(found)))


def test_text_and_markdown_name_the_change_and_act_on_nothing():
    found = diff(OLD, NEWER)
    shown, markdown = text_of(found), markdown_of(found)
    for text in (shown, markdown):
        assert "exp.missing" in text
        assert "reject (as documented)" in flat(text)
        assert "accept (new difference)" in flat(text)
        assert "\x1b" not in text
    assert "<b>" not in markdown
    assert shown.startswith("fail: 1 regression.\n")


def test_long_lists_of_markdown_end_with_their_number(monkeypatch):
    monkeypatch.setattr(diffs, "MOST", 20)
    worse = changed(
        lambda event: (
            replace(event, outcome="crash", status="fail", user=None, uid=None)
            if isinstance(event, Outcome) and event.status == "pass"
            else True
        )
    )
    text = markdown_of(diff(OLD, worse))
    passed = [one for one in OLD.outcomes.values() if one.status == "pass"]
    rows = {(one.case, one.outcome, one.user, one.uid, one.error) for one in passed}
    assert f"and {len(rows) - 20:,} more" in text
    assert text.count("crash (crash or hang)") == 20


def test_who_changed_alike_in_a_case_stands_in_one_line():
    both = ("joserfc:careful", "jwcrypto:careful")
    worse = changed(
        lambda event: (
            replace(event, outcome="accept", status="fail", error="none")
            if isinstance(event, Outcome) and event.case == "exp.missing" and event.implementation in both
            else True
        )
    )
    found = diff(OLD, worse)
    assert text_of(found).startswith("fail: 2 regressions.\n"), "each counts"
    line = "- `joserfc:careful`, `jwcrypto:careful`, `exp.missing`: "
    assert text_of(found).count(line) == markdown_of(found).count(line) == 1


def test_the_page_shows_what_is_new_since_last_time():
    text = page(NEWER, OLD)
    assert "Since last time" in text
    assert text.count('data-n="') == 1
    row = next(line for line in text.splitlines() if 'data-n="' in line)
    assert "exp.missing" in row
    places = list(NEWER.implementations)
    assert f'data-n="{"".join("r" if name == "jwcrypto:careful" else "-" for name in places)}"' in row
    assert "1 regression." in text


def test_the_page_marks_new_cases_for_all_who_answered_and_links_no_gone_ones():
    less = changed(
        lambda event: (
            None if "exp.missing" in (getattr(event, "case", ""), getattr(event, "id", "")) else True
        )
    )
    text = page(OLD, less)
    asked = "".join("n" if ("exp.missing", name) in OLD.outcomes else "-" for name in OLD.implementations)
    assert f'data-n="{asked}"' in text
    assert "#case-exp.missing" not in page(less, OLD)
    assert "exp.missing" in page(less, OLD)


def test_without_an_older_run_nothing_is_said_of_one():
    text = page(OLD)
    assert "Since last time" not in text
    assert 'value="since"' not in text
    assert 'data-n="' not in text


def test_who_changed_alike_stands_in_one_row():
    both = ("jwcrypto:careful", "joserfc:careful")
    worse = changed(
        lambda event: (
            replace(event, outcome="accept", status="fail", error=event.implementation)
            if isinstance(event, Outcome) and event.case == "exp.missing" and event.implementation in both
            else True
        )
    )
    (row,) = since(OLD, worse).moved
    assert (row.title, set(row.implementations), row.cases) == ("regression", set(both), ("exp.missing",))


def test_who_has_a_case_more_shares_the_row_of_the_others():
    both = ("jwcrypto:careful", "joserfc:careful")
    alone = ("iat.missing", "jwcrypto:careful")
    worse = changed(
        lambda event: (
            replace(event, outcome="accept", status="fail")
            if isinstance(event, Outcome)
            and (
                (event.case == "exp.missing" and event.implementation in both)
                or (event.case, event.implementation) == alone
            )
            else True
        )
    )
    rows = {frozenset(row.implementations): row.cases for row in since(OLD, worse).moved}
    assert rows == {frozenset(both): ("exp.missing",), frozenset(alone[1:]): ("iat.missing",)}
