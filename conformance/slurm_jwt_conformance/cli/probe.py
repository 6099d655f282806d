"""`slurm-jwt probe`: ask your own cluster with a real token: is it taken, and as whom."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import emit, inputs, options, subcommands
from slurm_jwt_conformance.site.discovery.token import demand_not_swapped, read_token
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.discovery.users import UserDatabase
    from slurm_jwt_conformance.site.probe.probe import Means
    from slurm_jwt_conformance.site.probe.slurmrestd import Style

STYLES: tuple[Style, ...] = ("name+token", "token", "bearer")
DAEMONS = ("slurmctld", "slurmdbd")


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt probe`."""
    made = subcommands.command("probe", __doc__)
    made.set_defaults(token=None)  # an argument shows in `ps`, and this one is a real token
    made.add_argument("--token-file", metavar="FILE", help="the token (default: stdin, then SLURM_JWT)")
    _add_means(made)
    _add_known(made)
    made.add_argument(
        "--no-control",
        action="store_true",
        help="do not ask with a spoilt signature, which leaves a log line",
    )
    made.add_argument(
        "--unverified-ok",
        action="append",
        choices=DAEMONS,
        default=[],
        metavar="DAEMON",
        help="pass although this daemon does not show the user: slurmctld or slurmdbd (may be repeated)",
    )
    made.add_argument(
        "--by-token",
        action="store_true",
        help="where the counts do not tell the uid, have scontrol make a token of one second, which does",
    )
    options.add_output_options(made)
    return made


