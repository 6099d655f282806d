"""slurmdbd through sacctmgr: `show cluster` for the verdict; who it was, where slurmdbd tells at all.

To administrators slurmdbd shows its counts of requests by user. With others' tokens it is not asked for them:
that would log a "Security violation". They are shown nothing of themselves, unless PrivateData=users makes
slurmdbd list their own account alone. Where neither is so, nothing that reads tells who it was.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from slurm_jwt.strict.findings import shown
from slurm_jwt_conformance.site.probe import clients, counting, identities
from slurm_jwt_conformance.site.probe.answer import Identity, Place
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_conformance.site.probe.answer import Control, Expected, Whom
    from slurm_jwt_conformance.site.probe.programs import Programs

ROUTE = "sacctmgr"
QUESTION = ("--noheader", "--parsable2", "show", "cluster", "format=cluster")
USERS = ("--noheader", "--parsable2", "show", "user", "format=user,adminlevel")
STATS = ("show", "stats")
CONFIG = ("show", "config")

MOST_USERS = 1_000_000
EACH = range(1, 9)
"""By how much one `sacctmgr show stats` raises its user's count: 4 on the four releases that were asked."""

HOW = "sacctmgr show stats counts requests by user, and its count rose with ours."
HOW_LISTED = "slurmdbd lists this user alone (PrivateData=users); to others it lists root, at least."
MIGHTY = ("Administrator", "Operator")
SILENT = (
    "slurmdbd tells an ordinary user nothing of itself: its counts are for administrators, and without"
    " PrivateData=users it lists everybody."
)
_LINE = re.compile(r"^([A-Za-z_]{2,40})[ \t]*= (.{0,2000})", re.MULTILINE)


def ask(programs: Programs, token: bytes, *, control: bool, whom: Whom) -> Place | None:
    """Ask slurmdbd with a token; None if sacctmgr cannot be run here. whom: as for slurmctld."""
    asked = time.time()
    ran = programs.run("sacctmgr", QUESTION, token)
    if ran is None:
        return None
    answer = clients.said(ran)
    place = Place("slurmdbd", ROUTE, answer.state, answer.words, "", "", None, "not asked", 1, asked)
    if answer.state != "accepted":
        return place
    facts = _facts(programs, token)
    release = facts.get("SLURMDBD_VERSION", "").strip()
    settings = (facts.get("AuthAltParameters", "").replace("(null)", "").strip(), _slurm_user(facts))
    wanted = whom(settings if facts else None, release)
    identity, requests = _identity(programs, token, wanted, settings[1])
    return place._replace(
        release=one_line(release, 40),
        release_from="slurmdbd itself" if release else "",
        identity=identity,
        control=_control(programs, token) if control else "not asked",
        requests=2 + requests + control,
        log=one_line(facts.get("LogFile", "").replace("(null)", "")),
        settings=settings if facts else None,
    )


def _facts(programs: Programs, token: bytes) -> dict[str, str]:
    """Read what slurmdbd tells of its own configuration; nothing if it does not."""
    ran = programs.run("sacctmgr", CONFIG, token)
    own = ran.out.partition("SlurmDBD configuration:")[2] if ran is not None and ran.exit == 0 else ""
    return dict(_LINE.findall(own))


def _slurm_user(facts: dict[str, str]) -> str:
    return facts.get("SlurmUser", "").partition("(")[0].strip() or "root"


def _control(programs: Programs, token: bytes) -> Control:
    ran = programs.run("sacctmgr", QUESTION, clients.spoilt(token))
    return "no answer" if ran is None else clients.said(ran).state


def _identity(programs: Programs, token: bytes, wanted: Expected, slurm_user: str) -> tuple[Identity, int]:
    """Find out who the token is for slurmdbd, as its configuration and the user's rights allow."""
    ran = programs.run("sacctmgr", USERS, token)
    if ran is None or ran.exit != 0:
        return Identity("not verified", None, None, "slurmdbd does not list its users."), 1
    levels = dict(line.partition("|")[::2] for line in ran.out.splitlines()[:MOST_USERS])
    if wanted.name in {"root", slurm_user} or levels.get(wanted.name or "") in MIGHTY:
        measured = _measured(programs, token)
        return identities.judged(measured, wanted, HOW), 1 + measured.requests
    return _by_listing(levels, wanted), 1


def _measured(programs: Programs, token: bytes) -> counting.Measured:
    def read() -> counting.Counts | None:
        ran = programs.run("sacctmgr", STATS, token)
        return counting.from_text(ran.out) if ran is not None and ran.exit == 0 else None

    return counting.measure(read, lambda: read() is not None, counting.sizes(), each=EACH)


def _by_listing(listed: Mapping[str, str], wanted: Expected) -> Identity:
    """Judge by whom slurmdbd lists: root is in every database, so that one other name is a choice."""
    if not listed:
        why = "slurmdbd lists nobody (PrivateData=users): it knows no such user, or takes it for uid 99."
        return Identity("not verified", None, None, why)
    name = next(iter(listed))
    if len(listed) > 1 or name == "root":
        return Identity("not verified", None, None, SILENT)
    if name == wanted.name:
        return Identity("verified", None, name, HOW_LISTED)
    told = shown(wanted.name) if wanted.name else "nobody"
    return Identity("other", None, name, f"slurmdbd lists {shown(name)} alone; the token names {told}.")
