"""What all formats say in the same words: the outcome, the rows of a diagnostic, its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_reports.diagnostic import Diagnostic, Document, Place, Waived


class Row(NamedTuple):
    """A named line below a diagnostic. exact: people search for the text, so it is not wrapped."""

    name: str
    text: str
    exact: bool = False


def rows(diagnostic: Diagnostic) -> Iterator[Row]:
    """Yield the rows of a diagnostic in the order in which every format shows them."""
    for name, text in diagnostic.details:
        yield Row(name, text)
    named = (
        Row("cause", diagnostic.cause),
        Row("slurm", diagnostic.releases),
        Row("log", diagnostic.log, exact=True),
        Row("fix", diagnostic.fix),
        Row("source", "; ".join(diagnostic.source)),
        Row("waived", waived(diagnostic.waived)),
    )
    yield from (row for row in named if row.text)


def waived(waiver: Waived | None) -> str:
    """Return a waiver as a sentence, "" for None."""
    if waiver is None:
        return ""
    by = f" by {waiver.by}" if waiver.by else ""
    expires = f" until {waiver.expires}" if waiver.expires else ""
    return f"{by}{expires}: {waiver.reason}".strip().removeprefix(": ")


def heading(document: Document) -> str:
    """Return the outcome in one line: the verdict, where there is one, and the headline."""
    text = document.headline or document.title
    return f"{document.outcome.verdict}: {text}" if document.outcome else text


def reasons(document: Document) -> tuple[str, ...]:
    """Return the reasons that the headline does not have already."""
    if document.outcome is None:
        return ()
    return tuple(reason for reason in document.outcome.reasons if reason not in document.headline)


def exit_code(document: Document) -> int:
    """Return the exit code that the outcome has; 0 where nothing is decided."""
    return document.outcome.exit_code if document.outcome else 0


def decides(diagnostic: Diagnostic) -> bool:
    """Return whether a diagnostic is an error that no waiver covers."""
    return diagnostic.level == "error" and diagnostic.waived is None


def location(place: Place) -> str:
    """Return a place as compilers write it: host:file:line:column, or the part of the token."""
    if not place.file:
        span = f"[{place.start}:{place.end}]" if place.end > place.start else ""
        return ":".join(filter(None, (place.host, f"{place.part}{span}")))
    numbers = [str(number) for number in (place.line, place.column) if number]
    return ":".join([*filter(None, (place.host, place.file)), *numbers])


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a sentence, and whether each is code: what is in backticks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        yield text, False
        return
    for at, part in enumerate(parts):
        if part:
            yield part, at % 2 == 1
