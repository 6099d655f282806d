"""The page holds everything it promises, refers to nothing outside itself, and is the same every time."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import html5lib
import msgspec
import pytest

from slurm_jwt_reports.page.content import build
from slurm_jwt_reports.page.html import page
from slurm_jwt_reports.page.pieces import anchor, cite, moment
from slurm_jwt_reports.stream.events import Cell, Finding, Footer, ImplementationText, Outcome
from slurm_jwt_reports.stream.index import CUT_SHORT, gather
from tools import example_run as example

EVENTS = list(example.complete(16, 17))
RESULTS = gather(EVENTS)
CSS = files("slurm_jwt_reports.page").joinpath("templates", "page.css").read_text("utf-8")


def parsed(text):
    parser = html5lib.HTMLParser(
        strict=True, tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False
    )
    return parser.parse(text)


@pytest.fixture(scope="module")
def text():
    return page(RESULTS)


@pytest.fixture(scope="module")
def tree(text):
    return parsed(text)


def words(element):
    return " ".join("".join(element.itertext()).split())


def by_id(tree, name):
    return next(element for element in tree.iter() if element.get("id") == name)


def entry_of(tree, case):
    return next(e for e in tree.iter("details") if e.find(f"div[@id='case-{case}']") is not None)


def test_ids_are_unique_and_every_link_inside_leads_somewhere(tree):
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert ids.most_common(1)[0][1] == 1
    targets = {element.get("href")[1:] for element in tree.iter("a") if element.get("href").startswith("#")}
    assert {target for target in targets if not target.startswith("?rule=")} - set(ids) == set()
    rules = {target.removeprefix("?rule=") for target in targets if target.startswith("?rule=")}
    assert rules
    assert rules <= set(RESULTS.rules)


def test_it_is_self_contained(text, tree):
    assert not [element for element in tree.iter() if element.get("src") or element.get("srcset")]
    assert [link.get("href") for link in tree.iter("link")] == ["data:,"]
    assert "@import" not in text
    assert "url(" not in text
    policy = next(meta.get("content") for meta in tree.iter("meta") if meta.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_every_case_has_an_entry_with_all_that_is_known_of_it(tree):
    for case in RESULTS.cases.values():
        entry = words(entry_of(tree, case.id))
        for part in (case.purpose, case.verdict, case.claims_text, case.token_sha256, f"-k {case.id}"):
            assert part in entry, case.id
        for rule in case.rules:
            assert RESULTS.rules[rule].sentence in entry
            assert RESULTS.rules[rule].hint in entry


def test_every_answer_is_in_its_entry_with_the_own_error(tree):
    for (case, name), outcome in RESULTS.outcomes.items():
        entry = words(entry_of(tree, case))
        assert RESULTS.implementations[name].name in entry
        for said in (outcome.error, outcome.log, outcome.deviation and outcome.deviation.reason):
            assert said is None or " ".join(said.split()) in entry


def test_the_matrix_names_every_mark_in_words(tree):
    matrix = by_id(tree, "mx")
    rows = [row for row in matrix.iter("tr") if row.get("data-m")]
    assert len(rows) == len(RESULTS.cases)
    row = next(row for row in rows if words(row).startswith("exp.now"))
    cells = dict(zip(RESULTS.implementations, list(row)[2:], strict=True))
    assert words(cells["reference"]) == "✓ rej"
    assert words(cells["jwcrypto:careful"]) == "≈ acc known difference"
    assert words(cells["slurmctld:22.05"]) == "⊕ acc gap"
    assert words(cells["slurmctld:20.11"]) == "·"


def test_the_first_screen_has_the_headline_and_one_sentence_each(tree):
    first = words(by_id(tree, "matters")) + words(next(e for e in tree.iter("ol")))
    assert "The page's own key is refused" in first
    table = next(e for e in tree.iter("table") if e.get("class") == "answers")
    assert len(list(table.iter("tr"))) == 1 + len(RESULTS.implementations)
    assert "slurm-jwt run" in words(next(e for e in tree.iter("dl")))


def test_traps_gaps_and_impostors_are_listed_with_their_log_line(tree):
    found = {mark.label: [row.case.id for row in rows] for mark, rows in build(RESULTS).oddities}
    assert found == {
        "impostor": ["sun.zero", "sun.unknown-user"],
        "gap": ["alg.lower-case", "crit.unknown", "iat.missing", "exp.now", "nbf.future"],
        "trap": ["typ.access-token", "exp.float"],
    }
    section = words(next(e for e in tree.iter("section") if e.get("aria-labelledby") == "slurm"))
    assert "sun.zero" in section
    assert "⇄ uid 0" in section
    assert "error: auth_p_verify: token expired" in section


def test_documented_and_enforced_speaks_of_single_rules_only():
    states = {one.rule.id: one.releases[0] for one in build(RESULTS).requirements}
    assert states["exp.required"].state == "enforced"
    assert states["exp.required"].refused == ("exp.missing",)
    assert (states["iat.required"].state, states["iat.required"].accepted) == (
        "not enforced",
        ("iat.missing",),
    )
    assert (states["exp.integer"].state, states["exp.integer"].code) == ("enforced", "t")
    assert states["sun.posix"].state == "not observed"
    assert "typ.jwt" not in states, "the Slurm page does not demand it"


def test_each_key_has_a_table_with_the_reasons_of_what_was_not_read():
    tables = {table.key.id: table for table in build(RESULTS).matrices}
    assert list(tables) == ["pem-pkcs1", "random32"], "first the one in which something differs"
    pem = tables["pem-pkcs1"]
    assert (pem.read, pem.cells) == (8 * 8, 14 * 14)
    assert {
        mark.code + word for row in pem.rows if row.issuer == "PyJWT careful" for mark, word in row.marks
    } == {"kno"}
    assert [(note.times, note.cell.outcome) for note in pem.notes] == [
        (8 * 6, "reject"),
        (6 * 14, "not issued"),
    ]
    assert all("PyJWT careful" in note.who for note in pem.notes)


def test_who_was_never_asked_has_no_row_but_a_reason():
    ids = {"issuer": "reference", "key": "random32", "outcome": "not run", "status": "not run"}
    gone = Cell(**ids, verifier="slurmctld:20.11", reason="no such daemon here")
    mute = Cell(
        issuer="pyjwt:careful",
        verifier="slurmctld:20.11",
        key="random32",
        outcome="not issued",
        status="known",
    )
    table = build(gather([*EVENTS[:-1], gone, mute, EVENTS[-1]])).matrices[1]
    assert "slurmctld 20.11" not in table.verifiers
    assert (table.read, table.cells) == (196, 196)
    assert ("slurmctld 20.11 as verifier", "no such daemon here") in [
        (note.who, note.cell.reason) for note in table.notes
    ]


def test_without_slurm_nothing_is_said_of_slurm():
    text = page(
        gather(event for event in EVENTS if "slurmctld" not in repr(event) and not isinstance(event, Footer))
    )
    assert "No release of Slurm was asked" in text
    assert "Documented and enforced" not in text


def test_faults_stand_apart_from_choices(tree):
    section = next(e for e in tree.iter("section") if e.get("aria-label") == "Authlib careful")
    titles = [words(summary) for summary in section.iter("summary")]
    assert titles == [
        "≈ Known fault: RFC violation 1 case",
        "≈ No fault: safe refusal 2 cases",
        "Adapter source",
    ]


def test_an_adapter_of_two_configurations_is_shown_once(text):
    assert text.count("PyJWT, as its documentation tells a careful user to call it") == 1
    assert "Its adapter is the one of" in text


def test_a_partial_run_is_marked_at_the_top():
    partial = page(gather(EVENTS[:120]))
    assert CUT_SHORT in partial
    assert partial.index(CUT_SHORT) < partial.index("What matters most")
    assert parsed(partial) is not None


def test_a_run_without_anything_still_makes_a_page():
    assert "0 cases put to 0 implementations" in page(gather(EVENTS[:1]))
    assert "Nothing stands out" in page(gather(EVENTS[:1]))


def test_the_same_answers_make_the_same_bytes_in_whatever_order_they_came():
    late = (Outcome, Cell, Finding)
    early = [event for event in EVENTS[:-1] if not isinstance(event, (*late, ImplementationText))]
    names = [event for event in EVENTS if isinstance(event, ImplementationText)]
    answers = [event for event in EVENTS if isinstance(event, late)]
    other = gather([*early, *names[::-1], *answers[::-1], EVENTS[-1]])
    assert page(other) == page(RESULTS) == page(gather(EVENTS))


def test_450_cases_and_14_implementations_stay_mailable():
    text = page(gather(example.complete(450, 14)))
    assert len(text.encode()) < 3_000_000
    assert text.count("data-m=") == 450


def test_a_token_is_shown_only_where_the_run_has_it(text):
    shown = [
        msgspec.structs.replace(event, token="eyJ.a.b") if hasattr(event, "token_sha256") else event
        for event in EVENTS
    ]
    assert "eyJ.a.b" in page(gather(shown))
    assert "eyJ" not in text


def test_anchors_are_plain_or_hashed():
    assert anchor("case", "exp.now") == "case-exp.now"
    assert anchor("impl", "cmd:./adapter") == "impl-cmd:./adapter"
    odd = anchor("case", 'a "b\ud800')
    assert re.fullmatch(r"case-[0-9a-f]{16}", odd)
    assert odd != anchor("case", "a 'b")


def test_sections_of_rfcs_become_links_and_the_rest_stays_text():
    address = "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4"
    assert (
        cite("Page (1), RFC 7519 4.1.4 <b>") == f'Page (1), <a href="{address}">RFC 7519 4.1.4</a> &lt;b&gt;'
    )
    assert cite("RFC 8259") == '<a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>'
    assert cite("POSIX.1-2017 3.437") == "POSIX.1-2017 3.437"


def test_moments_are_shown_in_utc_and_absurd_ones_as_numbers():
    assert moment(1893456000) == "2030-01-01T00:00:00Z (1893456000)"
    assert moment(10**30) == str(10**30)


def _luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(char * 2 for char in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_has_the_contrast_of_wcag_aa(scheme):
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    colours = dict(
        re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", blocks[("light", "dark", "print").index(scheme)])
    )
    pairs = [
        (ink, ground)
        for ink in ("ink", "soft", "link", "red", "amber", "violet")
        for ground in ("bg", "panel")
    ]
    pairs += [("red", "red-bg"), ("amber", "amber-bg"), ("violet", "violet-bg")]
    for ink, ground in pairs:
        bright, dim = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, (scheme, ink, ground)


def asking():
    """Give a run in which jwcrypto made a token that must not be, PyJWT refused one that is due."""
    case = msgspec.structs.replace(
        RESULTS.cases["exp.missing"], token_sha256="", token_bytes=0, topic="issue"
    )
    due = msgspec.structs.replace(
        case, id="issue.due", verdict="valid", rules=(), claims_text='{"b": {"$bytes": ""}}'
    )
    bad = msgspec.structs.replace(case, id="issue.bad", verdict="invalid", rules=("exp.required",))
    did = {("issue.due", "pyjwt:careful"): "reject", ("issue.bad", "jwcrypto:careful"): "accept"}
    wrong = [
        Outcome(case=one, implementation=who, outcome=what, status="fail") for (one, who), what in did.items()
    ]
    right = Outcome(case="issue.bad", implementation="pyjwt:careful", outcome="reject", status="pass")
    events = [event for event in EVENTS if not isinstance(event, (Footer, Outcome, Finding))]
    return parsed(page(gather([*events, due, bad, *wrong, right])))


def test_who_is_asked_for_a_token_is_told_in_words_of_issuing():
    tree = asking()
    rows = {words(row[0]): row for row in by_id(tree, "mx").iter("tr") if row.get("data-m")}
    places = {name: place for place, name in enumerate(RESULTS.implementations, 2)}
    assert [words(rows[f"issue.{one}"][1]) for one in ("due", "bad")] == ["issue", "refuse"]
    assert words(rows["issue.due"][places["pyjwt:careful"]]) == "✗ ref new difference"
    assert words(rows["issue.bad"][places["pyjwt:careful"]]) == "✓ ref"
    assert words(rows["issue.bad"][places["jwcrypto:careful"]]) == "✗ iss new difference"
    assert words(rows["issue.bad"][places["slurmctld:22.05"]]) == "∅", "scontrol token takes no claims"
    entry = words(entry_of(tree, "issue.due"))
    for part in (
        "issue: a token is due",
        "a token with these claims",
        "$bytes",
        "✗ new difference refused",
    ):
        assert part in entry
    for part in ("SHA-256", "does not decode", "Header", "0 bytes"):
        assert part not in entry
    assert "refuse: no such token may be issued" in words(entry_of(tree, "issue.bad"))


def test_the_defaults_are_held_against_the_recipe_of_the_same_adapter():
    sections = {one.implementation.id: one for one in build(RESULTS).sections}
    assert sections["pyjwt:careful"].mended == ()
    found = {row.rule: row.cases for row in sections["pyjwt:defaults"].mended}
    passed = {
        case for case in RESULTS.cases
        if RESULTS.outcomes[case, "pyjwt:careful"].status == "pass"
        and RESULTS.outcomes[case, "pyjwt:defaults"].status in ("fail", "known", "not claimed")
    }  # fmt: skip
    assert passed
    assert {case for cases in found.values() for case in cases} == passed
    for rule, cases in found.items():
        assert all((RESULTS.cases[case].rules[:1] or (None,))[0] == rule for case in cases)


def test_each_rule_leads_to_its_cases(tree):
    row = by_id(tree, "rule-exp.required")
    (link,) = [one for one in row.iter("a") if one.get("href").startswith("#?rule=")]
    assert link.get("href") == "#?rule=exp.required"
    assert words(link) == str(sum("exp.required" in case.rules for case in RESULTS.cases.values()))
