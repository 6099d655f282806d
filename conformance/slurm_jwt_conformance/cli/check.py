"""`slurm-jwt check`: judge a token by the documented rules, and by this cluster's Slurm; say what to mend."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import check_lines, check_output
from slurm_jwt_conformance.cli.inputs import add_token_arguments
from slurm_jwt_conformance.site.discovery.token import moment, read_token
from slurm_jwt_reports import terminal
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.answer import Question
    from slurm_jwt_conformance.site.check.predicted import Site
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.discovery.users import UserDatabase

EPILOG = """\
It looks for slurm.conf (SLURM_CONF, that of the running slurmctld, the usual places), takes key,
AuthAltParameters and SlurmUser from it by Slurm's own grammar, and asks a model of the installed release.
What is named wins; what cannot be read is said, and is no pass. Without slurm.conf no uid is looked up;
without Slurm the rules alone judge.

verdicts:
  valid         no documented rule is broken
  either        only rules are touched that leave the verifier a choice; careful verifiers refuse
  invalid       a documented rule is broken
  undetermined  no rule is seen broken, but without a key the signature was not checked

examples:
  scontrol token | slurm-jwt check
  slurm-jwt check --token-file portal.jwt --key-file jwt_hs256.key --json
  slurm-jwt check --token-file portal.jwt --all-releases
  slurm-jwt check --policy site.toml --html fit.html --junit j.xml <portal.jwt
  slurm-jwt check --jsonl --key-file jwt_hs256.key <tokens.jsonl >verdicts.jsonl

many tokens: --jsonl reads lines of {"id", "token" or "token_base64", "now"?} from stdin or FILEs and answers
each with a line of {"id", "verdict", "rules"}, in order, or of {"id", "line", "error"}; with --release each
gains "slurm": {"22.05/libjwt1.10.2": {"accepted", "user", "uid", "log", "basis"}}, with --policy
"passes" and "remarks", the ids of what else is to be said. --lines reads bare tokens, a line each; several
--token-file are judged like such lines. With several files answers begin with "file". The counts go to
stderr, or as JSON to --summary. Lines are held against no release that is not named.

"observed" says that the model of this release was compared with its real daemon, "modelled" that it
was read from the sources alone.

