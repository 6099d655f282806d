"""Measure which branches of the model of slurmctld the cases take: docs/branches.md.

coverage.py runs the model over all cases, with one context for each release. A branch that no case
takes must be in NOT_TAKEN with its reason; a test compares both.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import coverage

from slurm_jwt import slurmctld
from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.lab.daemons.prediction import predicted
from slurm_jwt_vectors import load
from tools import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = pages.FOLDER / "branches.md"
FOLDER = Path(slurmctld.__file__).parent
RELEASES = tuple(releases.RECORDED)
NOT_JUDGING = ("jwks.py", "loglines.py", "releases.py", "rs256.py", "settings.py")
"""Modules of releases, settings, log lines and JWKS files; reference/tests and the lab's tests take them."""

HEAD = """\
# Which branches of the model the cases take

`python -m tools.regenerate branches` writes this page.

`slurm_jwt.slurmctld` is a model of slurmctld. A row is one branch of it: the function, the condition, where
the branch goes, and the releases under which a case takes it. coverage.py measures the branches.
"""

NO_TOKEN = ("version", "parse_passwd")
"""Functions that read a release's name or the user database: no token takes a branch there."""

_SETTING = "needs a setting of slurm.conf; reference/tests/test_slurmctld_*.py take it"
_JWKS = "needs a JWKS, which no case has; reference/tests/test_slurmctld_jwks.py and the lab's tests take it"
_NAME = "needs a name beside the token (X-SLURM-USER-NAME); reference/tests and the studies take it"
_LONG = "needs a token over 1,000,000 bytes; the model does not judge it"
_KEY = "needs a key of another kind, or a libjwt that no recorded release has; reference/tests take it"
_FAST = "the fast reader (jansson.py) refuses such a text first; reference/tests take it"
_JSONC = "needs a header text that no case has; reference/tests take it"
_CARRY = "cannot be reached: the tokener ends before it, and the branch keeps the C code's shape"
_USERS = "needs another user database than the lab's; reference/tests/test_slurmctld_users.py takes it"

_IDENTITY = "needs use_jwt_client_ids in slurm.conf; the tests of the model and of site/users take it"
_NO_USERS = "needs a call without a user database; the tests of `check` take it"

NOT_TAKEN: dict[str, str] = {
    "__init__._jwks: not path.startswith('/') -> body": _JWKS,
    "__init__._start: 'jwt_key' not in parameters and (keys is None or keys.loaded) -> body": _JWKS,
    "__init__._start: parameters and settings.unknown() -> body": _SETTING,
    "__init__.predict: len(text) > LONGEST -> body": _LONG,
    "jansson_exact.parse: kind not in {'[', '{'} -> body": _FAST,
    "jansson_exact.parse: next(tokens)[0] != 'end' -> body": _FAST,
    "jansson_exact._item: kind != ',' -> body": _FAST,
    "jansson_exact._item: kind not in {'[', '{', 'scalar', 'string'} -> body": _FAST,
    "jansson_exact._key: kind != 'string' or next(tokens)[0] != ':' -> body": _FAST,
    "jansson_exact._tokens: found is None -> body": _FAST,
    "jansson_exact._token: kind == 'word' -> body": _FAST,
    "jansson_exact._token: source not in _WORDS -> body": _FAST,
    "jansson_exact._token: source not in _WORDS -> past": _FAST,
    "jansson_exact._character: code == 0 or 55296 <= code <= 57343 -> past": _FAST,
    "jsonc._loop: self.data[self.position] == 0 -> body": _CARRY,
    "jsonc._advance: self.data[self.position] == 0 -> body": _JSONC,
    "jsonc._character: 56320 <= number <= 57343 -> past": _CARRY,
    "jsonc._need_u: code == 117 -> past": _JSONC,
    "jsonc._number: text == b'-' and code in b'Ii' -> body": _JSONC,
    "jsonc._array_add: isinstance(self.level.current, list) -> past": _CARRY,
    "jsonc._value_add: isinstance(self.level.current, dict) -> past": _CARRY,
    "plugin._choice: daemon.key == NO_KEY -> body": _JWKS,
    "plugin._hs256: daemon.key is None -> body": _JWKS,
    "plugin._libjwt_look: not daemon.release.libjwt.keyless and jwt.kind != 'NONE' -> body": _KEY,
    "plugin._rsa_key: jwks is None -> body": _JWKS,
    "plugin._other_algorithm: jwt.kind != 'NONE' and b'-----BEGIN' in (daemon.key or b'') and "
    "(b'PUBLIC KEY' in (daemon.key or b'')) -> body": _KEY,
    "plugin._user: ruling is not None -> body": _IDENTITY,
    "plugin._own_identity: state != 'complete' -> past": _IDENTITY,
    "plugin._own_identity: state == 'demanded' -> body": _IDENTITY,
    "plugin._own_identity: state == 'odd' -> body": _IDENTITY,
    "plugin._own_identity: user_name is not None -> body": _IDENTITY,
    "plugin._own_identity: user_name is not None -> past": _IDENTITY,
    "identity.state: not only and 'use_jwt_client_ids' not in parameters -> past": _IDENTITY,
    "identity.state: missing(claims) -> body": _IDENTITY,
    "identity.state: missing(claims) -> past": _IDENTITY,
    "identity.state: odd(claims) -> body": _IDENTITY,
    "identity.state: odd(claims) -> past": _IDENTITY,
    "identity.odd: not inner or not {'uid', 'gid'} <= claims.keys() -> body": _IDENTITY,
    "identity.odd: not inner or not {'uid', 'gid'} <= claims.keys() -> past": _IDENTITY,
    "identity.odd: not (isinstance(gids, list) and all(map(_number, gids))) -> body": _IDENTITY,
    "identity.odd: not (isinstance(gids, list) and all(map(_number, gids))) -> past": _IDENTITY,
    "identity.odd: not (isinstance(groups, dict) and all(map(_number, groups.values()))) -> body": _IDENTITY,
    "identity.odd: not (isinstance(groups, dict) and all(map(_number, groups.values()))) -> past": _IDENTITY,
    "plugin._user: user_name is None or user_name == user -> past": _NAME,
    "plugin._on_behalf: uid is None -> body": _NAME,
    "plugin._on_behalf: uid is None -> past": _NAME,
    "plugin._on_behalf: uid not in {0, uid_from_string(daemon.settings.slurm_user, users, rule)} "
    "-> body": _NAME,
    "plugin._on_behalf: uid not in {0, uid_from_string(daemon.settings.slurm_user, users, rule)} "
    "-> past": _NAME,
    "plugin._accepted: daemon.users is None -> body": _NO_USERS,
    "users.uid_in_charge: rule.gid_too and (uid not in users.by_uid or "
    "users.by_uid[uid].gid == NO_GID) -> body": _USERS,
}
"""Branches that no case takes, with the reason."""


