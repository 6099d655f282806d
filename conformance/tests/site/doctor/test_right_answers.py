"""Configurations that people published, rebuilt: the doctor names their faults, and no others."""

from __future__ import annotations

import pytest

from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from support.made_up_site import File, MadeUpHost, made_up_machine
from support.places import DOCTOR_RIGHT_ANSWERS

BASE = "/etc/slurm"
PLUGINS = ("auth_jwt.so", "auth_munge.so", "auth_slurm.so")
RULES = {
    "chef": {"key.missing", "config.repeated"},
    "epfl": {"jwks.missing", "jwks.alone", "secrets.password", "secrets.mode", "secrets.owner"},
    "fs_dev": {"key.missing"},
    "giovtorres": {"key.missing", "secrets.password", "secrets.mode", "secrets.owner"},
    "munge-alt": {"config.unknown-key", "config.missing-key", "config.repeated", "auth.off"},
    "zerotrust": {"key.missing", "auth.alone", "parameters.misplaced"},
}


def found_rules(name, release):
    folder = DOCTOR_RIGHT_ANSWERS / name
    files = [File(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
    host = MadeUpHost(BASE, [*files, File("state", None, 0o755, "slurm")], PLUGINS)
    site = survey(Options(conf=f"{BASE}/slurm.conf"), host, made_up_machine(release, "1.17.2"))
    findings = diagnose(site).findings
    return {each.id for each in findings if each.level != "note"} - {"lifespan.unlimited"}


@pytest.mark.parametrize("name", RULES)
def test_a_published_configuration_has_its_faults_and_no_others(name):
    found = {rule for rule in found_rules(name, "24.11.5") if not rule.startswith("state.")}
    assert found == RULES[name]


@pytest.mark.parametrize("release", ["22.05.8", "24.11.5", "26.05.5"])
def test_old_keys_and_comments_of_other_scripts_are_no_faults(release):
    assert found_rules("fs_dev", release) == {"key.missing"}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("/var/spool/slurmd/.jwks", True),
        ("/etc/slurm/jwks.json", True),
        ("/etc/slurm/jwt_hs256.key", True),
        ("/etc/slurm/jwt.PEM", True),
        ("jwks=/etc/slurm/jwks.json", True),
        ("/run/munge/munge.socket.2", False),
        ("socket=/run/munge/munge.socket.2,ttl=600", False),
        ("cred_expire=60", False),
    ],
)
def test_a_key_file_in_auth_info_is_in_the_wrong_place(value, found):
    conf = f"""ClusterName=lab
SlurmctldHost=ctl
SlurmUser=slurm
StateSaveLocation={BASE}/state
AuthType=auth/munge
AuthAltTypes=auth/jwt
AuthInfo={value}
NodeName=n1
PartitionName=p Nodes=n1
"""
    host = MadeUpHost(BASE, [File("slurm.conf", conf.encode()), File("state", None, 0o755, "slurm")], PLUGINS)
    site = survey(Options(conf=f"{BASE}/slurm.conf"), host, made_up_machine("24.11.5", "1.17.2"))
    assert ("parameters.misplaced" in {each.id for each in diagnose(site).findings}) is found
