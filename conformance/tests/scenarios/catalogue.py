"""All scenarios, in the order of their rows."""

from __future__ import annotations

from scenarios import clients, hosts, issuers, projects, tokens
from scenarios.rows import ROWS

_ORDER = [row.id for row in ROWS]
SCENARIOS = tuple(
    sorted(
        issuers.SCENARIOS + projects.SCENARIOS + tokens.SCENARIOS + hosts.SCENARIOS + clients.SCENARIOS,
        key=lambda scenario: _ORDER.index(scenario.row),
    )
)
BY_ID = {scenario.id: scenario for scenario in SCENARIOS}
