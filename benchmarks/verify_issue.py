"""How fast the reference verifies and issues, next to five libraries and bare hmac.digest, in one run.

    python benchmarks/verify_issue.py [--rounds N] [--json]

Each contender handles the same 4,096 distinct tokens of each kind, slice by slice:
all contenders take their turn at a slice before the next one begins, so that a
busy machine slows all of them alike. Each ratio is the median of the ratios of
the slices, in processor time. Verifying is measured as each library's documentation tells a careful
user to call it; hmac.digest alone signs the same signing inputs and checks nothing.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
import os
import platform
import random
import statistics
import sys
import time
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TOKENS = 4096
SLICE = 128
BASES = ("PyJWT", "hmac.digest")
KEY = bytes(range(100, 132))
HEADER = b'{"alg":"HS256","typ":"JWT"}'
HEADER_OF_KEYCLOAK = b'{"alg":"HS256","typ" : "JWT","kid" : "8f1d4a5e-2c3b-4d6f-9a7e-0b1c2d3e4f50"}'


class Contender(NamedTuple):
    """One way to verify a token and one to issue a token for a user."""

    name: str
    verify: Callable[[Any], object]
    issue: Callable[[Any], object]


def base64url(raw: bytes) -> bytes:
    """Encode without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def tokens(payload: Callable[[int], str], header: bytes = HEADER) -> list[str]:
    """Make the distinct tokens of one kind."""
    made = []
    for number in range(TOKENS):
        signing_input = base64url(header) + b"." + base64url(payload(number).encode())
        signature = base64url(hmac.digest(KEY, signing_input, "sha256"))
        made.append((signing_input + b"." + signature).decode())
    return made


def keycloak(number: int, iat: int, exp: int) -> dict[str, object]:
    """Give 20 claims as Keycloak writes them, in any order."""
    dice = random.Random(number)
    roles = {"account": {"roles": ["manage-account", "manage-account-links", "view-profile"]}}
    session = {"typ": "Bearer", "azp": "portal", "acr": "1", "scope": "openid email profile"}
    person = {"name": "A. Example", "given_name": "A.", "family_name": "Example", "email": "a@example.org"}
    claims = {
        "exp": exp,
        "iat": iat,
        "jti": f"{number:032x}",
        "iss": "https://idp.example.org/realms/hpc",
        "sub": f"{number:036x}",
        "sid": f"{number:032x}",
        "allowed-origins": ["https://portal.example.org"],
        "realm_access": {"roles": ["default-roles-hpc", "offline_access", "uma_authorization"]},
        "resource_access": roles,
        "email_verified": True,
        "preferred_username": f"user{number}",
        "sun": f"user{number}",
        **session,
        **person,
    }
    return dict(dice.sample(list(claims.items()), len(claims)))


def kinds() -> dict[str, list[str]]:
    """Make tokens of each kind; all are valid for the next day."""
    iat = int(time.time()) - 1
    exp = iat + 86400

    def golang(number: int) -> str:
        claims = {"exp": exp, "iat": iat, "iss": "https://idp.example.org", "jti": f"{number:032x}"}
        return compact({**claims, "nbf": iat, "sun": f"user{number}"})

    def rich(number: int) -> str:
        groups = [f"/project/group{entry}" for entry in range(12)]
        claims = {"sun": f"user{number}", "exp": exp, "iat": iat, "sub": f"{number:036x}", "groups": groups}
        return compact({**claims, "realm_access": {"roles": ["user", "staff"]}, "name": "A. Example"})

    return {
        "as scontrol": tokens(lambda number: compact({"exp": exp, "iat": iat, "sun": f"user{number}"})),
        "as golang-jwt": tokens(golang),
        "other order": tokens(lambda number: compact({"sun": f"user{number}", "iat": iat, "exp": exp})),
        "with blanks": tokens(lambda number: json.dumps({"exp": exp, "iat": iat, "sun": f"user{number}"})),
        "many claims": tokens(rich),
        "as Keycloak": tokens(lambda number: compact(keycloak(number, iat, exp)), HEADER_OF_KEYCLOAK),
        "Keycloak, blanks": tokens(lambda number: json.dumps(keycloak(number, iat, exp))),
    }


def compact(claims: dict[str, object]) -> str:
    """Write JSON without blanks."""
    return json.dumps(claims, separators=(",", ":"))


def claims_for(user: str) -> dict[str, Any]:
    """Give the claims of `scontrol token`, for issuers that take claims."""
    now = int(time.time())
    return {"exp": now + 1800, "iat": now, "sun": user}


def bare() -> Contender:
    """Sign what is to be signed, and nothing else. It is given the signing inputs as bytes."""

    def sign(signing_input: bytes) -> object:
        return hmac.digest(KEY, signing_input, "sha256")

    return Contender("hmac.digest", sign, sign)


def reference() -> Contender:
    """Give the package that this suite brings."""
    from slurm_jwt import Issuer, Verifier

    return Contender("reference", Verifier(KEY).verify, Issuer(KEY).issue)


def pyjwt() -> Contender:
    """Call PyJWT: https://pyjwt.readthedocs.io/en/stable/usage.html."""
    import jwt

    def verify(token: str) -> object:
        return jwt.decode(token, KEY, algorithms=["HS256"], options={"require": ["exp", "iat", "sun"]})

    return Contender("PyJWT", verify, lambda user: jwt.encode(claims_for(user), KEY, algorithm="HS256"))


