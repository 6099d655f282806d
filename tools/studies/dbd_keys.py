"""Study: slurmctld and slurmdbd with the same key, with different keys, and slurmdbd with none."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.daemons import dbd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.daemons.dbd import Access
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_vectors.studies import StudyRow
from tools.studies.study import Study, first_line, reason, steady, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.lab.daemons.dbd import Dbd
    from slurm_jwt_conformance.lab.install.release import Installation


class _Asked(NamedTuple):
    """A token shown to both daemons."""

    id: str
    ask: str
    token: bytes


def _run(installation: Installation) -> tuple[StudyRow, ...]:
    key, other = secrets.token_bytes(32), secrets.token_bytes(32)
    mine = _Asked("own-token", "token of slurmctld's key", token(key))
    with Cluster(installation, key) as cluster:
        store = dbd.add(cluster)
        rows = [
            row for each in (mine, *_odd(key)) for row in _both(cluster, store, "same-key", "same key", each)
        ]
        store.restart(Access(other))
        theirs = _Asked("other-token", "token of slurmdbd's key", token(other))
        rows += [
            row for each in (mine, theirs) for row in _both(cluster, store, "two-keys", "two keys", each)
        ]
        for name, ask, access in (
            ("no-key", "slurmdbd with AuthAltTypes=auth/jwt, but no jwt_key", Access(None)),
            ("no-jwt", "slurmdbd without AuthAltTypes", Access(None, jwt=False)),
        ):
            rows += _without(cluster, store, name, ask, access)
    return tuple(rows)


def _odd(key: bytes) -> tuple[_Asked, ...]:
    """Return tokens that tell whether slurmdbd judges as slurmctld does."""
    return (
        _Asked("expired", "expired token", token(key, exp=1577840400)),
        _Asked("hs512", "token signed with HS512", token(key, header={"alg": "HS512"})),
        _Asked("username", "token with username instead of sun", token(key, None, username="alice")),
        _Asked("unknown-user", "token of a user that nobody knows", token(key, "nosuchuser")),
        _Asked("no-token", "text that is no token", b"x"),
    )


def _both(cluster: Cluster, store: Dbd, setting: str, told: str, asked: _Asked) -> Iterator[StudyRow]:
    """Yield a row for each of the daemons."""
    seen = cluster.ask(asked.token)
    yield StudyRow(
        id=f"{setting}-{asked.id}-slurmctld",
        ask=f"{told}: {asked.ask}, scontrol show config",
        result=_verdict(seen.uid, cluster.names),
        exit=seen.exit,
        uid=seen.uid,
        log=reason(seen.log) if seen.uid is None else None,
    )
    yield _dbd_row(cluster, store, f"{setting}-{asked.id}-slurmdbd", f"{told}: {asked.ask}", asked.token)


def _dbd_row(cluster: Cluster, store: Dbd, name: str, ask: str, made: bytes) -> StudyRow:
    answer = store.ask(made)
    return StudyRow(
        id=name,
        ask=f"{ask}, sacctmgr show cluster",
        result=_verdict(answer.uid, cluster.names),
        exit=answer.result.exit,
        uid=answer.uid,
        message=first_line(answer.result.err) if answer.uid is None else None,
        log=reason(answer.log),
    )


def _verdict(uid: int | None, names: dict[int, str]) -> str:
    return "refused" if uid is None else f"accepted as {names.get(uid, 'nobody')} ({uid})"


def _without(cluster: Cluster, store: Dbd, name: str, ask: str, access: Access) -> Iterator[StudyRow]:
    """Yield what a slurmdbd without a key does: whether it starts, and what it says to a token."""
    try:
        store.restart(access)
    except SlurmError as error:
        lines = [line for line in error.log.splitlines() if "jwt" in line.lower() and "debug" not in line]
        yield StudyRow(id=f"{name}-start", ask=ask, result="slurmdbd ends at its start", log=_first(lines))
        return
    yield StudyRow(id=f"{name}-start", ask=ask, result="slurmdbd starts")
    yield _dbd_row(cluster, store, f"{name}-token", f"{ask}: token of slurmctld's key", token(cluster.key))


def _first(lines: list[str]) -> str | None:
    return steady(lines[0]) if lines else None


STUDY = Study(
    "dbd-keys",
    "slurmdbd: the same key, another one, none",
    "The Slurm page wants the signing key in slurmctld and slurmdbd. Each token is shown to slurmctld"
    " (scontrol show config) and to slurmdbd (sacctmgr show cluster). Each of them judges by its own key.",
    _run,
)
