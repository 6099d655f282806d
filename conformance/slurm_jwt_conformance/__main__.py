"""`python -m slurm_jwt_conformance` is the command `slurm-jwt`."""

import sys

from slurm_jwt_conformance.cli import main

sys.exit(main())
