"""The pytest plugin of the conformance suite: its options, and the one batch behind its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from slurm_jwt_conformance.harness.ledger import Ledger
    from slurm_jwt_reports.stream.events import Deviation, Outcome


class Judged(NamedTuple):
    """All outcomes of the batch by (implementation, case), and who could not take part, with the reason."""

    outcomes: dict[tuple[str, str], Outcome]
    versions: dict[str, str]
    absent: dict[str, str]
    ledger: Ledger

    def expected_deviation(self, implementation: str, case: str) -> Deviation | None:
        """Return what the ledger expects of this pair, whatever it did in this batch."""
        return self.ledger.expected(implementation, self.versions[implementation], case)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose implementations and cases."""
    group = parser.getgroup("slurm-jwt", "conformance of JSON Web Tokens for Slurm")
    group.addoption(
        "--slurm-jwt-implementation",
        action="append",
        default=[],
        metavar="NAME",
        help="judge this implementation: an id, a name or a glob (may be repeated; default: all)",
    )
    group.addoption(
        "--slurm-jwt-cases",
        action="append",
        default=[],
        metavar="GLOB",
        help="judge the cases whose id matches (may be repeated; default: all)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that the suite puts on real Slurm's tests."""
    config.addinivalue_line("markers", "slurm: asks a real slurmctld, or shows its record")


@pytest.fixture(scope="session")
def slurm_jwt_judged(request: pytest.FixtureRequest) -> Judged:
    """Judge every collected pair of implementation and case, once, in one batch."""
    from slurm_jwt_conformance.adapters import registry
    from slurm_jwt_conformance.harness import batch, choice

    pairs = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    names = [pair["implementation"] for pair in pairs if "implementation" in pair]
    suite = choice.suite()
    cases = [suite.cases[name] for name in dict.fromkeys(pair["case"] for pair in pairs if "case" in pair)]
    ledger_of_run = choice.known_deviations(suite)
    judged = Judged({}, {}, {}, ledger_of_run)
    programs = registry.Programs(registry.commands(request.config.option.slurm_jwt_implementation))
    with batch.lineup(dict.fromkeys(names), programs=programs) as there:
        judged.absent.update({name: reason.reason for name, reason in there.absent.items()})
        for item in batch.verdicts(there.present, cases, suite, ledger_of_run):
            match item:
                case batch.Introduced(name, description):
                    judged.versions[name] = description.version
                case batch.Absent(name, error):
                    judged.absent[name] = str(error)
                case _:
                    judged.outcomes[item.implementation, item.case] = item
    return judged
