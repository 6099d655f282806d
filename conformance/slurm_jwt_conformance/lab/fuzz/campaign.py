"""Fuzzing campaigns: tokens judged by the model and by the real plugin, until they disagree.

A disagreement is shrunk, told and saved. A campaign can be stopped and continued: a seed is cut into
chunks, and each chunk is the same again, given the corpus that the chunks before it have made.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import Settings, Users, parse_passwd, predict, releases
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.fuzz import records as fuzz_records
from slurm_jwt_conformance.lab.fuzz.mutator import Made, Mutator, Texts, texts_of
from slurm_jwt_conformance.lab.fuzz.records import Finding, Grown, Outcome, Record, label
from slurm_jwt_conformance.lab.fuzz.shrink import shrink
from slurm_jwt_conformance.lab.fuzz.values import NOW
from slurm_jwt_conformance.lab.install.release import Installation, Missing, find_release
from slurm_jwt_conformance.lab.plugin.oracle import Judgement, PluginOracle, Question
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_vectors import digest
from slurm_jwt_vectors import load as load_vectors

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1000
KEY = "random32"
MOST_GROWN = 2000
MOST_FINDINGS = 20
MOST_DISAGREEMENTS = 200
"""After so many a campaign ends: the model is wrong, more examples tell nothing new."""
SAVE_EVERY = 15.0

Model = Callable[[Question], Outcome]
"""Says what a release would do with a token and the user name beside it."""
Progress = Callable[[Record, str], None]
"""Is told the record so far, and a text if something was found."""


class Subject(NamedTuple):
    """What is under test, and with what: an installed release, a key, the texts to start from."""

    installation: Installation
    key: bytes
    corpus: list[Texts]


def model_of(installation: Installation, key: bytes) -> Model:
    """Return the model of an installed release, as `PluginOracle` sets it up."""
    users: Users = parse_passwd(accounts.passwd())
    settings = Settings(slurm_user=accounts.SLURM_USER)
    release = releases.parse(f"{installation.label}/libjwt{installation.libjwt}")

    def judge(question: Question) -> Outcome:
        token, beside = question
        name = None if beside is None else beside.decode("utf-8", "surrogateescape")
        told = predict(token, key, release, NOW, users, settings, name)
        return Outcome(told.accepted, told.uid, told.log)

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

    It ends at `count` tokens in all (in whole chunks), after `seconds` of this run, or when so much
    was found that the model must be mended first. folder: where record, corpus and findings go.
    SlurmError if the release is not installed or cannot be asked.
    """
    what = subject(release)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = Record(
        release=what.installation.label,
        slurm=what.installation.version,
        libjwt=what.installation.libjwt,
        packages=dict(what.installation.packages),
        vectors=digest(),
        seed=seed,
    )
    record, grown = fuzz_records.load(folder, fresh)
    with PluginOracle(what.installation, what.key, now=NOW) as oracle:
        judges = _Judges(what, model or model_of(what.installation, what.key), oracle)
        return _Campaign(judges, folder, record, grown).run(count, seconds, progress)


class _Judges(NamedTuple):
    what: Subject
    model: Model
    oracle: PluginOracle


class _Campaign:
    """A campaign under way: its record and its grown corpus change, all else stays."""

    def __init__(self, judges: _Judges, folder: Path, record: Record, grown: Grown) -> None:
        self.record = record
        self._what, self._model, self._oracle = judges
        self._folder = folder
        self._grown = grown
        self._hits = dict(record.hits)

    def run(self, count: int | None, seconds: float | None, progress: Progress) -> Record:
        start = saved = time.monotonic()
        spent = self.record.seconds
        while not self._is_done(count) and (seconds is None or time.monotonic() - start < seconds):
            told = self._chunk()
            now = time.monotonic()
            self.record = replace(self.record, seconds=round(spent + now - start, 1))
            for text in told or ("",):
                progress(self.record, text)
            if told or now - saved > SAVE_EVERY:
                fuzz_records.save(self._folder, self.record, self._grown)
                saved = now
        fuzz_records.save(self._folder, self.record, self._grown)
        return self.record

    def _is_done(self, count: int | None) -> bool:
        enough = count is not None and self.record.count >= count
        hopeless = self.record.disagreements >= MOST_DISAGREEMENTS
        return enough or hopeless or len(self.record.findings) >= MOST_FINDINGS

    def _chunk(self) -> list[str]:
        """Make and judge one chunk of tokens; return the texts of what was found."""
        seed = f"{self.record.seed}/{self.record.chunks}"
        mutator = Mutator(seed, self._what.corpus + self._grown.texts, self._what.key)
        made = [mutator.make() for _ in range(CHUNK)]
        predicted = [self._model((each.token, each.user_name)) for each in made]
        judged = self._oracle.judge([(each.token, each.user_name) for each in made])
        told: list[str] = []
        totals = [0, 0, 0]
        for each, model, answer in zip(made, predicted, judged, strict=True):
            plugin = _outcome(answer)
            self._note(each, plugin)
            disagree = _disagree(model, answer)
            for index, fact in enumerate((answer.accepted, model.accepted is None, disagree)):
                totals[index] += bool(fact)
            if disagree and len(self.record.findings) + len(told) < MOST_FINDINGS:
                told.append(self._found(each))
        self._add(totals)
        return told

    def _note(self, made: Made, outcome: Outcome) -> None:
        """Count the outcome; a token with a new one joins the corpus."""
        name = label(outcome)
        self._hits[name] = self._hits.get(name, 0) + 1
        novelty = f"{name} {outcome.uid}"
        if novelty not in self._grown.seen and len(self._grown.seen) < MOST_GROWN:
            self._grown.seen.add(novelty)
            self._grown.texts.append(made.texts)

    def _add(self, totals: list[int]) -> None:
        record = self.record
        self.record = replace(
            record,
            chunks=record.chunks + 1,
            count=record.count + CHUNK,
            accepted=record.accepted + totals[0],
            unknown=record.unknown + totals[1],
            disagreements=record.disagreements + totals[2],
            hits=dict(self._hits),
        )

    def _found(self, made: Made) -> str:
        """Shrink a disagreement, save it, and return how it is told."""
        kind = self._kind((made.token, made.user_name))
        question = shrink(
            (made.token, made.user_name), self._what.key, lambda smaller: self._kind(smaller) == kind
        )
        answer = self._oracle.judge([question])[0]
        finding = Finding(
            release=self.record.release,
            key=KEY,
            now=NOW,
            seed=self.record.seed,
            token=question[0],
            user_name=question[1],
            model=self._model(question),
            plugin=_outcome(answer),
        )
        path = finding.save(self._folder)
        if path.name not in self.record.findings:
            self.record = replace(self.record, findings=(*self.record.findings, path.name))
        return f"{finding}\n  saved:  {path}"

    def _kind(self, question: Question) -> tuple[bool, str, str]:
        """Return what a disagreement is about, so that shrinking does not wander off to another one."""
        model, answer = self._model(question), self._oracle.judge([question])[0]
        return _disagree(model, answer), label(model), label(_outcome(answer))


def _outcome(answer: Judgement) -> Outcome:
    return Outcome(answer.accepted, answer.uid, answer.why if answer.accepted is None else answer.log)


def _disagree(model: Outcome, answer: Judgement) -> bool:
    """Tell whether there is something to find: two different verdicts, or a plugin that died."""
    if answer.accepted is None:
        return True
    return model.accepted is not None and model != _outcome(answer)
