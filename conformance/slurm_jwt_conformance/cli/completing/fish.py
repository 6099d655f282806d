"""The completion for fish, 3.0 or later, with what each option is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.cli.completing.model import Model, Node, Option

_HEAD = """\
# Completion of slurm-jwt for fish. To have it now:  slurm-jwt completion fish | source
# To have it always: keep it as ~/.config/fish/completions/slurm-jwt.fish

# Whether these are the words before the cursor, from the first on.
function __slurm_jwt_at
    set -l words (commandline -opc)[2..-1]
    test (count $words) -ge (count $argv); or return 1
    for index in (seq (count $argv))
        test "$words[$index]" = "$argv[$index]"; or return 1
    end
end

# Whether no command was typed yet below these words.
function __slurm_jwt_below
    set -l words (commandline -opc)[2..-1]
    test (count $words) -eq (count $argv); and begin
        test (count $argv) -eq 0; or __slurm_jwt_at $argv
    end
end

complete -c slurm-jwt -f
"""

_ARGUMENTS = {
    "file": "-r -F",
    "folder": "-x -a '(__fish_complete_directories)'",
    "user": "-x -a '(__fish_complete_users)'",
    "": "-x",
}
_PLACES = {
    "file": "-F",
    "folder": "-a '(__fish_complete_directories)'",
    "user": "-a '(__fish_complete_users)'",
    "command": "-a '(__fish_complete_command)'",
}


def script(model: Model) -> str:
    """Return the script that a fish loads."""
    return "\n".join([_HEAD, *_lines(model)]) + "\n"


def _lines(model: Model) -> Iterator[str]:
    for kind, words in model.words.items():
        yield f"set -g __slurm_jwt_words_{kind} {' '.join(map(_quoted, words))}"
    yield ""
    yield "complete -c slurm-jwt -n __slurm_jwt_below -s h -l help -d 'show help'"
    yield "complete -c slurm-jwt -n __slurm_jwt_below -l version -d 'show the version'"
    for node in model.commands:
        yield f"complete -c slurm-jwt -n __slurm_jwt_below -a {node.path[0]} -d {_quoted(node.help)}"
    for node in model.nodes():
        yield ""
        yield from _node(node)


def _node(node: Node) -> Iterator[str]:
    path = " ".join(node.path)
    for child in node.children:
        below = f"complete -c slurm-jwt -n '__slurm_jwt_below {path}'"
        yield f"{below} -a {child.path[-1]} -d {_quoted(child.help)}"
    start = f"complete -c slurm-jwt -n '__slurm_jwt_{'below' if node.children else 'at'} {path}'"
    for option in node.options:
        yield f"{start} {_option(option)}"
    for kind in dict.fromkeys(each.kind for each in node.positionals if each.kind):
        yield f"{start} {_PLACES.get(kind) or _list(kind)}"


def _option(option: Option) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    taken = ""
    if option.takes:
        kind = option.takes[0]
        taken = f" {_ARGUMENTS.get(kind) or '-x ' + _list(kind)}"
    return f"{names}{taken} -d {_quoted(option.help)}"


def _list(kind: str) -> str:
    return f"-a '$__slurm_jwt_words_{kind}'"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
