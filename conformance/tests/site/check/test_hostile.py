"""Hostile tokens, files and names, and canaries: nothing acts on anything, and no secret is shown."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from xml.etree import ElementTree as ET

import html5lib
import pytest

from slurm_jwt.strict import jws
from support.check_site import CLAIMS, Cluster

HOSTILE = {
    "ansi": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "controls": "\x01\x08\x0b\x0c\r\n\t\x7f\x85",
    "bidi": "\u202e\u2066\u200f\u061c\ufeff\u2028\u200b",
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>--!> ]]>",
    "markdown": "`|x|\n\n# head\n\n- [a](javascript:alert(1)) ![i](http://x/) *** $x$ @me",
    "wide": "\u754c\u0301\U0001f600" * 60,
    "long": "x" * 60_000,
    "private": "\U000e0041\ufdd0\uffff\ufff9",
}
FORMATS = {
    "text": (),
    "json": ("--json",),
    "sarif": ("--sarif",),
    "junit": ("--junit",),
    "markdown": ("--markdown",),
}
PAGE = "page.html"


@pytest.fixture
def cluster(tmp_path, monkeypatch, capsys):
    return Cluster(tmp_path, monkeypatch, capsys)


def outputs(cluster, token, *options):
    """Give all that every format writes, by its name, and what stands on stderr."""
    made = {}
    for name, option in FORMATS.items():
        said = cluster.check(*options, *option, token=token)
        assert said.code in {0, 1}, said.err
        made[name] = said.out
        made[f"{name}, stderr"] = said.err
    page = cluster.root / PAGE
    cluster.check(*options, "--html", str(page), token=token)
    made["html"] = page.read_text("utf-8")
    made["site json"] = page.with_suffix(".json").read_text("utf-8")
    return made


def harmless(name, text):
    """Hold that nothing but printable characters and the format's own line ends are in a text."""
    odd = {char for char in text if not char.isprintable() and char != "\n"}
    assert not odd, (name, odd)
    if name == "junit":
        ET.fromstring(text)
    if name in {"json", "sarif", "site json"}:
        json.loads(text)
    if name == "html":
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
        assert not list(tree.iter("script"))
        assert not [element for element in tree.iter() if any(at.startswith("on") for at in element.attrib)]


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("where", ["sun", "claim", "name", "header", "deep", "no json", "alg"])
def test_no_text_of_a_token_acts_on_anything(cluster, kind, where):
    payload = HOSTILE[kind]
    token = {
        "sun": lambda: cluster.token(CLAIMS | {"sun": f"alice{payload}"}),
        "claim": lambda: cluster.token(CLAIMS | {"aud": payload, "username": payload, "iss": 1}),
        "name": lambda: cluster.token(CLAIMS | {payload: 1, "exp": f"a{payload}"}),
        "header": lambda: cluster.token(header={"alg": "HS256", "typ": payload, "crit": [payload]}),
        "deep": lambda: cluster.token(CLAIMS | {"x": [{payload: [payload]}], "nbf": [payload]}),
        "no json": lambda: cluster.token(b'{"sun":"alice",' + payload.encode("utf-8", "surrogatepass")),
        "alg": lambda: cluster.token(header={"alg": payload}),
    }[where]()
    for name, text in outputs(cluster, token, "--release", "20.11", "--release", "26.05").items():
        harmless(name, text)


@pytest.mark.parametrize(
    "raw", [bytes(range(256)), b"\xff\xfe.\x00.\x1b[31m", b"", b".", b"..", b"\n" * 9, b"a.b.c"]
)
def test_no_bytes_at_all_act_on_anything(cluster, raw):
    if not raw.strip():
        assert cluster.check(token=raw).code == 2
        return
    for name, text in outputs(cluster, raw).items():
        harmless(name, text)


