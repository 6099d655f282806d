"""What `slurm-jwt keygen --json` writes about the key: never its bytes."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import os
from typing import Annotated, Literal

from msgspec import Meta

from slurm_jwt.strict.keys import describe
from slurm_jwt_reports.schema import Strict

Shape = Literal["bytes", "hex", "pem"]


class Settings(Strict, frozen=True, rename={"types": "AuthAltTypes", "parameters": "AuthAltParameters"}):
    """What slurm.conf and slurmdbd.conf must say."""

    types: Literal["auth/jwt"]
    parameters: Annotated[str, Meta(pattern="^jwt_key=/")]


class KeygenReport(Strict, frozen=True):
    """The new key file, and the settings that name it."""

    format: Literal["slurm-jwt keygen"]
    version: Literal[1]
    file: Annotated[str, Meta(pattern="^/", description="the key's file, as an absolute path")]
    bytes: Annotated[int, Meta(ge=32, description="length of the file: every byte of it is the key")]
    shape: Annotated[
        Shape,
        Meta(description="32 random bytes, 64 hex digits (--hex), or the text of an RSA key in PEM (--pem)"),
    ]
    fingerprint: Annotated[
        str,
        Meta(
            pattern="^[0-9a-f]{16}$",
            description='first 8 bytes of HMAC-SHA256(key, "slurm-jwt fingerprint v1"), hex',
        ),
    ]
    mode: Literal["0600"]
    owner: Annotated[str | None, Meta(description="the user of --owner; null: the caller")]
    settings: Settings
    restart: Annotated[
        tuple[Literal["slurmctld", "slurmdbd"], ...],
        Meta(description="daemons that read the key only when they start"),
    ]


def report(path: str, key: bytes, shape: Shape, owner: str | None) -> KeygenReport:
    """Return the report on a new key file. owner: the user of --owner, or None."""
    facts = describe(key)
    place = os.path.abspath(path)  # noqa: PTH100 - daemons need an absolute path
    return KeygenReport(
        format="slurm-jwt keygen",
        version=1,
        file=place,
        bytes=facts.length,
        shape=shape,
        fingerprint=facts.fingerprint,
        mode="0600",
        owner=owner,
        settings=Settings(types="auth/jwt", parameters=f"jwt_key={place}"),
        restart=("slurmctld", "slurmdbd"),
    )
