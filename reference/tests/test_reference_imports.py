"""What importing the package costs, and that its names are what they seem."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import slurm_jwt

SLOW = (
    "msgspec",
    "dataclasses",
    "inspect",
    "pathlib",
    "importlib.metadata",
    "asyncio",
    "random",
    "decimal",
    "cryptography",
)


def loaded_by(program: str) -> list[str]:
    """Name the slow modules that a fresh interpreter holds after a program."""
    listing = f"{program}\nimport sys; print(*(name for name in {SLOW!r} if name in sys.modules))"
    # -S: an editable install may load some of them by itself.
    paths = [path for path in sys.path if path]
    script = f"import sys; sys.path[:] = {paths!r}\n{listing}"
    run = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True)
    return run.stdout.split()


@pytest.mark.program
def test_examining_loads_no_slow_module() -> None:
    program = (
        "import slurm_jwt, slurm_jwt.strict.keys\nslurm_jwt.examine('a.b.c', bytes(32))\nslurm_jwt.Refused"
    )
    assert loaded_by(program) == []


@pytest.mark.program
def test_only_an_rs256_token_loads_cryptography() -> None:
    key = {"kty": "RSA", "kid": "a", "alg": "RS256", "e": "AQAB", "n": "_" * 341 + "w"}
    hs256 = (
        f"import slurm_jwt\njwks = {json.dumps({'keys': [key]})!r}\n"
        "token = slurm_jwt.Issuer(bytes(32)).issue('a')\n"
        "slurm_jwt.Verifier(bytes(32), jwks=jwks).verify(token)\n"
        "slurm_jwt.examine(token, bytes(32), jwks=jwks)\n"
    )
    rs256 = "slurm_jwt.examine('eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.' + 'A' * 342, jwks=jwks)"
    assert "cryptography" not in loaded_by(hs256)
    assert "cryptography" in loaded_by(hs256 + rs256)


@pytest.mark.program
def test_the_verifier_loads_msgspec() -> None:
    """Guards the test above: the list is able to hold something."""
    assert "msgspec" in loaded_by("import slurm_jwt\nslurm_jwt.Verifier")


@pytest.mark.parametrize("name", slurm_jwt.__all__)
def test_every_name_is_there_and_listed(name: str) -> None:
    assert getattr(slurm_jwt, name).__name__ == name
    assert name in dir(slurm_jwt)


def test_examine_stays_a_function_when_its_module_is_loaded() -> None:
    import slurm_jwt.strict.examination
    import slurm_jwt.strict.issue
    import slurm_jwt.strict.verify

    assert slurm_jwt.examine is slurm_jwt.strict.examination.examine


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'verify_all'"):
        slurm_jwt.verify_all  # noqa: B018 - the access is what is tested
