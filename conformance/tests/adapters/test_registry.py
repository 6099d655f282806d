"""Names of implementations: what a user's word means, and what happens with one that means nothing."""

import sys
from pathlib import Path

import pytest

from slurm_jwt_conformance.adapters import NotInstalled, registry
from slurm_jwt_conformance.adapters import environments as venvs
from slurm_jwt_conformance.adapters.registry import UnknownImplementationError
from support.places import MISBEHAVING


def test_six_libraries_in_two_configurations_and_the_reference():
    names = registry.library_ids()
    assert len({name.partition(":")[0] for name in names}) == 7
    assert sum(name.endswith(":careful") for name in names) == 6
    assert sum(name.endswith(":defaults") for name in names) == 6
    assert "reference" in names


def test_a_librarys_name_means_all_its_configurations():
    assert registry.resolve("pyjwt") == ("pyjwt:careful", "pyjwt:defaults")
    assert registry.resolve("authlib:defaults") == ("authlib:defaults",)


@pytest.mark.parametrize(
    ("word", "name", "command"),
    [
        ("cmd:./adapter", "cmd:adapter", ("./adapter",)),
        ("cmd:/opt/a/run.sh --token X", "cmd:run.sh", ("/opt/a/run.sh", "--token", "X")),
        ("jose=cmd:node a.js", "jose", ("node", "a.js")),
        ("my-lib:careful=cmd:'./my adapter' x=cmd:y", "my-lib:careful", ("./my adapter", "x=cmd:y")),
        ("cmd:./a x=cmd:y", "cmd:a", ("./a", "x=cmd:y")),
        ("cmd:./a*", "cmd:a*", ("./a*",)),
    ],
)
def test_a_command_is_known_by_its_name_or_by_its_file(word, name, command):
    assert registry.commands(["pyjwt", word]) == {name: command}
    assert registry.resolve(word) == (name,)


@pytest.mark.parametrize(
    "name",
    [
        "pyjwt",
        "pyjwt:careful",
        "reference",
        "slurmctld",
        "slurmctld:9",
        "mutant:x",
        "",
        " ",
        "a/b",
        "x\n",
        "é",
    ],
)
def test_a_name_that_is_taken_or_odd_is_refused(name):
    with pytest.raises(UnknownImplementationError):
        registry.commands([f"{name}=cmd:./adapter --token hunter2"])


def test_two_commands_need_two_names():
    with pytest.raises(UnknownImplementationError, match="Two commands") as wrong:
        registry.commands(["cmd:python3 hunter2", "cmd:python3 hunter3"])
    assert "hunter" not in f"{wrong.value.what} {wrong.value.hint}"
    assert len(registry.commands(["a=cmd:python3 x", "b=cmd:python3 y", "a=cmd:python3 x"])) == 2


@pytest.mark.parametrize(
    ("word", "near"), [("pyjw", "pyjwt"), ("pyjwt:carefull", "pyjwt:careful"), ("refrence", "reference")]
)
def test_an_unknown_name_brings_the_nearest_one(word, near):
    with pytest.raises(UnknownImplementationError) as unknown:
        registry.resolve(word)
    assert repr(word) in unknown.value.what
    assert unknown.value.hint == f"Did you mean {near}?"
    with pytest.raises(UnknownImplementationError):
        registry.start(word)


@pytest.mark.parametrize("word", ["cmd:", "cmd:  ", "cmd:./hunter2 'unclosed", "x=cmd:", "x=cmd:'hunter2"])
def test_a_command_that_cannot_be_read_is_an_error_that_does_not_show_it(word):
    with pytest.raises(UnknownImplementationError) as wrong:
        registry.resolve(word)
    assert "hunter2" not in f"{wrong.value.what} {wrong.value.hint}"


def test_a_library_alone_is_no_implementation():
    with pytest.raises(UnknownImplementationError, match="several configurations"):
        registry.start("pyjwt")


@pytest.mark.program
def test_a_command_is_split_as_a_shell_splits_it(tmp_path):
    adapter = tmp_path / "my adapter.py"
    adapter.write_text(MISBEHAVING.read_text())
    commands = registry.commands([f"mine=cmd:{sys.executable} '{adapter}' none"])
    one = registry.start("mine", programs=registry.Programs(commands))
    assert one.name == "mine"
    assert one.describe().library == "misbehaving"
    one.close()


@pytest.mark.program
def test_libraries_of_the_users_own_site_are_found_and_the_work_folder_is_not(tmp_path, monkeypatch):
    (tmp_path / "jwt.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for enabled in (True, False):
        monkeypatch.setattr("site.ENABLE_USER_SITE", enabled)
        one = registry.start("pyjwt:careful")
        assert one.describe().library == "PyJWT"
        one.close()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Caches in a folder of the test's own, and no memory of earlier failures."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(venvs, "_failures", {})
    return tmp_path / "slurm-jwt" / "venvs"


def fake_python(folder, monkeypatch, script):
    """Stand in for the interpreter that makes environments."""
    fake = folder / "python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))


@pytest.mark.program
def test_an_environment_that_cannot_be_made_is_told_once_and_leaves_nothing(tmp_path, elsewhere, monkeypatch):
    fake_python(
        tmp_path, monkeypatch, f"echo x >> {tmp_path}/calls; echo 'ERROR: \033[31mno index' >&2; exit 1"
    )
    for _ in range(2):
        with pytest.raises(NotInstalled) as absent:
            registry.start("gehirn-jwt:careful")
        assert absent.value.reason == r"-m venv failed: ERROR: \x1b[31mno index"
    assert (tmp_path / "calls").read_text() == "x\n", "the second try costs nothing"
    assert [path.name for path in elsewhere.iterdir()] == [".lock"]


@pytest.mark.program
def test_an_environment_is_whole_or_absent(tmp_path, elsewhere, monkeypatch):
    # makes the folder and a bin/python that fails like pip without a network
    script = (
        'for last; do :; done; mkdir -p "$last/bin"; printf "#!/bin/sh\\nexit 1\\n" > "$last/bin/python"; '
    )
    fake_python(tmp_path, monkeypatch, script + 'chmod +x "$last/bin/python"')
    with pytest.raises(NotInstalled, match="-m pip failed: no message"):
        registry.start("gehirn-jwt:careful")
    assert [path.name for path in elsewhere.iterdir()] == [".lock"]


@pytest.mark.program
def test_an_environment_is_made_once_and_told_of(tmp_path, elsewhere, monkeypatch):
    script = (
        'for last; do :; done; mkdir -p "$last/bin"; printf "#!/bin/sh\\nexit 0\\n" > "$last/bin/python"; '
    )
    fake_python(tmp_path, monkeypatch, script + 'chmod +x "$last/bin/python"')
    told = []
    first = venvs.interpreter_of("x", ("jwt==1.4.0",), told.append)
    second = venvs.interpreter_of("x", ("jwt==1.4.0",), told.append)
    other = venvs.interpreter_of("x", ("jwt==1.3.0",))
    assert first == second != other
    assert Path(first).parent.parent.name.startswith("jwt-1.4.0-")
    assert told == ["installing jwt==1.4.0 into an environment of its own (once)"]
    assert len(list(elsewhere.iterdir())) == 3


def test_a_cache_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "slurm-jwt").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(NotInstalled, match="no virtual environment"):
        registry.start("gehirn-jwt:careful")


def test_the_cache_folder_is_the_users(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", "/home/someone")
    assert venvs.cache_folder() == Path("/home/someone/.cache/slurm-jwt/venvs")
