"""Completion in the shells themselves."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess

import pytest

from slurm_jwt_conformance.cli import COMMANDS, completion, main
from slurm_jwt_conformance.cli.completion import SHELLS

TYPED = {
    "ke": "keygen",
    "help ke": "keygen",
    "lab in": "install",
    "check --all-r": "--all-releases",
    "check --judge s": "slurm",
    "run -k exp.mis": "exp.missing",
    "run --implementation refer": "reference",
    "explain signature.ma": "signature.match",
    "vectors show exp.mis": "exp.missing",
    "changes 22.0": "22.05",
    "completion z": "zsh",
}
"""What is typed after slurm-jwt, and a word that the shell must offer."""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """Return the folder with a completion script for each shell."""
    folder = tmp_path_factory.mktemp("completion")
    for shell in SHELLS:
        with (folder / shell).open("w") as stream, pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdout", stream)
            assert main(["completion", shell]) == 0
    return folder


def require(shell):
    if shutil.which(shell) is None:
        if os.environ.get("SLURM_JWT_REQUIRE_SHELLS") == "1":
            pytest.fail(f"{shell} is missing: apt-get install {shell}")
        pytest.skip(f"{shell} is not installed")
    return shell


def run(*words):
    environment = {"PATH": os.environ["PATH"], "HOME": "/", "TERM": "vt100", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120, env=environment)
    return done.stdout + done.stderr


@pytest.mark.program
@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_reads_the_script_without_a_message(scripts, shell):
    flags = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[require(shell)]
    before = "autoload -Uz compinit; compinit -u -D; " if shell == "zsh" else ""
    load = f'eval "$(cat {scripts / shell})"' if shell == "zsh" else f"source {scripts / shell}"
    assert run(shell, *flags, "-c", before + load) == ""


@pytest.mark.program
def test_bash_offers_the_word(scripts):
    lines = [f". {scripts}/bash"]
    for line in TYPED:
        words = line.split(" ")
        lines.append(
            f"COMP_WORDS=(slurm-jwt {line}); COMP_CWORD={len(words)}; COMP_LINE='slurm-jwt {line}'; "
            'COMP_POINT=${#COMP_LINE}; _shtab_slurm_jwt; echo "${COMPREPLY[@]}"'
        )
    offered = run(require("bash"), "--norc", "-c", "\n".join(lines)).splitlines()
    for (line, word), each in zip(TYPED.items(), offered, strict=True):
        assert word in each.split(), line


@pytest.mark.program
def test_fish_offers_the_word(scripts):
    script = [f"source {scripts}/fish"]
    for line in TYPED:
        script += [f"complete -C 'slurm-jwt {line}'", "echo ---"]
    shown = run(require("fish"), "--no-config", "-c", "\n".join(script)).split("---\n")[:-1]
    for (line, word), each in zip(TYPED.items(), shown, strict=True):
        assert word in [entry.split("\t")[0] for entry in each.splitlines()], line


def test_zsh_knows_every_long_option(scripts):
    script = (scripts / "zsh").read_text()
    for parser in commands():
        for action in parser._actions:
            for name in action.option_strings:
                assert name in script, (parser.prog, name)


def commands():
    """Yield the parser of every command and subcommand."""
    pending = [completion.whole_parser()]
    while pending:
        parser = pending.pop()
        yield parser
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                pending += action.choices.values()


def test_every_option_for_a_file_completes_files():
    options = [action for parser in commands() for action in parser._actions if action.metavar == "FILE"]
    assert len(options) > 20
    for action in options:
        assert getattr(action, "complete", None), action.option_strings


def test_every_command_is_there():
    (top,) = [a for a in completion.whole_parser()._actions if isinstance(a, argparse._SubParsersAction)]
    assert set(top.choices) == {*COMMANDS, "help"}


def test_an_unknown_shell_is_a_wrong_call(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["completion", "cmd"])
    assert ended.value.code == 2
    assert "choose from" in capsys.readouterr().err
