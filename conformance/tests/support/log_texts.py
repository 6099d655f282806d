"""The texts that a package passes as `log=`, read from its source: values are replaced by X."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def log_texts(folder: str) -> set[str]:
    """Return every text that a call in the folder passes for an argument called log."""
    nodes = [
        node for path in Path(folder).rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]
    reader = _Reader(nodes)
    return {text for node in nodes if isinstance(node, ast.Call) for text in reader.of_call(node)} - {"", "X"}


class _Reader:
    """Reads expressions with the functions and the assignments of the whole folder."""

    def __init__(self, nodes: list[ast.AST]) -> None:
        self.functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        self.values: dict[str, list[ast.expr]] = {}
        for node in nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.values.setdefault(target.id, []).append(node.value)

    def of_call(self, call: ast.Call) -> Iterable[str]:
        for keyword in call.keywords:
            if keyword.arg == "log":
                yield from self.read(keyword.value)
        name = _name(call.func)
        names = [each.arg for each in self.functions[name].args.args] if name in self.functions else []
        names = names[1:] if names[:1] == ["self"] else names
        if "log" in names and names.index("log") < len(call.args):
            yield from self.read(call.args[names.index("log")])

    def read(self, value: ast.expr | None) -> set[str]:  # noqa: PLR0911 - one a kind of expression
        match value:
            case ast.Constant():
                return {str(value.value)}
            case ast.JoinedStr():
                parts = [
                    self.read(each) if isinstance(each, ast.Constant) else {"X"} for each in value.values
                ]
                return {"".join(each) for each in product(*parts)}
            case ast.IfExp():
                return self.read(value.body) | self.read(value.orelse)
            case ast.BinOp():
                return {a + b for a in self.read(value.left) for b in self.read(value.right)}
            case ast.Name() if value.id in self.values:
                return {text for each in self.values[value.id] for text in self.read(each)}
            case ast.Call() if (name := _name(value.func)) in self.functions:
                returns = [each for each in ast.walk(self.functions[name]) if isinstance(each, ast.Return)]
                return {text for each in returns for text in self.read(each.value)}
        return {"X"}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
