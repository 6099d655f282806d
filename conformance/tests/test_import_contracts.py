"""Each import contract of pyproject.toml fails when a module breaks it, renamed and new modules included."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.program

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "reference/slurm_jwt",
    "vectors/slurm_jwt_vectors",
    "reports/slurm_jwt_reports",
    "conformance/slurm_jwt_conformance",
)

VIOLATIONS = {
    "reports imports the reference": (
        "rooms",
        "slurm_jwt_reports/redaction.py",
        "from slurm_jwt.strict.keys import describe",
        "slurm_jwt_reports.redaction -> slurm_jwt.strict.keys",
    ),
    "vectors imports the harness": (
        "rooms",
        "slurm_jwt_vectors/__init__.py",
        "from slurm_jwt_conformance.harness import judge",
        "slurm_jwt_vectors -> slurm_jwt_conformance.harness.judge",
    ),
    "the lab imports a site's tools": (
        "floors",
        "slurm_jwt_conformance/lab/errors.py",
        "from slurm_jwt_conformance.site.discovery import conf",
        "slurm_jwt_conformance.lab.errors -> slurm_jwt_conformance.site.discovery.conf",
    ),
    "a site's tools import a command": (
        "floors",
        "slurm_jwt_conformance/site/discovery/conf.py",
        "from slurm_jwt_conformance.cli import run",
        "slurm_jwt_conformance.site.discovery.conf -> slurm_jwt_conformance.cli.run",
    ),
    "a new floor": ("floors", "slurm_jwt_conformance/attic.py", "", "attic"),
    "a strict module imports the model": (
        "witnesses",
        "slurm_jwt/strict/claims.py",
        "from slurm_jwt.slurmctld import users",
        "slurm_jwt.strict.claims -> slurm_jwt.slurmctld.users",
    ),
    "a new strict module imports the model": (
        "witnesses",
        "slurm_jwt/strict/brand_new.py",
        "from slurm_jwt.slurmctld import users",
        "slurm_jwt.strict.brand_new -> slurm_jwt.slurmctld.users",
    ),
    "the model imports a strict module": (
        "witnesses",
        "slurm_jwt/slurmctld/users.py",
        "from slurm_jwt.strict.claims import is_portable_name",
        "slurm_jwt.slurmctld.users -> slurm_jwt.strict.claims",
    ),
    "a new module beside the two witnesses": ("witnesses", "slurm_jwt/brand_new.py", "", "brand_new"),
    "the model imports the strict side by its facade": (
        "facade",
        "slurm_jwt/slurmctld/users.py",
        "from slurm_jwt import Verifier",
        "slurm_jwt.slurmctld.users -> slurm_jwt",
    ),
    "a circle of files": (
        "circles",
        "slurm_jwt_conformance/site/discovery/options.py",
        "from slurm_jwt_conformance.site.discovery import survey",
        "No cycles are allowed in slurm_jwt_conformance.site.discovery.",
    ),
    "a circle of folders": (
        "circles",
        "slurm_jwt_conformance/site/discovery/options.py",
        "from slurm_jwt_conformance.site.doctor import diagnose",
        "No cycles are allowed in slurm_jwt_conformance.site. It",
    ),
}
"""A contract, a file, the line that breaks the contract in that file, and what lint-imports then reports."""


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Give the sources of the house, in a folder from which they are imported."""
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        target = folder / Path(package).name
        shutil.copytree(ROOT / package, target, ignore=lambda _, names: [n for n in names if is_data(n)])
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def is_data(name):
    return name == "__pycache__" or ("." in name and not name.endswith(".py"))


def lint(folder, contract):
    """Return the exit code of lint-imports for one contract, and the output without its line breaks."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--contract", contract],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, re.sub(r"\s+", " ", done.stdout + done.stderr)


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_planted_violation_breaks_its_contract(copies, violation):
    contract, name, line, message = VIOLATIONS[violation]
    path = copies / name
    before = path.read_text(encoding="utf-8") if path.exists() else None
    assert message not in lint(copies, contract)[1]
    try:
        path.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
        code, output = lint(copies, contract)
    finally:
        path.unlink() if before is None else path.write_text(before, encoding="utf-8")
    assert code == 1, output
    assert message in output


@pytest.mark.parametrize(
    ("contract", "name"),
    [
        ("witnesses", "slurm_jwt/strict"),
        ("witnesses", "slurm_jwt/slurmctld"),
        ("floors", "slurm_jwt_conformance/lab"),
    ],
)
def test_a_renamed_module_does_not_fall_out_of_its_contract(copies, contract, name):
    path = copies / name
    renamed = path.with_name(path.name.replace(path.stem, "renamed"))
    path.rename(renamed)
    try:
        code, output = lint(copies, contract)
    finally:
        renamed.rename(path)
    assert code == 1, output
    assert "renamed" in output or path.stem in output
