"""`slurm-jwt fuzz`: compare the model of slurmctld with Slurm's own plugin on mutated tokens."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import emit, subcommands
from slurm_jwt_reports.problems import HarnessProblem, Problem

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.fuzz.records import Record


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt fuzz`."""
    parser = subcommands.command("fuzz", __doc__)
    parser.add_argument(
        "--release", action="append", default=[], metavar="R",
        help="fuzz this release (may be repeated; default: all that are installed)",
    )  # fmt: skip
    parser.add_argument(
        "--rs256",
        action="store_true",
        help="RS256 tokens: mutated JWKS files, each with 400 tokens of its keys",
    )
    parser.add_argument("--seed", default="0", help="seed of the campaign, any text (default: 0)")
    parser.add_argument("--count", type=_positive, metavar="N", help="end at N tokens in all, per release")
    parser.add_argument("--seconds", type=_positive, metavar="S", help="end after S seconds, per release")
    parser.add_argument("--out", default="slurm-jwt-fuzz", metavar="DIR", help="keep campaigns in DIR")
    parser.add_argument("--json", action="store_true", help="write the campaigns' records as JSON to stdout")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not at least 1")
    return number


def run(args: argparse.Namespace) -> int:
    """Run one campaign after another. Return 1 if one of them found a disagreement."""
    from slurm_jwt_conformance.lab.errors import SlurmError

    if args.count is None and args.seconds is None:
        raise Problem("A campaign needs an end.", "Give --count or --seconds.")
    try:
        records = [_campaign(release, args) for release in args.release or _installed()]
    except SlurmError as error:
        raise HarnessProblem(str(error)) from error
    if args.json:
        emit.print_json(records)
    else:
        for record in records:
            print(_sentence(record))
    return 1 if any(record.disagreements for record in records) else 0


def _installed() -> list[str]:
    from slurm_jwt_conformance.lab.install.release import installed

    releases = list(installed())
    if not releases:
        raise Problem("No Slurm release is installed here.", "Install one: slurm-jwt lab install 22.05")
    return releases


def _campaign(release: str, args: argparse.Namespace) -> Record:
    from pathlib import Path

    from slurm_jwt_conformance.lab.fuzz.campaign import CHUNK, run_campaign
    from slurm_jwt_conformance.lab.fuzz.jwks_campaign import run_jwks_campaign
    from slurm_jwt_reports.progress import Progress

    ticker = Progress(lambda text: print(f"{release}: {text}", file=sys.stderr, flush=True))

    def progress(record: Record, text: str) -> None:
        if text:
            print(text, file=sys.stderr)
        ticker.reached(record.count, "tokens")

    if args.count is not None and args.count % CHUNK:
        args.count += CHUNK - args.count % CHUNK
    folder = Path(args.out) / f"{release}-{_safe(args.seed)}{'-rs256' if args.rs256 else ''}"
    run = run_jwks_campaign if args.rs256 else run_campaign
    return run(release, folder, seed=args.seed, count=args.count, seconds=args.seconds, progress=progress)


def _safe(seed: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in seed)[:40]


def _sentence(record: Record) -> str:
    share = 100 * record.accepted / max(record.count, 1)
    files = f", {record.files:,} JWKS files ({record.unstarted:,} end the plugin)" if record.files else ""
    return (
        f"Slurm {record.release} ({record.slurm}, libjwt {record.libjwt}), seed {record.seed}: "
        f"{record.count:,} tokens{files}, {share:.1f} % accepted, {len(record.hits)} different answers, "
        f"{record.disagreements:,} disagreements"
    )
