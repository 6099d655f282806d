"""`slurm-jwt contract`: write the page that a provider's developer needs, for this cluster."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.contract.documents import Document
    from slurm_jwt_reports.terminal import Style

EPILOG = """\
One page to give away with the key: claims, header, lifetime, key, headers of slurmrestd, lines of Python for
six libraries, a JSON Schema of the claims, and three tokens under a published test key to try a program with.
All of it for this release and the settings of this slurm.conf. It never shows the key: its length, its shape
and its fingerprint, where it can be read.

--out FOLDER also writes claims.schema.json, golden-tokens.json, contract.json and recipes/*.py; files that
are there are never written over.

examples:
  slurm-jwt contract >tokens.md
  slurm-jwt contract --format html --out tokens.html --policy site.toml
  slurm-jwt contract --release 24.11 --out contract/
  slurm-jwt contract --json | jq .claims_schema >claims.schema.json

exit codes: 0 the page is there, 1 it is, but as it is set up this cluster takes no tokens, or that cannot be
told, 2 usage, or a configuration that cannot be read
"""
ENDINGS = {"markdown": "md", "html": "html", "text": "txt"}


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt contract`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt contract",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    made.add_argument(
        "--release", metavar="R", help="for this release, as 24.11 (default: what is installed)"
    )
    made.add_argument("--policy", metavar="FILE", help="the site's policy (TOML): lifetime, issuers, users")
    shape = made.add_mutually_exclusive_group()
    shape.add_argument(
        "--format",
        choices=tuple(ENDINGS),
        help="of the page (default: by the ending of --out; text on a terminal, else markdown)",
    )
    shape.add_argument("--json", action="store_true", help="write all of it as JSON")
    made.add_argument(
        "--out", metavar="PLACE", help="write a file, or a folder with schema, tokens and recipes"
    )
    return made


def run(args: argparse.Namespace) -> int:
    """Write the contract; return 1 if this cluster takes no tokens."""
    from slurm_jwt_conformance.site.contract.documents import document, to_json
    from slurm_jwt_conformance.site.contract.site import site
    from slurm_jwt_reports.terminal import Style, plain_json, style

    made = document(site(args.conf, args.release, args.policy))
    form = _form(args)
    content = (
        plain_json(to_json(made)) + "\n"
        if args.json
        else _page(made, form, Style() if args.out else style(sys.stdout))
    )
    if args.out:
        _write(args, made, content, form)
    else:
        sys.stdout.write(content)
    for trouble in made.troubles:
        print(f"slurm-jwt: {trouble}", file=sys.stderr)
    return 1 if made.troubles else 0


def _form(args: argparse.Namespace) -> str:
    if args.format:
        return str(args.format)
    if args.out:
        ending = args.out.rpartition(".")[2]
        return next((form for form, each in ENDINGS.items() if each == ending), "markdown")
    return "text" if sys.stdout.isatty() else "markdown"


def _page(made: Document, form: str, style: Style) -> str:
    from slurm_jwt_conformance.site.contract import blocks
    from slurm_jwt_conformance.site.contract.page import page

    if form == "html":
        return blocks.as_html(page(made))
    if form == "text":
        return blocks.text(page(made), style)
    return blocks.markdown(page(made))


def _write(args: argparse.Namespace, made: Document, content: str, form: str) -> None:
    from slurm_jwt_conformance.site.contract import folder
    from slurm_jwt_conformance.site.contract.documents import to_json
    from slurm_jwt_reports.redaction import concealed

    if args.json or not folder.is_folder(args.out):
        folder.write_one(args.out, content)
    else:
        folder.write(args.out, folder.files(made, content, ENDINGS[form], to_json(made) + "\n"))
    print(f"written: {concealed(args.out)}", file=sys.stderr)
