"""auth_jwt.c: what the plugin decides about a token, and the line that it logs.

The order is the plugin's own: first look at the header, algorithm, keyed decoding, expiry, user name,
and the user name beside the token. Never looked at, in any release: iat, nbf, aud, iss, crit and the
rest. (src/plugins/auth/jwt/auth_jwt.c, 20.02 to 26.05; since 26.05 also auth/common/auth_common.c.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import base64s, identity, jansson, jsonc, libjwt
from slurm_jwt.slurmctld.loglines import normal_form
from slurm_jwt.slurmctld.users import Users, uid_from_string, uid_in_charge
from slurm_jwt.vocabulary import Accepted, DoesNotStart, Refused, Unknown, Verdict

if TYPE_CHECKING:
    from slurm_jwt.slurmctld.libjwt import Jwt
    from slurm_jwt.slurmctld.releases import Release
    from slurm_jwt.slurmctld.settings import Settings

_SAME_IN_BOTH_PARSERS = 31
"""Up to this many brackets, what jansson takes is read by json-c alike."""


class Ruling(NamedTuple):
    """What the plugin decides about a token, and why: one sentence for the reader."""

    verdict: Verdict
    why: str


class Daemon(NamedTuple):
    """A slurmctld at a moment: release, key (None if none is loaded), clock, users, settings.

    users: None if there is no user database; the uid of an accepted token is then unknown.
    """

    release: Release
    key: bytes | None
    now: int
    users: Users | None
    settings: Settings


def verify(token: bytes, daemon: Daemon, user_name: str | None) -> Ruling:
    """Judge a token; `user_name` is the one that came beside it (X-SLURM-USER-NAME)."""
    if daemon.release.plugin.first_look == "json-c":
        refusal = _json_c_look(token, daemon)
        if refusal is not None:
            return refusal
    decoded = libjwt.decode(token, daemon.release.libjwt)
    if isinstance(decoded, str):
        return _undecodable(daemon, decoded)
    refusal = _signature(decoded, daemon)
    if refusal is not None:
        return refusal
    expiry = libjwt.integer(decoded.claims, "exp", daemon.release.libjwt)
    if expiry < daemon.now:
        return _refused(daemon, "token expired", _why_expired(decoded))
    return _user(decoded, daemon, user_name)


def keyless_start(release: Release) -> Ruling:
    """Return the ruling for an empty key file: slurmctld ends at its start, fatally since 21.08."""
    severity = "fatal" if release.plugin.takes_jwks else "error"
    log = f"{severity}: auth/jwt: Could not load key file (jwt_hs256.key)"
    return _ruling(DoesNotStart(log), "slurmctld does not start with an empty key file")


def unknown(reason: str) -> Ruling:
    """Return the ruling for what is not modelled."""
    return Ruling(Unknown(reason), reason)


def _ruling(verdict: Refused | DoesNotStart, why: str) -> Ruling:
    return Ruling(verdict, why)


def _refused(daemon: Daemon, reason: str, why: str) -> Ruling:
    return _ruling(Refused(normal_form(f"error: {daemon.release.plugin.verifier}: {reason}")), why)


def _undecodable(daemon: Daemon, why: str) -> Ruling:
    """Refuse what jwt_decode() refuses: before 21.08 no reason is logged, till 25.11 the first call fails."""
    look = daemon.release.plugin.first_look
    if look == "none":
        return _refused(daemon, "jwt_decode failure", why)
    initial = "initial " if look == "libjwt" else ""
    return _refused(daemon, f"{initial}jwt_decode failure: Invalid argument", why)


def _json_c_look(token: bytes, daemon: Daemon) -> Ruling | None:
    """Read the header as Slurm does since 26.05, before libjwt; None lets the token pass on."""
    head, dot, _ = token.partition(b".")
    raw = base64s.slurm(head) if dot else None
    if raw is None:
        return _refused(daemon, "initial jwt_decode failure", "the header is no base64 that Slurm reads")
    try:
        alg = _header_alg(raw)
    except jsonc.Stop as stop:
        lines = (
            f"error: _try_parse: JSON parsing error {len(raw)} bytes: {stop}\n"
            f"error: {daemon.release.plugin.verifier}: initial jwt_decode failure"
        )
        return _ruling(Refused(normal_form(lines)), "the header is no JSON that json-c reads")
    return _algorithm(alg, daemon)


def _header_alg(raw: bytes) -> bytes | None:
    """Return the header's alg as json-c sees it, cut at a NUL; jsonc.Stop if json-c gives no value."""
    if b"\\" not in raw and raw.count(b"{") + raw.count(b"[") <= _SAME_IN_BOTH_PARSERS:
        header = jansson.loads(raw)
        if header is not jansson.INVALID:
            alg = libjwt.string(header, "alg")
            return None if alg is None else alg.encode()
    value, outcome = jsonc.parse(raw)
    if value is None:
        raise jsonc.Stop(outcome)
    found = value.get(b"alg") if isinstance(value, dict) else None
    return found.split(b"\0")[0] if isinstance(found, bytes) else None


