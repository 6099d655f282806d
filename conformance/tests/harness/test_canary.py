"""Canaries: a run with keys and tokens of known bytes, after which nothing that was written holds them.

The key's SHA-256 counts as the key: HMAC replaces a key over 64 bytes by it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import sys

import pytest

from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.harness import choice
from slurm_jwt_conformance.harness.ledger import Ledger
from slurm_jwt_vectors.models import Case, IssuingCase, Key, Suite
from support.slurm import DEFAULT

SHORT = bytes.fromhex("c0ffee00c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77")
LONG = b"-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(hashlib.sha512(b"canary").digest() * 4) + b"\n"
KEYS = {"canary-short": SHORT, "canary-long": LONG}
NOW = 1893456000


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(key, claims, header=b'{"alg":"HS256","typ":"JWT"}'):
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(hmac.digest(key, signed.encode(), 'sha256'))}"


def made_tokens():
    """Tokens that are accepted, refused for their claims, and refused for their form, under each key."""
    good = b'{"exp":4102444800,"iat":1577836800,"sun":"alice"}'
    for name, key in KEYS.items():
        yield name, "good", token(key, good)
        yield name, "expired", token(key, b'{"exp":1577836801,"iat":1577836800,"sun":"alice"}')
        yield name, "not-json", token(key, b"{nonsense")
        yield name, "hs384", token(key, good, b'{"alg":"HS384"}')
        yield name, "array", token(key, b"[1]")
        yield name, "cut", token(key, good)[:-2]
        yield name, "padded", token(key, good) + "="


TOKENS = [made for _, _, made in made_tokens()]


def forbidden():
    """Every text that would give a secret away, by what it is."""
    for name, key in KEYS.items():
        for what, raw in {name: key, f"SHA-256 of {name}": hashlib.sha256(key).digest()}.items():
            yield f"{what}, raw", raw
            yield f"{what}, hex", raw.hex().encode()
            yield f"{what}, base64", base64.b64encode(raw).rstrip(b"=")
            yield f"{what}, base64url", base64.urlsafe_b64encode(raw).rstrip(b"=")
            yield f"{what}, as Python shows it", repr(raw)[2:-1].encode()
    for made in TOKENS:
        yield "a token", made.encode()
        yield "a signature", made.rpartition(".")[2].encode()


def assert_clean(place, written):
    for what, secret in forbidden():
        assert secret not in written, f"{place} holds {what}"
        assert secret.upper() not in written.upper() or len(secret) < 40, (
            f"{place} holds {what}, in another case"
        )


@pytest.fixture
def canaries(monkeypatch):
    """Put the canaries in the place of the published vectors."""
    keys = {
        name: Key(id=name, shape="canary", purpose="p", source="s", base64=base64.b64encode(key).decode())
        for name, key in KEYS.items()
    }
    cases = {
        f"canary.{what}-{name}": Case(
            id=f"canary.{what}-{name}", topic="canary", purpose="p", sources=("s",), key=name, now=NOW,
            any_time=True, verdict="valid" if what == "good" else "invalid",
            rules=() if what == "good" else ("form.base64url",), why=None, user=None, twin=None, token=made,
        )
        for name, what, made in made_tokens()
    }  # fmt: skip
    suite = Suite(cases=cases, keys=keys)
    monkeypatch.setattr(choice, "suite", lambda: suite)
    wishes = {
        f"issue.{name}": IssuingCase(
            id=f"issue.{name}", purpose="p", sources=("s",), key=name, now=NOW, expected="token", rules=(),
            claims={"exp": NOW + 1, "iat": NOW, "sun": "alice"}, why=None, holds={},
        )
        for name in KEYS
    }  # fmt: skip
    monkeypatch.setattr("slurm_jwt_vectors.load_issuing", lambda: wishes)
    monkeypatch.setattr("slurm_jwt_conformance.harness.session.MATRIX_KEYS", tuple(KEYS))
    monkeypatch.setattr(choice, "known_deviations", lambda *_: Ledger())


@pytest.mark.program
@pytest.mark.usefixtures("canaries")
def test_a_run_of_every_library_writes_no_secret(tmp_path, capfd):
    libraries = ["pyjwt", "authlib", "jwcrypto", "joserfc", "python-jose", "reference"]
    arguments = [word for name in libraries for word in ("-i", name)]
    code = main(["run", "--out", str(tmp_path), *arguments])
    out, err = capfd.readouterr()
    assert code == 1  # the ledger is empty, so refused PEM keys are new
    assert_clean("the terminal", (out + err).encode())
    written = sorted(tmp_path.iterdir())
    assert len(written) == 4
    for path in written:
        assert_clean(path.name, path.read_bytes())


@pytest.mark.slurm
@pytest.mark.usefixtures("canaries", "slurm")
def test_a_run_of_real_slurm_writes_no_secret(tmp_path, capfd):
    main(["run", "--live", "--out", str(tmp_path), "-i", f"slurmctld:{DEFAULT}"])
    out, err = capfd.readouterr()
    assert_clean("the terminal", (out + err).encode())
    assert '"accept"' in (tmp_path / "results.jsonl").read_text()
    for path in sorted(tmp_path.iterdir()):
        assert_clean(path.name, path.read_bytes())


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("options", [(), ("--json",), ("--jsonl",)])
def test_check_writes_no_secret(name, options, tmp_path, monkeypatch, capsys):
    key_file = tmp_path / "key"
    key_file.write_bytes(KEYS[name])
    for made in TOKENS:
        stdin = json.dumps({"id": 1, "token": made}).encode() if "--jsonl" in options else made.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        main(["check", *options, "--key-file", str(key_file)])
        out, err = capsys.readouterr()
        assert out
        assert_clean("check", (out + err).encode())


@pytest.mark.parametrize("key", KEYS.values(), ids=list(KEYS))
def test_objects_and_errors_of_the_reference_show_no_secret(key):
    import traceback

    from slurm_jwt import Issuer, Refused, Verifier

    shown = [repr(Verifier(key)), repr(Issuer(key)), str(vars(Refused))]
    for made in TOKENS:
        try:
            shown.append(repr(Verifier(key).verify(made, NOW)))
        except Refused as refused:
            shown += [repr(refused), "".join(traceback.format_exception(refused))]
    assert_clean("an object or a traceback", "\n".join(shown).encode())
