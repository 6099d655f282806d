"""What slurmctld and slurmdbd do with each key of a JWKS at their start, by release.

From _build_jwks_keys() and _verify_rs256_jwt() in src/plugins/auth/jwt/auth_jwt.c, first and last tag of
each series from 21.08 to 26.05, and compared with real daemons of 22.05, 24.11 and 26.05.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

KEY_TYPE_SINCE = (26, 5, 3)
"""From here on a key without alg is used if its kty is RSA, and ignored otherwise."""

Use = Literal["used", "no alg", "ignored", "ends", "may end"]


class KeyUse(NamedTuple):
    """What a daemon does with one key.

    use: "used" verifies RS256 tokens; "no alg" loads and refuses them, because alg is missing; "ignored" has
    another type or alg; "ends" ends the daemon; "may end" depends on the patch release. field: the missing
    member that ends the daemon. kind: the kty of the key, "" if it is not one of the registered types.
    """

    use: Use
    field: str = ""
    kind: str = ""


def keys_of(document: object) -> list[object] | None:
    """Return the keys of a JWKS; None if the JSON document has no list of keys."""
    keys = document.get("keys") if isinstance(document, dict) else None
    return keys if isinstance(keys, list) else None


def kid_of(key: object) -> str | None:
    """Return the kid of a key as Slurm reads it; None if there is none."""
    return _text(key, "kid")


def key_use(key: object, slurm: str) -> KeyUse:
    """Return what a release such as "26.05.2" or "26.05" does with a key."""
    kind = _text(key, "kty") or ""
    result = _use_modern(key, slurm) if slurm >= "23.02" else _use_early(key)
    return result._replace(kind=kind if kind in {"RSA", "EC", "OKP", "oct"} else "")


def _use_early(key: object) -> KeyUse:
    """Up to 22.05 a key without alg RS256 is ignored before any other member is read."""
    alg = _text(key, "alg")
    if alg is None:
        return KeyUse("no alg" if _text(key, "kty") == "RSA" else "ignored")
    if alg.upper() != "RS256":
        return KeyUse("ignored")
    missing = _missing(key, "kid", "e", "n")
    return KeyUse("ends", missing) if missing else KeyUse("used")


def _use_modern(key: object, slurm: str) -> KeyUse:
    """From 23.02 on every key needs a kid, and a key without alg is read as an RSA key."""
    alg = _text(key, "alg")
    if _missing(key, "kid"):
        return KeyUse("ends", "kid")
    if alg is not None and alg.upper() != "RS256":
        return KeyUse("ignored")
    reads_type = _reads_key_type(slurm)
    if reads_type and _text(key, "kty") != "RSA":
        return KeyUse("ignored")
    missing = _missing(key, "e", "n")
    if missing:
        doubtful = reads_type is None and _text(key, "kty") != "RSA"
        return KeyUse("may end" if doubtful else "ends", missing)
    return KeyUse("used" if alg is not None or reads_type else "no alg")


def _reads_key_type(slurm: str) -> bool | None:
    """Return whether a release reads kty; None if only its series is known, and the patch releases differ."""
    numbers = tuple(int(part) for part in slurm.split(".")[:3] if part.isdigit())
    return None if numbers == KEY_TYPE_SINCE[:2] else numbers >= KEY_TYPE_SINCE


def _missing(key: object, *names: str) -> str:
    return next((name for name in names if _text(key, name) is None), "")


def _text(key: object, name: str) -> str | None:
    """Return a member as text: Slurm converts numbers, booleans and null, but no lists and objects."""
    if not isinstance(key, dict) or name not in key or isinstance(key[name], dict | list):
        return None
    return "" if key[name] is None else str(key[name])
