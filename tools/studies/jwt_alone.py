"""Study: slurmctld with auth/jwt as its only AuthType: what starts, and what nobody can do any more."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab.daemons import conf, slurmd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import DaemonDied, SlurmError
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_vectors.studies import StudyRow
from tools.studies.study import Study, claims_of, first_line, reason, steady, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.lab.install.release import Installation

REGISTERS = "registers"
REGISTRATION_LIMIT = 20.0
_TROUBLE = re.compile("SLURM_JWT|Unable to register")
JOB_LIMIT = 10.0
_JOB_END = r"_job_complete: JobId=\d+ done"
_KILLED = re.compile("Killing non-startable batch JobId=.*")


def _run(installation: Installation) -> tuple[StudyRow, ...]:
    key = secrets.token_bytes(32)
    ask = "slurmctld with AuthType=auth/jwt and no AuthAltTypes"
    try:
        cluster = Cluster(installation, key, settings=conf.Settings(auth_type=conf.JWT))
    except SlurmError as error:
        return (StudyRow(id="start", ask=ask, result="does not start", message=first_line(error.log)),)
    with cluster:
        rows = [
            StudyRow(id="start", ask=ask, result="starts"),
            *_verdicts(cluster, key),
            *_commands(cluster, key),
        ]
        return (*rows, *_nodes(cluster, key))


def _verdicts(cluster: Cluster, key: bytes) -> Iterator[StudyRow]:
    for name, ask, made in (
        ("good", "scontrol show config, with a good token", token(key)),
        (
            "forged",
            "scontrol show config, with a token signed with another key",
            token(secrets.token_bytes(32)),
        ),
    ):
        seen = cluster.ask(made)
        told = "" if seen.uid is None else f" as {seen.user} ({seen.uid})"
        log = reason(seen.log) if seen.verdict == "refused" else None
        yield StudyRow(id=name, ask=ask, result=seen.verdict + told, exit=seen.exit, uid=seen.uid, log=log)


def _commands(cluster: Cluster, key: bytes) -> Iterator[StudyRow]:
    """Yield what scontrol can do with and without a token."""
    roots, own = token(key, "root"), token(key)
    for name, ask, user, arguments, made in (
        ("ping-without", "scontrol ping as root, without a token", "root", ("ping",), None),
        ("token-without", "scontrol token as root, without a token", "root", ("token",), None),
        (
            "token-root",
            "scontrol token username=bob, with a token of root's",
            "root",
            ("token", "username=bob"),
            roots,
        ),
        ("token-own", "scontrol token, with a token of alice's", accounts.COURIER, ("token",), own),
    ):
        done = cluster.scontrol(*arguments, user=user, token=made)
        cluster.check(done)
        sent = done.out.strip().removeprefix("SLURM_JWT=").encode()
        is_token = done.exit == 0 and sent.count(b".") == 2
        worked = f"token for {claims_of(sent).get('sun')!r}" if is_token else "fails"
        message = None if is_token else first_line(done.err, done.out)
        yield StudyRow(id=name, ask=ask, result=worked, exit=done.exit, message=message)


def _nodes(cluster: Cluster, key: bytes) -> Iterator[StudyRow]:
    """Yield what becomes of a slurmd, which has to speak to slurmctld, and of a job."""
    for name, ask, env in (
        ("slurmd", "slurmd, started without a token", {}),
        (
            "slurmd-token",
            "slurmd, started with a token of root's in SLURM_JWT",
            {"SLURM_JWT": token(key, "root")},
        ),
    ):
        node = slurmd.start(cluster, env)
        result = _registration(cluster, node)
        code = cluster.sandbox.ask("status")["daemons"][slurmd.NAME]
        log = None if result == REGISTERS else _complaint(cluster)
        yield StudyRow(id=name, ask=ask, result=result, exit=code, log=log)
        if result == REGISTERS:
            yield _job(cluster, key)
        cluster.sandbox.end(slurmd.NAME)
        logs = [f"{cluster.sandbox.work}/{each}" for each in (conf.SLURMD_LOG, f"{slurmd.NAME}.out")]
        cluster.sandbox.run(
            ["/bin/rm", "-f", *logs], cluster.environment, user="root"
        )  # the next one's alone


def _registration(cluster: Cluster, node: slurmd.Slurmd) -> str:
    """Wait until slurmd is registered, has ended, or complains that it cannot register."""
    deadline = time.monotonic() + REGISTRATION_LIMIT
    while time.monotonic() < deadline:
        if cluster.sandbox.ask("status")["daemons"][slurmd.NAME] is not None:
            return "ends at once"
        with contextlib.suppress(DaemonDied):
            if node.state() == "idle":
                return REGISTERS
        if "Unable to register" in (_complaint(cluster) or ""):
            return "does not register"
        time.sleep(0.05)
    return "neither registers nor complains"


def _job(cluster: Cluster, key: bytes) -> StudyRow:
    """Return what becomes of a batch job on such a node."""
    start = cluster.sandbox.log_end(conf.LOG)
    done = cluster.run(
        "sbatch",
        *("--chdir=/", "--output=/dev/null", "--wrap=true"),
        user="alice",
        env={"SLURM_JWT": token(key)},
    )
    log, told = cluster.sandbox.log_since(conf.LOG, start, _JOB_END, JOB_LIMIT)
    killed = _KILLED.search(log)
    result = "no end seen" if not told else "is killed before it starts" if killed else "runs"
    return StudyRow(
        id="job",
        ask="a batch job of alice's, sent with her token to that node",
        result=result,
        exit=done.exit,
        log=steady(killed.group()) if killed else None,
    )


def _complaint(cluster: Cluster) -> str | None:
    """Return what slurmd says first about its trouble to prove who it is."""
    told = f"{cluster.log_tail(slurmd.NAME)}\n{cluster.sandbox.tail(f'{slurmd.NAME}.out')}"
    return next((steady(line) for line in told.splitlines() if _TROUBLE.search(line)), None)


STUDY = Study(
    "jwt-alone",
    "slurmctld with auth/jwt alone",
    "The Slurm page has auth/jwt as an AuthAltType beside munge. Here it is all that slurmctld has. It"
    " starts and takes tokens; but the first token has to come from elsewhere, and no job ever runs.",
    _run,
)
