"""Clusters that are ready for use: one for each key and clock, and more of the same for several workers."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import SlurmError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from slurm_jwt_conformance.lab.install.release import Installation

WORKERS = 4
"""Clusters that work at the same time. slurmctld sleeps 10 ms on each refusal: 4 is right for 2 cores."""
CHUNK = 50
"""The limit of questions that a worker takes at a time."""

Item = TypeVar("Item")
Daemon = TypeVar("Daemon")


def portions(items: Iterable[Item], daemon_of: Callable[[Item], Daemon]) -> list[tuple[Daemon, list[Item]]]:
    """Return the items by the daemon that they need, the largest groups first, in chunks for the workers."""
    groups: dict[Daemon, list[Item]] = {}
    for item in items:
        groups.setdefault(daemon_of(item), []).append(item)
    return [
        (daemon, group[start : start + CHUNK])
        for daemon, group in sorted(groups.items(), key=lambda each: -len(each[1]))
        for start in range(0, len(group), CHUNK)
    ]


class KeyAndClock(NamedTuple):
    """What identifies a slurmctld: the bytes of its key file and of its JWKS, and where its clock stands."""

    key: bytes
    clock: int | None
    jwks: bytes | None = None

    def __repr__(self) -> str:
        jwks = "" if self.jwks is None else f", JWKS of {len(self.jwks)} bytes"
        return f"KeyAndClock(key of {len(self.key)} bytes{jwks}, clock={self.clock})"


class Pool:
    """Lends clusters of one installation. Of more than `idle_limit` unused ones the oldest are closed."""

    def __init__(self, installation: Installation, idle_limit: int = 6) -> None:
        self.installation = installation
        self._idle_limit = idle_limit
        self._lock = threading.Lock()
        self._idle: list[tuple[KeyAndClock, Cluster]] = []
        self._busy: set[Cluster] = set()
        self._closed = False

    @contextlib.contextmanager
    def cluster(self, daemon: KeyAndClock) -> Iterator[Cluster]:
        """Lend a cluster. A cluster whose use ended in an error is closed.

        Raises KeyRefused if slurmctld does not start with the key or JWKS, SlurmError for other failures.
        """
        cluster = self._lend(daemon)
        try:
            yield cluster
        except BaseException:
            self._drop(cluster)
            raise
        self._put_back(daemon, cluster)

    def _lend(self, daemon: KeyAndClock) -> Cluster:
        cluster = self._take(daemon) or Cluster(
            self.installation, daemon.key, clock=daemon.clock, jwks=daemon.jwks
        )
        with self._lock:
            late = self._closed
            self._busy.add(cluster)
        if late:
            self._drop(cluster)
            raise SlurmError("the run has ended")
        return cluster

    def _take(self, daemon: KeyAndClock) -> Cluster | None:
        with self._lock:
            if self._closed:
                raise SlurmError("the run has ended")
            for place, (identity, cluster) in enumerate(self._idle):
                if identity == daemon:
                    del self._idle[place]
                    return cluster
        return None

    def _put_back(self, daemon: KeyAndClock, cluster: Cluster) -> None:
        with self._lock:
            self._busy.discard(cluster)
            self._idle.append((daemon, cluster))
            surplus = self._idle if self._closed else self._idle[: -self._idle_limit]
            self._idle = self._idle[len(surplus) :]
        for _, old in surplus:
            old.close()

    def _drop(self, cluster: Cluster) -> None:
        with self._lock:
            self._busy.discard(cluster)
        cluster.close()

    def close(self) -> None:
        """Close every cluster, lent ones too. A second call does nothing."""
        with self._lock:
            self._closed = True
            clusters = [cluster for _, cluster in self._idle] + list(self._busy)
            self._idle = []
        for cluster in clusters:
            cluster.close()
