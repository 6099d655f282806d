"""Run slurm-jwt as on a site's host: the clock stands still, and packages, host and accounts are made up.

`python -m scenarios.pretended PAIN RELEASE NOW ARGUMENT...`: all else is the command's own.
check, explain and contract read real files; doctor, changes and rotate look at a host that has them in
/etc/slurm.
"""

from __future__ import annotations

import sys
import time

from scenarios import answering
from scenarios.catalogue import BY_ID
from slurm_jwt_conformance.site.discovery import host, machine
from support.made_up_site import MadeUpHost, MadeUpMachine, made_up_machine

PACKAGES = {
    "20.11": ("20.11.4", "1.10.2"),
    "22.05": ("22.05.8", "1.10.2"),
    "24.11": ("24.11.5", "1.17.2"),
    "26.05": ("26.05.5", "1.17.2"),
}
"""Slurm and libjwt as Debian's packages bring them."""

_PLUGINS = ("auth_jwt.so", "auth_munge.so", "auth_none.so", "auth_slurm.so", "rest_auth_jwt.so")
"""auth/slurm came with 23.11."""


def pretend(pain_id: str, release: str, now: int) -> None:
    """Make this process believe that it runs on a host of that scenario, at that moment."""
    slurm, libjwt = PACKAGES[release]
    scenario = BY_ID[pain_id]
    files = answering.filled(scenario.files(now), answering.BASE, "/run/munge/munge.socket.2")
    plugins = tuple(name for name in _PLUGINS if name != "auth_slurm.so" or release >= "23.11")
    environment = answering.placed(answering.environment(scenario, now), answering.BASE)
    here = made_up_machine(slurm, libjwt)._replace(name="ctld", now=float(now))

    def made_up() -> MadeUpHost:
        return MadeUpHost(answering.BASE, files, plugins, environment)

    def made_up_here() -> MadeUpMachine:
        return here

    def clock() -> float:
        return float(now)

    replaced = {(time, "time"): clock, (machine, "Machine"): made_up_here}
    if scenario.kind in answering.ON_A_HOST:
        replaced[host, "Host"] = made_up
    for (module, name), instead in replaced.items():
        setattr(module, name, instead)


def main() -> int:
    """Pretend, then run the command; return its exit code."""
    pain_id, release, now, *arguments = sys.argv[1:]
    pretend(pain_id, release, int(now))
    from slurm_jwt_conformance.cli import main as run  # only now: it may take names from the replaced modules

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
