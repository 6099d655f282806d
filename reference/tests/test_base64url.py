"""The fast reader takes the one spelling that RFC 4648 5 gives to bytes, and nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt.strict.base64url import canonical

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.binary(min_size=1, max_size=400))
def test_what_is_written_is_read(raw: bytes) -> None:
    assert canonical(base64.urlsafe_b64encode(raw).rstrip(b"=")) == raw


@pytest.mark.parametrize("length", [2, 3, 4, 6])
def test_each_byte_at_each_place(length: int) -> None:
    """Of all texts that differ from zeros in one byte, those are read that Python writes."""
    for at in range(length):
        for byte in range(256):
            text = b"A" * at + bytes([byte]) + b"A" * (length - 1 - at)
            written = None
            if byte in ALPHABET:
                raw = base64.urlsafe_b64decode(text + b"==")
                written = raw if base64.urlsafe_b64encode(raw).rstrip(b"=") == text else None
            assert canonical(text) == written, text


@pytest.mark.parametrize(
    "text", [b"", b"A", b"AAAAA", b"AA==", b"AAA=", b"AA\\u0041A", b'AA"', b"AA AA", b"AA\n"]
)
def test_other_text_is_not_read(text: bytes) -> None:
    assert canonical(text) is None
