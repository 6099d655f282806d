"""A doctor's report as SARIF 2.1.0, for what shows findings beside the lines that they are about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from slurm_jwt_conformance import __version__
from slurm_jwt_conformance.site.doctor.catalogue import RULES

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.doctor.documents import Document, FindingFacts

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_INDEX = {rule: number for number, rule in enumerate(RULES)}


def to_sarif(document: Document) -> str:
    """Write the report as one SARIF log with one run."""
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(document)],
        "results": [_result(each, document) for each in document.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver() -> dict[str, Any]:
    return {
        "name": "slurm-jwt doctor",
        "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": title}} for rule, title in RULES.items()],
    }


def _invocation(document: Document) -> dict[str, Any]:
    """Tell of what was not checked: it is not a result, and must not be lost."""
    notifications = [
        {
            "level": "warning" if each.decisive else "note",
            "message": {"text": f"not checked: {each.what}: {each.why}"},
        }
        for each in document.not_checked
    ]
    return {"executionSuccessful": True, "toolExecutionNotifications": notifications}


def _result(finding: FindingFacts, document: Document) -> dict[str, Any]:
    text = f"{finding.what}\n{finding.why}\n{finding.do}"
    if finding.log:
        text += f"\nThe log says: {finding.log}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": _INDEX[finding.rule],
        "level": finding.severity,
        "message": {"text": text},
        "locations": [_location(finding, document)],
        "properties": {"daemon": finding.daemon, "effect": finding.effect, "host": finding.host},
    }


def _location(finding: FindingFacts, document: Document) -> dict[str, Any]:
    """Give the place; what stands in no file is shown at the configuration of its daemon."""
    file = finding.file or _conf(finding, document)
    physical: dict[str, Any] = {"artifactLocation": {"uri": "file://" + quote(file)}}
    if finding.line:
        physical["region"] = {"startLine": finding.line, "startColumn": finding.column}
    return {"physicalLocation": physical}


def _conf(finding: FindingFacts, document: Document) -> str:
    confs = [daemon for host in document.hosts for daemon in host.daemons]
    own = [each.conf for each in confs if each.daemon == finding.daemon]
    return own[0] if own else confs[0].conf if confs else "/etc/slurm/slurm.conf"
