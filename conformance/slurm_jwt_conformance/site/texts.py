"""Texts that are data: a TOML file next to the module that shows them, one table an id."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def beside(module: str, kind: Callable[..., T]) -> dict[str, T]:
    """Return the tables of the file next to a module, each as a `kind`, by id. module: its `__file__`."""
    from tomllib import loads  # slow to load, and not needed for most tokens

    tables = loads(Path(module).with_suffix(".toml").read_text("utf-8"))
    return {name: kind(**table) for name, table in tables.items()}
