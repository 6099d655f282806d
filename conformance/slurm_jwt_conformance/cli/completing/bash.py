"""The completion for bash, 4.2 or later; it needs no bash-completion."""

from __future__ import annotations

import shlex
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slurm_jwt_conformance.cli.completing.model import Model, Node

_HEAD = """\
# Completion of slurm-jwt for bash. To have it now:  eval "$(slurm-jwt completion bash)"

# Sets words to what stands before the cursor, as typed: bash itself breaks words at = and : as well.
_slurm_jwt_words() {
    local line=${COMP_LINE:0:COMP_POINT} bare index word
    words=()
    for ((index = 0; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        bare=${line#"${line%%[![:space:]]*}"}
        ((index == COMP_CWORD)) && word=$bare
        if [[ $bare == "$line" && ${#words[@]} -gt 0 ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        line=${bare#"$word"}
    done
}

# Sets COMPREPLY to the words of a kind that begin with $cur; bash wants them without what it broke off.
_slurm_jwt_offer() {
    local list= index broken=${cur%"${cur##*[$COMP_WORDBREAKS]}"}
    case $1 in
        '') return ;;
        file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        folder) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
        user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
        command) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
        words) list=$2 ;;
"""

_AFTER_LISTS = """\
    esac
    [[ -n $list ]] && mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur")
    for index in "${!COMPREPLY[@]}"; do
        COMPREPLY[index]=${COMPREPLY[index]#"$broken"}
    done
    [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}

"""

_WALK = """\
_slurm_jwt() {
    local words cur node= index word takes kind= count=0 only=
    COMPREPLY=()
    _slurm_jwt_words
    cur=${words[${#words[@]}-1]}
    for ((index = 1; index < ${#words[@]} - 1; index++)); do
        word=${words[index]}
        if [[ -n $only ]]; then
            count=$((count + 1))
        elif [[ $word == -- ]]; then
            only=1
        elif [[ $word == -* ]]; then
            _slurm_jwt_takes "$node $word"
            while [[ -n $takes && $index -lt $((${#words[@]} - 2)) ]]; do
                takes=${takes#* }
                index=$((index + 1))
            done
            [[ -n $takes ]] && break
        elif _slurm_jwt_has "$node $word"; then
            node="$node $word"
        else
            count=$((count + 1))
        fi
    done
    if [[ -n $takes ]]; then
        kind=${takes%% *}
        _slurm_jwt_offer "${kind#-}"
    elif [[ -z $only && $cur == --*=* ]]; then
        _slurm_jwt_takes "$node ${cur%%=*}"
        local whole=$cur
        cur=${cur#*=}
        kind=${takes%% *}
        _slurm_jwt_offer "${kind#-}"
        [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/${whole%%=*}=}")
    elif [[ -z $only && $cur == -* ]]; then
        _slurm_jwt_options "$node"
        _slurm_jwt_offer words "$kind"
    else
        _slurm_jwt_place "$node" "$count"
        if [[ $kind == -* ]]; then
            _slurm_jwt_offer "${kind#-}"
        else
            _slurm_jwt_offer words "$kind"
        fi
    fi
}

complete -F _slurm_jwt slurm-jwt
"""


def script(model: Model) -> str:
    """Return the script that a bash loads."""
    return "".join([_HEAD, *_lists(model.words), _AFTER_LISTS, *_tables(model), _WALK])


def _lists(words: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for kind, each in words.items():
        yield f"        {kind}) list={shlex.quote(' '.join(each))} ;;\n"


def _tables(model: Model) -> Iterator[str]:
    nodes = model.nodes()
    roots = {"": tuple(node.path[0] for node in model.commands)}
    children = roots | {_key(node): tuple(child.path[-1] for child in node.children) for node in nodes}
    known = [f"{parent} {child}" for parent, names in children.items() for child in names]
    yield f"_slurm_jwt_has() {{\n    case $1 in\n        {_any(known)}) return 0 ;;\n"
    yield "    esac\n    return 1\n}\n\n"
    yield _function("takes", "takes", "$1", _takes(nodes), "")
    yield _function(
        "options", "kind", "$1", {_key(node): _options(node) for node in nodes}, "--help --version"
    )
    places = {f"{key}:0": " ".join(names) for key, names in children.items() if names}
    for node in nodes:
        places |= _places(node)
    yield _function("place", "kind", "$1:$2", places, "")


def _takes(nodes: list[Node]) -> dict[str, str]:
    """Return for each option that takes words their kinds, each behind a dash and before a blank."""
    return {
        f"{_key(node)} {name}": "".join(f"-{kind} " for kind in option.takes)
        for node in nodes
        for option in node.options
        for name in option.names
        if option.takes
    }


def _options(node: Node) -> str:
    return " ".join(name for option in node.options for name in option.names)


def _places(node: Node) -> dict[str, str]:
    found = {}
    for number, each in enumerate(node.positionals):
        found[f"{_key(node)}:{'*' if each.repeats else number}"] = f"-{each.kind}"
    return found


def _key(node: Node) -> str:
    return "".join(f" {word}" for word in node.path)


def _function(name: str, variable: str, subject: str, table: Mapping[str, str], otherwise: str) -> str:
    """Return a function that sets a variable by a table; equal values share a line."""
    keys = defaultdict(list)
    for key, value in table.items():
        keys[value].append(key)
    lines = [
        f"        {_any(each)}) {variable}={shlex.quote(value)} ;;" for value, each in keys.items() if value
    ]
    rest = f"        *) {variable}={shlex.quote(otherwise)} ;;"
    return (
        f"_slurm_jwt_{name}() {{\n    case {subject} in\n" + "\n".join([*lines, rest]) + "\n    esac\n}\n\n"
    )


def _any(keys: list[str]) -> str:
    """Return a pattern of `case` for these keys; a star at the end is a pattern's own."""
    return " | ".join(
        f"{shlex.quote(key.removesuffix('*'))}{'*' if key.endswith('*') else ''}" for key in keys
    )
