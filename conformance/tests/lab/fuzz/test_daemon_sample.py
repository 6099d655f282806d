"""Fuzzed tokens for the daemon itself: what is asked, what counts as found, and a real sample."""

import json

import pytest

from slurm_jwt_conformance.lab.daemons.observation import Observation
from slurm_jwt_conformance.lab.errors import DaemonDied
from slurm_jwt_conformance.lab.fuzz import campaign as fuzz
from slurm_jwt_conformance.lab.fuzz.campaign import Subject
from slurm_jwt_conformance.lab.fuzz.mutator import Texts
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import Installation
from slurm_jwt_conformance.lab.plugin.oracle import Judgement
from support import fuzz_daemon
from support.fuzz_daemon import ask_daemon
from support.slurm import require_release

INSTALLATION = Installation("22.05", "22.05.8", "1.10.2", {}, None, {}, "/plugins", None)
CORPUS = [Texts(b'{"alg":"HS256"}', b'{"exp":4102444800,"sun":"alice"}')]


class StandIn:
    """A daemon that accepts nothing, and dies at the third question if `mortal` is set."""

    mortal = False

    def __init__(self, _installation, _key, *, clock):
        assert clock == fuzz.NOW
        self.asked = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def ask(self, token):
        assert b"\0" not in token
        self.asked.append(token)
        if self.mortal and len(self.asked) == 3:
            raise DaemonDied("slurmctld ended while it was asked")
        return Observation("refused", log="error: no")


@pytest.fixture
def daemon(monkeypatch):
    monkeypatch.setattr(fuzz_daemon, "Cluster", StandIn)
    monkeypatch.setattr(fuzz, "subject", lambda _release: Subject(INSTALLATION, b"k" * 32, CORPUS))


def refuses(_question):
    return Judgement(False, None, "error: no")


@pytest.mark.usefixtures("daemon")
class TestSample:
    def test_agreement_finds_nothing(self, tmp_path):
        assert ask_daemon("22.05", tmp_path, count=50, model=refuses) == (50, 0, ())

    def test_a_disagreement_is_saved_and_told(self, tmp_path):
        told = []
        found = ask_daemon(
            *("22.05", tmp_path),
            count=5,
            model=lambda _question: Judgement(True, 2001, None),
            progress=lambda asked, text: told.append((asked, text)),
        )
        assert [asked for asked, _ in told] == [1, 2, 3, 4, 5]
        assert all("disagree" in text for _, text in told)
        assert {json.loads(path.read_text())["model"]["uid"] for path in found.findings} == {2001}

    def test_a_model_that_cannot_tell_finds_nothing(self, tmp_path):
        assert (
            ask_daemon("22.05", tmp_path, count=5, model=lambda _: Judgement(None, None, None)).findings == ()
        )

    def test_a_daemon_that_dies_is_a_finding(self, tmp_path, monkeypatch):
        monkeypatch.setattr(StandIn, "mortal", True)
        found = ask_daemon("22.05", tmp_path, count=50, model=refuses)
        assert found.asked == 3
        saved = json.loads(found.findings[0].read_text())
        assert saved["plugin"] == {"accepted": None, "uid": None, "log": "slurmctld ended while it was asked"}


@pytest.mark.slurm
@pytest.mark.parametrize("release", tuple(roots.SUITES))
def test_real_daemons_agree_with_the_model(release, tmp_path):
    require_release(release)
    found = ask_daemon(release, tmp_path, seed="test", count=60)
    assert (found.asked, found.findings) == (60, ())
    assert found.accepted > 0
