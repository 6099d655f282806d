"""slurmctld through Slurm's own commands: `scontrol show config` for the verdict, sdiag for the uid.

Of what scontrol shows, `show config` always comes from slurmctld and always fails for a refused token. Others
exit with 0 then: ping on 20.11, show topology and show federation on all four releases (docs/probe.md).
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from slurm_jwt import examine
from slurm_jwt.strict.findings import shown
from slurm_jwt_conformance.site.probe import clients, counting, identities
from slurm_jwt_conformance.site.probe.answer import NOBODY, Identity, Place
from slurm_jwt_conformance.site.probe.counting import Measured
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.probe.answer import Control, Expected, Whom
    from slurm_jwt_conformance.site.probe.programs import Programs

ROUTE = "scontrol"
QUESTION = ("show", "config")
HOW = "sdiag counts requests by user, and its count rose with ours."
HOW_MADE = "slurmctld made a token of one second for it, with its name (--by-token)."
_LINE = re.compile(r"^([A-Za-z_]{2,40})(?:\[0\])?[ \t]*= (.{0,2000})", re.MULTILINE)
_RELEASE = re.compile(r"\d{2}\.\d{2}(?:\.\d{1,3})?")


def ask(
    programs: Programs, token: bytes, *, control: bool, whom: Whom, by_token: bool = False
) -> Place | None:
    """Ask slurmctld with a token; None if scontrol cannot be run here.

    by_token: where the counts do not tell the uid, have slurmctld make a token, whose user tells it.

    whom: tells who is expected, of the cluster's AuthAltParameters and SlurmUser and of its release.
    """
    asked = time.time()
    ran = programs.run("scontrol", QUESTION, token)
    if ran is None:
        return None
    answer = clients.said(ran)
    if answer.state != "accepted":
        release, source = client_release(programs), "the client here"
        place = Place(
            "slurmctld", ROUTE, answer.state, answer.words, release, source, None, "not asked", 1, asked
        )
        return place if release else place._replace(release_from="")
    facts = dict(_LINE.findall(ran.out))
    found = _RELEASE.search(facts.get("SLURM_VERSION", ""))
    settings = _settings(facts)
    release = found[0] if found else ""
    checked: Control = _control(programs, token) if control else "not asked"
    wanted = whom(settings, release)
    identity, requests = _identity(programs, token, wanted)
    if by_token and identity.uid is None:
        identity, requests = _by_token(programs, token, wanted), requests + 1
    return Place(
        "slurmctld",
        ROUTE,
        "accepted",
        "",
        release,
        "slurmctld itself" if release else "",
        identity,
        checked,
        1 + requests + control,
        asked,
        log=one_line(facts.get("SlurmctldLogFile", "").replace("(null)", "")),
        settings=settings,
    )


def _settings(facts: dict[str, str]) -> tuple[str, str] | None:
    """Return AuthAltParameters and SlurmUser as slurmctld shows them; None if it does not."""
    if "SlurmUser" not in facts:
        return None
    parameters = facts.get("AuthAltParameters", "").strip()
    user = facts["SlurmUser"].partition("(")[0].strip()
    return ("" if parameters == "(null)" else parameters), user


def _control(programs: Programs, token: bytes) -> Control:
    ran = programs.run("scontrol", QUESTION, clients.spoilt(token))
    return "no answer" if ran is None else clients.said(ran).state


def _identity(programs: Programs, token: bytes, wanted: Expected) -> tuple[Identity, int]:
    def read() -> counting.Counts | None:
        return counts(programs, token)

    measured = counting.measure(read, lambda: read() is not None, counting.sizes())
    return identities.judged(measured, wanted, HOW), measured.requests


def _by_token(programs: Programs, token: bytes, wanted: Expected) -> Identity:
    """Have slurmctld make a token of one second: it names the user whom slurmctld takes the caller for."""
    ran = programs.run("scontrol", ("token", "lifespan=1"), token)
    made = ran.out.strip().removeprefix("SLURM_JWT=") if ran is not None and ran.exit == 0 else ""
    name = (examine(made).claims or {}).get("sun") if made else None
    if not isinstance(name, str):
        why = "slurmctld makes no token for it: it knows no such user, or gives tokens to nobody but its own."
        return Identity("not verified", None, None, why)
    if name == "nobody":  # so 26.05 calls uid 99, which is no account's
        return identities.judged(Measured(NOBODY, "", 1), wanted, HOW_MADE)
    account = wanted.users.by_name.get(name)
    if account is None:
        why = f"slurmctld calls it {shown(name)}, a name whose uid nobody here knows."
        return Identity("not verified", None, name, why)
    return identities.judged(Measured(account.uid, "", 1), wanted, HOW_MADE)


def counts(programs: Programs, token: bytes) -> counting.Counts | None:
    """Read the counts by user with sdiag; None if that cannot be done."""
    ran = programs.run("sdiag", (), token)
    return counting.from_text(ran.out) if ran is not None and ran.exit == 0 else None


def client_release(programs: Programs) -> str:
    """Return the release of the commands on this host, "" if they do not tell; needs no daemon."""
    ran = programs.run("scontrol", ("-V",), None)
    found = _RELEASE.search(ran.out[:200]) if ran is not None and ran.exit == 0 else None
    return found[0] if found else ""
