"""Sentences about an answer that more than one format writes; all of them are safe to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.check import times
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.policy.policy import Waiver


def passing(made: Answer) -> str:
    """Say what a token that passes has passed."""
    said = []
    if made.question.judge != "slurm":
        waived = [each.rule for each in made.done.result.findings if each.rule in made.waived]
        but = f" but {', '.join(waived)}, which a waiver covers" if waived else ""
        said.append(f"every rule of level error is kept{but}")
    if made.done.predictions and made.question.judge != "rules":
        names = ", ".join(made.done.predictions)
        whom = "as the user it names" if made.question.users.known else "; its uid was not looked up"
        said.append(f"Slurm {names} takes it {whom}".replace(" ;", ";"))
    if made.question.policy is not None:
        said.append("the policy is kept")
    return "; ".join(said) or "nothing was asked of it"


def context(made: Answer) -> Iterator[tuple[str, str]]:
    """Tell of its times, and what the token was held against, each with how it was found."""
    found = made.question.found
    moments = times.sentence(times.of(made.done.result.claims, made.done.now))
    if moments:
        yield "times", moments
    if found.conf is not None:
        cluster = found.value("ClusterName")
        named = f", cluster {one_line(cluster, 80)}" if cluster else ""
        yield "conf", f"{one_line(found.conf.path)} ({found.conf.source}){named}"
    if found.key is not None:
        yield "key", found.key.sentence()
    if found.installed is not None:
        yield "slurm", installed(found)
    if made.question.where is not None:
        yield "users", made.question.users.source
    if made.question.policy is not None:
        count = len(made.question.policy.waivers)
        waivers = f", {count} waiver{'' if count == 1 else 's'}" if count else ""
        yield "policy", f"{made.question.policy.place}{waivers}"


def installed(found: Cluster) -> str:
    """Tell which Slurm is installed, and how that is known."""
    version = found.installed
    if version is None:
        return "no Slurm is installed here"
    libjwt = f" with libjwt {one_line(version.libjwt, 40)}" if version.libjwt else ", libjwt not known"
    return f"{one_line(version.slurm, 40)}{libjwt} ({one_line(version.source, 200)})"


def users(made: Answer) -> Iterator[str]:
    """Tell whom each release takes the token's user for, releases of one mind together."""
    from slurm_jwt_conformance.site.users import mapping

    said: dict[str, list[str]] = {}
    for one in made.mappings:
        said.setdefault(mapping.sentence(one), []).append(one.release)
    for sentence, names in said.items():
        yield f"Slurm {', '.join(dict.fromkeys(names))}: {sentence}"


def notes(made: Answer) -> tuple[str, ...]:
    """Tell what was not looked at, and what to name so that it is."""
    found = made.question.found
    silent = made.question.silent
    return (*found.problems, *([silent] if silent else []), *_waivers(made))


def _waivers(made: Answer) -> Iterator[str]:
    """Tell of waivers that are over."""
    policy = made.question.policy
    if policy is None:
        return
    from slurm_jwt_conformance.site.policy.policy import expired

    for one in policy.waivers:
        if expired(one, made.done.now):
            yield f"The waiver of {one.rule} expired on {one.expires} and does not count."


def waiver(one: Waiver) -> str:
    """Tell of a waiver that counts."""
    return f"until {one.expires}, by {one_line(one.by, 80)}: {one_line(one.reason, 400)}"
