"""Pages of docs/ that a command makes: write one, or tell whether it still is what the command makes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDER = Path("docs")
"""Where the pages are, seen from the root of a checkout."""


def parser(module: str, description: str | None, page: Path) -> argparse.ArgumentParser:
    """Return the parser of a module that makes a page: --check, and --out with the page as default."""
    made = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    made.add_argument("--check", action="store_true", help="write nothing, only compare")
    made.add_argument("--out", type=Path, default=page, help=f"the page (default: {page})")
    return made


def is_stale(path: Path, text: str) -> bool:
    """Whether the page at `path` is missing or differs from this text."""
    return not path.exists() or path.read_text(encoding="utf-8") != text


def keep(path: Path, text: str, *, check: bool) -> bool:
    """Write a stale page unless `check`, say what was done, and return whether it is stale still."""
    if not is_stale(path, text):
        return False
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{'stale' if check else 'written'}: {path.name}\n")
    return check


def main(
    module: str,
    description: str | None,
    page: Path,
    text: Callable[[], str],
    arguments: Sequence[str] | None = None,
) -> int:
    """Write the page of a module that makes nothing else, or compare it; return 1 if it is stale."""
    options = parser(module, description, page).parse_args(arguments)
    return int(keep(options.out, text(), check=options.check))
