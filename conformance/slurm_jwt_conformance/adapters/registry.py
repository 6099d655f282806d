"""Which implementations there are, and how to start each.

`pyjwt:careful` is a built-in adapter in a configuration, `reference` this project's own verifier and issuer.
`NAME=cmd:COMMAND` is any program that speaks the adapter protocol: its id is NAME, because the command may
hold secrets. Built-in adapters run as programs behind the same protocol; none has a private path.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import site
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.adapters.child import Child, Limits
from slurm_jwt_conformance.adapters.environments import interpreter_of
from slurm_jwt_conformance.adapters.slurm import lineup
from slurm_jwt_conformance.adapters.slurm.participant import NAME
from slurm_jwt_reports.problems import Problem, nearest
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from slurm_jwt_conformance.adapters import Participant

ADAPTERS = Path(__file__).with_name("python")
BOTH = ("careful", "defaults")
COMMAND = "cmd:"
EXTRA = "pip install 'slurm-jwt-conformance[libraries]'"
NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@:-]{0,59}")


class Programs(NamedTuple):
    """The user's own programs, and how every child is run.

    commands: the words of each command, by its name. overhear: gets (name, line) for each line of a child's
    stderr.
    """

    commands: Mapping[str, tuple[str, ...]] = {}
    limits: Limits = Limits()
    overhear: Callable[[str, str], None] | None = None

    def child(self, name: str, command: Sequence[str]) -> Child:
        """Return a participant that runs this command."""
        return Child(name, command, self.limits, self.overhear and partial(self.overhear, name))


class Library(NamedTuple):
    """A built-in adapter: its file, its configurations, and what it imports.

    needs: requirements of an environment of its own. imports: modules of the extra `libraries`.
    """

    name: str
    file: str
    configurations: tuple[str, ...] = BOTH
    needs: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


# Two libraries stay out of the extra. python-jose requires ecdsa, and CVE-2024-23342 of ecdsa has no fix.
# Gehirn's jwt has the import name of PyJWT.
LIBRARIES = (
    Library("pyjwt", "pyjwt.py", imports=("jwt", "time_machine")),
    Library("authlib", "authlib.py", imports=("authlib",)),
    Library("jwcrypto", "jwcrypto.py", imports=("jwcrypto", "time_machine")),
    Library("joserfc", "joserfc.py", imports=("joserfc",)),
    Library(
        "python-jose",
        "python_jose.py",
        needs=("python-jose==3.5.0", "cryptography>=48.0.1", "time-machine>=2.14"),
    ),
    Library("gehirn-jwt", "gehirn_jwt.py", needs=("jwt==1.4.0", "time-machine>=2.14")),
    Library("reference", "reference.py", configurations=("",)),
)


class UnknownImplementationError(Problem):
    """No implementation has this id; the hint names the nearest one."""


class MissingExtraError(Problem):
    """The extra `libraries` is not installed; the hint is the command that installs it."""


def ids() -> tuple[str, ...]:
    """Return the ids of all built-in implementations and Slurm releases, in the order of reports."""
    return (*library_ids(), *lineup.ids())


def library_ids() -> tuple[str, ...]:
    """Return the ids of the built-in adapters only."""
    return tuple(_configured())


def resolve(word: str) -> tuple[str, ...]:
    """Return the ids that a user's word means: an id, a library's name (all configurations), a command."""
    if word in ids():
        return (word,)
    if command := commands([word]):
        return tuple(command)
    if word == NAME:
        return lineup.ids()
    if of_library := tuple(name for name in library_ids() if name.partition(":")[0] == word):
        return of_library
    known = [*dict.fromkeys([*(library.name for library in LIBRARIES), *ids(), "NAME=cmd:COMMAND"])]
    raise UnknownImplementationError(f"unknown implementation {word!r}", nearest(word, known))


def require(implementations: Iterable[str]) -> None:
    """Raise MissingExtraError if one of these needs the extra `libraries` and it is not installed."""
    known = _configured()
    for name in implementations:
        library = known[name][0] if name in known else None
        if library is None or library.needs:
            continue
        missing = [module for module in library.imports if not _importable(module)]
        if missing:
            what = f"{name} needs Python modules that are not installed: {', '.join(missing)}."
            raise MissingExtraError(what, f"Run `{EXTRA}`.")


def commands(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the commands among the user's words, by name: NAME, or cmd: and the program's file name."""
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        name, is_command, text = (
            ("", COMMAND, word[4:]) if word.startswith(COMMAND) else word.partition("=cmd:")
        )
        if is_command:
            command = _split(text)
            if word.startswith(COMMAND):
                name = COMMAND + one_line(Path(command[0]).name)
            else:
                _demand_free(name)
            if found.setdefault(name, command) != command:
                raise UnknownImplementationError(
                    f"Two commands have the name {name!r}.", "Name them: -i one=cmd:... -i two=cmd:..."
                )
    return found


