"""A document as JUnit XML: a testcase for the outcome, one for each diagnostic, one for what was not checked.

The file has a failure or an error if and only if the command's exit code is not 0: an error-level diagnostic
is a failure where the outcome does not pass, and text where it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from slurm_jwt_reports.formats import rows
from slurm_jwt_reports.formats.shown import shown
from slurm_jwt_reports.junit_xml import add_failure, add_skipped, add_testcase, count, xml_text
from slurm_jwt_reports.output import mark
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Diagnostic, Document


def render(document: Document) -> str:
    """Return the XML text."""
    document = shown(document)
    name = f"slurm-jwt {document.tool}"
    suite = ET.Element("testsuite", name=name)
    _properties(suite, document)
    _outcome(suite, document)
    for diagnostic in document.diagnostics:
        _diagnostic(suite, diagnostic, document)
    for text in document.not_checked:
        add_skipped(add_testcase(suite, f"{document.tool}.not-checked", text), f"not checked: {text}")
    root = ET.Element("testsuites", name=name)
    root.append(suite)
    count(root, [suite])
    return xml_text(root, mark("junit"))


def _properties(suite: ET.Element, document: Document) -> None:
    properties = ET.SubElement(suite, "properties")
    verdict = document.outcome.verdict if document.outcome else ""
    named = [("title", document.title), ("verdict", verdict)]
    for name, value in [*named, *((fact.name, fact.value) for fact in document.facts)]:
        if value:
            ET.SubElement(properties, "property", name=one_line(name), value=one_line(value, 600))


def _outcome(suite: ET.Element, document: Document) -> None:
    test = add_testcase(suite, f"{document.tool}.outcome", "outcome")
    if document.outcome is None or document.outcome.verdict == "pass":
        ET.SubElement(test, "system-out").text = rows.heading(document)
        return
    kind = document.outcome.verdict
    tag = "error" if kind == "undetermined" else "failure"
    add_failure(test, tag, kind, rows.heading(document), "\n".join(document.outcome.reasons))


def _diagnostic(suite: ET.Element, diagnostic: Diagnostic, document: Document) -> None:
    group = diagnostic.id.partition(".")[0]
    test = add_testcase(suite, f"{document.tool}.{group}", _name(diagnostic))
    if diagnostic.level == "error" and diagnostic.waived is not None:
        add_skipped(test, f"waived {rows.waived(diagnostic.waived)}")
    elif rows.decides(diagnostic) and rows.exit_code(document):
        add_failure(test, "failure", diagnostic.id, diagnostic.message, details(diagnostic))
    else:
        ET.SubElement(test, "system-out").text = details(diagnostic)


def _name(diagnostic: Diagnostic) -> str:
    where = rows.location(diagnostic.place) if diagnostic.place else ""
    return f"{diagnostic.id} ({where})" if where else diagnostic.id


def details(diagnostic: Diagnostic) -> str:
    """Return a diagnostic as the text of a testcase."""
    lines = [f"{row.name}: {row.text}" for row in rows.rows(diagnostic)]
    return "\n".join([f"{diagnostic.level}: {diagnostic.message}", *lines])
