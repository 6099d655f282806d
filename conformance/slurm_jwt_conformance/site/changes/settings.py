"""What else an upgrade changes: parameters, key files, scontrol token, slurmrestd, clients, libjwt.

Each fact names the series that it began with, from Slurm's sources and release notes, and the rows of the
studies that show it, where the lab has asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.config.auth import PARAMETERS, way
from slurm_jwt_conformance.site.doctor.checks.library import fits, numbers
from slurm_jwt_vectors.studies import load_studies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.config.auth import Way
    from slurm_jwt.slurmctld import Release
    from slurm_jwt_conformance.site.changes.verdicts import Basis
    from slurm_jwt_conformance.site.doctor.report import Finding


class Fact(NamedTuple):
    """Something that holds from a series on. rows: "study:row" of the studies that show it."""

    id: str
    since: str
    what: str
    do: str
    rows: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    """Made-up sites that real daemons of the recorded releases were started with (doctor_sites)."""


class SettingChange(NamedTuple):
    """A change of a setting or a rule between two releases. evidence: rows of studies, or sites."""

    id: str
    since: str
    what: str
    do: str
    basis: Basis
    evidence: tuple[str, ...]


class Seen(NamedTuple):
    """A row of a study whose result differs, and which no fact speaks of."""

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
        "slurmdbd takes tokens too, and wants the key: jwt_key= in slurmdbd.conf.",
        "Give slurmdbd's host the key, and AuthAltTypes=auth/jwt with AuthAltParameters=jwt_key=FILE.",
    ),
    Fact(
        "key-not-loaded",
        "21.08",
        "With jwks= and no jwt_key= in AuthAltParameters the HS256 key is not loaded, and no token made by"
        " scontrol works.",
        "Where you use jwks=, name jwt_key= as well.",
        sites=("jwks-alone",),
    ),
    Fact(
        "own-name",
        "22.05",
        "Users may name themselves in `scontrol token username=`; before, that was refused.",
        "Nothing.",
        _rows("issuing", "own-by-name"),
    ),
    Fact(
        "lifespan-limit",
        "22.05",
        "max_token_lifespan= binds what users get from `scontrol token`: a longer one is refused, and the"
        " default falls to it. Root and SlurmUser are not bound, nor is who holds the key.",
        "Set max_token_lifespan, and let scripts ask for no more.",
        _rows("issuing", "limit-passed limit-default"),
    ),
    Fact(
        "lifespan-number",
        "23.02",
        "`scontrol token lifespan=` takes whole seconds above 0 alone: 0, -1, 60m, 1.5 and an empty value are"
        " refused; before, each gave some token, without a word.",
        "Look through scripts for lifespan=, and write whole seconds.",
        _rows(
            "issuing",
            "lifespan-zero lifespan-negative lifespan-empty lifespan-fraction lifespan-with-unit"
            " lifespan-word lifespan-largest-int lifespan-past-int lifespan-too-large",
        ),
    ),
    Fact(
        "lifespan-infinite",
        "23.11",
        "`scontrol token lifespan=infinite` gives a token for 68 years (23.11.2); before, one for 1800 s.",
        "Set max_token_lifespan: a token cannot be revoked.",
        _rows("issuing", "lifespan-infinite lifespan-unlimited"),
    ),
    Fact(
        "rest-name",
        "23.02",
        "slurmrestd takes X-SLURM-USER-TOKEN without X-SLURM-USER-NAME.",
        "Nothing; clients may leave the name out.",
        _rows("rest-answers", "token-alone"),
    ),
    Fact(
        "rest-bearer",
        "23.02",
        'slurmrestd takes "Authorization: Bearer TOKEN", and refuses a request that has X-SLURM-USER-TOKEN'
        " beside it, which passed before.",
        "See that proxies and clients send one of the two headers, not both.",
        _rows("rest-answers", "bearer-alone bearer-and-name both-and-name"),
    ),
    Fact(
        "key-mode",
        "23.11",
        "A daemon does not start if its key file gives others any right (mode & 007); an owner who is"
        " neither SlurmUser nor root is warned of.",
        "chmod 0600 the key file on every host, and chown it to SlurmUser, before the upgrade.",
        sites=("others-may-read", "others-may-execute", "key-of-a-user"),
    ),
    Fact(
        "reconfigure",
        "23.11",
        "`scontrol reconfigure` and SIGHUP start slurmctld anew, so that it reads the key file again.",
        "See that the key file holds the key in use: a changed one counts from the next reconfigure on.",
        _rows("rotation", "rename-reconfigured shorter-reconfigured longer-reconfigured"),
    ),
    Fact(
        "short-name",
        "23.11",
        "`jwt` stands for `auth/jwt` in AuthType and AuthAltTypes; before, no daemon starts with it.",
        "Nothing; keep auth/jwt while older releases read the same slurm.conf.",
        sites=("short-name",),
    ),
    Fact(
        "client-answer",
        "24.11",
        "slurmctld answers a client whose token it refuses: it prints `Protocol authentication error` instead"
        " of `Zero Bytes were transmitted or received`, and slurmrestd answers 511 instead of 500.",
        "Change what looks for these texts and codes: retries, monitoring, portals.",
        _rows(
            "rest-answers",
            "another-key expired no-exp no-sun alg-none no-token empty-token empty-name",
        ),
    ),
    Fact(
        "rest-account",
        "25.05",
        "slurmrestd does not run as root or SlurmUser.",
        "Give slurmrestd an account of its own before the upgrade.",
    ),
    Fact(
        "nobody-submits",
        "25.11",
        "Who is not known to slurmctld's host is still let in as uid 99, but submits no jobs (25.05.8,"
        " 25.11.5, 26.05.0).",
        "See that every user of a token exists on slurmctld's host.",
    ),
    Fact(
        "srun-refuses",
        "26.05",
        "srun with a token ends at once and says so, and sbatch no longer hands SLURM_JWT on to the job, so"
        " that srun works inside.",
        "Remove workarounds (unset SLURM_JWT) at leisure; a job that wants a token must get its own.",
        _rows("token-alone", "srun-in-batch"),
    ),
    Fact(
        "slurmd-key",
        "26.05",
        "slurmd, too, loads the key where it has to check tokens (HTTP).",
        "Where nodes have the key file, count them in when the key is changed.",
    ),
)


def compare(old: Release, new: Release) -> tuple[SettingChange, ...]:
    """Return what changes besides tokens from a release to another; going back tells it the other way."""
    low, high = sorted((old.series, new.series))
    back = old.series > new.series
    found = [*_parameters(old, new), *_library(old, new)]
    for fact in FACTS:
        if low < fact.since <= high:
            what = f"No longer so ({fact.since}): {fact.what}" if back else fact.what
            evidence = (*fact.rows, *(f"site:{site}" for site in fact.sites))
            basis: Basis = "observed" if evidence and old.recorded and new.recorded else "modelled"
            found.append(SettingChange(fact.id, fact.since, what, fact.do, basis, evidence))
    return tuple(sorted(found, key=lambda change: change.since))


def _parameters(old: Release, new: Release) -> Iterator[SettingChange]:
    for name in PARAMETERS:
        was, will = way(name, old.series), way(name, new.series)
        if was != will:
            what, do = _way_told(name, was, will)
            since = _since(name, will, old.series, new.series)
            yield SettingChange(f"parameter-{name}", since, what, do, "modelled", ())


def _since(name: str, will: Way, old: str, new: str) -> str:
    """Return the first series on the way that looks for a parameter as the later one does."""
    from slurm_jwt.slurmctld.releases import series

    between = [each for each in series() if min(old, new) < each <= max(old, new)]
    return next((each for each in between if way(name, each) == will), new)


def _way_told(name: str, was: Way, will: Way) -> tuple[str, str]:
    if was == "never":
        return (
            f"{name} is read; before, it was passed over in silence.",
            f"If {name} stands in AuthAltParameters already, it begins to count.",
        )
    if will == "never":
        return (
            f"{name} is passed over in silence; before, it was read.",
            f"Do not rely on {name} any more.",
        )
    if will == "part":
        return (
            f"{name} counts only at the start of a part between commas; before, anywhere in the text.",
            "Remove blanks after commas in AuthAltParameters, and what stands before the name.",
        )
    if was == "part":
        return (
            f"{name} counts wherever it stands in the text; before, only at the start of a part.",
            f"See that no other text in AuthAltParameters holds {name}.",
        )
    then, now = ("in any case", "in small letters alone")[:: 1 if will == "anywhere" else -1]
    return f"{name} is looked for {now}; before, {then}.", f"Write {name} in small letters."


def _library(old: Release, new: Release) -> Iterator[SettingChange]:
    """Tell of a libjwt that does not go with the later Slurm."""
    library = new.libjwt.version
    was = {finding.id for finding in _unfit(old)}
    for finding in _unfit(new):
        if finding.id not in was:
            what = f"{finding.message} {finding.cause}"
            yield SettingChange(f"libjwt-{library}", new.series, what, finding.fix, "modelled", ())


def _unfit(release: Release) -> tuple[Finding, ...]:
    version = numbers(release.libjwt.version)
    return tuple(fits(release.series, release.libjwt.version, version)) if version else ()


def seen(old: Release, new: Release) -> tuple[Seen, ...]:
    """Return the rows of studies whose results differ, and which no fact of FACTS speaks of."""
    records = load_studies()
    if not (old.recorded and new.recorded) or not {old.series, new.series} <= set(records):
        return ()
    told = {row for fact in FACTS for row in fact.rows}
    return tuple(each for each in differing(old.series, new.series) if each.row not in told)


def differing(old: str, new: str) -> Iterator[Seen]:
    """Give every row of the studies whose result differs between two recorded series."""
    before, after = (load_studies()[series].studies for series in (old, new))
    for study, record in before.items():
        later = {row.id: row for row in after[study].rows} if study in after else {}
        for row in record.rows:
            other = later.get(row.id)
            if other is not None and other.result != row.result:
                yield Seen(f"{study}:{row.id}", row.ask, row.result, other.result)