exit codes: 0 no rule of level error is broken (but those that a policy waives), and every release asked
accepts the token as the user it names; 1 anything else, 2 usage or configuration, 3 the harness failed
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt check`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt check",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=_formatter,
    )
    add_token_arguments(made, several=True)
    made.add_argument(
        "--judge", choices=("both", "rules", "slurm"), default="both", help="what the exit code tells of"
    )
    made.add_argument("--policy", metavar="FILE", help="hold the token against a site's policy too (TOML)")
    made.add_argument(
        "--candidate-key",
        action="append",
        default=[],
        metavar="FILE",
        help="on a bad signature, try this key too: a client secret, last year's key (may be repeated)",
    )
    _add_site(made.add_argument_group("the cluster"))
    check_output.add_arguments(made.add_argument_group("output (FILE - is stdout)"))
    check_lines.add_arguments(made)
    return made


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Tell the width: argparse would load a module for it, at every start."""
    return argparse.RawDescriptionHelpFormatter(prog, width=terminal.width(sys.stdout) - 2)


def _add_site(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    group.add_argument(
        "--no-discovery", action="store_true", help="look for nothing: what is not named is not known"
    )
    group.add_argument(
        "--release",
        action="append",
        default=[],
        metavar="R",
        help="ask this release, such as 22.05 or 26.05/libjwt1.17.2 (may be repeated; default: installed)",
    )
    group.add_argument("--all-releases", action="store_true", help="ask every release that is modelled")
    group.add_argument(
        "--passwd",
        metavar="FILE",
        help="users of slurmctld's host, as `getent passwd` writes them, or none (default: this host's)",
    )
    group.add_argument(
        "--parameters", metavar="TEXT", help="AuthAltParameters (default: those of slurm.conf, else none)"
    )
    group.add_argument("--slurm-user", metavar="NAME", help="SlurmUser (default: that of slurm.conf)")


def run(args: argparse.Namespace) -> int:
    """Judge what the arguments name; return 0 only if it passes the judges that were asked."""
    several = _several(args)
    if check_lines.asked_for(args):
        return _lines(args, bare=several or args.lines)
    wanted = check_output.wanted(args)
    now = moment(args.now)
    question = ask(args)
    from slurm_jwt_conformance.site.check import judged
    from slurm_jwt_conformance.site.check.answer import answer, passes

    source = read_token(args.token, args.token_file)
    made = answer(source.token, source.place, int(time.time()) if now is None else now, question)
    made = made._replace(file=source.file, skipped=source.skipped, command=check_output.command(args))
    key = question.found.key
    if key is not None and key.content is not None:
        made = made._replace(done=judged.with_fits(made.done, key.file, args.candidate_key))
    check_output.write(made, args, wanted)
    if made.done.key is None:
        print(f"\n{_without_key(question.found)}", file=sys.stderr)
    return 0 if passes(made) else 1


def _several(args: argparse.Namespace) -> bool:
    """Let several files with a token each be judged as lines are: one answer a line, and a summary."""
    if len(args.token_files) < 2:
        args.token_file = args.token_files[0] if args.token_files else None
        return False
    if args.token is not None or args.jsonl:
        raise Problem("Several --token-file stand for themselves: drop TOKEN and --jsonl.")
    args.token_file, args.lines, args.files = None, True, args.token_files
    return True


def _lines(args: argparse.Namespace, *, bare: bool) -> int:
    """Judge many; a release is asked only if it is named, so that a line's answer hangs on no machine."""
    from slurm_jwt_conformance.site.check.bulk.task import Task

    check_output.demand_none(args)
    question = ask(args, named_releases_only=True)
    key = question.found.key.content if question.found.key else None
    of_policy = None if question.policy is None else question
    task = Task(key, moment(args.now), question.where, args.judge, bare, of_policy)
    return check_lines.run(args, task)


def ask(args: argparse.Namespace, *, named_releases_only: bool = False) -> Question:
    """Find the site, and return what the token is to be held against."""
    from slurm_jwt_conformance.site.check.answer import Question

    found = _look(args)
    users = _users(args, found)
    where = None if named_releases_only and not _named(args) else _asked(args, found, users)
    policy = None
    if args.policy is not None:
        from slurm_jwt_conformance.site.policy.file import load

        policy = load(args.policy)
    return Question(found, where, "" if where else _silence(args, found), users, args.judge, policy)


def _look(args: argparse.Namespace) -> Cluster:
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey

    options = Options(
        conf=args.conf,
        key_file=args.key_file,
        release=args.release[0] if args.release else None,
        parameters=args.parameters,
        slurm_user=args.slurm_user,
        passwd=args.passwd,
        search=not args.no_discovery,
    )
    return survey(options)


def _users(args: argparse.Namespace, found: Cluster) -> UserDatabase:
    """Return the users: this host's count where slurm.conf makes it one of the cluster, or by request."""
    from slurm_jwt_conformance.site.discovery.users import no_database

    if args.passwd is None and found.conf is None and not _named(args):
        return no_database(
            "not looked up: no slurm.conf says that this host is of the cluster (see --passwd)"
        )
    return found.users


def _named(args: argparse.Namespace) -> list[str]:
    if not args.all_releases:
        return list(args.release)
    from slurm_jwt.slurmctld import releases

    return [*releases.series()]


def _asked(args: argparse.Namespace, found: Cluster, users: UserDatabase) -> Site | None:
    from slurm_jwt_conformance.site.check import predicted

    chosen = predicted.named(_named(args))
    key = found.key.content if found.key else None
    if chosen and key is None:
        raise Problem("Without the key nobody can say what slurmctld would do.", _without_key(found))
    if not chosen and found.release and key is not None and args.judge != "rules":
        chosen = (found.release,)
    return predicted.site(chosen, found, users) if chosen else None


def _silence(args: argparse.Namespace, found: Cluster) -> str:
    """Say why no release is asked."""
    if args.judge == "rules":
        return "No release was asked: --judge rules."
    if found.key is None or found.key.content is None:
        return "No release was asked, for want of the key."
    if args.no_discovery:
        return "No release was asked: name one with --release."
    return "No release was asked, since no Slurm that is modelled is installed here: name one with --release."


def _without_key(found: Cluster) -> str:
    if found.key is not None:
        return f"The key was {found.key.sentence()}. Run as SlurmUser or root, or give it with --key-file."
    if found.conf is None:
        return "Without a key the signature is not checked; give it with --key-file, or --conf slurm.conf."
    return "Without a key the signature is not checked; give it with --key-file."
