"""The Issuer: tokens as `scontrol token` makes them."""

from __future__ import annotations

from math import floor

from slurm_jwt.claims import examine_user, is_portable_name
from slurm_jwt.errors import Refused
from slurm_jwt.examination import moment
from slurm_jwt.findings import finding
from slurm_jwt.json_text import MAX_EXACT
from slurm_jwt.jws import HEADER_AND_PERIOD, encode, keyed_mac
from slurm_jwt.keys import examine_key, fingerprint


class Issuer:
    """Issues tokens under one key, for as long as it lives and from any thread.

    A TypeError says that the key is not bytes, Refused that it is empty or shorter
    than the 32 bytes of RFC 7518 3.2. The object holds no copy of the key.
    """

    __slots__ = ("_mac", "fingerprint")

    def __init__(self, key: bytes) -> None:
        flaw = examine_key(key)
        if flaw:
            raise Refused(flaw)
        self._mac = keyed_mac(key)
        self.fingerprint = fingerprint(key)

    def __repr__(self) -> str:
        return f"Issuer(key fingerprint {self.fingerprint})"

    def issue(self, user: str, lifespan: int = 1800, now: float | None = None) -> str:
        """Make a token for a user, byte for byte as `scontrol token` of the same second.

        lifespan: whole seconds from iat to exp. now: seconds since 1970, rounded
        down; the clock is read if it is not given. Refused tells of a token that
        would be useless: rule exp.unexpired for a lifespan under one second,
        sun.empty or sun.posix for a name that is no portable user name, and
        claims.numbers for a time beyond 2^53 - 1. A TypeError or ValueError tells of
        a wrong argument.
        """
        if not isinstance(user, str):
            raise TypeError(f"a user name is str, not {type(user).__name__}")
        if isinstance(lifespan, bool) or not isinstance(lifespan, int):
            raise TypeError(f"a lifespan is int, in seconds, not {type(lifespan).__name__}")
        iat = floor(moment(now))
        exp = iat + lifespan
        if lifespan < 1 or exp > MAX_EXACT or not is_portable_name(user):
            raise _refusal(user, lifespan)
        payload = b'{"exp":%d,"iat":%d,"sun":"%b"}' % (exp, iat, user.encode("ascii"))
        signing_input = HEADER_AND_PERIOD + encode(payload)
        return (signing_input + b"." + encode(self._mac(signing_input))).decode("ascii")


def _refusal(user: str, lifespan: int) -> Refused:
    """Say which rule the wish for a token would break, the name's first."""
    flaws = examine_user(user)
    if flaws:
        return Refused(flaws[0])
    if lifespan < 1:
        return Refused(finding("exp.unexpired", f"a lifespan under one second: {lifespan}", "exp"))
    return Refused(finding("claims.numbers", "exp would be beyond 2^53 - 1", "exp"))
