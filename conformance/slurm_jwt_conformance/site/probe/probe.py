"""One probe: every daemon that is to be asked, in turn, with one token."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from slurm_jwt import examine
from slurm_jwt.slurmctld import identity, releases
from slurm_jwt_conformance.site import public_keys
from slurm_jwt_conformance.site.discovery.parameters import effective
from slurm_jwt_conformance.site.discovery.survey import NEWEST
from slurm_jwt_conformance.site.probe import comparison, identities, slurmctld, slurmdbd, slurmrestd
from slurm_jwt_conformance.site.probe.answer import NotAsked, Place
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slurm_jwt.slurmctld import Settings
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.discovery.users import UserDatabase
    from slurm_jwt_conformance.site.probe.answer import Expected, Whom
    from slurm_jwt_conformance.site.probe.programs import Programs
    from slurm_jwt_conformance.site.probe.web import Web

LONGEST = 131_072 - len("SLURM_JWT=") - 1
"""Bytes of a token: Linux's limit for one string of an environment (MAX_ARG_STRLEN)."""

_CARRIED = re.compile(rb"[\x21-\x7e]+")
_NAME = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?")


class Means(NamedTuple):
    """By what to ask; None for what is not to be asked, with the reason in `left_out`."""

    scontrol: Programs | None
    sacctmgr: Programs | None
    web: Web | None
    left_out: tuple[NotAsked, ...] = ()


class Wish(NamedTuple):
    """What is asked, and what is known beforehand.

    key: None where it is not at hand. release, uid: what the caller said, None for nothing. here: what this
    host's own configuration tells. styles: () for all that the release knows. control: ask with a spoilt
    signature, too. by_token: have slurmctld make a token where nothing else tells the uid.
    """

    token: bytes
    key: bytes | None
    users: UserDatabase
    here: Cluster
    release: str | None = None
    uid: int | None = None
    styles: Sequence[slurmrestd.Style] = ()
    control: bool = True
    by_token: bool = False


class Probed(NamedTuple):
    """All that came of a probe. expected: whom the token should be served as. began, ended: Unix time."""

    places: tuple[Place, ...]
    not_asked: tuple[NotAsked, ...]
    expected: Expected
    began: float
    ended: float


def fit_to_send(token: bytes) -> None:
    """Raise Problem for a token that a header or an environment cannot carry: it is sent nowhere."""
    if not token:
        raise Problem("The token is empty.", "An empty SLURM_JWT is refused by every release.")
    if len(token) > LONGEST:
        raise Problem(f"The token has {len(token):,} bytes; SLURM_JWT can carry {LONGEST:,}.")
    if not _CARRIED.fullmatch(token):
        raise Problem(
            "The token holds blanks, line ends, controls or non-ASCII bytes, so it was not sent.",
            "No token has those; `slurm-jwt check` says what is wrong with it.",
        )


def _usual(claims: Mapping[str, object] | None) -> None:
    """Raise Problem for a token whose own identity is of no documented form: a probe takes no risk."""
    odd = identity.odd(claims) if claims else ()
    if odd:
        raise Problem(
            f"The token's {', '.join(odd)} has a type that Slurm does not document, so it was not sent.",
            "uid and gid are integers, gids an array and groups an object of them; mend the issuer first.",
        )


