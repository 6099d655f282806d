"""Write every generated file of the repository: `python -m tools.regenerate`; --check compares only.

A generated file has one maker: a module of tools/ with `files() -> dict[Path, bytes]`, paths from the root of
the checkout. With --check the command writes nothing and exits with 1 if a file is stale or missing.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAKERS = {
    "vectors": "tools.vector_data",
    "coverage": "tools.rule_coverage",
    "branches": "tools.model_branches",
    "mutants": "tools.mutant_trials.page",
    "upgrades": "tools.upgrades_page",
    "guide": "tools.guide_page",
    "rotation": "tools.rotation_page",
    "studies": "tools.studies.page",
    "scenarios": "scenarios.page",
    "schemas": "tools.schemas",
}
"""What is made, and the module that makes it."""


def stale(names: list[str], *, write: bool) -> list[Path]:
    """Return the files that differ from what their makers make, and write them if asked."""
    different = []
    for name in names:
        for path, content in import_module(MAKERS[name]).files().items():
            place = ROOT / path
            if not place.exists() or place.read_bytes() != content:
                different.append(path)
                if write:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(content)
    return different


def _add_path() -> None:
    """Let this process and the commands that scenarios start import `scenarios`, `support` and `tools`."""
    folders = [str(ROOT), str(ROOT / "conformance" / "tests")]
    sys.path[:0] = folders
    os.environ["PYTHONPATH"] = os.pathsep.join([*folders, *filter(None, [os.environ.get("PYTHONPATH")])])


def main(arguments: list[str] | None = None) -> int:
    """Write or compare the files, and print the name of each that differs."""
    parser = argparse.ArgumentParser(prog="python -m tools.regenerate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    parser.add_argument("name", nargs="*", choices=[[], *MAKERS], help="what to make (default: everything)")
    args = parser.parse_args(arguments)
    _add_path()
    different = stale(args.name or list(MAKERS), write=not args.check)
    for path in different:
        print(f"{'stale' if args.check else 'written'}: {path}")
    return int(args.check and bool(different))


if __name__ == "__main__":
    sys.exit(main())
