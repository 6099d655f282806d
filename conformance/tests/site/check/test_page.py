"""docs/check.md: what it shows is what the command prints, and what it lists is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from slurm_jwt_conformance.cli.check import parser
from slurm_jwt_conformance.cli.check_output import FORMATS
from slurm_jwt_conformance.site.discovery.host import FOLDERS
from support.check_site import CLAIMS, Cluster

PAGE = (Path(__file__).parents[4] / "docs" / "check.md").read_text("utf-8")


@pytest.fixture
def cluster(tmp_path, monkeypatch, capsys):
    made = Cluster(tmp_path, monkeypatch, capsys)
    (tmp_path / "state").mkdir()
    made.write("state/jwt_hs256.key", made.key)
    made.write("slurm.conf", made.conf.format(root=tmp_path / "state").encode())
    return made


def test_the_example_is_what_the_command_prints(cluster):
    shown = re.search(r"```console\n\$ ([^\n]+)\n(.*?)```", PAGE, re.DOTALL)
    assert shown[1] == "slurm-jwt check <portal.jwt"
    said = cluster.check(token=cluster.token(CLAIMS | {"exp": 4102444800.5}))
    out = said.out.replace(f"{cluster.root}/state", "/var/spool/slurmctld")
    out = out.replace(str(cluster.root / "passwd"), "this host's user database")
    out = out.replace(str(cluster.root), "/etc/slurm")
    out = out.replace("(made up)", "(package slurmctld, package libjwt0)")
    assert shown[2].split() == out.split()


def test_options_formats_and_places_are_all_named():
    known = {option for action in parser()._actions for option in action.option_strings}
    named = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert named <= known
    assert {f"--{name}" for name in FORMATS} | {"--html", "--judge", "--conf", "--no-discovery"} <= named
    assert all(folder in PAGE for folder in FOLDERS)
    assert all(re.search(rf"^\| {code} \|", PAGE, re.MULTILINE) for code in range(4))
