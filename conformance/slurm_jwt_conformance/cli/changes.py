"""`slurm-jwt changes`: say which tokens and settings change their fate with an upgrade of Slurm."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Release
    from slurm_jwt_conformance.site.changes.documents import Document
    from slurm_jwt_conformance.site.changes.site import SiteChange

EPILOG = """\
OLD and NEW are series (24.11), versions (24.11.5), or either with a libjwt (24.11/libjwt1.17.2); without
one the libjwt of that time's Debian or EPEL is meant. All vectors are held against both: as real daemons
were recorded, where both were, and else as the model reads Slurm's sources; each statement says which.

Where a slurm.conf is named or found, the doctor's checks run over it under both releases, and the verdict is
about your site: what starts and accepts tokens today, and would not after the upgrade. Nothing is started or
changed.

examples:
  slurm-jwt changes 22.05 24.11
  slurm-jwt changes 24.11 25.05/libjwt2.1.3              a libjwt that does not go with its Slurm
  slurm-jwt changes 22.05 24.11 --conf /etc/slurm/slurm.conf
  slurm-jwt changes 22.05 24.11 --markdown >upgrade.md

exit codes: 0 nothing that works today breaks, 1 something does (of this site; without a site: a kind of token
that the documents allow is refused, or accepted as another user), or what decides about this site could not
be looked at, 2 usage or a configuration that cannot be read
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt changes`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt changes",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("old", metavar="OLD", help="the release of today")
    made.add_argument("new", metavar="NEW", help="the release to come")
    made.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    made.add_argument("--dbd-conf", metavar="FILE", help="slurmdbd.conf (default: beside slurm.conf)")
    made.add_argument(
        "--no-discovery", action="store_true", help="compare the releases only: do not look for a slurm.conf"
    )
    shape = made.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="write it as JSON")
    shape.add_argument("--markdown", action="store_true", help="write it as Markdown")
    return made


def run(args: argparse.Namespace) -> int:
    """Say what changes; return 1 if something that works breaks."""
    from slurm_jwt_conformance.site.changes.documents import document

    old, new = _release(args.old), _release(args.new)
    made = document(old, new, _site(args, old, new))
    sys.stdout.write(_shown(made, args))
    return 1 if made.breaks or (made.site is not None and not made.site.complete) else 0


def _release(name: str) -> Release:
    from slurm_jwt.slurmctld import releases
    from slurm_jwt_conformance.site.discovery.showing import plain

    try:
        return releases.parse(name)
    except ValueError as error:
        raise Problem(plain(str(error)), "Name it as 24.11, 24.11.5 or 24.11/libjwt1.17.2.") from None


def _site(args: argparse.Namespace, old: Release, new: Release) -> SiteChange | None:
    from slurm_jwt_conformance.site.changes.site import compare
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey

    options = Options(conf=args.conf, dbd_conf=args.dbd_conf, search=not args.no_discovery)
    return compare(options, (old, new)) if survey(options).exists else None


def _shown(made: Document, args: argparse.Namespace) -> str:
    if args.json:
        from slurm_jwt_conformance.site.changes.documents import to_json

        return to_json(made) + "\n"
    if args.markdown:
        from slurm_jwt_conformance.site.changes.markdown import render as as_markdown

        return as_markdown(made)
    from slurm_jwt_conformance.site.changes.text import render
    from slurm_jwt_reports.terminal import style

    return render(made, style(sys.stdout))
