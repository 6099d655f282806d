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
from slurm_jwt_conformance.site.doctor.checks.lifespan import atoi, intended_seconds
from slurm_jwt_conformance.site.doctor.checks.writing import misread
from slurm_jwt_reports.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.config.grammar import Setting
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.checks.writing import Form, Misread
    from slurm_jwt_conformance.site.doctor.report import Finding
    from slurm_jwt_reports.diagnostic import Place

DAY = 86_400
_CAUSES: dict[Form, str] = {
    "single quotes": "Slurm reads single quotes as a part of the text. It removes only double quotes.",
    "semicolon": "Slurm separates parameters with commas only. It reads the semicolon and the text after it"
    " as a part of the value.",
    "space before =": "Slurm looks for a name with = directly after it. It does not find this parameter.",
}
"""Forms in which Slurm reads a value without an error, and differently than it is meant."""


def check(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    """Check the parameters of a daemon that loads auth/jwt."""
    if not uses_jwt(conf, survey.series):
        return
    setting = conf.parsed.last("AuthAltParameters")
    wrong = misread(conf)
    if setting is not None and wrong and wrong.form in _CAUSES:
        yield _form(survey, conf, setting, wrong)
        return
    if wrong and wrong.form == "spaces without quotes":
        return  # config.syntax reports the line
    if setting is not None:
        for part in parts(setting.value):
            yield from _part(survey, conf, setting, part)
        yield from _repeated(survey, conf, setting)
    if conf.daemon == "slurmctld":
        yield from _lifespan(survey, conf, setting)


def _form(survey: Cluster, conf: Conf, setting: Setting, wrong: Misread) -> Finding:
    meant = wrong.shown(survey.host) or "AuthAltParameters=NAME=VALUE,NAME=VALUE"
    article = "" if wrong.form == "single quotes" else "a "
    return finding(
        "parameters.form",
        f"AuthAltParameters has {article}{wrong.form}.",
        _CAUSES[wrong.form],
        f"Write {meant}",
        spot(survey, setting, conf),
    )


def _part(survey: Cluster, conf: Conf, setting: Setting, part: Part) -> Iterator[Finding]:
    name, series = part.name, survey.series
    at = spot(survey, setting, conf, part.at, len(part.text))
    if name not in PARAMETERS:
        yield _unknown(survey, setting, part, at)
        return
    if series < since(name):
        yield finding(
            "parameters.unsupported",
            f"Slurm {series} does not know {name}.",
            f"Slurm {since(name)} introduced it. Earlier releases ignore it without a message.",
            f"Remove it, or upgrade to {since(name)} or later.",
            at,
        )
        return
    if find(setting.value, name, series) is None and part.text.lstrip() != part.text:
        yield finding(
            "parameters.hidden",
            f"The space before {name} hides it.",
            f"From 23.11 on, Slurm does not remove spaces after a comma, so it does not find {name}.",
            "Remove the space after the comma.",
            at,
        )
    value = part.text.partition("=")[2]
    if value.strip() != value:
        yield finding(
            "parameters.blank",
            f"The value of {name} starts or ends with a space.",
            "The space is a part of the value, for example of a path.",
            "Remove the space.",
            at,
        )
    elif name in {"jwt_key", "jwks"} and not value:
        yield _empty(conf, name, at, ignored=series >= "23.11")


def _unknown(survey: Cluster, setting: Setting, part: Part, at: Place) -> Finding:
    near = resembling(part.name, PARAMETERS)
    found = near and find(setting.value, near, survey.series)
    taken = bool(found and part.at <= found.name_at < part.at + len(part.text))
    name = f"`{part.name}`" if near else f"a name of {len(part.name)} characters (not shown)"
    lasting = bool(taken and near and way(near, releases.NEWEST) != "part")
    if lasting:
        why = f"Slurm looks for {near} anywhere and in any case, so it also finds this one."
    elif taken:
        why = f"Slurm {survey.series} looks for {near}= anywhere, and finds this one. Later releases do not."
    else:
        why = "Slurm ignores a parameter that it does not know, without a message."
    return finding(
        "parameters.unknown",
        f"AuthAltParameters has {name}, which is not a parameter of Slurm.",
        why,
        f"Write {near}, in lower case." if near else f"The parameters are {', '.join(PARAMETERS)}.",
        at,
        level="note" if lasting else "warning",
    )


def _empty(conf: Conf, name: str, at: Place, *, ignored: bool) -> Finding:
    """Return the finding of jwt_key= or jwks= without a path; ignored: this release treats it as not set."""
    fails = f"Up to 23.02 Slurm tries to read a file without a name, and {conf.daemon} does not start."
    return finding(
        "parameters.empty",
        f"{name}= has no value.",
        "Slurm treats it as not set." if ignored else fails,
        f"Write the path of the file after {name}=, or remove it.",
        at,
        level="warning" if ignored else "error",
        effect="" if ignored else "stops",
        log="" if ignored else "Could not load key file ()",
    )


def _repeated(survey: Cluster, conf: Conf, setting: Setting) -> Iterator[Finding]:
    seen: set[str] = set()
    for part in parts(setting.value):
        if part.name in seen and "=" in part.text and part.name in PARAMETERS:
            yield finding(
                "parameters.repeated",
                f"AuthAltParameters sets {part.name} twice.",
                "Slurm uses the first one. For keys of slurm.conf it uses the last one.",
                "Remove one of them.",
                spot(survey, setting, conf, part.at, len(part.text)),
            )
        seen.add(part.name)


def _lifespan(survey: Cluster, conf: Conf, setting: Setting | None) -> Iterator[Finding]:
    if survey.series < since("max_token_lifespan"):
        return
    text = setting.value if setting else ""
    if find(text, "disable_token_creation", survey.series):
        return
    found = find(text, "max_token_lifespan", survey.series)
    seconds = max(0, atoi(found.value)) if found else None
    width = len(found.value) if found else 0
    at = spot(survey, setting if found else None, conf, found.value_at if found else 0, width)
    if found and not seconds:
        yield finding(
            "lifespan.invalid",
            message="max_token_lifespan is not a number of seconds above 0.",
            cause="Slurm then has no limit. It logs this at the first request for a token.",
            fix=f"Write whole seconds: max_token_lifespan={intended_seconds(found.value) or DAY}",
            place=at,
        )
    elif found and not found.value.strip().lstrip("+").isdigit():
        yield _lifespan_unit(found.value, seconds or 0, at)
    elif not found and _issues_tokens(survey, conf):
        yield _unlimited(survey, conf)
    elif seconds and seconds > 30 * DAY:
        yield finding(
            "lifespan.long",
            message=f"Users can get tokens that live {seconds // DAY} days.",
            place=at,
        )


def _lifespan_unit(value: str, seconds: int, at: Place) -> Finding:
    shown = value.strip() if re.fullmatch(r"\d[\w:. -]{0,15}", value.strip(), re.ASCII) else "the value"
    meant = intended_seconds(value)
    return finding(
        "lifespan.invalid",
        message=f"max_token_lifespan: {shown} is read as {plural(seconds, 'second')}.",
        cause="Slurm reads the digits at the start and ignores the rest. Users cannot get a token that lives"
        f" longer than {plural(seconds, 'second')}.",
        fix=f"Write {meant}: max_token_lifespan={meant}" if meant else "Write whole seconds, without a unit.",
        place=at,
    )


def _issues_tokens(survey: Cluster, conf: Conf) -> bool:
    """Return whether an HS256 key is loaded: `scontrol token` issues no RS256 tokens."""
    key = survey.key_of(conf.daemon)
    return key is None or key.choice.path is not None


def _unlimited(survey: Cluster, conf: Conf) -> Finding:
    at = spot(survey, conf.parsed.last("AuthAltParameters"), conf)
    return finding(
        "lifespan.unlimited",
        message="Users can get tokens of any lifespan.",
        place=at,
    )
