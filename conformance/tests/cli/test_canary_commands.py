"""Canaries through every command: keys and tokens of known bytes go in by every door, and never come out.

They are looked for as they are, in hex, in base64, with upper and lower case exchanged, escaped, broken by
line ends, and in part: 16 characters in a row of any of these forms are a leak. A key's SHA-256 is a key.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
import types

import pytest

from slurm_jwt_conformance.cli import COMMANDS
from slurm_jwt_reports import trouble
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import concealed
from support.commands import REACHING, Called, call, leaves, no_daemons, values
from support.slurm import DEFAULT

pytestmark = pytest.mark.program

RAW = hashlib.sha256(b"raw canary").digest()
PEM = (
    b"-----BEGIN PRIVATE KEY-----\n"
    + base64.encodebytes(b"".join(hashlib.sha512(bytes([i])).digest() for i in range(9)))
    + b"-----END PRIVATE KEY-----\n"
)
HEX = hashlib.sha256(b"hex canary").hexdigest().encode() + b"\n"
BASE64 = base64.b64encode(hashlib.sha256(b"base64 canary 2").digest()) + b"\n"
KEYS = {"raw": RAW, "pem": PEM, "hex": HEX, "base64": BASE64}
PRIVATE = {
    name: hashlib.sha512(f"jwk {name}".encode()).digest() for name in ("d", "p", "q", "dp", "dq", "qi", "k")
}
"""The private members of a JWKS."""
GOOD = b'{"exp":4102444800,"iat":1577836800,"sun":"root"}'


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(key, claims=GOOD, header=b'{"alg":"HS256","typ":"JWT"}'):
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(hmac.digest(key, signed.encode(), 'sha256'))}"


TOKENS = {
    "good": token(RAW),
    "pem": token(PEM),
    "another-key": token(BASE64),
    "expired": token(RAW, b'{"exp":1577836801,"iat":1577836800,"sun":"root"}'),
    "nonsense": token(RAW, b"{nonsense"),
    "hs384": token(RAW, GOOD, b'{"alg":"HS384"}'),
    "cut": token(RAW)[:-3],
    "four-parts": token(RAW) + "." + token(PEM).rpartition(".")[2],
    "spaced": token(RAW).replace(".", ". "),
}

WINDOW = 16
"""Characters in a row that are a leak: 64 bits of a hex text, 96 of a base64 text."""


def forms(secret):
    """Yield how the bytes of a secret may be written."""
    yield secret.decode("latin-1")
    yield secret.decode("utf-8", "replace")
    yield secret.hex()
    yield repr(secret)[2:-1]
    yield json.dumps(secret.decode("latin-1"))[1:-1]
    yield ascii(os.fsdecode(secret))[1:-1]
    for skipped in range(3):  # base64 looks different by where it starts
        yield base64.b64encode(secret[skipped:]).decode().rstrip("=")
        yield b64(secret[skipped:])


def secrets():
    for key in KEYS.values():
        yield key
        yield key.strip()
        yield hashlib.sha256(key).digest()
    yield from PRIVATE.values()
    for made in TOKENS.values():
        for signature in made.split(".")[2:]:
            yield signature.encode()
            yield base64.urlsafe_b64decode(signature.strip() + "==")[:32]


def jwks(indent=None):
    """Return a JWKS with private members, as no Slurm should get it."""
    hidden = {name: b64(value) for name, value in PRIVATE.items()}
    n = b64(hashlib.sha512(b"public").digest() * 4)
    rsa = {"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": n, "e": "AQAB", **hidden}
    rsa.pop("k")
    oct_key = {"kty": "oct", "kid": "two", "alg": "HS256", "k": hidden["k"]}
    return json.dumps({"keys": [rsa, oct_key, {**rsa, "kty": "oct"}, hidden]}, indent=indent)


def squeezed(text):
    """Take out what a page or a message may put between two halves of a word."""
    return re.sub(r"[\s\"'|│>\\]", "", text)


def windows(text):
    return (text[at : at + WINDOW] for at in range(len(text) - WINDOW + 1))


def is_public(part):
    """Tell whether it is the head or the end of a PEM file: every one has these."""
    if any(part in mark for mark in MARKS):
        return True
    shown = [part.encode()]
    for skipped in range(4):
        kept = re.sub("[^A-Za-z0-9+/]", "", part)[skipped:]
        shown.append(base64.b64decode(kept[: len(kept) // 4 * 4]))
    shown += [
        bytes.fromhex(part[odd:][: len(part[odd:]) // 2 * 2]) for odd in (0, 1) if HEX_TEXT.fullmatch(part)
    ]
    return any(
        mark in each for each in shown for mark in (b"---", b"BEGIN", b"END P", b"IVATE", b"ATE K", b"KEY-")
    )


HEX_TEXT = re.compile("[0-9a-f]+")
MARKS = [
    base64.b64encode(line[skipped:]).decode()
    for line in (b"-----BEGIN PRIVATE KEY-----\n", b"\n-----END PRIVATE KEY-----\n")
    for skipped in range(3)
]
LEAKS = {part for secret in secrets() for form in forms(secret) for part in windows(squeezed(form))}
LEAKS -= {part for part in LEAKS if is_public(part)}
LEAKS |= {part.swapcase() for part in LEAKS}
LEAKS -= {part for part in LEAKS if len(set(part)) < 6}
RAW_BYTES = [key[at : at + 8] for key in (RAW, hashlib.sha256(PEM).digest()) for at in range(24)]


def assert_clean(written, what):
    text = squeezed(written.decode("utf-8", "backslashreplace"))
    found = [part for part in windows(text) if part in LEAKS]
    assert not found, f"{what} shows {found[0]!r}"
    assert not [part for part in RAW_BYTES if part in written], f"{what} shows raw bytes"
    assert b"Traceback (most recent" not in written, f"{what} ends with a traceback"


def test_the_sieve_holds_what_it_should():
    for leak in (RAW.hex(), b64(RAW), repr(RAW), TOKENS["good"], PEM.decode(), HEX.decode().upper(),
                 "\n".join(b64(RAW)), hashlib.sha256(PEM).hexdigest(), b64(b"k" + RAW), b64(RAW).swapcase(),
                 BASE64.decode()[:20], TOKENS["good"][-30:], ascii(os.fsdecode(RAW))):  # fmt: skip
        with pytest.raises(AssertionError):
            assert_clean(leak.encode(), "a leak")
    with pytest.raises(AssertionError):
        assert_clean(RAW, "a leak")
    header = TOKENS["good"].split(".")[0]
    assert_clean(f"{header} -----BEGIN PRIVATE KEY----- {GOOD}".encode(), "nothing of it is secret")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Go to a folder with keys and tokens, on a machine without Slurm and without the network."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "openssl").symlink_to(shutil.which("openssl"))
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.delenv("SLURM_CONF", raising=False)
    monkeypatch.delenv("SLURM_JWT", raising=False)
    here = tmp_path / "desk"
    here.mkdir()
    for name, key in KEYS.items():
        (here / f"{name}.key").write_bytes(key)
        (here / f"{name}.key").chmod(0o600)
    for name, made in TOKENS.items():
        (here / f"{name}.jwt").write_text(f"{made}\n")
    lines = [json.dumps({"id": name, "token": made}) for name, made in TOKENS.items()]
    (here / "tokens.jsonl").write_text("\n".join([*lines, *TOKENS.values(), '{"id":', '{"token": 1}']) + "\n")
    (here / "tokens.txt").write_text("\n".join(TOKENS.values()) + "\n")
    conf = (
        f"ClusterName=c\nSlurmctldHost=h\nSlurmUser=root\nStateSaveLocation={here}\nAuthAltTypes=auth/jwt\n"
    )
    for name in KEYS:
        (here / f"{name}.conf").write_text(f"{conf}AuthAltParameters=jwt_key={here}/{name}.key\n")
    for name, key in {"hex": HEX, "base64": BASE64}.items():
        (here / f"key-in-{name}.conf").write_text(f"{conf}AuthAltParameters=jwt_key={key.decode()}")
    (here / "private.jwks").write_text(jwks())
    (here / "private.pretty").write_text(jwks(2))
    for name in ("jwks", "pretty"):
        parameters = f"AuthAltParameters=jwks={here}/private.{name}"
        (here / f"{name}.conf").write_text(f"{conf}{parameters}\n")
        (here / f"{name}-too.conf").write_text(f"{conf}{parameters},jwt_key={here}/raw.key\n")
    (here / "dbd.conf").write_text(
        f"DbdHost=h\nSlurmUser=root\nStoragePass={BASE64.decode()}StorageType=accounting_storage/mysql\n"
        f"AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={here}/pem.key\n"
    )
    (here / "dbd.conf").chmod(0o600)
    (here / "passwd").write_text(f"root:{BASE64.decode().strip()}:0:0:root:/root:/bin/sh\n")
    (here / "site.toml").write_text('[token]\nmax_lifetime = 3600\nissuers = ["https://portal.example"]\n')
    monkeypatch.chdir(here)
    with no_daemons():
        yield here


CHECK = ("--now", "1893456000", "--passwd", "passwd")
DEEP = {
    "check text": ["check", *CHECK, "--key-file", "{key}", "--all-releases", "--no-discovery"],
    "check found": ["check", *CHECK, "--conf", "{conf}", "--release", "24.11"],
    "check json": ["check", *CHECK, "--key-file", "{key}", "--json", "--release", "22.05"],
    "check sarif": ["check", *CHECK, "--key-file", "{key}", "--release", "22.05", "--sarif", "-"],
    "check junit": ["check", *CHECK, "--key-file", "{key}", "--release", "22.05", "--junit", "-"],
    "check markdown": ["check", *CHECK, "--key-file", "{key}", "--release", "22.05", "--markdown", "-"],
    "check html": ["check", *CHECK, "--key-file", "{key}", "--html", "out.html", "--policy", "site.toml"],
    "check candidates": ["check", *CHECK, "--key-file", "{key}", "--candidate-key", "base64.key",
                         "--candidate-key", "pem.key"],
    "explain": ["explain", "-"],
    "explain json": ["explain", "-", "--json"],
    "probe": ["probe", "--key-file", "{key}", "--bin-dir", ".", "--url", "http://127.0.0.1:9"],
    "probe json": ["probe", "--conf", "{conf}", "--bin-dir", ".", "--slurmdbd", "--json"],
    "lab ask": ["lab", "ask"],
    "lab exec": ["lab", "exec", "--token-file", "-", "--", "true"],
}  # fmt: skip
"""Calls that take a token on stdin."""

KEYED = {
    "contract": ["contract", "--conf", "{conf}", "--release", "24.11"],
    "contract json": ["contract", "--conf", "{conf}", "--release", "22.05", "--json"],
    "contract folder": ["contract", "--conf", "{conf}", "--release", "26.05", "--folder", "page"],
    "changes": ["changes", "22.05", "24.11", "--conf", "{conf}", "--dbd-conf", "dbd.conf"],
    "changes json": ["changes", "22.05", "26.05", "--conf", "{conf}", "--json"],
    "rotate": ["rotate", "--conf", "{conf}", "--dbd-conf", "dbd.conf", "--release", "24.11"],
    "rotate json": ["rotate", "--conf", "{conf}", "--release", "22.05", "--json"],
    "rotate markdown": ["rotate", "--conf", "{conf}", "--release", "26.05", "--markdown", "-"],
    "doctor": ["doctor", "--conf", "{conf}", "--dbd-conf", "dbd.conf", "--release", "24.11"],
    "doctor json": ["doctor", "--conf", "{conf}", "--dbd-conf", "dbd.conf", "--release", "22.05", "--json"],
    "doctor sarif": [
        "doctor",
        "--conf",
        "{conf}",
        "--dbd-conf",
        "dbd.conf",
        "--release",
        "24.11",
        "--sarif",
        "-",
    ],
    "lab up": ["lab", "up", "--key-file", "{key}"],
    "keygen over it": ["keygen", "{key}"],
}
"""Calls that meet a key alone."""

ALONE = {
    "keygen": ["keygen", "new.key"],
    "completion": ["completion", "bash"],
    "vectors export": ["vectors", "export", "--out", "vectors"],
    "fuzz": ["fuzz", "--count", "5"],
    "lab status": ["lab", "status"],
    "run": [
        *("run", "-i", "reference", "-i", "slurmctld:24.11", "-k", "exp.*", "--out", "report"),
        *("--conf", "raw.conf", "--site", "c"),
    ],
    "report": ["report", "render", "report", "--format", "markdown"],
}
"""Calls with canaries in the environment and on stdin, where nobody asked for them."""


def written(here, before):
    """Yield the files that a call made, with what is in them."""
    for path in sorted(here.rglob("*")):
        if path.is_file() and path not in before:
            yield path.name, path.read_bytes()


def run(here, words, **more):
    before = set(here.rglob("*"))
    done = call(words, **more)
    assert done.code in {0, 1, 2, 3}, (words, done)
    assert_clean(done.written, " ".join(words))
    for name, content in written(here, before):
        if not name.endswith(".key"):
            assert_clean(content, f"{name} of {' '.join(words)}")
    return done


@pytest.mark.parametrize("what", DEEP)
@pytest.mark.parametrize("key", ["raw", "pem"])
def test_what_takes_a_token_shows_neither_it_nor_the_key(desk, capfd, what, key):
    words = [word.format(key=f"{key}.key", conf=f"{key}.conf") for word in DEEP[what]]
    for made in TOKENS.values():
        run(desk, words, stdin=f"{made}\n".encode())
        for path in desk.glob("out.*"):
            path.unlink()
    done = run(desk, words, environment={"SLURM_JWT": TOKENS["good"]})
    if what.startswith("check"):
        assert done.out or what == "check html"
    if what.startswith("explain"):
        line = (
            f"error: auth_p_verify: jwt_decode failure: Invalid argument {TOKENS['good']} {BASE64.decode()}"
        )
        assert run(desk, words, stdin=line.encode()).code == 0
    assert_clean("".join(capfd.readouterr()).encode(), "a child process")


@pytest.mark.parametrize("what", KEYED)
def test_what_meets_a_key_does_not_show_it(desk, capfd, what):
    for key in KEYS:
        words = [word.format(key=f"{key}.key", conf=f"{key}.conf") for word in KEYED[what]]
        run(desk, words, environment={"SLURM_JWT": TOKENS["good"]})
        shutil.rmtree(desk / "page", ignore_errors=True)
    for conf in ("key-in-hex.conf", "key-in-base64.conf", "raw.key", "pem.key", "base64.key", "good.jwt"):
        words = [word.format(key=conf, conf=conf) for word in KEYED[what]]
        run(desk, words)
        shutil.rmtree(desk / "page", ignore_errors=True)
    assert_clean("".join(capfd.readouterr()).encode(), "a child process")


@pytest.mark.parametrize("conf", ["jwks.conf", "pretty.conf", "jwks-too.conf"])
def test_private_members_of_a_jwks_are_not_shown(desk, capfd, conf):
    """Whether slurm.conf names the file or it is given in the place of a key or of slurm.conf."""
    rs256 = token(RAW, GOOD, b'{"alg":"RS256","kid":"one","typ":"JWT"}')
    for given in (conf, "private.jwks", "private.pretty"):
        for words in KEYED.values():
            run(desk, [word.format(key=given, conf=given) for word in words])
            shutil.rmtree(desk / "page", ignore_errors=True)
        for what in ("check found", "check text", "check html", "probe json"):
            for made in (rs256, TOKENS["good"], jwks()):
                run(desk, [word.format(key=given, conf=given) for word in DEEP[what]], stdin=made.encode())
    assert (desk / "private.jwks").read_text() == jwks()
    assert_clean("".join(capfd.readouterr()).encode(), "a child process")


POLICIES = (
    "%s", "%s = 1", "[token]\n%s = 1", "[token]\n'%s' = 1", "[%s]", "[token]\nmax_lifetime = '%s'",
    "[token]\nmax_lifetime = %s", "[token]\nissuers = '%s'", "[token]\nissuers = ['%s', 1]",
    "[users]\n'%s' = []",
    "[token]\nissuers = ['''%s''']\nissuers = []", "[[waiver]]\nrule = '%s'", "[[waiver]]\n'%s' = 'x'",
    "[[waiver]]\nrule = 'exp.required'\nuntil = '%s'\nreason = 'x'", "key = '''\n%s\n'''", "# %s\n[",
)  # fmt: skip
"""Where the text of a key may get into a policy by mistake."""


@pytest.mark.parametrize("secret", ["base64", "hex", "pem", "token", "jwks"])
def test_a_secret_in_a_policy_is_not_shown(desk, capfd, secret):
    texts = {name: key.decode("latin-1").strip() for name, key in KEYS.items()}
    text = {**texts, "token": TOKENS["good"], "jwks": jwks()}[secret]
    calls = [
        ["check", *CHECK, "--key-file", "raw.key", "--no-discovery", "--policy", "bad.toml", "-"],
        ["check", *CHECK, "--key-file", "raw.key", "--no-discovery", "--policy", "bad.toml", "--lines"],
        ["contract", "--conf", "raw.conf", "--release", "24.11", "--policy", "bad.toml"],
        ["run", "-i", "reference", "--site", "c", "--policy", "bad.toml", "--out", "no-report"],
        ["gate", "--token-file", "good.jwt", "--policy", "bad.toml"],
    ]
    for policy in POLICIES:
        (desk / "bad.toml").write_text(policy % text)
        for words in calls[:3]:
            assert run(desk, words, stdin=TOKENS["good"].encode()).code == 2, policy
    for words in calls[3:]:
        assert run(desk, words).code == 2
    assert_clean("".join(capfd.readouterr()).encode(), "a child process")


def test_commands_that_were_given_no_secret_take_none(desk, capfd):
    for words in ALONE.values():
        run(desk, words, stdin=PEM, environment={"SLURM_JWT": TOKENS["good"]})
    assert (desk / "report" / "results.jsonl").exists()
    assert_clean("".join(capfd.readouterr()).encode(), "a child process")


@pytest.mark.parametrize("options", [["--jsonl"], ["--lines"], ["--jsonl", "--jobs", "2"],
                                     ["--lines", "--all-releases", "--summary", "sum.json"]])  # fmt: skip
def test_check_of_many_shows_none(desk, capfd, options):
    name = "tokens.jsonl" if "--jsonl" in options else "tokens.txt"
    run(desk, ["check", *CHECK, "--no-discovery", "--key-file", "raw.key", *options, name])
    run(desk, ["check", *CHECK, "--no-discovery", *options], stdin=(desk / name).read_bytes())
    run(desk, ["check", *CHECK, "--no-discovery", *options, "pem.key", "base64.key", "raw.key"])
    assert_clean("".join(capfd.readouterr()).encode(), "a child process")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.usefixtures("desk")
def test_token_shows_the_token_where_it_belongs_and_nothing_more(key):
    done = call(["token", "--key-file", f"{key}.key", "username=root"])
    assert done.code == 0
    assert re.fullmatch(rb"SLURM_JWT=[\w-]+\.[\w-]+\.[\w-]{43}\n", done.out)
    assert_clean(done.written, "token")
    assert done.out.strip().rpartition(b".")[2] not in done.err


SHAPES = {
    "token": TOKENS["good"],
    "token with its name": f"SLURM_JWT={TOKENS['pem']}",
    "pem": PEM.decode(),
    "hex": HEX.decode().strip(),
    "base64": BASE64.decode().strip(),
    "base64 as a path": "/" + BASE64.decode().strip(),
    "raw": os.fsdecode(RAW.replace(b"\0", b"")),
}
FIRST = REACHING | {"lab up": ["--with", "nonsense"], "token": ["--key-file", "raw.key"]}
MADE = {
    "--out",
    "--export",
    "--summary",
    "--sarif",
    "--junit",
    "--markdown",
    "--html",
    "--site",
    "--site-name",
}
"""Options that name what is made, or what a page is called: such a name is to be told. So keygen's FILE."""


