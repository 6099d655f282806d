"""Compare two hosts: slurmctld's and slurmdbd's, or two controllers of one cluster.

It reads exports only, so that no key has to be copied from host to host.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.documents import Examination
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked, by_severity, verdict
from slurm_jwt_reports.diagnostic import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.doctor.documents import DaemonFacts, HostFacts


class _Side(NamedTuple):
    """A daemon and its host."""

    host: HostFacts
    daemon: DaemonFacts

    @property
    def name(self) -> str:
        return f"{self.daemon.daemon} on {self.host.host}"


def compare(one: Examination, other: Examination) -> Examination:
    """Return one document about both: what each host has of its own, and what does not agree."""
    said = list(_said(one, other))
    found = [each for each in said if isinstance(each, Finding)]
    unchecked = [each for each in said if isinstance(each, NotChecked)]
    findings = by_severity([*found, *_placed(one), *_placed(other)])
    left_open = (*unchecked, *_still(one), *_still(other))
    levels = {each.level for each in findings}
    return Examination(
        format=one.format,
        verdict=verdict(levels, blind=any(each.decisive for each in left_open)),
        hosts=one.hosts + other.hosts,
        outlooks=one.outlooks + other.outlooks,
        findings=findings,
        not_checked=left_open,
    )


def _placed(document: Examination) -> list[Finding]:
    """Return the findings of one host; their places name the host."""
    host = document.hosts[0].host
    return [each.replaced(place=each.place and each.place.replaced(host=host)) for each in document.findings]


def _still(document: Examination) -> tuple[NotChecked, ...]:
    """Leave out what a single host could not check, and the pair can."""
    return tuple(each for each in document.not_checked if "--compare" not in each.why)


def _said(one: Examination, other: Examination) -> Iterator[Finding | NotChecked]:
    lefts = [_Side(host, daemon) for host in one.hosts for daemon in host.daemons]
    rights = [_Side(host, daemon) for host in other.hosts for daemon in host.daemons]
    for left, right in product(lefts, rights):
        if left.host.host == right.host.host and left.daemon.daemon == right.daemon.daemon:
            yield _same(left)
        else:
            yield from _pair(left, right)


def _same(side: _Side) -> Finding:
    return _finding(
        "pair.same-host",
        f"Both exports are of {side.name}.",
        "A daemon always agrees with itself.",
        "Export slurmctld's host and slurmdbd's.",
        side,
    )


def _finding(rule: str, message: str, cause: str, fix: str, side: _Side) -> Finding:
    place = Place(file=side.daemon.conf)
    return finding(rule, message, cause, fix, place, daemon=side.daemon.daemon)


def _pair(left: _Side, right: _Side) -> Iterator[Finding | NotChecked]:
    if left.daemon.loads_jwt != right.daemon.loads_jwt:
        without = right if left.daemon.loads_jwt else left
        yield _finding(
            "pair.off",
            f"{without.name} does not load auth/jwt, the other does.",
            "A token then works for one of them only.",
            "Add AuthAltTypes=auth/jwt and jwt_key= there, with the same key.",
            without,
        )
    elif left.daemon.loads_jwt:
        yield from _keys(left, right)
        yield from _parameters(left, right)
    yield from _releases(left, right)


def _keys(left: _Side, right: _Side) -> Iterator[Finding | NotChecked]:
    keys = left.daemon.key, right.daemon.key
    if None in keys:
        missing = [side.name for side in (left, right) if side.daemon.key is None]
        yield NotChecked(
            "whether both have the same key", f"not read of {' and '.join(missing)}", decisive=True
        )
    elif keys[0] != keys[1]:
        yield _finding(
            "pair.key",
            f"The keys differ: {left.name} has {_key(left)}, {right.name} has {_key(right)}.",
            "A token that one of them accepts is refused by the other.",
            "Give both the same file, byte by byte, and restart both.",
            right,
        )


def _key(side: _Side) -> str:
    return f"one of {side.daemon.key_bytes} bytes, fingerprint {side.daemon.key or ''}"


def _parameters(left: _Side, right: _Side) -> Iterator[Finding]:
    one, other = left.daemon, right.daemon
    if (one.user_claim, one.client_ids) != (other.user_claim, other.client_ids):
        yield _finding(
            "pair.parameters",
            f"userclaimfield or use_jwt_client_ids is not the same in {left.name} and {right.name}.",
            "One token may then stand for two users, or be refused by one of them.",
            "Use the same AuthAltParameters for both, but for the key's path.",
            right,
        )


def _releases(left: _Side, right: _Side) -> Iterator[Finding]:
    """Let slurmdbd be the newer one: it is upgraded first."""
    by_daemon = {side.daemon.daemon: side for side in (left, right)}
    ctld, dbd = by_daemon.get("slurmctld"), by_daemon.get("slurmdbd")
    if ctld and dbd and _series(dbd.host.slurm) < _series(ctld.host.slurm):
        yield _finding(
            "pair.release",
            f"{dbd.name} is Slurm {dbd.host.slurm}, older than {ctld.name} with {ctld.host.slurm}.",
            "slurmdbd must be of the same release or a newer one.",
            "Upgrade slurmdbd first.",
            dbd,
        )


def _series(version: str) -> str:
    return version[:5]
