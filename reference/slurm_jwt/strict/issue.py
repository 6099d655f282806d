"""The Issuer: tokens as `scontrol token` makes them."""

from __future__ import annotations

import json
import time
from binascii import b2a_base64
from math import floor

from slurm_jwt.strict.claims import examine_user, is_portable_name
from slurm_jwt.strict.errors import Refused
from slurm_jwt.strict.examination import moment
from slurm_jwt.strict.findings import finding
from slurm_jwt.strict.json_text import MAX_EXACT
from slurm_jwt.strict.jwks import read_jwks
from slurm_jwt.strict.jws import MAX_TOKEN_BYTES, USUAL_START, encode
from slurm_jwt.strict.keys import fingerprint
from slurm_jwt.strict.signing import usable_signer


class Issuer:
    """Issues tokens under one key, for as long as it lives and from any thread.

    key: the signing key of HS256. rsa: instead of it, a private RSA key for RS256, as a PEM file or a JWK;
    Slurm itself issues no RS256 tokens. kid: the key's name in the header of RS256; the default is the kid of
    the JWK, otherwise the thumbprint of RFC 7638.

    A TypeError says that both or neither of key and rsa are given, or that one is not bytes; a ValueError,
    that rsa is not a private RSA key. Refused: the key is empty or shorter than the 32 bytes of RFC 7518 3.2,
    or the RSA key breaks a rule of the JWKS. The object holds no copy of an HS256 key. jwks is the public
    JWKS of the RSA key, None without one. fingerprint is that of the key, or of jwks.
    """

    __slots__ = ("_most", "_sign", "_start", "fingerprint", "jwks", "kid")

    def __init__(self, key: bytes | None = None, *, rsa: bytes | None = None, kid: str | None = None) -> None:
        __tracebackhide__ = True
        self._start, self.kid = USUAL_START, kid
        self.jwks: bytes | None = None
        self._most = MAX_TOKEN_BYTES - len(".") - 43  # a signature of HS256 has 43 characters
        try:
            if key is not None and rsa is None and kid is None:
                self._sign = usable_signer(key)
                self.fingerprint = fingerprint(key)
            elif rsa is not None and key is None and isinstance(kid, str | None):
                self._use_rsa(rsa)
            else:
                raise TypeError("an Issuer needs one key: give key, or rsa and kid, a str")
        finally:
            del key, rsa

    def _use_rsa(self, rsa: bytes) -> None:
        __tracebackhide__ = True
        try:
            from slurm_jwt.strict.rs256 import signing_key, thumbprint, write_jwks  # imports cryptography

            private = signing_key(rsa)
            self.kid = self.kid if self.kid is not None else private.kid or thumbprint(private.public)
            jwks = write_jwks({self.kid: rsa})
        finally:
            del rsa
        found = read_jwks(jwks).findings
        if found:
            del private
            raise Refused(found[0])
        self._sign = private.sign
        self._start = encode(f'{{"alg":"RS256","kid":{json.dumps(self.kid)},"typ":"JWT"}}'.encode()) + b"."
        self._most = MAX_TOKEN_BYTES - len(".") - len(private.sign(b""))
        self.fingerprint, self.jwks = fingerprint(jwks), jwks

    def __repr__(self) -> str:
        return f"Issuer(key fingerprint {self.fingerprint})"

    def issue(self, user: str, lifespan: int = 1800, now: float | None = None) -> str:
        """Make a token for a user; under an HS256 key byte for byte as `scontrol token` of the same second.

        lifespan: whole seconds from iat to exp. now: seconds since 1970, rounded
        down; the clock is read if it is not given. Of a subclass of str or int, such
        as a member of an Enum, the value counts. Refused reports a token that would
        be useless: rule exp.unexpired for a lifespan under one second, sun.empty or
        sun.posix for a name that is not a portable user name, claims.numbers for a
        time beyond 2^53 - 1, and form.size for a name that makes the token longer
        than 128 KiB. A TypeError or ValueError reports a wrong argument.
        """
        if type(user) is not str or type(lifespan) is not int:
            user, lifespan = _exact(user, lifespan)
        iat = int(time.time()) if now is None else _whole_second(now)
        exp = iat + lifespan
        portable = (user.isascii() and user.isalnum()) or is_portable_name(user)  # most names the quick way
        if not portable or not iat < exp <= MAX_EXACT:
            raise _refusal(user, lifespan)
        payload = f'{{"exp":{exp},"iat":{iat},"sun":"{user}"}}'.encode()
        # Base64 is base64url here: of ASCII, only > ? ~ and DEL can make a + or a /.
        signing_input = self._start + b2a_base64(payload).rstrip(b"=\n")
        if len(signing_input) > self._most:
            raise Refused(finding("form.size", f"a user name of {len(user)} characters"))
        return (signing_input + b"." + self._sign(signing_input)).decode()


def _exact(user: object, lifespan: object) -> tuple[str, int]:
    """Return the str and the int of subclasses, which may write themselves in any other way."""
    if not isinstance(user, str):
        raise TypeError(f"a user name is str, not {type(user).__name__}")
    if isinstance(lifespan, bool) or not isinstance(lifespan, int):
        raise TypeError(f"a lifespan is int, in seconds, not {type(lifespan).__name__}")
    return str.__str__(user), int.__index__(lifespan)


def _whole_second(now: float) -> int:
    """Return a moment rounded down; Refused: no verifier reads it exactly."""
    second = floor(moment(now))
    if second < -MAX_EXACT:
        raise Refused(finding("claims.numbers", "iat would be below -(2^53 - 1)", "iat"))
    return second


def _refusal(user: str, lifespan: int) -> Refused:
    """Return the rule that the issuing request breaks, the name's first."""
    flaws = examine_user(user)
    if flaws:
        return Refused(flaws[0])
    if lifespan < 1:
        return Refused(finding("exp.unexpired", "a lifespan under one second", "exp"))
    return Refused(finding("claims.numbers", "exp would be beyond 2^53 - 1", "exp"))
