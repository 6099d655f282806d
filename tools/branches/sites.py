"""Every place in the model of slurmctld where a token, or a part of it, may be turned away.

Read from the model's own source text, so that a branch put in there is a branch here at once: calls that
make a refusal, `raise`, and returns of what stands for failure. A condition of several parts joined by `or`
is as many places. The catalogue of branches is held against this list.
"""

from __future__ import annotations

import ast
import inspect
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import base64s, jansson, jansson_exact, jsonc, jsonc_numbers, libjwt, plugin, users

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

MODULES: tuple[ModuleType, ...] = (
    plugin,
    libjwt,
    base64s,
    jansson,
    jansson_exact,
    jsonc,
    jsonc_numbers,
    users,
)
"""The modules that a token meets, from the plugin inwards."""

_MAKERS = frozenset({"Rejected", "_refused", "_undecodable", "_user_refused"})
_FAILURES = frozenset({"None", "INVALID", "END", "NOBODY", "b''"})


class Site(NamedTuple):
    """One place: `module.function`, what tells it from others there, and its lines.

    `text` is the message of a refusal or an error ({} where something is filled in), the condition of a bare
    return; behind " if " stands the part of an `or` that leads there. Twins within a function get a number.
    """

    function: str
    text: str
    first: int
    last: int

    @property
    def key(self) -> str:
        """Function and text: the place's name, which no blank line above it changes."""
        return f"{self.function}: {self.text}"


@cache
def sites() -> tuple[Site, ...]:
    """Return every place, in the order of the source."""
    named = ((module.__name__.rpartition(".")[2], inspect.getsource(module)) for module in MODULES)
    return tuple(site for name, source in named for site in sites_of(source, name))


def sites_of(source: str, name: str) -> tuple[Site, ...]:
    """Return the places in a module's source text; the name stands before the functions' names."""
    return tuple(_numbered(_of_source(source, name)))


def _numbered(found: Iterator[Site]) -> Iterator[Site]:
    seen: dict[str, int] = {}
    for site in found:
        count = seen[site.key] = seen.get(site.key, 0) + 1
        yield site if count == 1 else site._replace(text=f"{site.text} ({count})")


def _of_source(source: str, name: str) -> Iterator[Site]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name not in _MAKERS:
            yield from _of_statements(node.body, f"{name}.{node.name}", [])


def _of_statements(body: list[ast.stmt], function: str, guards: list[str]) -> Iterator[Site]:
    """Walk statements; `guards` are the parts of the innermost condition."""
    for statement in body:
        if isinstance(statement, ast.Raise | ast.Return | ast.Assign):
            yield from _of_statement(statement, function, guards)
        for field in ("body", "orelse", "handlers"):
            inner = getattr(statement, field, [])
            within = guards
            if isinstance(statement, ast.If):
                within = _parts(statement.test) if field == "body" else ["else"]
            yield from _of_statements(inner, function, within)


def _of_statement(
    statement: ast.Raise | ast.Return | ast.Assign, function: str, guards: list[str]
) -> Iterator[Site]:
    texts: list[str] = []
    if isinstance(statement, ast.Raise):
        texts = _with_parts(_message(statement.exc), guards)
    elif isinstance(statement.value, ast.Call) and _called(statement.value) in _MAKERS:
        texts = _with_parts(_message(statement.value), guards)
    elif isinstance(statement, ast.Return) and _is_text(statement.value):
        texts = _with_parts(_shown(statement.value), guards)
    elif isinstance(statement.value, ast.IfExp):
        texts = _of_choice(statement.value)
    elif isinstance(statement, ast.Return) and _shown(statement.value) in _FAILURES:
        texts = guards or ["otherwise"]
    for text in texts:
        yield Site(function, text, statement.lineno, statement.end_lineno or statement.lineno)


def _of_choice(value: ast.IfExp) -> list[str]:
    if _shown(value.orelse) in _FAILURES:
        return [f"not ({ast.unparse(value.test)})"]
    return _parts(value.test) if _shown(value.body) in _FAILURES else []


def _with_parts(message: str, guards: list[str]) -> list[str]:
    return [message] if len(guards) < 2 else [f"{message} if {part}" for part in guards]


def _parts(test: ast.expr) -> list[str]:
    values = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) else [test]
    return [ast.unparse(value) for value in values]


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _message(made: ast.expr | None) -> str:
    """Return the last argument: of a refusal why, of an error its message."""
    return _shown(made.args[-1]) if isinstance(made, ast.Call) and made.args else _shown(made)


def _is_text(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and bool(value.value)


def _shown(value: ast.expr | None) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, ast.JoinedStr):
        return "".join(_shown(part) if isinstance(part, ast.Constant) else "{}" for part in value.values)
    return "None" if value is None else ast.unparse(value)
