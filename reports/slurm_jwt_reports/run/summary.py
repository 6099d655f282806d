"""The first screen as JSON, for programs that want answers; every single outcome is in results.jsonl."""

# No "from __future__ import annotations" here: msgspec and the linter both need the annotations live.
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from slurm_jwt_reports.output import mark
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.case_words import failed_pairs
from slurm_jwt_reports.run.marks import MARKS
from slurm_jwt_reports.run.overview import Overview, overview
from slurm_jwt_reports.run.sentences import answer
from slurm_jwt_reports.run.standouts import alarms, standouts
from slurm_jwt_reports.stream.events import NEWS, FindingKind
from slurm_jwt_reports.stream.index import Results


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the run says of one implementation."""

    id: str
    name: Annotated[str, Meta(description="for readers")]
    version: str
    took_part: bool
    label: Annotated[str, Meta(description="the answer in two or three words")]
    sentence: str
    details: Annotated[str, Meta(description="the counts behind the sentence, in words")]
    counts: Annotated[dict[str, int], Meta(description="number of cases by mark, as in the page's legend")]
    deviations: Annotated[dict[str, int], Meta(description="number of known differences by class")]
    checked: Annotated[int, Meta(description="number of cases that it answered")]
    traps: int
    gaps: int
    impostors: int


class Found(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding of the run."""

    kind: FindingKind
    case: str | None
    implementation: str | None
    text: str


class Summary(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run in short."""

    generator: str = mark("run json")
    format: int = 1
    suite: str
    command: str
    started: Annotated[str, Meta(description="start of the run, UTC")]
    vectors_sha256: str
    complete: Annotated[bool, Meta(description="whether the run came to its end by itself")]
    problems: Annotated[tuple[str, ...], Meta(description="why this may not be the whole run")]
    cases: int
    suite_cases: Annotated[int, Meta(description="number of cases of the whole suite")]
    failures: Annotated[int, Meta(description="outcomes and pairs that no document and no ledger explains")]
    answers: tuple[Answer, ...]
    matters: Annotated[tuple[str, ...], Meta(description="what matters most, the first first")]
    findings: Annotated[tuple[Found, ...], Meta(description="new and stale ones, failures of the suite")]


def summary(results: Results) -> str:
    """Give the JSON of a run in short."""
    return msgspec.json.format(msgspec.json.encode(summarize(results)), indent=1).decode() + "\n"


def summarize(results: Results) -> Summary:
    """Put a run in short."""
    run = overview(results)
    header = results.header
    failed = [one for one in results.outcomes.values() if one.status == "fail"]
    return Summary(
        suite=one_line(header.suite, 40),
        command=one_line(header.command),
        started=one_line(header.started, 40),
        vectors_sha256=one_line(header.vectors_sha256, 80),
        complete=results.complete and not results.problems,
        problems=results.problems,
        cases=len(results.cases),
        suite_cases=run.suite_cases,
        failures=len(failed) + failed_pairs(results),
        answers=tuple(_answer(run, name) for name in results.implementations),
        matters=tuple(f"{one.title}: {one_line(one.text, 400)}" for one in (*alarms(run), *standouts(run))),
        findings=tuple(
            Found(
                kind=one.kind,
                case=one.case and one_line(one.case),
                implementation=one.implementation and one_line(one.implementation),
                text=one_line(one.text, 600),
            )
            for one in results.findings
            if one.kind in NEWS
        ),
    )


def _answer(run: Overview, name: str) -> Answer:
    one = run.results.implementations[name]
    said = answer(run, one)
    counts = run.counts(name)
    odd = [mark.label for (_, who), mark in run.oddities.items() if who == name]
    return Answer(
        id=one_line(name),
        name=one_line(run.labels[name], 80),
        version=one_line(one.version, 80),
        took_part=one.status == "ran",
        label=said.label,
        sentence=one_line(said.sentence, 600),
        details=said.details,
        counts={mark.label: counts[mark.code] for mark in MARKS if counts[mark.code]},
        deviations={str(kind): number for kind, number in run.classes[name].items()},
        checked=run.checked(name),
        traps=odd.count("trap"),
        gaps=odd.count("gap"),
        impostors=odd.count("impostor"),
    )
