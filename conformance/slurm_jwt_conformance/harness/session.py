"""One run, from end to end: judge cases and matrix, write results.jsonl as answers come, then the reports."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.adapters import AdapterBroken, NotInstalled, registry, smoke
from slurm_jwt_conformance.harness import batch, choice, issuing, ledger, slurm_verdicts, texts
from slurm_jwt_conformance.harness import resume as resuming
from slurm_jwt_conformance.harness.conclusion import Conclusion, conclude
from slurm_jwt_conformance.harness.draft import draft
from slurm_jwt_conformance.harness.matrix import matrix
from slurm_jwt_conformance.harness.mutants import catalogue
from slurm_jwt_conformance.harness.rs256_keys import RS256, Rs256, rs256_keys
from slurm_jwt_reports import output
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.progress import Progress
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.render import demand_replaceable, remove_former, render
from slurm_jwt_reports.stream import events
from slurm_jwt_reports.stream.index import Contradiction
from slurm_jwt_reports.stream.reader import read
from slurm_jwt_reports.stream.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slurm_jwt_reports.stream.index import Results
    from slurm_jwt_vectors.models import Case, IssuingCase, Key, Suite

MATRIX_KEYS = (
    "random32",
    "pem-pkcs1",
    "pem-pkcs8",
    "pem-pkcs1-crlf",
    "hex-line",
    "base64-line",
    "long",
    *RS256,
)
"""The shapes of key files that sites really have; each is a row of the issuer x verifier matrix."""
MATRIX_NOW = 1893456000
"""2030-01-01T00:00:00Z, the instant that the edge cases share, so that daemons with that clock serve both."""


class Order(NamedTuple):
    """What to run. explicit: the user named the implementations, so a missing one is an error.

    resume: go on with what an earlier run left in the same folder. live: ask every installed release of
    Slurm, not only the machine's own. overwrite: replace regular files that slurm-jwt did not write, and the
    report of a run of more cases. ledgers: more files of known deviations. draft: file for new entries.
    site: a site's pages follow.
    """

    implementations: tuple[str, ...]
    explicit: bool
    cases: tuple[Case, ...]
    requests: tuple[IssuingCase, ...]
    out: str
    command: str
    show_tokens: bool
    progress: Callable[[str], None]
    resume: bool = False
    baseline: Results | None = None
    live: bool = False
    overwrite: bool = False
    programs: registry.Programs = registry.Programs()
    ledgers: tuple[str, ...] = ()
    draft: str | None = None
    site: bool = False


class _State:
    """What a run collects next to the stream: versions, answers for the ledger, news."""

    def __init__(self, out: Writer, known: ledger.Ledger, progress: Progress) -> None:
        self.out = out
        self.ledger = known
        self.progress = progress
        self.versions: dict[str, str] = {}
        self.seen: list[ledger.Seen] = []
        self.news: list[events.Finding] = []
        self.kept: Results | None = None


def run(order: Order) -> Conclusion:
    """Run what was ordered. Interrupted, it leaves a readable partial report and raises KeyboardInterrupt."""
    registry.require(order.implementations)
    suite = choice.suite()
    known = choice.known_deviations(suite, order.ledgers)
    folder = _folder(order)
    started = time.monotonic()
    stream = folder / "results.jsonl"
    left = _kept(stream, order) if order.resume else None
    with batch.lineup(
        order.implementations, order.progress, live_roots=order.live, programs=order.programs
    ) as there:
        if order.explicit and there.absent:
            raise Problem("\n".join(str(reason) for reason in there.absent.values()))
        with Writer(stream, left, overwrite=order.overwrite) as out:
            state = _State(out, known, Progress(order.progress))
            if left:
                state.kept = left
            _judge(order, suite, there, state, started)
    results = _render(order)
    if order.draft:
        output.write(output.File(order.draft, draft(results)), overwrite=order.overwrite)
    return conclude(folder, results, order.baseline)


def _judge(order: Order, suite: Suite, there: batch.Lineup, state: _State, started: float) -> None:
    """Do all the judging; interrupted, close the stream so that what there is can be read."""
    try:
        _write_texts(order, suite, state)
        remove_former(order.out, site=order.site)
        _drop_broken_adapters(order, there, state)
        _judge_cases(order, suite, there, state)
        _judge_issuing(order, suite, there, state)
        _judge_matrix(suite, there, state)
        _note_stale(state)
    except KeyboardInterrupt:
        state.out.finish("interrupted", time.monotonic() - started)
        _render(order)
        raise
    except Contradiction as error:
        if state.kept is None:
            raise
        raise resuming.changed(error) from error
    state.out.finish("complete", time.monotonic() - started)


def _kept(stream: Path, order: Order) -> Results | None:
    cases, requests = ({one.id for one in some} for some in (order.cases, order.requests))
    return resuming.kept(stream, cases, requests, order.implementations, order.command)


def _drop_broken_adapters(order: Order, there: batch.Lineup, state: _State) -> None:
    """Ask undisputed questions of the user's adapters; one that fails says nothing about its library."""
    for name in [name for name in there.present if name in order.programs.commands]:
        wrong = smoke.smoke(there.present[name], int(time.time())).adapter
        if wrong:
            there.present.pop(name).close()
            _note_absent(batch.Absent(name, AdapterBroken(name, " ".join(wrong))), state)


