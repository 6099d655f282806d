"""What `slurm-jwt adapter check --json` writes."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from typing import Annotated, Literal

from msgspec import Meta

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_conformance.adapters.check import Checked
from slurm_jwt_reports.schema import Strict


class CheckJson(Strict, frozen=True):
    """One check of an adapter."""

    check: Annotated[str, Meta(description="such as start, smoke, echo, values, stop")]
    result: Literal["passed", "failed", "warning", "not asked"]
    text: Annotated[str, Meta(description="what is wrong, or why it was not asked")]
    line: Annotated[str, Meta(description="the adapter's line at fault, escaped and without secrets")]


class AdapterReport(Strict, frozen=True):
    """Whether an adapter obeys the adapter protocol."""

    format: Literal["slurm-jwt adapter check"]
    version: Literal[1]
    adapter: Annotated[str, Meta(description="its name; the command is not in the report")]
    verdict: Literal["pass", "fail"]
    library: str | None
    library_version: str | None
    start_seconds: float
    answer_seconds: Annotated[float, Meta(description="the longest time of an answer")]
    checks: tuple[CheckJson, ...]


def report(name: str, checked: Checked, outcome: Outcome) -> AdapterReport:
    """Return the JSON document of a check."""
    about = checked.description
    return AdapterReport(
        format="slurm-jwt adapter check",
        version=1,
        adapter=name,
        verdict="fail" if outcome.verdict == "fail" else "pass",
        library=about.library if about else None,
        library_version=about.version if about else None,
        start_seconds=round(checked.start_seconds, 3),
        answer_seconds=round(checked.answer_seconds, 3),
        checks=tuple(CheckJson(**each._asdict()) for each in checked.findings),
    )
