"""The builder of test tokens: every piece of a token can be replaced, broken or left out.

Most tokens here are malformed on purpose, so no JWT library makes them: the
encoder is a few lines of hmac and base64. A case starts from `token()`, the
token that `scontrol token` would give to alice, changes one thing and ends with
its documented verdict: `.valid()`, `.either(why, *rules)` or `.invalid(*rules)`.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from slurm_jwt_vectors.keys import KEYS

Edit = Callable[[bytes], bytes]
Verdict = Literal["valid", "invalid", "either"]

NOW = 1893456000
"""2030-01-01T00:00:00Z: the moment at which every case is judged."""
PAST = 1577836800
"""2020-01-01T00:00:00Z: before any moment at which a case of any time may be judged."""
FUTURE = 4102444800
"""2100-01-01T00:00:00Z: after any moment at which a case of any time may be judged."""
BASE = "claims.scontrol"
"""Id of the case whose token is `token()` unchanged."""
_UNSAID = "\0unsaid"


class Raw(str):
    """JSON text that goes into a token exactly as it is spelled: `Raw("1e9")`, `Raw("NaN")`."""

    __slots__ = ()


@dataclass(frozen=True)
class Judged:
    """A finished token with its documented verdict; id and purpose come from its function."""

    token: bytes
    key: str
    any_time: bool
    verdict: Verdict
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    why: str | None
    user: str | None
    twin: str | None
    jwks: str | None = None
    verdict_2020: Verdict | None = None
    rules_2020: tuple[str, ...] = ()


def encode(data: bytes) -> bytes:
    """Base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def json_text(members: Mapping[str, object]) -> bytes:
    """Compact JSON in the given order, UTF-8 unescaped as Slurm's libjwt writes it; `Raw` verbatim."""
    pairs = (f"{_json(name)}:{_json(value)}" for name, value in members.items())
    return ("{" + ",".join(pairs) + "}").encode()


def _json(value: object) -> str:
    if isinstance(value, Raw):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _same(data: bytes) -> bytes:
    return data


@dataclass(frozen=True)
class Token:
    """A token in the making; each method returns a changed copy.

    Header and payload are edited before signing, so their change is signed;
    the signature's edits and `edit_token` come after. signature: what makes the signature of the signing
    input, in place of HMAC. jwks: the JWKS that the verifier holds beside the key. base: the usual twin.
    """

    header_text: bytes
    payload_text: bytes
    key: str
    user: str | None
    signer: bytes | None = None
    digest: str = "sha256"
    any_time: bool = True
    signature: Edit | None = None
    jwks: str | None = None
    base: str = BASE
    header_edit: Edit = _same
    payload_edit: Edit = _same
    mac_edit: Edit = _same
    signature_edit: Edit = _same
    token_edit: Edit = _same

    def signed_by(self, key: bytes) -> Token:
        """Signed with other bytes than those of the verifier's key."""
        return replace(self, signer=key)

    def signed_as(self, signature: Edit) -> Token:
        """Signed by this function of the signing input."""
        return replace(self, signature=signature)

    def signed_with(self, digest: str) -> Token:
        """The MAC made with another hash than SHA-256."""
        return replace(self, digest=digest)

    def edit_header(self, edit: Edit) -> Token:
        """Change the encoded text of the header, before signing."""
        return replace(self, header_edit=edit)

    def edit_payload(self, edit: Edit) -> Token:
        """Change the encoded text of the payload, before signing."""
        return replace(self, payload_edit=edit)

    def edit_mac(self, edit: Edit) -> Token:
        """Change the bytes of the MAC before they are encoded."""
        return replace(self, mac_edit=edit)

    def edit_signature(self, edit: Edit) -> Token:
        """Change the encoded text of the signature."""
        return replace(self, signature_edit=edit)

    def edit_token(self, edit: Edit) -> Token:
        """Change the finished token."""
        return replace(self, token_edit=edit)

    def acting_as(self, user: str | None) -> Token:
        """Name the user that a verifier which accepts must act for; None where JSON cannot hold it."""
        return replace(self, user=user)

    def on_edge(self) -> Token:
        """The verdict holds at `NOW` only: to judge it, a clock must be set."""
        return replace(self, any_time=False)

    def encoded(self) -> bytes:
        """The finished token."""
        signing_input = b".".join(
            (
                _changed(self.header_edit, encode(self.header_text)),
                _changed(self.payload_edit, encode(self.payload_text)),
            )
        )
        key = KEYS[self.key].bytes if self.signer is None else self.signer
        sign = self.signature or (lambda data: hmac.new(key, data, self.digest).digest())
        mac = _changed(self.mac_edit, sign(signing_input))
        signature = _changed(self.signature_edit, encode(mac))
        return _changed(self.token_edit, signing_input + b"." + signature)

    def valid(self, *, sources: tuple[str, ...], why: str | None = None) -> Judged:
        """The documents demand that this token be accepted."""
        return self._judged("valid", (), sources, why, None)

    def invalid(
        self, *rules: str, sources: tuple[str, ...], why: str | None = None, twin: str | None = None
    ) -> Judged:
        """The documents demand that this token be refused, for breaking `rules`."""
        if not rules or (len(rules) > 1 and not why):
            raise ValueError("an invalid case names its rules, and says why when it breaks more than one")
        return self._judged("invalid", rules, sources, why, twin or self.base)

    def either(self, why: str, *rules: str, sources: tuple[str, ...], twin: str | None = None) -> Judged:
        """The documents leave the choice; `why` names the texts that leave it open."""
        if not rules or not why:
            raise ValueError("an either case names its rules and says why")
        return self._judged("either", rules, sources, why, twin or self.base)

    def _judged(
        self,
        verdict: Verdict,
        rules: tuple[str, ...],
        sources: tuple[str, ...],
        why: str | None,
        twin: str | None,
    ) -> Judged:
        user = None if verdict == "invalid" else self.user
        if user == _UNSAID:
            raise ValueError("whom does the token name? say so with acting_as()")
        if not sources:
            raise ValueError("a case names its sources")
        named = tuple(dict.fromkeys(sources))
        judged = Judged(self.encoded(), self.key, self.any_time, verdict, rules, named, why, user, twin)
        if self.jwks is None:
            return judged
        alg = _member(self.header_text, "alg")
        old = rules if alg == "HS256" else _of_2020(rules, alg)
        old_verdict: Verdict = verdict if alg == "HS256" else "invalid"
        return replace(judged, jwks=self.jwks, verdict_2020=old_verdict, rules_2020=old)


