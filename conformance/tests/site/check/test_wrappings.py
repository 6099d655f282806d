"""What people paste around a token is named, and the token inside is judged, which does not decide."""

from __future__ import annotations

import base64

import pytest

from slurm_jwt_conformance.site.check import wrappings
from slurm_jwt_vectors import load
from support.check_site import Cluster

TOKEN = b"eyJhbGciOiJIUzI1NiJ9.eyJzdW4iOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0." + b"A" * 43


def folded(text, width):
    return b"\n".join(text[at : at + width] for at in range(0, len(text), width))


WRAPPINGS = {
    "access token": (lambda t: b'{"access_token": "%b", "expires_in": 60}' % t, "endpoint (access_token)"),
    "ID token": (lambda t: b'{\n  "id_token": "%b"\n}' % t, "endpoint (id_token)"),
    "other member": (lambda t: b'{"a\\u001b": 1, "jwt": "%b"}' % t, "endpoint (a member)"),
    "JSON string": (lambda t: b'"%b"' % t, "JSON string with its quotes"),
    "single quotes": (lambda t: b"'%b'" % t, "token in quotes"),
    "bytes of Python": (lambda t: b"b'%b'" % t, "bytes as Python prints them"),
    "base64": (base64.b64encode, "base64 of a token"),
    "base64 with a line end": (lambda t: base64.b64encode(t + b"\n"), "base64 of a token"),
    "base64 in lines": (base64.encodebytes, "base64 of a token"),
    "base64 of JSON": (
        lambda t: base64.b64encode(b'{"id_token":"%b"}' % t),
        "in it the JSON of a token endpoint",
    ),
    "64 columns": (lambda t: folded(t, 64), "wrapped in lines of 64 characters"),
    "76 columns": (lambda t: folded(t, 76), "wrapped in lines of 76 characters"),
    "a line break": (lambda t: t[:9] + b"\r\n" + t[9:], "whitespace in it"),
    "spaces": (lambda t: b"  " + t, "whitespace around it"),
    "UTF-16 with its mark": (lambda t: t.decode().encode("utf-16"), "UTF-16"),
    "UTF-16 of a line": (lambda t: (t.decode() + "\r\n").encode("utf-16-le"), "UTF-16"),
    "UTF-16, big end first": (lambda t: b"\xfe\xff" + (t.decode() + "\r\n").encode("utf-16-be"), "UTF-16"),
    "byte order mark": (lambda t: b"\xef\xbb\xbf" + t, "byte order mark of UTF-8"),
    "Authorization": (lambda t: b"Authorization: Bearer " + t, "HTTP header line (Authorization)"),
    "headers": (
        lambda t: b"X-SLURM-USER-NAME: alice\r\nX-SLURM-USER-TOKEN: " + t,
        "HTTP header line (X-SLURM-USER-TOKEN)",
    ),
    "export": (lambda t: b"export SLURM_JWT=" + t, "line of shell"),
    "a prefix twice": (lambda t: b"SLURM_JWT=SLURM_JWT=" + t, 'after the prefix "SLURM_JWT="'),
}


@pytest.fixture
def cluster(tmp_path, monkeypatch, capsys):
    return Cluster(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("name", WRAPPINGS)
@pytest.mark.parametrize("where", ["stdin", "file"])
def test_the_wrapping_is_named_and_the_token_inside_is_judged(cluster, name, where):
    wrap, words = WRAPPINGS[name]
    good, bad = cluster.token(), cluster.token(key=b"z" * 32)
    for token, verdict in ((good, "pass"), (bad, "fail")):
        options = ["--json"]
        if where == "file":
            options += [
                "--token-file",
                cluster.write("token", wrap(token) + b"\n" * (name != "UTF-16 of a line")),
            ]
        said = cluster.check(*options, token=wrap(token))
        (found,) = [each for each in said.json["remarks"] if each["id"] == "token.wrapped"]
        assert said.code == 1
        assert found["severity"] == "error"
        assert words in found["title"]
        assert f"the token inside: {verdict}" in found["title"]
        assert token.rpartition(b".")[2].decode() not in said.out


@pytest.mark.parametrize("name", ["64 columns", "76 columns", "a line break", "spaces", "byte order mark"])
@pytest.mark.parametrize("option", [(), ("--json",)])
def test_a_wrapped_token_is_not_blamed_on_the_key(cluster, name, option):
    said = cluster.check(*option, token=WRAPPINGS[name][0](cluster.token()))
    assert said.code == 1
    assert "token.wrapped" in said.out
    assert "byte for byte" not in said.out
    assert "another key" not in said.out


@pytest.mark.parametrize("word", ["null", '"null"', "None", "undefined", "nil"])
def test_the_word_for_a_missing_value_is_named(cluster, word):
    said = cluster.check(token=word.encode() + b"\n")
    assert said.code == 1
    assert "error[token.wrapped]" in said.out
    assert "a value that is missing" in said.out


@pytest.mark.parametrize(
    "text",
    [
        *(TOKEN, b"", b"nonsense", b"{", b"{}", b"[1]", b'"', b'""x', b"[" * 100_000, b"e" * 1_000_000),
        *(TOKEN + b"x.y", b"\0", b"\xff\xfe\xff", b"\xef\xbb\xbf" * 100, b"eyJ" * 200_000 + b"!"),
    ],
)
def test_other_texts_have_no_wrapping(text):
    assert wrappings.find(text) is None


def test_no_vector_that_the_documents_accept_is_called_wrapped():
    permitted = [case for case in load().cases.values() if case.verdict != "invalid" and case.token_bytes]
    assert permitted
    assert [case.id for case in permitted if wrappings.find(case.token_bytes)] == []
