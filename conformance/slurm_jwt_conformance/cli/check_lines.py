"""`slurm-jwt check --jsonl`: many tokens as JSON lines, one at a time, in constant memory."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from slurm_jwt_conformance.checking.judged import check, passes, slurm_json
from slurm_jwt_conformance.cli import tokens
from slurm_jwt_conformance.problems import Problem

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from slurm_jwt_conformance.checking.predicted import Site

MOST_BYTES = 16 * 1024 * 1024
"""The longest line that is read: a token of 1 MB with every character escaped still fits."""


class Task(NamedTuple):
    """What all lines share: the key, the moment (None: the clock's), the site, and who judges."""

    key: bytes | None
    now: int | None
    where: Site | None
    judge: str


def run(args: argparse.Namespace, task: Task) -> int:
    """Judge each line of stdin; return 0 if all pass, 1 if one does not, 2 if a line is unusable."""
    if args.token or args.token_file or args.json:
        raise Problem("--jsonl reads tokens from stdin: drop TOKEN, --token-file and --json.")
    code = 0
    for number, line in enumerate(_lines(sys.stdin.buffer), 1):
        answer, found = judge_line(line, number, task)
        sys.stdout.write(json.dumps(answer) + "\n")
        code = max(code, found)
    return code


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of `stream`; of a line over the limit only its head, which is no JSON any more."""
    while line := stream.readline(MOST_BYTES):
        if not line.endswith(b"\n"):
            while (rest := stream.readline(MOST_BYTES)) and not rest.endswith(b"\n"):
                pass
        if line.strip():
            yield line


def judge_line(line: bytes, number: int, task: Task) -> tuple[dict[str, object], int]:
    """Return the answer to one line, and the exit code that it alone would give."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return {"id": None, "line": number, "error": "not a JSON object on one line of at most 16 MiB"}, 2
    problem = _complaint(request)
    if problem:
        name = request.get("id") if isinstance(request, dict) else None
        return {"id": name, "line": number, "error": problem}, 2
    at = request.get("now", task.now)
    token = tokens.bare(request["token"].encode("utf-8", "surrogatepass"))
    done = check(token, task.key, int(time.time()) if at is None else at, task.where)
    answer: dict[str, object] = {
        "id": request["id"],
        "verdict": done.result.verdict,
        "rules": [finding.rule for finding in done.result.findings],
    }
    if task.where:
        answer["slurm"] = slurm_json(done)
    return answer, 0 if passes(done, task.where, task.judge) else 1


def _complaint(request: object) -> str | None:
    if not isinstance(request, dict):
        return "not a JSON object"
    if not isinstance(request.get("token"), str):
        return "token is missing or no string"
    if "id" not in request:
        return "id is missing"
    at = request.get("now")
    if at is not None and (isinstance(at, bool) or not isinstance(at, int)):
        return "now is no integer (seconds since 1970)"
    return None
