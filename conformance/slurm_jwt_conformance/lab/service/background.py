"""Continue in a child process that outlives this one."""

from __future__ import annotations

import os
import signal
import sys

from slurm_jwt_conformance.lab import processes
from slurm_jwt_reports.problems import HarnessProblem


def detach() -> int | None:
    """Fork. Return None in the child, which continues without a terminal and writes to the parent.

    In the parent, wait until the child calls `release` or ends, print what it wrote to standard output, and
    return the exit code. A fork keeps the key in memory: a new program would need it in a file or a pipe.
    """
    source, sink = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.chdir("/")
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(sink, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        return None
    os.close(sink)
    processes.let_outlive(child)
    return _follow(child, source)


def _follow(child: int, source: int) -> int:
    try:
        with open(source, encoding="utf-8") as stream:
            text = stream.read()
    except BaseException:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        raise
    if text:
        sys.stdout.write(text)
        return 0
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        raise HarnessProblem(f"Signal {-code} ended the lab's process before the lab was up.")
    return code


def release() -> None:
    """Let the parent return. This process writes to no stream from now on."""
    sys.stdout.flush()
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    os.close(quiet)
