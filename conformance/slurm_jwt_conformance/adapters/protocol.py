"""The messages of the adapter protocol, version 2; docs/adapter-protocol.md has its rules.

schema/adapter-protocol.schema.json is made from these types. Answers come from programs that are not ours: a
line that does not fit raises Garbage. Of the claims that an adapter echoes only sun is read, and leniently.
"""

# No "from __future__ import annotations" here: msgspec and the linter both need the annotations live.
import base64
import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from slurm_jwt import Issuer
from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.adapters import Clock, Description, IssueRequest, Outcome, Role, VerifyRequest
from slurm_jwt_conformance.adapters.python.serve import describe, printable, secrets
from slurm_jwt_reports.problems import nearest

VERSION: Literal[2] = 2
MAX_LINE = 1 << 20
"""Longest answer in bytes; an issued token of ordinary claims has some hundred."""
WARM_UP_KEY = bytes(range(32))
LIFESPAN = 1800

Algorithm = Literal["HS256", "RS256"]
Id = Annotated[str, Meta(min_length=1, description="The answer repeats the id of its question.")]
Now = Annotated[int, Meta(description="The moment of the question in seconds since 1970.")]
Base64 = Annotated[str, Meta(pattern="^[A-Za-z0-9+/]*={0,2}$")]
HmacKey = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9+/]*={0,2}$",
        description="The bytes of the key file in base64 (RFC 4648, section 4): they are the key of HS256.",
    ),
]
TokenBytes = Annotated[
    str, Meta(pattern="^[A-Za-z0-9+/]*={0,2}$", description="In place of token: bytes that are not UTF-8.")
]
Jwks = Annotated[str, Meta(description="The text of a JWKS with the public keys of RS256.")]
JwksBytes = Annotated[
    str, Meta(pattern="^[A-Za-z0-9+/]*={0,2}$", description="In place of jwks: bytes that are not UTF-8.")
]
Kid = Annotated[str, Meta(description="The kid of pem. It goes into the header of the token.")]
Pem = Annotated[str, Meta(description="In place of key_base64: the private key of RS256 in PEM.")]
Error = Annotated[
    str,
    Meta(
        description="The class and the message of the error, without the key or the token. slurm-jwt removes"
        " the secrets that it finds, and cuts the text after 300 characters."
    ),
]


