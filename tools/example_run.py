"""An invented run of any size: what tests, benchmarks and authors of reports look at without a real one.

    python -m tools.example_run results.jsonl 450 14

Nothing in it was measured. The hand-written cases show every kind of outcome that a report must tell;
the rest is filler of realistic length. The same numbers always give the same bytes.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from msgspec.structs import replace

from slurm_jwt_reports.stream.events import (
    FORMAT,
    AnyEvent,
    CaseText,
    Cell,
    Deviation,
    Finding,
    Footer,
    Header,
    ImplementationText,
    KeyText,
    Outcome,
    RuleText,
    Verdict,
)
from slurm_jwt_reports.stream.order import events_of
from slurm_jwt_reports.stream.writer import Writer

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from slurm_jwt_reports.stream.index import Results

NOW = 1893456000
SECONDS = 7.25
PAGE = "Slurm page of 30 December 2020, Compatibility"


class _Case(NamedTuple):
    """The part of a hand-written case that differs from the others."""

    id: str
    purpose: str
    verdict: Verdict
    rules: tuple[str, ...] = ()
    key: str = "random32"
    claims: str = '{"exp":4102444800,"iat":1577836800,"sun":"alice"}'
    header: str = '{"alg":"HS256","typ":"JWT"}'
    why: str | None = None


class _Ids(TypedDict):
    """What every Outcome is about."""

    case: str
    implementation: str


class _CellIds(TypedDict):
    """What every Cell is about."""

    issuer: str
    verifier: str
    key: str


_RULES = (
    ("alg.hs256", "header", "error", "alg is the string HS256, spelled exactly so.", f"{PAGE} (2)"),
    ("typ.jwt", "header", "choice", "typ, where present, is JWT.", "RFC 7519 5.1"),
    (
        "crit.understood",
        "header",
        "error",
        "Every extension that crit lists is understood.",
        "RFC 7515 4.1.11",
    ),
    ("signature.match", "signature", "error", "The signature is made with the one key.", f"{PAGE} (3)"),
    ("claims.json", "claims", "error", "The claims are one complete JSON text.", "RFC 7519 7.2"),
    ("sun.required", "claims", "error", "The claim sun, the Slurm user name, is present.", f"{PAGE} (1)"),
    ("sun.posix", "claims", "choice", "sun is a portable POSIX user name.", f"{PAGE} (1)"),
    ("iat.required", "claims", "error", "The claim iat is present.", f"{PAGE} (1)"),
    ("exp.required", "claims", "error", "The claim exp is present.", f"{PAGE} (1)"),
    ("exp.integer", "claims", "choice", "exp is written as an integer.", f"{PAGE} (1): Unix timestamp"),
    ("exp.unexpired", "time", "error", "Now is before exp.", "RFC 7519 4.1.4"),
    ("nbf.reached", "time", "error", "Now is not before nbf, where present.", "RFC 7519 4.1.5"),
)

_CASES = (
    _Case("key.pem-pkcs1", "A token under the key that the Slurm page tells to make: the PEM text of "
          "openssl genrsa is the HMAC key, byte for byte.", "valid", key="pem-pkcs1"),
    _Case("key.pem-pkcs8", "The same, as OpenSSL 3 writes the PEM.", "valid", key="pem-pkcs8"),
    _Case("alg.lower-case", "alg is written hs256.", "invalid", ("alg.hs256",),
          header='{"alg":"hs256","typ":"JWT"}'),
    _Case("typ.access-token", "typ is at+jwt, as OAuth access tokens have it.", "either", ("typ.jwt",),
          header='{"alg":"HS256","typ":"at+jwt"}', why="RFC 7519 5.1 leaves typ to the application."),
    _Case("crit.unknown", "crit lists an extension that nobody has.", "invalid", ("crit.understood",),
          header='{"alg":"HS256","crit":["x"],"typ":"JWT","x":1}'),
    _Case("signature.truncated", "The last byte of the signature is gone.", "invalid", ("signature.match",)),
    _Case("claims.truncated", "The claims end in the middle.", "invalid", ("claims.json",),
          claims='{"exp":4102444800,"iat":15778'),
    _Case("sun.missing", "There is no sun.", "invalid", ("sun.required",),
          claims='{"exp":4102444800,"iat":1577836800}'),
    _Case("sun.zero", "sun is the text 0, a portable user name of nobody here.", "valid",
          claims='{"exp":4102444800,"iat":1577836800,"sun":"0"}'),
    _Case("sun.unknown-user", "sun names a user that the cluster does not have.", "valid",
          claims='{"exp":4102444800,"iat":1577836800,"sun":"nosuchuser"}'),
    _Case("iat.missing", "There is no iat.", "invalid", ("iat.required",),
          claims='{"exp":4102444800,"sun":"alice"}'),
    _Case("exp.missing", "There is no exp.", "invalid", ("exp.required",),
          claims='{"iat":1577836800,"sun":"alice"}'),
    _Case("exp.float", "exp has a fraction, as time.time() + 1800 gives it.", "either", ("exp.integer",),
          claims='{"exp":4102444800.5,"iat":1577836800,"sun":"alice"}',
          why="The page says Unix timestamp; RFC 7519 2 allows fractions."),
    _Case("exp.now", "The token is judged in the very second that exp names.", "invalid", ("exp.unexpired",),
          claims='{"exp":1893456000,"iat":1577836800,"sun":"alice"}'),
    _Case("nbf.future", "nbf is an hour ahead.", "invalid", ("nbf.reached",),
          claims='{"exp":4102444800,"iat":1577836800,"nbf":1893459600,"sun":"alice"}'),
    _Case("claims.scontrol", "A token as scontrol makes it.", "valid"),
)  # fmt: skip

_LIBRARIES = (
    ("pyjwt", "PyJWT", "2.15.1"),
    ("authlib", "Authlib", "1.9.9"),
    ("jwcrypto", "jwcrypto", "1.6.1"),
    ("joserfc", "joserfc", "1.8.0"),
    ("python-jose", "python-jose", "3.5.0"),
    ("gehirn-jwt", "Gehirn jwt", "1.4.0"),
)

_PEM = Deviation(
    class_="safe refusal",
    reason="An RSA private key in PEM is refused as HMAC key, to stop key confusion.",
    link="https://datatracker.ietf.org/doc/html/rfc8725#section-2.1",
)
_EXP_NOW = Deviation(
    class_="RFC violation",
    reason="A token is still taken in the second that exp names; RFC 7519 4.1.4 says on or after.",
    link="https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4",
)
_PEM_ERROR = (
    "InvalidKeyError: The specified key is an asymmetric key or x509 certificate and should not be used "
    "as an HMAC secret."
)
_UNCLAIMED = ("sun.required", "sun.posix", "iat.required", "exp.required")
_PEM_REFUSERS = ("pyjwt", "authlib", "python-jose")
_LATE = ("jwcrypto", "authlib")


def events(cases: int = 450, implementations: int = 14) -> Iterator[AnyEvent]:
    """Give the events of an invented run, the footer excepted."""
    case_texts = list(_case_texts(cases))
    implementation_texts = list(_implementation_texts(implementations))
    yield _header(case_texts)
    for name, layer, severity, sentence, source in _RULES:
        yield RuleText(
            id=name, layer=layer, severity="error" if severity == "error" else "choice", sentence=sentence,
            sources=(source,), hint="Have the issuer keep it: most JWT libraries do so when told.",
        )  # fmt: skip
    yield from _keys()
    yield from case_texts
    yield from implementation_texts
    for case in case_texts:
        yield from (_outcome(case, implementation) for implementation in implementation_texts)
    yield from _cells(implementation_texts)
    yield from _findings(case_texts, implementation_texts)


def complete(cases: int = 450, implementations: int = 14) -> Iterator[AnyEvent]:
    """Give the events of an invented run to its end."""
    counts: Counter[str] = Counter()
    for event in events(cases, implementations):
        counts.update([event.status] if isinstance(event, Outcome) else [])
        yield event
    yield Footer(status="complete", counts=dict(counts), seconds=SECONDS)


def write(path: str | os.PathLike[str], cases: int = 450, implementations: int = 14) -> None:
    """Write an invented run to path."""
    with Writer(path) as out:
        for event in events(cases, implementations):
            out.write(event)
        out.finish("complete", seconds=SECONDS)


def _header(cases: list[CaseText]) -> Header:
    return Header(
        format=FORMAT,
        suite="0.1.0",
        command="slurm-jwt run",
        started="2026-11-23T09:00:00Z",
        python="CPython 3.11.7",
        vectors_sha256=_digest("vectors", len(cases)),
        machine={"system": "Debian GNU/Linux 12", "processor": "x86_64, 2 cores", "clock": "system, UTC"},
        versions={"test vectors": str(len(cases))},
    )


def _keys() -> Iterator[KeyText]:
    shapes = (("random32", "32 random bytes", 32), ("pem-pkcs1", "PEM, PKCS#1", 1675))
    for name, shape, length in (*shapes, ("pem-pkcs8", "PEM, PKCS#8", 1704), ("hex-line", "hex line", 65)):
        yield KeyText(id=name, shape=shape, bytes=length, fingerprint=_digest("key", name)[:16])


def _case_texts(count: int) -> Iterator[CaseText]:
    for case in _CASES[:count]:
        yield _case_text(case)
    for number in range(len(_CASES), count):
        name, _, severity, sentence, _ = _RULES[number % len(_RULES)]
        verdict: Verdict = "invalid" if severity == "error" else "either"
        if number % 4 == 0:
            yield _case_text(_Case(f"filler.valid-{number}", f"Filler {number}: all rules kept.", "valid"))
        else:
            yield _case_text(
                _Case(f"{name.split('.')[0]}.filler-{number}", f"Filler {number}: not kept is: {sentence}",
                      verdict, (name,), why="The texts differ." if verdict == "either" else None)
            )  # fmt: skip


def _case_text(case: _Case) -> CaseText:
    rules = {rule[0]: rule for rule in _RULES}
    return CaseText(
        id=case.id,
        topic=case.id.split(".", maxsplit=1)[0],
        purpose=case.purpose,
        sources=tuple(rules[name][4] for name in case.rules) or (f"{PAGE} (1)", "RFC 7519 7.2"),
        key=case.key,
        now=NOW,
        any_time=case.id not in ("exp.now", "nbf.future"),
        verdict=case.verdict,
        rules=case.rules,
        why=case.why,
        user="alice" if "alice" in case.claims else None,
        token_sha256=_digest("token", case.id),
        token_bytes=len(case.header + case.claims) * 4 // 3 + 45,
        header_text=case.header,
        claims_text=case.claims,
    )


def _implementation_texts(count: int) -> Iterator[ImplementationText]:
    texts = [
        _reference(),
        *_libraries(),
        *(_slurm(release) for release in ("22.05", "20.11", "24.11", "26.05")),
    ]
    yield from texts[:count]
    for number in range(len(texts), count):
        yield ImplementationText(
            id=f"cmd:./adapter-{number}", name=f"./adapter-{number}", kind="command", version="1.0",
            language="Go 1.24", roles=("verifier",), clock="system",
        )  # fmt: skip


def _reference() -> ImplementationText:
    return ImplementationText(
        id="reference", name="reference", kind="reference", library="slurm_jwt", version="0.1.0",
        language="Python 3.11.7", roles=("issuer", "verifier"), clock="argument",
    )  # fmt: skip


def _libraries() -> Iterator[ImplementationText]:
    for name, title, version in _LIBRARIES:
        source = f'"""{title}, as its documentation tells a careful user to call it."""\n\n' + 40 * (
            "# The lines of a real adapter stand here; this one is invented & <harmless>.\n"
        )
        for configuration in ("careful", "defaults"):
            yield ImplementationText(
                id=f"{name}:{configuration}", name=title, kind="library", configuration=configuration,
                library=title, version=version, language="Python 3.11.7", roles=("issuer", "verifier"),
                clock="patched", not_checked=_UNCLAIMED if configuration == "defaults" else (), source=source,
            )  # fmt: skip


def _slurm(release: str) -> ImplementationText:
    asked = release == "22.05"
    return ImplementationText(
        id=f"slurmctld:{release}", name="slurmctld", kind="slurm", configuration=release,
        version=f"{release}.8, libjwt 1.10.2" if asked else "", roles=("issuer", "verifier"),
        clock="faketime", basis="recorded", status="ran" if asked else "not run",
        reason=None if asked else f"no record of Slurm {release}, and no such daemon here",
    )  # fmt: skip


def _outcome(case: CaseText, implementation: ImplementationText) -> Outcome:
    ids: _Ids = {"case": case.id, "implementation": implementation.id}
    if implementation.status == "not run":
        return Outcome(**ids, outcome="not run", status="not run", reason=implementation.reason)
    if implementation.kind == "slurm":
        return _slurm_outcome(case, ids)
    if set(case.rules) & set(implementation.not_checked):
        return Outcome(
            **ids, outcome="accept", status="not claimed", reason="The adapter claims no such rule."
        )
    library = implementation.id.split(":", maxsplit=1)[0]
    if case.key.startswith("pem") and library in _PEM_REFUSERS:
        return Outcome(**ids, outcome="reject", status="known", error=_PEM_ERROR, deviation=_PEM)
    if case.id == "exp.now" and library in _LATE:
        return Outcome(**ids, outcome="accept", status="known", deviation=_EXP_NOW)
    return _special_outcome(case, implementation, ids) or _documented(case, ids)


def _special_outcome(case: CaseText, implementation: ImplementationText, ids: _Ids) -> Outcome | None:
    """Give one of each of the rarer kinds, so that every report has them all."""
    match case.id, implementation.id:
        case "crit.unknown", "python-jose:careful":
            return Outcome(**ids, outcome="accept", status="fail")
        case "claims.truncated", "gehirn-jwt:defaults":
            return Outcome(
                **ids, outcome="crash", status="fail", error="IndexError: string index out of range"
            )
        case "claims.truncated", "gehirn-jwt:careful":
            return Outcome(**ids, outcome="hang", status="fail", error="no answer within 5 s")
    if not case.any_time and implementation.clock == "system":
        return Outcome(**ids, outcome="unsupported", status="unsupported", reason="Its clock cannot be set.")
    return None


def _documented(case: CaseText, ids: _Ids) -> Outcome:
    if case.verdict == "valid":
        return Outcome(**ids, outcome="accept", status="pass", user=case.user, milliseconds=0.125)
    if case.verdict == "either":
        return Outcome(**ids, outcome="accept", status="either", milliseconds=0.125)
    error = f"InvalidTokenError: the token breaks {', '.join(case.rules)} and is not to be trusted"
    return Outcome(**ids, outcome="reject", status="pass", error=error, milliseconds=0.125)


_SLURM_ACCEPTS = {"alg.lower-case": 2001, "iat.missing": 2001, "exp.now": 2001, "nbf.future": 2001,
                  "crit.unknown": 2001}  # fmt: skip
_SLURM_REFUSES = {"typ.access-token": "initial jwt_decode failure: Invalid argument",
                  "exp.float": "token expired"}  # fmt: skip


def _slurm_outcome(case: CaseText, ids: _Ids) -> Outcome:
    uid = {"sun.zero": 0, "sun.unknown-user": 99}.get(case.id, 2001)
    if case.id in _SLURM_REFUSES or (case.verdict == "invalid" and case.id not in _SLURM_ACCEPTS):
        log = f"error: auth_p_verify: {_SLURM_REFUSES.get(case.id, 'jwt_decode failure: Invalid argument')}"
        return Outcome(**ids, outcome="reject", status="pass", log=log, basis="recorded")
    return Outcome(
        **ids, outcome="accept", status="pass", uid=uid, basis="recorded",
        log=f"Processing RPC: REQUEST_BUILD_INFO from UID={uid}",
    )  # fmt: skip


def _cells(implementations: Iterable[ImplementationText]) -> Iterator[Cell]:
    ran = [text for text in implementations if text.status == "ran"]
    for key in ("pem-pkcs1", "random32"):
        for issuer in (text.id for text in ran if "issuer" in text.roles):
            yield from (_cell(issuer, text.id, key) for text in ran)


def _cell(issuer: str, verifier: str, key: str) -> Cell:
    ids: _CellIds = {"issuer": issuer, "verifier": verifier, "key": key}
    if key != "random32" and issuer.startswith(_PEM_REFUSERS):
        return Cell(**ids, outcome="not issued", status="known", error=_PEM_ERROR, deviation=_PEM)
    if key != "random32" and verifier.startswith(_PEM_REFUSERS):
        return Cell(**ids, outcome="reject", status="known", error=_PEM_ERROR, deviation=_PEM)
    return Cell(**ids, outcome="accept", status="pass")


def _findings(cases: list[CaseText], implementations: list[ImplementationText]) -> Iterator[Finding]:
    known = {text.id for text in cases}, {text.id for text in implementations}
    found = (
        Finding(kind="impostor", case="sun.zero", implementation="slurmctld:22.05",
                text='sun "0" acts as root: a name that is no user is read as a uid.'),
        Finding(kind="impostor", case="sun.unknown-user", implementation="slurmctld:22.05",
                text="An unknown user is let in as uid 99."),
        Finding(kind="new", case="crit.unknown", implementation="python-jose:careful",
                text="A critical extension that nobody understands is accepted."),
        Finding(kind="new", case="claims.truncated", implementation="gehirn-jwt:defaults",
                text="An IndexError escapes for claims that are cut short."),
        Finding(kind="stale", case="typ.access-token", implementation="jwcrypto:careful",
                text="The ledger says that it refuses typ at+jwt; version 1.6.1 accepts it."),
    )  # fmt: skip
    yield from (one for one in found if one.case in known[0] and one.implementation in known[1])


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def without_times(results: Results) -> list[AnyEvent]:
    """Return the events of a run without what differs from one time to the next: moments and durations."""
    plain = results._replace(
        header=replace(results.header, started=""),
        outcomes={place: replace(one, milliseconds=None) for place, one in results.outcomes.items()},
        footer=results.footer and replace(results.footer, seconds=0.0),
    )
    return list(events_of(plain))


if __name__ == "__main__":
    write(sys.argv[1], *(int(number) for number in sys.argv[2:4]))
