"""What an upgrade changes besides tokens: parameters, key files, scontrol token, slurmrestd, clients, libjwt.

Each fact names the series that it began with, from Slurm's sources and release notes, and the rows of the
lab's studies that show it.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Iterator
from typing import NamedTuple

from slurm_jwt.config.auth import PARAMETERS, Way, way
from slurm_jwt.slurmctld import Release, releases
from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.site.doctor.checks.library import fits, numbers
from slurm_jwt_conformance.site.doctor.report import Finding
from slurm_jwt_reports.schema import Strict
from slurm_jwt_vectors.studies import load_studies


class Fact(NamedTuple):
    """Something that holds from a series on. rows: the rows of the studies that show it, as "study:row".

    sites: the test sites of the doctor that show it; real daemons of the recorded releases ran with them.
    """

    id: str
    since: str
    what: str
    do: str
    rows: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


class SettingChange(Strict, frozen=True):
    """A setting or rule that changes. since: the series that it changed with. evidence: rows or sites."""

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


def _rows(study: str, names: str) -> tuple[str, ...]:
    return tuple(f"{study}:{name}" for name in names.split())


FACTS = (
    Fact(
        "slurmdbd",
        "20.11",
        "slurmdbd accepts tokens as well. It needs the key: jwt_key= in slurmdbd.conf.",
        "Copy the key to slurmdbd's host. Set AuthAltTypes=auth/jwt and AuthAltParameters=jwt_key=FILE"
        " there.",
    ),
    Fact(
        "key-not-loaded",
        "21.08",
        "If AuthAltParameters has jwks= and no jwt_key=, slurmctld does not load the HS256 key. Tokens from"
        " scontrol do not work.",
        "If you use jwks=, set jwt_key= as well.",
        sites=("jwks-alone",),
    ),
    Fact(
        "own-name",
        "22.05",
        "Users may name themselves in `scontrol token username=`. Before, slurmctld refused that.",
        "No action is needed.",
        _rows("issuing", "own-by-name"),
    ),
    Fact(
        "lifespan-limit",
        "22.05",
        "max_token_lifespan= limits what users get from `scontrol token`: slurmctld refuses a longer"
        " lifespan, and the default is not longer than the limit. The limit does not apply to root, to"
        " SlurmUser and to programs that sign with the key.",
        "Set max_token_lifespan. Scripts must not ask for more.",
        _rows("issuing", "limit-passed limit-default"),
    ),
    Fact(
        "lifespan-number",
        "23.02",
        "`scontrol token lifespan=` accepts only whole seconds above 0. It refuses 0, -1, 60m, 1.5 and an"
        " empty value. Before, each of these gave a token without a warning.",
        "Search your scripts for lifespan=, and write whole seconds.",
        _rows(
            "issuing",
            "lifespan-zero lifespan-negative lifespan-empty lifespan-fraction lifespan-with-unit"
            " lifespan-word lifespan-largest-int lifespan-past-int lifespan-too-large",
        ),
    ),
    Fact(
        "lifespan-infinite",
        "23.11",
        "`scontrol token lifespan=infinite` gives a token for 68 years (23.11.2). Before, it gave one for"
        " 1800 s.",
        "Set max_token_lifespan: a token cannot be revoked.",
        _rows("issuing", "lifespan-infinite lifespan-unlimited"),
    ),
    Fact(
        "rest-name",
        "23.02",
        "slurmrestd accepts X-SLURM-USER-TOKEN without X-SLURM-USER-NAME.",
        "No action is needed. Clients may leave the name out.",
        _rows("rest-answers", "token-alone"),
    ),
    Fact(
        "rest-bearer",
        "23.02",
        'slurmrestd accepts "Authorization: Bearer TOKEN". It refuses a request that also has'
        " X-SLURM-USER-TOKEN; before, it accepted such a request.",
        "Check that proxies and clients send one of the two headers, not both.",
        _rows("rest-answers", "bearer-alone bearer-and-name both-and-name"),
    ),
    Fact(
        "key-mode",
        "23.11",
        "A daemon does not start if its key file gives others any right (mode & 007). It warns if the owner"
        " is neither SlurmUser nor root.",
        "Before the upgrade, run chmod 0600 and chown SlurmUser on the key file of every host.",
        sites=("others-may-read", "others-may-execute", "key-of-a-user"),
    ),
    Fact(
        "reconfigure",
        "23.11",
        "`scontrol reconfigure` and SIGHUP start slurmctld again, and it reads the key file again.",
        "Check that the key file holds the key in use: a changed file takes effect at the next reconfigure.",
        _rows("rotation", "rename-reconfigured shorter-reconfigured longer-reconfigured"),
    ),
    Fact(
        "short-name",
        "23.11",
        "`jwt` means `auth/jwt` in AuthType and AuthAltTypes. Before, no daemon starts with it.",
        "No action is needed. Keep auth/jwt while older releases read the same slurm.conf.",
        sites=("short-name",),
    ),
    Fact(
        "client-answer",
        "24.11",
        "slurmctld answers a client whose token it refuses. The client prints `Protocol authentication error`"
        " instead of `Zero Bytes were transmitted or received`, and slurmrestd answers 511 instead of 500.",
        "Change everything that looks for these texts and codes: retries, monitoring, portals.",
        _rows(
            "rest-answers",
            "another-key expired no-exp no-sun alg-none no-token empty-token empty-name",
        ),
    ),
    Fact(
        "rest-account",
        "25.05",
        "slurmrestd does not run as root or SlurmUser.",
        "Give slurmrestd its own account before the upgrade.",
    ),
    Fact(
        "nobody-submits",
        "25.11",
        "A user that slurmctld's host does not know still gets uid 99, but cannot submit jobs (25.05.8,"
        " 25.11.5, 26.05.0).",
        "Check that every user of a token exists on slurmctld's host.",
    ),
    Fact(
        "srun-refuses",
        "26.05",
        "srun with a token stops at once with a message. sbatch does not pass SLURM_JWT to the job, so srun"
        " works inside the job.",
        "You can remove workarounds (unset SLURM_JWT). A job that needs a token must fetch its own.",
        _rows("token-alone", "srun-in-batch"),
    ),
    Fact(
        "slurmd-key",
        "26.05",
        "slurmd also loads the key where it has to check tokens (HTTP).",
        "If nodes have the key file, include them in a key rotation.",
    ),
)


def compare(old: Release, new: Release) -> tuple[SettingChange, ...]:
    """Return the settings and rules that change from a release to another, which may be an older one."""
    low, high = sorted((old.series, new.series))
    facts = (fact for fact in FACTS if low < fact.since <= high)
    changes = (*_parameters(old, new), *_library(old, new), *(_fact_change(fact, old, new) for fact in facts))
    return tuple(sorted(changes, key=lambda change: change.since))


def _fact_change(fact: Fact, old: Release, new: Release) -> SettingChange:
    evidence = (*fact.rows, *(f"site:{site}" for site in fact.sites))
    observed = evidence and old.recorded and new.recorded
    return SettingChange(
        id=fact.id,
        since=fact.since,
        what=f"No longer so (since {fact.since}): {fact.what}" if old.series > new.series else fact.what,
        do=fact.do,
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
