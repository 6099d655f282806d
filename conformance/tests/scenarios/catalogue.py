"""All pains, in the order of their rows."""

from __future__ import annotations

from scenarios import clients, hosts, issuers, tokens
from scenarios.rows import ROWS

_ORDER = [row.id for row in ROWS]
PAINS = tuple(
    sorted(
        issuers.PAINS + tokens.PAINS + hosts.PAINS + clients.PAINS, key=lambda pain: _ORDER.index(pain.row)
    )
)
BY_ID = {pain.id: pain for pain in PAINS}
