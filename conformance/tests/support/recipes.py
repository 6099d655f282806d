"""The interpreter that runs a recipe of the issuer guide."""

import sys

from slurm_jwt_conformance.adapters.environments import interpreter_of
from slurm_jwt_conformance.adapters.registry import LIBRARIES

OWN = {"jwt (Gehirn)": "gehirn-jwt", "python-jose": "python-jose"}
"""Libraries with an environment of their own, by the name of their adapter."""


def python_of(library):
    name = OWN.get(library)
    if name is None:
        return sys.executable
    return interpreter_of(name, next(each.needs for each in LIBRARIES if each.name == name))
