"""The model of slurmctld is compared with the records of daemons and with the plugin."""

import pytest

from slurm_jwt_conformance.lab.daemons import prediction
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.plugin.oracle import PluginOracle
from slurm_jwt_vectors import load, load_observed
from support.slurm import require_release

SUITE = load()


def predicted(case, release):
    """The model's answer with the users and files of the lab."""
    return prediction.predicted(case, SUITE, release)


@pytest.mark.parametrize("release", tuple(roots.SUITES))
def test_every_recorded_verdict_is_predicted(release):
    record = load_observed()[release]
    wrong = []
    for name, observed in record.cases.items():
        model = predicted(SUITE.cases[name], release)
        answer = (model.accepted, model.user, model.uid, model.log)
        if observed.verdict == "accepted":
            right = answer == (True, observed.user, observed.uid, None)
        elif observed.verdict == "cannot-be-carried":
            right = model.accepted is not None
        else:
            right = answer == (False, None, None, observed.log)
        if not right:
            wrong.append((name, model, observed))
    assert not wrong
    assert model.basis == "observed"
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
        if SUITE.keys[case.key].bytes and case.jwks is None:
            groups.setdefault((case.key, case.now), []).append(case)
    wrong = []
    for (key, now), cases in groups.items():
        with PluginOracle(installation, SUITE.keys[key].bytes, now=now) as oracle:
            answers = oracle.judge([(case.token_bytes, None) for case in cases])
        for case, answer in zip(cases, answers, strict=True):
            model = predicted(case, release)
            if (model.accepted, model.uid, model.log) != (
                answer.accepted,
                answer.uid,
                answer.log,
            ):
                wrong.append((case.id, model, answer))
    assert not wrong
