"""The ledger of known deviations: deviations/*.toml, written by hand, read strictly.

    [[case]]
    cases = ["crit.unknown"]
    implementations = ["python-jose:careful", "python-jose:defaults"]
    versions = ">=3.3"
    outcome = "accept"
    class = "RFC violation"
    reason = "..."
    link = "https://..."

A [[cell]] explains cells of the matrix: `role` says who of the two deviates, `keys` under which keys,
`partners` (optional) with which partners only. Versions are those of the one library of the entry, as
a specifier of PEP 440; `python` (optional) is a specifier too, for what differs by interpreter. An
entry that names what does not exist is an error, and one that no longer deviates is stale, which is a
finding: see stale().
"""

from __future__ import annotations

import platform
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

from slurm_jwt_conformance.adapters import registry
from slurm_jwt_reports.problems import Problem, nearest
from slurm_jwt_reports.run.case_words import ISSUERS_FAULT
from slurm_jwt_reports.stream.events import Deviation, DeviationClass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

FOLDER = Path(__file__).with_name("deviations")
TODO = "TODO"
"""In a reason or a link: the entry is a draft that no one has filled in."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
Link = Annotated[str, msgspec.Meta(pattern="^https://")]
Some = Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]


_EXACTLY = "==="
"""PEP 440's arbitrary equality: the text after it is the version, whatever its form."""


class BrokenLedger(Problem):
    """Entries that cannot be right; the message names file and entry of each."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What both kinds of entry say."""

    implementations: Some
    versions: Text
    class_: DeviationClass = msgspec.field(name="class")
    reason: Text
    link: Link
    python: Text | None = None

    def deviation(self) -> Deviation:
        """Return what reports show of the entry."""
        return Deviation(class_=self.class_, reason=self.reason, link=self.link)


class CaseEntry(_Entry, frozen=True, kw_only=True):
    """Cases that some configurations of a library answer otherwise than documented."""

    cases: Some
    outcome: Literal["accept", "reject", "crash", "hang"]


