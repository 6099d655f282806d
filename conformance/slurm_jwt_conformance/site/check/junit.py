"""An answer as JUnit XML: a testcase for each rule, each remark that decides and each release asked.

A broken rule of level error is a failure, one that was not checked is skipped; one that leaves the verifier a
choice passes with a note, and what a waiver covers is skipped with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from slurm_jwt.strict.rules import RULES
from slurm_jwt_conformance.site.check import items, predicted, words
from slurm_jwt_reports.redaction import block, one_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.items import Item

NAME = "slurm-jwt check"


def render(made: Answer) -> str:
    """Return the XML text."""
    suite = ET.Element("testsuite", name=NAME, timestamp=items.moment(made.done.now).rstrip("Z"))
    _rules(suite, made)
    for item in items.items(made):
        if not item.is_rule:
            _tell(_test(suite, item.id.partition(".")[0], item.id), item)
    _releases(suite, made)
    root = ET.Element("testsuites", name=NAME)
    root.append(suite)
    for element in (suite, root):
        _count(element, suite)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _rules(suite: ET.Element, made: Answer) -> None:
    broken = {item.id: item for item in items.items(made) if item.is_rule}
    for rule in RULES:
        test = _test(suite, "rules", rule.id)
        if rule.id in broken:
            _tell(test, broken[rule.id])
        elif rule.id in made.done.result.not_checked:
            key = made.question.found.key
            why = key.sentence() if key and made.done.key is None else "see the rules that are broken"
            ET.SubElement(test, "skipped", message=one_line(f"not checked: {why}", 600))


def _test(suite: ET.Element, group: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=f"check.{group}", name=name, time="0")


def _tell(test: ET.Element, item: Item) -> None:
    """Put into a testcase what was found."""
    if item.waiver is not None and item.level == "error":
        ET.SubElement(test, "skipped", message=one_line(f"waived {words.waiver(item.waiver)}", 600))
    elif item.level == "error":
        failure = ET.SubElement(test, "failure", message=one_line(_short(item), 600), type=item.id)
        failure.text = block(_long(item), 4000)
    else:
        ET.SubElement(test, "system-out").text = block(f"{item.level}: {_short(item)}\n{_long(item)}", 4000)


def _short(item: Item) -> str:
    return f"{item.found} (expected: {item.expected})"


def _long(item: Item) -> str:
    rows = {
        "found": item.found,
        "expected": item.expected,
        "why": item.why,
        "slurm": item.releases,
        "key": "; ".join(f"the issuer signs with {fit}" for fit in item.fits),
        "do": item.do,
        "source": "; ".join(item.sources),
    }
    return "\n".join(f"{name}: {one_line(text, 1000)}" for name, text in rows.items() if text)


def _releases(suite: ET.Element, made: Answer) -> None:
    where = made.question.where
    if where is None:
        test = _test(suite, "releases", "installed")
        ET.SubElement(test, "skipped", message=one_line(made.question.silent, 600))
        return
    for name, told in made.done.predictions.items():
        test = _test(suite, "releases", name)
        said = predicted.sentence(name, told, known=where.known)
        if told.accepted is None:
            ET.SubElement(test, "skipped", message=one_line(said, 600))
        elif not predicted.fits(told, made.done.result.claims, where):
            failure = ET.SubElement(test, "failure", message=one_line(said, 600), type="slurm")
            failure.text = block(told.log or said, 4000)


def _count(element: ET.Element, suite: ET.Element) -> None:
    tests = suite.findall("testcase")
    element.set("tests", str(len(tests)))
    element.set("failures", str(sum(test.find("failure") is not None for test in tests)))
    element.set("errors", "0")
    element.set("skipped", str(sum(test.find("skipped") is not None for test in tests)))
