"""The vectors for other people's programs: one file with everything, its schema, and a checksum.

`slurm-jwt vectors export` writes it in three forms: `json`, one document; `jsonl`, one case a line with its
key; `files`, a folder for each case, for programs that read no JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from slurm_jwt_vectors.suite import DATA, HERE, NO_TOPICS, load, version

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = Literal["json", "jsonl", "files"]
NAME = "slurm-jwt-vectors"
_USERS = {
    "description": "The user database of slurmctld's host for the outcomes: names to uids.",
    "type": "object",
    "additionalProperties": {"type": "integer"},
}
_TEXT = {"type": ["string", "null"]}
_OUTCOME = {
    "type": "object",
    "additionalProperties": False,
    "required": ["basis", "slurm", "verdict", "uid", "log", "reason"],
    "properties": {
        "basis": {
            "description": "observed: recorded from a real slurmctld. modelled: read from its sources.",
            "enum": ["observed", "modelled"],
        },
        "slurm": {"description": "The version, or the series that is modelled.", "type": "string"},
        "verdict": {
            "description": "cannot-be-carried: no client can send the token. unknown: see reason.",
            "enum": ["accepted", "refused", "daemon-does-not-start", "cannot-be-carried", "unknown"],
        },
        "uid": {"description": "The user that slurmctld assigns.", "type": ["integer", "null"]},
        "log": {"description": 'The log lines of the refusal, joined by " | ".', **_TEXT},
        "reason": {"description": "Why nothing is known.", **_TEXT},
    },
}
FORMAT = 1


class Outcome(NamedTuple):
    """What a Slurm release does with a case.

    basis: observed on the daemon of this version, or modelled from the sources of this series. uid: of an
    accepted token. log: all lines of a refusal, or of the end of slurmctld. reason: why nothing is known.
    """

    basis: Literal["observed", "modelled"]
    slurm: str
    verdict: Literal["accepted", "refused", "daemon-does-not-start", "cannot-be-carried", "unknown"]
    uid: int | None = None
    log: str | None = None
    reason: str | None = None


class Outcomes(NamedTuple):
    """The outcome of each case by series of Slurm. users: of slurmctld's host, names to uids."""

    users: Mapping[str, int]
    cases: Mapping[str, Mapping[str, Outcome]]


def contents(form: Form, outcomes: Outcomes) -> dict[str, bytes]:
    """Return every file of an export, by its path: the same bytes wherever and whenever it is made."""
    made = {"json": _one_document, "jsonl": _lines, "files": _files}[form](outcomes)
    sums = "".join(f"{hashlib.sha256(made[path]).hexdigest()}  {path}\n" for path in sorted(made))
    return {**made, "SHA256SUMS": sums.encode()}


def document(outcomes: Outcomes) -> dict[str, object]:
    """Return everything as one JSON document."""
    data = _data()
    return {
        "format": FORMAT,
        "version": version(),
        "topics": {topic["topic"]: topic["about"] for topic in _topics(data)},
        "keys": data["keys"]["keys"],
        "private_keys": data["jwks"]["private_keys"],
        "jwks": data["jwks"]["jwks"],
        "users": dict(outcomes.users),
        "cases": _cases(data, outcomes),
        "issuing": data["issuing"]["cases"],
        "retired": data["retired"]["retired"],
    }


