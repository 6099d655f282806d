"""Who a token's user becomes: held against the model of slurmctld, release by release."""

from __future__ import annotations

import base64
import hmac
import itertools
import json

import pytest

from slurm_jwt.slurmctld import Account, Settings, Users, identity, parse_passwd, predict, releases
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.users import mapping, mapping_diagnostics, mapping_texts
from slurm_jwt_reports.diagnostic import Diagnostic

KEY = bytes(range(32))
USERS = parse_passwd(accounts.passwd())
SLURM = Settings(slurm_user="slurm")
FIELD = Settings({"userclaimfield": "preferred_username"}, "slurm")
IDS = Settings({"use_jwt_client_ids": ""}, "slurm")
ONLY = Settings({"use_jwt_client_ids_only": ""}, "slurm")
INNER = {"name": "carol", "gecos": "Carol", "dir": "/", "shell": "/bin/sh"}
WHOLE = {"uid": 5001, "gid": 5001, "id": INNER}

VALUES = (None, "alice", "bob", "", "0", " 0", "2001", "5000", "nosuchuser", "Alice", "nobody", "alice@X", 7)


def found_text(diagnostic):
    """Return what of the token a diagnostic names."""
    return dict(diagnostic.details)["found"]


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def signed(claims):
    text = b64(b'{"alg":"HS256","typ":"JWT"}') + b"." + b64(json.dumps(claims).encode())
    return text + b"." + b64(hmac.digest(KEY, text, "sha256"))


def ids(claims, users=USERS, settings=SLURM, series="22.05"):
    return {one.id for one in mapping_diagnostics.diagnose(claims, users, settings, series)}


def the(name, claims, users=USERS, settings=SLURM, series="22.05"):
    (found,) = [
        one for one in mapping_diagnostics.diagnose(claims, users, settings, series) if one.id == name
    ]
    return found


@pytest.mark.parametrize("settings", [SLURM, FIELD], ids=["plain", "userclaimfield"])
@pytest.mark.parametrize("series", releases.series())
def test_claim_and_uid_are_those_of_the_model(series, settings):
    seen = set()
    for sun, username, field in itertools.product(VALUES, (None, "bob", "", 7), (None, "alice", "0", [])):
        given = {"sun": sun, "username": username, "preferred_username": field}
        claims = {name: value for name, value in given.items() if value is not None}
        one = mapping.of(claims, USERS, settings, series)
        token = signed({"iat": 1, "exp": 2**40, **claims})
        told = predict(token, KEY, series, 10, USERS, settings)
        assert (one.claim is not None, one.uid, one.account) == (told.accepted, told.uid, told.user), claims
        if told.accepted:
            assert f"{one.claim} is a string" in told.why
        seen.add(one.claim)
    plugin = releases.parse(series).plugin
    assert ("username" in seen) == plugin.takes_username
    assert ("preferred_username" in seen) == (plugin.takes_claim_field and settings is FIELD)


def test_an_ordinary_user_gives_no_remark_in_any_release():
    assert mapping_diagnostics.diagnose({"sun": "alice"}, USERS, SLURM) == ()
    one = mapping.of({"sun": "alice"}, USERS, SLURM, "26.05")
    assert one[:5] == ("26.05", "sun", "alice", 2001, "alice")
    assert mapping.sentence(one) == 'sun "alice" is uid 2001 (alice)'


def test_claims_that_nobody_can_read_give_none():
    assert mapping_diagnostics.diagnose(None, USERS, SLURM, "22.05") == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nosuchuser", {"user.unknown"}),
        ("", {"user.unknown"}),
        ("ALICE", {"user.unknown", "user.case"}),
        ("NOSUCHUSER", {"user.unknown"}),
        ("alice@EXAMPLE.ORG", {"user.unknown", "user.domain"}),
        ("CORP\\alice", {"user.unknown", "user.domain"}),
        ("alice ", {"user.unknown", "user.blanks"}),
        ("ali\u200bce", {"user.unknown", "user.blanks"}),
        ("alice\x1b[31m", {"user.unknown", "user.blanks"}),
        ("0", {"user.numeric", "user.root"}),
        (" +00", {"user.numeric", "user.root"}),
        ("2001", {"user.numeric"}),
        ("64030", {"user.numeric", "user.slurm-user"}),
        ("5000", {"user.numeric", "user.unknown"}),
        ("-5", {"user.unknown"}),
        ("root", {"user.root"}),
        ("slurm", {"user.slurm-user"}),
        ("nobody", {"user.nobody"}),
    ],
)
def test_each_kind_of_name_has_its_remarks(name, expected):
    assert ids({"sun": name}) == expected


def test_without_users_only_the_name_itself_is_judged():
    assert ids({"sun": "alice"}, None) == {"user.not-looked-up"}
    assert ids({"sun": "Alice"}, None) == {"user.not-looked-up", "user.case"}
    assert ids({"sun": "0"}, None) == {"user.not-looked-up", "user.numeric", "user.root"}
    assert ids({"sun": "root"}, None) == {"user.not-looked-up", "user.root"}
    assert ids({"sun": "slurm"}, None) == {"user.not-looked-up", "user.slurm-user"}
    assert mapping.of({"sun": "root"}, None, SLURM, "22.05").uid is None


