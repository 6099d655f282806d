"""At which branch of the model a token ends.

The model says in a sentence why it refuses; what it does not say (which fault of a JSON text, which half of
a condition) is found by asking the model's own decoders again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import (
    Settings,
    base64s,
    jansson,
    jansson_exact,
    jsonc,
    libjwt,
    parse_passwd,
    predict,
    releases,
)
from slurm_jwt.slurmctld.users import NOBODY
from slurm_jwt_conformance.lab.sandbox import accounts
from tools.branches.catalogue import BRANCHES
from tools.branches.sites import sites

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from slurm_jwt.slurmctld import Release

USERS = parse_passwd(accounts.passwd())
"""The accounts of the recorded daemons."""

SETTINGS = Settings(slurm_user=accounts.SLURM_USER)

_NUMBER = re.compile(r"[ \t\n\v\f\r]*[+-]?0*(?P<digits>[0-9]*)(?<=[0-9])")


class End(NamedTuple):
    """What becomes of a token: the id of its branch, None if it is accepted for its user.

    accepted is None where the model cannot tell. why: the model's own sentence.
    """

    accepted: bool | None
    branch: str | None
    why: str


def end(token: bytes, key: bytes, release: str, now: int) -> End:
    """Tell how a token ends in a release; LookupError if it is refused at no branch of the catalogue."""
    told = predict(token, key, release, now, USERS, SETTINGS)
    text, pair = token.partition(b"\0")[0], releases.parse(release)
    if told.accepted:
        branch = _lookup(text, pair) if told.uid == NOBODY else None
    elif told.accepted is None:
        branch = None
    else:
        branch = _SENTENCES[told.why](text, pair) if told.why in _SENTENCES else _by_site(told.why)
    return End(told.accepted, branch, told.why)


def _by_site(why: str) -> str:
    """Find a branch by the sentence of its place; what is filled in there comes second."""
    if why.startswith("alg ") and why.endswith("does not work with this key"):
        return "alg.no-hmac"
    found = [branch.id for branch in BRANCHES if any(site.endswith(": " + why) for site in branch.sites)]
    if len(found) != 1:
        raise LookupError(f"{len(found)} branches for {why!r}")
    return found[0]


def _look(token: bytes, _release: Release) -> str:
    head, dot, _ = token.partition(b".")
    if not dot:
        return "look.dot"
    if not head:
        return "look.empty"
    return "look.length" if len(head) % 4 == 1 else "look.alphabet"


def _dots(token: bytes, _release: Release) -> str:
    return "form.one-dot" if b"." in token else "form.no-dot"


def _json_c(token: bytes, _release: Release) -> str:
    """Name the place where json-c halts; what it says of the outcome alone names two places at times."""
    raw = base64s.slurm(token.partition(b".")[0]) or b""
    outcome = jsonc.parse(raw)[1]
    if outcome in {jsonc.SUCCESS, jsonc.END}:
        return "json-c.null" if outcome == jsonc.SUCCESS else "json-c.nul"
    machine = jsonc._Tokener(raw)  # noqa: SLF001 - only the machine knows where it halts
    try:
        machine._loop()  # noqa: SLF001 - as above
    except jsonc.Stop as stop:
        key = _site(stop.__traceback__)
    if key == "jsonc._number: number expected (2)":
        return "json-c.minus" if machine.text == b"-" else "json-c.digits"
    return _branch_of(key, "json-c.")


def _no_alg(token: bytes, _release: Release) -> str:
    """Tell apart what the daemon's log shows as alg=(null), and any other name."""
    value, _ = jsonc.parse(base64s.slurm(token.partition(b".")[0]) or b"")
    if not isinstance(value, dict):
        return "alg.no-object"
    return "alg.other" if isinstance(value.get(b"alg"), bytes) else "alg.no-string"


def _not_hs256(token: bytes, release: Release) -> str:
    return _no_alg(token, release) if release.plugin.first_look == "json-c" else "alg.other"


