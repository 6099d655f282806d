"""`slurm-jwt token`, as a provider's developer calls it."""

from __future__ import annotations

import base64
import json
import os
import pwd
import time

import pytest

from slurm_jwt import Verifier
from slurm_jwt_conformance.cli import main
from slurm_jwt_vectors import load

KEY = bytes.fromhex("c0ffee00c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77")


@pytest.fixture
def token(tmp_path, capsys):
    """Run `slurm-jwt token` on a key; give (exit code, stdout, stderr)."""

    def call(*arguments, key=KEY):
        path = tmp_path / "jwt_hs256.key"
        path.write_bytes(key)
        try:
            code = main(["token", "--key-file", str(path), *arguments])
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


def claims(out):
    assert out.startswith("SLURM_JWT=")
    assert out.endswith("\n")
    assert out.count("\n") == 1
    return Verifier(KEY).verify(out.strip().removeprefix("SLURM_JWT="))


def test_scontrols_own_syntax_and_output(token):
    before = int(time.time())
    code, out, _ = token("username=alice", "lifespan=60")
    made = claims(out)
    assert (code, made.sun, made.exp - made.iat) == (0, "alice", 60)
    assert before <= made.iat <= time.time()
    header, payload, _ = out.removeprefix("SLURM_JWT=").split(".")
    assert header == "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    assert set(json.loads(text)) == {"exp", "iat", "sun"}


def test_without_options_it_is_the_callers_for_1800_seconds(token):
    made = claims(token()[1])
    assert (made.sun, made.exp - made.iat) == (pwd.getpwuid(os.geteuid()).pw_name, 1800)


@pytest.mark.parametrize("name", ["USERNAME", "UserName"])
def test_names_of_options_are_in_any_case(token, name):
    assert claims(token(f"{name}=bob", "LifeSpan=5")[1]).sun == "bob"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("infinite", 2147483646), ("UNLIMITED", 2147483646), ("1", 1), ("2147483646", 2147483646), ("007", 7)],
)
def test_a_lifespan(token, text, seconds):
    made = claims(token("username=alice", f"lifespan={text}")[1])
    assert made.exp - made.iat == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-1",
        "1.5",
        "60m",
        "soon",
        " 60",
        "+60",
        "1e3",
        "٣٠",
        "2147483647",
        "9" * 5000,
        "\x1b[31m",
        "1_0",
    ],
)
def test_a_lifespan_that_scontrol_refuses_is_a_clear_error(token, text):
    code, out, err = token("username=alice", f"lifespan={text}")
    assert (code, out) == (2, "")
    assert "is no lifespan" in err
    assert "lifespan=3600" in err
    assert "\x1b" not in err
    assert len(err) < 500


@pytest.mark.parametrize(
    "name", ["", "a b", "-rf", "schlüssel", "a\nb", "\x1b[31m", 'a","sun":"root', "x" * 9999 + "!"]
)
def test_a_name_that_no_user_can_have_is_a_clear_error(token, name):
    code, out, err = token(f"username={name}")
    assert (code, out) == (2, "")
    assert "sun." in err
    assert "\x1b" not in err
    assert len(err) < 1500


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["user=alice"], "Did you mean username=?"),
        (["alice"], "Write username=alice"),
        (["svc-portal.1"], "Write username=svc-portal.1"),
        (["3600"], "Write lifespan=3600"),
        (["username"], "Did you mean username=?"),
        (["username=alice", "UserName=bob"], "given twice"),
        (["\x1b[31m=1"], "not an option of a token"),
        (["y" * 100_000], "not an option of a token"),
    ],
)
def test_an_unknown_option_is_a_clear_error(token, words, said):
    code, out, err = token(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert "\x1b" not in err
    assert len(err) < 500


@pytest.mark.parametrize("name", ["0", "000", "-0", "1000", "4294967295", " 0"])
def test_a_number_as_user_gives_no_token(token, name):
    """slurmctld takes such a sun as a uid (recorded: sun "0" is root)."""
    code, out, err = token(f"username={name}")
    assert (code, out) == (2, "")
    assert "slurmctld takes it as a uid" in err
    assert ("Uid 0 is root" in err) == (int(name) == 0)


def test_root_by_name_is_said(token):
    code, out, err = token("username=root")
    assert (code, claims(out).sun) == (0, "root")
    assert "A token for root" in err


def test_it_says_that_no_daemon_logged_it(token):
    err = token("username=alice")[2]
    assert "leaves no line in slurmctld's log" in err


@pytest.mark.parametrize(("key", "words"), [(b"", "is empty"), (b"x" * 31, "key.length")])
def test_a_key_that_is_too_short_is_a_clear_error(token, key, words):
    code, out, err = token("username=alice", key=key)
    assert (code, out, words in err) == (2, "", True)


def test_the_key_file_is_asked_for(capsys):
    with pytest.raises(SystemExit) as left:
        main(["token", "username=alice"])
    assert left.value.code == 2
    assert "--key-file" in capsys.readouterr().err


def test_a_missing_key_file_is_a_clear_error(tmp_path, capsys):
    assert main(["token", "--key-file", str(tmp_path / "none")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_pem_key_signs_as_its_bytes(token):
    pem = load().keys["pem-pkcs8"].bytes
    out = token("username=alice", key=pem)[1]
    assert Verifier(pem).verify(out.strip().removeprefix("SLURM_JWT=")).sun == "alice"


@pytest.mark.parametrize("words", [("username=alice",), ("username=a b",), ("lifespan=0",), ("nonsense",)])
def test_the_key_is_never_shown_and_the_token_on_stdout_alone(token, words):
    code, out, err = token(*words)
    for secret in (KEY.hex(), base64.b64encode(KEY).decode()[:-1], KEY.decode("latin-1"), repr(KEY)):
        assert secret not in out + err
    if code == 0:
        assert out.strip().rpartition(".")[2] not in err
