"""`slurm-jwt completion`: print the completion of this command for a shell, made from its own options."""

from __future__ import annotations

import argparse
import importlib
import sys

SHELLS = ("bash", "zsh", "fish")
EPILOG = """\
examples:
  eval "$(slurm-jwt completion bash)"      now, and in ~/.bashrc: always
  eval "$(slurm-jwt completion zsh)"       in ~/.zshrc: always
  slurm-jwt completion fish | source       in config.fish: always
  slurm-jwt completion bash >/etc/bash_completion.d/slurm-jwt

It completes commands and options, files and folders, users, the ids of cases and rules, implementations
and releases. A script that is kept in a file is made anew after an update.

exit codes: 0 the script is on stdout, 2 usage
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt completion`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt completion",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("shell", choices=SHELLS, help="the shell that is to complete")
    return made


def run(args: argparse.Namespace) -> int:
    """Print the script; return 0."""
    from slurm_jwt_conformance.cli import COMMANDS
    from slurm_jwt_conformance.cli.completing import bash, fish, model, zsh

    parsers = {
        name: importlib.import_module(f"slurm_jwt_conformance.cli.{name}").parser() for name in COMMANDS
    }
    write = {"bash": bash.script, "zsh": zsh.script, "fish": fish.script}[args.shell]
    sys.stdout.write(write(model.model(COMMANDS, parsers)))
    return 0