@pytest.mark.parametrize("size", [131_072, 1_000_000, 4_000_000])
def test_a_token_of_a_megabyte_is_answered(cluster, size):
    token = cluster.token(CLAIMS | {"x": "y" * (size * 3 // 4 - 100)})
    for name, text in outputs(cluster, token).items():
        harmless(name, text)
        assert len(text) < 200_000 + (size if "json" in name else 0), name


def test_a_file_over_any_token_is_a_wrong_call(cluster):
    path = cluster.root / "huge"
    with path.open("wb") as stream:
        stream.truncate(1 << 30)
    said = cluster.check("--token-file", str(path))
    assert (said.code, said.out) == (2, "")
    assert "that is not a token" in said.err


@pytest.mark.parametrize("kind", ["ansi", "bidi", "markup"])
def test_names_of_files_and_of_the_cluster_act_on_nothing(cluster, kind):
    payload = HOSTILE[kind].replace("/", "-")
    conf = cluster.conf.replace("lab", f'"{payload}"').format(root=cluster.root)
    conf += f'AuthAltParameters="userclaimfield={payload}"\n'
    cluster.write("slurm.conf", conf.encode())
    path = cluster.write(f"token{payload}", cluster.token())
    for name, text in outputs(cluster, b"", "--token-file", path).items():
        harmless(name, text)


@pytest.mark.parametrize("odd", ["folder", "fifo", "device", "missing"])
@pytest.mark.parametrize(
    "option", ["--token-file", "--key-file", "--passwd", "--policy", "--conf", "--candidate-key"]
)
def test_odd_files_are_answered_with_a_message_and_without_waiting(cluster, odd, option):
    path = cluster.root / "odd"
    make = {"folder": path.mkdir, "fifo": lambda: os.mkfifo(path)}
    make.get(odd, lambda: None)()
    token = cluster.token(key=b"x" * 32)  # so that candidates are looked at
    said = cluster.check(option, "/dev/zero" if odd == "device" else str(path), token=token, users=None)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("slurm-jwt: ")


KEYS = {
    "bytes": bytes.fromhex("c0ffee01c0ffee02c0ffee03c0ffee04c0ffee05c0ffee06c0ffee07c0ffee08"),
    "text": b"correct-horse-battery-staple-canary-key-text",
    "pem": b"-----BEGIN RSA PRIVATE KEY-----\n"
    + base64.b64encode(bytes(range(96)))
    + b"\n-----END RSA PRIVATE KEY-----\n",
}


def spellings(key):
    """Give the texts by which a key could be known."""
    raw = base64.b64encode(key).decode()
    texts = {key.hex(), raw.rstrip("="), base64.urlsafe_b64encode(key).decode().rstrip("=")}
    texts |= {hashlib.sha256(key).hexdigest(), repr(key)[2:-1]}
    if key.isascii():
        texts |= {line.decode() for line in key.splitlines() if b"---" not in line}
    return texts


@pytest.mark.parametrize("shape", KEYS)
@pytest.mark.parametrize("case", ["good", "unsigned", "inside", "hostile", "no conf"])
def test_neither_key_nor_usable_token_is_shown(cluster, monkeypatch, shape, case):
    monkeypatch.setenv("COLUMNS", "5000")  # so that nothing is cut
    key = KEYS[shape]
    cluster.key = key
    cluster.write("jwt_hs256.key", key)
    inner = cluster.token()
    token = {
        "good": lambda: inner,
        "unsigned": lambda: cluster.token(key=key + b"\n"),
        "inside": lambda: cluster.token(CLAIMS | {"aud": inner.decode(), "token": inner.decode()}),
        "hostile": lambda: cluster.token({"sun": "\x1b", "exp": "x", "crit": 1}),
        "no conf": lambda: inner,
    }[case]()
    options = ("--conf", "/nonexistent") if case == "no conf" else ()
    if options:
        said = cluster.check(*options, token=token)
        shown = {"text": said.out, "stderr": said.err}
    else:
        shown = outputs(cluster, token, "--all-releases")
    secrets = spellings(key) | {part.rpartition(b".")[2].decode() for part in (token, inner)}
    for name, text in shown.items():
        assert [secret for secret in secrets if secret in text] == [], name


def test_a_secret_in_place_of_a_path_or_a_name_is_not_shown(cluster):
    secret = base64.b64encode(KEYS["bytes"]).decode()
    for line in (
        f"AuthAltParameters=jwt_key={secret}",
        f"AuthAltParameters={secret}",
        f"AuthAltParameters=jwt_key=/{secret}",
        f"AuthAltTypes={secret}",
        f"AccountingStoragePass={secret}",
        f"{secret[:20]}={secret}",
    ):
        cluster.write("slurm.conf", (cluster.conf.format(root=cluster.root) + line + "\n").encode())
        for name, text in outputs(cluster, cluster.token()).items():
            assert secret[:30] not in text, (name, line)
        given = ("--key-file", str(cluster.root / "jwt_hs256.key"))
        for name, text in outputs(cluster, cluster.token(), *given).items():
            assert secret[:30] not in text, (name, line)


def test_the_key_is_opened_for_reading_alone(cluster, monkeypatch):
    opened = {}
    real = os.open

    def watched(path, flags, *more, **named):
        opened.setdefault(os.fspath(path), []).append(flags)
        return real(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", watched)
    assert cluster.check().code == 0
    flags = opened[str(cluster.root / "jwt_hs256.key")]
    assert flags
    assert not [each for each in flags if each & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)]


def test_a_signature_is_never_part_of_an_excerpt(cluster):
    token = cluster.token(CLAIMS | {"exp": 1})
    assert token.rpartition(b".")[2].decode() not in cluster.check(token=token).out
    bad = token[:-1] + b"!"
    said = cluster.check(token=bad)
    assert "form.base64url" in said.out
    assert re.findall(r"^ *\w+ +\| ", said.out, re.MULTILINE) == ["  claims | "]  # of exp.unexpired alone


def test_numbers_that_overflow_are_still_json(cluster):
    token = cluster.token(b'{"exp":1e999,"iat":-1e999,"sun":"alice","x":' + b"9" * 5000 + b"}")
    claims = cluster.check("--json", token=token).json["claims"]
    assert claims["exp"] == "inf (overflows)"
    assert len(token) < jws.MAX_TOKEN_BYTES
