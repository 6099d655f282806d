"""JUnit XML for CI readers: a failure is a <failure>, a crash an <error>, a skip a <skipped>.

One suite for each implementation with a testcase for each case, one for the issuer x verifier matrix, and
one for the run itself, so that a run cut short or a failure of the suite is never green. Nothing but a kept
verdict is a bare testcase; where the documents leave the choice it passes with a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from slurm_jwt_reports.junit_xml import add_failure, add_skipped, count, xml_text
from slurm_jwt_reports.output import mark
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.marks import GAP, IMPOSTOR, TRAP, Mark
from slurm_jwt_reports.run.overview import Overview, overview

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
    for case in run.results.cases.values():
        test = ET.SubElement(
            suite,
            "testcase",
            classname=f"{_name(implementation.id)}.{_name(case.topic)}",
            name=_name(case.id),
        )
        outcome = run.results.outcomes.get((case.id, implementation.id))
        if outcome is None:
            add_skipped(test, _absent(implementation))
        else:
            _tell(test, case, outcome, run.marks[case.id, implementation.id])
    return suite


def _absent(implementation: ImplementationText) -> str:
    if implementation.status == "not run":
        return f"not run: {implementation.reason or 'no reason was given'}"
    return "not asked: the run left it out, or ended before"


def _tell(test: ET.Element, case: CaseText, outcome: Outcome, mark: Mark) -> None:
    """Put into a testcase what came of it."""
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
            _fail(test, outcome.outcome, _expected(case, outcome), _details(case, outcome))
        case "known" if outcome.deviation:
            kind, reason = outcome.deviation.class_, outcome.deviation.reason
            add_skipped(test, f"known ({kind}): {outcome.outcome} for {case.verdict}: {reason}")
        case _:
            add_skipped(test, f"{outcome.status}: {outcome.reason or outcome.error or outcome.outcome}")


def _matrix(run: Overview) -> ET.Element:
    suite = _new_suite(run.results, MATRIX)
    for cell in run.results.cells.values():
        name = f"{run.labels[cell.issuer]} -> {run.labels[cell.verifier]}"
        test = ET.SubElement(suite, "testcase", classname=f"{MATRIX}.{_name(cell.key)}", name=_name(name))
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
    test = ET.SubElement(suite, "testcase", classname=RUN, name="complete")
    if results.problems:
        _fail(test, "crash", " ".join(results.problems), "")
    for number, finding in enumerate(results.findings):
        if finding.kind in ("stale", "harness"):
            name = f"{finding.kind} {number}: {finding.case or ''} {finding.implementation or ''}"
            test = ET.SubElement(suite, "testcase", classname=RUN, name=_name(name))
            _fail(test, "crash" if finding.kind == "harness" else finding.kind, finding.text, "")
    return suite


def _new_suite(results: Results, name: str) -> ET.Element:
    return ET.Element(
        "testsuite", name=_name(name), timestamp=one_line(results.header.started.rstrip("Z"), 40)
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


def _details(case: CaseText, outcome: Outcome) -> str:
    lines = {
        "purpose": case.purpose,
        "documented": case.verdict,
        "why": case.why,
        "sources": "; ".join(case.sources),
        "header": case.header_text,
        "claims": case.claims_text,
        "outcome": outcome.outcome,
        "error": outcome.error,
        "uid": None if outcome.uid is None else str(outcome.uid),
        "log": outcome.log,
        "run alone": f"slurm-jwt run -k {case.id}",
    }
    return "\n".join(f"{name}: {one_line(text, 1000)}" for name, text in lines.items() if text)


def _name(text: str) -> str:
    return one_line(text, 200)