class Branch(NamedTuple):
    """One branch. condition: "function: condition". goes: "body" or "past". releases: those that take it."""

    module: str
    condition: str
    goes: str
    releases: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return the name that NOT_TAKEN uses."""
        return f"{self.module}.{self.condition} -> {self.goes}"


@cache
def branches() -> tuple[Branch, ...]:
    """Run the model over all cases and return every branch, in the order of the source."""
    measured = coverage.Coverage(data_file=None, branch=True, include=[str(FOLDER / "*")])
    suite = load()
    measured.start()
    try:
        for release in RELEASES:
            measured.switch_context(release)
            for case in suite.cases.values():
                predicted(case, suite, release)
    finally:
        measured.stop()
    files = sorted(path for path in FOLDER.glob("*.py") if path.name not in NOT_JUDGING)
    return tuple(branch for path in files for branch in _of_file(measured.get_data(), path))


def _of_file(data: coverage.CoverageData, path: Path) -> Iterator[Branch]:
    arcs = {}
    for release in RELEASES:
        data.set_query_context(release)
        arcs[release] = set(data.arcs(str(path)) or ())
    for name, node in _conditions(ast.parse(path.read_text(encoding="utf-8"))):
        lines = range(node.lineno, (node.test.end_lineno or node.lineno) + 1)
        for goes in ("body", "past"):
            taken = tuple(release for release in RELEASES if _takes(arcs[release], lines, node, goes))
            yield Branch(path.stem, f"{name}: {ast.unparse(node.test)}", goes, taken)


def _takes(arcs: set[tuple[int, int]], lines: range, node: ast.If, goes: str) -> bool:
    """Return whether an arc leaves the condition's lines into its body, or past it."""
    leaving = {end for start, end in arcs if start in lines and end not in lines}
    body = node.body[0].lineno
    return body in leaving if goes == "body" else bool(leaving - {body})


def _conditions(tree: ast.Module) -> Iterator[tuple[str, ast.If]]:
    """Yield every `if` and `elif`, with the function that it belongs to."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name not in NO_TOKEN:
            yield from ((function.name, node) for node in _own_nodes(function) if isinstance(node, ast.If))


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
    return {branch.key: branch for branch in branches() if not branch.releases}


def complaints() -> list[str]:
    """Return what NOT_TAKEN lacks, and what it names although a case takes it."""
    missing = not_taken().keys() - NOT_TAKEN.keys()
    stale = NOT_TAKEN.keys() - not_taken().keys()
    return [f"no case takes {key}" for key in sorted(missing)] + [
        f"a case takes {key}, or the model has no such branch" for key in sorted(stale)
    ]


def page() -> str:
    """Return the page as Markdown."""
    lines = [HEAD, f"{len(branches())} branches; {len(NOT_TAKEN)} of them are taken by no case."]
    module = ""
    for branch in branches():
        if branch.module != module:
            module = branch.module
            lines += ["", f"## {module}", "", "| function: condition | goes | releases |", "|---|---|---|"]
        lines.append(f"| {_code(branch.condition)} | {branch.goes} | {', '.join(branch.releases)} |")
    lines += ["", "## Branches that no case takes", ""]
    lines += [f"- {_code(key)}: {reason}" for key, reason in NOT_TAKEN.items()]
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return f"`` {text} ``".replace("|", "\\|")


def files() -> dict[Path, bytes]:
    """Return the page."""
    return {PAGE: page().encode()}
