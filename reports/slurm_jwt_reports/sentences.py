"""The answer in one sentence: what a run says of each implementation, and the findings that matter most."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.marks import UNJUDGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slurm_jwt_reports.events import DeviationClass, ImplementationText, KeyText
    from slurm_jwt_reports.overview import Overview

FAULT: DeviationClass = "RFC violation"
"""The only class of deviation that is called a fault."""

_CLASS_WORDS: dict[DeviationClass, tuple[str, str]] = {
    "RFC violation": ("known fault", "known faults"),
    "Slurm profile": ("profile choice", "profile choices"),
    "safe refusal": ("safe refusal", "safe refusals"),
    "cannot express": ("case it cannot express", "cases it cannot express"),
    "adapter limit": ("limit of the adapter", "limits of the adapter"),
}
_REST = (
    ("e", "left open"),
    ("n", "not claimed"),
    ("u", "unsupported"),
    ("r", "not run"),
    ("m", "not judged"),
)
_SLURM_WORDS = (("t", "trap"), ("g", "gap"), ("i", "impostor"))


class Answer(NamedTuple):
    """What a run says of one implementation."""

    label: str
    """two or three words"""
    sentence: str


class Standout(NamedTuple):
    """One of the findings that a reader should meet first."""

    title: str
    text: str
    link: str
    """id of the part of the page that tells more"""


class _Oddity(NamedTuple):
    """How a kind of difference between Slurm and its documents is told."""

    code: str
    title: str
    verb: str
    what: str


_ODDITIES = (
    _Oddity("i", "Let in as someone else", "accept", "as another user"),
    _Oddity("g", "Accepted against the documents", "accept", "against the documents"),
    _Oddity("t", "Allowed, yet refused", "refuse", "though the documents allow them"),
)


def answer(run: Overview, implementation: ImplementationText) -> Answer:
    """Sum up one implementation."""
    if implementation.status == "not run":
        return Answer("not run", f"{implementation.reason or 'No reason was given'}".rstrip(".") + ".")
    counts, classes = run.counts(implementation.id), run.classes[implementation.id]
    odd = Counter(mark.code for (_, name), mark in run.oddities.items() if name == implementation.id)
    total = plural(sum(counts.values()), "case")
    recorded = f", by its record {counts['o']:,} more" if counts["o"] else ""
    parts = [f"{counts['p']:,} of {total} as documented{recorded}", *_new(counts)]
    parts += [plural(odd[code], word) for code, word in _SLURM_WORDS if odd[code]]
    parts += [f"{number:,} {_CLASS_WORDS[kind][number != 1]}" for kind, number in classes.items()]
    unexplained = counts["k"] - sum(classes.values())
    parts += [f"{unexplained:,} known without a class"] if unexplained else []
    parts += [f"{counts[code]:,} {words}" for code, words in _REST if counts[code]]
    return Answer(_label(counts, classes, odd), "; ".join(parts) + ".")


def standouts(run: Overview) -> list[Standout]:
    """Name what matters most, the first first; every entry is backed by the results."""
    found = [_harness(run), _page_key(run), _new_findings(run)]
    found += [_slurm_finding(run, kind) for kind in _ODDITIES]
    return [one for one in found if one]


def together(names: Iterable[str]) -> str:
    """Join names as English does: A, B and C."""
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


def plural(number: int, one: str, many: str | None = None) -> str:
    """Give a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def upper_first(text: str) -> str:
    """Begin a text with a capital and leave the others as they are."""
    return text[:1].upper() + text[1:]


def _new(counts: Mapping[str, int]) -> list[str]:
    new, broken = counts["f"], counts["x"]
    parts = [plural(new, "new difference")] if new else []
    return parts + ([plural(broken, "crash or hang", "crashes or hangs")] if broken else [])


def _label(counts: Mapping[str, int], classes: Mapping[DeviationClass, int], odd: Mapping[str, int]) -> str:
    labels = (
        (counts["f"] or counts["x"], "new differences"),
        (counts["r"] or counts["m"] or not counts, "partly judged"),
        (odd, "differs from its documents"),
        (classes.get(FAULT), "known faults"),
        (counts["o"], "from its record"),
        (counts["k"], "known choices"),
        (any(counts[code] for code in UNJUDGED), "as documented where it claims"),
    )
    return next((label for applies, label in labels if applies), "as documented")


def _harness(run: Overview) -> Standout | None:
    found = [finding for finding in run.results.findings if finding.kind == "harness"]
    if not found:
        return None
    text = f"{plural(len(found), 'failure')} of the suite itself. First: {found[0].text}"
    return Standout("The suite itself failed", text, "findings")


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
            refusers.add(cell.issuer if cell.outcome == "not issued" else cell.verifier)
    found = (one for one in results.implementations.values() if one.id in refusers and one.kind != "slurm")
    return list(dict.fromkeys(one.name for one in found))


def _new_findings(run: Overview) -> Standout | None:
    found = [finding for finding in run.results.findings if finding.kind == "new"]
    if not found:
        return None
    names = Counter(run.labels[one.implementation] for one in found if one.implementation)
    most = [f"{name} ({number:,})" for name, number in names.most_common(3)]
    where = f"{', most of them in' if len(names) > 3 else ', in'} {together(most)}" if most else ""
    difference = plural(len(found), "difference")
    return Standout("New in this run", f"{difference} that no ledger explains{where}.", "findings")


def _slurm_finding(run: Overview, kind: _Oddity) -> Standout | None:
    """Tell what real Slurm does against the documents, with two cases as examples."""
    cases = run.odd_cases(kind.code)
    if not cases:
        return None
    releases = list(dict.fromkeys(run.labels[name] for names in cases.values() for name in names))
    does = kind.verb if len(releases) > 1 else f"{kind.verb}s"
    plainest = sorted(cases, key=len)[:2]
    tokens = f"{plural(len(cases), 'token')} that {together(_abridged(releases))} {does} {kind.what}"
    return Standout(kind.title, f"{tokens}, such as {together(plainest)}.", "slurm")


def _abridged(releases: list[str]) -> list[str]:
    """Leave out the word that all begin with, from the second on: slurmctld 22.05, 24.11."""
    word = releases[0].split(" ", maxsplit=1)[0] + " "
    return [releases[0], *(name.removeprefix(word) for name in releases[1:])]
