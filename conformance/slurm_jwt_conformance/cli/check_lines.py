"""`slurm-jwt check --jsonl` and `--lines`: many tokens, in constant memory, on all processors."""

from __future__ import annotations

import os
import stat
import sys
import time
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.check.bulk.tally import Tally
    from slurm_jwt_conformance.site.check.bulk.task import Task
    from slurm_jwt_reports.progress import Progress

SUMMARY = "check summary"
"""The kind of the file that --summary writes."""

QUIET_SECONDS = 1.0
"""How long a run lasts before progress is shown, the second that Progress lets pass not counted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for many tokens."""
    group = parser.add_argument_group("many tokens")
    form = group.add_mutually_exclusive_group()
    form.add_argument(
        "--jsonl", action="store_true", help='judge lines of {"id", "token", "now"?} from FILEs or stdin'
    )
    form.add_argument(
        "--lines", action="store_true", help="judge lines that are bare tokens; their numbers are their ids"
    )
    group.add_argument("--summary", metavar="FILE", help="write the counts to FILE as JSON")
    group.add_argument(
        "--jobs", type=_jobs, metavar="N", help="processes that judge (default: one a processor)"
    )
    group.add_argument("files", nargs="*", metavar="FILE", help="with --jsonl and --lines: read these")


def _jobs(text: str) -> int:
    from argparse import ArgumentTypeError

    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 256):
        raise ArgumentTypeError(f"{text!r} is no number from 1 to 256")
    return int(text)


class Lines(NamedTuple):
    """Many tokens. sources: files of lines, "-" for stdin. bare: each line is a token.

    token_files: the lines are those of --token-file. summary: the file for the counts. policy: its file.
    """

    sources: tuple[str, ...]
    bare: bool
    token_files: bool
    summary: str | None
    jobs: int | None
    overwrite: bool
    policy: str | None


def asked_for(args: argparse.Namespace) -> Lines | None:
    """Return what the arguments say of many tokens, None for one; a Problem if they are for both."""
    several = len(args.token_files) > 1
    if several and (args.token is not None or args.jsonl):
        raise Problem("Several --token-file cannot be combined with TOKEN or --jsonl.", "Drop one of them.")
    if several or args.jsonl or args.lines:
        if args.json or (args.token_files and not several):
            raise Problem(
                "Lines are read from stdin or FILEs: drop --token-file and --json (--jsonl, --lines)."
            )
        names = args.token_files if several else [args.token, *args.files]
        sources = tuple(name for name in names if name is not None)
        return Lines(sources, not args.jsonl, several, args.summary, args.jobs, args.overwrite, args.policy)
    for given, name in (
        (args.files, "More than one TOKEN"),
        (args.summary, "--summary"),
        (args.jobs, "--jobs"),
    ):
        if given:
            raise Problem(f"{name} is for many tokens.", "Add --jsonl or --lines.")
    return None


def run(asked: Lines, task: Task) -> int:
    """Judge each line; return 0 if all pass, 1 if one does not, 2 if a line is unusable."""
    from contextlib import closing  # slow to load for a check of one token

    from slurm_jwt_conformance.site.check.bulk import lines, run, tally

    counted = tally.nothing()
    if asked.summary:
        from slurm_jwt_reports import output

        file = output.File(asked.summary, "", SUMMARY)
        output.replaceable(file, overwrite=asked.overwrite, read=_inputs(asked, task))
    show = _Progress()
    sys.stdout.flush()
    with (
        closing(lines.Feed(_sources(asked.sources))) as feed,
        closing(run.answers(task, feed, asked.jobs or run.usual_jobs())) as answers,
    ):
        for answer in answers:
            sys.stdout.buffer.write(answer.text)
            sys.stdout.buffer.flush()
            counted = tally.add(counted, answer.tally)
            show.reached(counted.tokens)
    _sum_up(counted, asked)
    return counted.code


def _inputs(asked: Lines, task: Task) -> list[str]:
    """Return the files that this command reads."""
    return [*asked.sources, *([asked.policy] if asked.policy else []), *task.question.found.files]


def _sources(names: tuple[str, ...]) -> Iterator[tuple[str | None, BinaryIO]]:
    """Return what is to be read; all files are looked at before the first one is read."""
    if names in {(), ("-",)}:
        if sys.stdin is None or sys.stdin.closed:
            raise Problem("stdin is closed.", "Name the files that hold the lines.")
        return iter([(None, sys.stdin.buffer)])
    for name in names:
        _demand_readable(name)
    return ((name if len(names) > 1 else None, _open(name)) for name in names)


def _demand_readable(name: str) -> None:
    try:
        status = os.stat(name)  # noqa: PTH116 - keeps the name as it was given
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None
    # What the shell has opened for us, as in <(...), may be a pipe; opening any other could wait for ever.
    if not stat.S_ISREG(status.st_mode) and not name.startswith(("/dev/fd/", "/proc/self/fd/", "/dev/stdin")):
        raise Problem(f"{name!a} is not a regular file.", "Name a file of lines, or use stdin.")
    if not os.access(name, os.R_OK):
        raise _unreadable(name, PermissionError(13, "Permission denied"))


def _open(name: str) -> BinaryIO:
    try:
        return open(name, "rb", buffering=0)  # noqa: PTH123 - the feed closes it
    except OSError as error:
        raise _unreadable(name, error) from None


def _unreadable(name: str, error: OSError | ValueError) -> Problem:
    reason = error.strerror if isinstance(error, OSError) else "that is no file name"
    return Problem(f"Cannot read {name!a}: {reason}.")


def _sum_up(counted: Tally, asked: Lines) -> None:
    """Write the summary to its file, or for a person to stderr."""
    from slurm_jwt.strict.rules import BY_ID
    from slurm_jwt_conformance.site.check.bulk import tally

    if asked.summary:
        from slurm_jwt_conformance.site.check.bulk.summary import summary
        from slurm_jwt_reports import output
        from slurm_jwt_reports.formats.json_text import text_of

        file = output.File(asked.summary, text_of(summary(counted)), SUMMARY)
        output.write(file, overwrite=asked.overwrite)
        return
    for line in tally.as_text(counted, {name: rule.sentence for name, rule in BY_ID.items()}):
        print(line, file=sys.stderr)


class _Progress:
    """Says on stderr how far a run is that takes more than two seconds."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._ticker: Progress | None = None

    def reached(self, count: int) -> None:
        """Take note that so many tokens are judged."""
        if self._ticker is not None:
            self._ticker.reached(count, "tokens")
        elif time.monotonic() - self._begun > QUIET_SECONDS:
            from slurm_jwt_reports.progress import Progress

            self._ticker = Progress(lambda text: print(text, file=sys.stderr, flush=True))
