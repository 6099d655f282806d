"""Nothing of Slurm is installed on the host: not by CI, not by a command."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE_FOLDERS = [*ROOT.glob("*/slurm_jwt*/")]
CI = ROOT / ".ci" / "run"
IN_ROOTS = {name for each in roots.SUITES.values() for name in each.packages} | set(PACKAGES)
ALSO_ON_THE_HOST = {"python3"}
"""Packages of the roots that the host needs for itself."""


def installed_by(script):
    """Return the packages that a shell script names to `apt-get install`."""
    joined = script.read_text("utf-8").replace("\\\n", " ")
    lines = re.findall(r"^\s*apt-get install (.*)$", joined, re.MULTILINE)
    return {word for line in lines for word in line.split() if not word.startswith("-")}


def test_ci_installs_nothing_of_slurm_on_the_host():
    packages = installed_by(CI)
    assert {"python3", "mmdebstrap"} <= packages
    assert not packages & (IN_ROOTS - ALSO_ON_THE_HOST)
    assert not [name for name in packages if re.search("slurm|munge|mariadb|libjwt|faketime", name)]


def test_ci_runs_the_quick_tests_before_there_is_a_root():
    lines = CI.read_text("utf-8").splitlines()
    at = [next(n for n, line in enumerate(lines) if words in line) for words in (
        "as_user .venv/bin/pytest", "lab install", ".venv/bin/tox",
    )]  # fmt: skip
    assert at == sorted(at)
    assert "--quick" in lines[at[0]].split()
    assert set(roots.SUITES) <= set(lines[at[1]].split())


def test_ci_requires_the_roots_the_browser_and_the_shells():
    before_tox = CI.read_text("utf-8").partition("\n.venv/bin/tox\n")[0]
    exports = re.findall(r"^export (.*)$", before_tox, re.MULTILINE)
    exported = {word for line in exports for word in line.split()}
    required = {f"SLURM_JWT_REQUIRE_{what}=1" for what in ("SLURM", "BROWSER", "SHELLS")}
    assert required | {"TOX_SKIP_MISSING_INTERPRETERS=false"} <= exported


def test_ci_runs_the_test_command_of_the_readme_one_environment_at_a_time():
    command = CI.read_text("utf-8").splitlines()[-1]
    assert command == ".venv/bin/tox"
    assert f"&& {command}\n" in (ROOT / "README.md").read_text("utf-8")
    settings = re.findall(r"^(?!#).*\bTOX_PARALLEL\b.*$", CI.read_text("utf-8"), re.MULTILINE)
    assert settings == ["unset TOX_PARALLEL"]
    assert "PYTEST_XDIST_AUTO_NUM_WORKERS" in (ROOT / "tox.ini").read_text("utf-8")


def commands(tree):
    """Yield the words of each call and each list, tuple or set of a module, as far as they are constants."""
    for node in ast.walk(tree):
        items = node.args if isinstance(node, ast.Call) else getattr(node, "elts", [])
        yield [each.value for each in items if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def installs(source):
    """Return the commands of a module that install packages on the machine that runs them."""
    found = commands(ast.parse(source))
    return [
        words for words in found if {"apt", "apt-get", "dpkg"} & set(words) and {"install", "-i"} & set(words)
    ]


@pytest.mark.parametrize(
    "source", ['run(["apt-get", "install", "x"])', 'run("apt", "-y", "install")', '("dpkg", "-i", name)']
)
def test_an_installation_is_seen(source):
    assert installs(source)


def test_no_command_installs_packages_on_the_host():
    sources = [path for folder in PACKAGE_FOLDERS for path in folder.rglob("*.py")]
    assert len(sources) > 100
    assert not [str(path) for path in sources if installs(path.read_text("utf-8"))]
