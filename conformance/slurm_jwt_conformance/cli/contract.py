"""`slurm-jwt contract`: write the issuer guide, the page that the developer of an issuer needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import subcommands
from slurm_jwt_conformance.cli.options import add_output_options, output

if TYPE_CHECKING:
    import argparse


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt contract`."""
    command = subcommands.command("contract", __doc__)
    command.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    command.add_argument(
        "--jwks", metavar="FILE", help="the JWKS of the site (default: the file that jwks= names)"
    )
    command.add_argument(
        "--release", metavar="R", help="for this release, such as 24.11 (default: the installed one)"
    )
    command.add_argument(
        "--policy", metavar="FILE", help="the site's policy (TOML): lifetime, issuers, users"
    )
    command.add_argument(
        "--folder", metavar="DIR", help="write the page, the schema, the tokens and the recipes into a folder"
    )
    add_output_options(command)
    return command


def run(args: argparse.Namespace) -> int:
    """Write the guide; return 1 if this cluster accepts no tokens."""
    from slurm_jwt_conformance.cli.emit import check_places, emit
    from slurm_jwt_conformance.site.contract import folder
    from slurm_jwt_conformance.site.contract.document import document
    from slurm_jwt_conformance.site.contract.guide import issuer_guide
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey

    check_places(output(args))
    guide = document(issuer_guide(args.conf, args.release, args.policy, jwks=args.jwks))
    files = [] if args.folder is None else folder.files(args.folder, guide)
    read = survey(Options(conf=args.conf, jwks=args.jwks)).files + ([args.policy] if args.policy else [])
    return emit(guide, output(args), read=read, companions=files)
