"""The help of every command is a manual: what for, options, examples that run, exit codes; at any width."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance import cli
from slurm_jwt_conformance.cli import main, manual
from support.places import ROOT
from support.rs256 import jwk, jwks

THERE = [name for name in cli.COMMANDS if importlib.util.find_spec(f"slurm_jwt_conformance.cli.{name}")]


def parsers():
    """Yield the words of every command and subcommand, and its parser."""

    def walk(path, parser):
        yield path, parser
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, child in action.choices.items():
                    yield from walk((*path, name), child)

    for name in THERE:
        parser = importlib.import_module(f"slurm_jwt_conformance.cli.{name}").parser()
        manual.lay_out(parser)
        yield from walk((name,), parser)


ALL = {" ".join(path): parser for path, parser in parsers()}
LEAVES = {
    name: parser
    for name, parser in ALL.items()
    if not any(isinstance(action, argparse._SubParsersAction) for action in parser._actions)
}


def shown(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (0, "")
    return out


def examples_of(text):
    """Return the lines below "examples:", without what they are for."""
    _, _, below = text.partition("examples:\n")
    lines = re.sub(r" \\\n +", " ", below.partition("\n\n")[0]).splitlines()
    return [re.split(r"(?<=\S) {2,}", line.strip())[0] for line in lines if line[2:3] not in {" ", ""}]


def calls(example):
    """Yield the words of each call of slurm-jwt in a line of shell, without what the shell takes."""
    inner = re.findall(r"\$\((.*?)\)", example)
    for part in [*inner, *re.split(r" \| ", re.sub(r"\$\(.*?\)", "x", example))]:
        words = shlex.split(re.sub(r" \d?[<>]{1,2} *\S+", "", f"{part} "))
        if "slurm-jwt" in words:
            yield words[words.index("slurm-jwt") + 1 :]


def test_every_manual_belongs_to_a_command():
    assert manual.ends().keys() <= ALL.keys()
    assert [name for name, parser in ALL.items() if not examples_of(parser.epilog or "")] == []


def test_every_command_has_its_module():
    assert list(cli.COMMANDS) == THERE


@pytest.mark.parametrize("name", ALL)
def test_help_says_what_for_how_and_with_which_exit_code(capsys, name):
    text = shown(capsys, *name.split())
    parser = ALL[name]
    assert parser.description, "what is it for?"
    assert examples_of(text), "no examples"
    assert "exit code" in text
    for action in parser._actions:
        assert action.help, f"{action.option_strings or action.dest} is not explained"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("columns", [80, 60, 132])
def test_help_is_as_wide_as_it_should_be(capsys, monkeypatch, name, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = shown(capsys, *name.split())
    for line in text.splitlines():
        whole = columns < 80 and (line.startswith("  ") or "`" in line)  # an example is not broken
        assert len(line) <= columns or whole, line
    assert not [line for line in text.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("name", ALL)
def test_every_example_is_a_call_that_can_be_made(capsys, name):
    for example in examples_of(ALL[name].epilog or ""):
        found = list(calls(example))
        assert found or "slurm-jwt" not in example.split(), example
        for words in found:
            try:
                parse(words)
            except SystemExit:
                pytest.fail(f"{example}\n{capsys.readouterr().err}")


def parse(words):
    module = importlib.import_module(f"slurm_jwt_conformance.cli.{words[0]}")
    return module.parser().parse_args(words[1:])


@pytest.mark.parametrize("name", LEAVES)
def test_an_example_shows_the_command_itself(name):
    assert any(
        " ".join(words[: len(name.split())]) == name
        for example in examples_of(LEAVES[name].epilog or "")
        for words in calls(example)
    )


NEED_MORE = {
    "lab": "starts daemons",
    "fuzz": "starts daemons",
    "run": "takes minutes",
    "probe": "asks a cluster",
}
CONF = """\
ClusterName=lab
SlurmctldHost=localhost
SlurmUser=root
StateSaveLocation={here}
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={here}/jwt_hs256.key
"""
DBD_CONF = """\
DbdHost=localhost
SlurmUser=root
StorageType=accounting_storage/mysql
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={here}/jwt_hs256.key
"""


ON_A_CLUSTER = """\
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.discovery import packages, programs
programs._FOLDERS = ("{folder}",)
packages._OWN_BUILDS = ("{folder}/slurmctld",)
raise SystemExit(main())
"""
"""slurm-jwt on a host whose Slurm is the desk's own, whatever is installed on this machine."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Return a folder that has what the examples name."""
    here = tmp_path_factory.mktemp("examples")
    key = bytes(range(1, 33))
    (here / "jwt_hs256.key").write_bytes(key)
    (here / "jwt_hs256.key").chmod(0o600)
    token = Issuer(key).issue("root", 1800)
    for name in ("token.txt", "portal.jwt", "old.jwt", "new.jwt"):
        (here / name).write_text(f"{token}\n")
    (here / "tokens.txt").write_text(f"{token}\n" * 3)
    (here / "tokens.jsonl").write_text(json.dumps({"id": 1, "token": token}) + "\n")
    for name in ("jwks.json", "new-jwks.json"):
        (here / name).write_bytes(jwks(jwk()))
    (here / "site.toml").write_text("[token]\nmax_lifetime = 3600\n")
    (here / "adapter").write_text(f"#!/bin/sh\nexec {sys.executable} {ROOT}/examples/adapter.py\n")
    (here / "adapter").chmod(0o755)
    (here / "slurmctld.log").write_text("error: auth_p_verify: jwt_decode failure: Invalid argument\n")
    (here / "slurm.conf").write_text(CONF.format(here=here))
    (here / "slurmdbd.conf").write_text(DBD_CONF.format(here=here))
    (here / "slurmdbd.conf").chmod(0o600)
    report = here / "slurm-jwt-report"
    assert main(["run", "-i", "reference", "-i", "pyjwt", "-k", "exp.*", "--quiet", "--out", str(report)]) < 2
    for name in ("before", "after", "results", "a", "b", "shard-1", "shard-2"):
        shutil.copy(report / "results.jsonl", here / f"{name}.jsonl")
    bin_dir = here / "bin"
    bin_dir.mkdir()
    (here / "on_a_cluster.py").write_text(ON_A_CLUSTER.format(folder=bin_dir))
    (bin_dir / "slurm-jwt").write_text(f'#!/bin/sh\nexec {sys.executable} {here}/on_a_cluster.py "$@"\n')
    (bin_dir / "slurmctld").write_text("#!/bin/sh\necho slurm 24.11.5\n")
    (bin_dir / "tox").write_text('#!/bin/sh\nshift 3\nexec slurm-jwt gate "$@"\n')  # as tox.ini has it
    (bin_dir / "pytest").write_text(f'#!/bin/sh\nexec {sys.executable} -m pytest "$@"\n')
    (bin_dir / "node").write_text("#!/bin/sh\nexit 3\n")
    (bin_dir / "jq").write_text("#!/bin/sh\ncat\n")
    (bin_dir / "scontrol").write_text(f"#!/bin/sh\necho SLURM_JWT={token}\n")
    for tool in bin_dir.iterdir():
        tool.chmod(0o755)
    return here


