"""Check whether an adapter obeys the rules of the adapter protocol. Its library is not judged.

Each check has a child of its own, and ends at the first fault.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from slurm_jwt_conformance.adapters import (
    AdapterBroken,
    Description,
    IssueRequest,
    NotInstalled,
    VerifyRequest,
    protocol,
)
from slurm_jwt_conformance.adapters.child import AHEAD, Child, wrong_line
from slurm_jwt_conformance.adapters.pipes import STOP_SECONDS, Died, Overlong, Process, Silent
from slurm_jwt_conformance.adapters.python.serve import printable, secrets
from slurm_jwt_conformance.adapters.smoke import KEY, LIFESPAN, smoke

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slurm_jwt_conformance.adapters import Outcome, Role
    from slurm_jwt_conformance.adapters.child import Limits, Request

T = TypeVar("T")
IDS = ("plain", 'quote"', "back\\slash", "line\u2028end", "umlaut \u00fc", "emoji \U0001f600", "{", "0")
USERS = ("alice", "alice\n", "\x00", 'quote"', "back\\slash", "\u00fcml\u00e4ut", "ali\u200bce", "\U0001f600")
BIG = "9007199254740993"
HARD_CLAIMS = (
    f'{{"x":{"[" * 1500}{"]" * 1500},',
    '{"x":"\\ud800","\\udfff":1,',
    f'{{"x":1e999,"n":{"9" * 400},',
    '{"claims":{"sun":"bob"},"x":[{"sun":"bob"}],',
)
"""Begins of claims that many JSON libraries cannot read or write."""
VALUES: dict[str, object] = {
    "$float": "1893457800.5",
    "$int": BIG,
    "$decimal": "1893457800.25",
    "$datetime": "2030-01-01T00:30:00+00:00",
    "$date": "2030-01-01",
    "$bytes": "YWxpY2U=",
    "$utf16": "d83d",
    "$pairs": [["b", 1], ["a", {"$int": BIG}]],
}
PLACES: dict[str, Callable[[object], object]] = {
    "a member": lambda value: value,
    "an array": lambda value: [value],
    "an object": lambda value: {"inner": {"inner": value}},
    "$pairs": lambda value: {"$pairs": [["inner", value]]},
}


class Finding(NamedTuple):
    """The result of one check. text: what is wrong. line: the line at fault, printable, without secrets."""

    check: str
    result: Literal["passed", "failed", "warning", "not asked"]
    text: str = ""
    line: str = ""


class Checked(NamedTuple):
    """All findings, what the adapter says about itself, and the longest times in seconds."""

    findings: tuple[Finding, ...]
    description: Description | None
    start_seconds: float
    answer_seconds: float


class Fault(Exception):
    """The adapter breaks a rule. warning: it may be right all the same."""

    def __init__(self, text: str, line: bytes = b"", *, warning: bool = False) -> None:
        super().__init__(text)
        self.text, self.line, self.warning = text, line, warning


class Talk:
    """A child, asked line by line."""

    def __init__(
        self, command: Sequence[str], limits: Limits, now: int, overhear: Callable[[str], None] | None
    ) -> None:
        self.limits, self.now = limits, now
        self.good = signed(f'{{"exp":{now + LIFESPAN},"iat":{now},"sun":"alice"}}')
        self.hidden = "\0".join(command[1:]) + "\0" + secrets(KEY, self.good)
        self.slowest = 0.0
        self.algorithms: tuple[str, ...] = ()
        self.process = Process(command, overhear and (lambda line: overhear(printable(line, self.hidden))))

    def start(self) -> Description:
        """Send start, and return what the adapter says about itself."""
        self.process.write(protocol.start(int(time.time())))
        line = self.line("start", self.limits.start)
        description = self._read(lambda: protocol.read_start(line, self.hidden), line)
        if isinstance(description, str):
            raise Fault(f"The adapter cannot take part here: {description}", line)
        self.algorithms = description.algorithms
        return description

    def ask(self, *requests: Request) -> list[Outcome]:
        """Send all requests, then read all answers."""
        for request in requests:
            self.process.write(protocol.write(request))
        return [self.answer(request) for request in requests]

    def answer(self, request: Request) -> Outcome:
        """Read the answer to a request that was sent."""
        begun = time.monotonic()
        line = self.line(f"the question {request.id!r}", self.limits.answer)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return self._read(lambda: protocol.read_answer(line, request, hidden=self.hidden), line)

    def line(self, question: str, seconds: float) -> bytes:
        """Wait for a line; a line that comes only after the end of stdin was not flushed."""
        try:
            return self.process.line(seconds, protocol.MAX_LINE)
        except Silent:
            self.process.finish(protocol.STOP)
        except Died:
            self.process.kill()
            raise Fault(f"It ended at {question}: {printable(self.process.ending(), self.hidden)}.") from None
        except Overlong as error:
            raise Fault(f"At {question}, {wrong_line(error, b'', self.hidden)}", error.begin) from None
        try:
            line = self.process.line(STOP_SECONDS, protocol.MAX_LINE)
        except (Silent, Died, Overlong):
            raise Fault(f"There is no answer to {question} within {seconds:g} s.") from None
        raise Fault(f"The answer to {question} came only after stop. Flush stdout after each line.", line)

    def _read(self, read: Callable[[], T], line: bytes) -> T:
        try:
            return read()
        except protocol.Garbage as error:
            raise Fault(f"A line is not an answer of the adapter protocol: {error}.", line) from None


def signed(claims: str) -> bytes:
    """Return a token with exactly this text as its claims."""
    parts = [
        base64.urlsafe_b64encode(text.encode()).rstrip(b"=")
        for text in ('{"alg":"HS256","typ":"JWT"}', claims)
    ]
    mac = hmac.digest(KEY, b".".join(parts), "sha256")
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")])


def one_at_a_time(talk: Talk) -> None:
    """Check that each answer comes before the next question, and repeats the id."""
    for name in IDS:
        talk.ask(VerifyRequest(name, talk.good, KEY, talk.now))


def written_ahead(talk: Talk) -> None:
    """Check that the answers to questions that were written ahead come in their order."""
    tokens = (talk.good, b"garbage")
    talk.ask(*(VerifyRequest(f"{i}", tokens[i % 2], KEY, talk.now) for i in range(AHEAD)))


def odd_tokens(talk: Talk) -> None:
    """Check that a token of bytes, an empty one, a long one, an empty key and an odd JWKS get an answer."""
    for token in (b"\xff.\xfe.\xfd", b"", b"x" * 1_000_000, "\u00fc.\u2028.\x00".encode()):
        talk.ask(
            VerifyRequest("odd", token, KEY, talk.now), VerifyRequest("odd key", talk.good, b"", talk.now)
        )
    for jwks in (b"\xff", b"", b"{}", b'{"keys":[]}') if "RS256" in talk.algorithms else ():
        talk.ask(VerifyRequest("odd JWKS", talk.good, None, talk.now, jwks))


def echo(talk: Talk) -> None:
    """Check that sun is echoed as it is, also where the claims are hard to read or write."""
    rest = f'"exp":{talk.now + LIFESPAN},"iat":{talk.now},"sun":'
    heads = [("{", user) for user in USERS] + [(head, "alice") for head in HARD_CLAIMS]
    silent = False
    for head, user in heads:
        request = VerifyRequest("echo", signed(f"{head}{rest}{json.dumps(user)}}}"), KEY, talk.now)
        (answer,) = talk.ask(request)
        if answer.outcome == "accept" and answer.user not in {None, user}:
            raise Fault(f"A token of user {user!r} is accepted with sun {answer.user!r}.")
        silent |= answer.outcome == "accept" and answer.user is None and head == "{"
    if silent:
        raise Fault("accept has no claim sun, so the user of the token is not checked.", warning=True)


def unknown_members(talk: Talk) -> None:
    """Check that a member that the adapter does not know changes nothing."""
    request = VerifyRequest("known", talk.good, KEY, talk.now)
    (known,) = talk.ask(request)
    talk.process.write(protocol.write(request).replace(b"{", b'{"future":{"op":"stop"},', 1))
    answer = talk.answer(request)
    if answer.outcome != known.outcome:
        raise Fault(f"A question with an unknown member gets {answer.outcome} instead of {known.outcome}.")


def values(talk: Talk) -> None:
    """Check that values that JSON cannot write arrive in any place of the claims, or are unsupported."""
    unsupported: dict[str, dict[str, None]] = {}
    for tag, value in VALUES.items():
        for place, put in PLACES.items():
            claims = {"exp": talk.now + LIFESPAN, "iat": talk.now, "sun": "alice", "x": put({tag: value})}
            (answer,) = talk.ask(IssueRequest(f"{tag} in {place}", claims, KEY, talk.now))
            if answer.outcome == "unsupported":
                unsupported.setdefault(answer.error or "", {})[tag] = None
            elif answer.token is not None:
                _demand_value(tag, place, answer.token)
    if unsupported:
        reasons = "; ".join(f"{', '.join(tags)}: {reason}" for reason, tags in unsupported.items())
        raise Fault(f"Unsupported values: {reasons}.", warning=True)


def _demand_value(tag: str, place: str, token: str) -> None:
    part = token.split(".")[1] if "." in token else ""
    try:
        text = base64.urlsafe_b64decode(part.encode("utf-8", "replace") + b"=" * (-len(part) % 4)).decode(
            "utf-8", "replace"
        )
    except ValueError:
        text = ""
    if any(f'"{name}"' in text for name in VALUES):
        raise Fault(
            f"The tag of {tag} in {place} is in the token. Give the library the value instead.", text.encode()
        )
    if tag in {"$int", "$pairs"} and BIG not in text:
        raise Fault(f"{BIG} ({tag} in {place}) has other digits in the token.", text.encode())


def stop(talk: Talk) -> None:
    """Check that the adapter ends with status 0 after stop, and writes nothing more."""
    talk.process.write(protocol.STOP)
    _ends(talk, "stop")


def end_of_stdin(talk: Talk) -> None:
    """Check that the adapter ends with status 0 at the end of stdin."""
    talk.process.finish(b"")
    _ends(talk, "the end of stdin")


def _ends(talk: Talk, signal: str) -> None:
    try:
        more = talk.process.line(STOP_SECONDS, protocol.MAX_LINE)
    except Silent:
        raise Fault(f"It does not end within {STOP_SECONDS:g} s after {signal}.") from None
    except (Died, Overlong):
        status = talk.process.stop()
        if status != 0:
            raise Fault(f"It ends after {signal} with status {status}, not 0.") from None
    else:
        raise Fault(f"It writes a line after {signal}.", more)


CHECKS: dict[Callable[[Talk], None], tuple[Role, ...]] = {
    one_at_a_time: ("verifier",),
    written_ahead: ("verifier",),
    odd_tokens: ("verifier",),
    echo: ("verifier",),
    unknown_members: ("verifier",),
    values: ("issuer",),
    stop: ("verifier", "issuer"),
    end_of_stdin: ("verifier", "issuer"),
}
"""The checks after start and smoke, each with the roles that have it."""


def check(
    name: str, command: Sequence[str], limits: Limits, overhear: Callable[[str], None] | None = None
) -> Checked:
    """Return the findings about an adapter. Raise AdapterBroken if its program cannot be started."""
    now = int(time.time())

    def talk() -> Talk:
        try:
            return Talk(command, limits, now, overhear)
        except OSError as error:
            raise AdapterBroken(name, f"it cannot be started: {error.strerror}") from None

    begun, first = time.monotonic(), talk()
    try:
        description = first.start()
    except Fault as fault:
        return Checked((_finding("start", fault, first.hidden),), None, time.monotonic() - begun, 0)
    finally:
        first.process.kill()
    start_seconds, slowest = time.monotonic() - begun, 0.0
    findings = [Finding("start", "passed"), *_smoke(name, command, limits, now)]
    for one, roles in CHECKS.items():
        title = one.__name__.replace("_", " ")
        if set(roles) & set(description.roles):
            talking = talk()
            findings.append(_result(title, one, talking))
            slowest = max(slowest, talking.slowest)
        else:
            findings.append(Finding(title, "not asked", f"The adapter is not {' or '.join(roles)}."))
    return Checked(tuple(findings), description, start_seconds, slowest)


def _smoke(name: str, command: Sequence[str], limits: Limits, now: int) -> Iterator[Finding]:
    child = Child(name, command, limits)
    try:
        found = smoke(child, now)
    except NotInstalled as error:
        yield Finding("smoke", "failed", error.reason)
        return
    finally:
        child.close()
    yield from (Finding("smoke", "failed", text) for text in found.adapter)
    yield from (Finding("smoke", "warning", text) for text in found.library)
    if not any(found):
        yield Finding("smoke", "passed")


def _result(title: str, one: Callable[[Talk], None], talk: Talk) -> Finding:
    try:
        talk.start()
        one(talk)
    except Fault as fault:
        return _finding(title, fault, talk.hidden)
    finally:
        talk.process.kill()
    return Finding(title, "passed")


def _finding(title: str, fault: Fault, hidden: str) -> Finding:
    line = printable(fault.line.decode("utf-8", "backslashreplace"), hidden)
    return Finding(title, "warning" if fault.warning else "failed", fault.text, line)
