"""The model of slurmctld is compared with the records of daemons and with the plugin."""

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


def predicted(case, release):
    return predict(case.token_bytes, SUITE.keys[case.key].bytes, release, case.now, USERS, SETTINGS)


@pytest.mark.parametrize("release", tuple(roots.SUITES))
def test_every_recorded_verdict_is_predicted(release):
    record = load_observed()[release]
    wrong = []
    for name, observed in record.cases.items():
        prediction = predicted(SUITE.cases[name], release)
        answer = (prediction.accepted, prediction.user, prediction.uid, prediction.log)
        if observed.verdict == "accepted":
            right = answer == (True, observed.user, observed.uid, None)
        elif observed.verdict == "cannot-be-carried":
            right = prediction.accepted is not None
        else:
            right = answer == (False, None, None, observed.log)
        if not right:
            wrong.append((name, prediction, observed))
    assert not wrong
    assert prediction.basis == "observed"
    assert {observed.verdict for observed in record.cases.values()} >= {
        "accepted",
        "refused",
        "daemon-does-not-start",
    }


@pytest.mark.slurm
@pytest.mark.parametrize("release", tuple(roots.SUITES))
def test_the_plugin_has_the_same_verdict_on_every_vector(release):
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
            prediction = predicted(case, release)
            if (prediction.accepted, prediction.uid, prediction.log) != (
                answer.accepted,
                answer.uid,
                answer.log,
            ):
                wrong.append((case.id, prediction, answer))
    assert not wrong
