"""Completion, in the shells themselves: bash and zsh at a real terminal, fish by its own `complete -C`."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import pty
import select
import shutil
import subprocess
import time

import pytest

from slurm_jwt_conformance import cli
from slurm_jwt_conformance.adapters import registry
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.cli.completing import model
from slurm_jwt_conformance.cli.completion import SHELLS
from slurm_jwt_vectors import load, load_issuing

COMMANDS = {
    name: purpose
    for name, purpose in cli.COMMANDS.items()
    if importlib.util.find_spec(f"slurm_jwt_conformance.cli.{name}")
}

TYPED = {
    "ke": ["keygen"],
    "help ke": ["keygen"],
    "lab ": ["ask", "down", "exec", "install", "record", "status", "token", "up"],
    "check --all-r": ["--all-releases"],
    "check --key-file j": ["jwt_hs256.key"],
    "check --token-file token.txt --key-file j": ["jwt_hs256.key"],
    "doctor --compare jwt_hs256.key t": ["token.txt"],
    "run -i python-jose:": ["python-jose:careful", "python-jose:defaults"],
    "run -i mutant:crit": sorted(name for name in registry.mutant_ids() if name.startswith("mutant:crit")),
    "run --implementation refer": ["reference"],
    "run -k exp.mis": ["exp.missing"],
    "run --out ": ["folder"],
    "lab up --with slurmr": ["slurmrestd"],
    "lab token use": ["username="],
    "token life": ["lifespan="],
    "lab exec -- mkfif": ["mkfifo"],
    "report render --format j": ["json", "junit"],
    "vectors show exp.mis": ["exp.missing"],
    "explain signature.ma": ["signature.match"],
    "keygen --owner daemo": ["daemon"],
    "completion ": ["bash", "fish", "zsh"],
    "lab nonsense": [],
    "check --now ": [],
}
"""What is typed after slurm-jwt, and the words that it may become."""

JOINED = {"check --key-file=j": "--key-file=jwt_hs256.key", "check --judge=s": "--judge=slurm"}


@pytest.fixture(scope="module")
def shells():
    """Return a function that names a shell that is here; where all are demanded, a missing one fails."""

    def find(shell):
        if shutil.which(shell) is None:
            if os.environ.get("SLURM_JWT_REQUIRE_SHELLS") == "1":
                pytest.fail(f"{shell} is missing: apt-get install {shell}")
            pytest.skip(f"{shell} is not installed")
        return shell

    return find


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a file for each shell's script, and files to complete."""
    made = tmp_path_factory.mktemp("completion")
    before, cli.COMMANDS = cli.COMMANDS, COMMANDS
    try:
        for shell in SHELLS:
            assert _printed(made / f"slurm-jwt.{shell}", shell) == 0
    finally:
        cli.COMMANDS = before
    home = made / "home"
    (home / "folder").mkdir(parents=True)
    for name in ("jwt_hs256.key", "token.txt"):
        (home / name).touch()
    return made


def _printed(path, shell):
    with path.open("w") as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", stream)
        return main(["completion", shell])


def parsers():
    """Yield path and parser of every command and subcommand."""

    def walk(path, parser):
        yield path, parser
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, child in action.choices.items():
                    yield from walk((*path, name), child)

    for name in COMMANDS:
        yield from walk((name,), importlib.import_module(f"slurm_jwt_conformance.cli.{name}").parser())


def option_strings(parser):
    return {name for action in parser._actions for name in action.option_strings}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_sound_in_its_shell_and_prints_nothing(shells, folder, shell):
    path = folder / f"slurm-jwt.{shell}"
    flags = ["--no-config"] if shell == "fish" else ["-f"] if shell == "zsh" else ["--norc"]
    assert run(shells(shell), *flags, "-n", path) == ""
    before = "autoload -Uz compinit; compinit -u -D; " if shell == "zsh" else ""
    after = "; print -r $_comps[slurm-jwt]" if shell == "zsh" else ""
    assert run(shell, *flags, "-c", f"{before}source {path}{after}") == ("_slurm-jwt\n" if after else "")


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60, env=environment("/"))
    return done.stdout + done.stderr


def environment(home):
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "vt100", "LC_ALL": "C.UTF-8"}


class Terminal:
    """A shell at a terminal of its own, in which a key inserts all completions."""

    def __init__(self, words, home):
        self.process, self.descriptor = pty.fork()
        if self.process == 0:  # pragma: no cover - becomes the shell
            os.chdir(home)
            os.execvpe(words[0], words, environment(home))
        self.seen = b""

    def until(self, there):
        end = time.monotonic() + 60
        while not there():
            assert time.monotonic() < end, f"the shell hangs: {self.seen[-2000:]!r}"
            if select.select([self.descriptor], [], [], 0.02)[0]:
                self.seen += os.read(self.descriptor, 65536)

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def end(self):
        os.close(self.descriptor)
        os.waitpid(self.process, 0)


SETUP = {
    "bash": "bind 'set enable-bracketed-paste off'\n. {script}\n",
    "zsh": "mkdir ../fpath; cp {script} ../fpath/_slurm-jwt; fpath=($PWD/../fpath $fpath)\n"
    "autoload -Uz compinit && compinit -u -D\n"
    "zle -C all-matches complete-word _generic\n"
    "zstyle ':completion:all-matches:*' completer _all_matches _complete\n"
    "zstyle ':completion:all-matches:*' insert true\nbindkey '^Xa' all-matches\n",
}
INSERT_ALL = {"bash": "\x1b*", "zsh": "\x18a"}
START = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}


