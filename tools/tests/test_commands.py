"""Every `python -m MODULE` that the repository's texts name can be run."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN = re.compile(r"python3? -m ((?:tools|scenarios|slurm_jwt\w*)(?:\.\w+)*)")
FOLDERS = ("docs", "tools", "conformance", "reference", "vectors", "reports", "benchmarks", ".ci", ".github")
FILES = [
    path
    for path in [
        *ROOT.glob("*"),
        *ROOT.glob(".pre-commit*"),
        *(p for f in FOLDERS for p in ROOT.glob(f"{f}/**/*")),
    ]
    if path.suffix in {".md", ".py", ".yml", ".yaml", ".ini", ".toml", ""} and path.is_file()
]
NAMED = sorted({name for path in FILES for name in OWN.findall(path.read_text("utf-8", "replace"))})


def test_the_texts_name_commands():
    assert {"tools.regenerate", "tools.vector_versions", "tools.wycheproof"} <= set(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_the_module_can_be_run(name):
    spec = find_spec(name)
    assert spec is not None, f"there is no module {name}"
    if spec.submodule_search_locations:
        spec = find_spec(f"{name}.__main__")
    assert spec is not None, f"{name} is a package without __main__.py"
    assert (
        "__main__" in Path(str(spec.origin)).name
        or '__name__ == "__main__"' in Path(str(spec.origin)).read_text()
    )
