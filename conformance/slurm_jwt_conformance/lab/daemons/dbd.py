"""slurmdbd in a cluster, with a MariaDB of its own: the second daemon that verifies tokens.

The database is in the sandbox and listens on a Unix socket only. slurmdbd has a key file of its own, which
may differ from slurmctld's or be absent. Slurm's page requires the same key in both.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.daemons.observation import read_refused
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.daemons.cluster import Cluster
    from slurm_jwt_conformance.lab.sandbox.sandbox import CommandResult

NAME, DATABASE = "slurmdbd", "mariadbd"
PORT = 6819
KEY_FILE = "slurmdbd.key"
JWKS_FILE = "slurmdbd.jwks.json"
LOG = f"{conf.STATE}/slurmdbd.log"
SOCKET = "db/socket"
STORE = "slurm_acct_db"
LOG_LIMIT = 5.0
_REFUSED = "Failed to unpack SLURM_PERSIST_INIT"
_DECIDED = rf"REQUEST_PERSIST_INIT: CLUSTER:.* UID:\d+|{_REFUSED}"
_UID = re.compile(r"REQUEST_PERSIST_INIT: CLUSTER:\S* VERSION:\d+ UID:(\d+)")


@dataclasses.dataclass(frozen=True)
class Access:
    """The settings of slurmdbd for tokens. key: content of its key file, None for no jwt_key.

    jwt: whether AuthAltTypes=auth/jwt is set. Without it slurmdbd accepts only munge's credentials. jwks:
    content of its JWKS, None for no jwks=. parameters: more of AuthAltParameters.
    """

    key: bytes | None
    jwt: bool = True
    jwks: bytes | None = None
    parameters: tuple[str, ...] = ()


class DbdAnswer(NamedTuple):
    """The answer to a token.

    result: the end of sacctmgr. uid: the user that slurmdbd assigned, None if it refused.
    log: the reason of a refusal in slurmdbd's log.
    """

    result: CommandResult
    uid: int | None
    log: str | None

    @property
    def accepted(self) -> bool:
        """Whether slurmdbd served the client."""
        return self.uid is not None


class Dbd:
    """A running slurmdbd, with its cluster registered in it."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def ask(self, token: bytes) -> DbdAnswer:
        """Return the answer to a request for the list of clusters. DaemonDied if a daemon ended."""
        cluster = self._cluster
        start = cluster.sandbox.log_end(LOG)
        arguments = ("--noheader", "--parsable2", "show", "cluster", "format=cluster")
        result = cluster.run("sacctmgr", *arguments, user=accounts.COURIER, env={"SLURM_JWT": token})
        cluster.check(result)
        log, complete = cluster.sandbox.log_since(LOG, start, _DECIDED, LOG_LIMIT)
        uids = {int(uid) for uid in _UID.findall(log)}
        if result.exit and uids == {accounts.ACCOUNTS[accounts.SLURM_USER]}:
            # slurmctld connects again after a restart of slurmdbd: its line is not the answer to this token.
            log, refused = cluster.sandbox.log_since(LOG, start, _REFUSED, LOG_LIMIT)
            uids = set() if refused else uids
        if not complete or len(uids) > 1:
            raise SlurmError("slurmdbd's log does not show clearly which user it assigned", log=log)
        if uids:
            return DbdAnswer(result, uids.pop(), None)
        return DbdAnswer(result, None, read_refused(log, "", 1).log)

    def restart(self, access: Access) -> None:
        """End slurmdbd and start it with another key or none. SlurmError if it does not start."""
        self._cluster.sandbox.end(NAME)
        _start_slurmdbd(self._cluster, access)


def add(cluster: Cluster, access: Access | None = None) -> Dbd:
    """Start MariaDB and slurmdbd, register the cluster, restart slurmctld, and return slurmdbd.

    access: the cluster's own by default. SlurmError if a program is missing or does not
    start.
    """
    _start_database(cluster)
    own = Access(cluster.key, jwks=cluster.jwks, parameters=cluster.settings.alt_parameters)
    _start_slurmdbd(cluster, access or own)
    # Newer releases refuse to start where the cluster's number differs from the one that slurmdbd gave it.
    cluster.sandbox.run(
        ["/bin/rm", "-f", f"{cluster.sandbox.work}/{conf.STATE}/clustername"],
        cluster.environment,
        user="root",
    )
    cluster.restart(with_accounting(cluster))
    return Dbd(cluster)


