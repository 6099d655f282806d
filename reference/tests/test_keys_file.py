"""The key: loading a file in every state that it can be in, and telling of a key without showing it."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt.strict.keys import (
    KeyFileError,
    describe,
    examine_key,
    fingerprint,
    generate,
    load_key,
    token_fingerprint,
)

NOBODY = 65534


@pytest.mark.parametrize("key", [b"\0", bytes(range(32)), b"-----BEGIN\r\n", b"k" * 1_048_576], ids=range(4))
def test_every_byte_of_the_file_is_the_key(tmp_path: Path, key: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(key)
    assert load_key(path) == load_key(str(path)) == key


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"k" * 32)
    (tmp_path / "link").symlink_to("key")
    assert load_key(tmp_path / "link") == b"k" * 32


def refusal(path: str | Path) -> str:
    """Load a bad file within five seconds and give the message."""
    messages: list[str] = []

    def load() -> None:
        with pytest.raises(KeyFileError) as caught:
            load_key(path)
        messages.append(str(caught.value))
        assert caught.value.__cause__ is None

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    thread.join(5)
    assert messages, f"no KeyFileError within 5 seconds: {path!r}"
    return messages[0]


def test_a_missing_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "key")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert "does not exist" in refusal(tmp_path / "dangling")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    assert "is empty; write 32 random bytes" in refusal(tmp_path / "key")


def test_a_file_too_large_for_a_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"k" * 1_048_577)
    assert "larger than 1 MiB" in refusal(tmp_path / "key")


def test_a_directory(tmp_path: Path) -> None:
    assert "is a directory; name the plain file" in refusal(tmp_path)
    (tmp_path / "key").touch()
    assert "cannot be read" in refusal(tmp_path / "key" / "below")


def test_a_fifo_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert "is a FIFO" in refusal(tmp_path / "fifo")


def test_a_device() -> None:
    assert "is a device" in refusal("/dev/zero")
    assert "is a device" in refusal("/dev/null")


def test_a_socket() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/socket")
        assert "is a socket" in refusal(f"{folder}/socket")


def test_what_is_no_file_name() -> None:
    assert "cannot be read" in refusal("a\0b")
    assert "cannot be read" in refusal("x" * 5000)
    assert "\x1b" not in refusal("\x1b[2J")


def test_a_path_that_becomes_a_fifo_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_bytes(b"k" * 32)
    os.mkfifo(tmp_path / "fifo")
    plain = (tmp_path / "key").stat()
    monkeypatch.setattr(os, "stat", lambda _: plain)
    assert "is a FIFO" in refusal(tmp_path / "fifo")


def test_the_file_is_opened_for_reading_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_bytes(b"k" * 32)
    flags: list[int] = []
    really_open = os.open

    def record(path: Path, flag: int) -> int:
        flags.append(flag)
        return really_open(path, flag)

    monkeypatch.setattr(os, "open", record)
    load_key(tmp_path / "key")
    assert [flag & (os.O_ACCMODE | os.O_CREAT | os.O_TRUNC) for flag in flags] == [os.O_RDONLY]


def test_a_file_of_another_user() -> None:
    """In a folder that everybody may enter, asked as an ordinary user: root may read everything."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "key"
        path.write_bytes(b"k" * 32)
        path.chmod(0o000)
        message = as_ordinary_user(path)
    assert "may not be read by this user; run as its owner" in message


def as_ordinary_user(path: Path) -> str:
    """Give the message of loading a file in a forked process without root's rights."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            load_key(path)
            os.write(writing, b"it was read")
        except KeyFileError as error:
            os.write(writing, str(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return pipe.read()


def test_the_fingerprint_is_the_documented_hmac() -> None:
    """As openssl dgst -mac HMAC gives it, for a key longer than HMAC's block."""
    assert fingerprint(bytes(range(100))) == "f4e6c66bd8ffd7a9"


def test_a_tokens_fingerprint_is_its_sha256() -> None:
    # FIPS 180-2 B.1: the SHA-256 of "abc"
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert token_fingerprint("abc") == token_fingerprint(b"abc") == expected
    assert len(token_fingerprint("\ud800")) == 64


def test_generated_keys_are_new_and_usable() -> None:
    assert generate() != generate()
    assert len(generate()) == 32
    assert examine_key(generate()) is None


PEM = b"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("key", "shape", "final_newline", "crlf"),
    [
        (PEM, "PEM (RSA PRIVATE KEY)", True, False),
        (PEM.replace(b"\n", b"\r\n").replace(b"RSA ", b""), "PEM (PRIVATE KEY)", True, True),
        (PEM.replace(b"RSA PRIVATE", b"PUBLIC").strip(), "PEM (PUBLIC KEY)", False, False),
        (b"-----BEGIN SECRET STUFF-----\n", "PEM (other)", True, False),
        (b"0123456789abcdef" * 4, "hex text", False, False),
        (b"0123456789ABCDEF" * 4 + b"\n", "hex text", True, False),
        (b"0123456789abcdef" * 4 + b"\r\n", "hex text", True, True),
        (b"q" * 43 + b"=", "base64 text", False, False),
        (b"q-_" * 15 + b"\n", "base64 text", True, False),
        (b"correct horse battery staple", "text", False, False),
        (bytes(range(32)), "bytes", False, False),
        (b"\0" * 31 + b"\n", "bytes", True, False),
        (b"", "bytes", False, False),
    ],
)
def test_the_shape_of_a_key(key: bytes, shape: str, final_newline: bool, crlf: bool) -> None:
    facts = describe(key)
    assert facts == (len(key), shape, final_newline, crlf, fingerprint(key))


SHAPES = {"hex text", "base64 text", "text", "bytes", "PEM (other)", "PEM (PRIVATE KEY)", "PEM (CERTIFICATE)"}


@given(
    st.binary(max_size=100)
    | st.text().map(str.encode)
    | st.text().map(lambda label: f"-----BEGIN {label}-----\n".encode())
)
def test_a_description_shows_nothing_of_the_key(key: bytes) -> None:
    facts = describe(key)
    assert facts.shape in SHAPES
    assert facts == (len(key), facts.shape, key[-1:] == b"\n", b"\r\n" in key, fingerprint(key))
