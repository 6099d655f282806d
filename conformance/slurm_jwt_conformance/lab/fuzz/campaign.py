"""Fuzzing campaigns: tokens that the model and the real plugin judge, until they disagree.

A disagreement is shrunk, printed and saved. A campaign can be stopped and continued: it consists of
chunks, and the seed and the corpus of the chunks before it give the same chunk again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import Settings, Users, parse_passwd, predict, releases
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.fuzz import records as fuzz_records
from slurm_jwt_conformance.lab.fuzz.mutator import FuzzedToken, Mutator, Texts, texts_of
from slurm_jwt_conformance.lab.fuzz.records import Finding, Grown, Record, label
from slurm_jwt_conformance.lab.fuzz.shrink import shrink
from slurm_jwt_conformance.lab.fuzz.values import NOW
from slurm_jwt_conformance.lab.install.release import Installation, Missing, find_release
from slurm_jwt_conformance.lab.plugin.oracle import Judgement, PluginOracle, Question
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_reports import output
from slurm_jwt_vectors import digest
from slurm_jwt_vectors import load as load_vectors

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1000
KEY = "random32"
MOST_GROWN = 2000
MOST_FINDINGS = 20
MOST_DISAGREEMENTS = 200
"""A campaign ends after this number of disagreements: the model is wrong, and more examples do not help."""
SAVE_EVERY = 15.0

Model = Callable[[Question], Judgement]
"""Returns what a release does with a token and a user name."""
Progress = Callable[[Record, str], None]
"""Gets the record so far, and the text of a finding or ""."""


class Subject(NamedTuple):
    """An installed release, the key, and the texts from which tokens are built."""

    installation: Installation
    key: bytes
    corpus: list[Texts]


def model_of(installation: Installation, key: bytes) -> Model:
    """Return the model of an installed release, as `PluginOracle` sets it up."""
    users: Users = parse_passwd(accounts.passwd())
    settings = Settings(slurm_user=accounts.SLURM_USER)
    release = releases.parse(f"{installation.label}/libjwt{installation.libjwt}")

    def judge(question: Question) -> Judgement:
        token, beside = question
        name = None if beside is None else beside.decode("utf-8", "surrogateescape")
        prediction = predict(token, key, release, NOW, users, settings, name)
        return Judgement(prediction.accepted, prediction.uid, prediction.log)

    return judge


def subject(release: str) -> Subject:
    """Return an installed release with the published test key and all vectors' texts."""
    installation = find_release(release)
    if isinstance(installation, Missing):
        raise SlurmError(installation.reason, installation.hint)
    suite = load_vectors()
    return Subject(
        installation, suite.keys[KEY].bytes, texts_of(case.token_bytes for case in suite.cases.values())
    )


def run_campaign(  # noqa: PLR0913 - what a user may choose, each by name
    release: str,
    folder: Path,
    *,
    seed: str = "0",
    count: int | None = None,
    seconds: float | None = None,
    progress: Progress = lambda _record, _text: None,
    model: Model | None = None,
) -> Record:
    """Run, or continue, the campaign of a release and a seed, and return its record.

    It ends at `count` tokens in all (in whole chunks), after `seconds` of this run, or when it has so many
    findings that the model must be fixed first. folder: of record, corpus and findings.
    SlurmError if the release is not installed or its plugin cannot be loaded.
    """
    tested = subject(release)
    output.make_folder(str(folder))
    record, grown = fuzz_records.load(folder, fresh_record(tested, seed))
    with PluginOracle(tested.installation, tested.key, now=NOW) as oracle:
        judge = model or model_of(tested.installation, tested.key)
        campaign = _Campaign(tested, judge, oracle, folder, record, grown)
        campaign.run(count, seconds, progress)
    return record


def fresh_record(tested: Subject, seed: str) -> Record:
    """Return the record of a campaign that has not begun."""
    return Record(
        release=tested.installation.label,
        slurm=tested.installation.version,
        libjwt=tested.installation.libjwt,
        packages=dict(tested.installation.packages),
        vectors=digest(),
        seed=seed,
    )