def probe(means: Means, wish: Wish) -> Probed:
    """Ask every daemon that there are means for; Problem for a token that cannot be sent."""
    fit_to_send(wish.token)
    claims = examine(wish.token).claims
    _usual(claims)
    began = time.time()
    first: Place | None = None

    def whom(settings: tuple[str, str] | None, release: str) -> Expected:
        series = _series(wish, release or (first.release if first else ""))
        said = settings or (first.settings if first else None)
        return identities.expected(claims, wish.users, _settings(wish, said, series), series, wish.uid)

    places: list[Place] = []
    left_out = list(means.left_out)
    if means.scontrol is not None:
        first = slurmctld.ask(
            means.scontrol, wish.token, control=wish.control, whom=whom, by_token=wish.by_token
        )
        if first is None:
            left_out.append(NotAsked("slurmctld, scontrol", f"{means.scontrol.why_not('scontrol')}."))
        else:
            places.append(first)
    if means.web is not None:
        found, skipped = slurmrestd.ask(means.web, _rest_wish(means, wish, whom, first))
        places += found
        left_out += skipped
    if means.sacctmgr is not None:
        accounting = slurmdbd.ask(means.sacctmgr, wish.token, control=wish.control, whom=whom)
        if accounting is None:
            left_out.append(NotAsked("slurmdbd, sacctmgr", f"{means.sacctmgr.why_not('sacctmgr')}."))
        else:
            places.append(accounting)
    compared = tuple(_compared(place, wish, first) for place in places)
    return Probed(compared, tuple(left_out), whom(None, _release(compared)), began, time.time())


def _rest_wish(means: Means, wish: Wish, whom: Whom, first: Place | None) -> slurmrestd.Wish:
    name = whom(None, first.release if first else "").name
    usable = name if name is not None and _NAME.fullmatch(name) else None
    reader = None
    programs = means.scontrol
    if programs is not None and first is not None and first.identity and first.identity.uid is not None:
        known = first.identity.uid
        reader = slurmrestd.Reader(lambda: slurmctld.counts(programs, wish.token), known)
    return slurmrestd.Wish(wish.token, usable, wish.styles, wish.control, whom, reader)


def _release(places: Sequence[Place]) -> str:
    return next((place.release for place in places if place.release), "")


def _series(wish: Wish, release: str) -> str:
    """Return the series by whose rules the user is found: as told, as the cluster says, as installed here."""
    for name in (wish.release, release, wish.here.release.name if wish.here.release else None):
        if name:
            try:
                return releases.parse(name).series
            except ValueError:
                continue
    return NEWEST


def _settings(wish: Wish, said: tuple[str, str] | None, series: str) -> Settings:
    return effective(said[0], said[1], series) if said else wish.here.settings(series)


def _compared(place: Place, wish: Wish, first: Place | None) -> Place:
    """Add the model's word, with the settings and the release that are known best."""
    known = place.settings or (first.settings if first and place.daemon == "slurmctld" else None)
    settings = known or (_parameters(wish.here), wish.here.slurm_user)
    release = place.release or (first.release if first else "")
    filled = place._replace(settings=settings, release=release)
    key, users = wish.key, wish.users
    jwks = public_keys.of_daemon(wish.here, place.daemon)
    key, jwks = (key, jwks) if users.known else (None, None)
    made = comparison.compare(filled, wish.token, key, users.users, wish.release, jwks)
    if made.why == comparison.NO_KEY:
        made = replace(made, why=_why_no_key(wish))
    words = _without(wish.token, place.words)
    return place._replace(comparison=made, words=words, log=place.log or _log(place, wish))


def _parameters(here: Cluster) -> str:
    """Return AuthAltParameters of this host, with jwks= if only --jwks names a JWKS."""
    parameters = here.parameters or ""
    if here.options.jwks is None or "jwks=" in parameters:
        return parameters
    return f"jwks=/jwks.json,{parameters or 'jwt_key=/key'}"


def _why_no_key(wish: Wish) -> str:
    """Say why the model cannot be asked: no users to look up, or no key."""
    if wish.key is not None:
        return "Without a user database nobody can say (--passwd)."
    unread = wish.here.key.problem if wish.here.key else ""
    return f"{comparison.NO_KEY} {unread[:1].upper()}{unread[1:]}." if unread else comparison.NO_KEY


def _without(token: bytes, words: str) -> str:
    """Take the token and its parts out of what somebody answered."""
    text = token.decode("ascii")
    for part in (text, *(each for each in text.split(".") if len(each) >= 8)):
        words = words.replace(part, "(the token)")
    return words


def _log(place: Place, wish: Wish) -> str:
    """Return the log file that this host's slurm.conf names for slurmctld, "" if it names none."""
    named = wish.here.value("SlurmctldLogFile") if place.daemon == "slurmctld" else None
    return one_line(named) if named else ""