RUNNING = [
    (name, example)
    for name, parser in LEAVES.items()
    if name.split()[0] not in NEED_MORE
    for example in examples_of(parser.epilog or "")
    if "zsh" not in example and "fish" not in example  # bash runs them; test_completion runs these
]


@pytest.mark.program
@pytest.mark.parametrize(("name", "example"), RUNNING, ids=[f"{n}: {e}" for n, e in RUNNING])
def test_every_example_runs(desk, tmp_path, name, example):
    shutil.copytree(desk, tmp_path / "desk")
    here = tmp_path / "desk"
    if name == "keygen":
        (here / "jwt_hs256.key").unlink()
    if "--compare" in example:
        for host in ("ctld", "dbd"):
            subprocess.run(
                f"bin/slurm-jwt doctor --conf slurm.conf --release 24.11 --export {host}.json",
                shell=True, cwd=here, check=False, capture_output=True,
            )  # fmt: skip
    line = re.sub(r"/(etc|var)/[\w/.-]*/", "./", example)
    line = re.sub(r"--owner \w+", f"--owner {pwd.getpwuid(os.geteuid()).pw_name}", line)
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=here, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PATH": f"{here}/bin:{os.environ['PATH']}", "SLURM_CONF": f"{here}/slurm.conf"},
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr


def test_the_top_shows_every_command_and_its_own_examples_parse(capsys):
    text = shown(capsys)
    for name, purpose in cli.COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(purpose)}$", text, re.MULTILINE), name
    for example in examples_of(cli.EPILOG):
        for words in calls(example):
            parse(words)


def test_help_as_a_word(capsys):
    for words in (["help"], ["help", "keygen"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        assert capsys.readouterr().out == shown(capsys, *words[1:])
    assert main(["help", "nonsense"]) == 2


def test_columns_of_examples_are_kept_or_put_below():
    row = "  slurm-jwt x              why one\n                           does it"
    text = f"examples:\n{row}\n\nAnd so\non.\nexit codes: 0"
    assert manual._filled(text, 80) == [
        "examples:", "  slurm-jwt x              why one does it", "", "And so on.", "", "exit codes: 0",
    ]  # fmt: skip
    narrow = manual._filled(text, 40)
    assert narrow[1:3] == ["  slurm-jwt x", "        why one does it"]