@pytest.mark.parametrize("path", leaves(), ids=" ".join)
def test_secrets_in_the_wrong_place_are_not_shown(desk, capfd, path):
    """Typed where a file, a name or a number belongs, and as a word too many."""
    parser = leaves()[path]
    first = FIRST.get(" ".join(path), [])
    for shape in SHAPES.values():
        if path != ("keygen",):
            run(desk, [*path, *first, shape], stdin=TOKENS["good"].encode())
        run(desk, [*path, *first, "x", "y", shape], stdin=TOKENS["good"].encode())
        run(desk, [*path, *first, f"--{shape}"], stdin=TOKENS["good"].encode())
        for name, _, count in values(parser):
            if name and name not in MADE:
                run(desk, [*path, *first, name, *[shape] * count], stdin=TOKENS["good"].encode())
    assert_clean("".join(capfd.readouterr()).encode(), "a child process")


@pytest.mark.parametrize("path", leaves(), ids=" ".join)
def test_files_of_secrets_in_the_wrong_place_are_not_shown(desk, capfd, path):
    first = FIRST.get(" ".join(path), [])
    for name, metavar, count in values(leaves()[path]):
        if metavar not in {"FILE", "OLD", "NEW", "A"}:
            continue
        for place in ("raw.key", "pem.key", "good.jwt", "tokens.jsonl", "private.jwks", "private.pretty"):
            run(desk, [*path, *first, *([name] if name else []), *[place] * count], stdin=PEM)
    for place, content in KEYS.items():
        assert (desk / f"{place}.key").read_bytes() == content
    assert_clean("".join(capfd.readouterr()).encode(), "a child process")


