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
    from slurm_jwt.slurmctld.jwks import Key, Keys
    from slurm_jwt.slurmctld.libjwt import Jwt
    from slurm_jwt.slurmctld.releases import Release
    from slurm_jwt.slurmctld.settings import Settings

_SAME_IN_BOTH_PARSERS = 31
"""Up to this many brackets, what jansson takes is read by json-c alike."""


NO_KEY = b""
"""The key of a daemon that has loaded no HS256 key; no daemon runs with an empty key file."""
_NO_MATCH = "error: could not find matching kid or decode failed"


class Ruling(NamedTuple):
    """What the plugin decides about a token, and why: one sentence for the reader."""

    verdict: Verdict
    why: str


class Daemon(NamedTuple):
    """A slurmctld at a moment: release, HS256 key, JWKS, clock, users, settings.

    key: None if it is not known, NO_KEY if the daemon has loaded none. jwks: None if it is not known.
    users: None if there is no user database; the uid of an accepted token is then unknown.
    """

    release: Release
    key: bytes | None
    jwks: Keys | None
    now: int
    users: Users | None
    settings: Settings


def verify(token: bytes, daemon: Daemon, user_name: str | None) -> Ruling:
    """Judge a token; `user_name` is the one that came beside it (X-SLURM-USER-NAME)."""
    look = daemon.release.plugin.first_look
    choice = _json_c_look(token, daemon) if look == "json-c" else None
    if isinstance(choice, Ruling):
        return choice
    decoded = libjwt.decode(token, daemon.release.libjwt)
    if isinstance(decoded, str):
        return _undecodable(daemon, decoded) if choice is None else _unverified(decoded)
    if look == "libjwt":
        choice = _libjwt_look(decoded, daemon)
        if isinstance(choice, Ruling):
            return choice
    refusal = _hs256(decoded, daemon) if choice is None else _rs256(decoded, choice, daemon)
    return refusal or _claims(decoded, daemon, user_name)


def _claims(decoded: Jwt, daemon: Daemon, user_name: str | None) -> Ruling:
    """Judge the claims of a token whose signature is right."""
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


def _json_c_look(token: bytes, daemon: Daemon) -> Ruling | Key | None:
    """Read the header as Slurm does since 26.05, before libjwt, and choose the key."""
    head, dot, _ = token.partition(b".")
    raw = base64s.slurm(head) if dot else None
    if raw is None:
        return _refused(daemon, "initial jwt_decode failure", "the header is no base64 that Slurm reads")
    try:
        alg, kid = _header_fields(raw)
    except jsonc.Stop as stop:
        lines = (
            f"error: _try_parse: JSON parsing error {len(raw)} bytes: {stop}\n"
            f"error: {daemon.release.plugin.verifier}: initial jwt_decode failure"
        )
        return _ruling(Refused(normal_form(lines)), "the header is no JSON that json-c reads")
    return _choice(alg, kid, daemon)


def _header_fields(raw: bytes) -> tuple[bytes | None, bytes | None]:
    """Return the header's alg and kid as json-c sees them; jsonc.Stop if json-c gives no value."""
    if b"\\" not in raw and raw.count(b"{") + raw.count(b"[") <= _SAME_IN_BOTH_PARSERS:
        header = jansson.loads(raw)
        if header is not jansson.INVALID:
            return _encoded(libjwt.string(header, "alg")), _encoded(libjwt.string(header, "kid"))
    value, outcome = jsonc.parse(raw)
    if value is None:
        raise jsonc.Stop(outcome)
    members = value if isinstance(value, dict) else {}
    found = (members.get(name) for name in (b"alg", b"kid"))
    alg, kid = (each.split(b"\0")[0] if isinstance(each, bytes) else None for each in found)
    return alg, kid


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _libjwt_look(jwt: Jwt, daemon: Daemon) -> Ruling | Key | None:
    """Choose the key by the header as libjwt has decoded it without a key, in Slurm 21.08 to 25.11."""
    if not daemon.release.libjwt.keyless and jwt.kind != "NONE":
        return _undecodable(daemon, "this libjwt decodes nothing without a key but alg none")
    return _choice(jwt.alg.encode(), _encoded(jwt.kid), daemon)


def _choice(alg: bytes | None, kid: bytes | None, daemon: Daemon) -> Ruling | Key | None:
    """Choose by alg, in any case: None is the key of HS256, a Key is that of RS256, all else ends here."""
    name = alg.upper() if alg is not None else b""
    if name == b"HS256":
        if daemon.key == NO_KEY:
            return _refused(
                daemon, "no key file loaded, cannot decode HS256 keys", "jwks is set and jwt_key is not"
            )
        return None
    if name == b"RS256":
        return _rsa_key(kid, daemon)
    shown = "(null)" if alg is None else alg.decode("utf-8", "surrogateescape")
    return _refused(daemon, f"no support for alg={shown}", "alg is neither HS256 nor RS256")


def _rsa_key(kid: bytes | None, daemon: Daemon) -> Ruling | Key:
    """Find the key that an RS256 token names."""
    jwks = daemon.jwks
    if jwks is None:
        return unknown("the JWKS that jwks= names was not given")
    if not jwks.loaded:
        return _refused(
            daemon, "no jwks file loaded, cannot decode RS256 keys", "alg is RS256, and no JWKS is loaded"
        )
    if kid is None:
        return _refused(daemon, "no kid in credential", "the header has no kid that is a string")
    key = jwks.find(kid)
    if key is None:
        log = normal_form(f"{jwks.trouble}\n{_NO_MATCH}" if jwks.trouble else _NO_MATCH)
        return _ruling(Refused(log), "no key that this release uses has the kid of the token")
    return key


def _rs256(jwt: Jwt, key: Key, daemon: Daemon) -> Ruling | None:
    """Check the signature of a token that decodes; None if it is signed with the RSA key."""
    from slurm_jwt.slurmctld import rs256  # its library is slow to load, and few tokens need it

    signature = daemon.release.libjwt.decode(jwt.signature)
    if jwt.kind == "RS256" and rs256.is_signed(key.modulus, key.exponent, jwt.signed, signature):
        return None
    return _unverified("the signature is not that of the key with this kid over this text")


def _unverified(why: str) -> Ruling:
    """Refuse what jwt_decode() refuses with the RSA key."""
    return _ruling(Refused(normal_form(f"error: failed to verify jwt, rc=22\n{_NO_MATCH}")), why)


def _hs256(jwt: Jwt, daemon: Daemon) -> Ruling | None:
    """Check algorithm and signature of a token that decodes; None if it is signed with the key."""
    look = daemon.release.plugin.first_look
    if look == "none" and not libjwt.is_hmac(jwt):
        return _other_algorithm(jwt, daemon)
    if daemon.key is None:
        return unknown("the signature was not checked because no key was given")
    if not libjwt.is_signed(jwt, daemon.key):
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