def _add_means(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("whom to ask")
    group.add_argument("--no-scontrol", action="store_true", help="do not ask through scontrol")
    group.add_argument("--slurmdbd", action="store_true", help="ask slurmdbd, through sacctmgr")
    group.add_argument("--url", metavar="URL", help="ask through slurmrestd: https://HOST, unix:/PATH, ...")
    group.add_argument(
        "--header",
        action="append",
        choices=STYLES,
        default=[],
        help="how to send the token to slurmrestd (default: each way that its release knows)",
    )
    group.add_argument("--ca-file", metavar="FILE", help="certificates to trust for --url (default: system)")
    group.add_argument("--allow-plain", action="store_true", help="send the token in clear to another host")
    group.add_argument("--conf", metavar="FILE", help="slurm.conf for Slurm's commands (default: SLURM_CONF)")
    group.add_argument("--lab", metavar="LAB", help="a lab that `slurm-jwt lab up` started, with its users")
    group.add_argument("--bin-dir", metavar="DIR", help="where scontrol, sdiag and sacctmgr are")
    group.add_argument(
        "--timeout", type=float, default=30.0, metavar="SECONDS", help="for each request (default: 30)"
    )


def _add_known(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("what is known beforehand")
    group.add_argument(
        "--key-file", metavar="FILE", help="the key, for the model (default: slurm.conf's, if it can be read)"
    )
    group.add_argument(
        "--jwks", metavar="FILE", help="the JWKS, for the model (default: slurm.conf's, if it can be read)"
    )
    group.add_argument("--release", metavar="R", help="compare with this release (default: what answers)")
    group.add_argument(
        "--passwd",
        metavar="FILE",
        help="users of the daemons' host, as `getent passwd` (default: this host's)",
    )
    group.add_argument("--expect-uid", type=int, metavar="UID", help="the uid that the token's user has")


def run(args: argparse.Namespace) -> int:
    """Ask the cluster; return 0 only if it takes the token everywhere, as the user whom it names."""
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey
    from slurm_jwt_conformance.site.probe import probe, verdict
    from slurm_jwt_conformance.site.probe.describe import describe

    _check(args)
    emit.check_places(options.output(args))
    source = read_token(args.token, args.token_file, "probe")
    inputs.show_removed(source)
    here = survey(
        Options(args.conf, None, args.key_file, args.jwks, passwd=args.passwd, search=args.lab is None)
    )
    key = here.key.content if here.key else None
    demand_not_swapped(source, key if args.key_file else None)  # a key must not be sent as a token
    probe.fit_to_send(source.token)
    _check_conf(args, here)
    means = _means(args, here)
    wish = probe.Wish(
        token=source.token,
        key=key,
        users=_users(args, here, means),
        here=here,
        release=args.release,
        uid=args.expect_uid,
        styles=tuple(args.header),
        control=not args.no_control,
        by_token=args.by_token,
    )
    probed = probe.probe(means, wish)
    if not probed.places:
        reasons = " ".join(f"{each.what}: {each.why}" for each in probed.not_asked)
        raise Problem(f"There is nothing to ask with. {reasons}", "Name slurmrestd with --url, or --bin-dir.")
    summed = verdict.of(probed, args.unverified_ok)
    document = describe(probed, summed, source.token, args.unverified_ok)
    return emit.emit(document, options.output(args), read=_inputs(args, here))


def _inputs(args: argparse.Namespace, here: Cluster) -> list[str]:
    """Return the files that this command reads."""
    return [*filter(None, (args.token_file, args.ca_file)), *here.files]


def _check(args: argparse.Namespace) -> None:
    """Raise Problem for options that cannot be meant so, before anything is sent."""
    if not 0 < args.timeout <= 3600:
        raise Problem("--timeout takes seconds, over 0 and at most 3600.")
    if args.expect_uid is not None and not 0 <= args.expect_uid < 2**32 - 1:
        raise Problem("--expect-uid takes a uid, from 0 to 4294967294.")
    if args.release:
        from slurm_jwt.slurmctld import releases

        try:
            releases.parse(args.release)
        except ValueError as error:
            raise Problem(str(error)) from None
    if not args.url and (args.header or args.ca_file or args.allow_plain):
        raise Problem("--header, --ca-file and --allow-plain are for slurmrestd.", "Name it with --url.")
    if args.lab is not None and (args.url or args.conf or args.bin_dir):
        raise Problem("--lab cannot be combined with --url, --conf or --bin-dir.", "A lab has its own.")
    if args.no_scontrol and not args.url and not args.slurmdbd:
        raise Problem(
            "There is nothing to ask with.", "Leave --no-scontrol away, or name --url or --slurmdbd."
        )


def _check_conf(args: argparse.Namespace, here: Cluster) -> None:
    """Raise Problem if SLURM_CONF leads nowhere: Slurm's commands would look for the file for a minute."""
    commands = args.lab is None and (args.slurmdbd or not args.no_scontrol)
    if commands and not args.conf and os.environ.get("SLURM_CONF") and here.conf is None:
        told = " ".join(here.problems) or "SLURM_CONF names no file that can be read."
        raise Problem(told, "Set SLURM_CONF, name the file with --conf, or ask with --no-scontrol and --url.")


def _users(args: argparse.Namespace, here: Cluster, means: Means) -> UserDatabase:
    """Return the users of --passwd, otherwise of the lab, otherwise of this host."""
    from slurm_jwt.slurmctld import parse_passwd
    from slurm_jwt_conformance.site.discovery.users import UserDatabase
    from slurm_jwt_conformance.site.probe.programs import LabPrograms

    programs = means.scontrol or means.sacctmgr
    if args.passwd is not None or not isinstance(programs, LabPrograms):
        return here.users
    return UserDatabase(parse_passwd(programs.passwd()), f"the users of the lab {args.lab}")


def _means(args: argparse.Namespace, here: Cluster) -> Means:
    from slurm_jwt_conformance.site.probe.address import parse
    from slurm_jwt_conformance.site.probe.answer import NotAsked
    from slurm_jwt_conformance.site.probe.probe import Means
    from slurm_jwt_conformance.site.probe.programs import LabPrograms, Programs
    from slurm_jwt_conformance.site.probe.web import Web
    from slurm_jwt_reports.progress import Progress

    progress = Progress(lambda said: print(f"slurm-jwt probe: {said}", file=sys.stderr))
    step = partial(progress.step, "requests")
    plain, seconds = args.allow_plain, args.timeout
    programs = (
        Programs(conf=here.conf_for_commands, folder=args.bin_dir, seconds=seconds, step=step)
        if args.lab is None
        else LabPrograms(args.lab, seconds=seconds, step=step)
    )
    web = None
    if args.url:
        address = parse(args.url)
        web = Web(address, allow_plain=plain, ca_file=args.ca_file, seconds=seconds, step=step)
    left_out = []
    if args.no_scontrol:
        left_out.append(NotAsked("slurmctld, scontrol", "--no-scontrol."))
    if not args.url:
        left_out.append(NotAsked("slurmctld, slurmrestd", "no --url was given."))
    if not args.slurmdbd:
        left_out.append(NotAsked("slurmdbd, sacctmgr", "--slurmdbd was not given."))
    scontrol = None if args.no_scontrol else programs
    return Means(scontrol, programs if args.slurmdbd else None, web, tuple(left_out))
