"""What the lines of one `check` for many tokens have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.answer import Question
    from slurm_jwt_conformance.site.check.predicted import Site


class Task(NamedTuple):
    """What all lines share: the key, the moment (None: the clock's), the site, who judges, the lines' form.

    bare: each line is a token, and its number is its id; otherwise each is a JSON object. question: all that
    a single token is held against, where that is more than rules and releases: a policy.
    """

    key: bytes | None
    now: int | None
    where: Site | None
    judge: str
    bare: bool = False
    question: Question | None = None

    def __repr__(self) -> str:
        return "Task(...)"
