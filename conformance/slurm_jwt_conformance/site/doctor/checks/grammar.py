"""Lines that Slurm cannot read, does not know, or reads differently than they look."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.config.keys import elsewhere, known
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
    """The texts for a kind of fault; {key}, {path}, {folder} and {other} are replaced."""

    rule: str
    what: str
    why: str
    do: str


_LINE = "Slurm reads one `Key=value` from a line. A space ends a value that is not in double quotes."
_WORDS: dict[FaultKind, _Words] = {
    "syntax": _Words(
        "config.syntax",
        "This text is not a `Key=value`.",
        _LINE,
        'Put a value with spaces into "double quotes", and a comment after #.',
    ),
    "second key": _Words(
        "config.syntax",
        "The line of {key} has a second `key=`.",
        _LINE,
        "Write it on a line of its own. If it belongs to the value of {key}, remove the space before it.",
    ),
    "empty value": _Words(
        "config.syntax",
        "{key} has no value.",
        f"{_LINE} An empty value is an error.",
        'Remove the line, or write {key}="".',
    ),
    "bad number": _Words(
        "config.value",
        "The value of {key} is not a number, or it is too large.",
        "{key} takes a number.",
        "Correct it.",
    ),
    "bad yes/no": _Words(
        "config.value", "The value of {key} is neither yes nor no.", "{key} takes yes or no.", "Correct it."
    ),
    "repeated": _Words(
        "config.repeated",
        "{key} is set again; it was set in {other}.",
        "The last one counts. The daemon logs that the key is specified more than once.",
        "Remove the wrong one.",
    ),
    "defunct": _Words(
        "config.defunct",
        "{key} has no effect any more.",
        "Slurm logs an error and ignores it.",
        "Remove it.",
    ),
    "nul": _Words(
        "config.nul",
        "A NUL byte hides the rest of this line.",
        "For Slurm a line ends at NUL. It does not read the rest.",
        "Remove the byte. The file may be damaged or saved as UTF-16.",
    ),
    "include unreadable": _Words(
        "config.include",
        "The file to include cannot be read: {path}.",
        "Slurm looks for it for a minute, and then ends. A name without a folder counts from {folder}; quotes"
        " and * are taken as they are.",
        "Correct the name, or put the file there.",
    ),
    "include loop": _Words(
        "config.include",
        "{path} is included while it is being read.",
        "Slurm follows the circle until it runs out of files or memory.",
        "Remove one of the Include lines.",
    ),
    "include directory": _Words(
        "config.include",
        "A folder is included: {path}.",
        "Slurm reads nothing from a folder, and says nothing.",
        "Include its files one by one.",
    ),
    "include special": _Words(
        "config.include",
        "What is included is no plain file: {path}.",
        "Slurm takes it for an empty file, and says nothing.",
        "Include a plain file.",
    ),
    "include glob": _Words(
        "config.include",
        "Include names a pattern: {path}.",
        "Slurm does not expand patterns.",
        "Include the files one by one.",
    ),
    "include cluster": _Words(
        "config.include",
        "%c is used before ClusterName is set.",
        "%c is the cluster name in lower case, if it was read before. slurmdbd.conf has none.",
        "Set ClusterName above this line.",
    ),
    "include indented": _Words(
        "config.include",
        "There is a space before Include.",
        "Slurm reads Include only at the start of a line.",
        "Remove the space.",
    ),
    "include open end": _Words(
        "config.include",
        "The file ends after the name of the file to include, without a line end.",
        "Slurm looks for whitespace after the name and reads on in the rest of earlier lines.",
        "End the line with a line end. A comment needs a space before its #.",
    ),
    "include too much": _Words(
        "config.include",
        "The includes exceed the limits of this command: it did not read {path}.",
        "This command reads 512 files, 32 levels and 64 MiB. Slurm has no such limits.",
        "Check whether files include each other.",
    ),
}
_UNSEEN = _Words(
    "config.include",
    "The file to include cannot be read here: {path}.",
    "Its settings are not known here, but Slurm may be able to read it.",
    "Run this command as root or as SlurmUser, or fix the file.",
)
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
    words = _UNSEEN if fault.kind == "include unreadable" and fault.why != "missing" else _WORDS[fault.kind]
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
                cause="Slurm ignores the sign: the value replaces an earlier one.",
                fix=f"Write {setting.key}= with the whole value.",
                place=named(setting.place),
            )
