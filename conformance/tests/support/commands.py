"""For tests of every command at once: call them in this process, and walk their parsers."""

from __future__ import annotations

import argparse
import importlib
import io
import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

from slurm_jwt_conformance.cli import COMMANDS, main

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Called(NamedTuple):
    """What came of a call: its exit code, and every byte that it wrote."""

    code: int
    out: bytes
    err: bytes

    @property
    def written(self) -> bytes:
        """Return both streams."""
        return self.out + b"\n" + self.err


def call(words: Sequence[str], stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Called:
    """Run `slurm-jwt` with these words; what its child processes write goes to this process's streams.

    environment: variables that are set for the call, beside those that there are.
    """
    out, err = io.BytesIO(), io.BytesIO()
    given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    shown = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
    told = io.TextIOWrapper(err, encoding="utf-8", write_through=True)
    with (
        mock.patch.multiple("sys", stdin=given, stdout=shown, stderr=told),
        mock.patch.dict(os.environ, environment or {}),
    ):
        try:
            code = main(words)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    return Called(code, out.getvalue(), err.getvalue())


REACHING: dict[str, list[str]] = {
    "check": ["--no-discovery"],
    "run": ["-i", "reference", "-k", "exp.missing", "--out", "r"],
    "report render": ["--format", "markdown"],
    "report merge": ["--out", "merged.jsonl"],
    "fuzz": ["--count", "1"],
    "doctor": ["--release", "24.11"],
    "contract": ["--release", "24.11"],
    "rotate": ["--release", "24.11"],
    "changes": ["22.05", "24.11", "--no-discovery"],
    "probe": ["--bin-dir", "."],
}
"""Words that let a call of a command get as far as the word that is tried."""


@contextmanager
def no_daemons() -> Iterator[None]:
    """Let every attempt to start one of Slurm's daemons fail, as where there are none."""
    from slurm_jwt_conformance.lab.errors import SlurmError
    from slurm_jwt_conformance.lab.sandbox import sandbox

    def refuse(*_given: object, **_named: object) -> None:
        raise SlurmError("no daemons here")

    starts = (
        "daemons.cluster.Cluster.__init__",
        "plugin.oracle.PluginOracle.__init__",
        "service.background.detach",
        "service.server.hold",
    )
    with ExitStack() as stack:
        for start in starts:
            stack.enter_context(mock.patch(f"slurm_jwt_conformance.lab.{start}", refuse))
        # Tests hide the machine's programs from a command: what it found out so holds for nobody else.
        stack.callback(sandbox.possible_mode.cache_clear)
        yield


def parsers() -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Yield every command and subcommand as it is typed, with its parser."""
    for name in COMMANDS:
        yield from _walk((name,), importlib.import_module(f"slurm_jwt_conformance.cli.{name}").parser())


def _walk(
    path: tuple[str, ...], parser: argparse.ArgumentParser
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    yield path, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield from _walk((*path, name), child)


def leaves() -> dict[tuple[str, ...], argparse.ArgumentParser]:
    """Return the commands and subcommands that do something themselves."""
    found = dict(parsers())
    parents = {path[:1] for path in found if len(path) > 1}
    return {path: parser for path, parser in found.items() if path not in parents}


def values(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, int]]:
    """Yield each option and positional that takes words: name ("" for a positional), metavar, count."""
    for action in parser._actions:
        if action.nargs == 0 or action.help == argparse.SUPPRESS or action.choices is not None:
            continue
        metavar = action.metavar[0] if isinstance(action.metavar, tuple) else action.metavar
        name = action.option_strings[-1] if action.option_strings else ""
        yield name, metavar or action.dest.upper(), action.nargs if isinstance(action.nargs, int) else 1