def with_accounting(cluster: Cluster) -> conf.Settings:
    """Return the cluster's settings with slurmdbd as its accounting storage."""
    lines = (
        "AccountingStorageType=accounting_storage/slurmdbd",
        "AccountingStorageHost=127.0.0.1",
        f"AccountingStoragePass={cluster.sandbox.work}/{conf.MUNGE_SOCKET}",
    )
    return dataclasses.replace(cluster.settings, extra=(*cluster.settings.extra, *lines))


def _start_database(cluster: Cluster) -> None:
    """Start MariaDB as SlurmUser, on a socket that only this account can reach. It needs no accounts.

    Its data folder is empty, because nothing uses its system tables. The store exists as a folder:
    slurmdbd 26.05 with libmariadb 3.4.10 fails at its first start if it has to create the store.
    """
    slurm, work = accounts.ACCOUNTS[accounts.SLURM_USER], cluster.sandbox.work
    folders = ("db", "db/tmp", "db/data", "db/data/mysql", f"db/data/{STORE}")
    cluster.sandbox.write([Entry(folder, None, 0o700, slurm) for folder in folders])
    cluster.start_daemon(
        DATABASE,
        "--no-defaults",
        *("--skip-networking", "--skip-grant-tables", "--skip-name-resolve", "--performance-schema=OFF"),
        *("--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0"),
        *(f"--datadir={work}/db/data", f"--tmpdir={work}/db/tmp"),
        *(f"--socket={work}/{SOCKET}", f"--pid-file={work}/db/pid"),
        user=accounts.SLURM_USER,
    )
    cluster.wait_for(DATABASE, lambda: "ready for connections" in cluster.log_tail(DATABASE))


def _start_slurmdbd(cluster: Cluster, access: Access) -> None:
    slurm = accounts.ACCOUNTS[accounts.SLURM_USER]
    text = slurmdbd_conf(cluster.sandbox.work, access)
    entries = [Entry("slurmdbd.conf", text.encode(), 0o600, slurm)]
    if access.key is not None:
        entries.append(Entry(KEY_FILE, access.key, 0o600, slurm))
    if access.jwks is not None:
        entries.append(Entry(JWKS_FILE, access.jwks, 0o644, slurm))
    cluster.sandbox.write(entries)
    socket = f"{cluster.sandbox.work}/{SOCKET}".encode()
    cluster.start_daemon(NAME, "-D", env={"MYSQL_UNIX_PORT": socket}, log=LOG)
    cluster.wait_for(NAME, lambda: any(port == PORT for _, port in cluster.listening()))


def slurmdbd_conf(work: str, access: Access) -> str:
    """Return slurmdbd.conf for files below `work`."""
    parameters = [f"jwt_key={work}/{KEY_FILE}"] if access.key is not None else []
    parameters += [f"jwks={work}/{JWKS_FILE}"] if access.jwks is not None else []
    parameters += access.parameters
    lines = (
        "AuthType=auth/munge",
        f"AuthInfo=socket={work}/{conf.MUNGE_SOCKET}",
        *(("AuthAltTypes=auth/jwt",) if access.jwt else ()),
        *((f"AuthAltParameters={','.join(parameters)}",) if parameters else ()),
        "DbdHost=localhost",
        "DbdAddr=127.0.0.1",
        f"DbdPort={PORT}",
        f"SlurmUser={accounts.SLURM_USER}",
        "StorageType=accounting_storage/mysql",
        f"StorageUser={accounts.SLURM_USER}",
        f"StorageLoc={STORE}",
        f"LogFile={work}/{LOG}",
        f"PidFile={work}/{conf.STATE}/slurmdbd.pid",
        "DebugLevel=debug2",
        "DebugLevelSyslog=quiet",
    )
    return "\n".join(lines) + "\n"
