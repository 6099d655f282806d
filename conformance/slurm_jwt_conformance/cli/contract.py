"""`slurm-jwt contract`: write the issuer guide, the page that the developer of an issuer needs."""

from __future__ import annotations

import argparse

from slurm_jwt_conformance.cli.options import add_output_options

EPILOG = """\
One page to hand out with the key: claims, header, lifetime, key, headers of slurmrestd, lines of Python for
six libraries, a JSON Schema of the claims, and three tokens under a published test key to test a program.
It describes this release and the settings of this slurm.conf. It never shows the key: if the key file can be
read, it shows the length, the shape and the fingerprint of the key.

--folder DIR also writes issuer-guide.md, issuer-guide.json, claims.schema.json, golden-tokens.json and
recipes/make_token_LIBRARY.py there. Each recipe prints a token.

examples:
  slurm-jwt contract --markdown tokens.md
  slurm-jwt contract --html tokens.html --policy site.toml
  slurm-jwt contract --release 24.11 --folder issuer-guide
  slurm-jwt contract --json | jq .claims_schema >claims.schema.json

exit codes: 0 the page is written, 1 the page is written, but this cluster accepts no tokens, or this is not
known, 2 usage, or a configuration that cannot be read
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt contract`."""
    command = argparse.ArgumentParser(
        prog="slurm-jwt contract",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
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

    check_places(args)
    guide = document(issuer_guide(args.conf, args.release, args.policy))
    files = [] if args.folder is None else folder.files(args.folder, guide)
    read = survey(Options(conf=args.conf)).files + ([args.policy] if args.policy else [])
    return emit(guide, args, read=read, companions=files)
