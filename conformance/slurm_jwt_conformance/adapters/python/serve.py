"""Serve one adapter file: JSON lines on stdin and stdout (schema/adapter-protocol.schema.json).

    python -I serve.py ADAPTER.py CONFIGURATION

Standard library only (Python 3.9 or later), since it also runs in environments that hold nothing of
this suite; where an adapter's CLOCK is "patched", time_machine freezes its clock around each call.

An adapter is a plain module: LIBRARY (its distribution's name), FAMILY (its own exceptions), CLOCK,
NOT_CHECKED {configuration: rule ids}, whose keys are its configurations, and the functions
verify(token: bytes, key: bytes, now: int, configuration) -> claims and
issue(claims, key: bytes, configuration) -> str. For RS256 it has also
verify_jwks(token: bytes, jwks: bytes, now: int, configuration) -> claims and
issue_rs256(claims, pem: bytes, kid: str, configuration) -> str. A verifier that chooses between key and
JWKS itself has verify_both(token, key, jwks, now, configuration) -> claims. An adapter may define LANGUAGE,
VERSION, ROLES, TEXT_ONLY = True for a library that takes a token only as str, and an exception Unsupported
for requests that the library cannot express.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib.util
import json
import os
import signal
import sys
from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import ModuleType

ERROR_LENGTH = 300
BACKSTOP_SECONDS = 600  # a child whose parent was killed must not compute for ever
PROTOCOL = 2
ENCODER_REFUSALS = (TypeError, ValueError)
"""How Python's json and text encoders refuse a value, by their documentation: the protocol's refuse."""
JWKS_REFUSALS = (ValueError,)
"""How Python's json, cryptography and key sets refuse a JWKS or find no key in it, by their documentation."""


def main() -> NoReturn:
    """Answer until stop or the end of stdin, then leave without the interpreter's slow farewell."""
    questions, answers = take_streams()
    try:
        session = Session(sys.argv[1], sys.argv[2])
    except ImportError as error:
        missing = error.msg.partition(" (")[0]  # without the path of the file
        send(answers, {"protocol": PROTOCOL, "unavailable": printable(f"not installed: {missing}", "")})
        os._exit(0)
    for line in questions:
        question = json.loads(line)
        if question["op"] == "stop":
            break
        signal.alarm(BACKSTOP_SECONDS)
        send(answers, session.answer(question))
        signal.alarm(0)
    os._exit(0)


def take_streams() -> tuple[IO[bytes], int]:
    """Keep the protocol's two streams to ourselves: a library that prints or reads meets others."""
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return questions, answers


def send(answers: int, answer: dict[str, Any]) -> None:
    """Write one line, however often the pipe is full."""
    line = json.dumps(answer, allow_nan=False).encode("ascii") + b"\n"
    while line:
        line = line[os.write(answers, line) :]


