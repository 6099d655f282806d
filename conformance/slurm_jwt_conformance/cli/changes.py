"""`slurm-jwt changes`: show which tokens and settings an upgrade or downgrade of Slurm affects."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli.options import add_output_options
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Release

EPILOG = """\
OLD and NEW are series (24.11), versions (24.11.5), or either with a libjwt (24.11/libjwt1.17.2). Without a
libjwt, the one of that time's Debian or EPEL is used. The command compares the verdicts of both releases on
all vectors. If NEW is the older release, it says downgrade and gives the advice for one. "observed": recorded
from real daemons of both releases. "modelled": read from Slurm's sources.

If a slurm.conf is named or found, the doctor checks it under both releases, and the result is about your
site: what starts and accepts tokens today and does not after the upgrade. The command starts and
changes nothing.

examples:
  slurm-jwt changes 22.05 24.11
  slurm-jwt changes 24.11 25.05/libjwt2.1.3              a libjwt that does not work with this Slurm
  slurm-jwt changes 24.11 22.05                          what a downgrade changes
  slurm-jwt changes 22.05 24.11 --conf /etc/slurm/slurm.conf
  slurm-jwt changes 22.05 24.11 --markdown upgrade.md

exit codes: 0 everything that works today works after the change, 1 something breaks or is undetermined
(on this site; without a site: NEW refuses a kind of token that the documents allow, or assigns another
user), 2 usage, or a configuration that cannot be read
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt changes`."""
    command = argparse.ArgumentParser(
        prog="slurm-jwt changes",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("old", metavar="OLD", help="the release that you run now")
    command.add_argument("new", metavar="NEW", help="the release that you want to run")
    command.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    command.add_argument("--dbd-conf", metavar="FILE", help="slurmdbd.conf (default: next to slurm.conf)")
    command.add_argument(
        "--no-discovery", action="store_true", help="only compare the releases: do not look for a slurm.conf"
    )
    add_output_options(command)
    return command


def run(args: argparse.Namespace) -> int:
    """Show what changes; return 1 if something that works today breaks."""
    from slurm_jwt_conformance.cli.emit import check_places, emit
    from slurm_jwt_conformance.site.changes.comparison import compare
    from slurm_jwt_conformance.site.changes.document import document
    from slurm_jwt_conformance.site.changes.site import compare as site_change
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey

    check_places(args)
    old, new = _release(args.old), _release(args.new)
    cluster = survey(Options(conf=args.conf, dbd_conf=args.dbd_conf, search=not args.no_discovery))
    site = site_change(cluster.options, (old, new)) if cluster.exists else None
    return emit(document(compare(old, new, site)), args, read=cluster.files)


def _release(name: str) -> Release:
    from slurm_jwt.slurmctld import releases
    from slurm_jwt_conformance.site.discovery.showing import plain

    try:
        return releases.parse(name)
    except ValueError as error:
        raise Problem(plain(str(error)), "Name it as 24.11, 24.11.5 or 24.11/libjwt1.17.2.") from None
