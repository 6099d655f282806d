"""The events of a result stream: what one line of results.jsonl may say, as frozen msgspec structs.

A stream is a Header, then the texts (RuleText, KeyText, CaseText, ImplementationText), each before
the first event that names it, then Outcomes, Cells and Findings as they come, then a Footer. Whoever
has the stream has everything that a report shows. No field may carry a key or a signature.
"""

# No "from __future__ import annotations" here: msgspec and the linter both need the annotations live.
from typing import Annotated, Literal

from msgspec import Meta, Struct

FORMAT = 1
"""Version of this format. Any new field or event raises it: readers refuse what they do not know."""

Verdict = Literal["valid", "invalid", "either"]
Basis = Literal["live", "recorded"]
Kind = Literal["library", "reference", "slurm", "command"]
OutcomeName = Literal["accept", "reject", "crash", "hang", "unsupported", "not run"]
CellOutcome = Literal[
    "accept", "reject", "crash", "hang", "unsupported", "not run", "not issued", "bad token"
]
Status = Literal["pass", "fail", "known", "not claimed", "either", "recorded", "unsupported", "not run"]
DeviationClass = Literal["RFC violation", "Slurm profile", "safe refusal", "cannot express", "adapter limit"]
FindingKind = Literal["trap", "gap", "impostor", "new", "stale", "harness", "absent"]
NEWS: tuple[FindingKind, ...] = ("harness", "absent", "new", "stale")
"""Findings that end a run with another exit code than 0; the others are about real Slurm."""

BasisField = Annotated[
    Basis, Meta(description="live: asked in this run; recorded: what an earlier run of the real thing said")
]


class Event(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="event"):
    """One line of the stream; the member "event" names its kind."""


class Header(Event, frozen=True, kw_only=True, omit_defaults=False, tag="run"):
    """The first line: what was run, where and when."""

    format: Annotated[int, Meta(ge=1, description="version of this file format")] = FORMAT
    suite: Annotated[str, Meta(description="version of slurm-jwt-conformance")]
    command: Annotated[str, Meta(description="the command line, as one would type it again")]
    started: Annotated[str, Meta(description="start of the run, UTC, such as 2026-11-23T09:00:00Z")]
    python: Annotated[str, Meta(description="name and version of the interpreter")]
    vectors_sha256: Annotated[str, Meta(description="SHA-256 of the compiled vectors, hex")]
    machine: Annotated[dict[str, str], Meta(description="what is to be said of the machine: label to text")]
    versions: Annotated[dict[str, str], Meta(description="name to version of what took part")]
    suite_cases: Annotated[
        int, Meta(ge=0, description="number of cases of the whole suite; 0: not known")
    ] = 0


class RuleText(Event, frozen=True, kw_only=True, tag="rule"):
    """One documented rule, in the order of the catalogue."""

    id: Annotated[str, Meta(description="stable id, such as exp.integer")]
    layer: Annotated[str, Meta(description="key, form, header, signature, claims or time")]
    severity: Annotated[
        Literal["error", "choice"], Meta(description="choice: the documents leave it to the verifier")
    ]
    sentence: Annotated[str, Meta(description="the requirement, as it is kept")]
    sources: Annotated[tuple[str, ...], Meta(description="who demands it: the Slurm page, RFC sections")]
    hint: Annotated[str, Meta(description="what to do about a breach")]


class KeyText(Event, frozen=True, kw_only=True, tag="key"):
    """One test key, never its bytes."""

    id: Annotated[str, Meta(description="id of the published test key")]
    shape: Annotated[str, Meta(description="what kind of key file it is, such as PEM")]
    bytes: Annotated[int, Meta(ge=0, description="length in bytes")]
    fingerprint: Annotated[
        str, Meta(description='first 8 bytes of HMAC-SHA256(key, "slurm-jwt fingerprint v1"), hex')
    ]
    purpose: Annotated[str, Meta(description="why the suite has this key")] = ""


class CaseText(Event, frozen=True, kw_only=True, tag="case"):
    """One case: a token, the moment it is judged at, and what the documents say of it."""

    id: Annotated[str, Meta(description="topic.name, never reused")]
    topic: Annotated[str, Meta(description="the group of cases it belongs to")]
    purpose: Annotated[str, Meta(description="what it is for, in words for readers")]
    sources: Annotated[tuple[str, ...], Meta(description="the texts that the verdict rests on")]
    key: Annotated[str, Meta(description="id of the key that the verifier holds")]
    now: Annotated[int, Meta(description="the moment it is judged at, seconds since 1970")]
    any_time: Annotated[bool, Meta(description="the verdict is the same at any time from 2026 to 2099")]
    verdict: Annotated[Verdict, Meta(description="the documented verdict")]
    rules: Annotated[tuple[str, ...], Meta(description="ids of the rules that the token breaks")]
    why: Annotated[str | None, Meta(description="why either, or why several rules")] = None
    user: Annotated[str | None, Meta(description="the user that the token names, where it names one")] = None
    token_sha256: Annotated[str, Meta(description="SHA-256 of the whole token, hex")]
    token_bytes: Annotated[int, Meta(ge=0, description="length of the token in bytes")]
    header_text: Annotated[
        str | None, Meta(description="the decoded header as text; null where it does not decode")
    ] = None
    claims_text: Annotated[
        str | None, Meta(description="the decoded claims as text; null where they do not decode")
    ] = None
    token: Annotated[str | None, Meta(description="the token itself, only where the user asked")] = None


