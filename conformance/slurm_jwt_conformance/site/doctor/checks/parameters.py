"""AuthAltParameters: names that are not found, or not by this release, and the lifespan of tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt.config.auth import PARAMETERS, Part, find, parts, since, way
from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.discovery.conf import uses_jwt
from slurm_jwt_conformance.site.discovery.showing import resembling
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.config.grammar import Setting
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Finding

DAY = 86_400


def check(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    """Check the parameters of a daemon that loads auth/jwt."""
    if not uses_jwt(conf, survey.series):
        return
    setting = conf.parsed.last("AuthAltParameters")
    if setting is not None:
        for part in parts(setting.value):
            yield from _part(survey, conf, setting, part)
        yield from _repeated(survey, conf, setting)
    if conf.daemon == "slurmctld":
        yield from _lifespan(survey, conf, setting)


def _part(survey: Cluster, conf: Conf, setting: Setting, part: Part) -> Iterator[Finding]:
    name = part.name
    if name not in PARAMETERS:
        yield _unknown(survey, conf, setting, part)
        return
    if survey.series < since(name):
        yield _too_new(survey, conf, setting, part)
        return
    hidden = find(setting.value, name, survey.series) is None
    if hidden and part.text.lstrip() != part.text:
        yield _blank(survey, conf, setting, part)
    value = part.text.partition("=")[2]
    if value.strip() != value:
        yield _blank_in_value(survey, conf, setting, part)
    elif name in {"jwt_key", "jwks"} and not value:
        yield _empty(survey, conf, setting, part)


def _unknown(survey: Cluster, conf: Conf, setting: Setting, part: Part) -> Finding:
    near = resembling(part.name, PARAMETERS)
    found = near and find(setting.value, near, survey.series)
    taken = bool(found and part.at <= found.name_at < part.at + len(part.text))
    at = spot(survey, setting, conf, part.at, len(part.text))
    name = f"`{part.name}`" if near else f"a name of {len(part.name)} characters (not shown)"
    lasting = bool(taken and near and way(near, releases.NEWEST) != "part")
    if lasting:
        why = f"Slurm looks for {near} anywhere and in any case, and so takes this one."
    elif taken:
        why = f"{survey.series} looks for {near}= anywhere and so takes this one; later releases do not."
    else:
        why = "Slurm passes over what it does not know, and says nothing."
    return finding(
        "parameters.unknown",
        level="note" if lasting else "warning",
        message=f"AuthAltParameters holds {name} which is no parameter of Slurm's.",
        cause=why,
        fix=f"Write {near}, in lower case." if near else f"Known are {', '.join(PARAMETERS)}.",
        place=at,
    )


def _too_new(survey: Cluster, conf: Conf, setting: Setting, part: Part) -> Finding:
    at = spot(survey, setting, conf, part.at, len(part.text))
    return finding(
        "parameters.unsupported",
        message=f"Slurm {survey.series} knows no {part.name}.",
        cause=f"It came with {since(part.name)}; before, Slurm passes over it and says nothing.",
        fix=f"Remove it, or upgrade to {since(part.name)} or later.",
        place=at,
    )


def _blank(survey: Cluster, conf: Conf, setting: Setting, part: Part) -> Finding:
    at = spot(survey, setting, conf, part.at, len(part.text))
    return finding(
        "parameters.hidden",
        message=f"A blank before {part.name} hides it.",
        cause="From 23.11 on Slurm takes what stands between two commas, blanks and all, so that it does not"
        f" find {part.name}. Up to 23.02 it did.",
        fix="Remove the blank after the comma.",
        place=at,
    )


def _blank_in_value(survey: Cluster, conf: Conf, setting: Setting, part: Part) -> Finding:
    at = spot(survey, setting, conf, part.at, len(part.text))
    return finding(
        "parameters.blank",
        message=f"There is a blank before or after the value of {part.name}.",
        cause="It is part of the value: of a path, for one.",
        fix="Remove the blank.",
        place=at,
    )


def _empty(survey: Cluster, conf: Conf, setting: Setting, part: Part) -> Finding:
    at = spot(survey, setting, conf, part.at, len(part.text))
    default = survey.series >= "23.11"
    return finding(
        "parameters.empty",
        level="warning" if default else "error",
        message=f"{part.name}= has no value.",
        cause="Slurm takes it as not set."
        if default
        else f"Up to 23.02 Slurm tries to read a file without a name, and {conf.daemon} does not start.",
        fix=f"Write the file's path behind {part.name}=, or remove it.",
        place=at,
        effect="" if default else "stops",
        log="" if default else "Could not load key file ()",
    )


def _repeated(survey: Cluster, conf: Conf, setting: Setting) -> Iterator[Finding]:
    seen: set[str] = set()
    for part in parts(setting.value):
        if part.name in seen and "=" in part.text and part.name in PARAMETERS:
            at = spot(survey, setting, conf, part.at, len(part.text))
            yield finding(
                "parameters.repeated",
                message=f"{part.name} stands in AuthAltParameters twice.",
                cause="The first one counts, other than with keys of slurm.conf.",
                fix="Remove the one that is not meant.",
                place=at,
            )
        seen.add(part.name)


def _lifespan(survey: Cluster, conf: Conf, setting: Setting | None) -> Iterator[Finding]:
    if survey.series < since("max_token_lifespan"):
        return
    text = setting.value if setting else ""
    if find(text, "disable_token_creation", survey.series):
        return
    found = find(text, "max_token_lifespan", survey.series)
    seconds = _seconds(found.value) if found else None
    width = len(found.value) if found else 0
    at = spot(survey, setting if found else None, conf, found.value_at if found else 0, width)
    if found and not seconds:
        yield finding(
            "lifespan.invalid",
            message="max_token_lifespan is no number of seconds above 0.",
            cause="Slurm then enforces no limit; it says so at the first request for a token.",
            fix="Write whole seconds: max_token_lifespan=86400",
            place=at,
            log="",
        )
    elif not found:
        yield _unlimited(survey, conf)
    elif seconds and seconds > 30 * DAY:
        yield finding(
            "lifespan.long",
            message=f"Users may have tokens that live {seconds // DAY} days.",
            cause="A token cannot be revoked: whoever finds it is its user until it expires.",
            fix="Lower max_token_lifespan; root and SlurmUser are not bound by it.",
            place=at,
        )


def _seconds(value: str) -> int:
    """Read a number as atoi() does: leading blanks, a sign, digits, and whatever follows."""
    found = re.match(r"\s*([+-]?\d{1,18})", value, re.ASCII)
    return max(0, int(found[1])) if found else 0


def _unlimited(survey: Cluster, conf: Conf) -> Finding:
    at = spot(survey, conf.parsed.last("AuthAltParameters"), conf)
    return finding(
        "lifespan.unlimited",
        message="Users may ask for tokens of any lifespan.",
        cause="`scontrol token lifespan=` goes up to 68 years, and a token cannot be revoked.",
        fix="Add max_token_lifespan=86400 (or as your site wants) to AuthAltParameters.",
        place=at,
    )
