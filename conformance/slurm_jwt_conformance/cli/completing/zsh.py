"""The completion for zsh, with what each option is for; to be evaluated, or kept as _slurm-jwt in fpath."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slurm_jwt_conformance.cli.completing.model import Model, Node, Option, Positional

_HEAD = """\
#compdef slurm-jwt
# Completion of slurm-jwt for zsh. To have it now:  eval "$(slurm-jwt completion zsh)"
# To have it always: keep it as _slurm-jwt in a folder of fpath.

"""

_TAIL = """\
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _slurm-jwt "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _slurm-jwt slurm-jwt
fi
"""

_RUN = """\
# A command of its own, with its arguments, after the -- that sets it apart.
_slurm-jwt-exec() {
    if [[ $words[1] == -- ]]; then
        shift words
        (( CURRENT-- ))
    fi
    _normal
}
"""

_TOP = ("(- : *)-h[show help]", "(- : *)--help[show help]", "(- : *)--version[show the version]")
_ACTIONS = {"file": "_files", "folder": "_files -/", "user": "_users", "command": "_slurm-jwt-exec", "": ""}


def script(model: Model) -> str:
    """Return the script that a zsh loads."""
    functions = [_RUN, *(_words(kind, words) for kind, words in model.words.items())]
    functions.append(_parent("_slurm-jwt", _TOP, [(node.path[-1], node.help) for node in model.commands]))
    functions += [_node(node) for node in model.nodes()]
    return "\n".join([_HEAD.rstrip("\n"), "", *functions, _TAIL])


def _words(kind: str, words: Iterable[str]) -> str:
    quoted = " ".join(map(shlex.quote, words))
    joined = "-S '' " if kind == "token" else ""  # what follows the = is written on
    return f"_slurm-jwt-words-{kind}() {{\n    local -a words=({quoted})\n    compadd {joined}-a words\n}}\n"


def _node(node: Node) -> str:
    name = "-".join(("_slurm-jwt", *node.path))
    specs = [spec for option in node.options for spec in _option(option)]
    if node.children:
        return _parent(name, specs, [(child.path[-1], child.help) for child in node.children])
    specs += [_positional(each, number) for number, each in enumerate(node.positionals, 1)]
    return f"{name}() {{\n    _arguments -S{_listed(specs)}\n}}\n"


def _parent(name: str, specs: Iterable[str], children: Iterable[tuple[str, str]]) -> str:
    """Return a function that completes options and a command, and leaves the rest to the command's own."""
    listed = _listed([*specs, "1: :->command", "*:: :->rest"])
    commands = "".join(f"\n                {shlex.quote(f'{word}:{what}')}" for word, what in children)
    return (
        f"{name}() {{\n    local curcontext=$curcontext state state_descr line\n    typeset -A opt_args\n"
        f"    _arguments -C{listed} && return\n    case $state in\n        command)\n"
        f"            local -a commands=({commands}\n            )\n"
        "            _describe -t commands command commands\n            ;;\n        rest)\n"
        f'            (( $+functions[{name}-$words[1]] )) && "{name}-$words[1]"\n'
        "            ;;\n    esac\n}\n"
    )


def _listed(specs: Iterable[str]) -> str:
    return "".join(f" \\\n        {shlex.quote(spec)}" for spec in specs)


def _option(option: Option) -> list[str]:
    before = "*" if option.repeats else f"({' '.join(option.names)})"
    explained = re.sub(r"([\[\]\\])", r"\\\1", option.help)
    after = "".join(f":{_message(kind)}:{_action(kind)}" for kind in option.takes)
    return [f"{before}{name}{_joint(name, option)}[{explained}]{after}" for name in option.names]


def _joint(name: str, option: Option) -> str:
    """Return what lets a value stand in the same word: argparse takes it so, if it is one."""
    if len(option.takes) != 1:
        return ""
    return "=" if name.startswith("--") else "+"


def _positional(each: Positional, number: int) -> str:
    where = str(number) if not each.repeats else "*:" if each.kind == "command" else "*"
    # () has no completion; without it zsh shows a message, and inserts not even an option.
    return f"{where}:{_message(each.name)}:{_action(each.kind) or '()'}"


def _message(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _action(kind: str) -> str:
    return _ACTIONS.get(kind, f"_slurm-jwt-words-{kind}")
