"""A new release of Slurm is one entry in one table: no other code names the newest release."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from slurm_jwt.slurmctld import releases

ROOT = Path(__file__).resolve().parents[2]
TABLE = "reference/slurm_jwt/slurmctld/releases.py"
DATA = {
    "reference/slurm_jwt/config/auth.py": "since when each parameter is read",
}
"""Tables of facts that came with a release. They stay as they are when a newer release is added."""


def named(source: str, series: str) -> list[int]:
    """Return the lines in which a string is the name of this series, or of a version or a pair of it."""
    constants = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return [
        node.lineno
        for node in constants
        if isinstance(node.value, str)
        and (node.value == series or node.value.startswith((f"{series}.", f"{series}/")))
    ]


def files() -> list[str]:
    folders = ("reference/slurm_jwt", "vectors/slurm_jwt_vectors", "conformance/slurm_jwt_conformance",
               "reports/slurm_jwt_reports")  # fmt: skip
    return sorted(str(path.relative_to(ROOT)) for one in folders for path in (ROOT / one).rglob("*.py"))


def test_only_the_table_and_data_name_the_newest_release():
    naming = {name for name in files() if named((ROOT / name).read_text("utf-8"), releases.NEWEST)}
    assert naming - {*DATA} == {TABLE}


@pytest.mark.parametrize("name", DATA)
def test_every_exception_is_still_needed(name):
    assert named((ROOT / name).read_text("utf-8"), releases.NEWEST)


def test_the_search_finds_a_series_a_version_and_a_pair():
    assert named("a = '26.05'\nb = '26.05.2'\nc = '26.05/libjwt1.17.2'\nd = 'since 26.05'", "26.05") == [
        1,
        2,
        3,
    ]


def test_the_table_is_in_order():
    assert list(releases.SERIES) == sorted(releases.SERIES)
    assert (releases.series()[0], releases.series()[-1]) == (releases.OLDEST, releases.NEWEST)
