"""What every tool of a site reports: diagnostics, facts and blocks of text, in one form for all formats.

A tool fills a `Document`; formats/ renders it as text, JSON, JSONL, JUnit, SARIF, Markdown or HTML. All
texts are safe to show: a tool passes foreign text through redaction first. No field holds a key or a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from slurm_jwt_reports.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt.vocabulary import Outcome

Level = Literal["error", "choice", "warning", "note"]
"""error: it decides. choice: the documents leave it to the verifier. warning, note: it does not decide."""

LEVELS: tuple[Level, ...] = ("error", "choice", "warning", "note")


class Excerpt(Record):
    """One line of what was read, with the characters at fault: `width` of them from `start` (0-based)."""

    text: str
    start: int = 0
    width: int = 0


class Place(Record):
    """Where something was found.

    file: a path, or "". part: "header", "claims", "token", "key", or "" for a file. host: where several hosts
    are compared. line, column: 1-based, 0 for the whole file. start, end: characters of the decoded part.
    """

    file: str = ""
    part: str = ""
    host: str = ""
    line: int = 0
    column: int = 0
    start: int = 0
    end: int = 0
    excerpt: Excerpt | None = None


class Waived(Record):
    """A waiver that covers a diagnostic. expires: its last day in UTC."""

    reason: str
    by: str = ""
    expires: str = ""


class Diagnostic(Record):
    """One thing that is wrong, or worth knowing.

    message: what was found, one sentence. cause: why, and what Slurm does about it. fix: what to do, as an
    imperative. source: RFC sections, Slurm pages, or files of Slurm. releases: what single releases do, a
    sentence, or "". log: the line that a daemon logs, or "". details: more rows, such as ("expected", "...").
    """

    id: str
    level: Level
    message: str
    place: Place | None = None
    cause: str = ""
    fix: str = ""
    source: tuple[str, ...] = ()
    releases: str = ""
    log: str = ""
    details: tuple[tuple[str, str], ...] = ()
    waived: Waived | None = None


class Fact(Record):
    """Something that is known about the subject: its name ("key") and its value, a sentence or a word."""

    name: str
    value: str


class Paragraph(Record, tag="paragraph"):
    """Text that is wrapped."""

    text: str


class Bullets(Record, tag="bullets"):
    """A list; numbered for steps."""

    items: tuple[str, ...]
    numbered: bool = False


class Code(Record, tag="code"):
    """Text that is kept as it is: commands, settings, programs. language: for highlighting, or ""."""

    text: str
    language: str = ""


class Table(Record, tag="table"):
    """Rows under columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(Record, tag="section"):
    """A heading with what belongs to it."""

    title: str
    blocks: tuple[Block, ...] = ()


Block = Paragraph | Bullets | Code | Table | Section


class Document(Record):
    """What a tool reports.

    tool: the command's name. title: the heading of a page, such as "Token from stdin". outcome: None where
    nothing is decided (explain, a guide). headline: the outcome in one sentence. facts: what is known about
    the subject, in order. not_checked: what was not checked, each with its reason. blocks: everything else.
    data: the command's own JSON document, what `--json` writes, or a function that returns it.
    """

    tool: str
    title: str
    headline: str = ""
    outcome: Outcome | None = None
    facts: tuple[Fact, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    not_checked: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()
    data: object | Callable[[], object] = None
