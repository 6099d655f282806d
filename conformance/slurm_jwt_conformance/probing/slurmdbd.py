"""slurmdbd through sacctmgr: `show cluster` for the verdict; who it was, where slurmdbd tells at all.

To administrators slurmdbd shows its counts of requests by user. To others it shows nothing of themselves,
unless PrivateData=users makes it list their own account alone. Where neither is so, the identity stays
unverified: nothing that reads tells it, and the probe changes nothing.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from slurm_jwt.findings import shown
from slurm_jwt_conformance.probing import clients, counting, identities
from slurm_jwt_conformance.probing.answer import Identity, Place
from slurm_jwt_reports.safe import one_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.probing.answer import Control, Expected, Whom
    from slurm_jwt_conformance.probing.programs import Programs

ROUTE = "sacctmgr"
QUESTION = ("--noheader", "--parsable2", "show", "cluster", "format=cluster")
USERS = ("--noheader", "--parsable2", "show", "user", "format=user")
STATS = ("show", "stats")
CONFIG = ("show", "config")

EACH = range(1, 9)
"""By how much one `sacctmgr show stats` raises its user's count: 4 on the four releases that were asked."""

HOW = "sacctmgr show stats counts requests by user, and its count rose with ours."
HOW_PRIVATE = "slurmdbd has PrivateData=users and lists this user alone."
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
    identity, requests = _identity(programs, token, wanted, facts.get("PrivateData", ""))
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


def _identity(programs: Programs, token: bytes, wanted: Expected, private: str) -> tuple[Identity, int]:
    """Find out who the token is for slurmdbd, as its configuration and the user's rights allow."""

    def read() -> counting.Counts | None:
        ran = programs.run("sacctmgr", STATS, token)
        return counting.from_text(ran.out) if ran is not None and ran.exit == 0 else None

    measured = counting.measure(read, lambda: read() is not None, counting.sizes(), each=EACH)
    if measured.requests > 1:
        return identities.judged(measured, wanted, HOW), measured.requests
    if "users" in private.replace(" ", "").lower().split(","):
        return _by_listing(programs, token, wanted), measured.requests + 1
    why = (
        "slurmdbd tells an ordinary user nothing of itself: its counts are for administrators, and without"
        " PrivateData=users it lists everybody."
    )
    return Identity("not verified", None, None, why), measured.requests


def _by_listing(programs: Programs, token: bytes, wanted: Expected) -> Identity:
    ran = programs.run("sacctmgr", USERS, token)
    listed = ran.out.split() if ran is not None and ran.exit == 0 else []
    if len(listed) > 1 or ran is None or ran.exit != 0:
        return Identity(
            "not verified", None, None, "slurmdbd has PrivateData=users, and lists several users."
        )
    if not listed:
        why = (
            "slurmdbd has PrivateData=users and lists nobody: it knows no such user, or takes it for uid 99."
        )
        return Identity("not verified", None, None, why)
    if listed[0] == wanted.name:
        return Identity("verified", None, listed[0], HOW_PRIVATE)
    told = shown(wanted.name) if wanted.name else "nobody"
    why = f"slurmdbd has PrivateData=users and lists {shown(listed[0])}; the token names {told}."
    return Identity("other", None, listed[0], why)
