"""What pytest and other tools print of an error, the variables of its frames, holds no token and no key."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slurm_jwt import Issuer, Refused, Verifier, examine, write_jwks

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

KEY = b"canary-key-of-32-bytes-0123456789"
NOW = 1_893_456_000
TOKEN = Issuer(KEY).issue("alice", now=NOW)

JWKS = b'{"keys": [{"kty": "RSA", "kid": "k", "n": "AQAB", "d": "canary-key"}]}'
PEM = b"-----BEGIN PRIVATE KEY-----\ncanary-key\n-----END PRIVATE KEY-----\n"

CALLS: dict[str, Callable[[], object]] = {
    "expired": lambda: Verifier(KEY).verify(TOKEN, NOW + 9999),
    "forged": lambda: Verifier(bytes(32)).verify(TOKEN, NOW),
    "bytes": lambda: Verifier(KEY).verify(TOKEN.encode()[:-1], NOW),
    "audience": lambda: Verifier(KEY, audience="x").verify(TOKEN, NOW),
    "token in a list": lambda: Verifier(KEY).verify([TOKEN], NOW),  # type: ignore[arg-type]  # what is tested
    "no moment": lambda: Verifier(KEY).verify(TOKEN, float("nan")),
    "short key": lambda: Verifier(KEY[:31]),
    "key as text": lambda: Verifier(KEY.decode()),  # type: ignore[arg-type]  # what is tested
    "setting": lambda: Verifier(KEY, issuer=""),
    "short key of an issuer": lambda: Issuer(KEY[:31]),
    "key of an issuer as text": lambda: Issuer(KEY.decode()),  # type: ignore[arg-type]  # what is tested
    "private JWKS": lambda: Verifier(jwks=JWKS),
    "private JWKS in a list": lambda: Verifier(jwks=[JWKS]),  # type: ignore[arg-type]  # what is tested
    "private JWKS beside a short key": lambda: Verifier(KEY[:31], jwks=JWKS),
    "examine with a JWKS in a list": lambda: examine(TOKEN, jwks=[JWKS]),  # type: ignore[arg-type]  # what is tested
    "examine with a JWKS and its edition": lambda: examine(TOKEN, jwks=JWKS, edition="2020"),
    "private key that is no PEM": lambda: Issuer(rsa=PEM),
    "private JWK without e": lambda: Issuer(rsa=JWKS[10:-2]),
    "private key as text": lambda: Issuer(rsa=PEM.decode()),  # type: ignore[arg-type]  # what is tested
    "private key and key": lambda: Issuer(KEY, rsa=PEM),
    "private key of a JWKS": lambda: write_jwks({"k": PEM}),
    "user": lambda: Issuer(KEY).issue("-a"),
    "examine with a key as text": lambda: examine(TOKEN, KEY.decode()),  # type: ignore[arg-type]  # what is tested
    "examine a list": lambda: examine([TOKEN], KEY),  # type: ignore[arg-type]  # what is tested
    "examine at no moment": lambda: examine(TOKEN, KEY, float("nan")),
    "examine with a setting": lambda: examine(TOKEN, KEY, audience=""),
}


def frames_of_the_package(trace: TracebackType | None) -> str:
    """The variables of all frames but those of this file, as text."""
    shown = []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename != __file__:
            shown += [
                f"{name} = {value!r}" for name, value in trace.tb_frame.f_locals.items() if name != "self"
            ]
        trace = trace.tb_next
    return "\n".join(shown)


@pytest.mark.parametrize("name", CALLS)
def test_no_frame_of_an_error_holds_a_token_or_a_key(name: str) -> None:
    with pytest.raises((Refused, TypeError, ValueError)) as caught:
        CALLS[name]()
    shown = frames_of_the_package(caught.value.__traceback__)
    assert shown
    assert TOKEN[:40] not in shown
    assert "canary-key" not in shown


@pytest.mark.program
@pytest.mark.parametrize("options", [[], ["-l"], ["--full-trace", "-l"], ["--tb=short", "-l"]], ids=" ".join)
def test_pytest_shows_no_token_and_no_key(options: list[str], tmp_path: Path) -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    names = list(CALLS)
    test = "\n".join(f"def test_{number}():\n    CALLS[{name!r}]()\n" for number, name in enumerate(names))
    begin = source.index("KEY = b")
    end = source.index("def frames_of_the_package")
    imports = "from slurm_jwt import Issuer, Verifier, examine, write_jwks\n"
    body = source[begin:end].replace(": dict[str, Callable[[], object]]", "")
    (tmp_path / "test_canary.py").write_text(imports + body + test, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        *options,
        str(tmp_path),
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f"{len(names)} failed" in run.stdout
    assert "exp.unexpired" in run.stdout
    assert TOKEN[:40] not in run.stdout + run.stderr
    assert "canary-key" not in run.stdout + run.stderr
