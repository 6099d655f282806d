"""A sample of fuzzed tokens for the daemon itself: the plugin in process must not be all that was asked.

Tokens go the whole way: environment, client, socket, slurmctld, its log. Some dozens a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.daemons.observation import cannot_be_carried
from slurm_jwt_conformance.lab.errors import DaemonDied
from slurm_jwt_conformance.lab.fuzz import campaign as fuzz
from slurm_jwt_conformance.lab.fuzz.mutator import Mutator
from slurm_jwt_conformance.lab.fuzz.records import Finding
from slurm_jwt_conformance.lab.fuzz.values import NOW
from slurm_jwt_conformance.lab.plugin.oracle import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from slurm_jwt_conformance.lab.daemons.observation import Observation
    from slurm_jwt_conformance.lab.fuzz.campaign import Model


class Sample(NamedTuple):
    """How many tokens the daemon was asked about, how many it accepted, where the findings are."""

    asked: int
    accepted: int
    findings: tuple[Path, ...]


def ask_daemon(
    release: str,
    folder: Path,
    *,
    seed: str = "0",
    count: int = 200,
    progress: Callable[[int, str], None] = lambda _asked, _text: None,
    model: Model | None = None,
) -> Sample:
    """Ask slurmctld of a release about `count` fuzzed tokens and compare with the model.

    folder: where findings go. progress: is told how many were asked, and a text if something was found.
    SlurmError if the daemon does not come up or gives no clear answer. It ends early if it dies, which
    is a finding.
    """
    what = fuzz.subject(release)
    judge = model or fuzz.model_of(what.installation, what.key)
    folder.mkdir(parents=True, exist_ok=True)
    accepted = asked = 0
    findings: list[Path] = []
    with Cluster(what.installation, what.key, clock=NOW) as daemon:
        for token in _tokens(Mutator(f"{seed}/daemon", what.corpus, what.key), count):
            outcome = _ask(daemon, token)
            told, asked = judge((token, None)), asked + 1
            accepted += bool(outcome.accepted)
            text = ""
            if told.accepted is not None and told != outcome:
                finding = Finding(release, fuzz.KEY, NOW, seed, token, None, told, outcome)
                findings.append(finding.save(folder))
                text = f"{finding}\n  saved:  {findings[-1]}"
            progress(asked, text)
            if outcome.accepted is None:
                break
    return Sample(asked, accepted, tuple(findings))


def _tokens(mutator: Mutator, count: int) -> Iterator[bytes]:
    """Yield tokens that an environment variable can carry."""
    while count:
        made = mutator.make()
        if made.user_name is None and cannot_be_carried(made.token) is None:
            count -= 1
            yield made.token


def _ask(daemon: Cluster, token: bytes) -> Judgement:
    try:
        return _outcome(daemon.ask(token))
    except DaemonDied as died:
        return Judgement(None, None, died.what)


def _outcome(seen: Observation) -> Judgement:
    if seen.verdict == "accepted":
        return Judgement(True, seen.uid, None)
    return Judgement(False, None, seen.log)
