"""Fuzzing campaigns of RS256: a JWKS file, the tokens of its keys, then the next file.

A plugin reads its JWKS when it starts, and a bad one ends it, so each file has a child process of its own.
The seed and the number of a file give the file and its tokens again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import Keys, Release, Settings, load, parse_passwd, predict, releases
from slurm_jwt.vocabulary import DoesNotStart
from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.errors import PluginEnded
from slurm_jwt_conformance.lab.fuzz import campaign
from slurm_jwt_conformance.lab.fuzz import records as fuzz_records
from slurm_jwt_conformance.lab.fuzz.jwks_files import JwksFile, corpus_of, make_file
from slurm_jwt_conformance.lab.fuzz.mutator import Mutator
from slurm_jwt_conformance.lab.fuzz.records import Finding, Grown, Record, label
from slurm_jwt_conformance.lab.fuzz.shrink import shrink, shrink_file
from slurm_jwt_conformance.lab.fuzz.values import NOW
from slurm_jwt_conformance.lab.plugin.oracle import Judgement, PluginOracle
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_reports import output

if TYPE_CHECKING:
    from pathlib import Path

    from slurm_jwt_conformance.lab.plugin.oracle import Question

TOKENS = 400
"""The number of tokens for each file that a plugin loads."""
FILE_BUDGET = 300
"""The limit of smaller files that are tried; each starts a plugin."""
_EDITS = (0, 0, 0, 1, 1, 2)
_SETTINGS = Settings({"jwt_key": f"/{conf.KEY_FILE}", "jwks": f"/{conf.JWKS_FILE}"}, accounts.SLURM_USER)
_USERS = parse_passwd(accounts.passwd())


def run_jwks_campaign(  # noqa: PLR0913 - what a user may choose, each by name
    release: str,
    folder: Path,
    *,
    seed: str = "0",
    count: int | None = None,
    seconds: float | None = None,
    progress: campaign.Progress = lambda _record, _text: None,
) -> Record:
    """Run, or continue, the RS256 campaign of a release and a seed, and return its record.

    It ends as `run_campaign` does, but after whole files. folder: of record and findings.
    """
    tested = campaign.subject(release)
    output.make_folder(str(folder))
    record, _ = fuzz_records.load(folder, campaign.fresh_record(tested, f"{seed} rs256"))
    running = _Campaign(tested, _release(tested), folder, record)
    start = saved = time.monotonic()
    spent = record.seconds
    while not campaign.is_done(record, count) and (seconds is None or time.monotonic() - start < seconds):
        findings = running.judge_file(make_file(f"{record.seed}/{record.files}"))
        now = time.monotonic()
        record.seconds = round(spent + now - start, 1)
        for text in findings or [""]:
            progress(record, text)
        if findings or now - saved > campaign.SAVE_EVERY:
            fuzz_records.save(folder, record, Grown([], set()))
            saved = now
    fuzz_records.save(folder, record, Grown([], set()))
    return record


def _release(tested: campaign.Subject) -> Release:
    return releases.parse(f"{tested.installation.label}/libjwt{tested.installation.libjwt}")


class Start(NamedTuple):
    """What a plugin does with a JWKS file: it starts, or ends with a fatal line, or (None) crashes."""

    starts: bool
    line: str | None = None

    def judgement(self) -> Judgement:
        """Return the start in the form of a finding."""
        return Judgement(self.starts, log=self.line)


@dataclass(frozen=True)
class _Campaign:
    """A campaign that runs. Its record changes."""

    subject: campaign.Subject
    release: Release
    folder: Path
    record: Record

    def judge_file(self, file: JwksFile) -> list[str]:
        """Judge one file and its tokens, and return the texts of the findings."""
        record = self.record
        keys, oracle = load(self.release, file.data), self._oracle(file.data)
        record.files += 1
        if _model(keys) != _plugin(oracle):
            record.disagreements += 1
            if isinstance(oracle, PluginOracle):
                oracle.close()
            return [self._file_finding(file.data)]
        if isinstance(oracle, PluginEnded) or isinstance(keys, DoesNotStart):
            record.unstarted += 1
            name = f"does not start: {oracle.line if isinstance(oracle, PluginEnded) else None}"
            record.hits[name] = record.hits.get(name, 0) + 1
            return []
        with oracle:
            return self._judge_tokens(file, keys, oracle)

    def _oracle(self, data: bytes) -> PluginOracle | PluginEnded:
        try:
            return PluginOracle(self.subject.installation, self.subject.key, now=NOW, jwks=data)
        except PluginEnded as ended:
            return ended

    def _judge_tokens(self, file: JwksFile, keys: Keys, oracle: PluginOracle) -> list[str]:
        record = self.record
        seed = f"{record.seed}/{record.files}/tokens"
        mutator = Mutator(seed, corpus_of(file, self.subject.corpus, seed), file.signature, _EDITS)
        questions = [(each.token, each.user_name) for each in (mutator.make() for _ in range(TOKENS))]
        findings: list[str] = []
        for question, plugin in zip(questions, oracle.judge(questions), strict=True):
            model = self._predict(question, keys)
            campaign.count(record, model, plugin)
            if campaign.disagree(model, plugin) and len(record.findings) < campaign.MOST_FINDINGS:
                findings.append(self._finding(question, file, keys, oracle))
        record.count += TOKENS
        return findings

    def _predict(self, question: Question, keys: Keys) -> Judgement:
        token, beside = question
        name = None if beside is None else beside.decode("utf-8", "surrogateescape")
        told = predict(token, self.subject.key, self.release, NOW, _USERS, _SETTINGS, name, keys)
        return Judgement(told.accepted, told.uid, told.log)

    def _finding(self, question: Question, file: JwksFile, keys: Keys, oracle: PluginOracle) -> str:
        """Shrink a token, save the disagreement, and return its text."""

        def both(smaller: Question) -> tuple[Judgement, Judgement]:
            return self._predict(smaller, keys), oracle.judge([smaller])[0]

        def kind(smaller: Question) -> tuple[bool, str, str]:
            model, plugin = both(smaller)
            return campaign.disagree(model, plugin), label(model), label(plugin)

        wanted = kind(question)
        smaller = shrink(question, file.signature, lambda each: kind(each) == wanted)
        return self._save(*smaller, *both(smaller), file.data)

    def _file_finding(self, data: bytes) -> str:
        """Shrink a file on which model and plugin disagree, save it, and return its text."""

        def both(smaller: bytes) -> tuple[Start, Start]:
            oracle = self._oracle(smaller)
            plugin = _plugin(oracle)
            if isinstance(oracle, PluginOracle):
                oracle.close()
            return _model(load(self.release, smaller)), plugin

        wanted = both(data)
        smaller = shrink_file(data, lambda each: both(each) == wanted, FILE_BUDGET)
        model, plugin = both(smaller)
        return self._save(b"", None, model.judgement(), plugin.judgement(), smaller)

    def _save(
        self, token: bytes, name: bytes | None, model: Judgement, plugin: Judgement, jwks: bytes
    ) -> str:
        record = self.record
        finding = Finding(record.release, campaign.KEY, NOW, record.seed, token, name, model, plugin, jwks)
        path = finding.save(self.folder)
        if path.name not in record.findings:
            record.findings = (*record.findings, path.name)
        return f"{finding}\n  saved:  {path}"


def _model(keys: Keys | DoesNotStart) -> Start:
    return Start(False, keys.log) if isinstance(keys, DoesNotStart) else Start(True)


def _plugin(oracle: PluginOracle | PluginEnded) -> Start:
    return Start(False, oracle.line) if isinstance(oracle, PluginEnded) else Start(True)
