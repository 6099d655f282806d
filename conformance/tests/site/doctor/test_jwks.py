"""What the doctor says of a JWKS: measured on slurmctld 22.05.8, 24.11.5 and 26.05.5, and by RFC 7517."""

import json

import pytest

from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.describe import describe
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_conformance.site.doctor.documents import document
from slurm_jwt_reports.formats import text
from support.made_up_site import File, MadeUpHost, made_up_machine
from support.rs256 import LEFT_OUT, jwk, jwks, private_key

CONF = """\
ClusterName=lab
SlurmctldHost=localhost
SlurmUser=slurm
StateSaveLocation=/site/state
AuthAltTypes=auth/jwt
AuthAltParameters={parameters}
"""
BOTH = "jwks=/site/jwks.json,jwt_key=/site/jwt.key,max_token_lifespan=60"
ALONE = "jwks=/site/jwks.json,max_token_lifespan=60"
PLUGINS = frozenset({"auth_jwt.so", "auth_munge.so"})
MEASURED = ("22.05.8/libjwt1.10.2", "24.11.5/libjwt1.17.2", "26.05.5/libjwt1.17.2")
EC = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "e"}

LOADS, REFUSES = "loads", "refuses"
KID, FIELD, JSON = "failed to load kid field", "failed to load e field", "failed to deserialize jwks file"
NO_FILE = "Could not load key file"
TABLE = {
    "a good key": (jwks(jwk()), LOADS, LOADS, LOADS),
    "two keys": (jwks(jwk(), jwk(private_key(1), kid="b")), LOADS, LOADS, LOADS),
    "extra members": (jwks(jwk(use="sig", x5t="A", x5c=["QUFB"])), LOADS, LOADS, LOADS),
    "EC with alg": (jwks(jwk(), EC | {"alg": "ES256"}), LOADS, LOADS, LOADS),
    "oct with alg": (jwks(jwk(), {"kty": "oct", "k": "AA", "kid": "o", "alg": "HS256"}), LOADS, LOADS, LOADS),
    "RSA without alg": (jwks(jwk(alg=LEFT_OUT)), REFUSES, REFUSES, LOADS),
    "no kid": (jwks(jwk(kid=LEFT_OUT)), KID, KID, KID),
    "no kid and alg": (jwks(jwk(kid=LEFT_OUT, alg=LEFT_OUT)), REFUSES, KID, KID),
    "EC without alg": (jwks(jwk(), EC), LOADS, FIELD, LOADS),
    "oct without alg": (jwks(jwk(), {"kty": "oct", "k": "AA", "kid": "o"}), LOADS, FIELD, LOADS),
    "x5c only": (jwks(jwk(n=LEFT_OUT, e=LEFT_OUT, x5c=["QUFB"])), FIELD, FIELD, FIELD),
    "an empty file": (b"", NO_FILE, NO_FILE, NO_FILE),
    "not JSON": (b"<html>", REFUSES, JSON, JSON),
    "a bare array": (json.dumps([jwk()]).encode(), REFUSES, REFUSES, REFUSES),
    "a single JWK": (json.dumps(jwk()).encode(), REFUSES, REFUSES, REFUSES),
    "{}": (b"{}", REFUSES, REFUSES, REFUSES),
    "no keys": (jwks(), REFUSES, REFUSES, REFUSES),
    "RS384": (jwks(jwk(alg="RS384")), REFUSES, REFUSES, REFUSES),
    "PS256": (jwks(jwk(alg="PS256")), REFUSES, REFUSES, REFUSES),
    "the same kid twice": (jwks(jwk(), jwk(private_key(1))), LOADS, LOADS, LOADS),
}


def site(parameters=BOTH, data=None, mode=0o644, owner="slurm"):
    return MadeUpHost(
        "/site",
        [
            File("state", None, 0o755, "slurm"),
            File("jwt.key", b"k" * 31 + b"\xff", 0o600, "slurm"),
            File("slurm.conf", CONF.format(parameters=parameters).encode()),
            File("jwks.json", jwks(jwk()) if data is None else data, mode, owner),
        ],
    )


def examined(host, release, **options):
    found = survey(
        Options(conf="/site/slurm.conf", release=release, plugins=PLUGINS, **options),
        host,
        made_up_machine("", ""),
    )
    return found, diagnose(found)


def report(*arguments, release="24.11.5/libjwt1.17.2", **options):
    return examined(site(*arguments), release, **options)[1]


def serious(told):
    return [each for each in told.findings if each.id.startswith("jwks.") and each.level != "note"]


@pytest.mark.parametrize("place", range(3), ids=MEASURED)
@pytest.mark.parametrize("row", TABLE)
def test_the_measured_table(row, place):
    data, expected = TABLE[row][0], TABLE[row][1 + place]
    told = report(BOTH, data, release=MEASURED[place])
    (look,) = told.outlooks
    assert look.starts is (expected in {LOADS, REFUSES})
    assert look.rs256 is (expected == LOADS)
    if expected == LOADS:
        assert "error" not in {each.level for each in serious(told) if each.id != "jwks.private"}
    else:
        assert serious(told)
    if not look.starts:
        assert expected in [each.log for each in serious(told)]


