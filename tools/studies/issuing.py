"""Study: who gets a token out of `scontrol token`, for whom, and for how long."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import Issuer, Refused
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_vectors.studies import StudyRow
from tools.studies.study import Study, claims_of, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.lab.install.release import Installation
    from slurm_jwt_conformance.lab.sandbox.sandbox import CommandResult


class _Request(NamedTuple):
    """Who runs `scontrol token`, with which options."""

    id: str
    by: str
    options: tuple[str, ...]

    def option(self, name: str) -> str | None:
        """Return the value of an option, None where it is not given."""
        found = [each.partition("=")[2] for each in self.options if each.startswith(f"{name}=")]
        return found[0] if found else None


_WHO = (
    _Request("own", "alice", ()),
    _Request("own-by-name", "alice", ("username=alice",)),
    _Request("others", "alice", ("username=bob",)),
    _Request("ordinary-for-root", "alice", ("username=root",)),
    _Request("root-own", "root", ()),
    _Request("root-for-alice", "root", ("username=alice",)),
    _Request("slurm-user-for-alice", "slurm", ("username=alice",)),
    _Request("slurm-user-for-root", "slurm", ("username=root",)),
    _Request("unknown-user", "root", ("username=nosuchuser",)),
    _Request("empty-user", "root", ("username=",)),
    _Request("number-as-user", "root", ("username=0",)),
    _Request("upper-case-option", "root", ("USERNAME=alice",)),
)
_LIFESPANS = (
    ("one-second", "1"),
    ("one-day", "86400"),
    ("zero", "0"),
    ("negative", "-1"),
    ("empty", ""),
    ("fraction", "1.5"),
    ("with-unit", "60m"),
    ("word", "soon"),
    ("infinite", "infinite"),
    ("unlimited", "unlimited"),
    ("largest-int", "2147483647"),
    ("one-less", "2147483646"),
    ("past-int", "2147483648"),
    ("too-large", "99999999999"),
)
_LIMITED = (
    _Request("limit-kept", "alice", ("lifespan=600",)),
    _Request("limit-passed", "alice", ("lifespan=601",)),
    _Request("limit-default", "alice", ()),
    _Request("limit-root", "root", ("username=alice", "lifespan=601")),
)
_FORBIDDEN = (
    _Request("disabled-own", "alice", ()),
    _Request("disabled-root", "root", ("username=alice",)),
    _Request("disabled-slurm-user", "slurm", ("username=alice",)),
)


def _run(installation: Installation) -> tuple[StudyRow, ...]:
    key = secrets.token_bytes(32)
    with Cluster(installation, key) as cluster:
        lifespans = (
            _Request(f"lifespan-{name}", "root", (f"lifespan={value}",)) for name, value in _LIFESPANS
        )
        rows = [_row(each, _ask(cluster, each), key) for each in (*_WHO, *lifespans)]
        rows += _with_parameter(cluster, "max_token_lifespan=600", _LIMITED)
        rows += _with_parameter(cluster, "disable_token_creation", _FORBIDDEN)
    return tuple(rows)


def _with_parameter(cluster: Cluster, parameter: str, requests: tuple[_Request, ...]) -> Iterator[StudyRow]:
    """Yield rows under another AuthAltParameters, which the reference issuer knows nothing of."""
    cluster.restart(replace(cluster.settings, alt_parameters=(parameter,)))
    for each in requests:
        row = _row(each, _ask(cluster, each), None)
        yield StudyRow(
            id=row.id, ask=f"{parameter}: {row.ask}", result=row.result, exit=row.exit, message=row.message
        )


def _ask(cluster: Cluster, request: _Request) -> CommandResult:
    done = cluster.scontrol("token", *request.options, user=request.by)
    cluster.check(done)
    return done


def _row(request: _Request, done: CommandResult, key: bytes | None) -> StudyRow:
    made = done.out.strip().removeprefix("SLURM_JWT=").encode()
    is_made = done.exit == 0 and made.count(b".") == 2
    return StudyRow(
        id=request.id,
        ask=" ".join((f"{request.by}: scontrol token", *request.options)),
        result=_told(claims_of(made)) if is_made else "refused",
        exit=done.exit,
        message=None if is_made else first_line(done.err, done.out),
        reference=None if key is None else _reference(request, key),
    )


def _told(claims: dict[str, object]) -> str:
    """Return for whom a token is, and for how long."""
    exp, iat = claims.get("exp"), claims.get("iat")
    lifespan = exp - iat if isinstance(exp, int) and isinstance(iat, int) else "?"
    return f"token for {claims.get('sun')!r}, {lifespan} s"


def _reference(request: _Request, key: bytes) -> str:
    """Return what the reference issuer, asked for the same claims, does.

    It knows no callers: who may ask is for the program around it. Text that is no whole number cannot
    be asked of it at all.
    """
    user = next(
        (value for name in ("username", "USERNAME") if (value := request.option(name)) is not None), None
    )
    lifespan = request.option("lifespan")
    if lifespan is not None and not lifespan.removeprefix("-").isdecimal():
        return "cannot be asked"
    more = {} if lifespan is None else {"lifespan": int(lifespan)}
    try:
        return _told(claims_of(Issuer(key).issue(request.by if user is None else user, **more).encode()))
    except Refused as refused:
        return f"refused ({refused.rule})"


STUDY = Study(
    "issuing",
    "Issuing: who gets a token out of scontrol token",
    "scontrol token as an ordinary user (alice), as root and as SlurmUser, each with munge. The column"
    " reference is this project's own Issuer, asked for the same user and lifespan; who asks is not its"
    " business.",
    _run,
)