def authlib() -> Contender:
    """Call Authlib: https://docs.authlib.org/en/stable/jose/jwt.html."""
    with warnings.catch_warnings():
        import authlib.deprecate  # noqa: F401 - sets a warning filter of its own, which the next line outdoes

        warnings.simplefilter("ignore")  # it says that authlib.jose is deprecated
        from authlib.jose import JsonWebToken
    library = JsonWebToken(["HS256"])
    required = {name: {"essential": True} for name in ("exp", "iat", "sun")}

    def verify(token: str) -> object:
        claims = library.decode(token, KEY, claims_options=required)
        claims.validate()
        return claims

    return Contender("Authlib", verify, lambda user: library.encode({"alg": "HS256"}, claims_for(user), KEY))


def joserfc() -> Contender:
    """Call joserfc: https://jose.authlib.org/en/guide/jwt/."""
    from joserfc import jwt
    from joserfc.jwk import OctKey

    key = OctKey.import_key(KEY)
    required = jwt.ClaimsOption(essential=True)

    def verify(token: str) -> object:
        decoded = jwt.decode(token, key, algorithms=["HS256"])
        jwt.JWTClaimsRegistry(exp=required, iat=required, sun=required).validate(decoded.claims)
        return decoded.claims

    return Contender("joserfc", verify, lambda user: jwt.encode({"alg": "HS256"}, claims_for(user), key))


def jwcrypto() -> Contender:
    """Call jwcrypto: https://jwcrypto.readthedocs.io/en/latest/jwt.html."""
    from jwcrypto.jwk import JWK
    from jwcrypto.jwt import JWT

    key = JWK(kty="oct", k=base64url(KEY).decode())
    required = {"exp": None, "iat": None, "sun": None}

    def verify(token: str) -> object:
        return JWT(jwt=token, key=key, algs=["HS256"], check_claims=required, expected_type="JWS").claims

    def issue(user: str) -> object:
        token = JWT(header={"alg": "HS256", "typ": "JWT"}, claims=claims_for(user))
        token.make_signed_token(key)
        return token.serialize()

    return Contender("jwcrypto", verify, issue)


def python_jose() -> Contender:
    """Call python-jose: https://python-jose.readthedocs.io/en/latest/jwt/api.html."""
    from jose import jwt

    options = {"require_exp": True, "require_iat": True, "require_sun": True}

    def verify(token: str) -> object:
        return jwt.decode(token, KEY, algorithms=["HS256"], options=options)

    return Contender("python-jose", verify, lambda user: jwt.encode(claims_for(user), KEY, algorithm="HS256"))


def seconds(work: Callable[[Any], object], inputs: Iterable[Any]) -> float:
    """Measure the processor time for all inputs; what other processes take does not count."""
    start = time.thread_time()
    for entry in inputs:
        work(entry)
    return time.thread_time() - start


def measure(
    work: dict[str, tuple[Callable[[Any], object], list[Any]]], rounds: int
) -> dict[str, list[float]]:
    """Give each contender's time for each slice, in microseconds an operation."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for function, inputs in work.values():  # warm up: imports, lookups, and proof that nothing is refused
        seconds(function, inputs[:SLICE])
    for start in range(0, TOKENS, SLICE) if rounds else ():
        for _ in range(rounds):
            for name, (function, inputs) in work.items():
                taken = seconds(function, inputs[start : start + SLICE])
                times[name].append(taken / SLICE * 1e6)
    return times


def ratios(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Say how many times faster than each base a contender is, and its median microseconds."""
    return {
        name: {
            "microseconds": statistics.median(own),
            **{
                base: statistics.median(b / o for b, o in zip(times[base], own, strict=True))
                for base in BASES
            },
        }
        for name, own in times.items()
    }


def run(rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """Measure everything: job -> contender -> figures."""
    contenders = [bare(), reference(), pyjwt(), authlib(), joserfc(), jwcrypto(), python_jose()]
    results = {}
    for kind, made in kinds().items():
        signing_inputs = [token.rpartition(".")[0].encode() for token in made]
        work: dict[str, tuple[Callable[[Any], object], list[Any]]] = {
            entry.name: (entry.verify, signing_inputs if entry.name == "hmac.digest" else made)
            for entry in contenders
        }
        results[f"verify, {kind}"] = ratios(measure(work, rounds))
        if kind == "as scontrol":
            users = [f"user{number}" for number in range(TOKENS)]
            work = {
                entry.name: (entry.issue, signing_inputs if entry.name == "hmac.digest" else users)
                for entry in contenders
            }
            results["issue"] = ratios(measure(work, rounds))
    return results


def machine() -> dict[str, str]:
    """Say what the figures were measured with."""
    names = ("PyJWT", "Authlib", "joserfc", "jwcrypto", "python-jose", "msgspec")
    return {
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        **{name: version(name) for name in names},
    }


def table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """Write the figures as one Markdown table: times PyJWT, and times hmac.digest in brackets."""
    names = list(next(iter(results.values())))
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for job, figures in results.items():
        cells = [f"{figures[name]['PyJWT']:.2f} ({figures[name]['hmac.digest']:.3f})" for name in names]
        lines.append(f"| {job} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Measure verifying and issuing, side by side.")
    parser.add_argument("--rounds", type=int, default=1, help="times that each slice is measured (default 1)")
    parser.add_argument("--json", action="store_true", help="print figures as JSON instead of a table")
    options = parser.parse_args()
    results = run(options.rounds)
    if options.json:
        print(json.dumps({"machine": machine(), "jobs": results}, indent=1))
        return 0
    print(table(results))
    print("\nTimes as fast as PyJWT, and in brackets as hmac.digest alone; medians over", end=" ")
    print(f"{TOKENS // SLICE * options.rounds} slices of {SLICE} of {TOKENS} distinct tokens.")
    print("; ".join(f"{name} {text}" for name, text in machine().items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