class ImplementationText(Event, frozen=True, kw_only=True, tag="implementation"):
    """One implementation: a library in a configuration, a Slurm release, the reference, a command."""

    id: Annotated[str, Meta(description="such as pyjwt:careful, slurmctld:22.05, reference, cmd:adapter")]
    name: Annotated[str, Meta(description="name for readers, such as PyJWT or slurmctld")]
    kind: Annotated[Kind, Meta(description="library, reference, slurm or command")]
    configuration: Annotated[str, Meta(description="such as careful or defaults; may be empty")] = ""
    library: Annotated[str, Meta(description="name of the distribution or package")] = ""
    version: Annotated[str, Meta(description="its version; for Slurm those of Slurm and libjwt")] = ""
    language: Annotated[str, Meta(description="such as Python 3.13.0")] = ""
    roles: Annotated[tuple[str, ...], Meta(description="issuer, verifier")] = ()
    clock: Annotated[str, Meta(description="how it takes the time: argument, patched, system, faketime")] = ""
    not_checked: Annotated[tuple[str, ...], Meta(description="ids of the rules that it does not claim")] = ()
    source: Annotated[str | None, Meta(description="the adapter's source text")] = None
    basis: BasisField = "live"
    status: Annotated[Literal["ran", "not run"], Meta(description="whether it could be asked at all")] = "ran"
    reason: Annotated[str | None, Meta(description="why it was not run")] = None


class Deviation(Struct, frozen=True, forbid_unknown_fields=True, rename={"class_": "class"}, kw_only=True):
    """The ledger entry that explains a known difference."""

    class_: Annotated[DeviationClass, Meta(description="only an RFC violation is called a fault")]
    reason: Annotated[str, Meta(description="why it differs, in one or two sentences")]
    link: Annotated[str | None, Meta(description="where it is documented or discussed")] = None


class Outcome(Event, frozen=True, kw_only=True, tag="outcome"):
    """What one implementation made of one case, and how that is judged."""

    case: Annotated[str, Meta(description="id of the case")]
    implementation: Annotated[str, Meta(description="id of the implementation")]
    outcome: Annotated[OutcomeName, Meta(description="what it did")]
    status: Annotated[
        Status,
        Meta(
            description="how that is judged; only pass is a pass. For Slurm itself, pass means: asked now, "
            "and as its record; recorded means: its record alone, nothing was asked"
        ),
    ]
    error: Annotated[str | None, Meta(description="the implementation's own error")] = None
    reason: Annotated[str | None, Meta(description="why unsupported, not run or not claimed")] = None
    user: Annotated[str | None, Meta(description="the user it took the token for")] = None
    uid: Annotated[int | None, Meta(description="the uid that Slurm acted as")] = None
    log: Annotated[str | None, Meta(description="the daemon's log line")] = None
    basis: BasisField = "live"
    deviation: Deviation | None = None
    milliseconds: Annotated[float, Meta(ge=0, description="time it took")] | None = None


class Cell(Event, frozen=True, kw_only=True, tag="cell"):
    """One issuer's token under one key, read by one verifier."""

    issuer: Annotated[str, Meta(description="id of the implementation that made the token")]
    verifier: Annotated[str, Meta(description="id of the implementation that read it")]
    key: Annotated[str, Meta(description="id of the key that both hold")]
    outcome: Annotated[
        CellOutcome,
        Meta(
            description="what the verifier did; not issued: the issuer made no token; bad token: the "
            "issuer's token breaks a rule, and no verifier was asked"
        ),
    ]
    status: Annotated[Status, Meta(description="how that is judged; only pass is a pass")]
    error: Annotated[str | None, Meta(description="the own error of whoever refused")] = None
    reason: Annotated[str | None, Meta(description="why unsupported, not run or not claimed")] = None
    uid: Annotated[int | None, Meta(description="the uid that Slurm acted as")] = None
    log: Annotated[str | None, Meta(description="the daemon's log line")] = None
    basis: BasisField = "live"
    deviation: Deviation | None = None


class Finding(Event, frozen=True, kw_only=True, tag="finding"):
    """What a reader should know first: a trap, gap or impostor of real Slurm, or something new."""

    kind: Annotated[
        FindingKind,
        Meta(
            description="trap: valid or either, yet Slurm refuses; gap: invalid, yet Slurm accepts; "
            "impostor: accepted as another uid; new: neither documented nor in the ledger; stale: a ledger "
            "entry that no longer holds; harness: the suite itself failed; absent: the implementation "
            "could not take part, so that it was not checked"
        ),
    ]
    case: Annotated[str | None, Meta(description="id of the case")] = None
    implementation: Annotated[str | None, Meta(description="id of the implementation")] = None
    text: Annotated[str, Meta(description="the finding in one sentence")]


class Footer(Event, frozen=True, kw_only=True, tag="end"):
    """The last line. A stream without it was cut short."""

    status: Annotated[Literal["complete", "interrupted"], Meta(description="interrupted: stopped on request")]
    counts: Annotated[dict[str, int], Meta(description="number of Outcomes by status, Cells not counted")]
    seconds: Annotated[float, Meta(ge=0, description="duration of the run")]


AnyEvent = Header | RuleText | KeyText | CaseText | ImplementationText | Outcome | Cell | Finding | Footer
