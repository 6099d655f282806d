"""What an examination yields: findings, one a broken rule, and the verdict they add up to."""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from slurm_jwt.strict.rules import BY_ID, Edition, Severity

Verdict = Literal["valid", "either", "invalid", "undetermined"]

_SHOWN = 80


class Finding(NamedTuple):
    """One broken rule.

    `found` tells what the token has instead; it is printable ASCII of at most 200
    characters and never the token or the key. `member` is the part, header
    parameter or claim at fault, where there is one.
    """

    rule: str
    severity: Severity
    found: str
    member: str | None = None


class Examination(NamedTuple):
    """All that the documents have to say about one token.

    verdict: "invalid" if a rule of severity error is broken; else "undetermined" if
    something essential could not be checked (no key, an oversized token); else
    "either" if the documents leave the choice to the verifier; else "valid".
    findings: the broken rules in catalogue order, each rule once; but a wrong
    signature comes before a header of over 1 KiB or 64 brackets.
    not_checked: ids of rules that need what the examination did not have: the key,
    or a part of the token that could not be read.
    header, claims: the decoded objects, None where there is no JSON object. Of
    duplicate names the last counts. An integer of over 400 digits stands as 10^400
    with its sign, and whatever nests deeper than 64 levels as None.
    edition: whose rules the verdict follows. "2020": Slurm's page of 30 December 2020, HS256 only. "later":
    its page since Slurm 21.08, HS256 by the key and RS256 by the JWKS.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    not_checked: tuple[str, ...]
    header: dict[str, Any] | None
    claims: dict[str, Any] | None
    edition: Edition = "2020"


def finding(rule: str, found: str, member: str | None = None) -> Finding:
    """Make the finding of a rule, with the severity that the catalogue gives it."""
    return Finding(rule, BY_ID[rule].severity, found, member)


def shown(value: object) -> str:
    """Show a JSON value in printable ASCII, cut to a readable length."""
    return shortened(json.dumps(value))


def shortened(text: str) -> str:
    """Cut a text that would fill a screen."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
