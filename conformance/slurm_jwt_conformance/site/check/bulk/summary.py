"""The summary of many tokens for scripts, as `slurm-jwt check --summary FILE` writes it."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from typing import Annotated, Literal

from msgspec import Meta

from slurm_jwt_conformance.site.check.bulk.tally import (
    RELEASE_VERDICTS,
    VERDICTS,
    Tally,
    most_first,
    releases,
)
from slurm_jwt_reports.schema import Strict

Count = Annotated[int, Meta(ge=0)]
CountById = dict[Annotated[str, Meta(pattern=r"^[a-z0-9]+\.[a-z0-9-]+$")], Annotated[int, Meta(ge=1)]]


class OutcomeCounts(Strict, frozen=True, rename={"passed": "pass"}):
    """Tokens by their outcome; the sum is the number of tokens."""

    passed: Count
    fail: Count
    undetermined: Count


class VerdictCounts(Strict, frozen=True):
    """Tokens by their verdict under the documented rules; the sum is the number of tokens."""

    valid: Count
    either: Count
    invalid: Count
    undetermined: Count


class ReleaseCounts(Strict, frozen=True):
    """What one release does with the tokens. unknown: the model does not know a setting or a size."""

    accepted: Count
    refused: Count
    unknown: Count


class CheckSummary(Strict, frozen=True):
    """The summary of slurm-jwt check over many tokens."""

    format: Literal["slurm-jwt check summary"]
    version: Literal[1]
    tokens: Annotated[int, Meta(ge=0, description="tokens that were checked: all usable lines")]
    failed: Annotated[int, Meta(ge=0, description="tokens that do not pass: outcomes fail and undetermined")]
    unusable_lines: Annotated[int, Meta(ge=0, description="lines that were answered with an error")]
    outcomes: OutcomeCounts
    verdicts: VerdictCounts
    rules: Annotated[CountById, Meta(description="tokens that break a rule, by its id, most frequent first")]
    remarks: Annotated[
        CountById, Meta(description="tokens with another diagnostic, by its id; only with a policy")
    ]
    releases: Annotated[
        dict[str, ReleaseCounts], Meta(description="by the full name, such as 22.05/libjwt1.10.2")
    ]


def summary(tally: Tally) -> CheckSummary:
    """Return the summary of a tally."""
    return CheckSummary(
        format="slurm-jwt check summary",
        version=1,
        tokens=tally.tokens,
        failed=tally.failed,
        unusable_lines=tally.unusable,
        outcomes=OutcomeCounts(
            passed=tally.outcomes["pass"],
            fail=tally.outcomes["fail"],
            undetermined=tally.outcomes["undetermined"],
        ),
        verdicts=VerdictCounts(**{name: tally.verdicts[name] for name in VERDICTS}),
        rules=dict(most_first(tally.rules)),
        remarks=dict(most_first(tally.remarks)),
        releases={
            name: ReleaseCounts(**{word: tally.releases[name, word] for word in RELEASE_VERDICTS})
            for name in releases(tally)
        },
    )
