"""What the model says of whole tokens, by release: both sides of everything that is documented to differ."""

import base64
import hmac
import json

import pytest

from slurm_jwt.slurmctld import Account, Settings, Users, parse_parameters, predict, releases

NOW = 1893456000
KEY = bytes(range(32))
USERS = Users([Account(*each) for each in (("root", 0, 0), ("slurm", 64030, 64030), ("alice", 2001, 2001))])
CLAIMS = {"exp": NOW + 60, "sun": "alice"}
ALL = ("20.11", "22.05", "24.11", "26.05")


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def token(claims=None, header=None, digest="sha256", key=KEY):
    """Return a signed token; bytes stand for a text as it is."""
    signed = (
        part({"alg": "HS256"} if header is None else header)
        + b"."
        + part(CLAIMS if claims is None else claims)
    )
    return signed + b"." + part(hmac.digest(key, signed, digest))


def ask(text, release, **more):
    return predict(text, more.pop("key", KEY), release, more.pop("now", NOW), USERS, **more)


def accepting(text, names=ALL, **more):
    """Return the releases that accept a token."""
    return tuple(name for name in names if ask(text, name, **more).accepted)


def test_a_plain_token_is_accepted_everywhere():
    for name in releases.series():
        found = ask(token(), name)
        assert (found.accepted, found.user, found.uid, found.log) == (True, "alice", 2001, None), name


def test_text_and_bytes_are_the_same():
    assert ask(token().decode(), "22.05") == ask(token(), "22.05")


def test_basis_says_whether_daemons_were_asked():
    assert ask(token(), "22.05").basis == "observed"
    assert ask(token(), "23.02").basis == "modelled"


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("20.11", "error: slurm_auth_verify: jwt_decode failure"),
        ("22.05", "error: auth_p_verify: jwt_decode failure: Invalid argument"),
        ("24.11", "error: auth_p_verify: jwt_decode failure: Invalid argument"),
        ("26.05", "error: cred_verify: jwt_decode failure: Invalid argument"),
    ],
)
def test_a_wrong_signature_is_told_so(name, log):
    found = ask(token(key=b"another"), name)
    assert (found.accepted, found.user, found.uid, found.log) == (False, None, None, log)


class TestAlgorithm:
    @pytest.mark.parametrize(("alg", "digest"), [("HS384", "sha384"), ("HS512", "sha512")])
    def test_other_hmacs_worked_until_20_11(self, alg, digest):
        text = token(header={"alg": alg}, digest=digest)
        assert accepting(text) == ("20.11",)
        assert ask(text, "22.05").log == f"error: auth_p_verify: no support for alg={alg}"
        assert ask(text, "26.05").log == f"error: cred_verify: no support for alg={alg}"

    def test_case_counts_since_libjwt_1_12(self):
        text = token(header={"alg": "hs256"})
        assert accepting(text) == ("20.11", "22.05")
        assert ask(text, "24.11").log == "error: auth_p_verify: initial jwt_decode failure: Invalid argument"
        assert ask(text, "26.05").log == "error: cred_verify: jwt_decode failure: Invalid argument"

    def test_none_is_refused(self):
        assert accepting(token(header={"alg": "none"})) == ()
        assert (
            ask(token(header={"alg": "none"}), "22.05").log == "error: auth_p_verify: no support for alg=none"
        )

    def test_rs256_needs_a_jwks(self):
        text = token(header={"alg": "RS256"})
        assert ask(text, "22.05").log == "error: auth_p_verify: no jwks file loaded, cannot decode RS256 keys"
        settings = Settings(parse_parameters("jwks=/a,jwt_key=/b"))
        assert ask(text, "22.05", settings=settings).accepted is None
        assert ask(text, "20.11", settings=settings).accepted is False
        assert ask(token(), "22.05", settings=settings).accepted is True

    def test_a_public_key_as_the_key_is_not_modelled_before_21_08(self):
        key = b"-----BEGIN PUBLIC KEY-----\n"
        assert ask(token(header={"alg": "RS256"}, key=key), "20.11", key=key).accepted is None
        assert ask(token(key=key), "20.11", key=key).accepted is True

    @pytest.mark.parametrize("header", [{}, {"alg": None}, {"alg": 256}, []])
    def test_without_a_name_json_c_sees_none(self, header):
        assert accepting(token(header=header)) == ()
        assert ask(token(header=header), "26.05").log == "error: cred_verify: no support for alg=(null)"


