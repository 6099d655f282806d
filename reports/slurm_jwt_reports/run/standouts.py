"""The findings that matter most, each backed by the results, and what must be said before all of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.run.case_words import culprit
from slurm_jwt_reports.run.enforced import PAGE
from slurm_jwt_reports.words import plural, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slurm_jwt_reports.run.overview import Overview
    from slurm_jwt_reports.stream.events import CaseText, KeyText

EXAMPLES = 2


class Standout(NamedTuple):
    """One of the findings that a reader should meet first."""

    title: str
    text: str
    link: str
    """id of the part of the page that tells more"""
    examples: tuple[CaseText, ...] = ()


def alarms(run: Overview) -> list[Standout]:
    """Say what went wrong in this very run: failures of the suite, and what nothing explains."""
    return [one for one in (_harness(run), _absent(run), _new_findings(run)) if one]


def standouts(run: Overview) -> list[Standout]:
    """Name what matters most, the first first."""
    return [one for one in (_page_key(run), _impostors(run), _disagreement(run)) if one]


def _harness(run: Overview) -> Standout | None:
    found = [finding for finding in run.results.findings if finding.kind == "harness"]
    if not found:
        return None
    text = f"{plural(len(found), 'failure')} of the suite itself. First: {found[0].text}"
    return Standout("The suite itself failed", text, "findings")


def _absent(run: Overview) -> Standout | None:
    found = [finding for finding in run.results.findings if finding.kind == "absent"]
    if not found:
        return None
    text = f"{plural(len(found), 'implementation')} could not take part. First: {found[0].text}"
    return Standout("Not everything was checked", text, "findings")


def _new_findings(run: Overview) -> Standout | None:
    found = [finding for finding in run.results.findings if finding.kind == "new"]
    if not found:
        return None
    names = Counter(run.labels[one.implementation] for one in found if one.implementation)
    most = [f"{name} ({number:,})" for name, number in names.most_common(3)]
    where = f"{', most of them in' if len(names) > 3 else ', in'} {together(most)}" if most else ""
    difference = plural(len(found), "difference")
    return Standout("New in this run", f"{difference} that no ledger explains{where}.", "findings")


def _page_key(run: Overview) -> Standout | None:
    """Tell who refuses the kind of key that Slurm's own page tells a site to make."""
    names = _key_refusers(run, {key.id for key in run.results.keys.values() if _is_page_key(key)})
    if not names:
        return None
    text = (
        "The PEM file of openssl genrsa, which the page of Slurm tells every site to use as signing key, "
        f"is refused by {together(names)}."
    )
    return Standout("The page's own key is refused", text, "matrices" if run.results.cells else "matrix")


def _is_page_key(key: KeyText) -> bool:
    return key.shape.upper().startswith("PEM") and "PUBLIC" not in key.shape.upper()


def _key_refusers(run: Overview, keys: set[str]) -> list[str]:
    """Name whoever does not take these keys as issuer or verifier, real Slurm aside."""
    results = run.results
    refusers = {
        outcome.implementation
        for outcome in results.outcomes.values()
        if outcome.outcome in ("reject", "crash")
        and results.cases[outcome.case].key in keys
        and results.cases[outcome.case].verdict == "valid"
    }
    for cell in results.cells.values():
        if cell.key in keys and cell.outcome in ("reject", "crash", "not issued"):
            refusers.add(culprit(cell))
    found = (one for one in results.implementations.values() if one.id in refusers and one.kind != "slurm")
    return list(dict.fromkeys(one.name for one in found))


def _impostors(run: Overview) -> Standout | None:
    cases = run.odd_cases("i")
    if not cases:
        return None
    whom = "another user than it names" if len(cases) == 1 else "other users than they name"
    text = f"{plural(len(cases), 'token')} {_are(cases)} let in as {whom}, by {_releases(run, [cases])}."
    return Standout("Let in as someone else", text, "slurm", _examples(run, cases))


def _disagreement(run: Overview) -> Standout | None:
    """Return how far the daemons go against the documents, both ways."""
    gaps, traps = run.odd_cases("g"), run.odd_cases("t")
    parts = [f"{plural(len(gaps), 'token')} that the documents forbid {_are(gaps)} accepted"] if gaps else []
    who = "they" if gaps else "the documents"
    parts += [f"{plural(len(traps), 'token')} that {who} allow {_are(traps)} refused"] if traps else []
    if not parts:
        return None
    text = f"{together(parts)}, by {_releases(run, [gaps, traps])}."
    examples = (*_examples(run, gaps)[:1], *_examples(run, traps)[:1])
    return Standout("Documents and daemons disagree", text, "slurm", examples)


def _are(cases: Mapping[str, list[str]]) -> str:
    return "is" if len(cases) == 1 else "are"


def _releases(run: Overview, found: Iterable[Mapping[str, list[str]]]) -> str:
    """Name the releases that do any of it: slurmctld 22.05, 24.11 and 26.05."""
    names = {name for cases in found for releases in cases.values() for name in releases}
    labels = [run.labels[name] for name in run.results.implementations if name in names]
    word = labels[0].split(" ", maxsplit=1)[0] + " "
    shown = together([labels[0], *(label.removeprefix(word) for label in labels[1:])])
    return shown if len(labels) == 1 else f"at least one of {shown}"


def _examples(run: Overview, cases: Mapping[str, list[str]]) -> tuple[CaseText, ...]:
    """Pick the cases that tell most: as root, by what the page itself says, in most releases, plainest."""
    results = run.results
    page = {rule.id for rule in results.rules.values() if any(one.startswith(PAGE) for one in rule.sources)}

    def worth(case: str) -> tuple[bool, bool, int, int, str]:
        root = any((said := results.outcomes.get((case, name))) and said.uid == 0 for name in cases[case])
        rules = results.cases[case].rules
        plain = not rules or (len(rules) == 1 and rules[0] in page)
        return not root, not plain, -len(cases[case]), len(case), case

    return tuple(results.cases[case] for case in sorted(cases, key=worth)[:EXAMPLES])
