"""The process that judges blocks for `check` with many tokens: framed blocks on stdin, answers on stdout.

Everything it needs, the key too, comes in through its stdin: neither its arguments nor its environment
hold a secret. It ends when its stdin does.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from slurm_jwt_conformance.lab import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = struct.Struct("!QQ")
"""Comes before each message: how many bytes its pickle has, and how many its text."""

_START = """\
import pickle, sys
try:
    sys.path[:] = pickle.load(sys.stdin.buffer)
except (EOFError, pickle.UnpicklingError):
    sys.exit()
from slurm_jwt_conformance.site.check.bulk.worker import main
main()
"""
COMMAND = ("-P", "-c", _START)
"""Python's arguments that start a worker; the first thing that it reads is the caller's search path."""


def framed(message: object, text: bytes = b"") -> tuple[bytes, bytes]:
    """Put a message into the form in which it goes through a pipe; a long text is not copied."""
    pickled = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return HEAD.pack(len(pickled), len(text)) + pickled, text


def main() -> None:
    """Judge what comes, until nothing does."""
    for number in processes.SIGNALS:  # the parent ends this process, by its pipe or a kill
        signal.signal(number, signal.SIG_IGN)
    try:
        _work()
    except Exception as error:  # noqa: BLE001 - its text may quote a token: the kind alone is told
        from slurm_jwt_reports import trouble

        sys.exit(trouble.show_exception(error))


def _work() -> None:
    from slurm_jwt_conformance.site.check.bulk.judging import Judge
    from slurm_jwt_conformance.site.check.bulk.lines import Block

    messages = _messages(sys.stdin.buffer)
    for task, _ in messages:
        judge = Judge(task)
        with suppress(BrokenPipeError):
            for (place, first), data in messages:
                answers = judge.answer(Block(place, first, data))
                for part in framed(answers.tally, answers.text):
                    _write(sys.stdout.fileno(), part)


def _messages(stream: BinaryIO) -> Iterator[tuple[Any, bytes]]:
    while len(head := stream.read(HEAD.size)) == HEAD.size:
        sizes = HEAD.unpack(head)
        pickled, text = map(stream.read, sizes)
        if (len(pickled), len(text)) != sizes:  # the parent was killed while it wrote
            return
        yield pickle.loads(pickled), text  # noqa: S301 - of our own parent


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