class TestHeader:
    @pytest.mark.parametrize("typ", ["JOSE", "at+jwt", "application/jwt", "", "\u017fWT"])
    def test_typ_counts_before_libjwt_1_12(self, typ):
        assert accepting(token(header={"alg": "HS256", "typ": typ})) == ("24.11", "26.05")

    @pytest.mark.parametrize("typ", ["JWT", "jwt", None, 5, ["x"]])
    def test_typ_may_be_jwt_in_any_case_or_no_string(self, typ):
        assert accepting(token(header={"alg": "HS256", "typ": typ})) == ALL

    def test_crit_and_b64_are_never_looked_at(self):
        assert accepting(token(header={"alg": "HS256", "crit": ["x"], "x": 1, "b64": False})) == ALL

    def test_two_parsers_read_one_header_since_26_05(self):
        text = token(header=b"{'alg':'HS256'}")
        assert ask(text, "26.05").log == "error: cred_verify: jwt_decode failure: Invalid argument"
        text = token(header=b'{"alg"="HS256"}')
        assert ask(text, "26.05").log == (
            "error: _try_parse: JSON parsing error 15 bytes: object property name separator ':' expected"
            " | error: cred_verify: initial jwt_decode failure"
        )

    def test_json_c_stops_at_32_levels_and_jansson_does_not(self):
        text = token(header=b'{"alg":"HS256","x":' + b"[" * 40 + b"]" * 40 + b"}")
        assert accepting(text) == ("20.11", "22.05", "24.11")
        assert "nesting too deep" in (ask(text, "26.05").log or "")

    def test_foreign_characters_are_skipped_but_by_26_05(self):
        signed = part({"alg": "HS256"}) + b"!." + part(CLAIMS)
        text = signed + b"." + part(hmac.digest(KEY, signed, "sha256"))
        assert accepting(text) == ("20.11", "22.05", "24.11")
        assert ask(text, "26.05").log == "error: cred_verify: initial jwt_decode failure"
        assert accepting(text, ("22.05/libjwt1.10.2-upstream", "24.11/libjwt1.17.2-upstream")) == (
            *("22.05/libjwt1.10.2-upstream", "24.11/libjwt1.17.2-upstream"),
        )


class TestTime:
    @pytest.mark.parametrize(
        ("exp", "accepted"), [(NOW - 1, False), (NOW, True), (NOW + 1, True), (2**63 - 1, True)]
    )
    def test_a_token_is_good_through_its_last_second(self, exp, accepted):
        assert accepting(token({**CLAIMS, "exp": exp})) == (ALL if accepted else ())

    @pytest.mark.parametrize(
        "exp", [b"4102444800.0", b"4.1024448e9", b'"4102444800"', b"null", b"true", b"[4102444800]"]
    )
    def test_what_is_no_integer_is_long_past(self, exp):
        text = token(b'{"sun":"alice","exp":' + exp + b"}")
        assert ask(text, "22.05").log == "error: auth_p_verify: token expired"
        assert accepting(text) == ()

    def test_without_exp_it_is_long_past(self):
        assert ask(token({"sun": "alice"}), "22.05").why.startswith("exp is missing")

    def test_at_the_epoch_old_libjwts_take_what_is_no_integer(self):
        text = token(b'{"sun":"alice","exp":"x"}')
        assert ask(text, "22.05", now=0).accepted
        assert not ask(text, "24.11", now=0).accepted

    @pytest.mark.parametrize("exp", [b"9223372036854775808", b"1e999"])
    def test_too_big_a_number_spoils_the_token(self, exp):
        text = token(b'{"sun":"alice","exp":' + exp + b"}")
        assert ask(text, "22.05").log == "error: auth_p_verify: initial jwt_decode failure: Invalid argument"

    def test_iat_nbf_and_aud_are_never_looked_at(self):
        assert accepting(token({**CLAIMS, "iat": NOW + 9, "nbf": NOW + 9, "aud": "x", "iss": 5})) == ALL


