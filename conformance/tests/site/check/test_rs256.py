"""`check` with a JWKS: the rows measured on real slurmctlds, the edition, the causes, and the gate's pass."""

import hashlib
import hmac
import io
import json
import sys

import pytest
from cryptography.hazmat.primitives import serialization

from slurm_jwt_conformance.cli import main
from support.rs256 import LEFT_OUT, NOW, b64, jwk, jwks, private_key, text_of, token

RELEASES = ("22.05", "24.11", "26.05")
KEY = bytes(range(32))
PASSWD = "root:x:0:0::/:/bin/sh\nslurm:x:64030:64030::/:/bin/sh\nalice:x:2001:2001::/:/bin/sh\n"
NO_MATCH = "error: could not find matching kid or decode failed"
WRONG = f"error: failed to verify jwt, rc=22\n{NO_MATCH}"
EC = {"kty": "EC", "kid": "e", "crv": "P-256", "x": "AAAA", "y": "AAAA"}
ACCEPTED = (True, 2001, None)
LOST = (False, None, NO_MATCH)
PEM = (
    private_key()
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
)
CLAIMS = {"exp": NOW + 300, "iat": NOW, "sun": "alice"}


def refused(reason):
    return (False, None, f"error: auth_p_verify: {reason}")


def by_line(reason):
    return (refused(reason), refused(reason), (False, None, f"error: cred_verify: {reason}"))


def ends(line):
    return (None, None, line)


def no_kid(function="_build_jwks_keys"):
    return ends(f"fatal: {function}: failed to load kid field")


def hs256(key):
    text = text_of(CLAIMS, {"alg": "HS256", "kid": "a"}).encode()
    return text + b"." + b64(hmac.digest(key, text, "sha256")).encode()


INITIAL = refused("initial jwt_decode failure: Invalid argument")
TOKENS = {
    "right": (token(claims=CLAIMS), (ACCEPTED,) * 3),
    "at+jwt": (token(claims=CLAIMS, typ="at+jwt"), (INITIAL, ACCEPTED, ACCEPTED)),
    "no kid": (token(claims=CLAIMS, kid=LEFT_OUT), by_line("no kid in credential")),
    "kid in other case": (token(claims=CLAIMS, kid="A"), (LOST,) * 3),
    "another key": (token(private_key(1), claims=CLAIMS), ((False, None, WRONG),) * 3),
    "alg rs256": (token(claims=CLAIMS, alg="rs256"), (ACCEPTED, INITIAL, (False, None, WRONG))),
    "RS384": (token(claims=CLAIMS, alg="RS384"), by_line("no support for alg=RS384")),
    "HS256": (hs256(KEY), (ACCEPTED,) * 3),
    "HS256 with the public key": (hs256(PEM), by_line("jwt_decode failure: Invalid argument")),
    "expired": (token(claims={**CLAIMS, "exp": NOW - 1}), by_line("token expired")),
}
FILES = {
    "no alg": (jwks(jwk(alg=LEFT_OUT)), (LOST, LOST, ACCEPTED)),
    "no kid": (jwks(jwk(kid=LEFT_OUT)), (no_kid(),) * 3),
    "EC without alg": (
        jwks(EC, jwk()),
        (ACCEPTED, ends("fatal: _build_jwks_keys: failed to load e field"), ACCEPTED),
    ),
    "an empty file": (b"", (ends("fatal: auth/jwt: Could not load key file (jwks.json)"),) * 3),
    "not JSON": (
        b"{",
        (
            refused("no jwks file loaded, cannot decode RS256 keys"),
            ends("fatal: _init_jwks: failed to deserialize jwks file `jwks.json`"),
            ends("fatal: init_jwks: failed to deserialize jwks file `jwks.json`"),
        ),
    ),
}


@pytest.fixture
def lines(tmp_path, monkeypatch, capsys):
    """Call `check --jsonl` for tokens with a JWKS; give the exit code and the answers by id."""

    def call(data, tokens, *options):
        (tmp_path / "jwks.json").write_bytes(data)
        (tmp_path / "key").write_bytes(KEY)
        (tmp_path / "passwd").write_text(PASSWD)
        asked = "".join(
            json.dumps({"id": name, "token": text.decode()}) + "\n" for name, text in tokens.items()
        )
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(asked.encode())))
        named = {"--jwks": "jwks.json", "--key-file": "key", "--passwd": "passwd"}
        given = [part for option, name in named.items() for part in (option, str(tmp_path / name))]
        code = main(
            ["check", "--jsonl", "--no-discovery", "--now", str(NOW), "--jobs", "1", *given, *options]
        )
        answers = map(json.loads, capsys.readouterr().out.splitlines())
        return code, {answer["id"]: answer for answer in answers}

    return call


def row(answer):
    """Return verdict, uid and log of each release, in the order of RELEASES."""
    found = {name.partition("/")[0]: one for name, one in answer["slurm"].items()}
    return tuple((one["accepted"], one["uid"], one["log"]) for one in (found[name] for name in RELEASES))


ASKED = [option for release in RELEASES for option in ("--release", release)]


def test_each_token_gets_what_the_daemons_gave(lines):
    code, answers = lines(jwks(jwk()), {name: text for name, (text, _) in TOKENS.items()}, *ASKED)
    assert code == 1
    assert {name: row(answer) for name, answer in answers.items()} == {
        name: outcomes for name, (_, outcomes) in TOKENS.items()
    }
    assert {answer["edition"] for answer in answers.values()} == {"later"}
    passing = {name for name, answer in answers.items() if answer["passes"]}
    assert passing == {"right", "HS256"}


