"""Which request tells whom a token is served as, and which leaves a trace: the table of docs/probe.md.

The table is asked of the real daemons again: its cells are what they do.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import pytest

from slurm_jwt import Issuer, examine
from slurm_jwt_conformance.lab.daemons import dbd, restd, slurmd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.probe import counting
from support.probe_lab import make_private
from support.slurm import require_release

PAGE = Path(__file__).parents[4] / "docs" / "probe.md"
KEY = secrets.token_bytes(32)
ALICE, UNKNOWN, ROOT = (Issuer(KEY).issue(name).encode() for name in ("alice", "nosuchuser", "root"))
FORGED = Issuer(KEY[::-1]).issue("alice").encode()
RELEASES = tuple(roots.SUITES)


def _run(cluster, command, token, user=accounts.COURIER):
    name, *arguments = command.split()
    return cluster.run(name, *arguments, user=user, env={"SLURM_JWT": token})


def _code(cluster, command):
    return f"exit code {_run(cluster, command, FORGED).exit}"


def _counted(cluster, command, token):
    """Tell whose count rises, and by how much, from one run of a command that shows counts to the next."""
    before, after = (counting.from_text(_run(cluster, command, token).out) for _ in range(2))
    if before is None or after is None:
        return "not shown"
    rises = {uid: count - before.get(uid, 0) for uid, count in after.items() if count != before.get(uid, 0)}
    assert len(rises) == 1, rises
    ((uid, rise),) = rises.items()
    return f"uid {uid}, by {rise}"


def _diag(rest):
    sent = restd.headers(ALICE.decode(), "alice")
    before, after = (counting.from_json(rest.get(rest.diag(), sent).body) for _ in range(2))
    if before is None or after is None:
        return "not shown"
    return f"uid 2001, by {after[2001] - before[2001]}"


def _test_only(cluster, token, user):
    """Tell what `sbatch --test-only` says to an account with a token; it needs a node that is up."""
    done = _run(cluster, "sbatch --test-only --wrap=true", token, user)
    return "passes" if done.exit == 0 else re.sub(r"allocation failure: ", "", done.err.strip())


def _job_id(cluster):
    done = _run(cluster, "sbatch --output=/dev/null --wrap=true", ALICE, "alice")
    return int(re.search(r"batch job (\d+)", done.out)[1])


def _made_for(cluster, token):
    done = _run(cluster, "scontrol token lifespan=1", token)
    if done.exit:
        return "none: " + done.err.splitlines()[0].rpartition(": ")[2]
    return examine(done.out.strip().removeprefix("SLURM_JWT=")).claims["sun"]


def ask_slurmctld(release):
    with Cluster(require_release(release), KEY) as cluster:
        rest = restd.add(cluster)
        told = {
            "`scontrol show config`, token forged": _code(cluster, "scontrol show config"),
            "`sdiag`, token forged": _code(cluster, "sdiag"),
            "`scontrol ping`, token forged": _code(cluster, "scontrol ping"),
            "`scontrol show topology`, token forged": _code(cluster, "scontrol show topology"),
            "`scontrol show federation`, token forged": _code(cluster, "scontrol show federation"),
            "whose count `sdiag` raises, token of alice": _counted(cluster, "sdiag", ALICE),
            "the same, token of an unknown user": _counted(cluster, "sdiag", UNKNOWN),
            "whose count GET diag raises and shows, token of alice": _diag(rest),
            "GET /openapi/v3 without headers": str(rest.get("/openapi/v3", ()).status),
            "GET /openapi/v3, no token in the headers": str(
                rest.get("/openapi/v3", restd.headers("x", "x")).status
            ),
        }
        told |= {
            "whom `scontrol token` makes one for, token of alice": _made_for(cluster, ALICE),
            "the same, token of a user that is unknown": _made_for(cluster, UNKNOWN),
        }
        slurmd.add(cluster)
        first = _job_id(cluster)
        told |= {
            "`sbatch --test-only` by alice, her token": _test_only(cluster, ALICE, "alice"),
            "the same by another account": _test_only(cluster, ALICE, "bob"),
            "`sbatch --test-only` by alice, token of an unknown user": _test_only(cluster, UNKNOWN, "alice"),
        }
        next_id = _job_id(cluster)
        _test_only(cluster, ALICE, "alice")
        used = _job_id(cluster) - next_id - 1
        assert next_id > first
    return told | {"job ids that one `sbatch --test-only` uses up": str(used)}


def ask_slurmdbd(release):
    with Cluster(require_release(release), KEY) as cluster:
        dbd.add(cluster)
        cluster.sandbox.end("slurmctld")  # it is not asked, and 22.05's sometimes dies of new accounts
        for command in ("account acc", "user alice account=acc"):
            _run(cluster, f"sacctmgr --immediate add {command}", ROOT, "root")
        told = {
            "`sacctmgr show cluster`, token forged": _code(cluster, "sacctmgr show cluster"),
            "`sacctmgr show config`, token forged": _code(cluster, "sacctmgr show config"),
            "whose count `sacctmgr show stats` raises, token of root": _counted(
                cluster, "sacctmgr show stats", ROOT
            ),
            "the same, token of alice": _counted(cluster, "sacctmgr show stats", ALICE),
            "`sacctmgr show user`, token of alice": _listed(cluster, ALICE),
            "the same, token of an unknown user": _listed(cluster, UNKNOWN),
        }
        make_private(cluster, KEY)
        return told | {
            "with PrivateData=users, token of alice": _listed(cluster, ALICE),
            "with PrivateData=users, token of an unknown user": _listed(cluster, UNKNOWN),
        }


def _listed(cluster, token):
    done = _run(cluster, "sacctmgr --noheader --parsable2 show user format=user", token)
    assert done.exit == 0
    return ", ".join(done.out.split()) or "nobody"


def table(heading):
    """Return a table of the page as a dict of rows by their first cell, each a dict by release."""
    text = PAGE.read_text().partition(f"### {heading}\n")[2].partition("\n#")[0]
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n") if line[:1] == "|"
    ]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


@pytest.mark.slurm
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(("heading", "ask"), [("slurmctld", ask_slurmctld), ("slurmdbd", ask_slurmdbd)])
def test_the_page_says_what_daemons_do(heading, ask, release):
    assert {name: cells[release] for name, cells in table(heading).items()} == ask(release)


def main():
    """Print both tables; for whoever brings the page up to date."""
    for heading, ask in (("slurmctld", ask_slurmctld), ("slurmdbd", ask_slurmdbd)):
        told = {release: ask(release) for release in RELEASES}
        print(f"### {heading}\n\n|  | {' | '.join(RELEASES)} |\n|---|{'---|' * len(RELEASES)}")
        for row in told[RELEASES[0]]:
            print(f"| {row} | {' | '.join(told[release][row] for release in RELEASES)} |")
        print()


if __name__ == "__main__":
    main()