class TestUser:
    def test_username_stands_in_for_sun_since_21_08(self):
        text = token({"exp": NOW, "username": "alice"})
        assert accepting(text) == ("22.05", "24.11", "26.05")
        assert ask(text, "20.11").log == "error: slurm_auth_verify: jwt_get_grant failure"

    @pytest.mark.parametrize("sun", [5, None, ["alice"], True])
    def test_sun_that_is_no_string_does_not_count(self, sun):
        assert accepting(token({**CLAIMS, "sun": sun})) == ()
        assert accepting(token({**CLAIMS, "sun": sun, "username": "alice"})) == ("22.05", "24.11", "26.05")
        assert (
            ask(token({**CLAIMS, "sun": sun}), "26.05").log
            == "error: _handle_username: jwt_get_grant failure"
        )

    def test_an_empty_sun_hides_username(self):
        assert ask(token({**CLAIMS, "sun": "", "username": "alice"}), "22.05").uid == 99

    def test_an_unknown_user_is_accepted_as_99(self):
        found = ask(token({**CLAIMS, "sun": "nosuchuser"}), "26.05")
        assert (found.accepted, found.uid, found.user) == (True, 99, None)

    def test_a_number_is_a_uid(self):
        assert ask(token({**CLAIMS, "sun": "0"}), "26.05").user == "root"

    def test_the_last_of_two_counts(self):
        assert ask(token(b'{"exp":4102444800,"sun":"alice","sun":"root"}'), "22.05").user == "root"


class TestNameBeside:
    def test_the_same_name_is_fine(self):
        assert ask(token(), "22.05", user_name="alice").uid == 2001

    @pytest.mark.parametrize("sun", ["root", "slurm", "0"])
    def test_root_and_slurm_user_may_act_for_others(self, sun):
        settings = Settings(slurm_user="slurm")
        assert (
            ask(token({**CLAIMS, "sun": sun}), "22.05", user_name="alice", settings=settings).user == "alice"
        )

    def test_slurm_user_must_be_the_one_of_the_settings(self):
        assert not ask(token({**CLAIMS, "sun": "slurm"}), "22.05", user_name="alice").accepted

    def test_others_may_not(self):
        found = ask(token(), "26.05", user_name="root")
        assert found.log == (
            "error: _handle_username: attempt to authenticate as alternate user alice from non-SlurmUser root"
        )

    def test_a_user_that_is_unknown_may_not(self):
        found = ask(token({**CLAIMS, "sun": "nosuchuser"}), "22.05", user_name="alice")
        assert found.log == "error: auth_p_verify: uid_from_string failure"

    def test_an_empty_name_is_a_name(self):
        assert not ask(token(), "22.05", user_name="").accepted


ALICE = USERS.by_name["alice"].uid


