"""`slurm-jwt rotate` for sites with jwks=: the old and the new RS256 key overlap."""

import json
import time

import pytest

from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.lab.daemons import conf, dbd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_conformance.site.rotate.document import document
from slurm_jwt_conformance.site.rotate.plan import plan as plan_of
from slurm_jwt_reports.formats import text
from support.made_up_site import File, MadeUpHost, made_up_machine
from support.rs256 import LEFT_OUT, jwk, jwks, private_key, token
from support.slurm import require_release

CONF = """\
ClusterName=lab
SlurmctldHost=ctl1
SlurmctldHost=ctl2
SlurmUser=slurm
StateSaveLocation=/site/state
AuthAltTypes=auth/jwt
AuthAltParameters={parameters}
"""
DBD = """\
DbdHost=db1
SlurmUser=slurm
AuthAltTypes=auth/jwt
AuthAltParameters={parameters}
StorageType=accounting_storage/mysql
"""
ONLY = "jwks=/site/jwks.json"
BOTH = f"{ONLY},jwt_key=/site/jwt.key"


def plan(parameters=ONLY, *, data=None, release="24.11", dbd=True, at="ctl1"):
    files = [
        File("state", None, 0o755, "slurm"),
        File("jwt.key", bytes(range(200, 232)), 0o600, "slurm"),
        File("jwks.json", jwks(jwk(kid="k1")) if data is None else data, 0o644, "slurm"),
        File("slurm.conf", CONF.format(parameters=parameters).encode()),
    ]
    files += (
        [File("slurmdbd.conf", DBD.format(parameters=parameters).encode(), 0o600, "slurm")] if dbd else []
    )
    host = MadeUpHost("/site", files, ("auth_jwt.so", "auth_munge.so"))
    machine = made_up_machine(f"{release}.5", "1.17.2" if release > "23" else "1.10.2")._replace(name=at)
    found = survey(Options(conf="/site/slurm.conf"), host, machine)
    return plan_of(found, diagnose(found))


def shown(made):
    return " ".join(text.render(document(made)).split())


def step(made, name):
    (found,) = [each for each in made.rollover.steps if each.id == name]
    return found


def lines(made, name):
    return [(each.host, each.line) for each in step(made, name).commands]


def test_both_keys_work_until_the_old_kid_is_removed():
    made = plan()
    assert made.ready
    assert made.steps == ()
    assert made.rollover.kids == ("k1",)
    accepts = [each.accepts for each in made.rollover.steps]
    assert accepts == sorted(accepts, key=["old", "old and new", "new"].index)
    assert [each.id for each in made.rollover.steps if each.breaks] == ["unload"]
    signs = {each.id: (each.accepts, each.signs) for each in made.rollover.steps}
    assert signs["load"] == ("old and new", "old")
    assert signs["switch"] == ("old and new", "new")


@pytest.mark.parametrize(
    ("release", "primary"), [("22.05", "systemctl restart slurmctld"), ("24.11", "scontrol reconfigure")]
)
@pytest.mark.parametrize("name", ["load", "unload"])
def test_which_command_makes_a_daemon_read_the_file(release, primary, name):
    """Measured: `scontrol reconfigure` on 24.11 and 26.05, a restart on 22.05; slurmdbd always a restart."""
    assert lines(plan(release=release), name) == [
        ("db1", "systemctl restart slurmdbd"),
        ("ctl2", "systemctl restart slurmctld"),
        ("ctl1", primary),
    ]


def test_the_old_kid_may_go_after_the_longest_lifetime():
    assert "longest lifetime of the issuer's tokens" in step(plan(), "wait").note
    assert "max_token_lifespan of Slurm does not limit" in step(plan(), "wait").note


def test_a_site_without_hs256_hears_nothing_of_tokens_that_stop_working():
    told = shown(plan())
    assert "every token" not in told
    assert "All existing tokens" not in told
    assert "`scontrol token` issues no tokens" in told
    assert told.startswith("pass: ")


def test_a_site_with_both_kinds_gets_both_plans_kept_apart():
    made = plan(BOTH)
    told = shown(made)
    assert made.ready
    assert made.rollover.hs256
    assert "All existing HS256 tokens stop working at step" in told
    assert "All existing tokens" not in told
    assert "RS256 tokens are not affected by a rotation of the HS256 key" in told


def test_slurmdbd_on_another_host_is_named_with_an_unknown_file():
    made = plan("jwks=/site/jwks.json", dbd=False)
    assert {each.daemon for each in made.rollover.places} == {"slurmctld"}


def test_a_jwks_that_does_not_work_is_an_obstacle():
    made = plan(data=jwks(jwk(kid=LEFT_OUT)))
    assert not made.ready
    assert "jwks.content" in {each.id for each in made.obstacles}


def test_20_11_has_no_rollover():
    assert plan(BOTH, release="20.11").rollover is None


def test_the_command_takes_another_file(tmp_path, capsys):
    (tmp_path / "jwks.json").write_bytes(jwks(jwk(kid="now")))
    (tmp_path / "slurm.conf").write_text(CONF.format(parameters="jwks=/nowhere/jwks.json"))
    arguments = ["--conf", str(tmp_path / "slurm.conf"), "--jwks", str(tmp_path / "jwks.json")]
    main(["rotate", *arguments, "--release", "24.11", "--json"])
    assert json.loads(capsys.readouterr().out)["rollover"]["kids"] == ["now"]


@pytest.mark.slurm
@pytest.mark.parametrize("release", ["22.05", "24.11", "26.05"])
def test_no_token_stops_working_before_the_last_step(release):
    """The steps of the plan with real daemons; after each one, tokens of both kids."""
    new, slurm = private_key(1), accounts.ACCOUNTS[accounts.SLURM_USER]
    made = plan(BOTH, release=release)
    claims = {"exp": int(time.time()) + 600, "sun": "alice"}
    tokens = (token(None, claims, kid="k1"), token(new, claims, kid="k2"))
    keys = {"old": jwk(kid="k1"), "new": jwk(new, kid="k2")}
    files = {"replace": jwks(*keys.values()), "drop": jwks(keys["new"])}
    key = bytes(range(200, 232))
    with Cluster(require_release(release), key, jwks=jwks(keys["old"])) as cluster:
        accounting = dbd.add(cluster)
        for each in made.rollover.steps:
            if each.id in files:
                for name in (conf.JWKS_FILE, dbd.JWKS_FILE):
                    cluster.sandbox.write([Entry(name, files[each.id], 0o644, slurm)])
            if each.id in {"load", "unload"}:
                data = files["replace" if each.id == "load" else "drop"]
                accounting.restart(dbd.Access(key, jwks=data))
                if each.commands[-1].line == "scontrol reconfigure":
                    cluster.scontrol("reconfigure", user="root")
                    cluster.wait_until_up()
                else:
                    cluster.sandbox.write([Entry(conf.JWKS_FILE, data, 0o644, slurm)])
                    cluster.sandbox.end("slurmctld", 15)
                    cluster._start_slurmctld()
            accepted = ["old" in each.accepts, "new" in each.accepts]
            assert [cluster.ask(one).verdict == "accepted" for one in tokens] == accepted, each.id
            assert [accounting.ask(one).accepted for one in tokens] == accepted, each.id
