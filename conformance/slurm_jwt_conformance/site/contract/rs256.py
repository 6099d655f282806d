"""The guide's part about RS256: for sites with a JWKS, by the model of the release.

All tokens here are signed with a published test key, whose private half is in the vectors (pem-pkcs1).
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from slurm_jwt import Issuer, examine
from slurm_jwt.slurmctld import Account, Release, Settings, Users, predict
from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS, SLURM_USER
from slurm_jwt_conformance.site import public_keys
from slurm_jwt_conformance.site.changes.verdicts import CaseVerdict, suite
from slurm_jwt_conformance.site.contract.golden import GoldenToken
from slurm_jwt_conformance.site.contract.members import Member, Question, member
from slurm_jwt_conformance.site.discovery.showing import leads_somewhere, plain
from slurm_jwt_conformance.site.discovery.survey import Cluster
from slurm_jwt_reports.schema import Strict

KID = "test-1"
_KEY = "pem-pkcs1"
_MODEL = "claims.scontrol"
"""The vector whose claims the tokens here have."""


class _Questions(Strict, frozen=True):
    header: tuple[Question, ...]


HEADER = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=_Questions).header


class SiteJwks(Strict, frozen=True):
    """slurmctld's JWKS. read: it was read here. kids: of the keys that verify tokens.

    trouble: why no RS256 token works, "" if that is not known.
    """

    file: str
    read: bool
    kids: tuple[str, ...]
    trouble: str


def site_jwks(site: Cluster, release: Release) -> SiteJwks | None:
    """Return slurmctld's JWKS under a release; None if jwks= is not set, or if the release ignores it."""
    path = site.options.jwks or next((each.path for each in site.jwks if each.daemon == "slurmctld"), "")
    if not path or not release.plugin.takes_jwks:
        return None
    data = public_keys.of_daemon(site)
    shown = plain(path)
    if path != site.options.jwks and not leads_somewhere(path, site.host):  # perhaps a key by mistake
        shown = f"(a path of {len(path)} characters, not shown)"
    if data is None:
        return SiteJwks(file=shown, read=False, kids=(), trouble="")
    keys = public_keys.examine(data, release)
    trouble = ""
    if keys.starts is False:
        trouble = f"slurmctld does not start with the JWKS {shown}: {keys.log or 'it crashes'}."
    elif not keys.perhaps:
        trouble = f"The JWKS {shown} has no key that this release uses: it refuses every RS256 token."
    return SiteJwks(file=shown, read=True, kids=tuple(plain(kid, 80) for kid in keys.kids), trouble=trouble)


@cache
def _issuer() -> tuple[Any, bytes]:
    """Return the function that signs with the test key, and its public JWKS."""
    from slurm_jwt.strict.rs256 import signing_key

    private = suite().keys[_KEY].bytes
    jwks = Issuer(rsa=private, kid=KID).jwks
    assert jwks is not None
    return signing_key(private).sign, jwks


def jwks() -> str:
    """Return the JWKS that verifies the golden tokens, as text."""
    return _issuer()[1].decode()


def token(claims: Mapping[str, Any], **header: object) -> bytes:
    """Return a token of the test key. header: members in place of the usual ones, None to leave one out."""
    from slurm_jwt.strict.jws import encode

    members = {"alg": "RS256", "kid": KID, "typ": "JWT"} | header
    head = {name: value for name, value in members.items() if value is not None}
    parts = (encode(json.dumps(each, separators=(",", ":")).encode()) for each in (head, claims))
    signed = b".".join(parts)
    sign: Callable[[bytes], bytes] = _issuer()[0]
    return signed + b"." + sign(signed)


def claims() -> dict[str, Any]:
    """Return the claims that `scontrol token` writes, at the time of the vectors."""
    return dict(examine(suite().cases[_MODEL].token_bytes).claims or {})


def verdict(text: bytes, release: Release, field: str = "") -> CaseVerdict:
    """Return the model's verdict on a token of the test key, with the users of the lab."""
    users = Users(Account(name, uid, uid) for name, uid in ACCOUNTS.items())
    parameters = {"jwks": "/jwks.json"} | ({"userclaimfield": field} if field else {})
    settings = Settings(parameters, SLURM_USER)
    now = suite().cases[_MODEL].now
    told = predict(text, None, release, now, users, settings, jwks=_issuer()[1])
    return CaseVerdict(accepted=told.accepted, uid=told.uid, log=told.log, basis=told.basis)


def header(release: Release, jwks: SiteJwks) -> tuple[Member, ...]:
    """Return the rows of the header, with the kids of the site."""
    rows = tuple(_header_row(question, release) for question in HEADER)
    kids = ", ".join(f"`{kid}`" for kid in jwks.kids[:10])
    if not kids:
        return rows
    own = f"{rows[1].must}: {kids if len(jwks.kids) == 1 else f'one of {kids}'}"
    return (rows[0], msgspec.structs.replace(rows[1], must=own), *rows[2:])


def _header_row(question: Question, release: Release) -> Member:
    verdicts = [verdict(token(claims(), **json.loads(case)), release) for case, _ in question.cases]
    return member(question, verdicts)


_FIELD_CASES: tuple[tuple[object, str], ...] = (
    ("alice", "a user's name"),
    (2001, "a number"),
    ("0", 'the string "0"'),
    ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "a name that slurmctld's host does not know"),
)


def user_claim(release: Release, field: str) -> Member:
    """Return the row of the claim that userclaimfield= names."""
    others = {name: value for name, value in claims().items() if name != "sun"}
    question = Question(
        name=field,
        must="the user's name on slurmctld's host, as a JSON string, if sun and username are missing",
        cases=tuple((str(value), words) for value, words in _FIELD_CASES),
    )
    verdicts = [verdict(token(others | {field: value}), release, field) for value, _ in _FIELD_CASES]
    return member(question, verdicts)


def golden(release: Release) -> tuple[GoldenToken, ...]:
    """Return three tokens: one works, one has expired, one names a key that is not in the JWKS."""
    good, past = claims(), examine(suite().cases["exp.past"].token_bytes).claims or {}
    tokens = {"good": token(good), "expired": token(past), "unknown-kid": token(good, kid="other")}
    return tuple(_golden(release, name, text) for name, text in tokens.items())


_LESSONS = {
    "good": ("A token with RS256. Your program's token looks like this one.", ""),
    "expired": ("The same token, expired in 2020.", "exp.unexpired"),
    "unknown-kid": (
        "The kid is not in the JWKS, as if the cluster had not loaded your key yet.",
        "kid.known",
    ),
}


def _golden(release: Release, name: str, text: bytes) -> GoldenToken:
    told, (lesson, rule) = verdict(text, release), _LESSONS[name]
    return GoldenToken(
        case=f"rs256.{name}",
        token=text.decode(),
        lesson=lesson,
        verdict="invalid" if rule else "valid",
        rules=(rule,) if rule else (),
        accepted=told.accepted,
        user=next((user for user, uid in ACCOUNTS.items() if uid == told.uid), None),
        log=told.log,
        basis=told.basis,
    )
