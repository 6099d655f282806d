"""Study: what a new key in the key file does: at once, after scontrol reconfigure, after a restart."""

from __future__ import annotations

import secrets
import signal
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import DaemonDied, NoAnswer
from slurm_jwt_vectors.studies import StudyRow
from tools.studies.study import Study, reason, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.lab.install.release import Installation


PEM = 1675
"""Bytes of an RSA key of 2,048 bits in PEM, as the Slurm page has it made; here random ones."""


class _Change(NamedTuple):
    """A way to change the key file. old, new: bytes of the two keys."""

    id: str
    ask: str
    by_rename: bool
    old: int = 32
    new: int = 32


_CHANGES = (
    _Change("in-place", "written over in place", False),
    _Change("rename", "replaced by rename", True),
    _Change(
        "shorter", "written over in place by a shorter key (a PEM's 1,675 bytes, then 32)", False, PEM, 32
    ),
    _Change("longer", "written over in place by a longer key (32 bytes, then a PEM's 1,675)", False, 32, PEM),
    _Change("emptied", "emptied in place", False, 32, 0),
)


def _run(installation: Installation) -> tuple[StudyRow, ...]:
    return tuple(row for change in _CHANGES for row in _rows(installation, change))


def _rows(installation: Installation, change: _Change) -> Iterator[StudyRow]:
    old, new = secrets.token_bytes(change.old), secrets.token_bytes(change.new)
    with Cluster(installation, old) as cluster:
        cluster.replace_key(new, by_rename=change.by_rename)
        yield _row(change, "written", "then nothing", cluster, (old, new))
        if not change.new:
            return
        cluster.scontrol("reconfigure", user="root")
        cluster.wait_until_up()
        yield _row(change, "reconfigured", "then scontrol reconfigure", cluster, (old, new))
        cluster.restart()
        yield _row(change, "restarted", "then a restart", cluster, (old, new))


def _row(change: _Change, step: str, ask: str, cluster: Cluster, keys: tuple[bytes, bytes]) -> StudyRow:
    verdicts, log = [], None
    for name, key in zip(("old", "new"), keys, strict=True):
        try:
            seen = cluster.ask(token(key))
        except (DaemonDied, NoAnswer) as error:
            verdicts.append(f"{name}: {_end(cluster) or error.what}")
            break
        verdicts.append(f"{name}: {seen.verdict}")
        log = log or (reason(seen.log) if seen.verdict == "refused" else None)
    return StudyRow(id=f"{change.id}-{step}", ask=f"{change.ask}, {ask}", result=", ".join(verdicts), log=log)


def _end(cluster: Cluster) -> str | None:
    """Tell how slurmctld ended; None if it runs."""
    code: int | None = cluster.sandbox.ask("status")["daemons"]["slurmctld"]
    if code is None:
        return None
    return f"slurmctld ends, {signal.Signals(-code).name if code < 0 else f'exit code {code}'}"


STUDY = Study(
    "rotation",
    "Changing the key: when the old one ends and the new one begins",
    "The key file of a running slurmctld is changed, and then a token of each key is shown to it. slurmctld"
    " maps the file into its memory, with the length that it had: what is written over it in place counts at"
    " once, but no further than that length, and a file that is emptied ends slurmctld with the next token."
    " So write a new file, rename it over the old one, and restart; since 23.11 a reconfigure does.",
    _run,
)
