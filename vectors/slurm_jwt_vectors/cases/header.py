"""The JOSE header's other members: keys and addresses that nobody may follow, and what must be ignored."""

import base64
import hashlib

from slurm_jwt_vectors.build import HEADER, Judged, header, token
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import cve, issue, jws, jwt, practice

_IGNORED = (jws("4"), jwt("5"))
_KID = (jws("4.1.4"),)
_JWE_OR_JWS = "RFC 7516 9 names several ways to tell JWE from JWS, and not which holds where they disagree."
_FOREIGN_KEY = hashlib.sha256(b"a key that the token brings along").digest()
_FOREIGN_JWK = {"kty": "oct", "k": base64.urlsafe_b64encode(_FOREIGN_KEY).decode().rstrip("=")}


def _valid(sources: tuple[str, ...] = _IGNORED, /, **members: object) -> Judged:
    return token(header=header(members)).valid(sources=sources)


def _mistyped(section: str, members: dict[str, object], twin: str) -> Judged:
    return token(header=header(members)).invalid(
        "header.types", sources=(jws(section), jws("5.2")), twin=twin
    )


@case
def typ_first() -> Judged:
    """typ before alg, as PyJWT writes it: the order of members means nothing."""
    return token(header={"typ": "JWT", "alg": "HS256"}).valid(sources=("RFC 8259 4", *_IGNORED))


@case
def unknown_member() -> Judged:
    """A member that nobody knows: it must be ignored."""
    return _valid(example="value")


@case
def empty_member_name() -> Judged:
    """A member whose name is empty."""
    return token(header=header({"": "value"})).valid(sources=_IGNORED)


@case
def proto_member() -> Judged:
    """A member __proto__ with another alg, which some JavaScript takes for the object's prototype."""
    return token(header=header({"__proto__": {"alg": "none"}})).valid(sources=_IGNORED)


@case
def other_case_alg() -> Judged:
    """A member ALG none beside alg HS256: names are case-sensitive."""
    return _valid((jws("4"),), ALG="none")


@case
def sun_in_header() -> Judged:
    """sun root in the header: the user is the one in the claims."""
    return _valid(sun="root")


@case
def exp_in_header() -> Judged:
    """An exp in the header that is long past: only claims count."""
    return _valid(exp=0)


@case
def zip_() -> Judged:
    """zip DEF, which belongs to encryption; the payload is not compressed."""
    return _valid((*_IGNORED, "RFC 7516 4.1.3"), zip="DEF")


@case
def enc() -> Judged:
    """enc in a signed token: by one of the RFC's tests this is a JWE, by the others a JWS."""
    return token(header=header(enc="A256GCM")).either(_JWE_OR_JWS, "enc.absent", sources=("RFC 7516 9",))


@case
def kid() -> Judged:
    """A key id: Slurm has one key and no use for it."""
    return _valid(_KID, kid="2030-01")


@case
def kid_empty() -> Judged:
    """An empty key id."""
    return _valid(_KID, kid="")


@case
def kid_path() -> Judged:
    """A key id that looks like a path to a file of known content."""
    return _valid((*_KID, practice("3.10")), kid="../../../../../../dev/null")


@case
def kid_sql() -> Judged:
    """A key id that looks like SQL."""
    return _valid((*_KID, practice("3.10")), kid="' UNION SELECT 'AAAA'; --")


@case
def kid_long() -> Judged:
    """A key id of 256 characters."""
    return _valid(_KID, kid="k" * 256)


@case
def kid_number() -> Judged:
    """kid is a number."""
    return _mistyped("4.1.4", {"kid": 1}, "header.kid")


@case
def kid_null() -> Judged:
    """kid is null."""
    return token(header=header(kid=None)).invalid(
        "header.types", sources=(*_KID, issue("jpadilla/pyjwt", 1177)), twin="header.kid"
    )


@case
def kid_true() -> Judged:
    """kid is true."""
    return _mistyped("4.1.4", {"kid": True}, "header.kid")


@case
def kid_array() -> Judged:
    """kid is an array: nothing to look up in a table."""
    return _mistyped("4.1.4", {"kid": ["2030-01"]}, "header.kid")


@case
def kid_object() -> Judged:
    """kid is an object."""
    return _mistyped("4.1.4", {"kid": {}}, "header.kid")


