"""The command `slurm-jwt`: one file a command; this one chooses it and turns errors into exit codes.

Only the chosen command's module is imported, so that `slurm-jwt --help` costs little more than Python.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance import __version__
from slurm_jwt_conformance.problems import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "check": "judge a token by the documented rules and say what to mend",
    "run": "judge every vector on JWT libraries and a real slurmctld, and write the report",
    "lab": "install, start, ask and record real Slurm daemons of your own",
    "report": "render, compare, merge and read the results of earlier runs",
    "vectors": "list, show, export and check the test cases",
    "doctor": "look whether this host's Slurm is set up so that tokens work, and cannot be forged",
    "keygen": "make the signing key's file, and say what to do with it",
    "token": "issue a token as scontrol does, from the key's file alone, for tests",
    "explain": "say what a rule, a case or a line of Slurm's logs means",
    "probe": "ask your own cluster with a real token: is it taken, and as whom",
    "contract": "write the page that a provider's developer needs, for this cluster",
    "changes": "say which tokens and settings change their fate with an upgrade of Slurm",
    "rotate": "plan the steps of a key rotation for this configuration",
    "completion": "print the completion of this command for a shell",
    "fuzz": "let mutated tokens try to tell the model of slurmctld from the real thing",
}

EPILOG = """\
examples:
  slurm-jwt run                               everything, report in slurm-jwt-report/
  slurm-jwt run -i 'pyjwt:*' -k 'exp.*'       one library, one topic
  scontrol token | slurm-jwt check            one token, without its key
  slurm-jwt check --key-file jwt_hs256.key <token.txt

exit codes: 0 fine, 1 findings, 2 usage or configuration, 3 the harness itself failed, 130 interrupted
`slurm-jwt COMMAND --help` tells more about each command.
"""


def _top_parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:<10} {purpose}" for name, purpose in COMMANDS.items())
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


def _dispatch(arguments: Sequence[str]) -> int:
    top = _top_parser()
    command = top.parse_args(arguments[:1]).command
    if command is None:
        top.print_help(sys.stderr)
        return 2
    if command not in COMMANDS:
        raise Problem(f"There is no command {command!r}.", nearest(command, list(COMMANDS)))
    module = importlib.import_module(f"slurm_jwt_conformance.cli.{command}")
    code: int = module.run(module.parser().parse_args(arguments[1:]))
    sys.stdout.flush()
    return code


def _tolerant_streams() -> None:
    # A claim may hold characters that the terminal's encoding lacks: show them escaped, do not crash.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `slurm-jwt` with these arguments (default: the process's own) and return its exit code."""
    _tolerant_streams()
    try:
        return _dispatch(sys.argv[1:] if arguments is None else list(arguments))
    except Problem as problem:
        print(f"slurm-jwt: {problem.what}", file=sys.stderr)
        if problem.hint:
            print(f"  {problem.hint}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        print("slurm-jwt: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`slurm-jwt ... | head`): end quietly, as other commands do.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
