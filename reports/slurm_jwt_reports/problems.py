"""Errors that end a command: what was wrong, where, and what to do next."""

from __future__ import annotations


class Problem(Exception):
    """A wrong call or configuration, or a file that cannot be read or written.

    The command shows `what` and `hint` and ends with `exit_code`. Both are safe to show: foreign text passes
    redaction first.
    """

    exit_code = 2

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class HarnessProblem(Problem):
    """The harness itself failed, so there is no result about the implementation."""

    exit_code = 3


def nearest(name: str, names: list[str]) -> str:
    """Return a hint that names the entry of `names` most like `name`, or lists a few of them."""
    import difflib

    found = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if found:
        return f"Did you mean {found[0]}?"
    shown = ", ".join(sorted(names)[:12])
    return f"Known: {shown}{', ...' if len(names) > 12 else ''}."
