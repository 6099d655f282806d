"""Study: what each command does on a host that has auth/jwt and a token, and nothing else."""

from __future__ import annotations

import dataclasses
import re
import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.daemons import conf, dbd, slurmd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import CommandResult, Entry
from slurm_jwt_vectors.studies import StudyRow
from tools.studies.study import Study, first_line, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.lab.install.release import Installation

LIMIT, PAUSE = 15.0, 0.05
_SETTINGS = (
    "PriorityType=priority/multifactor",
    "SchedulerParameters=batch_sched_delay=0,sched_min_interval=0",
    "KillWait=1",
)
"""So that sprio has an answer, and that jobs start and steps end without a wait."""

CLIENT = "client"
HOME = "home"


class _Command(NamedTuple):
    """A command; JOBID in it is the number of a running job. proof: what its output shows if it worked."""

    id: str
    words: tuple[str, ...]
    proof: str = ""


_READING = (
    _Command("sinfo", ("sinfo",), "main"),
    _Command("squeue", ("squeue",), "alice"),
    _Command("scontrol-ping", ("scontrol", "ping"), "is UP"),
    _Command("scontrol-show-config", ("scontrol", "show", "config"), "ClusterName"),
    _Command("scontrol-show-node", ("scontrol", "show", "node"), "NodeName=localhost"),
    _Command("scontrol-show-partition", ("scontrol", "show", "partition"), "PartitionName=main"),
    _Command("scontrol-show-job", ("scontrol", "show", "job", "JOBID"), "JobState=RUNNING"),
    _Command("scontrol-token", ("scontrol", "token"), "SLURM_JWT="),
    _Command("sdiag", ("sdiag",), "sdiag output"),
    _Command("sprio", ("sprio",), "PRIORITY"),
    _Command("sshare", ("sshare",), "FairShare"),
    _Command("strigger", ("strigger", "--get")),
    _Command("sacct", ("sacct",), "JobID"),
    _Command("sacctmgr-show", ("sacctmgr", "show", "cluster"), "slurmjwt"),
    _Command("sreport", ("sreport", "cluster", "utilization"), "Cluster Utilization"),
)
_ON_A_JOB = (
    _Command("sstat", ("sstat", "--allsteps", "JOBID"), "JOBID"),
    _Command("sbcast", ("sbcast", "--jobid=JOBID", "/etc/passwd", "/dev/null")),
    _Command("srun-jobid", ("srun", "--jobid=JOBID", "hostname"), "localhost"),
    _Command("scontrol-update", ("scontrol", "update", "JobId=JOBID", "Comment=x")),
    _Command("scontrol-requeue", ("scontrol", "requeue", "JOBID")),
    _Command("scancel", ("scancel", "JOBID")),
)
_AFTER = (
    _Command("srun", ("srun", "hostname"), "localhost"),
    _Command("salloc", ("salloc", "sh", "-c", "echo on $SLURM_JOB_NODELIST"), "on localhost"),
    _Command("scontrol-reconfigure", ("scontrol", "reconfigure")),
    _Command("sacctmgr-add", ("sacctmgr", "--immediate", "add", "account", "x")),
)
_SUBMITTED = re.compile(r"Submitted batch job (\d+)")


def _run(installation: Installation) -> tuple[StudyRow, ...]:
    key = secrets.token_bytes(32)
    with Cluster(installation, key, settings=conf.Settings(extra=_SETTINGS)) as cluster:
        dbd.add(cluster)
        node = slurmd.add(cluster)
        host = _Host(cluster, token(key))
        rows = list(_rows(host))
        node.wait_until_idle()
        rows += [host.row(each) for each in _AFTER]
        rows += [host.srun_in_job("srun-in-batch", "srun hostname inside a batch job", "")]
        rows += [
            host.srun_in_job("srun-in-batch-unset", "the same after unset SLURM_JWT", "unset SLURM_JWT; ")
        ]
        return (*rows, host.by_another())


