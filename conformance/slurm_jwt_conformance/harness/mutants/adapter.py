"""One mutant behind the contract that every implementation speaks: `serve.py adapter.py NAME`.

The name is the configuration. Its patch is applied before anything of the reference is imported, and stays
for the life of the process. One that does not fit ends the process at its start.
"""

from __future__ import annotations

import sys
from importlib.metadata import version

from slurm_jwt_conformance.harness.mutants import catalogue, patching

NAME = sys.argv[2]
PATCHED = patching.patched(catalogue.named(NAME).patch)
REFERENCE = PATCHED.__enter__()  # never left: the process is the mutant

LIBRARY = "mutant of the reference"
VERSION = version("slurm-jwt-conformance")
FAMILY = REFERENCE.FAMILY
CLOCK = REFERENCE.CLOCK
CONFIGURATIONS = (NAME,)
NOT_CHECKED: dict[str, tuple[str, ...]] = {NAME: ()}
Unsupported = REFERENCE.Unsupported
verify = REFERENCE.verify
issue = REFERENCE.issue
