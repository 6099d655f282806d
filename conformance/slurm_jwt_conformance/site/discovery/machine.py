"""What is installed and what runs on this machine: Slurm's release, libjwt, the daemons, the clock.

A test can give a survey another object with the members of `Machine`. A program is run only where the
package list does not know the version.
"""

from __future__ import annotations

import os
import time
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.discovery import packages, processes

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.discovery.processes import Running

_STA_UNSYNC, _TIME_ERROR = 0x40, 5


class Software(NamedTuple):
    """The version of a program or a library, and how it was found out; both "" if it is not known."""

    number: str = ""
    source: str = ""


class Machine:
    """The machine that this runs on; each part is looked at when it is first read."""

    def __init__(self) -> None:
        self.now = time.time()

    @property
    def name(self) -> str:
        """The name of the host."""
        return os.uname().nodename

    @cached_property
    def running(self) -> tuple[Running, ...]:
        """The daemons of Slurm that run."""
        return processes.running()

    @property
    def processes_seen(self) -> bool:
        """Whether /proc can be read."""
        return os.path.exists("/proc/self/stat")  # noqa: PTH110 - pathlib takes longer to load than a check

    @cached_property
    def synchronised(self) -> bool | None:
        """Whether the kernel's clock is synchronised."""
        return synchronised()

    @property
    def fips(self) -> bool:
        """Whether the kernel allows approved cryptography only."""
        return processes.file_text("/proc/sys/crypto/fips_enabled").strip() == "1"

    @property
    def debian(self) -> bool:
        """Whether packages of Debian are installed."""
        return os.path.exists(packages.DPKG)  # noqa: PTH110 - as above

    @cached_property
    def slurm(self) -> Software:
        """The installed Slurm, from the package list or otherwise from its programs."""
        if not self.running and not packages.programs_exist():
            return Software()
        from_package = self._packages[0]
        if from_package:
            return Software(*from_package)
        from slurm_jwt_conformance.site.discovery import programs

        return Software(*programs.slurm_version(self.running))

    def libjwt(self, plugin_dirs: tuple[str, ...]) -> Software:
        """Return the libjwt that auth/jwt uses, from the package list or otherwise by its file."""
        from_package = self._packages[1]
        if from_package:
            return Software(*from_package)
        from slurm_jwt_conformance.site.discovery import programs

        return Software(*programs.libjwt_version(plugin_dirs, self.running))

    @cached_property
    def _packages(self) -> tuple[packages.Version | None, packages.Version | None]:
        return (None, None) if packages.own_build(self.running) else packages.versions()

    def plugin_dir(self, plugin_dirs: tuple[str, ...]) -> str:
        """Return the folder of Slurm's plugins."""
        from slurm_jwt_conformance.site.discovery import programs

        return programs.plugin_dir(plugin_dirs)


def synchronised() -> bool | None:
    """Return whether something keeps the kernel's clock in step (adjtimex, which NTP daemons set too)."""
    import ctypes

    fields = (ctypes.c_byte * 512)()  # struct timex, zero: nothing is to be changed
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(fields)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    status = ctypes.c_int.from_buffer(fields, ctypes.sizeof(ctypes.c_long) * 5).value
    return state != _TIME_ERROR and not status & _STA_UNSYNC