class CellEntry(_Entry, frozen=True, kw_only=True):
    """Keys under which some configurations of a library cannot issue, or refuse good tokens."""

    role: Literal["issuer", "verifier"]
    keys: Some
    outcome: Literal["not issued", "bad token", "reject", "crash", "hang"]
    partners: tuple[Text, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case: tuple[CaseEntry, ...] = ()
    cell: tuple[CellEntry, ...] = ()


class Placed(NamedTuple):
    """An entry and its place, such as pyjwt.toml, [[case]] 3."""

    place: str
    entry: CaseEntry | CellEntry


class Known(NamedTuple):
    """The names that entries may use."""

    cases: Collection[str]
    keys: Collection[str]
    implementations: Collection[str]


class Seen(NamedTuple):
    """What a run saw of one pair: of case and implementation, or of key and role's holder.

    deviates: whether the answer was a failure without the ledger. Leave out answers that are unsupported or
    not run: they show nothing about an entry.
    """

    subject: str
    implementation: str
    version: str
    outcome: str
    deviates: bool
    role: str = ""
    partner: str = ""


class Ledger:
    """All entries, looked up by what they are about."""

    def __init__(self, entries: Iterable[Placed] = ()) -> None:
        self._by_subject: dict[tuple[str, str, str], list[Placed]] = {}
        for placed in entries:
            for subject in _subjects(placed.entry):
                self._by_subject.setdefault(subject, []).append(placed)

    def explain(self, implementation: str, version: str, case: str, outcome: str) -> Deviation | None:
        """Return the deviation that explains this answer to a case, if one does."""
        return self._explain(Seen(case, implementation, version, outcome, deviates=True))

    def expected(self, implementation: str, version: str, case: str) -> Deviation | None:
        """Return the deviation that this pair is known for, whatever it did in a run."""
        seen = Seen(case, implementation, version, "", deviates=True)
        return next((placed.entry.deviation() for placed in self._about(seen)), None)

    def explain_cell(self, seen: Seen) -> Deviation | None:
        """Return the deviation that explains a cell of the matrix by the issuer or verifier seen."""
        return self._explain(seen)

    def _explain(self, seen: Seen) -> Deviation | None:
        for placed in self._about(seen):
            if placed.entry.outcome == seen.outcome:
                return placed.entry.deviation()
        return None

    def _about(self, seen: Seen) -> Iterator[Placed]:
        for placed in self._by_subject.get((seen.role, seen.subject, seen.implementation), ()):
            partners = placed.entry.partners if isinstance(placed.entry, CellEntry) else ()
            if (not partners or seen.partner in partners) and _covers(placed.entry.versions, seen.version):
                yield placed

    def stale(self, run: Iterable[Seen]) -> list[str]:
        """Name every entry that this run contradicts: its version does not deviate, or deviates otherwise."""
        found = []
        for seen in run:
            for placed in self._about(seen):
                if not seen.deviates or placed.entry.outcome != seen.outcome:
                    now = seen.outcome if seen.deviates else f"{seen.outcome}, as documented"
                    found.append(
                        f"{placed.place}: {seen.subject}: {seen.implementation} {seen.version} "
                        f"no longer does {placed.entry.outcome!r}: {now}"
                    )
        return list(dict.fromkeys(found))


def load(
    known: Known, folder: Path = FOLDER, python: str | None = None, files: Iterable[Path] = ()
) -> Ledger:
    """Read all files; raises BrokenLedger, which names everything that is wrong.

    files: ledgers of the user's own, for programs by their names and for libraries.
    python: version of the interpreter that runs the libraries, by default this one; entries of others
    are checked and left out.
    """
    entries = [placed for path in sorted(folder.glob("*.toml")) for placed in _read(path)]
    own = [placed for path in files for placed in _read(path)]
    named = {name for _, entry in own for name in entry.implementations if registry.may_name_a_program(name)}
    with_own = known._replace(implementations={*known.implementations, *named})
    wrong = [f"{place}: {what}" for place, entry in entries for what in _mistakes(entry, known)]
    wrong += [f"{place}: {what}" for place, entry in own for what in _mistakes(entry, with_own)]
    entries += own
    wrong += _duplicates(entries)
    if wrong:
        raise BrokenLedger("the ledger of deviations is broken:\n" + "\n".join(wrong))
    running = python or platform.python_version()
    return Ledger(placed for placed in entries if _covers(placed.entry.python or ">=3", running))


def _read(path: Path) -> Iterator[Placed]:
    try:
        text = path.read_text(encoding="utf-8")
        file = msgspec.convert(tomllib.loads(text), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BrokenLedger(f"the ledger of deviations is broken:\n{path.name}: {error}") from None
    entries: dict[str, tuple[CaseEntry | CellEntry, ...]] = {"case": file.case, "cell": file.cell}
    for kind, of_kind in entries.items():
        yield from (Placed(f"{path.name}, [[{kind}]] {i}", entry) for i, entry in enumerate(of_kind, 1))


def _mistakes(entry: CaseEntry | CellEntry, known: Known) -> Iterator[str]:
    yield from _unknown("implementation", entry.implementations, known.implementations)
    if TODO in entry.reason or TODO in entry.link:
        yield f"the reason or link is still {TODO}. Write why it differs, and a link where this is documented"
    if isinstance(entry, CaseEntry):
        yield from _unknown("case", entry.cases, known.cases)
    else:
        yield from _unknown("key", entry.keys, known.keys)
        yield from _unknown("implementation", entry.partners, known.implementations)
        if (entry.role == "issuer") != (entry.outcome in ISSUERS_FAULT):
            yield f'outcome "{entry.outcome}" is not one of role "{entry.role}"'
    libraries = {name.partition(":")[0] for name in entry.implementations}
    if len(libraries) > 1:
        yield f"versions are those of one library, and here are {', '.join(sorted(libraries))}"
    for name, versions in (("versions", entry.versions), ("python", entry.python or ">=3")):
        if _specifier(versions) is None and not versions.startswith(_EXACTLY):
            yield f"{name} {versions!r} is not a version specifier of PEP 440"


def _unknown(what: str, names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"unknown {what} {name!r}. {nearest(name, sorted(known))}"


def _duplicates(entries: Iterable[Placed]) -> Iterator[str]:
    first: dict[tuple[tuple[str, str, str], str], str] = {}
    for place, entry in entries:
        for subject in _subjects(entry):
            partners = entry.partners if isinstance(entry, CellEntry) else ()
            when = f"{entry.versions} {entry.python} {sorted(partners)}"
            other = first.setdefault((subject, when), place)
            if other != place:
                yield f"{place}: {subject[1]} of {subject[2]} is in {other} already"


def _subjects(entry: CaseEntry | CellEntry) -> Iterator[tuple[str, str, str]]:
    """Return (role, case or key, implementation) of all that an entry is about; role is "" for cases."""
    role, subjects = ("", entry.cases) if isinstance(entry, CaseEntry) else (entry.role, entry.keys)
    return ((role, subject, name) for subject in subjects for name in entry.implementations)


@cache
def _covers(versions: str, version: str) -> bool:
    """Return whether a version is one of these. A version that PEP 440 does not know needs its whole text."""
    if versions.startswith(_EXACTLY):
        return versions.removeprefix(_EXACTLY) == version
    specifier = _specifier(versions)
    try:
        return specifier is not None and specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return False


def _specifier(versions: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(versions)
    except InvalidSpecifier:
        return None