def start(
    implementation: str,
    progress: Callable[[str], None] | None = None,
    *,
    live_roots: bool = False,
    programs: Programs = Programs(),  # noqa: B008 - it cannot change
) -> Participant:
    """Return a participant; its process starts with its first use.

    Raises UnknownImplementationError, MissingExtraError, or NotInstalled if its environment cannot be made.
    `progress` gets a sentence about each step that takes long. live_roots: see lineup.start.
    """
    if command := programs.commands.get(implementation):
        return programs.child(implementation, command)
    if implementation.startswith(lineup.PREFIX):
        return lineup.start(implementation, live_roots=live_roots)
    require([implementation])
    library, configuration = _find(implementation)
    python = interpreter_of(implementation, library.needs, progress) if library.needs else sys.executable
    return programs.child(implementation, served(python, ADAPTERS / library.file, configuration))


def source(implementation: str) -> str:
    """Return the text of a built-in adapter, which reports show."""
    return (ADAPTERS / _find(implementation)[0].file).read_text(encoding="utf-8")


def served(python: str, adapter: Path, configuration: str) -> list[str]:
    """Return the command that serves an adapter file in a configuration, run by this interpreter."""
    return [python, *_isolation(), str(ADAPTERS / "serve.py"), str(adapter), configuration]


def _split(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:  # the command is not shown: it may hold secrets
        raise UnknownImplementationError(f"The command after cmd: cannot be read: {error}.") from None
    if not words:
        raise UnknownImplementationError(
            "cmd: needs a command.", "Write the command after the colon, for example cmd:./adapter"
        )
    return words


def may_name_a_program(name: str) -> bool:
    """Return whether a user's program can have this id: no command line, and none of our own names."""
    ours = {*(library.name for library in LIBRARIES), NAME, "mutant"}
    return bool(NAMES.fullmatch(name)) and name.partition(":")[0] not in ours


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def _demand_free(name: str) -> None:
    """Raise a Problem if a command cannot have this name."""
    if not NAMES.fullmatch(name):
        raise UnknownImplementationError(
            f"{one_line(name)!r} cannot be the name of an implementation.",
            "Use 1 to 60 letters, digits and . _ + @ : - such as mylib:careful=cmd:./adapter",
        )
    taken = {*ids(), *(library.name for library in LIBRARIES), NAME, "mutant", "cmd"}
    if name in taken or name.partition(":")[0] in {NAME, "mutant", "cmd"}:
        raise UnknownImplementationError(
            f"{name!r} is the name of another implementation.", "Choose another."
        )


def _isolation() -> list[str]:
    """Keep the work folder and PYTHON* variables from shadowing a library; the user's site stays."""
    return ["-P", "-E"] if site.ENABLE_USER_SITE else ["-I"]


def _configured() -> dict[str, tuple[Library, str]]:
    """Return each library with each of its configurations, by id."""
    return {
        f"{library.name}:{way}" if way else library.name: (library, way)
        for library in LIBRARIES
        for way in library.configurations
    }


def _find(implementation: str) -> tuple[Library, str]:
    if found := _configured().get(implementation):
        return found
    resolve(implementation)
    raise UnknownImplementationError(f"{implementation!r} has several configurations", "Name one of them.")
