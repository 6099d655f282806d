"""`slurm-jwt check`: judge a token by the documented rules, and say what to mend."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import tokens

if TYPE_CHECKING:
    from slurm_jwt import Examination, Finding

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

--jsonl reads lines of {"id", "token", "now"?} and writes lines of {"id", "verdict", "rules"}.
exit codes: 0 valid, 1 anything else, 2 usage or configuration
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
    made.add_argument("--json", action="store_true", help="write the result as one JSON object")
    made.add_argument(
        "--jsonl", action="store_true", help="judge many: JSON lines on stdin, JSON lines on stdout"
    )
    return made


def run(args: argparse.Namespace) -> int:
    """Judge what the arguments name; return 0 only if every token is valid."""
    key = tokens.read_key(args.key_file)
    now = tokens.moment(args.now)
    if args.jsonl:
        from slurm_jwt_conformance.cli import check_lines

        return check_lines.run(args, key, now)
    from slurm_jwt import examine

    source = tokens.read_token(args)
    at = int(time.time()) if now is None else now
    result = examine(source.token, key, at)
    if args.json:
        print(json.dumps(as_json(source.token, key, at, result), indent=2, ensure_ascii=True))
    else:
        print_text(source, key, at, result)
    return 0 if result.verdict == "valid" else 1


def as_json(token: bytes, key: bytes | None, now: int, result: Examination) -> dict[str, object]:
    """Return the result as `--json` shows it: fingerprints, never the token or the key."""
    from slurm_jwt.keys import fingerprint, token_fingerprint

    return {
        "verdict": result.verdict,
        "now": now,
        "token_sha256": token_fingerprint(token),
        "key_fingerprint": None if key is None else fingerprint(key),
        "findings": [_finding_json(finding) for finding in result.findings],
        "not_checked": list(result.not_checked),
        "header": result.header,
        "claims": result.claims,
    }


def _finding_json(finding: Finding) -> dict[str, object]:
    from slurm_jwt.rules import BY_ID

    rule = BY_ID[finding.rule]
    return {
        "rule": rule.id,
        "severity": rule.severity,
        "found": finding.found,
        "expected": rule.sentence,
        "sources": list(rule.sources),
        "hint": rule.hint,
    }


def print_text(source: tokens.Source, key: bytes | None, now: int, result: Examination) -> None:
    """Print verdict and findings for a person."""
    from slurm_jwt.rules import BY_ID

    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)) if 0 <= now < 2**37 else str(now)
    print(f"{result.verdict}: token of {len(source.token)} bytes from {source.place}, judged at {moment}")
    for finding in result.findings:
        rule = BY_ID[finding.rule]
        print(f"\n{rule.severity}[{rule.id}] {rule.sentence}")
        print(f"  found:  {finding.found}")
        print(f"  source: {'; '.join(rule.sources)}")
        print(f"  do:     {rule.hint}")
    if result.not_checked:
        print(f"\nnot checked: {', '.join(result.not_checked)}")
    if key is None:
        print("\nWithout a key the signature is not checked; give it with --key-file.", file=sys.stderr)