@pytest.mark.parametrize("row", ["a good key", "two keys", "extra members", "EC with alg"])
def test_a_usual_file_has_no_finding(row):
    assert serious(report(BOTH, TABLE[row][0])) == []


def test_the_key_that_ends_the_daemon_is_named_with_its_fix():
    (found,) = serious(report(BOTH, TABLE["EC without alg"][0]))
    assert found.message == "Key 2 (kty EC, kid e) of the JWKS /site/jwks.json has no alg."
    assert "before 26.05.3" in found.cause
    (found,) = serious(report(BOTH, TABLE["x5c only"][0]))
    assert "no e" in found.message
    assert "does not read x5c" in found.fix


def test_a_key_without_alg_is_named():
    (found,) = serious(report(BOTH, TABLE["RSA without alg"][0]))
    assert found.message == "Key 1 (kty RSA, kid a) of the JWKS /site/jwks.json is an RSA key without alg."
    assert 'Add "alg": "RS256"' in found.fix


@pytest.mark.parametrize("release", ["26.05.2", "26.05.3", "26.05"])
def test_a_series_means_all_of_its_patches(release):
    """Slurm reads kty since 26.05.3; which patch release runs is not known from a series."""
    (look,) = report(BOTH, TABLE["EC without alg"][0], release=f"{release}/libjwt1.17.2").outlooks
    assert look.starts is {"26.05.2": False, "26.05.3": True, "26.05": None}[release]


def test_the_first_of_two_equal_kids_counts():
    (found,) = serious(report(BOTH, TABLE["the same kid twice"][0]))
    assert "same kid" in found.message
    assert found.level == "warning"


@pytest.mark.parametrize(
    ("key", "word", "level"),
    [
        (jwk(d="AA"), "private", "error"),
        (jwk(e="Ag"), "breaks a rule", "warning"),
        (jwk(e="Aw"), "e is 3", "note"),
    ],
)
def test_rules_of_the_documents_are_reported(key, word, level):
    told = report(BOTH, jwks(key, jwk(private_key(1), kid="b")))
    assert [each.level for each in told.findings if word in each.message] == [level]


def test_a_site_with_only_public_keys_is_sound_and_told_what_it_lacks():
    found, told = examined(site(ALONE), "24.11.5/libjwt1.17.2")
    assert told.verdict == "sound"
    (look,) = told.outlooks
    assert (look.takes, look.rs256, look.works) == (False, True, True)
    (note,) = [each for each in told.findings if each.id == "jwks.alone"]
    assert note.level == "note"
    assert "`scontrol token` issues none" in note.cause
    shown = text.render(describe(document(found, told)))
    assert "starts, refuses every HS256 token, accepts RS256 tokens of its JWKS" in " ".join(shown.split())


def test_without_any_usable_key_no_token_works():
    told = report(ALONE, TABLE["no keys"][0])
    (look,) = told.outlooks
    assert look.works is False
    assert {"jwks.alone", "jwks.content"} == {each.id for each in serious(told)}


@pytest.mark.parametrize("release", MEASURED)
@pytest.mark.parametrize("name", ["https://idp.example/certs", "jwks.json"])
def test_a_name_that_is_not_a_whole_path_is_an_error(name, release):
    (found,) = serious(report(f"jwks={name},jwt_key=/site/jwt.key", release=release))
    assert found.id == "jwks.path"
    assert "Slurm fetches nothing" in found.cause


@pytest.mark.parametrize(("release", "level"), [(MEASURED[0], "error"), (MEASURED[1], "warning")])
def test_a_file_that_only_root_may_read(release, level):
    told = examined(site(BOTH, None, 0o400, "root"), release)[1]
    (found,) = serious(told)
    assert (found.id, found.level) == ("jwks.unreadable", level)


def test_20_11_reads_no_jwks():
    told = report(BOTH, TABLE["not JSON"][0], release="20.11/libjwt1.10.2")
    assert serious(told) == []
    assert told.outlooks[0].rs256 is False


def test_another_file_is_judged_in_place_of_the_one_in_slurm_conf():
    """A site tries the provider's new JWKS before it replaces the file."""
    host = site(BOTH)
    host.files["/new.json"] = File("new", TABLE["EC without alg"][0])
    (found,) = serious(examined(host, MEASURED[1], jwks="/new.json")[1])
    assert "/new.json" in found.message
    host = site("jwt_key=/site/jwt.key")
    host.files["/new.json"] = File("new", jwks(jwk()))
    assert examined(host, MEASURED[1], jwks="/new.json")[1].outlooks[0].rs256 is True
