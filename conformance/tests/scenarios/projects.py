"""Scenarios with the issuers of public projects: each handles the key and the clock in its own way."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import TYPE_CHECKING

from scenarios.commands import ALL, CHECK, ERROR
from scenarios.files import HOUR, RANDOM, controller, token
from scenarios.scenario import Asked, Raised, Scenario

if TYPE_CHECKING:
    from support.made_up_site import File

WITH_NUL = RANDOM[:9] + b"\0" + RANDOM[10:-1] + b"\n"
TEXT = base64.b64encode(RANDOM)
CRLF = RANDOM.hex().encode() + b"\r\n"
_BAD = "error: auth_p_verify: jwt_decode failure: Invalid argument"
_UID = {"alice": 2001, "root": 0, "slurm": 64030, "generic": 99}


def _project(
    name: str,
    says: str,
    lifetime: int,
    user: str = "alice",
    *,
    with_key: bytes = b"",
    held: bytes = RANDOM,
    finds: tuple[str, ...] = (),
    shows: str = "",
    ahead: int = 0,
    **claims: object,
) -> Scenario:
    """Return the scenario of a project: its token, issued now, and what `check` finds.

    with_key: what the project makes of the key; held: slurmctld's key. ahead: seconds of its clock.
    """
    bad = bool(with_key) and with_key != held
    fails = bad or any(each.endswith(".required") for each in finds) or _UID[user] == 99

    def files(now: int) -> tuple[File, ...]:
        times = {"iat": now + ahead, "exp": now + ahead + lifetime}
        make = partial(token, with_key=with_key or held, user=user, **(times | claims))
        return controller(make, held)(now)

    said = _BAD if bad else f"debug2: Processing RPC: REQUEST_BUILD_INFO from UID={_UID[user]}"
    found = ("signature.match", *finds) if bad else finds
    shown = shows or str(_UID[user])
    return Scenario(
        f"projects.{name}", says, files, ALL, Asked(), said, CHECK, found, (shown,), exit=int(fails)
    )


def _wrapped(now: int) -> File:
    bare = token(now).content or b""
    return token(now)._replace(content=json.dumps({"access_token": bare.decode().rstrip()}).encode())


def _as_text(content: bytes) -> str:
    """Read a key as cluster-agent does, with open(path, "r").read(); return Python's complaint."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"{type(error).__name__}: {error}"
    return ""


_PCS = {"gecos": "", "dir": "/home/alice", "gids": [2001], "shell": "/bin/sh"}

SCENARIOS: tuple[Scenario, ...] = (
    _project(
        "slurm-operator",
        "Slinky's slurm-operator writes a token for SlurmUser that lives 15 minutes.",
        900,
        "slurm",
        finds=("user.slurm-user",),
        iss="slurm-operator",
        jti="6a7f0e8e-0d6c-4b6e-9a43-0c1d6f0c4c55",
    ),
    _project(
        "slurm-web", "Slurm-web writes a token for slurm that lives an hour.", HOUR, "slurm",
        finds=("user.slurm-user",),
    ),
    _project("gen-jwt", "The script gen_jwt.py of Slurm's page writes a token for a user.", HOUR),
    _project(
        "text-mode", "cluster-agent reads a key of text in text mode, which turns CR LF into LF.", 24 * HOUR,
        held=CRLF, with_key=CRLF.replace(b"\r\n", b"\n"), shows="with CR LF line ends made LF",
    ),
    _project(
        "naive-clock", "A Kubernetes operator takes datetime.now() two hours east of UTC as UTC.",
        24 * HOUR,
        finds=("time.zone", "token.lifetime"), ahead=2 * HOUR,
    ),
    _project(
        "no-iat", "iri-facility-api-python leaves out iat, although its documentation lists it.", HOUR,
        finds=("iat.required",), iat=None,
    ),
    _project(
        "decoded", "iri-facility-api-python decodes a key file that is base64 text itself.", HOUR,
        held=TEXT, with_key=RANDOM, shows="decoded from base64",
    ),
    _project(
        "cat", "cc-docker reads the key with $(cat FILE), which drops NUL bytes and final newlines.", 1800,
        "root", held=WITH_NUL, with_key=WITH_NUL.replace(b"\0", b"").rstrip(b"\n"), shows="$(cat FILE)",
    ),
    _project(
        "three-years", "cc-docker writes a token for root of 100,000,000 seconds.",
        100_000_000, "root",
        finds=("user.root", "token.lifetime"), shows="makes its holder root for 1,157 days",
    ),
    _project(
        "generic", "A REST proxy writes a token of 10 seconds for its default user, whom no host knows.", 10,
        "generic", finds=("user.unknown",),
    ),
    _project(
        "base64-option", "A REST client signs with the text of openssl base64 and forgets to decode it.", 600,
        "root", with_key=base64.encodebytes(RANDOM), shows="openssl base64 write it",
    ),
    _project(
        "pcs", "An AWS PCS server writes uid, gid and id into the token, and the cluster is not PCS.", 600,
        finds=("identity.unread",), uid=2001, gid=2001, id=_PCS, gecos="", dir="/home/alice",
    ),
    _project(
        "pcs-root", "create_root_jwt writes a token for root with uid 0 for AWS PCS.", 600, "root",
        finds=("identity.unread", "user.root"), uid=0, gid=0, id=_PCS | {"name": "root"},
    ),
    _project("portal", "A portal with golang-jwt writes its project's name into the token.", 1800, prj="p1"),
    _project(
        "newline", "A portal adds a newline to the key in its variable; this key file has none.", 24 * HOUR,
        with_key=RANDOM + b"\n", shows="with a final newline added",
    ),
    _project(
        "minute", "A Go package makes a token for slurm anew for each request.", 60, "slurm",
        finds=("user.slurm-user",),
    ),
    Scenario(
        "projects.json",
        "pam-jwt-issuer answers with JSON, and the whole answer is taken for the token.",
        controller(_wrapped),
        ("24.11", "22.05"),
        Asked(),
        "error: auth_p_verify: initial jwt_decode failure: Invalid argument",
        CHECK,
        ("token.wrapped",),
        ("the token inside: pass",),
    ),
    Scenario(
        "projects.binary-as-text",
        "cluster-agent reads a random key in text mode, and ends before it signs.",
        controller(),
        ALL,
        Raised(_as_text),
        "UnicodeDecodeError: 'utf-8' codec can't decode byte",
        ERROR,
        ("issuer.key-as-text",),
        exit=0,
    ),
)  # fmt: skip
