"""A JWKS, the file of public keys for RS256 (RFC 7517): read strictly, in bounded work."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from slurm_jwt.strict import jws
from slurm_jwt.strict.findings import Finding, finding, shown
from slurm_jwt.strict.json_text import has_duplicates, read_object, type_name
from slurm_jwt.strict.rules import place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_JWKS_BYTES = 1_048_576
MAX_KEYS = 1000

_TYPES = {"kty": str, "use": str, "alg": str, "kid": str, "key_ops": list, "x5c": list}
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_RULES = {"utf8": "json", **dict.fromkeys(("bom", "depth", "numbers", "unicode"), "portable")}
_MIN_BITS, _MAX_BITS = 2048, 16_384
_MOST_SHOWN = 3


class RsaKey(NamedTuple):
    """The numbers of a public RSA key."""

    n: int
    e: int


class Entry(NamedTuple):
    """One element of the array keys.

    kid: None if it is absent or not a string. key: the public key, None if it cannot verify RS256.
    purpose: what a key that is not for RS256 signatures is for, None for one that is. findings: the rules
    that this key breaks.
    """

    kid: str | None = None
    key: RsaKey | None = None
    purpose: str | None = None
    findings: tuple[Finding, ...] = ()


class Jwks(NamedTuple):
    """The content of a JWKS document, without any private member.

    keys: the public keys that break no rule, by kid. findings: all broken rules in catalogue order, each
    rule once. of_file: those of them that concern the document as a whole. entries: each element of keys.
    """

    keys: Mapping[str, RsaKey]
    findings: tuple[Finding, ...]
    of_file: tuple[Finding, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether the document has an array of keys that is not too long."""
        return not any(each.rule in {"jwks.size", "jwks.json", "jwks.object"} for each in self.of_file)


def read_jwks(data: bytes | str) -> Jwks:
    """Return the public keys of a JWKS document and every rule that it breaks.

    No document raises an error, and no finding holds a value of a key except kid, alg and use. A TypeError
    says that data is neither bytes nor str.
    """
    __tracebackhide__ = True
    try:
        raw = _as_bytes(data)
    finally:
        del data  # a report of an error may show the variables of its frames
    if len(raw) > MAX_JWKS_BYTES:
        return _summary([finding("jwks.size", f"{len(raw)} bytes")])
    document, flaws = read_object(raw)
    rules = {_RULES.get(flaw, flaw): text for flaw, text in flaws[::-1]}
    found = [finding(f"jwks.{rule}", text) for rule, text in rules.items()]
    if document is None:
        return _summary(found)
    elements = document.get("keys")
    flaw = _flaw_of_array(document, elements)
    if flaw or not isinstance(elements, list):
        return _summary([*found, finding("jwks.object", flaw or "", "keys")])
    if len(elements) > MAX_KEYS:
        return _summary([*found, finding("jwks.size", f"{len(elements)} keys", "keys")])
    entries = _with_equal_kids([_entry(element) for element in elements])
    return _summary(found, entries)


def _as_bytes(data: object) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return data.encode("utf-8", "surrogatepass")
    kind = type(data).__name__
    del data
    raise TypeError(f"a JWKS is bytes, str or Jwks, not {kind}")


def _flaw_of_array(document: Mapping[str, Any], elements: object) -> str | None:
    if "keys" not in document:
        single = "kty" in document
        return "a single key, not a set" if single else f"{len(document)} members, none of them keys"
    if not isinstance(elements, list):
        return f"keys: a JSON {type_name(elements)}"
    wrong = [element for element in elements if not isinstance(element, dict)]
    return f"in keys: a JSON {type_name(wrong[0])}" if wrong else None


def _summary(of_file: list[Finding], read: Iterable[Entry] | None = None) -> Jwks:
    """Join what was found in the document and in each key. read: None if the keys could not be read."""
    entries = tuple(read or ())
    if read is not None and not any(entry.key and not _has_error(entry) for entry in entries):
        of_file = [*of_file, finding("jwks.usable", f"none of {len(entries)} keys", "keys")]
    texts: dict[str, list[str]] = {}
    members: dict[str, str | None] = {}
    for number, entry in enumerate(entries, 1):
        for each in entry.findings:
            texts.setdefault(each.rule, []).append(f"key {number}: {each.found}")
            members.setdefault(each.rule, each.member)
    joined = {each.rule: each for each in of_file}
    for rule, found in texts.items():
        head = [joined[rule].found] if rule in joined else []
        joined[rule] = finding(rule, _enumerated(head + found), members[rule])
    whole = [entry for entry in entries if not entry.findings]
    keys = {entry.kid: entry.key for entry in whole if entry.kid is not None and entry.key}
    findings = tuple(sorted(joined.values(), key=lambda each: place(each.rule)))
    return Jwks(MappingProxyType(keys), findings, tuple(of_file), entries)


