"""Canaries for contract, changes and rotate: keys and passwords where people put them, none shown."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.discovery import survey as survey_module
from support.made_up_site import made_up_machine


def neighbour(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "doctor" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CANARY = neighbour("test_canary")
COMMANDS = {
    "contract": ["contract", "--release", "24.11", "--conf"],
    "contract-json": ["contract", "--release", "22.05", "--json", "--conf"],
    "contract-html": ["contract", "--release", "22.05", "--html", "-", "--conf"],
    "changes": ["changes", "22.05", "24.11", "--conf"],
    "changes-json": ["changes", "22.05", "24.11", "--json", "--conf"],
    "changes-markdown": ["changes", "22.05", "24.11", "--markdown", "-", "--conf"],
    "rotate": ["rotate", "--release", "24.11", "--conf"],
    "rotate-json": ["rotate", "--release", "22.05", "--json", "--conf"],
    "rotate-markdown": ["rotate", "--release", "24.11", "--markdown", "-", "--conf"],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give a folder with a raw key, a PEM and a key as text."""
    monkeypatch.setattr(survey_module, "Machine", lambda: made_up_machine("22.05.8", "1.10.2"))
    for name, content in (
        ("raw.key", CANARY.RAW), ("pem.key", CANARY.PEM.encode()), ("text.key", CANARY.TEXT.encode() + b"\n")
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    return tmp_path


@pytest.mark.parametrize("place", CANARY.PLACES)
def test_no_secret_comes_out(place, folder, capsys, monkeypatch):
    monkeypatch.setenv("SLURM_JWT", CANARY.TOKEN)
    CANARY.write(folder, CANARY.PLACES[place])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for command, arguments in COMMANDS.items():
        code = main([*arguments, str(folder / "slurm.conf")])
        out, err = capsys.readouterr()
        assert code in {0, 1, 2}, (command, err)
        assert out or err
        CANARY.assert_clean(f"{command} {place}", out + err)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["raw.key", "pem.key", "text.key"])
def test_a_key_named_for_a_configuration_is_not_shown(name, folder, capsys):
    CANARY.write(folder, CANARY.PLACES["raw-key-file"])
    for command, arguments in COMMANDS.items():
        assert main([*arguments, str(folder / name)]) in {0, 1, 2}
        out, err = capsys.readouterr()
        CANARY.assert_clean(f"{command} {name}", out + err)