def test_secrets_instead_of_a_command_are_not_shown(desk):
    for shape in SHAPES.values():
        for words in ([shape], ["help", shape], [f"--{shape}"], [f"-{shape}"]):
            assert run(desk, words).code == 2


def chained():
    try:
        return {}[TOKENS["good"]]
    except KeyError as error:
        raise RuntimeError(BASE64.decode()) from error


def noted():
    error = ValueError(PEM.decode())
    error.add_note(TOKENS["pem"])
    raise error


def recursion():
    def deeper(text):
        return deeper(text + " ") + text

    deeper(TOKENS["good"])


def throwing(error):
    def throw():
        raise error

    return throw


BUGS = {
    "value": throwing(ValueError(TOKENS["good"])),
    "key": throwing(KeyError(RAW)),
    "unicode": lambda: RAW.decode("utf-8"),
    "chain": chained,
    "notes": noted,
    "group": throwing(ExceptionGroup(TOKENS["good"], [ValueError(BASE64)])),
    "recursion": recursion,
    "memory": throwing(MemoryError(TOKENS["good"])),
    "os": throwing(OSError(5, "Input/output error", TOKENS["good"])),
    "os without a number": throwing(OSError(TOKENS["good"])),
    "assertion": throwing(AssertionError(TOKENS["good"])),
    "module": throwing(ModuleNotFoundError(TOKENS["good"], name=TOKENS["good"])),
    "system": throwing(SystemError(RAW)),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bug_of_ours_is_told_without_its_words(monkeypatch, command):
    """Whatever fails inside a command: exit code 3, the kind and the place, and how to report it."""
    module = sys.modules.get(f"slurm_jwt_conformance.cli.{command}") or types.ModuleType("never")
    for name, bug in BUGS.items():
        monkeypatch.setattr(module, "parser", argparse.ArgumentParser)
        monkeypatch.setattr(module, "run", lambda _args, bug=bug: bug())
        for traced in ("", "1"):
            done = call([command], environment={"SLURM_JWT_TRACEBACK": traced})
            assert done.code == 3, name
            assert done.out == b""
            assert done.err.startswith(b"slurm-jwt: ")
            assert_clean(done.err, f"{command}, {name}")
            assert (b"test_canary_commands.py" in done.err) == bool(traced)


DEPTHS = {
    "check": (
        "slurm_jwt_conformance.site.check.judged.check",
        ["check", "--key-file", "raw.key", "--no-discovery"],
    ),
    "check of many": (
        "slurm_jwt_conformance.site.check.judged.check",
        ["check", "--key-file", "raw.key", "--lines", "--no-discovery"],
    ),
    "token": ("slurm_jwt.Issuer.issue", ["token", "--key-file", "raw.key", "username=root"]),
    "explain": ("slurm_jwt_conformance.site.explain.explain", ["explain", "-"]),
    "doctor": ("slurm_jwt_conformance.site.discovery.survey.survey", ["doctor", "--conf", "raw.conf"]),
    "keygen": ("slurm_jwt.strict.keys.fingerprint", ["keygen", "new.key"]),
    "rotate": ("slurm_jwt.strict.keys.load_key", ["rotate", "--conf", "raw.conf"]),
}


@pytest.mark.parametrize("what", DEPTHS)
def test_a_bug_deep_inside_shows_no_secret(desk, monkeypatch, what):
    place, words = DEPTHS[what]

    def broken(*given, **named):
        raise ValueError(f"{given} {named} {TOKENS['good']} {RAW!r}")

    monkeypatch.setattr(place, broken)
    for traced in ("", "1"):
        run(desk, words, stdin=TOKENS["good"].encode(), environment={"SLURM_JWT_TRACEBACK": traced})


def test_a_problem_that_quotes_a_secret_is_told_without_it(monkeypatch):
    from slurm_jwt_conformance.cli import keygen

    for shape in SHAPES.values():
        monkeypatch.setattr(keygen, "run", throwing(Problem(f"No {shape!r}.", f"Did you mean {shape}?")))
        monkeypatch.setattr(keygen, "run", lambda _args, run=keygen.run: run())
        done = call(["keygen", "x"])
        assert done.code == 2
        assert_clean(done.written, "a problem")


def test_messages_keep_what_is_no_secret():
    for text in (
        "key file '/var/spool/slurm/statesave/jwt_hs256.key' does not exist",
        "Cannot read /tmp/pytest-of-root/pytest-12/test_of_something_longer0/desk/slurm.conf",
        "There is no rule 'signature.matches'.\n  Did you mean signature.match?",
        "fingerprint 0123456789abcdef, uid 2001, 26.05/libjwt1.17.2-upstream",
        "https://cluster.example.org:6820/slurm/v0.0.41/diag, host compute-node-0001.cluster.example.org",
        "MyClusterSlurmKey2026Production.key, größe.key",
    ):
        assert concealed(text) == text


def test_a_long_message_costs_little():
    """Each of these took minutes where a pattern began anew at every character."""
    for text in (
        "a" * 10**6,
        "eyJ." * 10**5,
        "-----BEGIN KEY-----" * 10**4,
        "aaaaaaaa." * 10**5,
        "\udc80" * 10**5,
    ):
        assert len(concealed(text)) < 200_000


def test_full_disks_and_closed_streams_are_told_of():
    def shell(line):
        words = [sys.executable, "-m", "slurm_jwt_conformance", "vectors", "list"]
        return subprocess.run(
            ["bash", "-c", line, "bash", *words], capture_output=True, text=True, check=False
        )

    full = shell('"$@" >/dev/full')
    assert (full.returncode, full.stdout) == (3, "")
    lost = "slurm-jwt: stdout cannot be written: {}. The answers are lost.\n"
    assert full.stderr == lost.format("No space left on device")
    closed = shell('"$@" >&-')
    assert (closed.returncode, closed.stderr) == (3, lost.format("it is closed"))
    assert shell('"$@" nonsense 2>&-').stdout == ""
    piped = shell('"$@" | head -n 1; exit ${PIPESTATUS[0]}')
    assert (piped.returncode, piped.stderr) == (141, "")


def test_nothing_of_a_bug_is_lost_but_its_words(capsys):
    trouble.show_exception(ZeroDivisionError("x"))
    shown = capsys.readouterr().err
    assert "ZeroDivisionError" in shown
    assert "SLURM_JWT_TRACEBACK=1" in shown


@pytest.mark.parametrize(
    "words",
    [
        ["--token-file", "{here}/good.jwt", "--key-file", "{here}/raw.key", "--release", "22.05"],
        ["--token-file", "{here}/another-key.jwt", "--key-file", "{here}/raw.key", "--all-releases"],
        ["--token-file", "{here}/nonsense.jwt", "--conf", "{here}/pem.conf", "--policy", "{here}/site.toml"],
        ["--token-file", "{here}/raw.key", "--key-file", "{here}/good.jwt"],
        ["--token-file", "{here}/good.jwt", "--key-file", BASE64.decode().strip()],
        ["--token-file", TOKENS["good"]],
    ],
    ids=["good", "another key", "site", "exchanged", "key as a path", "token as a path"],
)
def test_the_gate_of_a_site_shows_none(desk, words):
    """With long tracebacks, and everything that pytest can tell of skips and failures."""
    given = [*(word.format(here=desk) for word in words), "-rA", "-vv", "--tb=long", "--junit-xml=gate.xml"]
    done = subprocess.run(
        [sys.executable, "-m", "slurm_jwt_conformance", "gate", *given],
        cwd=desk, capture_output=True, check=False, timeout=120,
        env={**os.environ, "SLURM_JWT": TOKENS["pem"]},
    )  # fmt: skip
    assert done.returncode in {0, 1, 2}, done
    assert_clean(done.stdout + done.stderr, "the gate")
    if (desk / "gate.xml").exists():
        assert_clean((desk / "gate.xml").read_bytes(), "the gate's XML")


@pytest.mark.parametrize(
    "wanted", ["exp.missing", TOKENS["good"], BASE64.decode().strip()], ids=["case", "token", "key"]
)
def test_the_suite_as_pytest_tests_shows_none(desk, wanted):
    options = [
        "--pyargs",
        "slurm_jwt_conformance.harness.suite",
        "-rA",
        "--tb=long",
        "-p",
        "no:cacheprovider",
    ]
    options += ["--slurm-jwt-implementation", "reference", "--slurm-jwt-cases", wanted]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=desk, capture_output=True, check=False, timeout=120,
        env={**os.environ, "SLURM_JWT": TOKENS["pem"]},
    )  # fmt: skip
    assert done.returncode == (0 if wanted == "exp.missing" else 2), done
    assert_clean(done.stdout + done.stderr, "the suite")