class _Host:
    """A host with a slurm.conf that knows auth/jwt alone, and a token of alice's."""

    def __init__(self, cluster: Cluster, made: bytes) -> None:
        self._cluster = cluster
        alice = accounts.TEST_USERS["alice"]
        settings = dataclasses.replace(cluster.settings, auth_type=conf.JWT)
        text = conf.slurm_conf(cluster.sandbox.work, settings)
        lines = [line for line in text.splitlines() if not line.startswith(("AuthInfo", "AuthAlt"))]
        entries = [Entry(CLIENT, None, 0o755), Entry(HOME, None, 0o755, alice)]
        cluster.sandbox.write(
            [*entries, Entry(f"{CLIENT}/slurm.conf", "\n".join([*lines, ""]).encode(), 0o644)]
        )
        work = cluster.sandbox.work
        self._home = f"{work}/{HOME}"
        self._env = {"SLURM_CONF": f"{work}/{CLIENT}/slurm.conf".encode(), "SLURM_JWT": made}

    def run(self, *words: str, user: str = "alice") -> CommandResult:
        """Run a command as an ordinary user of that host."""
        return self._cluster.run(words[0], *words[1:], user=user, env=self._env, seconds=LIMIT)

    def submit(self) -> tuple[CommandResult, str | None]:
        """Send a job that runs for a while; return its number, None if it was not taken."""
        sent = self.run("sbatch", f"--chdir={self._home}", "--output=/dev/null", "--wrap=sleep 300")
        found = _SUBMITTED.search(sent.out)
        return sent, found.group(1) if found else None

    def wait_until_running(self, job: str) -> None:
        """Wait until a job runs; SlurmError if it does not."""
        for _ in range(int(LIMIT / PAUSE)):
            done = self._cluster.run("squeue", "--noheader", f"--jobs={job}", "--format=%T", user="root")
            if done.out.strip() == "RUNNING":
                return
            time.sleep(PAUSE)
        raise SlurmError(
            f"the job is {done.out.strip() or 'gone'}, it does not run", log=self._cluster.log_tail()
        )

    def srun_in_job(self, name: str, ask: str, before: str) -> StudyRow:
        """Tell what srun does inside a batch job, where slurm.conf is the node's own, munge and all."""
        work, told = self._cluster.sandbox.work, f"{HOME}/{name}"
        script = f"{before}SLURM_CONF={work}/{conf.CONF} srun hostname; echo end $?"
        self.run("sbatch", f"--chdir={self._home}", f"--output={work}/{told}", f"--wrap={script}")
        found = None
        for _ in range(int(LIMIT / PAUSE)):
            found = re.search(r"^end (\d+)$", self._cluster.sandbox.tail(told), re.MULTILINE)
            if found:
                break
            time.sleep(PAUSE)
        else:
            return StudyRow(
                id=name, ask=ask, result="no end seen", message=first_line(self._cluster.log_tail())
            )
        text, code = self._cluster.sandbox.tail(told), int(found.group(1))
        worked = code == 0 and "localhost\n" in text
        message = None if worked else first_line(text)
        return StudyRow(id=name, ask=ask, result="works" if worked else "fails", exit=code, message=message)

    def by_another(self) -> StudyRow:
        """Tell what a job becomes that another account sends with alice's token."""
        sent = self.run("sbatch", "--hold", "--chdir=/", "--wrap=true", user=accounts.COURIER)
        found = _SUBMITTED.search(sent.out)
        result = "fails"
        if found:
            named = self._cluster.run(
                "squeue", "--noheader", f"--jobs={found[1]}", "--format=%u", user="root"
            )
            result = f"works, as a job of {named.out.strip()}'s"
        ask = f"sbatch by the account {accounts.COURIER}, with alice's token"
        message = None if found else first_line(sent.err)
        return StudyRow(id="sbatch-by-another", ask=ask, result=result, exit=sent.exit, message=message)

    def row(self, command: _Command, job: str = "") -> StudyRow:
        """Run a command and tell whether it worked."""
        words = tuple(word.replace("JOBID", job) for word in command.words)
        try:
            done = self.run(*words)
        except SlurmError as error:
            return _row(
                command, "not in Debian's packages" if "cannot be run" in error.what else "fails", None
            )
        return _row(command, _result(done, command.proof.replace("JOBID", job)), done)


def _rows(host: _Host) -> Iterator[StudyRow]:
    """Yield what can be asked while a job runs, the job itself first."""
    sent, job = host.submit()
    yield _row(_Command("sbatch", ("sbatch", "--wrap=...")), "works" if job else "fails", sent)
    if job is None:
        return
    host.wait_until_running(job)
    for command in (*_READING, *_ON_A_JOB):
        yield host.row(command, job)


def _result(done: CommandResult, proof: str) -> str:
    if done.exit is None:
        return f"hangs for {LIMIT:.0f} s"
    if done.exit:
        return "fails"
    if proof and proof not in done.out:
        return "exit code 0, but nothing done"
    return "works"


def _row(command: _Command, result: str, done: CommandResult | None) -> StudyRow:
    worked = result == "works"
    return StudyRow(
        id=command.id,
        ask=" ".join(command.words),
        result=result,
        exit=None if done is None else done.exit,
        message=None if done is None or worked else first_line(done.err, done.out),
    )


STUDY = Study(
    "token-alone",
    "What works with a token alone",
    "A host whose slurm.conf has AuthType=auth/jwt and nothing else, and a token of alice's in SLURM_JWT;"
    " slurmctld, slurmdbd and slurmd speak munge among each other. JOBID is a running job of alice's. A"
    " command that has to speak to slurmd itself cannot: slurmd knows no tokens. A token's owner can always"
    " get the next one. scontrol reconfigure and sacctmgr add fail for alice's want of rights, not for the"
    " token.",
    _run,
)