class Session:
    """One adapter in one configuration."""

    def __init__(self, path: str, configuration: str) -> None:
        self.adapter = load(path)
        self.configuration = configuration
        self.unsupported = getattr(self.adapter, "Unsupported", ())
        self.frozen = clock_of(self.adapter)
        self.operations = {"start": self.start, "verify": self.verify, "issue": self.issue}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer one question; the id goes back as it came."""
        answer = self.operations[question["op"]](question)
        return {"id": question["id"], **answer} if "id" in question else answer

    def start(self, question: dict[str, Any]) -> dict[str, Any]:
        """Introduce the adapter, after the library has verified its first token, which may take long."""
        adapter, roles = self.adapter, getattr(self.adapter, "ROLES", ("issuer", "verifier"))
        if question["protocol"] != PROTOCOL:
            return {"protocol": PROTOCOL, "unavailable": f"speaks adapter protocol {PROTOCOL} only"}
        if "verifier" in roles:
            self.verify(question)
        return {
            "protocol": PROTOCOL,
            "library": adapter.LIBRARY,
            "version": getattr(adapter, "VERSION", None) or version_of(adapter.LIBRARY),
            "language": getattr(adapter, "LANGUAGE", f"Python {sys.version.split()[0]}"),
            "roles": list(roles),
            "algorithms": ["HS256", "RS256"] if hasattr(adapter, "verify_jwks") else ["HS256"],
            "clock": adapter.CLOCK,
            "not_checked": list(adapter.NOT_CHECKED[self.configuration]),
        }

    def verify(self, question: dict[str, Any]) -> dict[str, Any]:
        """Have the library read a token."""
        key, now = base64.b64decode(question.get("key_base64", "")), question["now"]
        token: bytes | str = bytes_of(question, "token")
        by_jwks = takes_jwks(question, bytes_of(question, "token"))
        if getattr(self.adapter, "TEXT_ONLY", False):
            if "token" not in question:
                reason = f"{self.adapter.LIBRARY} takes a token as text, and this token is not text"
                return {"outcome": "unsupported", "reason": reason}
            token = question["token"]

        def call() -> dict[str, Any]:
            if "key_base64" in question and hasattr(self.adapter, "verify_both") and has_jwks(question):
                jwks = bytes_of(question, "jwks")
                claims = self.adapter.verify_both(token, key, jwks, now, self.configuration)
            elif by_jwks:
                claims = self.adapter.verify_jwks(token, bytes_of(question, "jwks"), now, self.configuration)
            else:
                claims = self.adapter.verify(token, key, now, self.configuration)
            return {"outcome": "accept", "claims": shown(claims)}

        refusals = (*self.adapter.FAMILY, *(JWKS_REFUSALS if by_jwks else ()))
        return self.guarded(call, now, key, bytes_of(question, "token"), ("reject", refusals))

    def issue(self, question: dict[str, Any]) -> dict[str, Any]:
        """Have the library make a token."""
        key, now = base64.b64decode(question.get("key_base64", "")), question["now"]
        pem = question.get("pem", "").encode()
        if pem and not hasattr(self.adapter, "issue_rs256"):
            return {"outcome": "unsupported", "reason": f"{self.adapter.LIBRARY} issues no RS256 tokens"}

        def call() -> dict[str, Any]:
            claims = untagged(question["claims"])
            if pem:
                token = self.adapter.issue_rs256(claims, pem, question["kid"], self.configuration)
            else:
                token = self.adapter.issue(claims, key, self.configuration)
            return {"outcome": "token", "token": token}

        return self.guarded(call, now, pem or key, b"", ("refuse", (*self.adapter.FAMILY, *ENCODER_REFUSALS)))

    def guarded(
        self,
        call: Callable[[], dict[str, Any]],
        now: int,
        key: bytes,
        token: bytes,
        refusal: tuple[str, tuple[type[BaseException], ...]],
    ) -> dict[str, Any]:
        """Make an answer of whatever the call does; secrets are looked for only where there is an error.

        refusal: the outcome of a refusal, and its exceptions.
        """
        try:
            with self.frozen(now):
                return call()
        except self.unsupported as error:
            return {"outcome": "unsupported", "reason": printable(str(error), secrets(key, token))}
        except refusal[1] as error:
            return {"outcome": refusal[0], "error": describe(error, secrets(key, token))}
        except BaseException as error:  # noqa: BLE001 - whatever else it raises is the finding, panics too
            return {"outcome": "crash", "error": describe(error, secrets(key, token))}


def load(path: str) -> ModuleType:
    """Import an adapter by its path, so that its name cannot shadow the library's."""
    spec = importlib.util.spec_from_file_location("slurm_jwt_adapter", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def clock_of(adapter: ModuleType) -> Callable[[int], AbstractContextManager[object]]:
    """Return what freezes the clock, where the adapter asks for it."""
    if adapter.CLOCK != "patched":
        return lambda _now: nullcontext()
    import time_machine

    return lambda now: time_machine.travel(now, tick=False)


def version_of(distribution: str) -> str:
    """Ask the installed distribution for its version."""
    from importlib.metadata import version

    return version(distribution)


def bytes_of(question: dict[str, Any], name: str) -> bytes:
    """Read the token or the JWKS: text where it is text, base64 where it is not."""
    if name in question:
        return str(question[name]).encode()
    return base64.b64decode(question[f"{name}_base64"])


def takes_jwks(question: dict[str, Any], token: bytes) -> bool:
    """Return whether the JWKS is the key of this token.

    Each key has one algorithm (RFC 8725 3.1). Only of two keys the token selects one, as a site with two
    issuers does.
    """
    return has_jwks(question) and ("key_base64" not in question or not says_hs256(token))


def has_jwks(question: dict[str, Any]) -> bool:
    """Return whether a question has a JWKS."""
    return "jwks" in question or "jwks_base64" in question


def says_hs256(token: bytes) -> bool:
    """Return whether the header of a token has the alg HS256."""
    header = token.partition(b".")[0]
    try:
        return bool(
            json.loads(base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4)))["alg"] == "HS256"
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


