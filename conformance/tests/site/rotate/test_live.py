"""A rotation's plan, carried out on a real slurmctld and slurmdbd: after each step they do what it says.

The commands of the plan are run as they stand (cp, mv, shred); keygen and systemctl, which are not in the
sandbox, are done for it.
"""

from __future__ import annotations

import secrets
import time

import pytest

from slurm_jwt.strict.jws import signer
from slurm_jwt_conformance.lab.daemons import conf, dbd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_conformance.site.rotate.plan import plan
from support.made_up_site import File, MadeUpHost, made_up_machine
from support.slurm import require_release
from tools.studies.study import reason, token

pytestmark = pytest.mark.slurm
SLURM = 64030


def plan_of(cluster, release):
    """Plan with the very files that the daemons of this cluster read."""
    work = cluster.sandbox.work
    texts = {
        "slurm.conf": conf.slurm_conf(work, cluster.settings),
        "slurmdbd.conf": dbd.slurmdbd_conf(work, dbd.Access(cluster.key)),
    }
    files = [File(name, text.encode(), 0o600, "slurm") for name, text in texts.items()]
    files += [File(name, cluster.key, 0o600, "slurm") for name in (conf.KEY_FILE, dbd.KEY_FILE)]
    files += [File(conf.STATE, None, 0o755, "slurm")]
    host = MadeUpHost(work, files, ("auth_jwt.so", "auth_munge.so"))
    machine = made_up_machine(cluster.installation.version, cluster.installation.libjwt)
    machine = machine._replace(name="localhost")
    found = survey(Options(conf=f"{work}/slurm.conf", release=release), host, machine)
    return plan(found, diagnose(found))


class Bench:
    """A cluster whose daemons are restarted on the files that are there, as systemd would."""

    def __init__(self, cluster, new):
        self.cluster, self.new = cluster, new
        self.store = dbd.add(cluster)

    def carry_out(self, command):
        program, _, rest = command.line.partition(" ")
        if program in {"cp", "mv", "shred"}:
            self.shell(command.line)
        elif program == "systemctl":
            self.restart(rest.split()[-1])
        elif command.line.startswith("slurm-jwt keygen"):
            path = rest.split()[1].removeprefix(f"{self.cluster.sandbox.work}/")
            self.cluster.sandbox.write([Entry(path, self.new, 0o600, SLURM)])
        else:
            assert program in {"slurm-jwt", "scontrol"}, command

    def shell(self, line):
        done = self.cluster.sandbox.run(
            ["/bin/sh", "-c", line], {"PATH": b"/usr/bin:/bin"}, user="root", seconds=20
        )
        assert done.exit == 0, (line, done.err)

    def restart(self, daemon):
        if daemon == "slurmctld":
            self.cluster.restart()
            return
        sandbox = self.cluster.sandbox
        sandbox.end(dbd.NAME, 15)
        socket = f"{sandbox.work}/{dbd.SOCKET}".encode()
        self.cluster.start_daemon(dbd.NAME, "-D", env={"MYSQL_UNIX_PORT": socket}, log=dbd.LOG)
        deadline = time.monotonic() + 20
        while not any(port == dbd.PORT for _, port in self.cluster.listening()):
            assert time.monotonic() < deadline, self.cluster.log_tail(dbd.NAME)
            time.sleep(0.05)

    def seen(self, keys):
        """Ask both daemons about a token of each key: the key whose token is taken, "both" or "none"."""
        verdicts = {}
        for daemon in ("slurmctld", "slurmdbd"):
            taken = [name for name, key in keys.items() if self.takes(daemon, token(key))]
            verdicts[daemon] = taken[0] if len(taken) == 1 else "both" if taken else "none"
        return verdicts

    def takes(self, daemon, made):
        if daemon == "slurmdbd":
            return self.store.ask(made).accepted
        return self.cluster.ask(made).verdict == "accepted"

    def issues(self, keys):
        made = self.cluster.issue("alice", 60)
        signed, _, mac = made.rpartition(b".")
        return next(name for name, key in keys.items() if signer(key)(signed) == mac)


@pytest.mark.parametrize("release", ["20.11", "22.05", "24.11", "26.05"])
def test_each_step_does_what_the_plan_says_and_so_does_the_way_back(release):
    keys = {"old": secrets.token_bytes(32), "new": secrets.token_bytes(32)}
    with Cluster(require_release(release), keys["old"]) as cluster:
        if cluster.mode != "root":
            pytest.skip("slurmdbd needs a database, and that an account of its own")
        bench = Bench(cluster, keys["new"])
        rotation = plan_of(cluster, release)
        assert rotation.ready, rotation.obstacles
        assert {each.takes_tokens for each in rotation.holders} == {"yes"}
        for step in rotation.steps[:-1]:
            follow(bench, step, keys)
        refused = cluster.ask(token(keys["old"]))
        assert reason(refused.log) == rotation.refused
        for step in rotation.back:
            follow(bench, step, keys)


def follow(bench, step, keys):
    for command in step.commands:
        bench.carry_out(command)
    assert bench.seen(keys) == step.takes, step.id
    assert bench.issues(keys) == step.issues, step.id
    assert step.basis == "observed" or not step.breaks, step.id


def test_the_last_step_removes_the_old_key():
    keys = {"old": secrets.token_bytes(32), "new": secrets.token_bytes(32)}
    with Cluster(require_release("22.05"), keys["old"]) as cluster:
        rotation = plan_of(cluster, "22.05")
        names = (conf.KEY_FILE, dbd.KEY_FILE)
        cluster.sandbox.write([Entry(f"{name}.old", b"x" * 32, 0o600, SLURM) for name in names])
        for command in rotation.steps[-1].commands:
            shell = ["/bin/sh", "-c", command.line]
            done = cluster.sandbox.run(shell, {"PATH": b"/usr/bin:/bin"}, user="root")
            assert done.exit == 0, done.err
        listed = cluster.sandbox.run(["/bin/ls", cluster.sandbox.work], {}, user="root").out
    assert conf.KEY_FILE in listed
    assert ".old" not in listed
