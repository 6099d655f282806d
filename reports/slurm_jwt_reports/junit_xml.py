"""Elements of JUnit XML, as both writers of it need them: a run's report and a tool's document."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from slurm_jwt_reports.redaction import block, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def add_testcase(suite: ET.Element, group: str, name: str) -> ET.Element:
    """Add a testcase to a suite; a bare one passes."""
    return ET.SubElement(
        suite, "testcase", classname=one_line(group, 200), name=one_line(name, 200), time="0"
    )


def add_failure(test: ET.Element, tag: str, kind: str, message: str, details: str) -> None:
    """Let a testcase fail. tag: "failure", or "error" where no answer came."""
    element = ET.SubElement(test, tag, message=one_line(message, 600), type=one_line(kind, 200))
    element.text = block(details, 4000)


def add_skipped(test: ET.Element, message: str) -> None:
    """Let a testcase be skipped."""
    ET.SubElement(test, "skipped", message=one_line(message, 600))


def count(root: ET.Element, suites: Iterable[ET.Element]) -> None:
    """Write the counts and times of their testcases into the suites and the root."""
    total = dict.fromkeys(("tests", *COUNTED), 0)
    for suite in suites:
        tests = suite.findall("testcase")
        counts = {"tests": len(tests)}
        counts |= {name: sum(test.find(tag) is not None for test in tests) for name, tag in COUNTED.items()}
        for name, number in counts.items():
            suite.set(name, str(number))
            total[name] += number
        suite.set("time", f"{sum(float(test.get('time', '0')) for test in tests):.3f}")
    for name, number in total.items():
        root.set(name, str(number))


def xml_text(root: ET.Element, mark: str) -> str:
    """Return the file's text; a comment in it names the generator."""
    ET.indent(root, " ")
    head = f'<?xml version="1.0" encoding="utf-8"?>\n<!-- generator: {mark} -->\n'
    return head + ET.tostring(root, encoding="unicode") + "\n"