def _member(text: bytes, name: str) -> object:
    try:
        members = json.loads(text)
    except ValueError:
        return None
    return members.get(name) if isinstance(members, dict) else None


_BEFORE_ALG = ("form.", "header.json", "header.utf8", "header.duplicate", "header.object", "header.size")


def _of_2020(rules: tuple[str, ...], alg: object) -> tuple[str, ...]:
    """Return the broken rules of the page of 2020 for a token whose alg is not HS256.

    It has no JWKS and no rule about kid, and refuses the alg; so it does not ask for the signature.
    """
    both = [rule for rule in rules if not rule.startswith(("jwks.", "kid.", "alg.allowed", "signature."))]
    before = [rule for rule in both if rule.startswith(_BEFORE_ALG)]
    refusal = [] if alg is None else ["alg.hs256"]
    return (*before, *refusal, *(rule for rule in both if rule not in before))


def _changed(edit: Edit, data: bytes) -> bytes:
    """Apply an edit, which must change something: an edit without effect is a mistake in the case."""
    result = edit(data)
    if edit is not _same and result == data:
        raise ValueError("an edit of the case changes nothing")
    return result


HEADER: dict[str, object] = {"alg": "HS256", "typ": "JWT"}
CLAIMS: dict[str, object] = {"exp": FUTURE, "iat": PAST, "sun": "alice"}


def header(changes: Mapping[str, object] | None = None, /, **more: object) -> dict[str, object]:
    """The usual JOSE header with members changed or added."""
    return {**HEADER, **(changes or {}), **more}


def claims(changes: Mapping[str, object] | None = None, /, **more: object) -> dict[str, object]:
    """The usual claims with members changed or added."""
    return {**CLAIMS, **(changes or {}), **more}


def without(members: Mapping[str, object], *names: str) -> dict[str, object]:
    """The members less those named, which must have been there."""
    missing = set(names) - set(members)
    if missing:
        raise ValueError(f"not among the members: {sorted(missing)}")
    return {name: value for name, value in members.items() if name not in names}


def token(
    *,
    header: Mapping[str, object] | bytes = HEADER,
    claims: Mapping[str, object] | bytes = CLAIMS,
    key: str = "random32",
) -> Token:
    """Start from the token of `scontrol token`; header and claims are members, or the bytes of a part."""
    return Token(
        header_text=header if isinstance(header, bytes) else json_text(header),
        payload_text=claims if isinstance(claims, bytes) else json_text(claims),
        key=key,
        user=_named(claims),
    )


def _named(claims: Mapping[str, object] | bytes) -> str | None:
    sun = None if isinstance(claims, bytes) else claims.get("sun")
    return sun if isinstance(sun, str) and not isinstance(sun, Raw) else _UNSAID
