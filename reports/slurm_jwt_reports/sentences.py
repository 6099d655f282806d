"""The answer in one sentence: what a run says of each implementation, and the findings that matter most."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.marks import UNJUDGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slurm_jwt_reports.events import DeviationClass, ImplementationText
    from slurm_jwt_reports.index import Results
    from slurm_jwt_reports.marks import Marks

FAULT: DeviationClass = "RFC violation"
"""The only class of deviation that is called a fault."""

_CLASSES: dict[DeviationClass, tuple[str, str]] = {
    "RFC violation": ("known fault (RFC violation)", "known faults (RFC violations)"),
    "Slurm profile": ("profile choice", "profile choices"),
    "safe refusal": ("safe refusal", "safe refusals"),
    "cannot express": ("case it cannot express", "cases it cannot express"),
    "adapter limit": ("limit of the adapter", "limits of the adapter"),
}
_REST = (
    ("e", "left open by the documents"),
    ("n", "not claimed"),
    ("u", "unsupported"),
    ("r", "not run"),
    ("m", "not judged"),
)


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


def label_of(results: Results) -> dict[str, str]:
    """Name each implementation for readers: name and configuration, or its id where that is not unique."""
    names = {one.id: f"{one.name} {one.configuration}".strip() for one in results.implementations.values()}
    uses = Counter(names.values())
    return {name: label if uses[label] == 1 else name for name, label in names.items()}


def answer(
    implementation: ImplementationText, counts: Mapping[str, int], classes: Mapping[DeviationClass, int]
) -> Answer:
    """Sum up one implementation from its marks by code and its known differences by class."""
    if implementation.status == "not run":
        return Answer("not run", f"Not run: {implementation.reason or 'no reason was given'}.")
    parts = [f"{counts.get('p', 0)} of {plural(sum(counts.values()), 'case')} as documented"]
    if counts.get("o") and not counts.get("p"):
        parts = [
            f"Not asked in this run; by its record {counts['o']} of {sum(counts.values())} as documented"
        ]
        counts = {**counts, "o": 0}
    parts += _new(counts)
    parts += _slurm(counts) if implementation.kind == "slurm" else []
    parts += [f"{number} {_CLASSES[name][number != 1]}" for name, number in classes.items()]
    unexplained = counts.get("k", 0) - sum(classes.values())
    parts += [f"{unexplained} known without a class"] if unexplained else []
    parts += [f"{counts[code]} {words}" for code, words in _REST if counts.get(code)]
    return Answer(_label(implementation, counts, classes), "; ".join(parts) + ".")


def known_classes(results: Results, marks: Marks) -> dict[str, dict[DeviationClass, int]]:
    """Count the known differences of each implementation by class, faults first."""
    counted: dict[str, Counter[DeviationClass]] = {name: Counter() for name in results.implementations}
    for place, outcome in results.outcomes.items():
        if marks[place].code == "k" and outcome.deviation:
            counted[outcome.implementation][outcome.deviation.class_] += 1
    return {
        name: {kind: classes[kind] for kind in _CLASSES if classes[kind]} for name, classes in counted.items()
    }


def standouts(results: Results, marks: Marks) -> list[Standout]:
    """Name what matters most, the first first; every entry is backed by the results."""
    labels = label_of(results)
    found = [_harness(results), _page_key(results), _new_findings(results, labels)]
    found += [_slurm_finding(results, marks, kind) for kind in _ODDITIES]
    return [one for one in found if one]


def together(names: Iterable[str]) -> str:
    """Join names as English does: A, B and C."""
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


def plural(number: int, one: str, many: str | None = None) -> str:
    """Give a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _new(counts: Mapping[str, int]) -> list[str]:
    new, broken = counts.get("f", 0), counts.get("x", 0)
    parts = [plural(new, "new difference")] if new else []
    return parts + ([plural(broken, "crash or hang", "crashes or hangs")] if broken else [])


def _slurm(counts: Mapping[str, int]) -> list[str]:
    kinds = (("t", "trap"), ("g", "gap"), ("i", "impostor"))
    return [plural(counts[code], word) for code, word in kinds if counts.get(code)]


def _label(
    implementation: ImplementationText, counts: Mapping[str, int], classes: Mapping[DeviationClass, int]
) -> str:
    labels = (
        (counts.get("f") or counts.get("x"), "new differences"),
        (counts.get("r") or counts.get("m") or not counts, "partly judged"),
        (
            implementation.kind == "slurm" and any(counts.get(code) for code in "tgi"),
            "differs from its documents",
        ),
        (classes.get(FAULT), "known faults"),
        (counts.get("o"), "from its record"),
        (counts.get("k"), "known choices"),
        (any(counts.get(code) for code in UNJUDGED), "as documented where it claims"),
    )
    return next((label for applies, label in labels if applies), "as documented")


def _harness(results: Results) -> Standout | None:
    found = [finding for finding in results.findings if finding.kind == "harness"]
    if not found:
        return None
    text = f"{plural(len(found), 'failure')} of the suite itself. First: {found[0].text}"
    return Standout("The suite itself failed", text, "findings")


def _page_key(results: Results) -> Standout | None:
    """Tell who refuses the kind of key that Slurm's own page tells a site to make."""
    names = _pem_refusers(results)
    if not names:
        return None
    text = (
        "The PEM file of openssl genrsa, which the page of Slurm tells every site to use as signing key, "
        f"is refused by {together(names)}."
    )
    return Standout("The page's own key is refused", text, "matrices")


def _pem_refusers(results: Results) -> list[str]:
    """Name the libraries that refuse a PEM key as issuer or verifier, in the order of the file."""
    pem = {key.id for key in results.keys.values() if key.shape.upper().startswith("PEM")}
    refusers = {
        outcome.implementation
        for outcome in results.outcomes.values()
        if results.cases[outcome.case].key in pem
        and results.cases[outcome.case].verdict == "valid"
        and outcome.outcome == "reject"
    }
    for cell in results.cells.values():
        if cell.key in pem and cell.outcome in ("reject", "not issued"):
            refusers.add(cell.issuer if cell.outcome == "not issued" else cell.verifier)
    libraries = (
        one for one in results.implementations.values() if one.id in refusers and one.kind != "slurm"
    )
    return list(dict.fromkeys(one.name for one in libraries))


def _new_findings(results: Results, labels: Mapping[str, str]) -> Standout | None:
    found = [finding for finding in results.findings if finding.kind == "new"]
    if not found:
        return None
    where = labels.get(found[0].implementation or "", "")
    first = f"{where}: {found[0].text}" if where else found[0].text
    text = f"{plural(len(found), 'difference')} in no ledger. First: {first}"
    return Standout("New in this run", text, "findings")


def _slurm_finding(results: Results, marks: Marks, kind: _Oddity) -> Standout | None:
    """Tell what real Slurm does against the documents, with two cases as examples."""
    hits = [(case, name) for (case, name), mark in marks.items() if mark.code == kind.code]
    if not hits:
        return None
    cases = list(dict.fromkeys(case for case, _ in hits))
    labels = label_of(results)
    names = list(dict.fromkeys(labels[name] for _, name in hits))
    does = kind.verb if len(names) > 1 else f"{kind.verb}s"
    tokens = f"{plural(len(cases), 'token')} that {together(names)} {does} {kind.what}"
    return Standout(kind.title, f"{tokens}, such as {together(cases[:2])}.", "slurm")
