"""What `check` has to say of a token besides the documented rules: of its user, of the site's policy.

A remark has the parts of a rule's finding, so that every format shows both alike.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Remark(NamedTuple):
    """One thing worth saying; every text is safe to print and holds neither token nor key.

    id: as in "user.unknown" or "policy.lifetime"; never the id of a documented rule. severity: an error
    makes `check` exit with 1, the others do not. title: one sentence, the same for every token. found:
    what this token has. expected: what it should have. why: why Slurm, or the site, behaves so.
    do: the next step. source: where that is written or was observed.
    """

    id: str
    severity: Severity
    title: str
    found: str
    expected: str
    why: str
    do: str
    source: str