def _enumerated(texts: list[str]) -> str:
    """Show the first of many texts, in less than 200 characters."""
    parts = [text if len(text) <= 55 else f"{text[:52]}..." for text in texts[:_MOST_SHOWN]]
    more = len(texts) - len(parts)
    return "; ".join(parts) + (f"; {more} more" if more else "")


def _has_error(entry: Entry) -> bool:
    return any(each.severity == "error" for each in entry.findings)


def _with_equal_kids(entries: list[Entry]) -> Iterable[Entry]:
    """Add jwks.kid-unique to the keys for RS256 that share a kid."""
    counts = Counter(entry.kid for entry in entries if entry.purpose is None)
    for entry in entries:
        if entry.purpose is None and entry.kid is not None and counts[entry.kid] > 1:
            equal = finding("jwks.kid-unique", shown(entry.kid), "kid")
            yield entry._replace(findings=(*entry.findings, equal))
        else:
            yield entry


def _entry(jwk: Mapping[str, Any]) -> Entry:
    """Read one key. Its members are shown by name only, except kid, alg and use."""
    found = []
    if has_duplicates(jwk):
        found.append(finding("jwks.duplicate", "a name that comes more than once"))
    wrong = [name for name, kind in _TYPES.items() if not _is_of_type(jwk, name, kind)]
    if wrong:
        text = ", ".join(f"{name}: {type_name(jwk[name])}" if name in jwk else f"no {name}" for name in wrong)
        found.append(finding("jwks.types", text, wrong[0]))
    private = [name for name in _PRIVATE if name in jwk]
    if private:
        found.append(finding("jwks.private", ", ".join(private), private[0]))
    kid = jwk.get("kid") if isinstance(jwk.get("kid"), str) else None
    purpose = None if wrong else _other_purpose(jwk)
    if purpose:
        found.append(finding("jwks.other", purpose))
        return Entry(kid, None, purpose, tuple(found))
    if "kid" not in jwk:
        found.append(finding("jwks.kid", "no kid", "kid"))
    if "alg" not in jwk:
        found.append(finding("jwks.alg", "no alg", "alg"))
    key, flaws = (None, []) if wrong else _rsa_key(jwk)
    return Entry(kid, key, None, (*found, *flaws))


def _is_of_type(jwk: Mapping[str, Any], name: str, kind: type) -> bool:
    if name not in jwk:
        return name != "kty"
    value = jwk[name]
    elements = value if isinstance(value, list) else [value]
    return isinstance(value, kind) and all(isinstance(element, str) for element in elements)


def _other_purpose(jwk: Mapping[str, Any]) -> str | None:
    """Return what a key that is not for RS256 signatures is for (RFC 7517 4.1 to 4.4)."""
    if jwk["kty"] != "RSA":
        return f"kty {shown(jwk['kty'])}"
    if jwk.get("use", "sig") != "sig":
        return f"use {shown(jwk['use'])}"
    if jwk.get("alg", "RS256") != "RS256":
        return f"alg {shown(jwk['alg'])}"
    return None if "verify" in jwk.get("key_ops", ["verify"]) else "key_ops without verify"


def _rsa_key(jwk: Mapping[str, Any]) -> tuple[RsaKey | None, list[Finding]]:
    """Read n and e (RFC 7518 6.3.1); there is no key if a rule of severity error is broken."""
    numbers = {name: _octets(jwk.get(name)) for name in ("n", "e")}
    wrong = [name for name, octets in numbers.items() if octets is None]
    if wrong:
        certificate = ", only x5c" if "x5c" in jwk else ""
        text = ", ".join(f"{'bad' if name in jwk else 'no'} {name}" for name in wrong)
        return None, [finding("jwks.rsa", text + certificate, wrong[0])]
    n, e = (int.from_bytes(octets or b"") for octets in numbers.values())
    bits = n.bit_length()
    if n % 2 == 0 or bits < _MIN_BITS:
        return None, [finding("jwks.modulus", f"{bits} bits{', even' if n % 2 == 0 else ''}", "n")]
    if e % 2 == 0 or not 3 <= e < n:
        return None, [finding("jwks.exponent", str(e) if e < 100 else f"{e.bit_length()} bits", "e")]
    padded = [name for name, octets in numbers.items() if octets and octets[0] == 0]
    if bits > _MAX_BITS or e >= 2**64:
        return None, [finding("jwks.limits", f"n of {bits} bits, e of {e.bit_length()} bits")]
    if e < 2**16 or padded:
        text = ", ".join([f"{name} begins with a zero octet" for name in padded] or [f"e is {e}"])
        return RsaKey(n, e), [finding("jwks.limits", text)]
    return RsaKey(n, e), []


def _octets(value: object) -> bytes | None:
    """Return the octets of base64url text without padding; None for any other value and for no octets."""
    if not isinstance(value, str) or not value.isascii() or len(value) % 4 == 1:
        return None
    text = value.encode()
    octets = jws.decoded(text)
    return octets if octets and jws.encode(octets) == text else None
