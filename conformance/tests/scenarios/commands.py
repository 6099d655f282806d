"""The commands of the scenarios, as they are typed in the folder of a site's files."""

from __future__ import annotations

from scenarios.scenario import TOKEN

ALL = ("24.11", "20.11", "22.05", "26.05")
"""The releases of the lab, the one first that the page shows."""

CHECK = f"slurm-jwt check --conf slurm.conf --passwd users.txt --release {{release}} <{TOKEN}"
DOCTOR = "slurm-jwt doctor --conf /etc/slurm/slurm.conf --release {release}"
LOG = "slurm-jwt explain --release {release} <slurmctld.log"
ERROR = "slurm-jwt explain --release {release} <error.txt"
PROBE = f"slurm-jwt probe <{TOKEN}"
