"""What may pass `check`, found by other means: own HMAC, own look-up of the user, own count of errors."""

from __future__ import annotations

import base64
import functools
import hmac
import json
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from slurm_jwt import examine, read_jwks
from slurm_jwt.slurmctld import parse_passwd, predict

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Release
    from slurm_jwt_conformance.site.check.answer import Answer

DAY = 86400
MOST_BYTES = 131_072
"""The limit of form.size."""
NEVER = {"signature.match", "key.empty"}
OF_TOKEN = ("policy.", "time.unit", "token.wrapped")


class Asked(NamedTuple):
    """One question in plain words. users: a passwd file's text, None: not looked up, "none": --passwd none.

    waivers: those that have not expired. named: whether a release was named or installed.
    """

    judge: str
    key: bytes | None
    releases: tuple[Release, ...]
    users: str | None
    field: str = ""
    takes_identity: bool = False
    waivers: frozenset[str] = frozenset()
    jwks: bytes | None = None
    edition: Literal["2020", "later"] = "2020"


def is_signed(token: bytes, key: bytes) -> bool:
    """Return whether the key made the signature of the three parts, as an HS256 token of compact form."""
    if not re.fullmatch(rb"[\w-]+\.[\w-]+\.[\w-]{43}", token, re.ASCII) or token.endswith(b"\n"):
        return False
    text, _, signature = token.rpartition(b".")
    right = hmac.compare_digest(_decoded(signature), hmac.digest(key, text, "sha256"))
    return right and _object(_decoded(text.partition(b".")[0])).get("alg") == "HS256"


def _object(text: bytes) -> dict[str, Any]:
    """Return the members of a JSON object; beyond Python's limits only those that are plain texts."""
    try:
        return dict(json.loads(text))
    except RecursionError:
        pass
    except ValueError as error:
        if "digits" not in str(error):
            raise
    return {name.decode(): value.decode() for name, value in re.findall(rb'"(\w+)":"(\w*)"', text)}


def is_signed_by_rsa(token: bytes, jwks: bytes) -> bool:
    """Return whether an RSA key of the JWKS, that of kid if there is one, made the signature."""
    text, _, signature = token.rpartition(b".")
    try:
        header, keys = _object(_decoded(text.partition(b".")[0])), json.loads(jwks)["keys"]
        raw = _decoded(signature)
    except (ValueError, TypeError):
        return False
    if header.get("alg") != "RS256":
        return False
    return any(_verifies(key, raw, text) for key in keys if header.get("kid", key["kid"]) == key["kid"])


def _verifies(jwk: dict[str, str], signature: bytes, text: bytes) -> bool:
    n, e = (int.from_bytes(_decoded(jwk[name].encode()), "big") for name in "ne")
    if e < 3 or n.bit_length() < 2048:
        return False
    try:
        rsa.RSAPublicNumbers(e, n).public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def is_signed_for_slurm(token: bytes, key: bytes) -> bool:
    """Return whether the key made the signature: libjwt skips characters that are not base64url."""
    text, _, signature = token.split(b"\0")[0].rpartition(b".")
    sent = re.sub(rb"[^\w-]", b"", signature.translate(bytes.maketrans(b"+/", b"-_")), flags=re.ASCII)
    for digest, length in (("sha256", 43), ("sha384", 64), ("sha512", 86)):  # 20.11 takes the others too
        own = hmac.digest(key, text, digest)
        if len(sent) >= length and hmac.compare_digest(_decoded(sent[:length]), own):
            return True
    return False


