"""JUnit XML for CI readers: a failure is a <failure>, a crash an <error>, a skip a <skipped>.

One suite for each implementation with a testcase for each case, one for the issuer x verifier matrix, and
one for the run itself, so that a run cut short or a failure of the suite is never green. Nothing but a kept
verdict is a bare testcase; where the documents leave the choice it passes with a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from slurm_jwt_reports.formats.junit import details
from slurm_jwt_reports.junit_xml import add_failure, add_skipped, add_testcase, count, xml_text
from slurm_jwt_reports.output import mark
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.differences import of_outcome
from slurm_jwt_reports.run.marks import GAP, IMPOSTOR, TRAP
from slurm_jwt_reports.run.overview import Overview, overview
from slurm_jwt_reports.run.sentences import checked

if TYPE_CHECKING:
    from slurm_jwt_reports.stream.events import CaseText, Cell, ImplementationText, Outcome
    from slurm_jwt_reports.stream.index import Results

MATRIX = "issuer x verifier"
RUN = "run"


def junit(results: Results) -> str:
    """Give the XML text; the same results always give the same text."""
    root = ET.Element("testsuites", name="slurm-jwt-conformance")
    if results.footer:
        root.set("time", f"{results.footer.seconds:.3f}")
    run = overview(results)
    for implementation in results.implementations.values():
        root.append(_suite(run, implementation))
    if results.cells:
        root.append(_matrix(run))
    root.append(_run(results))
    count(root, list(root))
    return xml_text(root, mark("run junit"))


def _suite(run: Overview, implementation: ImplementationText) -> ET.Element:
    suite = _new_suite(run.results, implementation.id)
    properties = ET.SubElement(suite, "properties")
    for name in ("name", "configuration", "library", "version", "language", "clock", "basis"):
        if value := getattr(implementation, name):
            ET.SubElement(properties, "property", name=name, value=one_line(value, 200))
    if said := implementation.status == "ran" and checked(run, implementation.id):
        ET.SubElement(properties, "property", name="checked", value=said)
    for case in run.results.cases.values():
        test = add_testcase(suite, f"{implementation.id}.{case.topic}", case.id)
        outcome = run.results.outcomes.get((case.id, implementation.id))
        if outcome is None:
            add_skipped(test, _absent(implementation))
        else:
            _result(test, run, outcome)
    return suite


def _absent(implementation: ImplementationText) -> str:
    if implementation.status == "not run":
        return f"not run: {implementation.reason or 'no reason was given'}"
    return "not asked: the run left it out, or ended before"


def _result(test: ET.Element, run: Overview, outcome: Outcome) -> None:
    """Put the result of an outcome into its testcase."""
    case = run.results.cases[outcome.case]
    mark = run.marks[case.id, outcome.implementation]
    test.set("time", f"{(outcome.milliseconds or 0) / 1000:.6f}")
    if outcome.status != "fail" and mark in (TRAP, GAP, IMPOSTOR):
        # As Slurm's record has it, yet not as documented: a bare testcase would read as a kept verdict.
        add_skipped(test, f"{mark.label}: {outcome.outcome} for {case.verdict}: {mark.meaning}")
        return
    match outcome.status:
        case "pass":
            pass
        case "either":
            _note(test, f"either: {outcome.outcome}; {case.why or 'the documents leave the choice'}")
        case "fail":
            _fail(test, outcome.outcome, _expected(case, outcome), details(of_outcome(run, outcome)))
        case "known" if outcome.deviation:
            kind, reason = outcome.deviation.class_, outcome.deviation.reason
            add_skipped(test, f"known ({kind}): {outcome.outcome} for {case.verdict}: {reason}")
        case _:
            add_skipped(test, f"{outcome.status}: {outcome.reason or outcome.error or outcome.outcome}")


def _matrix(run: Overview) -> ET.Element:
    suite = _new_suite(run.results, MATRIX)
    for cell in run.results.cells.values():
        name = f"{run.labels[cell.issuer]} -> {run.labels[cell.verifier]}"
        test = add_testcase(suite, f"{MATRIX}.{cell.key}", name)
        if cell.status == "fail":
            said = cell.error or cell.log or ""
            _fail(test, cell.outcome, f"expected accept, got {cell.outcome}: {said}", said)
        elif cell.status != "pass":
            add_skipped(test, _cell_reason(cell))
    return suite


def _cell_reason(cell: Cell) -> str:
    why = cell.deviation.reason if cell.deviation else cell.reason or cell.error or cell.outcome
    return f"{cell.status}: {cell.outcome}: {why}"


def _run(results: Results) -> ET.Element:
    """Give the run its own testcases: whether it came to its end, what suite and ledger did wrong."""
    suite = _new_suite(results, RUN)
    test = add_testcase(suite, RUN, "complete")
    if results.problems:
        _fail(test, "crash", " ".join(results.problems), "")
    for number, finding in enumerate(results.findings):
        if finding.kind in ("stale", "harness", "absent"):
            name = f"{finding.kind} {number}: {finding.case or ''} {finding.implementation or ''}"
            _fail(
                add_testcase(suite, RUN, name),
                "crash" if finding.kind == "harness" else finding.kind,
                finding.text,
                "",
            )
    return suite


def _new_suite(results: Results, name: str) -> ET.Element:
    return ET.Element(
        "testsuite", name=one_line(name, 200), timestamp=one_line(results.header.started.rstrip("Z"), 40)
    )


def _fail(test: ET.Element, kind: str, message: str, details: str) -> None:
    add_failure(test, "error" if kind in ("crash", "hang") else "failure", kind, message, details)


def _note(test: ET.Element, text: str) -> None:
    ET.SubElement(test, "system-out").text = one_line(text, 600)


def _expected(case: CaseText, outcome: Outcome) -> str:
    wanted = {"valid": "accept", "invalid": "reject", "either": "accept or reject"}[case.verdict]
    rules = f" ({', '.join(case.rules)})" if case.rules else ""
    said = f": {outcome.error}" if outcome.error else ""
    return f"expected {wanted}{rules}, got {outcome.outcome}{said}"
