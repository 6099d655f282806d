"""The charts say what the outcomes say: counted again here, from the outcomes themselves."""

from __future__ import annotations

import html5lib
import pytest
from msgspec.structs import replace

from slurm_jwt_reports.page.agreement import agreement, shape
from slurm_jwt_reports.page.html import page
from slurm_jwt_reports.page.moves import moves
from slurm_jwt_reports.run.overview import overview
from slurm_jwt_reports.stream.events import Finding, ImplementationText, Outcome
from slurm_jwt_reports.stream.index import gather
from tools import example_run as example

EVENTS = list(example.complete(16, 14))
SVG = "{http://www.w3.org/2000/svg}"
REFUSED_LATER = ("iat.missing", "exp.now")
ACCEPTED_LATER = ("exp.float",)


def two_releases():
    """Give the invented run with a second release that treats three cases otherwise."""
    for event in EVENTS[:-1]:
        yield event
        if isinstance(event, ImplementationText) and event.id == "slurmctld:22.05":
            yield replace(event, id="slurmctld:26.05", configuration="26.05", version="26.05.5")
    for event in EVENTS:
        if isinstance(event, Outcome) and event.implementation == "slurmctld:22.05":
            later = replace(event, implementation="slurmctld:26.05")
            if event.case in REFUSED_LATER:
                later = replace(later, outcome="reject", uid=None, log="error: no")
            if event.case in ACCEPTED_LATER:
                later = replace(later, outcome="accept", uid=2001)
            yield later
        if isinstance(event, Finding) and event.kind == "impostor":
            yield replace(event, implementation="slurmctld:26.05")


RESULTS = gather(two_releases())
RUN = overview(RESULTS)


def counted(one, against):
    """Count by hand in how many cases two implementations did the same, of those that both answered."""
    answers = [
        (RESULTS.outcomes[case, one].outcome, RESULTS.outcomes[case, against].outcome)
        for case in RESULTS.cases
    ]
    both = [(mine, theirs) for mine, theirs in answers if theirs in ("accept", "reject")]
    return sum(mine == theirs for mine, theirs in both), len(both)


def test_agreement_with_a_release_is_what_counting_gives():
    made = agreement(RUN)
    assert made.series == ("the documents", "slurmctld 22.05", "slurmctld 26.05")
    for line, one in zip(made.lines, RESULTS.implementations, strict=True):
        for share, name in zip(line.shares[1:], ("slurmctld:22.05", "slurmctld:26.05"), strict=True):
            assert share == (None if name == one else counted(one, name)), (one, name)


def test_agreement_with_the_documents_leaves_out_what_they_leave_open():
    wanted = {"valid": "accept", "invalid": "reject"}
    decided = [case for case in RESULTS.cases.values() if case.verdict in wanted]
    for line, one in zip(agreement(RUN).lines, RESULTS.implementations, strict=True):
        did = [(RESULTS.outcomes[case.id, one].outcome, wanted[case.verdict]) for case in decided]
        assert line.shares[0] == (sum(mine == due for mine, due in did), len(decided)), one


def test_a_crash_agrees_with_nobody():
    lines = {line.name: line.shares for line in agreement(RUN).lines}
    crashed, same = lines["Gehirn jwt defaults"], lines["jwcrypto defaults"]
    assert RESULTS.outcomes["claims.truncated", "gehirn-jwt:defaults"].outcome == "crash"
    assert crashed[0].of == same[0].of
    assert crashed[0].agree == same[0].agree  # one lost by its crash, the other by exp.now


def test_every_point_lies_where_its_number_says():
    made = agreement(RUN)
    places = {percent: x for x, percent in made.ticks}
    for line, row in zip(made.lines, made.rows, strict=True):
        assert line.name == row.name
        for point in row.points:
            share = line.shares[point.series]
            low, high = min(places), max(places)
            due = places[low] + (share.percent - low) / (high - low) * (places[high] - places[low])
            assert point.x == pytest.approx(due, abs=0.1)
            assert f"{share.agree} of {share.of}" in point.title
            assert 0 < point.y < made.height


def test_no_two_series_share_a_shape():
    assert len({shape(number) for number in range(6)}) == 6


def test_moves_are_the_cases_that_differ_and_no_other():
    made = moves(RUN)
    assert made.releases == ("slurmctld 22.05", "slurmctld 26.05")
    found = {one.states: set(one.cases) for one in made.patterns}
    assert found == {
        ("accepted", "refused"): set(REFUSED_LATER),
        ("refused", "accepted"): set(ACCEPTED_LATER),
    }
    assert made.steps == (("slurmctld 22.05", "slurmctld 26.05", 1, 2),)


def test_another_user_is_another_state():
    odd = Finding(kind="impostor", case="claims.scontrol", implementation="slurmctld:26.05", text="x")
    made = moves(overview(gather([*two_releases(), odd])))
    assert {one.states: one.cases for one in made.patterns}["accepted", "as another user"] == (
        "claims.scontrol",
    )
    assert made.steps[0][2:] == (1, 2), "that is no newly accepted one"


def test_an_unasked_case_moves_nowhere():
    events = [
        replace(event, outcome="not run", status="not run", uid=None, log=None)
        if isinstance(event, Outcome) and event.implementation == "slurmctld:26.05"
        else event
        for event in two_releases()
    ]
    made = moves(overview(gather(events)))
    assert made.patterns == ()
    assert "gave the same answer to every case" in page(gather(events))


def test_with_fewer_than_two_releases_there_is_nothing_to_compare():
    assert moves(overview(gather(EVENTS))) is None
    assert agreement(overview(gather(EVENTS[:1]))) is None
    assert 'id="charts"' not in page(gather(EVENTS[:1]))


def test_behind_each_chart_is_a_table_with_its_numbers():
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page(RESULTS))
    section = next(one for one in tree.iter("section") if one.get("aria-labelledby") == "charts")
    drawings = [one for one in section.iter(f"{SVG}svg") if one.get("role") == "img"]
    tables = list(section.iter("table"))
    assert len(drawings) == len(tables) == 2
    ids = {one.get("id") for one in section.iter(f"{SVG}title")}
    assert {one.get("aria-labelledby") for one in drawings} <= ids
    numbers, cases = (" ".join("".join(table.itertext()).split()) for table in tables)
    for line in agreement(RUN).lines:
        assert all(f"{share.agree} of {share.of}" in numbers for share in line.shares if share)
    assert all(case in cases for case in (*REFUSED_LATER, *ACCEPTED_LATER))


def test_the_cells_of_the_page_are_those_of_the_results():
    """The colours of the matrix, counted in the page, are the statuses in the stream."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page(RESULTS))
    rows = {
        row.find(".//code").text: [cell.get("class") for cell in row.findall("td")][1:]
        for row in tree.iter("tr")
        if row.get("data-m")
    }
    assert set(rows) == set(RESULTS.cases)
    for (case, name), outcome in RESULTS.outcomes.items():
        code = rows[case][list(RESULTS.implementations).index(name)]
        allowed = {"pass": "ptgie", "recorded": "otgie", "fail": "fx", "known": "k", "either": "e"}
        assert code in allowed.get(outcome.status, "nur"), (case, name)
        assert (code in "po") == (outcome.status in ("pass", "recorded") and code not in "tgie")
