"""Study: which headers slurmrestd takes, and what each kind of refusal looks like in HTTP."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.daemons import restd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.daemons.observation import read_refused
from slurm_jwt_conformance.lab.errors import NoAnswer
from slurm_jwt_vectors.studies import StudyRow
from tools.studies.study import Study, first_line, reason, steady, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.lab.http import Headers, Response
    from slurm_jwt_conformance.lab.install.release import Installation

NAME, TOKEN, BEARER = "X-SLURM-USER-NAME", "X-SLURM-USER-TOKEN", "Authorization"


class _Question(NamedTuple):
    id: str
    ask: str
    headers: Headers


def _run(installation: Installation) -> tuple[StudyRow, ...]:
    key = secrets.token_bytes(32)
    with Cluster(installation, key) as cluster:
        rest = restd.add(cluster)
        asked = [*_headers(token(key).decode()), *_tokens(key)]
        rows = [_row(each, rest, cluster) for each in asked]
        return (*rows, *_other_paths(rest, key))


def _headers(good: str) -> Iterator[_Question]:
    """Yield the ways to send one good token."""
    name, sent, bearer = (NAME, "alice"), (TOKEN, good), (BEARER, f"Bearer {good}")
    yield _Question("name-and-token", f"{NAME} and {TOKEN}", (name, sent))
    yield _Question("token-alone", f"{TOKEN} alone", (sent,))
    yield _Question("empty-name", f"{TOKEN}, and an empty {NAME}", ((NAME, ""), sent))
    yield _Question("bearer-alone", "Authorization: Bearer alone", (bearer,))
    yield _Question("bearer-and-name", f"Authorization: Bearer and {NAME}", (name, bearer))
    yield _Question(
        "bearer-lower-case", 'Authorization with "bearer" in lower case', ((BEARER, f"bearer {good}"),)
    )
    yield _Question("both", f"{TOKEN} and Authorization: Bearer", (sent, bearer))
    yield _Question("both-and-name", f"{NAME}, {TOKEN} and Authorization: Bearer", (name, sent, bearer))
    yield _Question("name-alone", f"{NAME} alone", (name,))
    yield _Question("nothing", "none of these headers", ())


def _tokens(key: bytes) -> Iterator[_Question]:
    """Yield the kinds of token that are refused, or taken for nobody's, each with both headers."""
    kinds = {
        "another-key": ("a token signed with another key", "alice", token(secrets.token_bytes(32))),
        "expired": ("an expired token", "alice", token(key, exp=1577840400)),
        "no-exp": ("a token without exp", "alice", token(key, exp=None)),
        "no-sun": ("a token without sun", "alice", token(key, None)),
        "hs512": ("a token signed with HS512", "alice", token(key, header={"alg": "HS512"})),
        "alg-none": ("a token with alg none", "alice", token(key, header={"alg": "none"})),
        "no-token": ("text that is no token", "alice", b"x"),
        "empty-token": ("an empty token", "alice", b""),
        "unknown-user": ("a good token of a user that nobody knows", "nosuchuser", token(key, "nosuchuser")),
        "long-token": (
            "a good token of 120,000 bytes, which an environment could hold",
            "alice",
            token(key, pad="x" * 89_900),
        ),
    }
    for name, (ask, user, made) in kinds.items():
        yield _Question(name, ask, restd.headers(made.decode(), user))


def _row(asked: _Question, rest: restd.Restd, cluster: Cluster) -> StudyRow:
    try:
        answer = rest.send(asked.headers)
    except NoAnswer:
        return StudyRow(id=asked.id, ask=asked.ask, result="the connection is closed")
    log = read_refused(answer.log, "", 1).log if answer.uid is None else None
    return StudyRow(
        id=asked.id,
        ask=asked.ask,
        result=_result(answer, cluster.names),
        status=answer.status,
        uid=answer.uid,
        message=_message(answer, answer.more),
        log=reason(log),
    )


def _result(answer: restd.HttpAnswer, names: dict[int, str]) -> str:
    if answer.uid is not None:
        return f"{answer.status}, served as {names.get(answer.uid, 'nobody')} ({answer.uid})"
    by = "slurmctld" if answer.log else "slurmrestd"
    return f"{answer.status}, refused by {by}"


def _other_paths(rest: restd.Restd, key: bytes) -> Iterator[StudyRow]:
    """Yield what answers without any verdict on the token, and what only looks like one."""
    forged = restd.headers(token(secrets.token_bytes(32)).decode(), "alice")
    good = restd.headers(token(key).decode(), "alice")
    ping = rest.diag().replace("/diag", "/ping")
    for name, ask, path, sent in (
        (
            "description-forged",
            "the API's description, with a token signed with another key",
            "/openapi/v3",
            forged,
        ),
        ("ping", "ping, with a good token", ping, good),
        ("ping-forged", "ping, with a token signed with another key", ping, forged),
        ("unknown-path", "a path that does not exist, with a good token", "/slurm/v9.9.9/diag", good),
    ):
        first, *more = rest.requests(path, sent)
        told = _pinged(first) or ("answered" if first.status == 200 else "not answered")
        yield StudyRow(
            id=name,
            ask=ask,
            result=f"{first.status}, {told}",
            status=first.status,
            message=_message(first, tuple(more)) if first.status != 200 else None,
        )


def _pinged(answer: Response) -> str | None:
    """Return what a ping says of slurmctld: UP or DOWN; None if the answer is no ping's."""
    try:
        (found,) = json.loads(answer.body)["pings"]
    except (ValueError, TypeError, KeyError):
        return None
    is_up = found.get("responding", found.get("ping") == "UP")
    return f"slurmctld is {'up' if is_up else 'down'}"


def _message(first: Response | restd.HttpAnswer, more: tuple[Response, ...]) -> str | None:
    """Return the errors that a body tells, or its text; and that of a second answer, if there is one."""
    if first.status == 200:
        return None
    told = _errors(first.body)
    for answer in more:
        told = (
            f"{told or 'no text'}; then a second answer, {answer.status}: {_errors(answer.body) or 'no text'}"
        )
    return told


def _errors(body: bytes) -> str | None:
    text = body.decode("utf-8", "backslashreplace")
    try:
        errors = json.loads(text)["errors"]
    except (ValueError, TypeError, KeyError):
        return first_line(text)
    return "; ".join(steady(_error(each)) for each in errors) or None


def _error(entry: dict[str, object]) -> str:
    """Return one error in a line: releases call its members by different names."""
    number = entry.get("error_number", entry.get("errno"))
    texts = [str(entry[name]) for name in ("description", "error") if entry.get(name)]
    return f"{': '.join(texts)} ({number})" if number is not None else ": ".join(texts)


STUDY = Study(
    "rest-answers",
    "slurmrestd: headers, and what a refusal looks like",
    "slurmrestd passes a token on and verifies nothing itself; slurmctld decides. Asked is GET diag of the"
    " newest version of the API (in the last four rows: what they name), with rest_auth/jwt alone. Mind"
    " ping: newer releases tell with status 200 that slurmctld is down when it only refused the token.",
    _run,
)
