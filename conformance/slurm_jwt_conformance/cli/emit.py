"""Write what a command reports: text to stdout where stdout is free, and each format to its place."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import options

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from slurm_jwt_conformance.cli.options import Output
    from slurm_jwt_reports.diagnostic import Document
    from slurm_jwt_reports.output import File


def emit(
    document: Document,
    output: Output,
    *,
    read: Collection[str] = (),
    companions: Sequence[File] = (),
    page: File | None = None,
) -> int:
    """Write the document in every format of `output`; return the exit code of its outcome.

    read: files that this command read; they are never replaced. companions: more files to write. page: the
    command's own page, which --html writes instead of the document's. All places are checked before the
    first output.
    """
    places = output.places
    options.demand_different([*places.values(), *(file.path for file in companions)])
    texts = {name: _text(name, document) for name in places if page is None or name != "html"}
    files = [*_files({name: places[name] for name in texts}, texts), *([page] if page else []), *companions]
    _write(files, read, overwrite=output.overwrite)
    to_stdout = next((text for name, text in texts.items() if places[name] == options.STDOUT), None)
    sys.stdout.write(_plain(document) if to_stdout is None else to_stdout)
    return document.outcome.exit_code if document.outcome else 0


def print_json(value: object) -> None:
    """Write a Struct or a value of JSON to stdout, indented and in ASCII."""
    import json

    import msgspec

    from slurm_jwt_reports.terminal import plain_json

    print(plain_json(json.dumps(msgspec.to_builtins(value), indent=2)), flush=True)


def check_places(output: Output, companions: Sequence[File] = (), *, page_kind: str = "html") -> None:
    """Raise a Problem if an output cannot be written; call this before work that takes time.

    page_kind: of the generator mark of a command's own page.
    """
    places = output.places
    options.demand_different([*places.values(), *(file.path for file in companions)])
    if not places and not companions:
        return
    from slurm_jwt_reports.output import replaceable

    for file in [*_files(places, dict.fromkeys(places, "")), *companions]:
        kind = page_kind if file.kind == "html" else file.kind
        replaceable(file._replace(kind=kind), overwrite=output.overwrite)


def _text(name: str, document: Document) -> str:
    from slurm_jwt_reports import formats

    return formats.render(name, document)


def _plain(document: Document) -> str:
    from slurm_jwt_reports import terminal
    from slurm_jwt_reports.formats import text

    return text.render(document, terminal.style(sys.stdout))


def _files(places: Mapping[str, str], texts: Mapping[str, str]) -> list[File]:
    if not places:
        return []
    from slurm_jwt_reports.output import File

    return [File(place, texts[name], name) for name, place in places.items() if place != options.STDOUT]


def _write(files: Sequence[File], read: Collection[str], *, overwrite: bool) -> None:
    if not files:
        return
    from slurm_jwt_reports.output import write_all
    from slurm_jwt_reports.redaction import concealed

    write_all(files, overwrite=overwrite, read=read)
    print(f"written: {', '.join(concealed(file.path) for file in files)}", file=sys.stderr)