def _decoded(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def may_pass(token: bytes, now: int, asked: Asked, answer: Answer) -> bool:
    """Return whether the token may pass. Of the answer only the site's and the policy's errors are read."""
    if asked.judge != "slurm" and not _keeps_rules(token, now, asked):
        return False
    if asked.judge != "rules" and not _is_accepted(token, now, asked, answer):
        return False
    errors = {each.id for each in answer.diagnostics if each.level == "error"}
    if asked.judge == "rules":
        errors = {each for each in errors if each.startswith(OF_TOKEN)}
    return errors <= asked.waivers


@functools.cache
def _examined(
    token: bytes, now: int, key: bytes | None, jwks: bytes | None, edition: Literal["2020", "later"]
) -> tuple[frozenset[str], bool]:
    keys = None if jwks is None else read_jwks(jwks)
    examination = examine(token, key, now, jwks=keys, edition=edition)
    errors = frozenset(each.rule for each in examination.findings if each.severity == "error")
    return errors, bool(examination.not_checked)


def _keeps_rules(token: bytes, now: int, asked: Asked) -> bool:
    errors, is_incomplete = _examined(token, now, asked.key, asked.jwks, asked.edition)
    claims = _claims(token) if asked.edition == "later" and "sun.required" in errors else None
    series = [each.series for each in asked.releases] if asked.judge != "rules" else ["26.05"]
    if claims is not None and any(_name(claims, each, asked.field) is not None for each in series):
        errors -= {"sun.required"}  # the later page takes username and the claim of userclaimfield=
    if errors - (asked.waivers - NEVER) or is_incomplete:
        return False
    by_rsa = asked.jwks is not None and is_signed_by_rsa(token, asked.jwks)
    return by_rsa or (asked.key is not None and is_signed(token, asked.key))


def _is_accepted(token: bytes, now: int, asked: Asked, answer: Answer) -> bool:
    """Return whether each release accepts a signed token as the user that it names."""
    found = answer.question.found
    by_hmac = asked.key is not None and is_signed_for_slurm(token, asked.key)
    by_rsa = asked.jwks is not None and is_signed_by_rsa(token, asked.jwks)
    if not asked.releases or not (by_hmac or by_rsa):
        return False
    return all(_accepts(token, now, asked, each, found.settings(each.series)) for each in asked.releases)


@functools.cache
def _users(text: str) -> Any:
    return parse_passwd(text)


_PREDICTED: dict[tuple[object, ...], Any] = {}


def _predict(token: bytes, now: int, asked: Asked, release: Release, settings: Any) -> Any:
    """Return the prediction, which many judges and policies share."""
    case = (token, asked.key, release.name, now, asked.users, repr(settings), asked.jwks)
    if case not in _PREDICTED:
        users = None if asked.users in {None, "none"} else _users(asked.users or "")
        _PREDICTED[case] = predict(token, asked.key, release, now, users, settings, jwks=asked.jwks)
    return _PREDICTED[case]


def _accepts(token: bytes, now: int, asked: Asked, release: Release, settings: Any) -> bool:
    known = asked.users not in {None, "none"}
    said = _predict(token, now, asked, release, settings)
    if not said.accepted:
        return False
    claims = _claims(token)
    if claims is None:
        return False
    if asked.takes_identity and release.series == "26.05" and _is_identity(claims):
        return bool(said.uid == claims["uid"])
    name = _name(claims, release.series, asked.field)
    if not known:
        return bool(asked.users and name and not re.fullmatch(r"\s*[+-]*\d+\s*", name))
    account = _users(asked.users or "").by_name.get(name)
    return account is not None and said.uid == account.uid


@functools.cache
def _claims(token: bytes) -> dict[str, Any] | None:
    """Return the claims, None if they cannot be read strictly."""
    text = token.split(b".")[1]
    if len(token) > MOST_BYTES or not re.fullmatch(rb"[\w-]+", text, re.ASCII):
        return None
    try:
        return _object(_decoded(text))
    except (ValueError, TypeError):
        return None


def _is_identity(claims: dict[str, Any]) -> bool:
    inner = claims.get("id")
    parts = isinstance(inner, dict) and all(inner.get(name) for name in ("name", "gecos", "dir", "shell"))
    return bool(parts) and type(claims.get("uid")) is int and type(claims.get("gid")) is int


def _name(claims: dict[str, Any], series: str, field: str) -> str | None:
    """Return the user of the first claim with a text that a release reads."""
    since = {"sun": "20.02", "username": "21.08", field: "23.02"}
    read = [claim for claim, first in since.items() if claim and series >= first]
    return next((claims[claim] for claim in read if isinstance(claims.get(claim), str)), None)


def may_be_signed_off(now: int, asked: Asked, answer: Answer) -> bool:
    """Return whether a sign-off may be fit for an answer that passes."""
    if asked.judge != "rules" and asked.users == "none":
        return False
    policy = answer.question.policy
    claims = answer.checked.examination.claims or {}
    starts = [now, *([claims["iat"]] if type(claims.get("iat")) in {int, float} else [])]
    lives = type(claims.get("exp")) in {int, float} and claims["exp"] > min(starts) + DAY
    if lives and not (policy and (policy.max_lifetime or "token.lifetime" in asked.waivers)):
        return False
    names = [_name(claims, each.series, asked.field) for each in asked.releases] or [claims.get("sun")]
    if asked.takes_identity and _is_identity(claims):
        names += ["root"] if claims["uid"] == 0 else []
    risks = {"root": "user.root", "0": "user.root", "slurm": "user.slurm-user"}
    open_risks = {risks[name] for name in names if isinstance(name, str) and name in risks} - asked.waivers
    return not open_risks or bool(policy and policy.privileged)
