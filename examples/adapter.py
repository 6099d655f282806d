"""An adapter of slurm-jwt in Python: PyJWT, as its documentation tells a careful user to call it.

    slurm-jwt adapter check 'cmd:python3 examples/adapter.py'
    slurm-jwt run -i 'mine=cmd:python3 examples/adapter.py'

It needs PyJWT and time-machine. docs/adapter-protocol.md has the rules; adapter.mjs is in JavaScript.
"""

import base64
import json
import os
import sys
from datetime import date, datetime
from decimal import Decimal

import jwt
import time_machine

PYJWT = jwt.PyJWT({"enforce_minimum_key_length": True})
REQUIRED = {"require": ["exp", "iat", "sun"]}
STARTED = {
    "protocol": 2,
    "library": "PyJWT",
    "version": jwt.__version__,
    "language": f"Python {sys.version.split()[0]}",
    "roles": ["issuer", "verifier"],
    "algorithms": ["HS256", "RS256"],
    "clock": "patched",  # PyJWT reads the clock: each call sees `now`
    "not_checked": ["header.types", "sun.string", "sun.empty"],
}
VALUES = {
    "$float": float,
    "$int": int,
    "$decimal": Decimal,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$bytes": base64.b64decode,
    "$utf16": lambda text: bytes.fromhex(text).decode("utf-16-be", "surrogatepass"),
    "$pairs": lambda pairs: {name: value(inner) for name, inner in pairs},
}


def value(shown):
    """Return the Python value of a part of the claims: {"$int": "1"} is 1, in any place."""
    if isinstance(shown, list):
        return [value(inner) for inner in shown]
    if not isinstance(shown, dict):
        return shown
    if len(shown) == 1 and (tag := next(iter(shown))) in VALUES:
        return VALUES[tag](shown[tag])
    return {name: value(inner) for name, inner in shown.items()}


def content(question, name):
    """Return the bytes of the token or of the JWKS, None if the question has none."""
    if name in question:
        return question[name].encode()
    return base64.b64decode(question[f"{name}_base64"]) if f"{name}_base64" in question else None


def key_of(question, token):
    """Return the key for this token, and the one algorithm of this key."""
    header, jwks = jwt.get_unverified_header(token), content(question, "jwks")
    if jwks is None or ("key_base64" in question and header.get("alg") == "HS256"):
        return base64.b64decode(question["key_base64"]), ["HS256"]
    for key in jwt.PyJWKSet.from_json(jwks.decode()):
        if key.key_id and key.key_id == header.get("kid") and key.public_key_use in {"sig", None}:
            return key, ["RS256"]
    raise jwt.InvalidKeyError("no key of the JWKS has the kid of the token")


def verify(question):
    """Answer accept, reject or crash."""
    token = content(question, "token")
    try:
        key, algorithms = key_of(question, token)
        with time_machine.travel(question["now"], tick=False):
            claims = PYJWT.decode(token, key, algorithms=algorithms, leeway=0, options=REQUIRED)
    except (jwt.PyJWTError, ValueError) as error:  # those of PyJWT, and of json for a JWKS that is not JSON
        return {"outcome": "reject", "error": f"{type(error).__name__}: {error}"}
    except Exception as error:  # every other error is a crash
        return {"outcome": "crash", "error": f"{type(error).__name__}: {error}"}
    user = claims.get("sun")
    return {"outcome": "accept", "claims": {"sun": user} if isinstance(user, str) else {}}


def issue(question):
    """Answer token, refuse or crash."""
    key = question["pem"] if "pem" in question else base64.b64decode(question["key_base64"])
    headers = {"kid": question["kid"]} if "pem" in question else None
    try:
        with time_machine.travel(question["now"], tick=False):
            token = PYJWT.encode(value(question["claims"]), key, question["algorithm"], headers)
    except (jwt.PyJWTError, TypeError, ValueError) as error:  # PyJWT's, and those of the JSON encoder
        return {"outcome": "refuse", "error": f"{type(error).__name__}: {error}"}
    except Exception as error:
        return {"outcome": "crash", "error": f"{type(error).__name__}: {error}"}
    return {"outcome": "token", "token": token}


def main():
    """Answer each line of stdin with a line on stdout, until stop or the end of stdin."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints goes to stderr
    for line in sys.stdin.buffer:
        question = json.loads(line)
        if question["op"] == "stop":
            return
        if question["op"] == "start":
            verify(question)  # loads what the first token needs
            answer = STARTED
        else:
            answer = {"id": question["id"], **{"verify": verify, "issue": issue}[question["op"]](question)}
        print(json.dumps(answer), file=answers, flush=True)


main()