READERS: dict[str, Callable[[str], object]] = {
    "$float": float,
    "$int": int,
    "$decimal": Decimal,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$bytes": base64.b64decode,
    "$utf16": lambda text: bytes.fromhex(text).decode("utf-16-be", "surrogatepass"),
}


def untagged(value: object) -> Any:  # noqa: ANN401 - what JSON holds, and what the tags stand for
    """Read claims: tagged objects are values that JSON has no way to write (see the protocol's schema)."""
    if isinstance(value, list):
        return [untagged(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name == "$pairs":
            return {member: untagged(held) for member, held in inner}
        if name in READERS:
            return READERS[name](inner)
    return {name: untagged(inner) for name, inner in value.items()}


def shown(claims: object) -> dict[str, Any]:
    """Keep of the claims what the judge looks at."""
    user = claims.get("sun") if isinstance(claims, dict) else None
    return {"sun": user} if isinstance(user, str) else {}


def describe(error: BaseException, hidden: str) -> str:
    """Name an exception's class and message, printable and without secrets."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - an error may raise while its text is read
        message = "(no message)"
    kind = type(error)
    name = kind.__name__ if kind.__name__ != "Error" else f"{kind.__module__}.Error"  # binascii.Error
    return printable(f"{name}: {message}", hidden)


def printable(text: str, hidden: str) -> str:
    """Cut a text, strip secrets from it and escape what a terminal would act on."""
    text = scrub(text[: 4 * ERROR_LENGTH], hidden)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= ERROR_LENGTH else text[: ERROR_LENGTH - 3] + "..."


def secrets(key: bytes, token: bytes) -> str:
    """Gather in one text every spelling of the key, its SHA-256, the token and its right signature.

    The SHA-256 counts as a secret because HMAC (RFC 2104) replaces a key over 64 bytes by it.
    """
    mac = hmac.new(key, token.rpartition(b".")[0], "sha256").digest()
    spellings = [token.decode("latin-1"), repr(token), repr(key), key.decode("utf-8", "replace")]
    for secret in (key, hashlib.sha256(key).digest(), mac):
        spellings += [secret.decode("latin-1"), secret.hex(), secret.hex().upper()]
        spellings += [base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode()]
    return "\0".join(spellings)


def scrub(text: str, hidden: str, block: int = 6) -> str:
    """Replace every run of 12 or more characters that the secrets hold too.

    A common run of 12 covers at least one whole block of 6 that starts at a multiple of 6, so only
    those are looked up; each hit is then widened as far as it goes.
    """
    start = 0
    while start + block <= len(text):
        if text[start : start + block] not in hidden:
            start += block
            continue
        left, right = _widen(text, hidden, start, start + block)
        if right - left < 2 * block:
            start += block
            continue
        text = text[:left] + "[secret]" + text[right:]
        start = left + len("[secret]")
    return text


def _widen(text: str, hidden: str, left: int, right: int) -> tuple[int, int]:
    while right < len(text) and text[left : right + 1] in hidden:
        right += 1
    while left > 0 and text[left - 1 : right] in hidden:
        left -= 1
    return left, right


if __name__ == "__main__":
    main()
