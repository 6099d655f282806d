"""Check the vectors before a release: `python -m tools.case_lint`.

Each check yields complaints: a case and what is wrong with it. A complaint is a case without a docstring or
source, a documented verdict that differs from the reference's, an id with another meaning than before, or a
case without an observation of a release.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import examine
from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_vectors import load, load_issuing, load_observed
from slurm_jwt_vectors.suite import retired, version
from tools import vector_data
from tools import vector_versions as versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from slurm_jwt_vectors import Case, IssuingCase, Observed, Suite
    from slurm_jwt_vectors.models import Edition

RELEASES: tuple[str, ...] = tuple(sorted(roots.SUITES))
"""The releases of Slurm of which every case has an observation."""


class Complaint(NamedTuple):
    """One thing to fix. case: its id, or the name of a file or release."""

    case: str
    what: str


class Vectors(NamedTuple):
    """Everything that is checked: read once, so that each check is a pure function."""

    suite: Suite
    issuing: Mapping[str, IssuingCase]
    observed: Mapping[str, Observed]
    retired: Mapping[str, str]
    released: versions.Released
    version: str
    docstrings: Mapping[str, str | None]


def read() -> Vectors:
    """Read the vectors that are installed; OSError or msgspec's errors if a file is missing or damaged."""
    return Vectors(
        suite=load(),
        issuing=load_issuing(),
        observed=load_observed(),
        retired=retired(),
        released=versions.released(),
        version=version(),
        docstrings={name: inspect.getdoc(function) for name, function in vector_data.all_cases().items()},
    )


def lint(vectors: Vectors) -> tuple[Complaint, ...]:
    """Return all complaints, sorted by check and case."""
    return tuple(complaint for check in CHECKS for complaint in check(vectors))


def told(vectors: Vectors) -> Iterator[Complaint]:
    """Find cases without a docstring, purpose or source."""
    for name, text in vectors.docstrings.items():
        if not (text or "").strip():
            yield Complaint(name, "has no docstring")
    for case in _everything(vectors):
        if not case.purpose.strip():
            yield Complaint(case.id, "has no purpose: compile again")
        if not any(source.strip() for source in case.sources):
            yield Complaint(case.id, "names no source")


def compiled(vectors: Vectors) -> Iterator[Complaint]:
    """Find data that is not what the cases compile to, and cases that cannot be compiled."""
    if not all(vectors.docstrings.values()):
        return  # told() has complained, and the compiler would stop at the first of them
    try:
        stale = vector_data.differing(vector_data.compiled())
    except ValueError as error:
        yield Complaint("compile", str(error))
        return
    for name in stale:
        yield Complaint(name, "is stale: run python -m tools.regenerate vectors, or remove it")


def judged(vectors: Vectors) -> Iterator[Complaint]:
    """Find cases whose documented verdict or rules are not those that the reference finds."""
    for case in vectors.suite.cases.values():
        if not set(case.rules) <= set(BY_ID):
            yield Complaint(
                case.id, f"breaks unknown rules: {', '.join(sorted(set(case.rules) - set(BY_ID)))}"
            )
            continue
        editions: tuple[Edition, ...] = ("2020",) if case.jwks is None else ("2020", "later")
        for edition in editions:
            yield from _judged(case, edition, vectors.suite)


def _judged(case: Case, edition: Edition, suite: Suite) -> Iterator[Complaint]:
    verdict, documented = case.documented(edition)
    jwks = suite.jwks_of(case) if edition == "later" else None
    seen = examine(case.token_bytes, suite.keys[case.key].bytes, case.now, jwks=jwks, edition=edition)
    rules = tuple(finding.rule for finding in seen.findings)
    if seen.verdict != ("undetermined" if documented in UNREAD else verdict):
        yield Complaint(case.id, f"is documented as {verdict}, the reference says {seen.verdict}")
    if rules != documented:
        yield Complaint(case.id, f"breaks {_list(documented)}, the reference finds {_list(rules)}")


UNREAD = frozenset({("form.size",), ("jwks.size",)})
"""The rules of cases that `examine` does not judge: it reads no token and no JWKS over the size."""


def named(vectors: Vectors) -> Iterator[Complaint]:
    """Find ids that stood for something else, or that vanished, and a version too low for what changed."""
    now = versions.state(vectors.suite, vectors.issuing)
    changed = versions.changes(vectors.released.cases, now)
    for name in sorted(vectors.retired.keys() & now.keys()):
        yield Complaint(name, f"is a retired id: {vectors.retired[name]}")
    for name in changed.reused:
        yield Complaint(name, f"stood for another token in {vectors.released.version}: take a new id")
    for name in changed.gone:
        if name not in vectors.retired:
            yield Complaint(name, f"was in {vectors.released.version} and is gone: say why in retired.json")
    least = versions.least_version(vectors.released.version, changed)
    if not versions.is_enough(vectors.version, least):
        yield Complaint("VERSION", f"is {vectors.version}; what changed makes it {least}")


def observed(vectors: Vectors) -> Iterator[Complaint]:
    """Find cases that daemons were not asked: all of them, by each release, with these very bytes."""
    for release in RELEASES:
        record = vectors.observed.get(release)
        if record is None:
            yield Complaint(release, "has no record: run `python -m tools.record`")
            continue
        for case in vectors.suite.cases.values():
            seen = record.cases.get(case.id)
            if seen is None:
                yield Complaint(case.id, f"has no observation of {release}: run `python -m tools.record`")
            elif seen.token_sha256 != hashlib.sha256(case.token_bytes).hexdigest() or (
                (seen.key, seen.jwks) != (case.key, case.jwks)
            ):
                yield Complaint(case.id, f"was observed on {release} with another token, key or JWKS")
        for name in sorted(record.cases.keys() - vectors.suite.cases.keys() - vectors.retired.keys()):
            yield Complaint(name, f"is in the record of {release}, and no case")


CHECKS: tuple[Callable[[Vectors], Iterator[Complaint]], ...] = (told, compiled, judged, named, observed)


def _everything(vectors: Vectors) -> Iterator[Case | IssuingCase]:
    yield from vectors.suite.cases.values()
    yield from vectors.issuing.values()


def _list(rules: tuple[str, ...]) -> str:
    return ", ".join(rules) or "nothing"


def main() -> int:
    """Print all complaints; return 1 if there are any."""
    complaints = lint(read())
    for complaint in complaints:
        print(f"{complaint.case}: {complaint.what}")
    return int(bool(complaints))


if __name__ == "__main__":
    sys.exit(main())