def _algorithm(alg: bytes | None, daemon: Daemon) -> Ruling | None:
    """Choose by alg, in any case: HS256 and RS256 go on, all else ends here."""
    name = alg.upper() if alg is not None else b""
    if name == b"HS256":
        if daemon.key is None:
            return _refused(
                daemon, "no key file loaded, cannot decode HS256 keys", "jwks is set and jwt_key is not"
            )
        return None
    if name == b"RS256":
        if "jwks" in daemon.settings.parameters:
            return unknown("RS256 with a JWKS is not modelled")
        return _refused(
            daemon, "no jwks file loaded, cannot decode RS256 keys", "alg is RS256, without a JWKS"
        )
    shown = "(null)" if alg is None else alg.decode("utf-8", "surrogateescape")
    return _refused(daemon, f"no support for alg={shown}", "alg is not HS256")


def _signature(jwt: Jwt, daemon: Daemon) -> Ruling | None:
    """Check algorithm and signature of a token that decodes; None if it is signed with the key."""
    look = daemon.release.plugin.first_look
    if look == "libjwt":
        if not daemon.release.libjwt.keyless and jwt.kind != "NONE":
            return _undecodable(daemon, "this libjwt decodes nothing without a key but alg none")
        refusal = _algorithm(jwt.alg.encode(), daemon)
        if refusal is not None:
            return refusal
    if look == "none" and not libjwt.is_hmac(jwt):
        return _other_algorithm(jwt, daemon)
    if daemon.key is None or not libjwt.is_signed(jwt, daemon.key):
        reason = "jwt_decode failure" if look == "none" else "jwt_decode failure: Invalid argument"
        return _refused(daemon, reason, "the signature is not that of this key over this text")
    return None


def _other_algorithm(jwt: Jwt, daemon: Daemon) -> Ruling:
    """Before 21.08 libjwt alone decides: RS256 and the like need a public key in PEM, none no key."""
    if jwt.kind != "NONE" and b"-----BEGIN" in (daemon.key or b"") and b"PUBLIC KEY" in (daemon.key or b""):
        return unknown("the key file holds a public key, and signatures of public keys are not modelled")
    return _refused(daemon, "jwt_decode failure", f"alg {jwt.kind} does not work with this key")


def _why_expired(jwt: Jwt) -> str:
    claims = jwt.claims
    if not isinstance(claims, dict) or "exp" not in claims:
        return "exp is missing, which libjwt reads as a moment long ago"
    if type(claims["exp"]) is not int:
        return "exp is no JSON integer, which libjwt reads as a moment long ago"
    return "exp is in the past"


def _user(jwt: Jwt, daemon: Daemon, user_name: str | None) -> Ruling:
    """Find the user, and see that the name beside the token, if there is one, may be used."""
    plugin = daemon.release.plugin
    ruling = _own_identity(jwt, daemon, user_name) if plugin.takes_identity else None
    if ruling is not None:
        return ruling
    for claim in _user_claims(daemon):
        user = libjwt.string(jwt.claims, claim)
        if user is not None:
            if user_name is None or user_name == user:
                return _accepted(user, daemon, f"signed with the key, not expired, and {claim} is a string")
            return _on_behalf(user, user_name, daemon)
    return _user_refused(daemon, "jwt_get_grant failure", "no claim names the user with a string")


def _own_identity(jwt: Jwt, daemon: Daemon, user_name: str | None) -> Ruling | None:
    """Judge by the claims uid, gid and id; None if they do not count, and another claim names the user."""
    claims = jwt.claims if isinstance(jwt.claims, dict) else {}
    state = identity.state(claims, daemon.settings)
    if state == "odd":
        return unknown(f"{', '.join(identity.odd(claims))}: the effect of this type is not modelled")
    if state == "demanded":
        missing = ", ".join(identity.missing(claims))
        return _refused(daemon, "failed to retrieve required identity", f"the identity lacks {missing}")
    if state != "complete":
        return None
    if user_name is not None:
        return unknown("a user name beside a token with its own identity is not modelled")
    _, uid = identity.user(claims)
    account = daemon.users.name_of(uid) if daemon.users is not None else None
    return Ruling(Accepted(uid, account), "signed with the key, not expired, with a complete identity")


def _user_claims(daemon: Daemon) -> tuple[str, ...]:
    """Return the claims that may name the user, in the order in which they are asked for."""
    plugin = daemon.release.plugin
    field = daemon.settings.parameters.get("userclaimfield", "") if plugin.takes_claim_field else ""
    return ("sun", *(("username",) if plugin.takes_username else ()), *((field,) if field else ()))


def _on_behalf(user: str, user_name: str, daemon: Daemon) -> Ruling:
    """Let root and SlurmUser use another name than their token's."""
    rule = daemon.release.plugin.users
    users = daemon.users or Users(())
    uid = uid_from_string(user, users, rule)
    if uid is None:
        return _user_refused(daemon, "uid_from_string failure", "the token's user is unknown")
    if uid not in {0, uid_from_string(daemon.settings.slurm_user, users, rule)}:
        reason = f"attempt to authenticate as alternate user {user} from non-SlurmUser {user_name}"
        return _user_refused(daemon, reason, "only root and SlurmUser may act for another user")
    return _accepted(user_name, daemon, f"the token's user {user!r} may act for another user")


def _user_refused(daemon: Daemon, reason: str, why: str) -> Ruling:
    return _ruling(Refused(normal_form(f"error: {daemon.release.plugin.user_handler}: {reason}")), why)


def _accepted(user: str, daemon: Daemon, why: str) -> Ruling:
    """Accept the token for the uid that slurmctld finds for the user."""
    if daemon.users is None:
        return Ruling(Accepted(None), why)
    uid = uid_in_charge(user, daemon.users, daemon.release.plugin.users)
    return Ruling(Accepted(uid, daemon.users.name_of(uid)), why)
