"""What another release changes besides tokens: settings, keys, scontrol token, slurmrestd, clients, libjwt.

facts.toml has the facts. Each names the series that it began with, from Slurm's sources and release notes,
and the rows of the lab's studies that show it.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Iterator
from pathlib import Path

import msgspec

from slurm_jwt.config.auth import PARAMETERS, Way, way
from slurm_jwt.slurmctld import Release, releases
from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.site.changes.order import has
from slurm_jwt_conformance.site.doctor.checks.library import fits, numbers
from slurm_jwt_conformance.site.doctor.report import Finding
from slurm_jwt_reports.schema import Strict
from slurm_jwt_vectors.studies import load_studies


class Fact(Strict, frozen=True):
    """Something that holds from a series or version on.

    also: the first version of each later series, if fixes brought it to several series. do: what to do for an
    upgrade. back: what to do for a downgrade. rows: the rows of the studies that show it, as "study:row".
    sites: the test sites of the doctor that show it; real daemons of the recorded releases ran with them.
    """

    id: str
    since: str
    what: str
    do: str
    back: str
    also: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


class SettingChange(Strict, frozen=True):
    """A setting or rule that changes. since: when it changed. evidence: rows or sites."""

    id: str
    since: str
    what: str
    do: str
    basis: Basis
    evidence: tuple[str, ...]


class StudyChange(Strict, frozen=True):
    """A row of the lab's studies whose result differs."""

    row: str
    ask: str
    old: str
    new: str


class _Facts(Strict, frozen=True):
    fact: tuple[Fact, ...]


FACTS = msgspec.toml.decode(Path(__file__).with_name("facts.toml").read_bytes(), type=_Facts).fact


def compare(old: Release, new: Release) -> tuple[SettingChange, ...]:
    """Return the settings and rules that change from a release to another, which may be an older one."""
    facts = (change for fact in FACTS if (change := _fact_change(fact, old, new)))
    changes = (*_parameters(old, new), *_library(old, new), *facts)
    return tuple(sorted(changes, key=lambda change: change.since))


def _fact_change(fact: Fact, old: Release, new: Release) -> SettingChange | None:
    """Return what a fact changes from a release to another; None if both have it, or neither."""
    began = (fact.since, *fact.also)
    before, after = has(old, began), has(new, began)
    if before == after:
        return None
    since = ", ".join(began)
    evidence = (*fact.rows, *(f"site:{site}" for site in fact.sites))
    observed = evidence and old.recorded and new.recorded
    return SettingChange(
        id=fact.id,
        since=since,
        what=fact.what if after else f"No longer so (since {since}): {fact.what}",
        do=fact.do if after else fact.back,
        basis="observed" if observed else "modelled",
        evidence=evidence,
    )


def _modelled(name: str, since: str, what: str, do: str) -> SettingChange:
    return SettingChange(id=name, since=since, what=what, do=do, basis="modelled", evidence=())


def _parameters(old: Release, new: Release) -> Iterator[SettingChange]:
    for name in PARAMETERS:
        before, after = way(name, old.series), way(name, new.series)
        if before != after:
            since = _since(name, after, old.series, new.series)
            yield _modelled(f"parameter-{name}", since, *_way_texts(name, before, after))


def _since(name: str, after: Way, old: str, new: str) -> str:
    """Return the first series between the two that looks for a parameter as the later one does."""
    between = [each for each in releases.series() if min(old, new) < each <= max(old, new)]
    return next((each for each in between if way(name, each) == after), new)


def _way_texts(name: str, before: Way, after: Way) -> tuple[str, str]:
    """Return what changes and what to do when daemons look for a parameter in another way."""
    if before == "never":
        return (
            f"Daemons read {name}. Before, they ignored it without a message.",
            f"If AuthAltParameters already has {name}, it takes effect.",
        )
    if after == "never":
        return (
            f"Daemons ignore {name} without a message. Before, they read it.",
            f"Do not rely on {name} any more.",
        )
    if after == "part":
        return (
            f"Daemons find {name} only at the start of a part between commas. Before: anywhere.",
            f"In AuthAltParameters, remove whitespace after commas and all other text before {name}.",
        )
    if before == "part":
        return (
            f"Daemons find {name} anywhere in the text. Before, they found it only at the start of a part.",
            f"Check that no other text in AuthAltParameters contains {name}.",
        )
    old, new = ("in any case", "only in lower case")[:: 1 if after == "anywhere" else -1]
    return f"Daemons find {name} {new}. Before, they found it {old}.", f"Write {name} in lower case."


def _library(old: Release, new: Release) -> Iterator[SettingChange]:
    """Yield a libjwt that does not work with the later Slurm."""
    library = new.libjwt.version
    before = {finding.id for finding in _misfits(old)}
    for finding in _misfits(new):
        if finding.id not in before:
            what = f"{finding.message} {finding.cause}"
            yield _modelled(f"libjwt-{library}", new.series, what, finding.fix)


def _misfits(release: Release) -> tuple[Finding, ...]:
    version = numbers(release.libjwt.version)
    return tuple(fits(release.series, release.libjwt.version, version)) if version else ()


def other_study_changes(old: Release, new: Release) -> tuple[StudyChange, ...]:
    """Return the rows of studies whose results differ and that no fact of FACTS explains."""
    records = load_studies()
    if not (old.recorded and new.recorded) or not {old.series, new.series} <= set(records):
        return ()
    explained = {row for fact in FACTS for row in fact.rows}
    return tuple(each for each in study_changes(old.series, new.series) if each.row not in explained)


def study_changes(old: str, new: str) -> Iterator[StudyChange]:
    """Yield every row of the studies whose result differs between two recorded series."""
    before, after = (load_studies()[series].studies for series in (old, new))
    for study, record in before.items():
        later = {row.id: row for row in after[study].rows} if study in after else {}
        for row in record.rows:
            other = later.get(row.id)
            if other is not None and other.result != row.result:
                yield StudyChange(row=f"{study}:{row.id}", ask=row.ask, old=row.result, new=other.result)
