"""The JSON Schemas of the packages, each made from the type that writes or reads the document."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import inspect
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct, field

from slurm_jwt_conformance.adapters import protocol
from slurm_jwt_conformance.cli.adapter_document import AdapterReport
from slurm_jwt_conformance.cli.keygen_document import KeygenReport
from slurm_jwt_conformance.site.changes.comparison import Comparison
from slurm_jwt_conformance.site.check.answer_json import AnswerJson, LineAnswer, LineError
from slurm_jwt_conformance.site.check.bulk.summary import CheckSummary
from slurm_jwt_conformance.site.contract.guide import IssuerGuide
from slurm_jwt_conformance.site.doctor.documents import Examination as Doctor
from slurm_jwt_conformance.site.policy import form
from slurm_jwt_conformance.site.policy.policy import waivable
from slurm_jwt_conformance.site.probe.documents import ProbeReport
from slurm_jwt_conformance.site.rotate.plan import Plan
from slurm_jwt_reports.diff.diff import Diff
from slurm_jwt_reports.run.summary import Summary
from slurm_jwt_reports.schema import struct_of
from slurm_jwt_reports.site.report import SiteDocument
from slurm_jwt_reports.stream.events import AnyEvent

CONFORMANCE = "conformance/slurm_jwt_conformance/schema"
REPORTS = "reports/slurm_jwt_reports/schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Published(NamedTuple):
    """One schema file, and the function that makes its schema."""

    folder: str
    name: str
    schema: Callable[[], dict[str, Any]]

    @property
    def path(self) -> Path:
        """Return the place of the file in the repository."""
        return Path(self.folder, f"{self.name}.schema.json")

    @property
    def text(self) -> str:
        """Return what the file must contain."""
        return json.dumps(self.schema(), indent=2) + "\n"


def schema_of(kind: object, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a msgspec type."""
    records: dict[str, Any] = {}

    def hook(record: type) -> dict[str, str]:
        records.setdefault(record.__name__, struct_of(record))
        return {"$ref": f"#/$defs/{record.__name__}"}

    template = "#/$defs/{name}"
    (top,), components = msgspec.json.schema_components([kind], schema_hook=hook, ref_template=template)
    _, more = msgspec.json.schema_components(list(records.values()), ref_template=template)
    components = {**components, **more}
    schema: dict[str, Any] = _with_clean_docstrings({"title": title, **top, "$defs": components})
    return {"$schema": DIALECT, **schema}


