"""Scenarios with one opaque line, and with the key: an issuer has it, and signs with something near it."""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from scenarios.commands import ALL, CHECK, ERROR, LOG, PROBE
from scenarios.files import OTHER, RANDOM, USES_JWT, controller, key, token
from scenarios.scenario import Asked, Raised, Scenario, Sent, Typed
from slurm_jwt_vectors import load
from support.made_up_site import File

if TYPE_CHECKING:
    from scenarios.files import Files

EXPIRED = partial(token, iat=1763800000, exp=1763801800)
"""A token of November 2025, for half an hour."""

ONE_LINE = (
    Scenario(
        "one-line.client",
        "A command with a token ends with an error that names no reason.",
        controller(EXPIRED),
        ("22.05", "20.11"),
        Typed(("scontrol", "show", "config")),
        "slurm_load_ctl_conf error: Zero Bytes were transmitted or received",
        ERROR,
        ("client.zero-bytes",),
        exit=0,
    ),
    Scenario(
        "one-line.http",
        "slurmrestd answers 511 and error 1007, whatever is wrong with the token.",
        controller(EXPIRED),
        ("24.11", "26.05"),
        Sent(),
        '"error_number": 1007,\n"error": "Protocol authentication error",',
        ERROR,
        ("rest.refused",),
        exit=0,
    ),
    Scenario(
        "one-line.log",
        "slurmctld.log has one short line, and there may be five reasons for it.",
        controller(EXPIRED),
        ALL,
        Asked(),
        "error: auth_p_verify: token expired",
        LOG,
        ("exp.expired",),
        exit=0,
    ),
    Scenario(
        "one-line.token",
        "The refused token is at hand, and slurmctld's log is not.",
        controller(EXPIRED),
        ALL,
        Asked(),
        "error: auth_p_verify: token expired",
        CHECK,
        ("exp.unexpired",),
        ("token expired",),
    ),
    Scenario(
        "one-line.cluster",
        "There are the token and the cluster: what does it really do, and is that as foretold?",
        controller(EXPIRED),
        ("22.05",),
        Asked(),
        "slurm_load_ctl_conf error: Zero Bytes were transmitted or received",
        PROBE,
        ("refused", "agrees"),
        ("model: agrees",),
        began="""\
fail: refused: the token is refused by slurmctld (through scontrol)

error[probe.refused] slurmctld, through scontrol: refused
  release: Slurm 22.05.8, according to the client here
  answer:  slurm_load_ctl_conf error: Zero Bytes were transmitted or received
  model:   agrees: the model of 22.05.8/libjwt1.10.2 (observed) refuses it:
           `error: auth_p_verify: token expired`. Exp is in the past.
""",
    ),
)

LINE = RANDOM.hex().encode() + b"\n"
SECRET = b"a-client-secret-of-an-identity-provider"


class _Mistake(NamedTuple):
    """What an issuer made of the key, and the words by which `check` names it."""

    name: str
    says: str
    right: bytes
    wrong: bytes
    fit: str
    command: str = CHECK
    beside: tuple[File, ...] = ()


def _pain(mistake: _Mistake) -> Scenario:
    return Scenario(
        f"key.{mistake.name}",
        mistake.says,
        _signed(mistake.right, mistake.wrong, mistake.beside),
        ALL,
        Asked(),
        "error: auth_p_verify: jwt_decode failure: Invalid argument",
        mistake.command,
        ("signature.match",),
        (mistake.fit,),
    )


def _signed(right: bytes, wrong: bytes, beside: tuple[File, ...] = ()) -> Files:
    return controller(partial(token, with_key=wrong), right, USES_JWT, *beside)


_MISTAKES = (
    _Mistake(
        "newline",
        "The key was made with openssl rand -hex 32, and a secret store dropped the line end.",
        LINE,
        LINE.rstrip(),
        "without its final newline",
    ),
    _Mistake(
        "base64",
        "The key went into a secrets manager as base64, and the issuer signs with that text.",
        RANDOM,
        base64.b64encode(RANDOM),
        "as base64 text",
    ),
    _Mistake(
        "decoded",
        "The key file is hex text, and the issuer decodes it first.",
        LINE,
        RANDOM,
        "decoded from hex",
    ),
    _Mistake(
        "text-mode",
        "The issuer reads the binary key as text, which replaces what is no UTF-8.",
        RANDOM,
        RANDOM.decode("utf-8", "replace").encode(),
        "read as UTF-8, with U+FFFD for what is none",
    ),
    _Mistake(
        "client-secret",
        "The identity provider signs with the client's secret, as OpenID Connect has it for HS256.",
        RANDOM,
        SECRET,
        "the key in client-secret.txt",
        CHECK.replace(" <", " --candidate-key client-secret.txt <"),
        (File("client-secret.txt", SECRET, 0o600),),
    ),
    _Mistake(
        "neighbour",
        "The scripts of Slurm's page open jwt.key, and slurmctld's default is jwt_hs256.key.",
        RANDOM,
        OTHER,
        "the key in jwt.key (in the key file's folder)",
        CHECK,
        (key(OTHER, name="jwt.key"),),
    ),
)


def pyjwt(pem: bytes) -> str:
    """Sign with a key as PyJWT's documentation does; return its complaint."""
    import jwt

    try:
        jwt.encode({"sun": "alice"}, pem, algorithm="HS256")
    except jwt.InvalidKeyError as error:
        return f"{type(error).__module__}.{type(error).__name__}: {error}"
    return ""


_PEM = load().keys["pem-pkcs1"].bytes

KEYS = (
    *map(_pain, _MISTAKES),
    Scenario(
        "key.pem",
        "The key is the PEM that Slurm's first page on tokens makes; the issuer's library refuses it.",
        _signed(_PEM, _PEM),
        ALL,
        Raised(pyjwt),
        "jwt.exceptions.InvalidKeyError: The specified key is an asymmetric key or x509 certificate"
        " and should not be used as an HMAC secret.",
        ERROR,
        ("issuer.pem",),
        exit=0,
    ),
)

SCENARIOS: tuple[Scenario, ...] = ONE_LINE + KEYS
