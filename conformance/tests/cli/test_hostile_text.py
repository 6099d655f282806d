"""Control characters go in by every door, and none reaches the terminal as it is.

C0 but for line ends and tabs, DEL, C1, direction marks, zero-width characters, and bytes that are no UTF-8:
in claims, headers, file names, log lines, settings, names, the environment, and what is typed.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import shutil
import unicodedata

import pytest

from support.commands import REACHING, call, leaves, no_daemons, values

KEY = bytes(range(1, 33))
ACTING = (
    "\x1b[31mred\x1b[0m\x1b]0;title\x07\x08\x0b\x0c\r\x00\x01\x1f\x7f\x80\x9b31m\x9d"
    "\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff"
)
NAMEABLE = ACTING.replace("\x00", "")
ODD_BYTES = b"\xff\xfe\x9b\xc3\x28\xed\xa0\x80"
FORBIDDEN = {
    char for char in map(chr, range(0x110000)) if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}
}
FORBIDDEN -= set("\n\t\xad")
PREPENDED = {char for char in FORBIDDEN if "\u0600" <= char <= "\u08ff" and char != "\u061c"}
"""Signs of Arabic and Syriac that are seen: format characters by name alone."""


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(claims, header):
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(hmac.digest(KEY, signed.encode(), 'sha256'))}"


def text_of(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


PLAIN = {"alg": "HS256", "typ": "JWT"}
FINE = {"exp": 4102444800, "iat": 1577836800, "sun": "root"}
TOKENS = {
    "claim": token(text_of(FINE | {"sun": ACTING}), text_of(PLAIN)),
    "every claim": token(
        text_of(dict.fromkeys(["exp", "iat", "nbf", "sun", "iss", "aud", "sub", "jti", "username"], ACTING)),
        text_of(PLAIN),
    ),
    "name of a claim": token(text_of(FINE | {ACTING: ACTING, "id": {ACTING: [ACTING]}}), text_of(PLAIN)),
    "header": token(text_of(FINE), text_of({"alg": ACTING, "typ": ACTING, "kid": ACTING, "crit": [ACTING]})),
    "name of a header": token(text_of(FINE), text_of(PLAIN | {ACTING: ACTING, "cty": ACTING})),
    "escaped": token(
        json.dumps(FINE | {"sun": ACTING}).encode(), json.dumps(PLAIN | {"kid": ACTING}).encode()
    ),
    "surrogate": token(json.dumps(FINE | {"sun": "\ud800\udc80"}).encode(), text_of(PLAIN)),
    "no utf-8": token(b'{"sun":"' + ODD_BYTES + b'"}', b'{"alg":"' + ODD_BYTES + b'"}'),
    "raw": f"{ACTING}.{ACTING}.{ACTING}",
    "not base64": ACTING,
}
RAW_TOKENS = {name: made.encode() for name, made in TOKENS.items()} | {"bytes": ODD_BYTES + b"." + ODD_BYTES}


def assert_plain(done, what):
    for stream in (done.out, done.err):
        text = stream.decode("utf-8", "surrogateescape")
        found = {
            char
            for char in text
            if (char in FORBIDDEN and char not in PREPENDED) or "\udc80" <= char <= "\udcff"
        }
        assert not found, f"{what}: {sorted(map(ascii, found))} in {ascii(text)[:3000]}"
    assert done.code in {0, 1, 2, 3}, what
    assert b"Traceback" not in done.err


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Go to a folder whose files have hostile text in them, and hostile names."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "openssl").symlink_to(shutil.which("openssl"))
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("FORCE_COLOR", "0")
    for name in ("SLURM_CONF", "SLURM_JWT"):
        monkeypatch.delenv(name, raising=False)
    here = tmp_path / "desk"
    here.mkdir()
    (here / "key").write_bytes(KEY)
    (here / "key").chmod(0o600)
    (here / f"key{NAMEABLE}").write_bytes(KEY)
    (here / os.fsdecode(b"key" + ODD_BYTES)).write_bytes(KEY)
    (here / "passwd").write_text(f"{NAMEABLE}:x:0:0:root{ACTING}:/root:/bin/sh\nroot:x:0:0:{ACTING}:/:/\n")
    (here / "site.toml").write_text(
        f"[token]\nissuers = [{json.dumps(ACTING)}]\naudiences = [{json.dumps(ACTING)}]\n"
    )
    (here / "broken.toml").write_bytes(ACTING.encode() + ODD_BYTES)
    lines = [json.dumps({"id": ACTING, "token": made}) for made in TOKENS.values()]
    (here / "tokens.jsonl").write_text("\n".join(lines) + "\n" + ACTING.replace("\n", "") + "\n", "utf-8")
    (here / "tokens.txt").write_bytes(b"\n".join(made for made in RAW_TOKENS.values() if b"\n" not in made))
    named = NAMEABLE.replace("\r", "").replace("\x0b", "").replace("\x0c", "")
    (here / "slurm.conf").write_bytes(
        f"ClusterName={named}\nSlurmctldHost={named}\nSlurmUser={named}\nStateSaveLocation={here}/{named}\n"
        f"AuthType=auth/{named}\nAuthAltTypes=auth/jwt,{named}\n{named}={named}\n{named}\nInclude {named}\n"
        f"AuthAltParameters=jwt_key={here}/key{named},{named}={named},userclaimfield={named}\n".encode()
        + b"PluginDir=/" + ODD_BYTES + b"\n" + ODD_BYTES + b"=" + ODD_BYTES + b"\n"
    )  # fmt: skip
    (here / "better.conf").write_text(
        f"ClusterName={named}\nSlurmctldHost={named}\nSlurmUser=root\nStateSaveLocation={here}\n"
        f"AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={here}/key,userclaimfield={named}\n"
    )
    for folder in (f"report{NAMEABLE}", "a", "b"):
        (here / folder).mkdir()
    monkeypatch.chdir(here)
    with no_daemons():
        yield here


CHECKS = {
    "text": [],
    "every release": ["--all-releases", "--passwd", "passwd"],
    "site": ["--conf", "slurm.conf", "--release", "24.11"],
    "better site": ["--conf", "better.conf", "--release", "22.05"],
    "json": ["--json", "--release", "22.05"],
    "policy": ["--policy", "site.toml", "--release", "22.05"],
    "sarif": ["--sarif", "--release", "22.05"],
    "junit": ["--junit", "--release", "22.05"],
    "markdown": ["--markdown", "--release", "22.05", "--policy", "site.toml"],
    "candidates": ["--candidate-key", f"key{NAMEABLE}"],
}


@pytest.mark.parametrize("options", CHECKS)
def test_check_of_hostile_tokens(desk, options):
    more = [] if "--conf" in CHECKS[options] else ["--no-discovery"]
    for name, made in RAW_TOKENS.items():
        done = call(["check", "--key-file", "key", *more, *CHECKS[options]], made)
        assert_plain(done, name)
        assert done.out or done.err
    assert (desk / "key").read_bytes() == KEY


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("options", [["--jsonl", "tokens.jsonl"], ["--lines", "tokens.txt"],
                                     ["--lines", "--all-releases", "tokens.txt"], ["--jsonl", "tokens.txt"],
                                     ["--lines", "tokens.txt", "tokens.jsonl"]])  # fmt: skip
def test_check_of_many(options):
    assert_plain(call(["check", "--key-file", "key", "--no-discovery", *options]), " ".join(options))


LINES = {
    "line": f"error: auth_p_verify: jwt_decode failure: {ACTING}",
    "user": f"slurmctld: error: cred_verify: no uid for user {ACTING}: {ACTING}",
    "unknown": ACTING,
    "known and unknown": f"error: auth_p_verify: token expired\n{ACTING}\n",
}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("options", [[], ["--json"], ["--release", "24.11"]])
def test_explain_of_hostile_lines(line, options):
    for given in (LINES[line].encode(), LINES[line].encode() + ODD_BYTES):
        assert_plain(call(["explain", "-", *options], given), line)
    assert_plain(call(["explain", f"a {NAMEABLE}", *options]), line)


CONFS = {
    "doctor": ["doctor", "--release", "24.11"],
    "doctor json": ["doctor", "--release", "22.05", "--json"],
    "doctor sarif": ["doctor", "--release", "24.11", "--sarif", "-"],
    "doctor export": ["doctor", "--release", "24.11", "--export", "-"],
    "contract": ["contract", "--release", "24.11"],
    "contract markdown": ["contract", "--release", "24.11", "--markdown", "-", "--policy", "site.toml"],
    "contract json": ["contract", "--release", "24.11", "--json", "--policy", "site.toml"],
    "changes": ["changes", "22.05", "24.11"],
    "changes json": ["changes", "22.05", "24.11", "--json"],
    "changes markdown": ["changes", "22.05", "24.11", "--markdown", "-"],
    "rotate": ["rotate", "--release", "24.11"],
    "rotate json": ["rotate", "--release", "24.11", "--json"],
    "rotate markdown": ["rotate", "--release", "24.11", "--markdown", "-"],
    "probe": ["probe", "--bin-dir", "."],
    "run": ["run", "-i", "reference", "-k", "exp.missing", "--site", "x", "--out", "c", "--json"],
}


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("what", CONFS)
def test_hostile_configurations(what):
    for conf in ("slurm.conf", "better.conf"):
        done = call([*CONFS[what], "--conf", conf], TOKENS["claim"].encode())
        assert_plain(done, f"{what} of {conf}")
    done = call(CONFS[what], TOKENS["claim"].encode(), {"SLURM_CONF": NAMEABLE, "SLURM_JWT": NAMEABLE})
    assert_plain(done, f"{what} of SLURM_CONF")


FIRST = REACHING | {"token": ["--key-file", "key"], "vectors export": ["--out", "v"]}
TYPED = {
    "acting": NAMEABLE,
    "bytes": os.fsdecode(ODD_BYTES),
    "below": f"a/{NAMEABLE}",
    "a key": f"key{NAMEABLE}",
    "pair": f"username={NAMEABLE}",
}


@pytest.mark.program  # run starts the adapters of libraries
@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("path", leaves(), ids=" ".join)
def test_hostile_words_in_every_place(capfd, path):
    first = FIRST.get(" ".join(path), [])
    for word in TYPED.values():
        calls = [
            [*path, *first, word],
            [*path, *first, "x", "y", word],
            [*path, *first, f"--{word}"],
            [*path, word],
        ]
        for name, _, count in values(leaves()[path]):
            calls += [[*path, *first, name, *[word] * count]] if name else []
        for words in calls:
            assert_plain(call(words, b""), ascii(words))
    out, err = capfd.readouterr()
    assert not FORBIDDEN & {*out, *err}


def test_hostile_words_instead_of_a_command():
    for word in TYPED.values():
        for words in ([word], ["help", word], [f"--{word}"], [f"-{word}"]):
            assert_plain(call(words), ascii(words))


@pytest.mark.usefixtures("desk")
def test_hostile_environment():
    names = (
        "COLUMNS TERM NO_COLOR FORCE_COLOR SLURM_JWT SLURM_CONF SLURM_JWT_TRACEBACK HOME LANG USER HOSTNAME"
    )
    odd = dict.fromkeys(names.split(), NAMEABLE)
    for path in leaves():
        if path[0] not in {"run", "fuzz"}:
            assert_plain(call([*path, *FIRST.get(" ".join(path), [])], b"", odd), ascii(path))


@pytest.mark.program
@pytest.mark.usefixtures("desk")
def test_reports_of_hostile_runs():
    """A run of another machine comes as a file; its texts are not to be trusted."""
    assert call(["run", "-i", "reference", "-k", "exp.missing", "--out", "a", "--quiet"]).code == 0
    with open("a/results.jsonl", encoding="utf-8") as stream:  # noqa: PTH123 - relative, as the commands see it
        events = [json.loads(line) for line in stream]
    for event in events:
        for name in (
            "command",
            "purpose",
            "error",
            "log",
            "reason",
            "version",
            "library",
            "source",
            "text",
            "started",
        ):
            if isinstance(event.get(name), str):
                event[name] = ACTING
    with open("b/results.jsonl", "w", encoding="utf-8") as stream:  # noqa: PTH123 - as above
        stream.writelines(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    for line in ("show b", "show b --failures", "show b -i reference", "diff a b", "diff a b --json",
                 "diff a b --markdown", "merge b --out m.jsonl", "render b --format markdown",
                 "render b --format junit", "render b --format sarif", "render b --format json",
                 "render b --format badge", "render b --format html"):  # fmt: skip
        assert_plain(call(["report", *line.split()]), line)


@pytest.mark.usefixtures("desk")
def test_colours_are_the_only_escapes_and_only_on_request():
    done = call(
        ["check", "--key-file", "key", "--no-discovery"], TOKENS["claim"].encode(), {"FORCE_COLOR": "1"}
    )
    shown = done.out.decode()
    assert "\x1b[" in shown
    for colour in ("31", "32", "33", "36", "1", "2", "0"):
        shown = shown.replace(f"\x1b[{colour}m", "")
    assert not FORBIDDEN & set(shown)