class _Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line. It has no other members."""


class Start(_Message, frozen=True, kw_only=True, tag_field="op", tag="start"):
    """The first question. Load the library, let a verifier verify this token, and then answer.

    The result of the token does not matter. The first verdict of some libraries is slow, and the time limit
    of a start (30 s, --start-timeout) covers it. The answer is started or unavailable.
    """

    protocol: Literal[2]
    token: str
    key_base64: HmacKey
    now: Now


class Verify(_Message, frozen=True, kw_only=True, tag_field="op", tag="verify"):
    """Is this token good under these keys at this moment? The answer is accept, reject, crash or unsupported.

    A token is UTF-8 text in token, or other bytes in token_base64. There is key_base64, or jwks, or both.
    A JWKS is a text too; jwks_base64 has one that is not UTF-8.
    """

    id: Id
    token: str | UnsetType = UNSET
    token_base64: TokenBytes | UnsetType = UNSET
    key_base64: HmacKey | UnsetType = UNSET
    jwks: Jwks | UnsetType = UNSET
    jwks_base64: JwksBytes | UnsetType = UNSET
    algorithms: Annotated[
        tuple[Algorithm, ...], Meta(description="HS256 with key_base64, RS256 with jwks; no other is good.")
    ]
    now: Now


class Issue(_Message, frozen=True, kw_only=True, tag_field="op", tag="issue"):
    """Make a token of exactly these claims. The answer is token, refuse, crash or unsupported."""

    id: Id
    claims: Annotated[
        dict[str, Any],
        Meta(description="The claims. An object with one member whose name starts with $ is a Value."),
    ]
    key_base64: HmacKey | UnsetType = UNSET
    pem: Pem | UnsetType = UNSET
    kid: Kid | UnsetType = UNSET
    algorithm: Algorithm
    now: Now


class Stop(_Message, frozen=True, kw_only=True, tag_field="op", tag="stop"):
    """End with exit status 0 within 2 seconds. There is no answer. The end of stdin means the same."""


class Started(_Message, frozen=True, kw_only=True):
    """The adapter is ready for questions."""

    protocol: Literal[2]
    library: Annotated[str, Meta(min_length=1, description="The name of the library, such as PyJWT.")]
    version: str
    language: Annotated[str, Meta(description="Such as Python 3.13.0.")]
    roles: Annotated[
        tuple[Role, ...],
        Meta(
            min_length=1,
            description="A verifier gets the question verify, an issuer gets issue.",
        ),
    ]
    algorithms: Annotated[
        tuple[Algorithm, ...], Meta(description="No question asks for another algorithm.")
    ] = ("HS256",)
    clock: Annotated[
        Clock,
        Meta(
            description="argument: the library takes now; patched: its clock shows now; system: it reads the "
            "machine's clock, and gets only tokens whose verdict is the same at any time."
        ),
    ]
    not_checked: Annotated[
        tuple[str, ...],
        Meta(
            description="Ids of rules (slurm-jwt explain lists them) that the library does not check in this "
            "configuration, by its documentation. A token that breaks only such rules may be accepted: the "
            "result is `not claimed`, which is neither a pass nor a failure."
        ),
    ]


class Unavailable(_Message, frozen=True, kw_only=True):
    """The implementation cannot take part on this machine."""

    protocol: Literal[2]
    unavailable: Annotated[str, Meta(min_length=1, description="The reason, for people.")]


class _Answer(_Message, frozen=True, kw_only=True, tag_field="outcome"):
    id: Id


class Accept(_Answer, frozen=True, kw_only=True, tag="accept"):
    """The library accepts the token."""

    claims: Annotated[
        Any,
        Meta(
            description="The claims that the library read. slurm-jwt reads only sun: the user of the token. "
            "Leave out what the language cannot write as JSON."
        ),
    ] = UNSET


class Reject(_Answer, frozen=True, kw_only=True, tag="reject"):
    """The library refuses the token: with an error of its own, or with one that its documentation names."""

    error: Error


class Token(_Answer, frozen=True, kw_only=True, tag="token"):
    """The library made this token."""

    token: str


class Refuse(_Answer, frozen=True, kw_only=True, tag="refuse"):
    """The library refuses to issue.

    With an error of its own, with one that its documentation names, or with the error by which the language's
    JSON or text encoder refuses a value.
    """

    error: Error


class Crash(_Answer, frozen=True, kw_only=True, tag="crash"):
    """The call ended with any other error: a null reference, a wrong index, a stack overflow."""

    error: Error


class Unsupported(_Answer, frozen=True, kw_only=True, tag="unsupported"):
    """The question cannot be put to the library at all; it is neither a pass nor a failure."""

    reason: Annotated[str, Meta(min_length=1, description="Why. Reports show it.")]


Question = Start | Verify | Issue | Stop
Verified = Accept | Reject | Crash | Unsupported
Issued = Token | Refuse | Crash | Unsupported
Answer = Accept | Reject | Token | Refuse | Crash | Unsupported

STOP = msgspec.json.encode(Stop()) + b"\n"
_started = msgspec.json.Decoder(Started).decode
_unavailable = msgspec.json.Decoder(Unavailable).decode
_verified: Callable[[bytes], Verified] = msgspec.json.Decoder(Verified).decode
_issued: Callable[[bytes], Issued] = msgspec.json.Decoder(Issued).decode
_encode = msgspec.json.Encoder().encode


class Garbage(Exception):
    """A line that is not an answer of the adapter protocol; the reason holds nothing of the line."""


def start(now: int) -> bytes:
    """Return the line of start, with a token that is good at `now`, in Unix seconds."""
    token = Issuer(WARM_UP_KEY).issue("alice", LIFESPAN, now)
    return _encode(Start(protocol=VERSION, token=token, key_base64=_base64(WARM_UP_KEY), now=now)) + b"\n"


def write(request: VerifyRequest | IssueRequest) -> bytes:
    """Return the line of a request; a token goes as text if it is UTF-8, otherwise as base64."""
    members: dict[str, Any] = {"id": request.id, "now": request.now}
    if request.key is not None:
        members["key_base64"] = _base64(request.key)
    if isinstance(request, IssueRequest):
        if request.pem is not None:
            members |= {"pem": request.pem.decode(), "kid": request.kid or UNSET}
        return (
            _encode(Issue(claims=dict(request.claims), algorithm=_algorithms(request)[0], **members)) + b"\n"
        )
    members |= _carried("token", request.token)
    if request.jwks is not None:
        members |= _carried("jwks", request.jwks)
    return _encode(Verify(algorithms=_algorithms(request), **members)) + b"\n"


def _algorithms(request: VerifyRequest | IssueRequest) -> tuple[Algorithm, ...]:
    """Return the algorithms for which the request has a key."""
    rsa = request.pem if isinstance(request, IssueRequest) else request.jwks
    given: dict[Algorithm, bytes | None] = {"HS256": request.key, "RS256": rsa}
    return tuple(algorithm for algorithm, key in given.items() if key is not None)


def secrets_of(request: VerifyRequest | IssueRequest) -> str:
    """Return all spellings of the private key and the token of a request."""
    if isinstance(request, IssueRequest):
        return secrets(request.pem or request.key or b"", b"")
    return secrets(request.key or b"", request.token)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _carried(name: str, data: bytes) -> dict[str, Any]:
    try:
        return {name: data.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": _base64(data)}


def read_start(line: bytes, hidden: str = "") -> Description | str:
    """Return the introduction, or the reason why the implementation cannot take part.

    hidden: text that may not come out, such as the arguments of the command.
    """
    if b'"unavailable"' in line:
        return printable(_decoded(_unavailable, line).unavailable, hidden)
    started: Started = _decoded(_started, line)
    for rule in started.not_checked:
        if rule not in BY_ID:
            raise Garbage(
                f"not_checked names no rule: {printable(rule, hidden)!r}. {nearest(rule, list(BY_ID))}"
            )
    texts = (started.library, started.version, started.language)
    library, version, language = (printable(text, hidden) for text in texts)
    return Description(
        library, version, language, started.roles, started.clock, started.not_checked, started.algorithms
    )


def read_answer(
    line: bytes, request: VerifyRequest | IssueRequest, milliseconds: float = 0, hidden: str = ""
) -> Outcome:
    """Return the answer to this question; errors come out printable and without key, token or `hidden`."""
    line, claims = _without_claims(line)
    answer = _decoded(_verified if isinstance(request, VerifyRequest) else _issued, line)
    if answer.id != request.id:
        raise Garbage("it has another id than the question (answers come in the order of the questions)")
    if isinstance(answer, Accept):
        return Outcome(answer.id, "accept", user=_user(claims), milliseconds=milliseconds)
    if claims:
        raise Garbage("only accept has claims")
    if isinstance(answer, Token):
        return Outcome(answer.id, "token", token=answer.token, milliseconds=milliseconds)
    text = answer.reason if isinstance(answer, Unsupported) else answer.error
    outcome = answer.__struct_config__.tag
    error = printable(text, hidden + secrets_of(request))
    return Outcome(answer.id, outcome, error, milliseconds=milliseconds)


def _without_claims(line: bytes) -> tuple[bytes, bytes]:
    """Cut the member claims out of an answer: an odd token has odd claims, and few decoders take all."""
    if b'"claims"' not in line:
        return line, b""
    members = _members(line)
    claims = members.pop(b'"claims"', b"")
    return b"{" + b",".join(name + b":" + value for name, value in members.items()) + b"}", claims


def _user(claims: bytes) -> str | None:
    """Return the last claim sun if it is text, as it is; a lone surrogate becomes its escape."""
    members = _members(claims) if claims.startswith(b"{") else {}
    named = [value for name, value in members.items() if _text(name) == "sun"]
    user = _text(named[-1]) if named else None
    return user and user.encode("utf-8", "backslashreplace").decode()


def _text(written: bytes) -> str | None:
    """Return a JSON string; None if it is not one."""
    if not written.startswith(b'"'):
        return None
    try:
        return str(json.loads(written.decode("utf-8", "surrogateescape"), strict=False))
    except ValueError:
        return None


_PIECE = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\],:]|[^\s{}\[\],:"]++', re.DOTALL)


def _members(text: bytes) -> dict[bytes, bytes]:
    """Return the members of a JSON object as they are written, without a look into the values."""
    found: dict[bytes, bytes] = {}
    depth = begin = end = 0
    name = b""
    for piece in _PIECE.finditer(text):
        mark = piece[0]
        depth += (mark in {b"{", b"["}) - (mark in {b"}", b"]"})
        if (depth == 1 and mark == b",") or depth == 0:
            if name:
                found.pop(name, None)  # the last one counts, also in the order
                found[name] = text[begin : piece.start()].strip()
            name, begin, end = b"", piece.end(), piece.end()
        elif depth == 1 and mark in {b"{", b":"}:
            name = text[begin : piece.start()].strip() if mark == b":" else b""
            begin = piece.end()
        if depth == 0:
            break
    if depth or not text.startswith(b"{") or text[end:].strip():
        raise Garbage("it is not one JSON object")
    return found


def _decoded(decode: Callable[[bytes], Any], line: bytes) -> Any:  # noqa: ANN401 - one of the closed types above
    try:
        return decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Garbage(describe(error, "")) from None
