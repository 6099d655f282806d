"""The one error of this room that a user meets: what was wrong, where, and what to do."""

from __future__ import annotations


class ResultsError(Exception):
    """A result stream or report cannot be written or read; the message says why and what to do.

    The message is safe to print: paths and quoted content are made visible before they get here.
    """
