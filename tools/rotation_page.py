"""The page docs/rotation.md: the plan of a key rotation for an example site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_conformance.site.rotate.document import document
from slurm_jwt_conformance.site.rotate.plan import plan
from support.made_up_site import File, MadeUpHost, made_up_machine
from tools.document_page import markdown

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.discovery.machine import Machine

RELEASE = "24.11.5"
PAGE = Path("docs/rotation.md")
HEAD = """\
This is an example for Slurm 24.11 with two slurmctlds and a slurmdbd. To get the plan for your site, run:

    slurm-jwt rotate --markdown rotation.md

The command reads slurm.conf and slurmdbd.conf and changes nothing. A test runs the plan and the way back with
slurmctld and slurmdbd of four releases. After each step it sends tokens of both keys to both daemons.
`python -m tools.regenerate rotation` makes this page.
"""
KEY = "/etc/slurm/jwt_hs256.key"
CONF = f"""\
ClusterName=example
SlurmctldHost=ctl1(10.0.0.1)
SlurmctldHost=ctl2(10.0.0.2)
SlurmUser=slurm
StateSaveLocation=/etc/slurm/state
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={KEY},max_token_lifespan=86400
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=db1
"""
DBD = f"""\
DbdHost=db1
SlurmUser=slurm
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={KEY}
StorageType=accounting_storage/mysql
"""


def files() -> dict[Path, bytes]:
    """Return the page with the plan of the example site."""
    site = [
        File("slurm.conf", CONF.encode()),
        File("slurmdbd.conf", DBD.encode(), 0o600, "slurm"),
        File("jwt_hs256.key", bytes(range(32)), 0o600, "slurm"),
        File("state", None, 0o755, "slurm"),
    ]
    host = MadeUpHost("/etc/slurm", site, ("auth_jwt.so", "auth_munge.so"))
    machine = cast("Machine", made_up_machine(RELEASE, "1.17.2")._replace(name="desk"))
    found = survey(Options(conf="/etc/slurm/slurm.conf", release=RELEASE), host, machine)
    title, _, rest = markdown(document(plan(found, diagnose(found)))).partition("\n")
    return {PAGE: f"{title}\n\n{HEAD}{rest}".encode()}
