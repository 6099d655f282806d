"""The issuer x verifier matrix: who reads whose tokens, one table for each key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.run.case_words import ISSUERS_FAULT, SHORT, culprit
from slurm_jwt_reports.run.marks import Mark, cell_mark
from slurm_jwt_reports.words import together

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_reports.stream.events import Cell, KeyText
    from slurm_jwt_reports.stream.index import Results


_UNASKED = ("not run", "unsupported")


class Row(NamedTuple):
    """One issuer: what every verifier made of its token."""

    issuer: str
    marks: tuple[tuple[Mark, str], ...]


class Note(NamedTuple):
    """Why cells of a table are not what they should be: one reason and everyone it holds for."""

    who: str
    cell: Cell
    times: int


class KeyMatrix(NamedTuple):
    """The table of one key."""

    key: KeyText
    verifiers: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    read: int
    """cells in which a token was made and accepted"""
    cells: int
    """cells of those who took part"""


def key_matrices(results: Results, labels: Mapping[str, str]) -> list[KeyMatrix]:
    """Lay out one table for each key that occurs, those first of which not all tokens were read."""
    used = {key for _, _, key in results.cells}
    tables = [_key_matrix(results, labels, key) for key in results.keys.values() if key.id in used]
    return sorted(tables, key=lambda table: table.read == table.cells)


def _key_matrix(results: Results, labels: Mapping[str, str], key: KeyText) -> KeyMatrix:
    cells = {(cell.issuer, cell.verifier): cell for cell in results.cells.values() if cell.key == key.id}
    # Whoever was never asked has no row or column: the notes below the table name them, with the reason.
    # Where no good token was made, no verifier was asked.
    issuing = {issuer for (issuer, _), cell in cells.items() if cell.outcome not in _UNASKED}
    reading = {who for (_, who), cell in cells.items() if cell.outcome not in (*_UNASKED, *ISSUERS_FAULT)}
    issuers = [name for name in labels if name in issuing]
    verifiers = [name for name in labels if name in reading]
    rows = tuple(
        Row(labels[issuer], tuple(_mark(cells.get((issuer, verifier))) for verifier in verifiers))
        for issuer in issuers
    )
    return KeyMatrix(
        key,
        tuple(labels[name] for name in verifiers),
        rows,
        _notes(list(cells.values()), labels),
        sum(cell.outcome == "accept" for cell in cells.values()),
        len(issuers) * len(verifiers),
    )


def _mark(cell: Cell | None) -> tuple[Mark, str]:
    return cell_mark(cell), SHORT[cell.outcome] if cell else ""


def _notes(cells: list[Cell], labels: Mapping[str, str]) -> tuple[Note, ...]:
    """Collect why cells are no pass: the issuer's reason where none was issued, else the reader's."""
    groups: dict[tuple[object, ...], tuple[dict[str, None], list[Cell]]] = {}
    for cell in (one for one in cells if one.status != "pass"):
        role = "as issuer" if cell.outcome in ISSUERS_FAULT else "as verifier"
        name = culprit(cell)
        key = (role, cell.outcome, cell.status, cell.error, cell.reason, cell.log, cell.deviation)
        names, members = groups.setdefault(key, ({}, []))
        names[labels[name]] = None
        members.append(cell)
    return tuple(
        Note(f"{together(names)} {key[0]}", members[0], len(members))
        for key, (names, members) in groups.items()
    )
