"""Write the table of Slurm's log lines for `slurm-jwt explain`: site/explain/data/slurm_lines.json.

    git clone --bare https://github.com/SchedMD/slurm slurm.git
    python -m tools.slurm_lines slurm.git

The command reads the sources of every release that the repository has a tag for, without release candidates.
A row of the table is a line that a function logs: its format string, its level, its first and last series.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.explain.table import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIOUS = frozenset({"error", "fatal", "warning"})
EVERY = SERIOUS | {"info", "verbose", "debug", "debug2", "debug3", "debug4", "debug5"}


class Source(NamedTuple):
    """A file of Slurm, the levels of its lines that the table has, and the functions (empty: all)."""

    path: str
    levels: frozenset[str]
    functions: frozenset[str] = frozenset()


_THREAD = frozenset({"slurm_auth_thread_config", "auth_p_thread_config"})
SOURCES = (
    Source("src/plugins/auth/jwt/auth_jwt.c", EVERY),
    Source("src/plugins/auth/jwt/pem_key.c", EVERY),
    Source("src/plugins/auth/jwt/http_auth_jwt.c", EVERY),
    Source("src/plugins/auth/common/auth_common.c", EVERY),
    Source("src/slurmrestd/plugins/auth/jwt/jwt.c", EVERY),
    Source("src/slurmrestd/rest_auth.c", SERIOUS),
    Source("src/slurmrestd/slurmrestd.c", SERIOUS),
    Source("src/slurmrestd/operations.c", SERIOUS, frozenset({"operations_router", "_call_handler"})),
    Source("src/plugins/auth/munge/auth_munge.c", SERIOUS, _THREAD),
    Source("src/plugins/auth/slurm/auth_slurm.c", SERIOUS, _THREAD),
    Source("src/slurmctld/proc_req.c", SERIOUS, frozenset({"_slurm_rpc_auth_token"})),
)

_TAG = re.compile(r"slurm-(\d+)-(\d+)-(\d+)-\d+")
_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
_FUNCTION = re.compile(r"^[A-Za-z][\w \t*]*?\b(\w+)\s*\((?:[^;{}()]|\([^()]*\))*\)\s*\{", re.MULTILINE)
_CALL = re.compile(r"\b(error_in_daemon|error|fatal_abort|fatal|warning|info|verbose|debug[2-5]?)\(")
_PIECE = re.compile(r'"((?:\\.|[^"\\])*)"|\b(PRI[a-z]+)\d*\b')
_VALUE = re.compile(r"%(?:%|[-+ #0]*\d*(?:\.\d+)?(?:hh|h|ll|l|z)?[a-zA-Z])")
_NAMES = {
    "plugin_name": "JWT authentication plugin",
    "plugin_type": "auth/jwt",
    "HTTP_HEADER_USER_TOKEN": "X-SLURM-USER-TOKEN",
    "HTTP_HEADER_USER_NAME": "X-SLURM-USER-NAME",
    "HTTP_HEADER_AUTH": "Authorization",
}
"""Arguments whose text is the same in every line."""


class Line(NamedTuple):
    """A line that a function logs."""

    file: str
    function: str
    level: str
    format: str


def main(arguments: list[str]) -> int:
    """Write the table from the repository that the argument names."""
    repository = arguments[0]
    versions = tags(repository)
    found: dict[Line, set[str]] = {}
    for tag, series in versions.items():
        for source in SOURCES:
            for line in lines(_text(repository, tag, source.path), source):
                found.setdefault(line, set()).add(series)
    PLACE.write_text(table(found, list(versions)), "utf-8")
    print(f"{PLACE.name}: {len(found)} lines of {len(versions)} releases")
    return 0


def tags(repository: str) -> dict[str, str]:
    """Return the tag of each release with its series, the oldest first."""
    listed = subprocess.run(
        ["git", "-C", repository, "tag"], capture_output=True, check=True, text=True
    ).stdout.split()
    matches = [match for tag in listed if (match := _TAG.fullmatch(tag))]
    matches.sort(key=lambda match: tuple(map(int, match.groups())))
    series = {match.group(): f"{match[1]}.{match[2]}" for match in matches}
    return {tag: name for tag, name in series.items() if name in releases.series()}


def _text(repository: str, tag: str, path: str) -> str:
    """Return a file of this release, or "" if the release does not have it."""
    shown = subprocess.run(
        ["git", "-C", repository, "show", f"{tag}:{path}"], capture_output=True, check=False, text=True
    )
    return shown.stdout


def lines(text: str, source: Source) -> Iterator[Line]:
    """Return every line that the file logs at the source's levels."""
    code = _COMMENT.sub(lambda match: match.group() if match.group()[0] == '"' else " ", text)
    functions = [(match.start(), match[1]) for match in _FUNCTION.finditer(code)]
    for call in _CALL.finditer(code):
        level = {"error_in_daemon": "error", "fatal_abort": "fatal"}.get(call[1], call[1])
        function = next((name for start, name in reversed(functions) if start < call.start()), "")
        if level in source.levels and (not source.functions or function in source.functions):
            shown = logged(arguments_of(code, call.end()), function)
            if shown:
                yield Line(source.path, function, level, shown)


def arguments_of(code: str, start: int) -> list[str]:
    """Return the arguments of the call whose opening parenthesis ends before `start`."""
    parts, depth, at = [""], 0, start
    while depth >= 0 and at < len(code):
        string = re.compile(r'"(?:\\.|[^"\\])*"').match(code, at)
        piece = string.group() if string else code[at]
        depth += (piece == "(") - (piece == ")")
        if piece == "," and depth == 0:
            parts.append("")
        elif depth >= 0:
            parts[-1] += piece
        at += len(piece)
    return [part.strip() for part in parts]


def logged(arguments: list[str], function: str) -> str:
    """Return the format string with the names filled in that are the same in every line."""
    names = {**_NAMES, "__func__": function}
    text = "".join(match[1] if match[2] is None else "ld" for match in _PIECE.finditer(arguments[0]))
    values = iter(arguments[1:])

    def fill(match: re.Match[str]) -> str:
        if match.group() in {"%%", "%m"}:
            return match.group()
        return names.get(next(values, ""), match.group())

    text = text.replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t")
    return _VALUE.sub(fill, text)


def table(found: dict[Line, set[str]], versions: list[str]) -> str:
    """Return the table as JSON, one row a line of text."""
    order = releases.series()
    newest = [tag for tag, after in zip(versions, [*versions[1:], ""], strict=True) if tag[:11] != after[:11]]
    head = {"origin": "https://github.com/SchedMD/slurm", "licence": "GPL-2.0-or-later", "newest": newest}
    rows = [
        json.dumps({**line._asdict(), "since": since, "until": until})
        for line in sorted(found)
        for since, until in spans([order.index(name) for name in found[line]], order)
    ]
    body = ",\n".join(rows)
    return json.dumps(head)[:-1] + ', "lines": [\n' + body + "\n]}\n"


def spans(numbers: list[int], order: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Return the first and last series of each run of series without a gap."""
    for number in sorted(numbers):
        if number - 1 not in numbers:
            last = number
            while last + 1 in numbers:
                last += 1
            yield order[number], order[last]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
