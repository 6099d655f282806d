"""The options by which a command gets a token, its key and the moment of the check."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.site.discovery.token import Source


def add_token_arguments(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Add the options that name a token, its key and the moment of the check.

    several: --token-file may be repeated, and args.token_files lists them.
    """
    parser.add_argument(
        "token",
        nargs="?",
        metavar="TOKEN",
        help="the token, or - for stdin; an argument shows in `ps`, so stdin or --token-file are better",
    )
    if several:
        text = "read the token from FILE (if repeated: a line of JSON for each, and a summary)"
        parser.add_argument(
            "--token-file", metavar="FILE", action="append", default=[], dest="token_files", help=text
        )
    else:
        parser.add_argument("--token-file", metavar="FILE", help="read the token from FILE")
    parser.add_argument(
        "--key-file", metavar="FILE", help="the signing key, every byte of FILE as slurmctld reads it"
    )
    parser.add_argument("--now", metavar="TIME", help="judge at this moment: seconds since 1970 or ISO 8601")


def show_removed(source: Source) -> None:
    """Print on stderr what was removed from around the token, which Slurm does not get."""
    if source.removed:
        print(f"slurm-jwt: removed from {source.place}: {source.removed}", file=sys.stderr)
