"""Measure which branches of the model of slurmctld the cases take: docs/branches.md.

coverage.py runs the model over all cases, with one context for each case and release. A branch that no case
takes must be in NOT_TAKEN with its reason; a test compares both.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import coverage

from slurm_jwt import slurmctld
from slurm_jwt.slurmctld import parse_passwd, predict, releases
from slurm_jwt_conformance.lab.sandbox.accounts import passwd
from slurm_jwt_vectors import load
from tools import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = pages.FOLDER / "branches.md"
FOLDER = Path(slurmctld.__file__).parent
RELEASES = tuple(releases.RECORDED)
NOT_JUDGING = ("loglines.py", "releases.py", "settings.py")
"""Modules that name releases, settings and log lines; no token takes a branch there."""

HEAD = """\
# Which branches of the model the cases take

`python -m tools.regenerate branches` writes this page.

`slurm_jwt.slurmctld` is a model of slurmctld. A row is one branch of it: the function, the condition, where
the branch goes, and how many cases take it under each release. coverage.py measures the branches.
"""

NOT_TAKEN: dict[str, str] = {}
"""Branches that no case takes, with the reason."""


class Branch(NamedTuple):
    """One branch. name: function and condition. goes: "body" or "past". cases: their number by release."""

    module: str
    name: str
    goes: str
    cases: tuple[int, ...]
    example: str

    @property
    def key(self) -> str:
        """Return the name that NOT_TAKEN uses."""
        return f"{self.module}.{self.name} -> {self.goes}"


@cache
def branches() -> tuple[Branch, ...]:
    """Run the model over all cases and return every branch, in the order of the source."""
    measured = coverage.Coverage(data_file=None, branch=True, include=[str(FOLDER / "*")])
    suite, users = load(), parse_passwd(passwd())
    measured.start()
    try:
        for release in RELEASES:
            for case in suite.cases.values():
                measured.switch_context(f"{release} {case.id}")
                predict(case.token_bytes, suite.keys[case.key].bytes, release, case.now, users)
    finally:
        measured.stop()
    files = sorted(path for path in FOLDER.glob("*.py") if path.name not in NOT_JUDGING)
    return tuple(branch for path in files for branch in _of_file(measured, path))


def _of_file(measured: coverage.Coverage, path: Path) -> Iterator[Branch]:
    contexts = measured.get_data().contexts_by_lineno(str(path))
    taken = {line: set(names) for line, names in contexts.items()}
    for function, test, first, body, past in _conditions(ast.parse(path.read_text(encoding="utf-8"))):
        both = taken.get(first, set())
        inside = both & taken.get(body, set())
        outside = both & taken.get(past, set()) if past else both - inside
        for goes, names in (("body", inside), ("past", outside)):
            counts = tuple(sum(name.startswith(f"{release} ") for name in names) for release in RELEASES)
            example = min(names, default="").partition(" ")[2]
            yield Branch(path.stem, f"{function}: {test}", goes, counts, example)


def _conditions(tree: ast.Module) -> Iterator[tuple[str, str, int, int, int]]:
    """Yield function, condition, its line, and the first lines of the body and of `else` (0 without one)."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in _own_nodes(function):
                if isinstance(node, ast.If | ast.While):
                    past = node.orelse[0].lineno if node.orelse else 0
                    yield function.name, ast.unparse(node.test), node.lineno, node.body[0].lineno, past


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Walk a function without the functions inside."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef):
            pending = [*ast.iter_child_nodes(node), *pending]


def not_taken() -> dict[str, Branch]:
    """Return the branches that no case takes, by their key."""
    return {branch.key: branch for branch in branches() if not any(branch.cases)}


def complaints() -> list[str]:
    """Return what NOT_TAKEN lacks, and what it names although a case takes it."""
    missing = not_taken().keys() - NOT_TAKEN.keys()
    stale = NOT_TAKEN.keys() - not_taken().keys()
    return [f"no case takes {key}" for key in sorted(missing)] + [
        f"a case takes {key}, or the model has no such branch" for key in sorted(stale)
    ]


def page() -> str:
    """Return the page as Markdown."""
    titles = " | ".join(RELEASES)
    lines = [HEAD, f"{len(branches())} branches; {len(NOT_TAKEN)} of them are taken by no case.", ""]
    module = ""
    for branch in branches():
        if branch.module != module:
            module = branch.module
            head = f"| function: condition | goes | {titles} | a case |"
            lines += ["", f"## {module}", "", head, "|---|---|" + "---:|" * len(RELEASES) + "---|"]
        counts = " | ".join(map(str, branch.cases))
        case = f"`{branch.example}`" if branch.example else ""
        lines.append(f"| {_code(branch.name)} | {branch.goes} | {counts} | {case} |")
    lines += ["", "## Branches that no case takes", ""]
    lines += [f"- {_code(key)}: {reason}" for key, reason in NOT_TAKEN.items()]
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return f"`` {text} ``".replace("|", "\\|")


def files() -> dict[Path, bytes]:
    """Return the page."""
    return {PAGE: page().encode()}