class TestSettings:
    def test_userclaimfield_counts_since_23_02_and_comes_last(self):
        settings = Settings(parse_parameters("jwt_key=/k,userclaimfield=preferred_username"))
        text = token({"exp": NOW, "preferred_username": "alice"})
        assert accepting(text, settings=settings) == ("24.11", "26.05")
        text = token({"exp": NOW, "preferred_username": "root", "username": "alice"})
        assert ask(text, "24.11", settings=settings).user == "alice"

    def test_a_jwks_alone_leaves_no_key_since_21_08(self):
        settings = Settings(parse_parameters("jwks=/a"))
        assert accepting(token(), settings=settings) == ("20.11",)
        assert ask(token(), "22.05", settings=settings).log == (
            "error: auth_p_verify: no key file loaded, cannot decode HS256 keys"
        )

    def test_an_unknown_parameter_gives_no_verdict(self):
        found = ask(token(), "22.05", settings=Settings(parse_parameters("jwt_key=/k,new_thing=1")))
        assert found.accepted is None
        assert "new_thing" in found.why

    def test_a_token_without_an_identity_is_refused_where_only_identities_count(self):
        settings = Settings(parse_parameters("use_jwt_client_ids_only"))
        found = ask(token(), "26.05", settings=settings)
        assert found.log == "error: cred_verify: failed to retrieve required identity"
        assert ask(token(key=b"x"), "26.05", settings=settings).accepted is False
        assert ask(token(), "25.11", settings=settings).accepted is True

    @pytest.mark.parametrize(
        ("left", "uid"),
        [("", 5001), ("uid", ALICE), ("gid", ALICE), ("id", ALICE), ("name", ALICE), ("gecos", ALICE)],
    )
    def test_a_complete_identity_counts_and_an_incomplete_one_does_not(self, left, uid):
        inner = {"name": "carol", "gecos": "Carol", "dir": "/", "shell": "/bin/sh"}
        whole = {**CLAIMS, "sun": "alice", "uid": 5001, "gid": 5001, "id": inner}
        inner.pop(left, None)
        whole.pop(left, None)
        settings = Settings(parse_parameters("use_jwt_client_ids"))
        found = ask(token(whole), "26.05", settings=settings)
        assert found.uid == uid
        assert ask(token(whole), "25.11", settings=settings).uid == ALICE
        only = Settings(parse_parameters("use_jwt_client_ids_only"))
        assert ask(token(whole), "26.05", settings=only).accepted is not bool(left)

    def test_a_plain_token_is_accepted_beside_use_jwt_client_ids(self):
        settings = Settings(parse_parameters("use_jwt_client_ids"))
        assert ask(token(), "26.05", settings=settings).user == "alice"

    @pytest.mark.parametrize("uid", ["5001", 5001.0, True, None, -1, 2**32])
    def test_an_identity_of_other_types_gives_no_verdict(self, uid):
        inner = {"name": "carol", "gecos": "Carol", "dir": "/", "shell": "/bin/sh"}
        claims = {**CLAIMS, "sun": "alice", "uid": uid, "gid": 5001, "id": inner}
        settings = Settings(parse_parameters("use_jwt_client_ids"))
        assert ask(token(claims), "26.05", settings=settings).accepted is None

    def test_an_empty_key_keeps_the_daemon_from_starting(self):
        assert (
            ask(token(), "20.11", key=b"").log == "error: auth/jwt: Could not load key file (jwt_hs256.key)"
        )
        assert (
            ask(token(), "22.05", key=b"").log == "fatal: auth/jwt: Could not load key file (jwt_hs256.key)"
        )


class TestForm:
    @pytest.mark.parametrize("text", [b"", b".", b"..", b"a.b", b"e30.e30.", b"Bearer x.y.z"])
    def test_scraps_are_refused(self, text):
        assert accepting(text) == ()

    def test_a_token_ends_at_a_nul(self):
        assert accepting(token() + b"\0x") == ALL

    def test_the_signature_is_compared_as_text(self):
        for wrong in (token() + b"=", token() + b"\n", token() + b".x", token()[:-1]):
            assert accepting(wrong) == ()

    def test_two_dots_before_the_signature_are_enough(self):
        found = ask(token().replace(b".", b"..", 1), "22.05")
        assert found.log == "error: auth_p_verify: initial jwt_decode failure: Invalid argument"

    def test_bytes_behind_a_nul_in_the_json_do_not_count(self):
        assert accepting(token(json.dumps(CLAIMS).encode() + b"\0junk")) == ALL

    def test_a_payload_that_is_an_array_is_expired(self):
        assert ask(token([]), "22.05").log == "error: auth_p_verify: token expired"

    def test_huge_tokens_give_no_verdict(self):
        assert ask(b"a" * 1_000_001, "22.05").accepted is None


def test_libjwt_2_1_1_refuses_everything_from_21_08_to_25_11():
    names = [f"{name}/libjwt2.1.1" for name in releases.series()]
    assert accepting(token(), names) == ("20.02/libjwt2.1.1", "20.11/libjwt2.1.1", "26.05/libjwt2.1.1")


def test_libjwt_2_1_1_still_decodes_alg_none_without_a_key():
    found = ask(token(header={"alg": "none"}), "22.05/libjwt2.1.1")
    assert found.log == "error: auth_p_verify: no support for alg=none"
    assert ask(token(), "22.05/libjwt2.1.1").log == (
        "error: auth_p_verify: initial jwt_decode failure: Invalid argument"
    )


def test_a_log_line_with_a_line_end_is_cut_where_the_record_is():
    text = token(header={"alg": "x\n[2030-01-01T00:00:00] error: forged\ny"})
    assert ask(text, "26.05").log == "error: cred_verify: no support for alg=x | error: forged"
    text = token(header={"alg": "\x1b[2J"})
    assert ask(text, "26.05").log == "error: cred_verify: no support for alg=\\x1b[2J"
    text = token(header=b'{"alg":"\xff"}')
    assert ask(text, "26.05").log == "error: cred_verify: no support for alg=\\xff"