def test_an_account_whose_name_is_a_number_or_in_capitals_is_itself():
    users = Users([Account("2001", 7, 7), Account("Alice", 8, 8), Account("alice@X", 9, 9)])
    assert the("user.numeric", {"sun": "2001"}, users).level == "warning"
    assert ids({"sun": "Alice"}, users) == ids({"sun": "alice@X"}, users) == set()


@pytest.mark.parametrize(
    ("name", "meant"),
    [("ALICE", "alice"), ("alice@X.ORG", "alice"), (" alice", "alice"), ("alcie", "alice"), ("bob1", "bob")],
)
def test_the_name_that_was_meant_is_told(name, meant):
    assert f"mean {meant}?" in the("user.unknown", {"sun": name}).fix


def test_a_name_like_nothing_has_no_neighbour():
    assert "mean" not in the("user.unknown", {"sun": "zzzzzz"}).fix
    assert "mean" not in the("user.unknown", {"sun": ""}).fix


def test_a_host_s_own_database_is_asked_name_by_name():
    from slurm_jwt_conformance.site.discovery.users import HostUsers

    assert ids({"sun": "root"}, HostUsers()) == {"user.root"}
    assert ids({"sun": "ROOT"}, HostUsers()) == {"user.unknown", "user.case"}
    assert "mean root?" in the("user.unknown", {"sun": "root@X"}, HostUsers()).fix


def test_a_number_that_nobody_has_is_a_user_until_21_08():
    assert "(no account)" in found_text(the("user.numeric", {"sun": "5000"}, series="21.08"))
    assert "user.unknown" not in ids({"sun": "5000"}, series="21.08")
    assert "user.unknown" in ids({"sun": "5000"}, series="22.05")


def test_nobody_never_resolves_since_25_11():
    assert ids({"sun": "nobody"}, series="25.11") == {"user.nobody", "user.unknown"}
    users = Users([Account("nfsnobody", 99, 99)])
    assert ids({"sun": "nfsnobody"}, users) == {"user.nobody"}


def test_shadowed_claims_that_differ_are_said_and_equal_ones_are_not():
    assert ids({"sun": "alice", "username": "alice"}) == set()
    found = the("user.shadowed", {"sun": "alice", "username": "bob"})
    assert found.level == "warning"
    assert found_text(found) == 'Slurm takes sun "alice"; username is "bob"'
    both = {"username": "alice", "preferred_username": "bob"}
    assert the("user.field-shadowed", both, settings=FIELD, series="24.11").level == "error"
    assert ids(both, settings=SLURM, series="24.11") == {"user.fallback"}


def test_an_empty_sun_shadows_too():
    assert mapping.of({"sun": "", "username": "alice"}, USERS, SLURM, "22.05").uid == 99
    assert ids({"sun": "", "username": "alice"}) == {"user.unknown", "user.shadowed"}


def test_username_names_nobody_for_20_11():
    found = the("user.unnamed", {"username": "alice"}, series="20.11")
    assert found_text(found) == 'username is "alice", which Slurm reads since 21.08'
    assert ids({"username": "alice"}, series="21.08") == {"user.fallback"}


def test_the_field_names_nobody_before_23_02():
    claims = {"preferred_username": "alice"}
    assert "since 23.02" in found_text(the("user.unnamed", claims, settings=FIELD))
    assert ids(claims, settings=FIELD, series="23.02") == set()


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"Sun": "alice"}, 'Sun is "alice"'),
        ({"sub": "alice", "preferred_username": "al"}, 'preferred_username is "al"'),
        ({"sun": 7}, "sun is 7, which is no string"),
        ({}, "no claim that could be"),
    ],
)
def test_a_token_that_names_nobody_says_what_is_there_instead(claims, words):
    found = the("user.unnamed", claims, series="24.11")
    assert words in found_text(found)
    assert found.level == "error"
    assert ("userclaimfield=preferred_username" in found.fix) == ("preferred_username" in claims)


def test_what_is_true_of_some_releases_names_them():
    assert [found_text(one) for one in mapping_diagnostics.diagnose({"username": "alice"}, USERS, SLURM)] == [
        'username is "alice", which Slurm reads since 21.08 (Slurm 20.02, 20.11)',
        'username is "alice", and there is no sun (Slurm 21.08 to 26.05)',
    ]


def test_the_token_s_own_identity_counts_before_sun_in_26_05_alone():
    claims = WHOLE | {"sun": "alice"}
    one = mapping.of(claims, USERS, IDS, "26.05")
    assert (one.claim, one.name, one.uid, one.account) == ("uid", "carol", 5001, None)
    assert ids(claims, settings=IDS, series="26.05") == {"identity.used", "identity.differs"}
    assert mapping.of(claims, USERS, IDS, "25.11").uid == 2001
    assert mapping.of(claims, USERS, SLURM, "26.05").uid == 2001


