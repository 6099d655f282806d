"""`slurm-jwt completion`: print the completion script of this command for a shell."""

from __future__ import annotations

import argparse
import importlib
import sys
from functools import cache
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import subcommands

if TYPE_CHECKING:
    from collections.abc import Mapping

SHELLS = ("bash", "zsh", "fish")
_FILES = {"FILE", "OLD", "NEW", "A", "B"}
_LISTS = {"R": "releases", "RELEASE": "releases", "RULE": "rules", "ID": "cases", "RULE|CASE|LINE|-": "ids"}
_BY_OPTION = {"--cases": "cases", "--implementation": "implementations", "--with": "daemons"}


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt completion`."""
    command = subcommands.command("completion", __doc__)
    command.add_argument("shell", choices=SHELLS, help="the shell that completes")
    return command


def run(args: argparse.Namespace) -> int:
    """Print the script; return 0."""
    import shtab

    sys.stdout.write(shtab.complete(whole_parser(), args.shell) + "\n")
    return 0


def whole_parser() -> argparse.ArgumentParser:
    """Return one parser that has every command as a subcommand, with what completes each word."""
    from slurm_jwt_conformance.cli import COMMANDS

    whole = argparse.ArgumentParser(prog="slurm-jwt")
    commands = whole.add_subparsers(metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        command = importlib.import_module(f"slurm_jwt_conformance.cli.{name}").parser()
        _complete(command, changes=name == "changes")
        commands.add_parser(name, help=purpose, parents=[command], add_help=False)
    commands.add_parser("help", help="show the manual of a command", add_help=False).add_argument(
        "command", choices=tuple(COMMANDS)
    )
    return whole


def _complete(command: argparse.ArgumentParser, *, changes: bool) -> None:
    """Set what completes each option and argument of a command and of its subcommands."""
    import shtab

    for action in command._actions:  # noqa: SLF001 - argparse offers no public list of its actions
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            for child in action.choices.values():
                _complete(child, changes=False)
        elif action.choices is None and action.nargs != 0:
            name = _metavar(action)
            if words := _words(action, name, changes=changes):
                action.choices = words
            elif name in _FILES:
                action.complete = shtab.FILE  # type: ignore[attr-defined]  # shtab reads this attribute
            elif name == "DIR":
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]  # shtab reads this attribute


def _metavar(action: argparse.Action) -> str:
    name = action.metavar[0] if isinstance(action.metavar, tuple) else action.metavar
    return name or action.dest.upper()


def _words(action: argparse.Action, name: str, *, changes: bool) -> tuple[str, ...]:
    """Return the words that may follow an option or stand for an argument; () where any text may."""
    if changes and name in {"OLD", "NEW"}:
        return lists()["releases"]
    for option in action.option_strings:
        if option in _BY_OPTION:
            return lists()[_BY_OPTION[option]]
    return lists()[_LISTS[name]] if name in _LISTS else ()


@cache
def lists() -> Mapping[str, tuple[str, ...]]:
    """Return the lists of words that complete arguments, by what they are."""
    import slurm_jwt_vectors
    from slurm_jwt.slurmctld import releases
    from slurm_jwt.strict.rules import BY_ID
    from slurm_jwt_conformance.adapters import registry
    from slurm_jwt_conformance.harness.mutants import catalogue

    cases = (*slurm_jwt_vectors.load().cases, *slurm_jwt_vectors.load_issuing())
    return {
        "cases": cases,
        "rules": tuple(BY_ID),
        "ids": tuple(dict.fromkeys([*BY_ID, *cases])),
        "releases": (*releases.series(), *releases.pairs()),
        "implementations": (*registry.ids(), *catalogue.ids()),
        "daemons": ("slurmdbd", "slurmrestd", "slurmd"),
    }
