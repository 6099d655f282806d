"""Lines that Slurm cannot read, does not know, or reads differently than they look."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.config.keys import elsewhere, known
from slurm_jwt_conformance.site import texts
from slurm_jwt_conformance.site.discovery.showing import key_name, plain, resembling, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import named, refused
from slurm_jwt_conformance.site.doctor.checks.writing import misread
from slurm_jwt_conformance.site.doctor.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.config.grammar import Fault, FaultKind
    from slurm_jwt.config.lines import Place
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Effect, Severity


class _Words(NamedTuple):
    """The texts for a kind of fault, as grammar.toml has them."""

    rule: str
    what: str
    why: str
    do: str


_WORDS = texts.beside(__file__, _Words)
_MILD: dict[FaultKind, Severity] = {"defunct": "note", "repeated": "warning", "nul": "warning"}


def check(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    """Report the lines of a configuration that Slurm cannot read, or reads otherwise than they look."""
    for fault in conf.parsed.faults:
        if fault.kind == "unknown key":
            yield _unknown(survey, conf, fault)
        else:
            yield _finding(survey, conf, fault)
    yield from _operators(conf)


def _finding(survey: Cluster, conf: Conf, fault: Fault) -> Finding:
    unseen = fault.kind == "include unreadable" and fault.why != "missing"
    words = _WORDS["include unseen" if unseen else fault.kind]
    fill = {
        "key": plain(fault.key) if fault.key.lower() in known(conf.daemon, survey.series) else "The key",
        "path": word(fault.path),
        "folder": _include_base(survey, conf, fault.place.file),
        "other": _named(fault.other) if fault.other else "",
    }
    return Finding(
        id=words.rule,
        level=_severity(fault),
        message=words.what.format(**fill),
        cause=_ending(words.why.format(**fill), conf, fault),
        fix=_parameters_fix(survey, conf, fault) or words.do.format(**fill),
        place=named(fault.place),
        effect=_effect(fault),
        log=_log(conf, fault),
    )


def _parameters_fix(survey: Cluster, conf: Conf, fault: Fault) -> str:
    """Return the line to write if the fault is in AuthAltParameters; otherwise ""."""
    setting, wrong = conf.parsed.last("AuthAltParameters"), misread(conf)
    if not setting or not wrong or fault.kind not in {"syntax", "second key"}:
        return ""
    if fault.place[:2] != setting.place[:2]:
        return ""
    meant = wrong.shown(survey.host)
    spaces = "Remove the spaces around = and after the commas"
    return f"{spaces}: {meant}" if meant else f"{spaces}."


def _log(conf: Conf, fault: Fault) -> str:
    if fault.kind == "repeated":
        return f"{fault.key} 1 specified more than once, latest value used"
    return refused(conf) if fault.stops and fault.why != "missing" else ""


def _severity(fault: Fault) -> Severity:
    return "error" if fault.stops else _MILD.get(fault.kind, "warning")


def _effect(fault: Fault) -> Effect:
    return "stops" if fault.stops else "may stop" if fault.stops is None else ""


def _ending(why: str, conf: Conf, fault: Fault) -> str:
    if fault.stops:
        return f"{why} {conf.daemon} logs an error and does not start."
    return f"{why} {conf.daemon} may not start." if fault.stops is None else why


def _include_base(survey: Cluster, conf: Conf, including: str) -> str:
    from posixpath import dirname

    return word(dirname(conf.path if survey.series >= "23.02" else including))


def _named(place: Place) -> str:
    return f"{plain(place.file)}:{place.line}"


def _unknown(survey: Cluster, conf: Conf, fault: Fault) -> Finding:
    keys = {key.name for key in known(conf.daemon, survey.series).values()}
    other = elsewhere(conf.daemon, fault.key)
    name = f"a key {other[0].name}" if other else key_name(fault.key, keys)
    near = resembling(fault.key, keys)
    return finding(
        "config.unknown-key",
        message=f"There is {name} that {conf.daemon} {survey.series} does not know.",
        cause=f"{_age(survey.series, fault.key, conf)}{conf.daemon} does not start with a key that it does"
        " not know.",
        fix=f"Write {near}." if near else "Correct or remove it, or make it a comment with #.",
        place=named(fault.place),
        effect="stops",
        log=f"unrecognized key: {fault.key}" if fault.key in name else refused(conf),
    )


def _age(series: str, name: str, conf: Conf) -> str:
    """Return since when or until when another series knows a key."""
    rows = elsewhere(conf.daemon, name)
    if not rows:
        return ""
    if series < rows[0].since:
        return f"Slurm {rows[0].since} introduced it. "
    return f"Slurm {max(row.until for row in rows)} is the last release that knows it. "


def _operators(conf: Conf) -> Iterator[Finding]:
    """Yield the settings that look as if they added something, such as `AuthAltTypes+=x`."""
    for setting in conf.parsed.settings:
        if setting.operator:
            yield finding(
                "config.operator",
                message=f"{setting.key} is set with `{setting.operator}=`.",
                fix=f"Write {setting.key}= with the whole value.",
                place=named(setting.place),
            )