@dataclass(frozen=True)
class _Campaign:
    """A campaign that runs. Its record and its corpus change."""

    subject: Subject
    model: Model
    oracle: PluginOracle
    folder: Path
    record: Record
    grown: Grown

    def run(self, count: int | None, seconds: float | None, progress: Progress) -> None:
        start = saved = time.monotonic()
        spent = self.record.seconds
        while not is_done(self.record, count) and (seconds is None or time.monotonic() - start < seconds):
            findings = self._chunk()
            now = time.monotonic()
            self.record.seconds = round(spent + now - start, 1)
            for text in findings or [""]:
                progress(self.record, text)
            if findings or now - saved > SAVE_EVERY:
                fuzz_records.save(self.folder, self.record, self.grown)
                saved = now
        fuzz_records.save(self.folder, self.record, self.grown)

    def _chunk(self) -> list[str]:
        """Judge one chunk of tokens and return the texts of the findings."""
        record = self.record
        corpus = self.subject.corpus + self.grown.texts
        mutator = Mutator(f"{record.seed}/{record.chunks}", corpus, self.subject.key)
        tokens = [mutator.make() for _ in range(CHUNK)]
        questions = [(each.token, each.user_name) for each in tokens]
        predictions = [self.model(question) for question in questions]
        findings: list[str] = []
        for token, model, plugin in zip(tokens, predictions, self.oracle.judge(questions), strict=True):
            self._count(token, model, plugin)
            room = len(record.findings) + len(findings) < MOST_FINDINGS
            if disagree(model, plugin) and room:
                findings.append(self._finding((token.token, token.user_name)))
        record.chunks += 1
        record.count += CHUNK
        return findings

    def _count(self, token: FuzzedToken, model: Judgement, plugin: Judgement) -> None:
        """Count one token. A token with a new outcome joins the corpus."""
        count(self.record, model, plugin)
        novelty = f"{label(plugin)} {plugin.uid}"
        if novelty not in self.grown.seen and len(self.grown.seen) < MOST_GROWN:
            self.grown.seen.add(novelty)
            self.grown.texts.append(token.texts)

    def _finding(self, question: Question) -> str:
        """Shrink a disagreement, save it, and return its text."""
        kind = self._kind(question)
        token, user_name = shrink(question, self.subject.key, lambda smaller: self._kind(smaller) == kind)
        model, plugin = self._judgements((token, user_name))
        finding = Finding(self.record.release, KEY, NOW, self.record.seed, token, user_name, model, plugin)
        path = finding.save(self.folder)
        if path.name not in self.record.findings:
            self.record.findings = (*self.record.findings, path.name)
        return f"{finding}\n  saved:  {path}"

    def _judgements(self, question: Question) -> tuple[Judgement, Judgement]:
        return self.model(question), self.oracle.judge([question])[0]

    def _kind(self, question: Question) -> tuple[bool, str, str]:
        """Return what a disagreement is about, so that shrinking does not end at another disagreement."""
        model, plugin = self._judgements(question)
        return disagree(model, plugin), label(model), label(plugin)


def count(record: Record, model: Judgement, plugin: Judgement) -> None:
    """Count one token's outcome in a record."""
    name = label(plugin)
    record.hits[name] = record.hits.get(name, 0) + 1
    record.accepted += bool(plugin.accepted)
    record.unknown += model.accepted is None
    record.disagreements += disagree(model, plugin)


def is_done(record: Record, count: int | None) -> bool:
    """Return whether a campaign has enough tokens, or so many findings that the model must be fixed first."""
    enough = count is not None and record.count >= count
    return enough or record.disagreements >= MOST_DISAGREEMENTS or len(record.findings) >= MOST_FINDINGS


def disagree(model: Judgement, plugin: Judgement) -> bool:
    """Return whether the two verdicts differ, or the plugin ended without a verdict."""
    return plugin.accepted is None or (model.accepted is not None and model != plugin)
