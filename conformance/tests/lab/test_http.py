"""HTTP answers in the bytes of one connection. site/probe/test_web.py tests limits, TLS and redirects."""

from __future__ import annotations

import pytest

from slurm_jwt_conformance.lab import http
from slurm_jwt_conformance.lab.daemons import restd
from slurm_jwt_conformance.lab.errors import SlurmError

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nokConnection: Close\r\n\r\n"


def test_a_body_ends_where_its_length_says():
    (answer,) = http.responses(ANSWER)
    assert answer == (200, "OK", (("content-length", "2"), ("x", "y")), b"ok")


def test_a_second_answer_is_kept_apart():
    first, second = http.responses(ANSWER + b"HTTP/1.1 401 UNAUTHORIZED\r\n\r\n")
    assert (first.status, second.status, second.body) == (200, 401, b"")


@pytest.mark.parametrize("length", [b"-1", b"9" * 30, b"x", b"", b"\xff"])
def test_with_a_wrong_length_the_body_ends_with_the_connection(length):
    (answer,) = http.responses(b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\nabc")
    assert answer.body == b"abc"


def test_without_a_length_the_body_ends_where_the_next_answer_begins():
    first, second = http.responses(b"HTTP/1.1 500 No\r\n\r\nabc" + ANSWER)
    assert (first.body, second.body) == (b"abc", b"ok")


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\0\xff",
        b"HTTP/1.1 20 OK\r\n",
        b"HTTP/2 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_other_bytes_are_not_answers(junk):
    assert http.responses(junk) == ()


def test_a_user_name_beyond_ascii_travels_as_utf_8():
    sent = http.request("/", restd.headers("t", "bjørn"))
    assert "X-SLURM-USER-NAME: bjørn\r\n".encode() in sent


@pytest.mark.parametrize("value", ["a\0", "a\r\nX: y", "a\nb"])
def test_a_value_that_a_header_cannot_hold_is_refused(value):
    with pytest.raises(SlurmError, match="X-SLURM-USER-TOKEN cannot hold"):
        http.request("/", restd.headers(value, None))
