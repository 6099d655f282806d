"""Make docs/rotation.md: `python -m tools.rotation_page`; --check tells whether it is stale."""

from __future__ import annotations

import sys

from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_conformance.site.rotate.documents import document
from slurm_jwt_conformance.site.rotate.plan import make
from slurm_jwt_conformance.site.rotate.text import as_markdown
from support.made_up_site import File, MadeUpHost, made_up_machine
from tools import pages

RELEASE = "24.11.5"
PAGE = pages.FOLDER / "rotation.md"
HEAD = """\
An example, for Slurm 24.11 with two slurmctlds and a slurmdbd; yours comes from

    slurm-jwt rotate --markdown

which reads slurm.conf and slurmdbd.conf and changes nothing. A test carries the plan and the way back out on
a slurmctld and a slurmdbd of each of four releases, and asks both after each step about tokens of either key.
`python -m tools.rotation_page` makes this page; a test holds it fresh.
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


def example() -> str:
    """Return the plan of a made-up site, as Markdown."""
    files = [
        File("slurm.conf", CONF.encode()),
        File("slurmdbd.conf", DBD.encode(), 0o600, "slurm"),
        File("jwt_hs256.key", bytes(range(32)), 0o600, "slurm"),
        File("state", None, 0o755, "slurm"),
    ]
    host = MadeUpHost("/etc/slurm", files, ("auth_jwt.so", "auth_munge.so"))
    machine = made_up_machine(RELEASE, "1.17.2")._replace(name="desk")
    found = survey(Options(conf="/etc/slurm/slurm.conf", release=RELEASE), host, machine)
    title, _, rest = as_markdown(document(make(found, diagnose(found)))).partition("\n")
    return f"{title}\n\n{HEAD}{rest}"


if __name__ == "__main__":
    sys.exit(pages.main("tools.rotation_page", __doc__, PAGE, example))
