"""The model of slurmctld against the two real witnesses: the records of daemons, and the plugin itself."""

import pytest

from slurm_jwt.slurmctld import Settings, parse_passwd, predict
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.plugin.oracle import PluginOracle
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_vectors import load, load_observed
from support.slurm import require_release

USERS = parse_passwd(accounts.passwd())
SETTINGS = Settings(slurm_user=accounts.SLURM_USER)
SUITE = load()


def told(case, release):
    return predict(case.token_bytes, SUITE.keys[case.key].bytes, release, case.now, USERS, SETTINGS)


@pytest.mark.parametrize("release", tuple(roots.SUITES))
def test_every_recorded_verdict_is_predicted(release):
    record = load_observed()[release]
    wrong = []
    for name, seen in record.cases.items():
        found = told(SUITE.cases[name], release)
        if seen.verdict == "accepted":
            right = found[:4] == (True, seen.user, seen.uid, None)
        elif seen.verdict == "cannot-be-carried":
            right = found.accepted is not None
        else:
            right = found[:4] == (False, None, None, seen.log)
        if not right:
            wrong.append((name, found, seen))
    assert not wrong
    assert found.basis == "observed"
    assert {seen.verdict for seen in record.cases.values()} >= {
        "accepted",
        "refused",
        "daemon-does-not-start",
    }


@pytest.mark.slurm
@pytest.mark.parametrize("release", tuple(roots.SUITES))
def test_the_plugin_says_the_same_of_every_vector(release):
    installation = require_release(release)
    groups = {}
    for case in SUITE.cases.values():
        if SUITE.keys[case.key].bytes:
            groups.setdefault((case.key, case.now), []).append(case)
    wrong = []
    for (key, now), cases in groups.items():
        with PluginOracle(installation, SUITE.keys[key].bytes, now=now) as oracle:
            answers = oracle.judge([(case.token_bytes, None) for case in cases])
        for case, answer in zip(cases, answers, strict=True):
            found = told(case, release)
            if (found.accepted, found.uid, found.log) != (answer.accepted, answer.uid, answer.log):
                wrong.append((case.id, found, answer))
    assert not wrong