def test_an_identity_of_the_same_name_with_another_uid_differs():
    claims = {"sun": "alice", "uid": 5001, "gid": 5001, "id": INNER | {"name": "alice"}}
    assert 'alice" (uid 2001)' in found_text(the("identity.differs", claims, settings=IDS, series="26.05"))
    same = {"sun": "alice", "uid": 2001, "gid": 2001, "id": INNER | {"name": "alice"}}
    assert ids(same, settings=IDS, series="26.05") == {"identity.used"}


def test_uid_0_in_an_identity_is_root_whatever_the_names_say():
    claims = {"sun": "carol", "uid": 0, "gid": 0, "id": INNER}
    assert "user.root" in ids(claims, settings=IDS, series="26.05")


@pytest.mark.parametrize("part", ["uid", "gid", "id.name", "id.gecos", "id.dir", "id.shell"])
def test_each_missing_part_of_an_identity_is_named(part):
    claims = {"sun": "alice", **WHOLE, "id": dict(INNER)}
    del (claims if "." not in part else claims["id"])[part.removeprefix("id.")]
    assert identity.missing(claims) == (part,)
    assert part in found_text(the("identity.incomplete", claims, settings=IDS, series="26.05"))
    assert mapping.of(claims, USERS, IDS, "26.05").uid == 2001
    assert the("identity.demanded", claims, settings=ONLY, series="26.05").level == "error"
    assert mapping.of(claims, USERS, ONLY, "26.05").uid is None


def test_without_any_part_of_an_identity_the_name_counts_or_nothing():
    assert ids({"sun": "alice"}, settings=IDS, series="26.05") == set()
    assert ids({"sun": "alice"}, settings=ONLY, series="26.05") == {"identity.demanded"}


@pytest.mark.parametrize(
    ("part", "odd"),
    [
        ("uid", {"uid": "5001"}),
        ("uid", {"uid": 5001.0}),
        ("uid", {"uid": -1}),
        ("gid", {"gid": 2**32}),
        ("gid", {"gid": True}),
        ("id.gids", {"id": INNER | {"gids": ["x"]}}),
        ("id.groups", {"id": INNER | {"groups": {"staff": "x"}}}),
    ],
)
def test_an_identity_of_no_documented_type_is_odd_and_names_nobody(part, odd):
    claims = {"sun": "alice", **WHOLE, **odd}
    assert ids(claims, settings=IDS, series="26.05") == {"identity.odd"}
    assert found_text(the("identity.odd", claims, settings=IDS, series="26.05")).endswith(part)
    assert mapping.of(claims, USERS, IDS, "26.05")[1:5] == (None, None, None, None)
    assert "not known" in mapping.sentence(mapping.of(claims, USERS, IDS, "26.05"))
    assert ids(claims, settings=IDS, series="25.11") == {"identity.unread"}


def test_a_uid_that_a_provider_writes_for_itself_is_no_identity():
    claims = {"sun": "alice", "uid": "alice", "gid": "staff"}
    assert identity.odd(claims) == ()
    assert mapping.of(claims, USERS, IDS, "26.05").uid == 2001


@pytest.mark.parametrize("users", [USERS, None], ids=["users", "none"])
def test_hostile_names_come_out_printable(users):
    hostile = "\x1b[2J\x9b\u202e\ud800" + "x" * 100_000
    for claims in (
        {"sun": hostile},
        {"sun": "a", "username": hostile},
        {"SUN": hostile},
        {"\u017fun": "a"},
        {hostile: "a"},
    ):
        settings = Settings({"userclaimfield": hostile, "use_jwt_client_ids": ""}, hostile)
        for found in mapping_diagnostics.diagnose(claims, users, settings):
            texts = (found.message, found.cause, found.fix, *(text for _, text in found.details))
            assert all(text.isascii() and text.isprintable() for text in texts), found
            assert max(map(len, texts)) < 400
        one = mapping.of(claims, users, settings, "26.05")
        assert mapping.sentence(one).isascii()
        assert mapping.sentence(one).isprintable()


def test_a_million_accounts_do_not_slow_the_search_for_a_neighbour():
    users = Users(Account(f"user{number}", number, 1) for number in range(200_000))
    assert "user.unknown" in ids({"sun": "usr77"}, users)


def test_the_table_is_whole_and_its_texts_are_plain():
    for name in mapping_texts.texts():
        made = mapping_texts.say(name, "x")
        assert isinstance(made, Diagnostic)
        assert all(text and text.isascii() for text in (made.message, made.cause, made.fix, *made.source))
        assert name.split(".")[0] in {"user", "identity", "token"}


def test_json_holds_no_endless_name():
    said = mapping.as_json(mapping.of({"sun": "x" * 9999, "username": "y" * 999}, USERS, SLURM, "22.05"))
    assert len(said["name"]) == len(said["shadowed"][0]["value"]) == 256
