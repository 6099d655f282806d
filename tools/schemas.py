"""The JSON Schemas of the packages, each made from the type that writes or reads the document."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct, field

from slurm_jwt_conformance.adapters import protocol
from slurm_jwt_conformance.cli.adapter_document import AdapterReport
from slurm_jwt_conformance.cli.keygen_document import KeygenReport
from slurm_jwt_conformance.site.changes.comparison import Comparison
from slurm_jwt_conformance.site.check.answer_json import AnswerJson
from slurm_jwt_conformance.site.check.bulk.summary import CheckSummary
from slurm_jwt_conformance.site.contract.guide import IssuerGuide
from slurm_jwt_conformance.site.doctor.documents import Examination as Doctor
from slurm_jwt_conformance.site.policy import form as policy_form
from slurm_jwt_conformance.site.probe.documents import ProbeReport
from slurm_jwt_conformance.site.rotate.plan import Plan
from slurm_jwt_reports.diff.diff import Diff
from slurm_jwt_reports.run.summary import Summary
from slurm_jwt_reports.schema import DIALECT, schema_of
from slurm_jwt_reports.site.report import SiteDocument
from slurm_jwt_reports.stream.events import AnyEvent

CONFORMANCE = "conformance/slurm_jwt_conformance/schema"
REPORTS = "reports/slurm_jwt_reports/schema"


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
    _of_type(CONFORMANCE, "check-summary", CheckSummary, "Summary of slurm-jwt check over many tokens"),
    _of_type(CONFORMANCE, "keygen", KeygenReport, "The new key of slurm-jwt keygen, as --json writes it"),
    _of_type(CONFORMANCE, "adapter-check", AdapterReport, "Result of slurm-jwt adapter check --json"),
    _of_type(CONFORMANCE, "probe", ProbeReport, "Result of slurm-jwt probe --json"),
    Published(CONFORMANCE, "policy", policy_form.schema),
    Published(CONFORMANCE, "adapter-protocol", _protocol),
)


def files() -> dict[Path, bytes]:
    """Return every schema file with its content."""
    return {one.path: one.text.encode() for one in PUBLISHED}
