"""The command `slurm-jwt`: one file a command; this one chooses it and turns errors into exit codes.

Only the chosen command's module is imported, so that `slurm-jwt --help` costs little more than Python.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from slurm_jwt_conformance import __version__
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from _typeshed import ReadableBuffer as Buffer

COMMANDS = {
    "check": "check a token against the documented rules and Slurm releases",
    "gate": "check a token of your issuer with pytest, for CI",
    "run": "run every test case on libraries and real Slurm; write a report",
    "lab": "install, start, query and record real Slurm daemons",
    "report": "render, compare, merge and read the results of earlier runs",
    "adapter": "check a program that speaks the adapter protocol",
    "vectors": "list, show and export the test cases",
    "doctor": "check that this host's Slurm is set up safely for tokens",
    "keygen": "create the signing key's file, and show what to do next",
    "token": "issue a token as scontrol does, from the key's file, for tests",
    "explain": "explain a rule, a case or a line of Slurm's logs",
    "probe": "test a real token on your own cluster, and show its user",
    "contract": "write the issuer guide that a provider's developer needs",
    "changes": "show which tokens and settings an upgrade of Slurm affects",
    "rotate": "plan the steps of a key rotation for this configuration",
    "completion": "print the completion script for a shell",
    "fuzz": "compare the model of slurmctld with the real one on mutated tokens",
}

EPILOG = """\
examples:
  slurm-jwt run                           everything, into slurm-jwt-report/
  slurm-jwt run -i 'pyjwt:*' -k 'exp.*'   one library, one topic
  scontrol token | slurm-jwt check        one token, without its key
  slurm-jwt check --key-file jwt_hs256.key <token.txt

exit codes: 0 fine, 1 findings, 2 usage or configuration, 3 the harness itself failed,
130, 143 or 129 interrupted by Ctrl-C, SIGTERM or SIGHUP

Run `slurm-jwt help COMMAND` for the manual of a command.
"""


def _top_parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:<11} {purpose}" for name, purpose in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="slurm-jwt",
        usage="slurm-jwt [--version] COMMAND ...",
        description=f"Conformance suite for Slurm's JSON Web Tokens.\n\ncommands:\n{listing}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"slurm-jwt-conformance {__version__}")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    return parser


def _lay_out(parser: argparse.ArgumentParser) -> None:
    from slurm_jwt_conformance.cli import manual

    manual.lay_out(parser)


def _dispatch(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["help"]:  # as of git and others
        arguments = [*arguments[1:2], "--help"]
    top = _top_parser()
    if arguments[:1] in (["-h"], ["--help"]):
        _lay_out(top)
    command = _parsed(top, arguments[:1]).command
    if command is None:
        top.print_help(sys.stderr)
        return 2
    if command not in COMMANDS:
        raise Problem(f"There is no command {command!r}.", nearest(command, list(COMMANDS)))
    module = importlib.import_module(f"slurm_jwt_conformance.cli.{command}")
    parser = module.parser()
    if "-h" in arguments or "--help" in arguments:
        _lay_out(parser)
    code: int = module.run(_parsed(parser, arguments[1:]))
    return code


def _parsed(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Parse; argparse quotes a wrong call as it is, so its message is caught and escaped."""
    stderr, message = sys.stderr, io.StringIO()
    sys.stderr = message
    try:
        return parser.parse_args(arguments)
    finally:
        sys.stderr = stderr
        if message.tell():
            from slurm_jwt_reports import trouble

            trouble.show_usage(message.getvalue())


class _Output(io.FileIO):
    """Stdout that keeps its first error: argparse drops it, and a second flush does not repeat it."""

    lost: OSError | None = None

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.lost = self.lost or error
            raise


def _output() -> TextIO:
    """Return stdout. Where the shell closed it (`>&-`), a descriptor that only reads refuses each answer."""
    own = sys.stdout
    if own is not None and own is not sys.__stdout__:
        return own
    descriptor = os.open(os.devnull, os.O_RDONLY) if own is None else own.fileno()
    buffer = io.BufferedWriter(_Output(descriptor, "wb", closefd=False))
    if own is None:
        return io.TextIOWrapper(buffer, "utf-8")
    lines = own.line_buffering or getattr(own, "write_through", False)
    return io.TextIOWrapper(buffer, own.encoding, line_buffering=lines)


def _tolerant_streams() -> None:
    sys.stdout = _output()
    # print() to a missing stderr would write to stdout.
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - to the end
    # A claim may hold characters that the terminal's encoding lacks: show them escaped, do not crash.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `slurm-jwt` with these arguments (default: the process's own) and return its exit code."""
    _tolerant_streams()
    try:
        if arguments is not None:
            return _flushed(_exit_code(arguments))
        from slurm_jwt_conformance.lab import processes

        with processes.command():
            return _flushed(_exit_code(sys.argv[1:]))
    except KeyboardInterrupt as error:
        print("slurm-jwt: interrupted", file=sys.stderr)
        return _flushed(getattr(error, "exit_code", 130))
    except SystemExit:  # of argparse, after --help or a wrong call
        if lost := _flushed(0):
            return lost
        raise


def _exit_code(arguments: Sequence[str]) -> int:
    try:
        return _dispatch(list(arguments))
    except Exception as error:  # noqa: BLE001 - the rim: each ends with a message and an exit code
        # Python 3.11 wraps what a signal raises while a class is made, for example during an import.
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise error.__cause__ from None
        return _end(error)


def _flushed(code: int) -> int:
    """Write what stdout still buffers; return the exit code, which shows it if that is lost."""
    error = _lost()
    if error is None:
        return code
    from slurm_jwt_reports import trouble

    return max(code, trouble.show_lost_output(error))


def _lost() -> OSError | None:
    """Return why stdout took less than was written, if so."""
    with suppress(OSError):
        sys.stdout.flush()
    lost: OSError | None = getattr(getattr(getattr(sys.stdout, "buffer", None), "raw", None), "lost", None)
    return lost


def _end(error: Exception) -> int:
    from slurm_jwt_reports import trouble

    if isinstance(error, Problem):
        return trouble.show_problem(error)
    if isinstance(error, OSError) and _lost() is not None:  # of a full disk, below a `>report.txt`
        return 0  # see _flushed
    return trouble.show_exception(error)
