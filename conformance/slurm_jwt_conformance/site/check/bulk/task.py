"""What the lines of one `check` for many tokens have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.question import Question


class Task(NamedTuple):
    """What all lines share: the question, the moment (None: the clock's), the lines' form.

    bare: each line is a token, and its number is its id; otherwise each is a JSON object.
    token_files: the lines are those of --token-file, which loses a known prefix.
    """

    question: Question
    now: int | None
    bare: bool = False
    token_files: bool = False

    def __repr__(self) -> str:
        return "Task(...)"
