"""Parsers of commands and of subcommands: each with a manual of its own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names no other


def command(name: str, description: str | None, epilog: str = "") -> argparse.ArgumentParser:
    """Return the parser of a command. epilog: the end of its manual, if it is not in manuals.toml."""
    return argparse.ArgumentParser(
        prog=f"slurm-jwt {name}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def begin(parser: argparse.ArgumentParser) -> Commands:
    """Let a parser have subcommands, one of which must be named."""
    return parser.add_subparsers(
        dest="action", required=True, metavar="COMMAND", title="commands", help="one of these"
    )


def add(commands: Commands, name: str, purpose: str) -> argparse.ArgumentParser:
    """Add a subcommand; manuals.toml has its examples and exit codes."""
    return commands.add_parser(name, help=purpose, description=f"{purpose[:1].upper()}{purpose[1:]}.")