def at_terminal(shell, folder):
    """Type every line, let the shell complete it, and return the words that the command then was given."""
    answers = folder / f"{shell}.answers"
    terminal = Terminal(START[shell], folder / "home")
    terminal.type(SETUP[shell].format(script=folder / f"slurm-jwt.{shell}"))
    terminal.type(f"slurm-jwt() {{ printf '%s\\037' \"$@\" >>{answers}; echo >>{answers}; }}\n")
    terminal.type("PS1=; echo REA''DY\n")
    terminal.until(lambda: b"READY" in terminal.seen)
    for number, line in enumerate([*TYPED, *JOINED], 1):
        terminal.type(f"slurm-jwt {line}{INSERT_ALL[shell]}\n")
        terminal.until(lambda number=number: answers.exists() and answers.read_text().count("\n") >= number)
    terminal.end()
    return dict(zip([*TYPED, *JOINED], (line.split("\x1f")[:-1] for line in answers.open()), strict=True))


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_at_a_terminal_the_right_words_are_offered(shells, folder, shell):
    given = at_terminal(shells(shell), folder)
    for line, offered in TYPED.items():
        *before, begun = line.split(" ")
        expected = offered or [word for word in [begun] if word]
        if shell == "bash" and ":" in begun and len(offered) > 1:
            # Where bash breaks words at a colon, inserting all of them gives the first one alone its head.
            expected = [offered[0], *(word.partition(":")[2] for word in offered[1:])]
        assert given[line] == [*before, *expected], line
    for line, word in JOINED.items():
        assert given[line] == [*line.split(" ")[:-1], word], line


def test_fish_offers_the_right_words(shells, folder):
    script = [f"source {folder}/slurm-jwt.fish", f"cd {folder}/home"]
    for line in [*TYPED, *JOINED]:
        script += [f"complete -C 'slurm-jwt {line}'", "echo ---"]
    shown = run(shells("fish"), "--no-config", "-c", "\n".join(script)).split("---\n")
    offered = [[line.split("\t")[0].rstrip("/") for line in each.splitlines()] for each in shown]
    for line, expected, found in zip(TYPED, TYPED.values(), offered, strict=False):
        begun = line.split(" ")[-1]
        if not line.startswith("doctor --compare"):  # fish knows no option of two words
            # Where nothing begins like this, and beside what does, fish offers what holds it.
            assert sorted(word for word in found if word.startswith(begun)) == sorted(expected), line
    assert offered[len(TYPED) : -1] == [[word] for word in JOINED.values()]


def test_bash_offers_every_option_of_every_command(folder):
    found = dict(parsers())
    lines = [f". {folder}/slurm-jwt.bash"]
    for path in found:
        words = " ".join(path)
        lines.append(
            f"COMP_LINE='slurm-jwt {words} -' COMP_POINT={len(words) + 12} COMP_CWORD={len(path) + 1} "
            f'COMP_WORDS=(slurm-jwt {words} -); _slurm_jwt; echo "${{COMPREPLY[@]}}"'
        )
    shown = run("bash", "--norc", "-c", "\n".join(lines)).splitlines()
    assert {path: set(line.split()) for path, line in zip(found, shown, strict=True)} == {
        path: option_strings(parser) for path, parser in found.items()
    }


def test_fish_offers_every_long_option_of_every_command(shells, folder):
    found = dict(parsers())
    script = [f"source {folder}/slurm-jwt.fish"]
    for path in found:
        script += [f"complete -C 'slurm-jwt {' '.join(path)} --'", "echo ---"]
    shown = run(shells("fish"), "--no-config", "-c", "\n".join(script)).split("---\n")[:-1]
    for (path, parser), each in zip(found.items(), shown, strict=True):
        offered = {line.split("\t")[0] for line in each.splitlines()}
        assert offered == {name for name in option_strings(parser) if name.startswith("--")}, path


def test_zsh_knows_every_option_of_every_command(folder):
    script = (folder / "slurm-jwt.zsh").read_text()
    for path, parser in parsers():
        function = script.partition(f"\n_slurm-jwt-{'-'.join(path)}() {{")[2].partition("\n}\n")[0]
        for name in option_strings(parser):
            assert f"{name}[" in function or f"{name}=[" in function or f"{name}+[" in function, (path, name)


def test_every_value_that_is_a_list_is_that_list():
    words = model.model(COMMANDS, {path[0]: parser for path, parser in parsers() if len(path) == 1}).words
    assert set(words["cases"]) == {*load().cases, *load_issuing()}
    assert set(registry.ids()) < set(words["implementations"])
    assert words["report_render_formats"] == ("html", "junit", "markdown", "sarif", "badge", "json")
    odd = {word for each in words.values() for word in each if not word.replace("+", "").isascii()}
    assert not odd
    assert not [
        word for each in words.values() for word in each if set(word) & set(" '\"\\$`*?[]{}()<>|&;#~!")
    ]


def test_a_command_that_takes_a_file_completes_files():
    for path, parser in parsers():
        node = model.model({path[0]: ""}, {path[0]: parser}).commands[0]
        if len(path) > 1:
            continue
        for each in (node, *node.children):
            wanted = {name for o in each.options for name in o.names if "file" in name and o.takes}
            kinds = {name: option.takes for option in each.options for name in option.names}
            assert all(kinds[name] == (model.FILE,) for name in wanted), each.path


def test_an_unknown_shell_is_a_wrong_call(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["completion", "tcsh"])
    assert ended.value.code == 2
    assert "choose from" in capsys.readouterr().err
