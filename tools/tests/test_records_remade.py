"""Every verdict is asked again of its real daemon, and the model is fuzzed with a seed of the day."""

from __future__ import annotations

import datetime as dt

import pytest

from slurm_jwt_conformance.lab.fuzz.campaign import run_campaign
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_vectors import load, load_observed
from support.slurm import require_release
from tools.record.recorder import compare, record

pytestmark = pytest.mark.slurm

TOKENS = 20_000
TODAY = dt.datetime.now(dt.UTC).date()


@pytest.mark.parametrize("release", roots.SUITES)
def test_every_verdict_is_as_recorded(release, record_property):
    installation = require_release(release)
    compared = compare(load_observed()[release], record(installation, load(), today=TODAY))
    told = [str(each) for each in compared.versions]
    record_property("package versions that differ from the record", "; ".join(told) or "none")
    assert not compared.added, "cases that were never recorded: run python -m tools.record"
    assert not compared.removed, "recorded cases that are gone or changed: run python -m tools.record"
    if not compared.versions:
        assert not [str(each) for each in compared.differences]


@pytest.mark.parametrize("release", roots.SUITES)
def test_a_fuzzer_cannot_tell_the_model_from_the_plugin(release, tmp_path, capsys):
    require_release(release)
    seed = TODAY.isoformat()
    done = run_campaign(release, tmp_path, seed=seed, count=TOKENS)
    share = done.accepted / done.count
    with capsys.disabled():
        print(f"\nfuzzed Slurm {release}: seed {seed}, {done.count:,} tokens, {share:.1%} accepted")
    assert done.count == TOKENS
    assert share >= 0.05, "it fuzzed nothing but the decoder"
    assert len(done.hits) > 5
    assert done.disagreements == 0, sorted(path.read_text() for path in tmp_path.glob("*.json"))
