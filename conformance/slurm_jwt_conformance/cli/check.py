"""`slurm-jwt check`: judge a token by the documented rules, and say what to mend."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import check_lines, tokens

if TYPE_CHECKING:
    from slurm_jwt_conformance.checking.judged import Checked
    from slurm_jwt_conformance.checking.predicted import Site

EPILOG = """\
verdicts:
  valid         no documented rule is broken
  either        only rules are touched that leave the verifier a choice; careful verifiers refuse
  invalid       a documented rule is broken
  undetermined  no rule is seen broken, but without a key the signature was not checked

examples:
  scontrol token | slurm-jwt check --key-file /var/spool/slurm/statesave/jwt_hs256.key
  slurm-jwt check --token-file portal.jwt --json
  slurm-jwt check --jsonl --key-file jwt_hs256.key <tokens.jsonl >verdicts.jsonl

  slurm-jwt check --key-file jwt_hs256.key --release 22.05 --release 26.05/libjwt1.17.2 <token.txt

--jsonl reads lines of {"id", "token", "now"?} and writes lines of {"id", "verdict", "rules"}; with --release
each gains "slurm": {"22.05/libjwt1.10.2": {"accepted", "user", "uid", "log", "basis"}}.
"observed" says that the model of this release was compared with its real daemon, "modelled" that it
was read from the sources alone.

exit codes: 0 no rule of level error is broken, and every release asked about accepts the token as the user
it names; 1 anything else, 2 usage or configuration
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt check`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt check",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    tokens.add_token_arguments(made)
    made.add_argument(
        "--judge", choices=("both", "rules", "slurm"), default="both", help="what the exit code tells of"
    )
    made.add_argument("--json", action="store_true", help="write the result as one JSON object")
    made.add_argument(
        "--candidate-key",
        action="append",
        default=[],
        metavar="FILE",
        help="on a bad signature, try this key too: a client secret, last year's key (may be repeated)",
    )
    group = made.add_argument_group("what slurmctld would do (needs --key-file)")
    group.add_argument(
        "--release",
        action="append",
        default=[],
        metavar="R",
        help="say it for this release, such as 22.05 or 26.05/libjwt1.17.2 (may be repeated)",
    )
    group.add_argument(
        "--all-releases", action="store_true", help="say it for every release that is modelled"
    )
    group.add_argument(
        "--passwd",
        metavar="FILE",
        help="users of slurmctld's host, as `getent passwd` (default: /etc/passwd)",
    )
    group.add_argument(
        "--parameters", default="", metavar="TEXT", help="AuthAltParameters of slurm.conf, as written there"
    )
    group.add_argument("--slurm-user", default="slurm", metavar="NAME", help="SlurmUser (default: slurm)")
    check_lines.add_arguments(made)
    return made


def run(args: argparse.Namespace) -> int:
    """Judge what the arguments name; return 0 only if it passes the judges that were asked."""
    key = tokens.read_key(args.key_file)
    now = tokens.moment(args.now)
    where = _site(args, key)
    if check_lines.asked_for(args):
        from slurm_jwt_conformance.checking.bulk.task import Task

        return check_lines.run(args, Task(key, now, where, args.judge, args.lines))
    from slurm_jwt_conformance.checking import judged

    source = tokens.read_token(args)
    done = judged.check(source.token, key, int(time.time()) if now is None else now, where)
    done = judged.with_fits(done, args.key_file, args.candidate_key)
    if args.json:
        print(json.dumps(judged.as_json(done), indent=2))
    else:
        print_text(source, done)
    return 0 if judged.passes(done, where, args.judge) else 1


def _site(args: argparse.Namespace, key: bytes | None) -> Site | None:
    if not (args.release or args.all_releases):
        return None
    from slurm_jwt_conformance.checking import predicted

    return predicted.site(args, key)


def print_text(source: tokens.Source, done: Checked) -> None:
    """Print verdict and findings for a person."""
    from slurm_jwt.rules import BY_ID

    result, now = done.result, done.now
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)) if 0 <= now < 2**37 else str(now)
    print(f"{result.verdict}: token of {len(source.token)} bytes from {source.place}, judged at {moment}")
    for finding in result.findings:
        rule = BY_ID[finding.rule]
        print(f"\n{rule.severity}[{rule.id}] {rule.sentence}")
        print(f"  found:  {finding.found}")
        print(f"  source: {'; '.join(rule.sources)}")
        print(f"  do:     {rule.hint}")
        if rule.id == "signature.match":
            for fit in done.fits:
                print(f"  key:    the issuer signs with {fit}")
    if result.not_checked:
        print(f"\nnot checked: {', '.join(result.not_checked)}")
    if done.predictions:
        from slurm_jwt_conformance.checking.predicted import sentence

        print()
        for name, prediction in done.predictions.items():
            print(sentence(name, prediction))
    if done.key is None:
        print("\nWithout a key the signature is not checked; give it with --key-file.", file=sys.stderr)
