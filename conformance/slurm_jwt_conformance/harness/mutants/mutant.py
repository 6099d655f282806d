"""What a mutant is: the reference with one thing wrong."""

from __future__ import annotations

from difflib import ndiff
from typing import NamedTuple


class Patch(NamedTuple):
    """One change of one module's source: `old` stands there exactly once and becomes `new`."""

    module: str
    old: str
    new: str


class Mutant(NamedTuple):
    """A wrong verifier or issuer.

    name: what comes after `mutant:`. wrong: one sentence about what it does. patch: all that tells it from
    the reference. seen: software that people use and that does the same, where that is known.
    """

    name: str
    wrong: str
    patch: Patch
    seen: str = ""

    def difference(self) -> str:
        """Show the change, with what is wrong about it, as reports do with an adapter's source."""
        old, new = (text.splitlines(keepends=True) for text in (self.patch.old, self.patch.new))
        lines = (line for line in ndiff(old, new) if not line.startswith("?"))
        return f"# {self.wrong}\n# {self.patch.module}:\n{''.join(lines)}"


class LeftOut(NamedTuple):
    """A change that is no mutant, and why.

    kind: "equivalent", where no token and no request can tell it from the reference, with the proof as the
    reason; or "blunt", where it fails more than a tenth of the cases, so that killing it proves little.
    """

    mutant: Mutant
    kind: str
    reason: str
