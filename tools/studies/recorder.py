"""Runs the studies on a release, writes their record, and tells in what a fresh one differs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from slurm_jwt_conformance.lab.install.release import PACKAGES, packages_of
from slurm_jwt_reports import output
from slurm_jwt_vectors.studies import StudiedRelease, StudyRecord, StudyRow, load_studies
from tools.studies import dbd_keys, impersonation, issuing, jwt_alone, rest_answers, rotation, token_alone

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from slurm_jwt_conformance.lab.install.release import Installation
    from tools.studies.study import Study

STUDIES = (
    token_alone.STUDY,
    rest_answers.STUDY,
    impersonation.STUDY,
    issuing.STUDY,
    rotation.STUDY,
    dbd_keys.STUDY,
    jwt_alone.STUDY,
)
WORKERS = 4
MORE_PACKAGES = (
    *("slurmd", "slurmdbd", "slurmrestd"),
    *("slurm-wlm-mysql-plugin", "mariadb-server-core*", "libmariadb3"),
)
"""Packages, beside those of every verdict, whose versions a study may depend on."""


class Difference(NamedTuple):
    """One thing that a fresh record tells otherwise; row is "" for the study itself."""

    study: str
    row: str
    what: str
    recorded: object
    fresh: object

    def __str__(self) -> str:
        return f"{self.study}.{self.row}: {self.what} was {self.recorded}, is {self.fresh}"


def record(
    installation: Installation,
    *,
    today: dt.date,
    studies: Sequence[Study] = STUDIES,
    progress: Callable[[str], None] = lambda _line: None,
) -> StudiedRelease:
    """Run the studies and return their record; SlurmError if one cannot be finished."""
    found = installation

    def run(study: Study) -> StudyRecord:
        rows = study.run(found)
        progress(f"{study.id}: {len(rows)} rows")
        return StudyRecord(study.title, study.about, rows)

    with ThreadPoolExecutor(WORKERS) as executor:
        records = list(executor.map(run, studies))
    return StudiedRelease(
        format=1,
        release=found.label,
        slurm=found.version,
        libjwt=found.libjwt or "unknown",
        packages=dict(sorted(packages_of((*PACKAGES, *MORE_PACKAGES), found.root).items())),
        recorded=today.isoformat(),
        studies={study.id: record for study, record in zip(studies, records, strict=True)},
    )


def differences(recorded: StudiedRelease, fresh: StudiedRelease) -> list[Difference]:
    """Tell in what the rows of two records differ; versions are told by `version_changes`."""
    found = []
    for name in {**recorded.studies, **fresh.studies}:
        before, after = _rows(recorded, name), _rows(fresh, name)
        for row in {**before, **after}:
            found += _row_differences(name, row, before.get(row), after.get(row))
    return found


def _rows(record: StudiedRelease, study: str) -> dict[str, StudyRow]:
    found = record.studies.get(study)
    return {row.id: row for row in found.rows} if found else {}


def _row_differences(
    study: str, row: str, before: StudyRow | None, after: StudyRow | None
) -> list[Difference]:
    if before is None or after is None:
        return [
            Difference(study, row, "row", "there" if before else "absent", "there" if after else "absent")
        ]
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in StudyRow.__struct_fields__)
    return [Difference(study, row, name, one, other) for name, one, other in pairs if one != other]


def version_changes(recorded: StudiedRelease, fresh: StudiedRelease) -> list[str]:
    """Tell which packages are there in another version than when it was recorded: no failure in itself."""
    names = sorted({*recorded.packages, *fresh.packages})
    pairs = ((name, recorded.packages.get(name), fresh.packages.get(name)) for name in names)
    return [f"{name} was {one}, is {other}" for name, one, other in pairs if one != other]


def write(folder: Path, fresh: StudiedRelease) -> Path:
    """Write a record as <release>.json; one that says the same as before keeps its old date."""
    path = folder / f"{fresh.release}.json"
    before = load_studies(folder).get(fresh.release)
    if before is not None and msgspec.structs.replace(fresh, recorded=before.recorded) == before:
        fresh = before
    lean = msgspec.to_builtins(fresh)
    for study in lean["studies"].values():
        study["rows"] = [
            {name: each for name, each in row.items() if each is not None} for row in study["rows"]
        ]
    text = msgspec.json.format(msgspec.json.encode(lean), indent=1) + b"\n"
    output.make_folder(str(folder))
    output.write(output.File(str(path), text), overwrite=before is not None)
    return path