def _folder(order: Order) -> Path:
    """Return the report's folder; a Problem if the report cannot go there, before the run."""
    output.make_folder(order.out)
    demand_replaceable(order.out, overwrite=order.overwrite)
    if order.draft:
        output.replaceable(output.File(order.draft, ""), overwrite=order.overwrite)
    if not order.overwrite:
        _demand_no_larger_report(order)
    return Path(order.out)


def _demand_no_larger_report(order: Order) -> None:
    """Raise a Problem if a run of some cases would replace the report of a run of all cases."""
    number = len(order.cases) + len(order.requests)
    if number == choice.suite_cases():
        return
    try:
        former = read(Path(order.out) / "results.jsonl")
    except Problem:
        return
    if len(former.cases) >= former.header.suite_cases > number:
        raise Problem(
            f"{one_line(order.out)} has the report of a run of {len(former.cases):,} cases, and this run has "
            f"{number:,}.",
            "Name another folder with --out, or add --overwrite to replace that report.",
        )


def _write_texts(order: Order, suite: Suite, state: _State) -> None:
    out = state.out
    keys = {case.key for case in order.cases} | {request.key for request in order.requests}
    keys |= set(_matrix_keys(suite))
    number = len(order.cases) + len(order.requests)
    if state.kept is None:
        out.write(texts.header(order.command, {"test vectors": str(number)}, choice.suite_cases()))
    for rule in texts.rule_texts():
        out.write(rule)
    held = {**suite.keys, **{name: one.key for name, one in rs256_keys(suite).items()}}
    for key in texts.key_texts(held[name] for name in sorted(keys)):
        out.write(key)
    for case in order.cases:
        out.write(texts.case_text(case, show_token=order.show_tokens))
    for request in order.requests:
        out.write(texts.request_text(request))


def _matrix_keys(suite: Suite) -> dict[str, Key | Rs256]:
    every: dict[str, Key | Rs256] = {**suite.keys, **rs256_keys(suite)}
    return {name: every[name] for name in MATRIX_KEYS if name in every}


def _judge_cases(order: Order, suite: Suite, there: batch.Lineup, state: _State) -> None:
    for name, reason in there.absent.items():
        _note_absent(batch.Absent(name, reason), state)
    cases = {case.id: case for case in order.cases}
    answered = state.kept.outcomes if state.kept else ()
    for item in batch.verdicts(there.present, order.cases, suite, state.ledger, answered):
        match item:
            case batch.Introduced(name, description):
                state.versions[name] = description.version
                state.out.write(texts.implementation_text(name, description, there.present[name]))
                _take_kept(name, cases, state)
            case batch.Absent():
                _note_absent(item, state)
            case events.Outcome():
                _take(item, cases[item.case], state)


