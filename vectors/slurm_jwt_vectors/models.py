"""The compiled data as frozen structs: keys, cases, and what real daemons said about them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from slurm_jwt_vectors.tagged import untagged

if TYPE_CHECKING:
    import builtins

Verdict = Literal["valid", "invalid", "either"]
Edition = Literal["2020", "later"]
Expected = Literal["token", "refuse", "either"]
ObservedVerdict = Literal["accepted", "refused", "daemon-does-not-start", "cannot-be-carried"]


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published test key: the bytes of a key file as slurmctld reads them."""

    id: str
    shape: str
    purpose: str
    source: str
    base64: str

    @property
    def bytes(self) -> builtins.bytes:
        """The key itself."""
        return base64.b64decode(self.base64, validate=True)


class Jwks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A published JWKS file: public keys for RS256. `rules` are those that the document itself breaks."""

    id: str
    purpose: str
    source: str
    rules: tuple[str, ...]
    text: str | None = None
    text_base64: str | None = None

    @property
    def bytes(self) -> builtins.bytes:
        """The file as slurmctld reads it; not always text."""
        if self.text is not None:
            return self.text.encode()
        return base64.b64decode(self.text_base64 or "", validate=True)


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One token, the key that the verifier holds, the moment, and what the documents say about it.

    `rules` are those that the token breaks. `user` is whom a verifier that accepts
    must act for; None for an invalid token, and where no JSON text can hold the name.
    `twin` is the valid case that differs from this one in its rule alone.

    jwks: id of the JWKS that the verifier also holds. With a JWKS, verdict and rules are those of Slurm's
    later page, which has RS256; `verdict_2020` and `rules_2020` are those of its page of 2020, HS256 only.
    Without a JWKS both pages give the same verdict.
    """

    id: str
    topic: str
    purpose: str
    sources: tuple[str, ...]
    key: str
    now: int
    any_time: bool
    verdict: Verdict
    rules: tuple[str, ...]
    why: str | None
    user: str | None
    twin: str | None
    token: str | None = None
    token_base64: str | None = None
    jwks: str | None = None
    verdict_2020: Verdict | None = None
    rules_2020: tuple[str, ...] = ()

    def documented(self, edition: Edition) -> tuple[Verdict, tuple[str, ...]]:
        """Return the verdict and the broken rules according to one edition of Slurm's page."""
        if edition == "2020" and self.verdict_2020 is not None:
            return self.verdict_2020, self.rules_2020
        return self.verdict, self.rules

    @property
    def token_bytes(self) -> bytes:
        """The token as it goes over the wire; not always text."""
        if self.token is not None:
            return self.token.encode()
        return base64.b64decode(self.token_base64 or "", validate=True)


class IssuingCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an issuer is asked for, and what must come back.

    `claims` are JSON with tagged values (see `slurm_jwt_vectors.tagged`); `asked` gives them as Python
    values. `expected` is `token`: a valid token must come back; `refuse`: a token made as asked is invalid,
    so the issuer refuses, or mends it so that it is valid; `either`: the issuer refuses, or gives a token
    that breaks at most `rules`. `rules` are those that a token made just as asked breaks. A token that is
    due, or that comes back from an `either`, holds the claims of `holds`.
    """

    id: str
    purpose: str
    sources: tuple[str, ...]
    key: str
    now: int
    claims: dict[str, Any]
    expected: Expected
    rules: tuple[str, ...]
    why: str | None
    holds: dict[str, Any]

    @property
    def asked(self) -> dict[str, object]:
        """The claims as Python values, in their order."""
        return _members(self.claims)

    @property
    def held(self) -> dict[str, object]:
        """The claims that the token must hold, as Python values."""
        return _members(self.holds)


def _members(claims: dict[str, Any]) -> dict[str, object]:
    members = untagged(claims)
    if not isinstance(members, dict):
        raise TypeError("claims are an object")
    return members


class IssuingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data file of issuing cases."""

    format: Literal[1]
    about: str
    cases: tuple[IssuingCase, ...]


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One data file of cases."""

    format: Literal[1]
    topic: str
    about: str
    cases: tuple[Case, ...]


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data file of keys."""

    format: Literal[1]
    keys: tuple[Key, ...]


class JwksFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data file of JWKS documents, with the private keys that sign the tokens of the cases."""

    format: Literal[1]
    about: str
    private_keys: tuple[Key, ...]
    jwks: tuple[Jwks, ...]


class Suite(msgspec.Struct, frozen=True):
    """All cases, keys and JWKS documents by id."""

    cases: dict[str, Case]
    keys: dict[str, Key]
    jwks: dict[str, Jwks] = msgspec.field(default_factory=dict)

    def jwks_of(self, case: Case) -> bytes | None:
        """Return the JWKS file of a case, None if its verifier holds only the key."""
        return None if case.jwks is None else self.jwks[case.jwks].bytes


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one real daemon said to one token, by which route and clock.

    `uid` is the user that the daemon took the sender for, `log` its log line of a
    refusal, `client` what the client program printed. `jwks` is the id of the JWKS that it held, if any.
    """

    token_sha256: str
    key: str
    route: str
    clock: str
    verdict: ObservedVerdict
    uid: int | None
    user: str | None
    log: str | None
    client: str | None
    jwks: str | None = None


class Observed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything recorded from one release of Slurm."""

    release: str
    slurm: str
    libjwt: str
    packages: dict[str, str]
    recorded: str
    cases: dict[str, Observation]
