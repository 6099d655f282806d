"""Where case functions register; an id is made of the topic and the function's name.

The topic is the module's name in `slurm_jwt_vectors.cases`. Underscores become
hyphens, and a last underscore (for Python's reserved words) is dropped:
`cases/exp.py`, `def in_2038()` is the case `exp.in-2038`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import TypeVar

from slurm_jwt_vectors.build import Judged

CaseFunction = Callable[[], Judged]
_F = TypeVar("_F", bound=CaseFunction)
_CASES: dict[str, CaseFunction] = {}


def case(function: _F) -> _F:
    """Register a case; an id that is already taken is an error."""
    name = case_id(function.__module__, function.__name__)
    if name in _CASES:
        raise ValueError(f"two cases are called {name}")
    _CASES[name] = function
    return function


def case_id(module: str, function: str) -> str:
    """The id of a case by its module and function name."""
    return f"{_hyphens(module.rpartition('.')[2])}.{_hyphens(function)}"


def _hyphens(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def all_cases() -> dict[str, CaseFunction]:
    """Every case of every topic, by id."""
    for topic in topics().values():
        importlib.import_module(topic)
    return dict(sorted(_CASES.items()))


def topics() -> dict[str, str]:
    """Topic to the name of its module."""
    package = importlib.import_module("slurm_jwt_vectors.cases")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return {_hyphens(name): f"{package.__name__}.{name}" for name in sorted(found)}
