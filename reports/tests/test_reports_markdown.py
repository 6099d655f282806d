"""The step summary: what is new first, every implementation once, and never over its limit."""

from __future__ import annotations

import msgspec

from slurm_jwt_reports.formats.markdown import MOST_BYTES, code, escape
from slurm_jwt_reports.run.document import MOST, markdown
from slurm_jwt_reports.stream.events import CaseText, Finding, Footer, ImplementationText
from slurm_jwt_reports.stream.index import CUT_SHORT, gather
from tools import example_run as example

EVENTS = list(example.complete(16, 14))


def test_what_is_new_comes_first_then_the_table_then_slurm():
    text = markdown(gather(EVENTS))
    places = [
        text.index(part) for part in ("### New differences", "### Stale", "| Implementation |", "### Gaps")
    ]
    assert places == sorted(places)
    assert "`python-jose:careful`, `crit.unknown`: A critical extension" in text
    assert "Documented invalid, got accept." in text


def test_every_implementation_has_one_row():
    results = gather(EVENTS)
    rows = [line for line in markdown(results).splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + len(results.implementations)
    answer = "As documented. As documented in all 14 judged cases. 2 left open."
    assert rows[2] == f"| reference | 0.1.0 | {answer} |"


def test_a_partial_run_says_so_at_the_top():
    text = markdown(gather(event for event in EVENTS if not isinstance(event, Footer)))
    assert text.index(CUT_SHORT) < text.index("###")


def test_long_lists_end_with_their_number():
    many = [Finding(kind="new", text=f"finding {number}") for number in range(MOST + 7)]
    text = markdown(
        gather([*(event for event in EVENTS[:-1] if not isinstance(event, Finding)), *many, EVENTS[-1]])
    )
    assert "- and 7 more" in text
    assert text.count("finding ") == MOST


def test_it_never_exceeds_the_limit():
    base = next(event for event in EVENTS if isinstance(event, ImplementationText))
    crowd = [
        msgspec.structs.replace(base, id=f"cmd:{number}", name="`" * 80, version="|" * 60, kind="command",
                                reason="<" * 600, status="not run")
        for number in range(4000)
    ]  # fmt: skip
    text = markdown(gather([EVENTS[0], next(e for e in EVENTS if isinstance(e, CaseText)), *crowd]))
    assert len(text.encode()) <= MOST_BYTES
    assert text.rstrip().endswith("The rest is left out here.")


def test_escapes():
    assert escape("a|b") == "a&#124;b"
    assert escape("<b>&amp;") == "&#60;b&#62;&#38;amp;"
    assert escape("plain text, 2.15.1 (careful): a-b") == "plain text, 2.15.1 (careful): a-b"
    assert escape("a\n# b") == "a &#35; b"
    assert code("pyjwt:careful") == "`pyjwt:careful`"
    assert code("a`b") == "a&#96;b"
    assert code("") == ""
