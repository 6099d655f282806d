"""`pip install .` alone brings no JWT library. Commands for sites work; `run` names the line to type.

The libraries are installed where the tests run, so each test takes their modules away by a hook of the import
system, in a process of its own.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from slurm_jwt_conformance.adapters import registry
from support.places import ROOT

HIDDEN = ("authlib", "ecdsa", "jose", "joserfc", "jwcrypto", "jwt", "time_machine")
DISTRIBUTIONS = {
    "authlib",
    "ecdsa",
    "gehirn-jwt",
    "joserfc",
    "jwcrypto",
    "jwt",
    "pyjwt",
    "python-jose",
    "time-machine",
}
HOOK = f"""
import sys

class Hidden:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {HIDDEN}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hidden)
"""
MAIN = "from slurm_jwt_conformance.cli import main; sys.exit(main(sys.argv[1:]))"
LINE = "pip install 'slurm-jwt-conformance[libraries]'"


def without_libraries(folder, *words, stdin=b""):
    """Run slurm-jwt in this folder, in a process that has no JWT library."""
    command = [sys.executable, "-c", HOOK + MAIN, *words]
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)


def names(requirements):
    """Return the distributions that these requirements name."""
    return {re.match(r"[\w-]+", each)[0].lower() for each in requirements}


def test_no_jwt_library_is_a_base_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = names(project["optional-dependencies"]["libraries"])
    assert not names(project["dependencies"]) & DISTRIBUTIONS
    assert extra == {"pyjwt", "authlib", "joserfc", "jwcrypto", "time-machine"}


def test_each_library_is_in_the_extra_or_has_an_environment_of_its_own():
    for library in registry.LIBRARIES:
        assert bool(library.imports) + bool(library.needs) == (library.name != "reference")
        assert set(library.imports) <= set(HIDDEN)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Give a folder with a key, a token and a report, which a base install made."""
    folder = tmp_path_factory.mktemp("site")
    assert without_libraries(folder, "keygen", "key").returncode == 0
    token = without_libraries(folder, "token", "--key-file", "key", "username=root", "lifespan=600")
    (folder / "slurm.conf").write_text(
        "ClusterName=one\nSlurmctldHost=localhost\nSlurmUser=root\nAuthAltTypes=auth/jwt\n"
        f"AuthAltParameters=jwt_key={folder}/key\n"
    )
    (folder / "token.txt").write_bytes(token.stdout.partition(b"=")[2])
    run = without_libraries(folder, "run", "-i", "reference", "-k", "exp.missing", "--out", "r", "--quiet")
    assert (run.returncode, run.stderr) == (0, b"")
    return folder


@pytest.mark.program
@pytest.mark.parametrize(
    "line",
    [
        "check --token-file token.txt --key-file key --release 24.11 --passwd none",
        "doctor --conf slurm.conf --release 24.11",
        "explain sun.string",
        "probe --help",
        "contract --conf slurm.conf --release 24.11",
        "vectors show exp.missing",
        "report show r",
        "rotate --conf slurm.conf --release 24.11",
        "changes 22.05 24.11 --conf slurm.conf",
        "run --list",
    ],
)
def test_a_command_for_sites_needs_no_library(site, line):
    result = without_libraries(site, *line.split())
    assert result.returncode in (0, 1), result.stderr
    assert result.stdout
    assert b"mistake" not in result.stderr
    assert b"libraries]" not in result.stderr


@pytest.mark.program
@pytest.mark.parametrize("words", [[], ["-i", "pyjwt"], ["-i", "reference", "-i", "joserfc:careful"]])
def test_a_run_without_the_extra_names_the_line_to_type(tmp_path, words):
    result = without_libraries(tmp_path, "run", *words, "-k", "exp.missing", "--out", "r")
    assert result.returncode == 2
    assert LINE in " ".join(result.stderr.decode().split())
    assert not (tmp_path / "r").exists()


@pytest.mark.program
def test_the_pytest_suite_without_the_extra_names_the_line_to_type(tmp_path):
    suite = "slurm_jwt_conformance.harness.suite"
    words = ["-p", "no:cacheprovider", "--pyargs", suite, "--slurm-jwt-implementation", "pyjwt"]
    command = [sys.executable, "-c", HOOK + "import pytest; sys.exit(pytest.main(sys.argv[1:]))", *words]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert result.returncode not in (0, 1, 5)
    assert LINE in result.stdout.decode() + result.stderr.decode()