def _unknown_alg(token: bytes, release: Release) -> str:
    header = jansson.loads(release.libjwt.decode(token.partition(b".")[0]))
    if not isinstance(header, dict):
        return "libjwt-alg.array"
    alg = libjwt.string(header, "alg")
    if alg is None:
        return "libjwt-alg.no-string"
    if not alg.isascii():
        return "libjwt-alg.not-ascii"
    known = {name.upper() for name in release.libjwt.algorithms}
    return "libjwt-alg.case" if alg.upper() in known else "libjwt-alg.unknown"


def _jansson(part: int, prefix: str) -> Callable[[bytes, Release], str]:
    def find(token: bytes, release: Release) -> str:
        return prefix + jansson_fault(release.libjwt.decode(token.split(b".")[part]))

    return find


def jansson_fault(raw: bytes) -> str:
    """Name the branch of jansson that refuses these bytes; LookupError if none does."""
    try:
        jansson_exact.parse(raw.partition(b"\0")[0].decode())
    except UnicodeDecodeError:
        return "utf8"
    except ValueError as error:
        return _branch_of(_site(error.__traceback__), "payload.").removeprefix("payload.")
    raise LookupError("jansson takes this text")


def _site(trace: TracebackType | None) -> str:
    """Return the key of the place that raised; of several in one statement, the one whose part is true."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        raise LookupError("no traceback")
    code, line, values = trace.tb_frame.f_code, trace.tb_lineno, trace.tb_frame.f_locals
    function = f"{trace.tb_frame.f_globals['__name__'].rpartition('.')[2]}.{code.co_name}"
    found = [site.key for site in sites() if site.function == function and site.first <= line <= site.last]
    if len(found) == 2:
        first = values.get("code") == 0 if "code" in values else values["kind"] != "string"
        return found[0] if first else found[1]
    if len(found) != 1:
        raise LookupError(f"{function}, line {line}: {len(found)} places")
    return found[0]


def _branch_of(site: str, prefix: str) -> str:
    found = [branch.id for branch in BRANCHES if branch.id.startswith(prefix) and site in branch.sites]
    if len(found) != 1:
        raise LookupError(f"{site}: {len(found)} branches of {prefix}")
    return found[0]


def _expiry(token: bytes, release: Release) -> str:
    claims = jansson.loads(release.libjwt.decode(token.split(b".")[1]))
    return "exp.missing" if isinstance(claims, dict) else "exp.array"


def _signature(_token: bytes, _release: Release) -> str:
    return "signature.differs"


def _lookup(token: bytes, release: Release) -> str:
    """Tell why the user of an accepted token is taken for nobody."""
    decoded, rule = libjwt.decode(token, release.libjwt), release.plugin.users
    claims = {} if isinstance(decoded, str) else decoded.claims
    names = (libjwt.string(claims, claim) for claim in ("sun", "username"))
    name = next(each for each in names if each is not None)
    if name == "nobody" and not rule.nobody_resolves:
        return "uid.nobody"
    number = _NUMBER.fullmatch(name)
    if number is None:
        return "uid.no-number"
    if len(number["digits"]) > 19:
        return "uid.digits"
    if int(name) < 0:
        return "uid.negative"
    return "uid.too-big" if int(name) > rule.highest else "uid.unknown"


_SENTENCES: dict[str, Callable[[bytes, Release], str]] = {
    "the header is no base64 that Slurm reads": _look,
    "the header is no JSON that json-c reads": _json_c,
    "alg is not HS256": _not_hs256,
    "a token has two dots": _dots,
    "alg is missing or unknown to libjwt": _unknown_alg,
    "the header is no JSON that jansson reads": _jansson(0, "header."),
    "the payload is no JSON that jansson reads": _jansson(1, "payload."),
    "the signature is not that of this key over this text": _signature,
    "exp is missing, which libjwt reads as a moment long ago": _expiry,
}
"""Sentences of the model that stand for more than one branch, or name it with a condition."""
