"""What can be typed: read from the commands' own parsers, so that no list of it can go stale.

A place where a word can stand has a kind: files, folders, users, commands, or one of the lists of WORDS.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE, FOLDER, USER, COMMAND, NOTHING = "file", "folder", "user", "command", ""
"""Kinds of places that are no lists. NOTHING: a token, a moment, a number, a text."""

_BY_METAVAR = {
    "FILE": FILE,
    "OLD": FILE,
    "NEW": FILE,
    "A": FILE,
    "B": FILE,
    "DIR": FOLDER,
    "R": "releases",
    "RELEASE": "releases",
    "RULE": "rules",
    "ID": "cases",
    "RULE|CASE|LINE|-": "ids",
    "-- COMMAND ...": COMMAND,
    "username=NAME|lifespan=SECONDS": "token",
    "username=NAME | lifespan=SECONDS": "token",
}
_BY_OPTION = {
    "--cases": "cases",
    "--implementation": "implementations",
    "--owner": USER,
    "--slurm-user": USER,
    "--with": "daemons",
}
_BY_COMMAND = {"changes": {"OLD": "releases", "NEW": "releases", "FROM": "releases", "TO": "releases"}}
"""Where a command uses a word of _BY_METAVAR for something else."""


class Option(NamedTuple):
    """An option: its names, and the kinds of the words that follow it, one each."""

    names: tuple[str, ...]
    takes: tuple[str, ...]
    help: str
    repeats: bool


class Positional(NamedTuple):
    """A word that is no option: its kind, its name in help, and whether more of them may follow."""

    kind: str
    name: str
    repeats: bool


class Node(NamedTuple):
    """A command or a subcommand: `path` is what is typed after slurm-jwt."""

    path: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    positionals: tuple[Positional, ...]
    children: tuple[Node, ...]


class Model(NamedTuple):
    """All commands, and the words of each kind that is a list."""

    commands: tuple[Node, ...]
    words: Mapping[str, tuple[str, ...]]

    def nodes(self) -> list[Node]:
        """Return commands and subcommands, each before its own."""
        return [each for command in self.commands for each in (command, *command.children)]


def model(purposes: Mapping[str, str], parsers: Mapping[str, argparse.ArgumentParser]) -> Model:
    """Read the commands' parsers; `purposes` says what each command is for."""
    lists: dict[str, tuple[str, ...]] = dict(_lists())
    commands = tuple(_node((name,), purposes[name], parser, lists) for name, parser in parsers.items())
    lists["commands"] = tuple(parsers)
    about = Positional("commands", "COMMAND", repeats=False)
    commands += (Node(("help",), "show the manual of a command", (), (about,), ()),)
    used = {kind for node in _all(commands) for kind in _kinds(node)}
    return Model(commands, {kind: words for kind, words in lists.items() if kind in used})


def _lists() -> Iterable[tuple[str, tuple[str, ...]]]:
    import slurm_jwt_vectors
    from slurm_jwt.slurmctld import releases
    from slurm_jwt.strict.rules import BY_ID
    from slurm_jwt_conformance.adapters import registry

    cases = (*slurm_jwt_vectors.load().cases, *slurm_jwt_vectors.load_issuing())
    yield "cases", cases
    yield "rules", tuple(BY_ID)
    yield "ids", tuple(dict.fromkeys([*BY_ID, *cases]))
    yield "releases", (*releases.series(), *releases.pairs())
    yield "implementations", (*registry.ids(), *registry.mutant_ids())
    yield "daemons", ("slurmdbd", "slurmrestd", "slurmd")
    yield "token", ("username=", "lifespan=")


def _node(
    path: tuple[str, ...],
    purpose: str,
    parser: argparse.ArgumentParser,
    lists: dict[str, tuple[str, ...]],
) -> Node:
    options: list[Option] = []
    positionals: list[Positional] = []
    children: list[Node] = []
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to what it was told
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            purposes = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001 - as above
            for name, child in action.choices.items():
                children.append(_node((*path, name), purposes.get(name, ""), child, lists))
        elif action.help == argparse.SUPPRESS:
            continue
        elif action.option_strings:
            options.append(_option(path, action, lists)._replace(help=_help(parser, action)))
        else:
            kind = _kind(path, action, _metavars(action)[0], lists)
            repeats = action.nargs in {"*", "+", argparse.REMAINDER}
            positionals.append(Positional(kind, _metavars(action)[0], repeats))
    return Node(path, purpose, tuple(options), tuple(positionals), tuple(children))


def _option(path: tuple[str, ...], action: argparse.Action, lists: dict[str, tuple[str, ...]]) -> Option:
    takes: tuple[str, ...] = ()
    if action.nargs != 0:
        count = action.nargs if isinstance(action.nargs, int) else 1
        names = (_metavars(action) * count)[:count]
        takes = tuple(_kind(path, action, name, lists) for name in names)
    repeats = type(action).__name__ in {"_AppendAction", "_ExtendAction"}
    return Option(tuple(action.option_strings), takes, "", repeats)


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Return an action's help with its placeholders filled, as --help shows it."""
    formatter = parser.formatter_class(prog=parser.prog)
    return formatter._expand_help(action) if action.help else ""  # noqa: SLF001 - as above


def _metavars(action: argparse.Action) -> tuple[str, ...]:
    if isinstance(action.metavar, tuple):
        return action.metavar
    return (action.metavar or action.dest.upper(),)


def _kind(
    path: tuple[str, ...], action: argparse.Action, name: str, lists: dict[str, tuple[str, ...]]
) -> str:
    """Return what can stand for this word of an action; its choices become a list of their own."""
    if action.choices is not None:
        kind = "_".join([*path, action.dest])
        lists[kind] = tuple(map(str, action.choices))
        return kind
    for option in action.option_strings:
        if option in _BY_OPTION:
            return _BY_OPTION[option]
    return _BY_COMMAND.get(path[0], {}).get(name) or _BY_METAVAR.get(name, NOTHING)


def _kinds(node: Node) -> set[str]:
    return {kind for option in node.options for kind in option.takes} | {
        each.kind for each in node.positionals
    }


def _all(commands: Iterable[Node]) -> list[Node]:
    return [each for command in commands for each in (command, *command.children)]
