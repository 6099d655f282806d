"""On a bad signature the key that did sign is found, and only its name is shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time

import pytest

from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.check.key_candidates import MOST_TOKEN, THE_KEY, fits

RANDOM = bytes.fromhex("00c0ffee0aff80c3a9e28093fe7f2022") + bytes(range(200, 215)) + b"\n"
PEM = (
    b"-----BEGIN PRIVATE KEY-----\n"
    + base64.encodebytes(hashlib.sha512(b"not a real key").digest() * 8)
    + b"-----END PRIVATE KEY-----\n"
)
HEX = RANDOM.hex().encode() + b"\n"
BASE64 = base64.b64encode(RANDOM) + b"\n"


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(key, header=b'{"alg":"HS256","typ":"JWT"}', claims=None):
    now = int(time.time())
    body = claims or b'{"exp":%d,"iat":%d,"sun":"alice"}' % (now + 600, now)
    signed = f"{b64(header)}.{b64(body)}"
    return f"{signed}.{b64(hmac.digest(key, signed.encode(), 'sha256'))}"


# The key that slurmctld has, the key that the issuer uses by mistake, and words that the answer needs.
MISTAKES = {
    "newline lost": (HEX, HEX[:-1], "without its final newline"),
    "newline added": (HEX[:-1], HEX, "with a final newline added"),
    "CR LF lost": (HEX[:-1] + b"\r\n", HEX[:-1], "without its final newline"),
    "LF made CR LF": (PEM, PEM.replace(b"\n", b"\r\n"), "LF line ends made CR LF"),
    "CR LF made LF": (PEM.replace(b"\n", b"\r\n"), PEM, "CR LF line ends made LF"),
    "random key through echo": (RANDOM, RANDOM[:-1].replace(b"\0", b""), "$(cat FILE)"),
    "hex decoded": (HEX, RANDOM, "decoded from hex"),
    "hex with 0x decoded": (b"0x" + HEX, RANDOM, "decoded from hex"),
    "hex with colons decoded": (RANDOM.hex(":").encode(), RANDOM, "decoded from hex"),
    "hex encoded": (RANDOM, HEX[:-1], "as hex text"),
    "hex encoded in capitals": (RANDOM, HEX[:-1].upper(), "in capitals"),
    "hex encoded by xxd, with its newline": (RANDOM, HEX, "as hex text, then with a final newline added"),
    "base64 decoded": (BASE64, RANDOM, "decoded from base64"),
    "base64url decoded": (b64(RANDOM).encode(), RANDOM, "decoded from base64"),
    "base64 encoded": (RANDOM, BASE64[:-1], "as base64 text"),
    "base64 encoded by the program": (RANDOM, BASE64, "as base64 text"),
    "base64url encoded": (RANDOM, b64(RANDOM).encode(), "base64url text without its padding"),
    "base64 of a file whose newline is lost": (HEX, base64.b64encode(HEX[:-1]), "as base64 text"),
    "PEM by its SHA-256 in hex": (PEM, hashlib.sha256(PEM).hexdigest().encode(), "SHA-256, as hex text"),
    "short key by its SHA-256": (RANDOM, hashlib.sha256(RANDOM).digest(), "hashed by SHA-256"),
    "PEM on one line": (PEM, PEM.replace(b"\n", b"\\n"), "written as \\n"),
    "PEM body": (PEM, b"".join(PEM.split(b"\n")[1:-2]), "without the BEGIN and END lines"),
    "PEM as DER": (PEM, base64.b64decode(b"".join(PEM.split(b"\n")[1:-2])), "from PEM to DER"),
    "text from a string class": (RANDOM, RANDOM.decode("latin-1").encode(), "Latin-1 and written as UTF-8"),
    "UTF-8 made Latin-1": ("schlüssel, länger als nötig, für Slurm".encode(),
                           "schlüssel, länger als nötig, für Slurm".encode("latin-1"),
                           "UTF-8 and written as Latin-1"),
    "decoded with replacement": (RANDOM, RANDOM.decode("utf-8", "replace").encode(), "U+FFFD"),
    "decoded, errors ignored": (RANDOM, RANDOM.decode("utf-8", "ignore").encode(), "without what is none"),
    "str of bytes": (RANDOM, str(RANDOM).encode(), "as Python writes bytes"),
    "quotes of an .env file": (HEX, b'"' + HEX[:-1] + b'"', "with quotes around it"),
    "base64 in lines of 64": (PEM, re.sub(b"(.{1,64})", b"\\1\n", base64.b64encode(PEM)), "lines of 64"),
    "PEM on one line, no spaces": (PEM, b"".join(PEM.split()), "tr -d"),
    "PEM decoded as base64": (PEM, base64.b64decode(PEM + b"=="), "other characters skipped, - and _ too"),
    "blanks around": (b"  " + HEX + b" \n", HEX[:-1], "without the blanks"),
    "quotes around": (b'"' + HEX[:-1] + b'"\n', HEX[:-1], "without the quotes"),
    "quotes added": (HEX[:-1], b'"' + HEX[:-1] + b'"', "with quotes around it"),
    "byte order mark lost": (b"\xef\xbb\xbf" + HEX, HEX, "without its byte order mark"),
    "byte order mark added": (HEX, b"\xef\xbb\xbf" + HEX, "with a byte order mark"),
    "two lines, one used": (HEX + b"# 2026\n", HEX[:-1], "before its first line end"),
    "C string": (b"A" * 33 + b"\0tail", b"A" * 33, "NUL byte, as C"),
    "empty key": (RANDOM, b"", "no key at all"),
    "jwt.io": (RANDOM, b"your-256-bit-secret", "jwt.io"),
}  # fmt: skip


TEXT = "ue2N-b_3kQm0tV9xY-Zs5wLr8_pHc1dJf7GyTn4oABE"
"""What token_urlsafe(32) gives."""
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
PHRASE = "change-me please, slurm_cluster 2024!!"


# What real programs made of these keys on 2026-12-01, in hex, and words that the answer needs: Node 20,
# Go 1.26, OpenJDK 17, Perl 5.36. The programs ignore errors, as careless issuers do.
SKIPPED, STOPPED = "other characters skipped", "up to the first other character"
DASHES = f"{SKIPPED}, - and _ too"
GROUPS = "b9ed8df9bff79109b4b55f7163e66ce702ebf3fa477357497fb1b24e7e28"
BY_PROGRAMS = [
    ("Node base64", TEXT, f"{GROUPS}0011", "decoded from base64"),
    ("Node base64", UUID, "d1ff1f69de5bf9df5c6fee3af5ff9ad7ae7eef4f3aefbdbcf79d1e", "decoded from base64"),
    ("Node base64", PHRASE, "7216a781efa67a995e6ac7ac96eae6fdc96eb2d7abdb4db8", f"{SKIPPED}, but - and _"),
    ("Node hex", UUID, "0f8fad5b", "decoded from hex up to the first other character"),
    ("Go StdEncoding", TEXT, "b9ed8d", STOPPED),
    ("Go StdEncoding", UUID, "d1ff1f69de5b", STOPPED),
    ("Go StdEncoding", PHRASE, "7216a7", STOPPED),
    ("Go URLEncoding", TEXT, GROUPS, "without its incomplete last group"),
    ("Go URLEncoding", PHRASE, "7216a781efa6", "decoded from base64url up to the first other character"),
    ("Java MIME, Perl", TEXT, "b9ed8d6f79109b4b55f71619b39c0bafca477357497fb1b24e7e280011", DASHES),
    ("Java MIME, Perl", UUID, "d1ff1f69de5b77d71be3af5f6b5eb9ef4f3aefbdbcf79d1e", DASHES),
    ("Java MIME, Perl", PHRASE, "7216a781e99ea6579ab1eb25bab99c96eb2d7abdb4db", DASHES),
    ("Perl pack", TEXT, "ee27dbf34a60df912d3c505b8f91c1d3f702d748abe0", "of Perl"),
    ("Perl pack", PHRASE, "c1a70ed6e095eacec0c5eb6fc5ecdeb0202411", "of Perl"),
    ("Node ascii", RANDOM, f"00407f6e0a7f0043296200137e7f2022{bytes(range(72, 87)).hex()}0a", "highest"),
    ("Java US_ASCII", RANDOM, f"003f3f3f0a3f3f3f3f3f3f3f3f7f2022{'3f' * 15}0a", "? for each other byte"),
    ("Go JSON", b"ab\xe2\x82cd", "6162efbfbdefbfbd6364", "U+FFFD for each byte that is none"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "key", "made", "words"), BY_PROGRAMS)
def test_what_a_real_program_makes_of_a_key_is_named(program, key, made, words):
    found = fits(token(bytes.fromhex(made)).encode(), key if isinstance(key, bytes) else key.encode())
    assert any(words in name for name in found), (program, found)


def _decoded(key, **how):
    return base64.b64decode(key + b"==", **how)


def _openssl(*arguments):
    def change(key):
        return subprocess.run(["openssl", *arguments], input=key, capture_output=True, check=True).stdout

    return change


def _text_mode(key):
    return io.TextIOWrapper(io.BytesIO(key), encoding="latin-1").read().encode("latin-1")


# Ways by which an issuer reads or writes a key, as programs do it, and words that name each way, or |.
WAYS = {
    "without its final newline": lambda key: re.sub(rb"\r?\n\Z", b"", key),
    "without the blanks and line ends around": bytes.strip,
    "a final newline added": lambda key: key + b"\n",
    "NUL byte, as C reads": lambda key: key.split(b"\0")[0],
    "without the NUL bytes": lambda key: key.replace(b"\0", b""),
    "with quotes around it": lambda key: b'"%b"' % key.removesuffix(b"\n"),
    "with single quotes around it": lambda key: b"'%b'" % key.removesuffix(b"\n"),
    "with quotes around it and a newline after them": lambda key: b'"%b"\n' % key.removesuffix(b"\n"),
    "CR LF line ends made LF": lambda key: key.replace(b"\r\n", b"\n"),
    "as reading in text mode": _text_mode,
    "made CR LF": lambda key: key.replace(b"\n", b"\r\n"),
    "without any line ends": lambda key: key.translate(None, b"\r\n"),
    "tr -d": lambda key: key.translate(None, b"\r\n "),
    "line ends made spaces": lambda key: b" ".join(key.split()),
    "as hex text": lambda key: key.hex().encode(),
    "decoded from hex": lambda key: bytes.fromhex(key.decode()),
    "as base64 text": base64.b64encode,
    "openssl base64": _openssl("base64"),
    "in lines of 64, without the final newline": lambda key: _openssl("base64")(key).rstrip(b"\n"),
    "in lines of 76": base64.encodebytes,
    "decoded from base64": lambda key: base64.b64decode(b"".join(key.split()), validate=True),
    "other characters skipped|decoded from base64": _decoded,
    "- and _ read as + and /|content decoded from base64": lambda key: _decoded(key, altchars=b"-_"),
    "base64 text, then as base64 text": lambda key: base64.b64encode(base64.b64encode(key)),
    "decoded from base64, then decoded from base64": lambda key: base64.b64decode(
        base64.b64decode(key, validate=True), validate=True
    ),
    "around it, then as base64|newline, then as base64": lambda key: base64.b64encode(key.strip()),
    "newlines, then as base64|CR before it, then as base64|NUL bytes in it, then as base64": lambda key: (
        base64.b64encode(key.replace(b"\0", b"").rstrip(b"\n"))
    ),
    "U+FFFD": lambda key: key.decode("utf-8", "replace").encode(),
    "Latin-1 and written as UTF-8": lambda key: key.decode("latin-1").encode(),
    "? for each character outside ASCII": lambda key: key.decode("utf-8", "replace").encode(
        "ascii", "replace"
    ),
    "? for each other byte": lambda key: re.sub(rb"[\x80-\xff]", b"?", key),
    "without other bytes": lambda key: key.decode("ascii", "ignore").encode(),
    "as Python writes bytes": lambda key: str(key).encode(),
}


def _keys(random):
    """Yield keys as sites make them."""
    raw = random.randbytes(32)
    yield from (raw, b"\0" + raw + b"\n", b" " + raw + b"\r\n")
    yield from (raw.hex().encode() + b"\n", base64.b64encode(raw), base64.encodebytes(raw * 4))
    yield from (base64.b64encode(base64.b64encode(raw)), base64.urlsafe_b64encode(raw).rstrip(b"="))
    body = base64.encodebytes(random.randbytes(600)).replace(b"\n", b"\r\n")
    yield b"-----BEGIN RSA PRIVATE KEY-----\r\n" + body + b"-----END RSA PRIVATE KEY-----\r\n"
    yield b"-----BEGIN PRIVATE KEY-----\n" + body.replace(b"\r", b"") + b"-----END PRIVATE KEY-----\n"
    yield from (f"geheim, süß und {raw.hex()}\n".encode(), f"a-secret of {raw.hex()}, lab_1!".encode())


def _made(way, key):
    try:
        return WAYS[way](key)
    except ValueError:  # this program refuses this key
        return b""


@pytest.mark.program
@pytest.mark.parametrize("seed", range(2))
def test_each_way_of_each_random_key_is_named_or_one_that_gives_the_same(seed):
    for key in _keys(random.Random(seed)):
        made = {way: _made(way, key) for way in WAYS}
        for way, wrong in made.items():
            if not wrong or _same_hmac(wrong, key):
                continue
            same = [each for each, other in made.items() if other == wrong]
            found = fits(token(wrong).encode(), key)
            assert any(words in name for each in same for words in each.split("|") for name in found), (
                way,
                key,
                found,
            )


def _same_hmac(one, other):
    return hmac.digest(one, b"text", "sha256") == hmac.digest(other, b"text", "sha256")


def test_two_ways_to_the_same_key_are_both_named():
    key = b"a-secret-that-is-text"
    found = fits(token(b'"' + key + b'"').encode(), key)
    assert found == [f"{THE_KEY} with quotes around it"]  # a JSON string is the same change: one name
    neighbour = {"the key in the other file": b"changeme"}
    found = fits(token(b"changeme").encode(), b"changeme\n", neighbour)
    assert len(found) == 3
    assert all(
        any(words in name for name in found) for words in ("the other file", "example", "final newline")
    )


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("slurm_secret", "a constant from an example"),
        ("changeme", "a constant from an example"),
        ("your-256-bit-secret", "jwt.io"),
        ("a-string-secret-at-least-256-bits-long", "jwt.io"),
        ("/var/spool/slurm/statesave/jwt_hs256.key", "usual path of the key instead of its content"),
    ],
)
@pytest.mark.parametrize("change", [str, lambda text: text + "\n", lambda text: f'"{text}"'])
def test_a_constant_of_an_example_is_named(secret, words, change):
    found = fits(token(change(secret).encode()).encode(), RANDOM)
    assert [words in name for name in found] == [True]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_usual_mistake_is_named(mistake):
    right, wrong, words = MISTAKES[mistake]
    found = fits(token(wrong).encode(), right)
    assert len(found) == 1, found
    assert words in found[0]


def test_another_key_is_named_by_its_words_with_what_was_done_to_it():
    others = {"the key in last year's file": HEX}
    assert fits(token(HEX).encode(), RANDOM + b"x", others) == ["the key in last year's file"]
    assert fits(token(HEX[:-1]).encode(), RANDOM + b"x", others) == [
        "the key in last year's file without its final newline"
    ]


@pytest.mark.parametrize("key", [RANDOM, PEM, HEX, BASE64, b"", b"\n", b"\0", b"=", b"'", b"x" * 100_000])
def test_a_foreign_key_fits_nothing(key):
    assert fits(token(b"quite another key, of nobody here").encode(), key) == []


@pytest.mark.parametrize(
    "text",
    [b"", b"..", b"a.b.c", b"\xff\xfe", b"{}", token(HEX[:-1]).encode()[:-2],
     token(HEX[:-1], claims=b" " * MOST_TOKEN).encode()],
)  # fmt: skip
def test_what_has_no_such_signature_fits_nothing(text):
    assert fits(text, HEX) == []


def test_a_changed_token_fits_nothing():
    head, _, signature = token(HEX[:-1]).split(".")
    assert fits(f"{head}.{b64(b'{}')}.{signature}".encode(), HEX) == []


@pytest.fixture
def check(monkeypatch, capsys, tmp_path):
    """Run `slurm-jwt check` on a token and a key file; give (exit code, stdout, stderr)."""
    monkeypatch.setenv("COLUMNS", "500")  # so that no line is broken

    def call(made, key, *arguments, name="jwt_hs256.key"):
        path = tmp_path / name
        path.write_bytes(key)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(made.encode())))
        code = main(["check", "--no-discovery", "--judge", "rules", "--key-file", str(path), *arguments])
        return code, *capsys.readouterr()

    return call


def test_check_says_it_below_the_finding(check):
    code, out, _ = check(token(HEX[:-1]), HEX)
    finding = out[out.index("error[signature.match]") :]
    assert code == 1
    assert f"key:      the issuer signs with {THE_KEY} without its final newline" in finding


def test_check_says_it_in_json(check):
    code, out, _ = check(token(RANDOM), HEX, "--json")
    finding = next(one for one in json.loads(out)["findings"] if one["rule"] == "signature.match")
    assert (code, finding["signed_with"]) == (1, [f"{THE_KEY} decoded from hex"])


def test_check_says_nothing_of_keys_where_the_signature_fits_or_nothing_does(check):
    assert check(token(HEX), HEX)[:2][0] == 0
    code, out, _ = check(token(b"quite another key, of nobody here"), HEX)
    assert (code, "the issuer signs with" in out) == (1, False)


def test_check_tries_the_neighbour_file(check, tmp_path):
    (tmp_path / "jwt.key").write_bytes(RANDOM)
    out = check(token(RANDOM), HEX)[1]
    assert "the issuer signs with the key in jwt.key (in the key file's folder)" in out


def test_check_tries_the_former_key(check, tmp_path):
    (tmp_path / "mine.old").write_bytes(RANDOM)
    out = check(token(RANDOM), HEX, name="mine")[1]
    assert "mine.old" in out


def test_check_tries_the_path_taken_for_the_key(check, tmp_path):
    out = check(token(str(tmp_path / "jwt_hs256.key").encode()), HEX)[1]
    assert "path instead of its content" in out


def test_check_tries_a_candidate(check, tmp_path):
    secret = tmp_path / "client\x1b[31m.secret"
    secret.write_bytes(b"a client secret of Keycloak, say\n")
    code, out, _ = check(token(b"a client secret of Keycloak, say"), HEX, "--candidate-key", str(secret))
    assert code == 1
    assert "[31m.secret without its final newline" in out
    assert "\x1b" not in out


def test_a_candidate_that_cannot_be_read_is_a_clear_error(check, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    os.mkfifo(tmp_path / "jwt.key")  # a neighbour that blocks is passed over in silence
    assert check(token(RANDOM), HEX)[0] == 1
    for name, words in {"fifo": "is a FIFO", "none": "does not exist"}.items():
        code, _, err = check(token(RANDOM), HEX, "--candidate-key", str(tmp_path / name))
        assert (code, words in err, "--candidate-key" in err) == (2, True, True)


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_key_is_shown(mistake, options, check):
    right, wrong, _ = MISTAKES[mistake]
    made = token(wrong)
    out, err = check(made, right or b"\n", *options)[1:]
    assert made.rpartition(".")[2] not in out + err
    for secret in {right, wrong} - {b"", b"your-256-bit-secret"}:
        for shown in (secret.decode("latin-1").strip(), secret.hex(), base64.b64encode(secret).decode()):
            assert shown.rstrip("=") not in out + err


@pytest.mark.program
def test_a_key_of_openssl_as_the_page_makes_it_and_the_shell_reads_it(check):
    assert shutil.which("openssl"), "openssl is needed: the page's command is what is tested"
    made = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, check=True).stdout
    held = subprocess.run(
        ["sh", "-c", 'key="$(cat)"; printf %s "$key"'], input=made, capture_output=True, check=True
    ).stdout
    assert "without its final newline" in check(token(held), made)[1]