@pytest.mark.parametrize("name", FILES)
def test_each_file_does_what_it_did_to_the_daemons(name, lines):
    data, outcomes = FILES[name]
    _, answers = lines(data, {"right": TOKENS["right"][0]}, *ASKED)
    assert row(answers["right"]) == outcomes
    starts = [one.get("starts", True) for one in answers["right"]["slurm"].values()]
    assert starts == [outcome[0] is not None for outcome in outcomes]
    assert not answers["right"]["passes"]


def test_what_is_not_modelled_has_a_reason(lines):
    _, answers = lines(
        jwks(jwk()), {"right": TOKENS["right"][0]}, "--release", "24.11", "--parameters", "odd=1"
    )
    (one,) = answers["right"]["slurm"].values()
    assert (one["accepted"], one["starts"]) == (None, None)
    assert "odd" in one["reason"]
    assert answers["right"]["outcome"] == "undetermined"


def test_the_rules_alone_name_the_cause(lines):
    _, answers = lines(jwks(jwk()), {name: text for name, (text, _) in TOKENS.items()}, "--judge", "rules")
    broken = {name: answer["rules"] for name, answer in answers.items()}
    assert broken["right"] == broken["HS256"] == []
    assert broken["another key"] == broken["HS256 with the public key"] == ["signature.match"]
    assert broken["kid in other case"] == ["kid.known"]
    assert broken["RS384"] == broken["alg rs256"] == ["alg.allowed"]
    assert answers["right"]["outcome"] == "pass"


def site(tmp_path, key, data, extra=""):
    (tmp_path / "jwks.json").write_bytes(data)
    (tmp_path / "passwd").write_text(PASSWD)
    conf = tmp_path / "slurm.conf"
    conf.write_text(
        "ClusterName=c\nSlurmctldHost=h\nAuthType=auth/munge\nAuthAltTypes=auth/jwt\n"
        f"AuthAltParameters=jwks={tmp_path}/jwks.json{extra}\n"
    )
    claims = {
        "exp": NOW + 300, "iat": NOW, "jti": "1", "iss": "https://idp.example/realms/r", "aud": "account",
        "sub": "5d1c7d6e", "typ": "Bearer", "azp": "portal", "realm_access": {"roles": ["a"]},
        "preferred_username": "alice",
    }  # fmt: skip
    (tmp_path / "t.jwt").write_bytes(token(key, claims, typ="JWT"))
    named = {"--conf": "slurm.conf", "--passwd": "passwd", "--token-file": "t.jwt"}
    given = [part for option, name in named.items() for part in (option, str(tmp_path / name))]
    return [*given, "--now", str(NOW)]


KEYCLOAK = ",userclaimfield=preferred_username"


def test_a_keycloak_token_of_a_jwks_site_passes_as_its_user(tmp_path, capsys):
    """The case token-rs256-jwks: never "run as root"; real 24.11.5 accepts such a token as alice."""
    arguments = site(tmp_path, None, jwks(jwk()), KEYCLOAK)
    assert main(["check", *arguments, "--release", "24.11", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    (one,) = answer["slurm"].values()
    assert (one["accepted"], one["user"], answer["edition"]) == (True, "alice", "later")
    assert main(["check", *arguments, "--release", "24.11"]) == 0
    text = capsys.readouterr().out
    assert "Run as" not in text
    assert "keys for RS256: a" in text
    assert main(["check", *arguments, "--release", "22.05"]) == 1
    assert "jwt_get_grant failure" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["check", "gate"])
def test_a_forged_one_fails(verb, tmp_path, capsys):
    arguments = site(tmp_path, private_key(1), jwks(jwk()), KEYCLOAK)
    assert main([verb, *arguments, "--release", "24.11"]) == 1
    assert "signature.match" in capsys.readouterr().out


def test_without_the_file_nothing_passes(tmp_path, capsys):
    arguments = site(tmp_path, None, jwks(jwk()), KEYCLOAK)
    (tmp_path / "jwks.json").unlink()
    assert main(["check", *arguments, "--judge", "rules", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["outcome"], answer["edition"]) == ("undetermined", "later")
    assert "signature.match" in answer["not_checked"]


def test_private_members_are_never_shown(tmp_path, capsys):
    secret = b64(private_key().private_numbers().d.to_bytes(256, "big"))
    arguments = site(tmp_path, None, jwks(jwk(d=secret)), KEYCLOAK)
    for form in ([], ["--json"]):
        main(["check", *arguments, "--release", "24.11", *form])
        shown = capsys.readouterr()
        assert "jwks.public" in shown.out or "jwks." in shown.out
        assert secret[:20] not in shown.out + shown.err


def test_the_sign_off_names_edition_algorithm_kid_and_keys(tmp_path, capsys):
    data = jwks(jwk())
    arguments = site(tmp_path, None, data, KEYCLOAK)
    page = tmp_path / "fit.html"
    assert main(["check", *arguments, "--release", "24.11", "--html", str(page)]) == 0
    capsys.readouterr()
    report = json.loads((tmp_path / "fit.json").read_text())["report"]
    assert report["edition"] == "HS256 by jwt_key=, RS256 by jwks= (Slurm's later page)"
    assert report["tokens"][0]["what"].endswith(', alg "RS256", kid "a"')
    notes = " ".join(report["notes"])
    assert hashlib.sha256(data).hexdigest() in notes
    public = jwk()
    required = f'{{"e":"{public["e"]}","kty":"RSA","n":"{public["n"]}"}}'.encode()
    assert f'Key "a" of the JWKS: RFC 7638 thumbprint {b64(hashlib.sha256(required).digest())}.' in notes
    rules = {each["id"]: each["state"] for each in report["rules"]}
    assert "alg.hs256" not in rules
    assert rules["alg.allowed"] == rules["kid.known"] == "kept"
    assert "RFC 7638 thumbprint" in page.read_text()
