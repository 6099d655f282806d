"""A draft of ledger entries: the new differences of a run, by class, each with a reason to write.

The ledger refuses an entry whose reason is still TODO (see ledger.py), so that a draft excuses nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from packaging.version import InvalidVersion, Version

from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.harness.ledger import TODO
from slurm_jwt_conformance.harness.slurm_verdicts import is_slurm
from slurm_jwt_reports.run.case_words import ISSUERS_FAULT, asks_for_token, culprit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slurm_jwt_reports.stream.events import CaseText, Cell, DeviationClass, Outcome
    from slurm_jwt_reports.stream.index import Results

_HEAD = """\
# New differences of a run of slurm-jwt. Write each reason and link, and check the class: RFC violation,
# Slurm profile, safe refusal, cannot express or adapter limit. Then: slurm-jwt run --ledger FILE
"""


class _Entry(NamedTuple):
    """What the cases or keys of one entry have in common."""

    kind: str
    implementation: str
    role: str
    partners: tuple[str, ...]
    outcome: str
    class_: DeviationClass
    seen: str
    """what the run shows of it"""


def draft(results: Results) -> str:
    """Return the TOML text; without a new difference it has no entry."""
    entries: dict[_Entry, list[str]] = {}
    for entry, subject in (*_of_cases(results), *_of_cells(results)):
        entries.setdefault(entry, []).append(subject)
    return _HEAD + "".join(_text(results, entry, subjects) for entry, subjects in entries.items())


def _of_cases(results: Results) -> Iterator[tuple[_Entry, str]]:
    for one in results.outcomes.values():
        if one.status == "fail" and not is_slurm(one.implementation):
            case = results.cases[one.case]
            rules = ", ".join(case.rules) or "no rule is broken"
            seen = f"documented {case.verdict} ({rules})"
            yield _Entry("case", one.implementation, "", (), one.outcome, _class(case, one), seen), one.case


def _of_cells(results: Results) -> Iterator[tuple[_Entry, str]]:
    """Yield the failed pairs; a bad token once, a token that is not read with the issuers that it is of."""
    partners: dict[tuple[str, str, str], list[Cell]] = {}
    for one in results.cells.values():
        if one.status == "fail" and one.outcome != "accept" and not is_slurm(culprit(one)):
            partners.setdefault((culprit(one), one.outcome, one.key), []).append(one)
    for (name, outcome, key), cells in partners.items():
        issuer = outcome in ISSUERS_FAULT
        of = () if issuer else tuple(sorted({one.issuer for one in cells}))
        kind: DeviationClass = {"not issued": "cannot express", "bad token": "RFC violation"}.get(
            outcome, "safe refusal"
        )  # type: ignore[assignment]  # both branches are classes of the ledger
        seen = cells[0].reason or cells[0].error or outcome
        yield _Entry("cell", name, "issuer" if issuer else "verifier", of, outcome, kind, seen), key


def _class(case: CaseText, one: Outcome) -> DeviationClass:
    """Return the class that the documents suggest: only who accepts against an RFC violates one."""
    if one.outcome == "hang":
        return "adapter limit"
    if one.outcome != "accept":
        return "cannot express" if asks_for_token(case) else "safe refusal"
    sources = [source for rule in case.rules for source in BY_ID[rule].sources] or case.sources
    return "RFC violation" if any(source.startswith("RFC") for source in sources) else "Slurm profile"


def _text(results: Results, entry: _Entry, subjects: Sequence[str]) -> str:
    version = results.implementations[entry.implementation].version
    lines = [
        "",
        f"# {json.dumps(entry.seen)}",
        f"[[{entry.kind}]]",
        *([f"role = {_quoted(entry.role)}"] if entry.role else []),
        f"{'keys' if entry.role else 'cases'} = {_array(subjects)}",
        *([f"partners = {_array(entry.partners)}"] if entry.partners else []),
        f"implementations = {_array([entry.implementation])}",
        f"versions = {_quoted(_versions(version))}",
        f"outcome = {_quoted(entry.outcome)}",
        f"class = {_quoted(entry.class_)}",
        f"reason = {_quoted(f'{TODO}: write why it differs')}",
        f"link = {_quoted(f'https://{TODO}')}",
    ]
    return "\n".join(lines) + "\n"


def _versions(version: str) -> str:
    """Return a specifier of this version and later ones, or of this one only if it cannot be compared."""
    try:
        Version(version)
    except InvalidVersion:
        return f"==={version}"
    return f">={version}"


def _array(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"


def _quoted(word: str) -> str:
    """Return a basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(word).replace("\x7f", "\\u007f")
