"""The files of made-up sites: a key, a token, users, slurm.conf as short as a daemon allows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from scenarios.scenario import KEY, TOKEN
from slurm_jwt_conformance.lab.sandbox import accounts
from support.made_up_site import File
from tools.studies.study import token as signed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Files = Callable[[int], tuple[File, ...]]

HOUR = 3600
RANDOM = hashlib.sha256(b"the key of a site with a scenario").digest()
"""Stands for 32 random bytes: the same in each run, so that the page does not change, and no site's key."""

OTHER = hashlib.sha256(b"the key of another daemon").digest()
USERS = File("users.txt", accounts.passwd().encode())
"""What `getent passwd` says on slurmctld's host."""

_LAB = """\
ClusterName=lab
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=6817
SlurmUser=slurm
CommunicationParameters=NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={munge}
StateSaveLocation={base}/state
SlurmctldPidFile={base}/pid
SlurmctldLogFile={base}/slurmctld.log
SlurmctldSyslogDebug=quiet
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/pgid
SelectType=select/linear
TaskPlugin=task/none
NodeName=localhost NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES
"""
_DBD = """\
DbdHost=localhost
DbdAddr=127.0.0.1
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=socket={munge}
PidFile={base}/dbd.pid
LogFile={base}/slurmdbd.log
StorageType=accounting_storage/none
"""
USES_JWT = "AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={base}/jwt_hs256.key\n"


def slurm_conf(lines: str = USES_JWT) -> File:
    """Return slurm.conf with these lines; {base} stands for the site's folder, {munge} for munge's socket."""
    return File("slurm.conf", (_LAB + lines).encode())


def slurmdbd_conf(lines: str) -> File:
    """Return slurmdbd.conf with these lines, as `slurm_conf` does."""
    return File("slurmdbd.conf", (_DBD + lines).encode(), 0o600, "slurm")


def key(content: bytes = RANDOM, mode: int = 0o600, name: str = KEY, owner: str = "slurm") -> File:
    """Return a key file."""
    return File(name, content, mode, owner)


STATE = File("state", None, 0o755, "slurm")


def token(
    now: int,
    with_key: bytes = RANDOM,
    user: str | None = "alice",
    *,
    name: str = TOKEN,
    header: Mapping[str, object] | None = None,
    **claims: object,
) -> File:
    """Return the file of a token that was made a minute ago for half an hour; None leaves a claim out."""
    given = {"iat": now - 60, "exp": now - 60 + 1800} | claims
    return File(name, signed(with_key, user, header=header, **given) + b"\n")


def unsigned(now: int) -> File:
    """Return the file of a token that ends with its second dot."""
    made = token(now)
    return made._replace(content=(made.content or b"").rpartition(b".")[0] + b".\n")


def site(lines: str = USES_JWT, *more: File) -> Files:
    """Return the files of a host: slurm.conf with these lines, a state folder, and more."""
    return lambda _now: (slurm_conf(lines), STATE, *more)


def controller(
    make: Callable[[int], File] = token, content: bytes = RANDOM, lines: str = USES_JWT, *more: File
) -> Files:
    """Return the files of a slurmctld's site: slurm.conf, its key, its users, a token and more."""
    return lambda now: (slurm_conf(lines), STATE, key(content), USERS, make(now), *more)


def with_parameters(*more: str) -> str:
    """Return the lines that enable auth/jwt, with more parameters beside jwt_key."""
    return USES_JWT.replace(f"{KEY}\n", ",".join((KEY, *more)) + "\n")
