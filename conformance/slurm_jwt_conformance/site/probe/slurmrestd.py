"""slurmctld by way of slurmrestd: GET diag of the newest version, with each way of sending a token.

slurmrestd passes a token on and verifies nothing. Its answer to diag holds slurmctld's counts of requests by
user (since 22.05), so that the uid can be found out as with sdiag; before, sdiag itself has to read them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt_conformance.site.probe import clients, counting, identities, restd_answers
from slurm_jwt_conformance.site.probe.answer import Identity, NotAsked, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slurm_jwt_conformance.lab.http import Headers
    from slurm_jwt_conformance.site.probe.answer import Control, Whom
    from slurm_jwt_conformance.site.probe.counting import Counts
    from slurm_jwt_conformance.site.probe.restd_answers import Description
    from slurm_jwt_conformance.site.probe.web import Came, Web

Style = Literal["name+token", "token", "bearer"]
STYLES: dict[Style, str] = {
    "name+token": "X-SLURM-USER-NAME and X-SLURM-USER-TOKEN",
    "token": "X-SLURM-USER-TOKEN",
    "bearer": "Authorization: Bearer",
}
"""Ways of sending a token. The first works in every release, the others since 23.02."""

DESCRIPTIONS = ("/openapi/v3", "/openapi.json")
NOT_A_TOKEN = "x"  # noqa: S105 - that is what it says
HOW = "diag counts requests by user, and its count rose with ours."
HOW_SDIAG = "sdiag counts requests by user, and its count rose with ours."


class Reader(NamedTuple):
    """Another way to read the counts, and the uid that its readings are counted for."""

    read: Callable[[], Counts | None]
    uid: int


class Wish(NamedTuple):
    """What to ask. styles: () for all that the release knows. whom: as for slurmctld."""

    token: bytes
    user_name: str | None
    styles: Sequence[Style]
    control: bool
    whom: Whom
    reader: Reader | None = None


def headers(style: Style, token: bytes, user_name: str | None) -> Headers:
    """Return the headers that carry a token in this way."""
    text = token.decode("ascii")
    if style == "bearer":
        return (("Authorization", f"Bearer {text}"),)
    named = (("X-SLURM-USER-NAME", user_name),) if style == "name+token" and user_name else ()
    return (*named, ("X-SLURM-USER-TOKEN", text))


def ask(web: Web, wish: Wish) -> tuple[list[Place], list[NotAsked]]:
    """Ask in each way; what this release does not know, or the token has no name for, is not asked."""
    asked = time.time()
    told, why, requests = describe(web, wish)
    if told is None:
        return [_silent(why, requests, asked)], []
    places: list[Place] = []
    left_out: list[NotAsked] = []
    release = told.release
    for style in wish.styles or tuple(STYLES):
        silent = any(place.state == "no answer" for place in places)
        reason = "slurmrestd gave no answer before" if silent else _why_not(style, wish, release)
        if reason:
            left_out.append(NotAsked(f"slurmctld, slurmrestd, {STYLES[style]}", f"{reason}."))
            continue
        place = _ask(web, wish, style, told._replace(release=release))
        release = release or place.release
        places.append(place)
    if places:
        places[0] = places[0]._replace(requests=places[0].requests + requests)
    return _without_jwt(places), left_out


def _without_jwt(places: list[Place]) -> list[Place]:
    """Name the cause that fits if slurmrestd itself refuses all headers, also those of every release."""
    headers_refused = all(restd_answers.HEADERS_REFUSED in place.words for place in places)
    if not headers_refused or all(place.user_name is None for place in places):
        return places
    return [place._replace(state="no answer", words=restd_answers.WITHOUT_JWT) for place in places]


def _silent(why: str, requests: int, asked: float) -> Place:
    route = "slurmrestd, its OpenAPI document"
    return Place("slurmctld", route, "no answer", why, "", "", None, "not asked", requests, asked)


def describe(web: Web, wish: Wish) -> tuple[Description | None, str, int]:
    """Read the OpenAPI document, with the token only if it is not to be had without; the reason if it is not.

    slurmrestd wants headers for it and does not look into them; a proxy before it may.
    """
    tried: list[Headers] = [(), headers("name+token", NOT_A_TOKEN.encode(), NOT_A_TOKEN)]
    tried.append(headers("name+token" if wish.user_name else "bearer", wish.token, wish.user_name))
    requests, came = 0, None
    for sent in tried:
        for path in DESCRIPTIONS:
            came = web.get(path, sent)
            requests += 1
            if came.status != 404:
                break
        if came is None or came.status is None or came.status not in {401, 403}:
            break
    assert came is not None
    told = restd_answers.description(came)
    return told, "" if told else _no_description(came), requests


def _no_description(came: Came) -> str:
    if came.status == 401:
        return restd_answers.WITHOUT_JWT
    answer = restd_answers.said(came)
    if came.status == 200:
        return "its OpenAPI document cannot be read, or offers no diag of slurmctld's (is it slurmrestd?)"
    return answer.words or f"answer {came.status}"


def _why_not(style: Style, wish: Wish, release: str) -> str:
    """Say why a way of sending is not tried; "" if it is. What the caller named is tried."""
    if style == "name+token" and not wish.user_name:
        return "the token names no user that a header can hold"
    if style != "name+token" and not wish.styles and release and release < "23.02":
        return f"Slurm {release} knows it not: before 23.02 X-SLURM-USER-NAME is wanted"
    return ""


def _ask(web: Web, wish: Wish, style: Style, told: Description) -> Place:
    asked = time.time()
    sent = headers(style, wish.token, wish.user_name)
    came = web.get(told.diag, sent)
    answer = restd_answers.said(came)
    release = told.release or restd_answers.release(came.body)
    place = Place(
        "slurmctld",
        f"slurmrestd, {STYLES[style]}",
        answer.state,
        answer.words,
        release,
        "slurmrestd" if release else "",
        None,
        "not asked",
        1,
        asked,
        user_name=wish.user_name if style == "name+token" else None,
    )
    if answer.state != "accepted":
        return place
    identity, requests = _identity(web, wish, told.diag, sent, release)
    checked: Control = "not asked"
    if wish.control:
        spoilt = web.get(told.diag, headers(style, clients.spoilt(wish.token), wish.user_name))
        checked = restd_answers.said(spoilt).state
    return place._replace(identity=identity, control=checked, requests=1 + requests + wish.control)


def _identity(web: Web, wish: Wish, diag: str, sent: Headers, release: str) -> tuple[Identity, int]:
    """Find out the uid by diag's own counts, or by another reader where diag has none."""
    wanted = wish.whom(None, release)
    first = counting.from_json(web.get(diag, sent).body)
    if first is not None:

        def read() -> Counts | None:
            return counting.from_json(web.get(diag, sent).body)

        measured = counting.measure(read, lambda: read() is not None, counting.sizes())
        return identities.judged(measured, wanted, HOW), 1 + measured.requests
    if wish.reader is None:
        why = "this version of the API does not show counts by user; ask through scontrol, too."
        return Identity("not verified", None, None, why), 1

    def ask_once() -> bool:
        return restd_answers.said(web.get(diag, sent)).state == "accepted"

    measured = counting.measure(wish.reader.read, ask_once, counting.sizes(), reader=wish.reader.uid)
    return identities.judged(measured, wanted, HOW_SDIAG), 1 + measured.requests