@case
def jwk() -> Judged:
    """A key in the header, while the token is signed with the right key: the key there is ignored."""
    return _valid((jws("4.1.3"), practice("3.10")), jwk=_FOREIGN_JWK)


@case
def jwk_used() -> Judged:
    """A key in the header, and the token signed with that key: whoever trusts it trusts anybody."""
    return (
        token(header=header(jwk=_FOREIGN_JWK))
        .signed_by(_FOREIGN_KEY)
        .invalid(
            "signature.match",
            sources=(jws("4.1.3"), practice("3.10"), cve("2018-0114"), cve("2026-27962")),
            twin="header.jwk",
        )
    )


@case
def jwk_string() -> Judged:
    """jwk is a string."""
    return _mistyped("4.1.3", {"jwk": _FOREIGN_JWK["k"]}, "header.jwk")


@case
def jwk_null() -> Judged:
    """jwk is null."""
    return _mistyped("4.1.3", {"jwk": None}, "header.jwk")


@case
def jku() -> Judged:
    """An address of keys: nobody may fetch it."""
    return _valid((jws("4.1.2"), practice("3.10")), jku="https://attacker.invalid/keys.json")


@case
def jku_internal() -> Judged:
    """An address of keys inside the site: a verifier that fetches it can be sent anywhere."""
    return _valid((jws("4.1.2"), practice("3.10")), jku="http://169.254.169.254/latest/meta-data/")


@case
def jku_file() -> Judged:
    """An address of keys that is a local file."""
    return _valid((jws("4.1.2"), practice("3.10")), jku="file:///dev/zero")


@case
def jku_number() -> Judged:
    """jku is a number."""
    return _mistyped("4.1.2", {"jku": 1}, "header.jku")


@case
def x5u() -> Judged:
    """An address of certificates: nobody may fetch it."""
    return _valid((jws("4.1.5"), practice("3.10")), x5u="https://attacker.invalid/chain.pem")


@case
def x5u_array() -> Judged:
    """x5u is an array."""
    return _mistyped("4.1.5", {"x5u": ["https://attacker.invalid/chain.pem"]}, "header.x5u")


@case
def x5c() -> Judged:
    """A certificate chain that is none: with HS256 nobody reads it."""
    return _valid((jws("4.1.6"),), x5c=["AAAA"])


@case
def x5c_string() -> Judged:
    """x5c is a string."""
    return _mistyped("4.1.6", {"x5c": "AAAA"}, "header.x5c")


@case
def x5c_numbers() -> Judged:
    """x5c is an array of numbers."""
    return _mistyped("4.1.6", {"x5c": [1]}, "header.x5c")


@case
def x5t() -> Judged:
    """A certificate's thumbprint."""
    return _valid((jws("4.1.7"),), x5t="AAAA")


@case
def x5t_number() -> Judged:
    """x5t is a number."""
    return _mistyped("4.1.7", {"x5t": 1}, "header.x5t")


@case
def x5t_s256() -> Judged:
    """A certificate's SHA-256 thumbprint."""
    return token(header={**HEADER, "x5t#S256": "AAAA"}).valid(sources=(jws("4.1.8"),))


@case
def x5t_s256_null() -> Judged:
    """x5t#S256 is null."""
    return _mistyped("4.1.8", {"x5t#S256": None}, "header.x5t-s256")


@case
def enc_null() -> Judged:
    """enc is null: present all the same."""
    return token(header=header(enc=None)).either(_JWE_OR_JWS, "enc.absent", sources=("RFC 7516 9",))


@case
def enc_with_alg_dir() -> Judged:
    """A JWE's header, alg dir and enc, before a payload and a MAC: the parts say JWS, the header JWE."""
    return token(header={"alg": "dir", "enc": "A256GCM"}).invalid(
        "alg.hs256",
        "enc.absent",
        sources=("RFC 7516 9", jws("4.1.1")),
        why="alg names another algorithm than HS256, and enc marks a JWE.",
    )


@case
def other_case_enc() -> Judged:
    """ENC: names are case-sensitive, so this is an unknown member and no mark of a JWE."""
    return _valid((*_IGNORED, "RFC 7516 9"), ENC="A256GCM")
