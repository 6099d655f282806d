"""Where case functions register; an id is made of the topic and the function's name.

The topic is the module's name in `slurm_jwt_vectors.cases`. Underscores become
hyphens, and a last underscore (for Python's reserved words) is dropped:
`cases/exp.py`, `def in_2038()` is the case `exp.in-2038`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from slurm_jwt_vectors.build import Judged

CaseFunction = Callable[[], Judged]
_F = TypeVar("_F", bound=CaseFunction)
CASES: dict[str, CaseFunction] = {}
"""The cases of the modules that are imported, by id."""


def case(function: _F) -> _F:
    """Register a case; an id that is already taken is an error."""
    name = case_id(function.__module__, function.__name__)
    if name in CASES:
        raise ValueError(f"two cases are called {name}")
    CASES[name] = function
    return function


def add(module: str, name: str, purpose: str, make: CaseFunction) -> None:
    """Register a case that a table of its module describes."""

    def function() -> Judged:
        return make()

    function.__module__, function.__name__, function.__doc__ = module, name, purpose
    case(function)


def table(module: str, make: Callable[[Any], Judged], *rows: tuple[str, str, Any]) -> None:
    """Register cases that differ only in a value: rows of name, purpose and the value for `make`."""
    for name, purpose, value in rows:
        add(module, name, purpose, partial(make, value))


def case_id(module: str, function: str) -> str:
    """The id of a case by its module and function name."""
    return f"{hyphens(module.rpartition('.')[2])}.{hyphens(function)}"


def hyphens(name: str) -> str:
    """Return the name of a module or function as a part of ids."""
    return name.rstrip("_").replace("_", "-")
