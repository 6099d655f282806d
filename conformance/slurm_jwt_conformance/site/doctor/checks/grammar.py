"""Lines that Slurm cannot read, does not know, or reads otherwise than they look."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.config.keys import elsewhere, known
from slurm_jwt_conformance.site.discovery.showing import key_name, plain, resembling, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import named, refused
from slurm_jwt_conformance.site.doctor.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.config.grammar import Fault, FaultKind
    from slurm_jwt.config.lines import Place
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Effect, Severity


class _Words(NamedTuple):
    """What to say of a kind of fault; {key}, {path} and {other} are filled in."""

    rule: str
    what: str
    why: str
    do: str


_LINE = "Slurm takes one `Key=value` from a line; a blank ends a value that is not in double quotes."
_WORDS: dict[FaultKind, _Words] = {
    "syntax": _Words(
        "config.syntax",
        "There is text here that is no `Key=value`.",
        _LINE,
        'Put a value with blanks into "double quotes", and a remark behind #.',
    ),
    "second key": _Words(
        "config.syntax",
        "A second `key=` stands on the line of {key}.",
        _LINE,
        "Give it a line of its own; if it belongs to the value of {key}, remove the blank before it.",
    ),
    "empty value": _Words(
        "config.syntax",
        "{key} has no value.",
        f"{_LINE} An empty one is a fault, too.",
        'Remove the line, or write {key}="".',
    ),
    "bad number": _Words(
        "config.value", "The value of {key} is no number that fits.", "{key} takes a number.", "Correct it."
    ),
    "bad yes/no": _Words(
        "config.value", "The value of {key} is neither yes nor no.", "{key} takes yes or no.", "Correct it."
    ),
    "repeated": _Words(
        "config.repeated",
        "{key} is set again; it was set in {other}.",
        "The last one counts, wherever it is; the daemon logs that it was specified more than once.",
        "Remove the one that is not meant.",
    ),
    "defunct": _Words(
        "config.defunct",
        "{key} means nothing any more.",
        "Slurm logs an error and ignores it.",
        "Remove it.",
    ),
    "nul": _Words(
        "config.nul",
        "A NUL byte hides the rest of this line.",
        "To Slurm a line ends at NUL; what follows it is not read.",
        "Remove the byte: the file may have been damaged, or saved as UTF-16.",
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
        "%c stands for the cluster's name in lower case, as it was read so far; slurmdbd.conf has none.",
        "Set ClusterName above this line.",
    ),
    "include indented": _Words(
        "config.include",
        "There is a blank before Include.",
        "Slurm knows Include only at the very start of a line.",
        "Remove the blank.",
    ),
    "include open end": _Words(
        "config.include",
        "Nothing follows the name of the file to include, not even a line end.",
        "Slurm looks for a blank behind the name and reads on in what is left of earlier lines.",
        "End the line with a line end; a remark needs a blank before its #.",
    ),
    "include too much": _Words(
        "config.include",
        "More is included than is read here: {path} was left out.",
        "A doctor reads 512 files, 32 deep and 64 MiB; Slurm has no such bounds.",
        "Look whether files include each other.",
    ),
}
_UNSEEN = _Words(
    "config.include",
    "The file to include cannot be read here: {path}.",
    "What it sets is not known here, though Slurm may be able to read it.",
    "Run the doctor as root or as SlurmUser; or mend the file.",
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
        fix=words.do.format(**fill),
        place=named(fault.place),
        effect=_effect(fault),
        log=_log(conf, fault),
    )


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
        cause=f"{_age(survey.series, fault.key, conf)}A key that is not known ends {conf.daemon} at its"
        " start.",
        fix=f"Write {near}." if near else "Correct or remove it; behind # it is a remark.",
        place=named(fault.place),
        effect="stops",
        log=f"unrecognized key: {fault.key}" if fault.key in name else refused(conf),
    )


def _age(series: str, name: str, conf: Conf) -> str:
    """Say since when or until when a key is known, where it is known to another series."""
    rows = elsewhere(conf.daemon, name)
    if not rows:
        return ""
    if series < rows[0].since:
        return f"It came with {rows[0].since}. "
    return f"It was last known to {max(row.until for row in rows)}. "


def _operators(conf: Conf) -> Iterator[Finding]:
    """`AuthAltTypes+=x` looks as if it added something."""
    for setting in conf.parsed.settings:
        if setting.operator:
            yield finding(
                "config.operator",
                message=f"{setting.key} is set with `{setting.operator}=`.",
                cause="Slurm reads the sign and drops it: the value replaces an earlier one, nothing is"
                " added.",
                fix=f"Write {setting.key}= with the whole value.",
                place=named(setting.place),
            )
