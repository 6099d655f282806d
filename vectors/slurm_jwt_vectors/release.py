"""The vectors for other people's programs: one file with everything, its schema, and a checksum.

`slurm-jwt vectors export` writes it in three forms: `json`, one document; `jsonl`, one case a line with its
key; `files`, a folder for each case, for programs that read no JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal

from slurm_jwt_vectors.suite import DATA, HERE, NO_TOPICS, load, version

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = Literal["json", "jsonl", "files"]
NAME = "slurm-jwt-vectors"
FORMAT = 1


def contents(form: Form) -> dict[str, bytes]:
    """Return every file of an export, by its path: the same bytes wherever and whenever it is made."""
    made = {"json": _one_document, "jsonl": _lines, "files": _files}[form]()
    sums = "".join(f"{hashlib.sha256(made[path]).hexdigest()}  {path}\n" for path in sorted(made))
    return {**made, "SHA256SUMS": sums.encode()}


def document() -> dict[str, object]:
    """Return everything as one JSON document."""
    data = _data()
    return {
        "format": FORMAT,
        "version": version(),
        "topics": {topic["topic"]: topic["about"] for topic in _topics(data)},
        "keys": data["keys"]["keys"],
        "private_keys": data["jwks"]["private_keys"],
        "jwks": data["jwks"]["jwks"],
        "cases": _cases(data),
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
            *("format", "version", "topics", "keys", "private_keys", "jwks", "cases", "issuing", "retired")
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
            "cases": {"description": "Sorted by id.", "type": "array", "items": {"$ref": "case.schema.json"}},
            "issuing": {"$ref": "issuing.schema.json#/properties/cases"},
            "retired": {"$ref": "retired.schema.json#/properties/retired"},
        },
        "$defs": {name: _schema(name) for name in ("case", "issuing", "jwks", "keys", "retired")},
    }


def line_schema() -> dict[str, object]:
    """Return the JSON Schema of one line of the `jsonl` form: a case, and the bytes of its key and JWKS."""
    case = _schema("case")
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


def _one_document() -> dict[str, bytes]:
    return {
        f"{NAME}-{version()}.json": _dump(document()),
        f"{NAME}.schema.json": _dump(schema()),
    }


def _lines() -> dict[str, bytes]:
    data = _data()
    keys = {key["id"]: key["base64"] for key in data["keys"]["keys"]}
    jwks = {name: base64.b64encode(each.bytes).decode() for name, each in load().jwks.items()}
    lines = (
        {**case, "key_base64": keys[case["key"]]}
        | ({"jwks_base64": jwks[case["jwks"]]} if "jwks" in case else {})
        for case in _cases(data)
    )
    text = b"".join(json.dumps(line, sort_keys=True).encode() + b"\n" for line in lines)
    return {f"{NAME}-{version()}.jsonl": text, f"{NAME}-line.schema.json": _dump(line_schema())}


def _files() -> dict[str, bytes]:
    """Return cases/ID/{token,verdict,case.json}, keys/ID, jwks/ID, issuing/ID.json."""
    suite, data = load(), _data()
    made = {f"keys/{name}": key.bytes for name, key in suite.keys.items()}
    made |= {f"jwks/{name}": jwks.bytes for name, jwks in suite.jwks.items()}
    for case in _cases(data):
        folder = f"cases/{case['id']}"
        made[f"{folder}/case.json"] = _dump(case)
        made[f"{folder}/token"] = suite.cases[case["id"]].token_bytes
        made[f"{folder}/verdict"] = case["verdict"].encode() + b"\n"
    made |= {f"issuing/{wish['id']}.json": _dump(wish) for wish in data["issuing"]["cases"]}
    return {**made, "VERSION": version().encode() + b"\n"}


def _data() -> dict[str, Any]:
    """Read the compiled files, by their names without ending."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(DATA.glob("*.json"))}


def _topics(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [topic for name, topic in data.items() if name not in NO_TOPICS]


def _cases(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    cases = (case for topic in _topics(data) for case in topic["cases"])
    return sorted(cases, key=lambda case: str(case["id"]))


def _schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((HERE / "schema" / f"{name}.schema.json").read_bytes())
    return content


def _dump(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=True).encode() + b"\n"
