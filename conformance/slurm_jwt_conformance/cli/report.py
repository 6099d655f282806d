"""`slurm-jwt report`: render, compare, merge and read results of earlier runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import emit, options, subcommands
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import visible

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_reports.diagnostic import Document
    from slurm_jwt_reports.run.selection import Selection
    from slurm_jwt_reports.stream.index import Results

FORMATS = ("html", "junit", "markdown", "sarif", "badge", "json")


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt report`."""
    made = subcommands.command("report", __doc__)
    commands = subcommands.begin(made)
    _add_render(subcommands.add(commands, "render", "write a report of one run, or of several merged"))
    _add_diff(subcommands.add(commands, "diff", "say what changed from one run to another"))
    _add_merge(subcommands.add(commands, "merge", "put shards, or several libraries' runs, into one file"))
    _add_show(subcommands.add(commands, "show", "read a run in the terminal"))
    return made


def _add_render(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("files", nargs="+", metavar="FILE", help="a results.jsonl, or the folder it is in")
    verb.add_argument(
        "--format",
        action="append",
        choices=FORMATS,
        dest="formats",
        help="what to write (may be repeated; default: html, junit and markdown)",
    )
    verb.add_argument("--out", metavar="DIR", help="write there; default for a single format: stdout")
    verb.add_argument("--baseline", metavar="OLD", help="let the page show what is new since this run")
    options.add_overwrite(verb)


def _add_diff(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("old", metavar="OLD", help="the earlier run")
    verb.add_argument("new", metavar="NEW", help="the later run")
    options.add_output_options(verb)


def _add_merge(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("files", nargs="+", metavar="FILE", help="a results.jsonl, or the folder it is in")
    verb.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    options.add_overwrite(verb)


def _add_show(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", metavar="FILE", help="a results.jsonl, or the folder it is in")
    verb.add_argument("--failures", action="store_true", help="show what nothing explains, one by one")
    verb.add_argument(
        "-k", "--cases", action="append", default=[], metavar="GLOB", help="only cases whose id matches"
    )
    verb.add_argument(
        "-i",
        "--implementation",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one: an id, a glob, or a library's name",
    )
    options.add_output_options(verb)


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say; return 1 for a regression, for failures and for a run that was cut short."""
    verbs = {"render": _render, "diff": _diff, "merge": _merge, "show": _show}
    return verbs[args.action](args)


def _render(args: argparse.Namespace) -> int:
    from slurm_jwt_reports.render import USUAL, render, text_of

    results = _read_all(args.files)
    baseline = _read(args.baseline) if args.baseline else None
    _show_problems(results)
    formats = args.formats or USUAL
    if args.out is not None:
        for path in render(results, args.out, formats, baseline, overwrite=args.overwrite):
            print(visible(str(path)))
    elif len(formats) == 1:
        sys.stdout.write(text_of(results, formats[0], baseline))
    else:
        raise Problem("There are several formats and no place to write them to.", "Name one with --out DIR.")
    return 0 if results.complete else 1


def _diff(args: argparse.Namespace) -> int:
    from slurm_jwt_reports.diff.diff import diff
    from slurm_jwt_reports.diff.document import document

    emit.check_places(options.output(args))
    found = diff(_read(args.old), _read(args.new))
    return emit.emit(document(found), options.output(args), read=[str(_file(args.old)), str(_file(args.new))])


def _merge(args: argparse.Namespace) -> int:
    from slurm_jwt_reports.stream.writer import Writer

    results = _read_all(args.files)
    path = _file(args.out)
    with Writer(path, results, overwrite=args.overwrite):
        pass
    cases, implementations = len(results.cases), len(results.implementations)
    cut = "" if results.complete else "; a run was cut short"
    print(f"{visible(str(path))}: {cases:,} cases, {implementations:,} implementations{cut}")
    _show_problems(results)
    return 0 if results.complete else 1


def _show_problems(results: Results) -> None:
    for problem in results.problems:
        print(f"slurm-jwt: {problem}", file=sys.stderr)


def _show(args: argparse.Namespace) -> int:
    emit.check_places(options.output(args))
    return emit.emit(_shown(_read(args.file), args), options.output(args), read=[str(_file(args.file))])


def _shown(results: Results, args: argparse.Namespace) -> Document:
    """Return the selected outcomes, or the run in short where no outcome is selected."""
    from slurm_jwt_reports.run import document, selection

    selected = selection.Selection(args.failures, args.cases, args.implementation)
    if not (args.failures or args.cases or args.implementation):
        return document.document(results, short=True)
    _check_names(results, selected)
    return selection.document(results, selected)


def _check_names(results: Results, selection: Selection) -> None:
    """Raise a Problem for a pattern that matches nothing in the run."""
    from slurm_jwt_reports.problems import nearest
    from slurm_jwt_reports.run.selection import about, matches

    for pattern in selection.cases:
        if not any(matches(name, [pattern]) for name in results.cases):
            raise Problem(f"No case of this run matches {pattern!r}.", nearest(pattern, [*results.cases]))
    for pattern in selection.implementations:
        if not any(about(name, [pattern]) for name in results.implementations):
            hint = nearest(pattern, [*results.implementations])
            raise Problem(f"No implementation of this run matches {pattern!r}.", hint)


def _read_all(files: list[str]) -> Results:
    from slurm_jwt_reports.redaction import one_line
    from slurm_jwt_reports.stream.merge import merge

    return merge([(one_line(name), _read(name)) for name in files])


def _read(name: str) -> Results:
    from slurm_jwt_reports.stream.reader import read

    return read(_file(name))


def _file(name: str) -> Path:
    path = Path(name)
    # os.path says no to a name that is too long or cannot be; Path raises.
    return path / "results.jsonl" if os.path.isdir(name) else path  # noqa: PTH112 - see above