@pytest.mark.slurm
@pytest.mark.usefixtures("slurm")
def test_a_lab_with_the_canary_key_shows_neither_it_nor_a_token(tmp_path, monkeypatch, capfd):
    (tmp_path / "raw.key").write_bytes(RAW)
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.chdir(tmp_path)
    up = ["lab", "up", "--release", DEFAULT, "--key-file", "raw.key", "--name", "canary", "--detach"]
    started = subprocess.run(
        [sys.executable, "-m", "slurm_jwt_conformance", *up], capture_output=True, check=False, timeout=120
    )
    shown = [Called(started.returncode, started.stdout, started.stderr)]
    try:
        for made in TOKENS.values():
            shown.append(call(["lab", "ask"], made.encode()))
            shown.append(call(["lab", "ask", "--json", "--user-name", "alice"], made.encode()))
            shown.append(call(["lab", "exec", "--token-file", "-", "--", "scontrol", "ping"], made.encode()))
        shown.append(call(["lab", "status", "--json"]))
        made = call(["lab", "token", "username=alice"])
        assert re.fullmatch(rb"SLURM_JWT=[\w-]+\.[\w-]+\.[\w-]{43}\n", made.out)
        shown.append(call(["lab", "ask"], made.out))
        assert shown[-1].code == 0
        assert_clean(made.err, "lab token")
        assert made.out.strip().rpartition(b".")[2] not in shown[-1].written
    finally:
        shown.append(call(["lab", "down", "--name", "canary"]))
    assert [done.code for done in (shown[0], shown[-1])] == [0, 0], shown
    for done in shown:
        assert_clean(done.written, "a lab")
    assert_clean("".join(capfd.readouterr()).encode(), "a child process")