def _with_clean_docstrings(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return value with every description free of the indentation of its docstring.

    Python 3.13 removes this indentation, earlier ones keep it; the schema files are the same for all.
    """
    if isinstance(value, list):
        return [_with_clean_docstrings(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: inspect.cleandoc(each)
        if name == "description" and isinstance(each, str)
        else _with_clean_docstrings(each)
        for name, each in value.items()
    }


def policy_schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy, with days as text."""
    one = _object(form.WAIVER) | {"required": list(form.WAIVER)}
    one["properties"]["rule"] = {"enum": list(waivable()), "description": form.WAIVER["rule"][1]}
    tables = {name: _object(members) for name, members in form.TABLES.items()}
    return {
        "$schema": DIALECT,
        "title": "A site's policy for slurm-jwt, as TOML reads it; a day may be a TOML date or a text",
        "type": "object",
        "properties": {**tables, "waiver": {"type": "array", "items": one, "maxItems": form.MOST_ENTRIES}},
        "additionalProperties": False,
    }


def _object(members: "form.Members") -> dict[str, Any]:
    described = {name: {**shape, "description": text} for name, (shape, text) in members.items()}
    return {"type": "object", "properties": described, "additionalProperties": False}


def _of_type(folder: str, name: str, kind: object, title: str) -> Published:
    return Published(folder, name, partial(schema_of, kind, title))


class Value(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that JSON cannot write, as an object with exactly one of these members.

    It may be in any place of the claims: in a member, in an array, in an object in an object, in $pairs. Give
    the library the value that the language has for this meaning. If it has none, answer unsupported.
    """

    float_: Annotated[
        str, Meta(description="A binary floating-point number (IEEE 754 double), also NaN and Infinity.")
    ] = field(default="", name="$float")
    int_: Annotated[str, Meta(description="An integer of any size, exactly.")] = field(
        default="", name="$int"
    )
    decimal: Annotated[
        str, Meta(description="An exact decimal number: BigDecimal in Java, Decimal in Python.")
    ] = field(default="", name="$decimal")
    datetime: Annotated[
        str,
        Meta(
            description="A moment in the language's own type (Date, Instant, time.Time, datetime), in ISO "
            "8601. Without an offset: a date and time that has no time zone (LocalDateTime in Java)."
        ),
    ] = field(default="", name="$datetime")
    date: Annotated[
        str, Meta(description="A calendar day without a time: LocalDate in Java, date in Python.")
    ] = field(default="", name="$date")
    bytes_: Annotated[str, Meta(description="Bytes in base64: byte[], []byte, Buffer, bytes.")] = field(
        default="", name="$bytes"
    )
    utf16: Annotated[
        str,
        Meta(
            description="Text by its UTF-16 code units, in hex, big-endian. It has lone surrogates, which a "
            "language with UTF-8 text cannot express."
        ),
    ] = field(default="", name="$utf16")
    pairs: Annotated[
        tuple[tuple[str, Any], ...],
        Meta(description="An object whose members are in this order, each a pair of name and value."),
    ] = field(default=(), name="$pairs")


def _protocol() -> dict[str, Any]:
    """Return the schema of a line of the adapter protocol: a question or an answer."""
    definitions: dict[str, Any] = {}

    def one_of(*kinds: object) -> dict[str, Any]:
        schemas = [schema_of(kind, "") for kind in (*kinds, Value)]
        for schema in schemas:
            definitions.update(schema["$defs"])
        refs = [ref for schema in schemas[:-1] for ref in schema.get("anyOf", [{"$ref": schema.get("$ref")}])]
        return {"oneOf": refs}

    question = one_of(protocol.Question)
    answer = one_of(protocol.Started, protocol.Unavailable, protocol.Answer)
    return {
        "$schema": DIALECT,
        "title": "One line of the adapter protocol between slurm-jwt and an adapter, version 2",
        "description": "slurm-jwt writes one question a line to the adapter's stdin and reads one answer a "
        "line from its stdout, in the order of the questions. It writes up to 64 questions ahead of the "
        "answers. A line is UTF-8 JSON of at most 1 MiB. Flush stdout after each line. The time limit for an "
        "answer is 5 s (--answer-timeout). stdout carries only answers; stderr is free. Ignore members of a "
        "question that you do not know. The rules are in docs/adapter-protocol.md.",
        "anyOf": [{"$ref": "#/$defs/question"}, {"$ref": "#/$defs/answer"}],
        "$defs": {"question": question, "answer": answer, **definitions},
    }


def _line() -> dict[str, Any]:
    answer, error = (
        schema_of(kind, "A line that slurm-jwt check answers") for kind in (LineAnswer, LineError)
    )
    choice = [{"$ref": one.pop("$ref")} for one in (answer, error)]
    return answer | {"anyOf": choice, "$defs": answer["$defs"] | error["$defs"]}


PUBLISHED = (
    _of_type(REPORTS, "results", AnyEvent, "One line of results.jsonl of slurm-jwt-conformance"),
    _of_type(REPORTS, "diff", Diff, "What changed between two runs of slurm-jwt-conformance"),
    _of_type(REPORTS, "summary", Summary, "A run of slurm-jwt-conformance in short"),
    _of_type(REPORTS, "site", SiteDocument, "A site's report of slurm-jwt-conformance"),
    _of_type(CONFORMANCE, "doctor", Doctor, "Report of slurm-jwt doctor, as --json and --export write it"),
    _of_type(CONFORMANCE, "changes", Comparison, "What slurm-jwt changes says, as --json writes it"),
    _of_type(CONFORMANCE, "issuer-guide", IssuerGuide, "What slurm-jwt contract says, as --json writes it"),
    _of_type(CONFORMANCE, "rotation", Plan, "The plan of slurm-jwt rotate, as --json writes it"),
    _of_type(CONFORMANCE, "check", AnswerJson, "The answer of slurm-jwt check --json"),
    Published(CONFORMANCE, "check-lines", _line),
    _of_type(CONFORMANCE, "check-summary", CheckSummary, "Summary of slurm-jwt check over many tokens"),
    _of_type(CONFORMANCE, "keygen", KeygenReport, "The new key of slurm-jwt keygen, as --json writes it"),
    _of_type(CONFORMANCE, "adapter-check", AdapterReport, "Result of slurm-jwt adapter check --json"),
    _of_type(CONFORMANCE, "probe", ProbeReport, "Result of slurm-jwt probe --json"),
    Published(CONFORMANCE, "policy", policy_schema),
    Published(CONFORMANCE, "adapter-protocol", _protocol),
)


def files() -> dict[Path, bytes]:
    """Return every schema file with its content."""
    return {one.path: one.text.encode() for one in PUBLISHED}
