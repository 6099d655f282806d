"""The house keeps its shape: arrows between rooms go one way, also in names that are imported as strings.

The contracts in pyproject.toml hold the arrows of import statements: see test_import_contracts.py.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "slurm_jwt": "reference",
    "slurm_jwt_vectors": "vectors",
    "slurm_jwt_reports": "reports",
    "slurm_jwt_conformance": "conformance",
}
MODULE_PATH = re.compile(r"slurm_jwt\w*(\.\w+)+")


def imported(path: Path) -> set[str]:
    """Every absolute module name that this file imports, at any depth, strings of import_module included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide arrows"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and MODULE_PATH.fullmatch(str(node.value)):
            found.add(str(node.value))
    return found


def _beyond_vocabulary(path: Path) -> set[str]:
    ours = {name for name in imported(path) if name.split(".")[0] == "slurm_jwt"}
    return {name for name in ours if not name.startswith("slurm_jwt.vocabulary")}


def sources(package: str) -> list[Path]:
    files = sorted((ROOT / ROOMS[package] / package).rglob("*.py"))
    assert files, f"no sources of {package}"
    return files


@pytest.mark.parametrize("package", ["slurm_jwt", "slurm_jwt_vectors", "slurm_jwt_reports"])
def test_a_room_imports_no_other_room(package):
    others = set(ROOMS) - {package}
    for path in sources(package):
        tops = {name.split(".")[0] for name in imported(path) if "." in name or name in ROOMS}
        if package == "slurm_jwt_reports":  # the leaf that every room may import
            tops -= {"slurm_jwt"} if not _beyond_vocabulary(path) else set()
        assert not tops & others, f"{path.relative_to(ROOT)} imports {sorted(tops & others)}"


def test_no_file_grew_out_of_hand():
    for package in ROOMS:
        for path in sources(package):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= 450, f"{path.relative_to(ROOT)} has {lines} lines: it holds more than one idea"


def test_each_room_is_typed_and_shipped():
    listed = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for package, room in ROOMS.items():
        assert (ROOT / room / package / "py.typed").exists()
        assert f'"{room}/{package}"' in listed