def _take_kept(name: str, cases: Mapping[str, Case], state: _State) -> None:
    """Take account of what this participant answered before the run was resumed."""
    for outcome in state.kept.outcomes.values() if state.kept else ():
        if outcome.implementation == name:
            _take(outcome, cases[outcome.case], state)


def _note_absent(item: batch.Absent, state: _State) -> None:
    """Note that a participant dropped out: not installed after all, or its adapter is broken."""
    reason = item.error.reason if isinstance(item.error, NotInstalled) else str(item.error)
    kind: events.FindingKind = "absent" if isinstance(item.error, NotInstalled) else "harness"
    if item.implementation not in state.versions:
        state.out.write(texts.absent_text(item.implementation, reason))
    _note(events.Finding(kind=kind, implementation=item.implementation, text=reason), state)


def _judge_issuing(order: Order, suite: Suite, there: batch.Lineup, state: _State) -> None:
    """Put the requests to all issuers except slurmctld, which answers only in the matrix."""
    issuers = {
        name: one
        for name, one in there.present.items()
        if name in state.versions and not slurm_verdicts.is_slurm(name)
    }
    for item in issuing.issuing(issuers, order.requests, suite.keys, state.ledger):
        if isinstance(item, batch.Absent):
            _note_absent(item, state)
            continue
        state.seen += [item.seen] if item.seen else []
        _write_outcome(item.outcome, state)


def _take(outcome: events.Outcome, case: Case, state: _State) -> None:
    name = outcome.implementation
    if slurm_verdicts.is_slurm(name):
        finding = slurm_verdicts.finding(case, outcome)
        _write_outcome(outcome, state)
        if finding:
            _note(finding, state)
        return
    seen = batch.seen(outcome, state.versions[name])
    state.seen += [seen] if seen else []
    _write_outcome(outcome, state)


def _write_outcome(outcome: events.Outcome, state: _State) -> None:
    state.out.write(outcome)
    state.progress.step("outcomes")
    if outcome.status == "fail":
        text = ": ".join(filter(None, (outcome.outcome, outcome.reason, outcome.error)))
        _note(
            events.Finding(kind="new", case=outcome.case, implementation=outcome.implementation, text=text),
            state,
        )


def _note(finding: events.Finding, state: _State) -> None:
    """Note a finding, in the stream at once: a killed run must not look better than it was."""
    state.news.append(finding)
    state.out.write(finding)


def _judge_matrix(suite: Suite, there: batch.Lineup, state: _State) -> None:
    present = {name: one for name, one in there.present.items() if name in state.versions}
    mutants = [name for name in present if name.startswith(catalogue.PREFIX)]
    if len(mutants) > 1:  # they would read each other: a cell for every two of hundreds
        present = {name: one for name, one in present.items() if name not in mutants}
    for item in matrix(present, _matrix_keys(suite), state.ledger, MATRIX_NOW):
        if isinstance(item, batch.Absent):
            _note_absent(item, state)
            continue
        cell = item.cell
        state.seen += [item.seen] if item.seen else []
        if cell.status == "fail" and (finding := texts.cell_finding(cell)) not in state.news:
            _note(finding, state)
        state.out.write(cell)
        state.progress.step("cells")


def _note_stale(state: _State) -> None:
    for text in state.ledger.stale(state.seen):
        _note(events.Finding(kind="stale", text=text), state)


def _render(order: Order) -> Results:
    results = read(Path(order.out) / "results.jsonl")
    render(results, order.out, baseline=order.baseline, overwrite=order.overwrite)
    return results