def schema() -> dict[str, object]:
    """Return the JSON Schema of `document`, with the schemas that it refers to inside."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{NAME}.schema.json",
        "title": "Test vectors for Slurm's JSON Web Tokens",
        "description": "Every case asks: would a verifier with this key, at this moment, accept this token?",
        "type": "object",
        "additionalProperties": False,
        "required": [
            *("format", "version", "topics", "keys", "private_keys", "jwks", "users", "cases"),
            *("issuing", "retired"),
        ],
        "properties": {
            "format": {"description": "Version of this format.", "const": FORMAT},
            "version": {
                "description": "Of the vectors. A changed verdict or a withdrawn case is a major change.",
                "type": "string",
                "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+$",
            },
            "topics": {
                "description": "Topic to what its cases have in common.",
                "type": "object",
                "additionalProperties": {"type": "string", "minLength": 1},
            },
            "keys": {"$ref": "keys.schema.json#/properties/keys"},
            "private_keys": {"$ref": "jwks.schema.json#/properties/private_keys"},
            "jwks": {"$ref": "jwks.schema.json#/properties/jwks"},
            "users": _USERS,
            "cases": {"description": "Sorted by id.", "type": "array", "items": {"$ref": "case.schema.json"}},
            "issuing": {"$ref": "issuing.schema.json#/properties/cases"},
            "retired": {"$ref": "retired.schema.json#/properties/retired"},
        },
        "$defs": {name: _schema(name) for name in ("issuing", "jwks", "keys", "retired")}
        | {"case": _case_schema()},
    }


def line_schema() -> dict[str, object]:
    """Return the JSON Schema of one line of the `jsonl` form: a case, and the bytes of its key and JWKS."""
    case = _case_schema()
    key = {"description": "The key that the verifier holds (RFC 4648 4).", "type": "string"}
    jwks = {"description": "The JWKS file that the verifier also holds, if any.", "type": "string"}
    return {
        **case,
        "$id": f"{NAME}-line.schema.json",
        "title": "One line: a test case with its key",
        "required": [*case["required"], "key_base64"],
        "properties": {**case["properties"], "key_base64": key, "jwks_base64": jwks},
        "dependentRequired": {
            **case["dependentRequired"],
            "jwks": [*case["dependentRequired"]["jwks"], "jwks_base64"],
            "jwks_base64": ["jwks"],
        },
    }


def _case_schema() -> dict[str, Any]:
    """Return the schema of a case with the outcome of each release."""
    case = _schema("case")
    outcomes = {
        "description": "What each release does with the token, by its series.",
        "type": "object",
        "additionalProperties": _OUTCOME,
    }
    return {
        **case,
        "required": [*case["required"], "outcomes"],
        "properties": {**case["properties"], "outcomes": outcomes},
    }


def _one_document(outcomes: Outcomes) -> dict[str, bytes]:
    return {
        f"{NAME}-{version()}.json": _dump(document(outcomes)),
        f"{NAME}.schema.json": _dump(schema()),
    }


def _lines(outcomes: Outcomes) -> dict[str, bytes]:
    data = _data()
    keys = {key["id"]: key["base64"] for key in data["keys"]["keys"]}
    jwks = {name: base64.b64encode(each.bytes).decode() for name, each in load().jwks.items()}
    lines = (
        {**case, "key_base64": keys[case["key"]]}
        | ({"jwks_base64": jwks[case["jwks"]]} if "jwks" in case else {})
        for case in _cases(data, outcomes)
    )
    text = b"".join(json.dumps(line, sort_keys=True).encode() + b"\n" for line in lines)
    return {f"{NAME}-{version()}.jsonl": text, f"{NAME}-line.schema.json": _dump(line_schema())}


def _files(outcomes: Outcomes) -> dict[str, bytes]:
    """Return cases/ID/{token,verdict,outcomes,case.json}, keys/ID, jwks/ID, issuing/ID.json, users."""
    suite, data = load(), _data()
    made = {f"keys/{name}": key.bytes for name, key in suite.keys.items()}
    made |= {f"jwks/{name}": jwks.bytes for name, jwks in suite.jwks.items()}
    made["users"] = "".join(f"{name} {uid}\n" for name, uid in outcomes.users.items()).encode()
    for case in _cases(data, outcomes):
        folder = f"cases/{case['id']}"
        made[f"{folder}/case.json"] = _dump(case)
        made[f"{folder}/token"] = suite.cases[case["id"]].token_bytes
        made[f"{folder}/outcomes"] = _outcome_lines(outcomes.cases[case["id"]])
        made[f"{folder}/verdict"] = case["verdict"].encode() + b"\n"
    made |= {f"issuing/{wish['id']}.json": _dump(wish) for wish in data["issuing"]["cases"]}
    return {**made, "VERSION": version().encode() + b"\n"}


def _outcome_lines(each: Mapping[str, Outcome]) -> bytes:
    """Return a line for each series, with tabs between series, basis, verdict, uid (or -) and log (or -)."""
    return "".join(
        f"{series}\t{one.basis}\t{one.verdict}\t{'-' if one.uid is None else one.uid}\t{one.log or '-'}\n"
        for series, one in each.items()
    ).encode()


def _data() -> dict[str, Any]:
    """Read the compiled files, by their names without ending."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(DATA.glob("*.json"))}


def _topics(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [topic for name, topic in data.items() if name not in NO_TOPICS]


def _cases(data: Mapping[str, Any], outcomes: Outcomes) -> list[dict[str, Any]]:
    cases = (
        case | {"outcomes": {name: one._asdict() for name, one in outcomes.cases[case["id"]].items()}}
        for topic in _topics(data)
        for case in topic["cases"]
    )
    return sorted(cases, key=lambda case: str(case["id"]))


def _schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((HERE / "schema" / f"{name}.schema.json").read_bytes())
    return content


def _dump(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=True).encode() + b"\n"
