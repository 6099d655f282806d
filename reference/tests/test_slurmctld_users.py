"""From user name to uid, by release: uid_from_string() and what slurmctld makes of its answer."""

import pytest

from slurm_jwt.slurmctld import Account, Users, parse_passwd, releases
from slurm_jwt.slurmctld.users import NO_GID, NOBODY, uid_from_string, uid_in_charge

USERS = Users(
    [
        Account("root", 0, 0),
        Account("alice", 2001, 2001),
        Account("1000", 3000, 3000),
        Account("nobody", 65534, 65534),
        Account("big", 2147483648, 2147483648),
        Account("groupless", 4000, NO_GID),
        Account("alice", 9, 9),
    ]
)


def rule(name):
    return releases.parse(name).plugin.users


@pytest.mark.parametrize("release", ["20.11", "22.05", "24.11", "26.05"])
@pytest.mark.parametrize(
    ("name", "uid"),
    [
        ("alice", 2001),
        ("1000", 3000),
        ("2001", 2001),
        ("0", 0),
        ("00", 0),
        (" 0", 0),
        ("\t\v+0", 0),
        ("-0", 0),
        ("02001", 2001),
        ("0 ", None),
        ("2001x", None),
        ("0x0", None),
        ("-1", None),
        ("+", None),
        ("", None),
        ("Alice", None),
        ("alice ", None),
        ("٢٠٠١", None),
        ("9" * 30, None),
    ],
)
def test_names_and_numbers(release, name, uid):
    assert uid_from_string(name, USERS, rule(release)) == uid


def test_a_number_that_nobody_has_was_a_uid_until_21_08():
    found = {name: uid_from_string("5000", USERS, rule(name)) for name in releases.series()}
    assert {name for name, uid in found.items() if uid == 5000} == {"20.02", "20.11", "21.08"}
    assert {uid for name, uid in found.items() if name > "21.08"} == {None}


def test_uids_beyond_31_bits_count_since_24_05():
    found = {name: uid_from_string("2147483648", USERS, rule(name)) for name in releases.series()}
    assert {name for name, uid in found.items() if uid is None} == {
        *("20.02", "20.11", "21.08", "22.05", "23.02", "23.11")
    }


def test_the_name_nobody_resolves_until_25_05():
    found = {name: uid_from_string("nobody", USERS, rule(name)) for name in releases.series()}
    assert {name for name, uid in found.items() if uid is None} == {"25.11", "26.05"}


def test_who_cannot_be_looked_up_is_served_as_nobody():
    for name in releases.series():
        assert uid_in_charge("nosuchuser", USERS, rule(name)) == NOBODY
        assert uid_in_charge("alice", USERS, rule(name)) == 2001


def test_a_primary_group_is_needed_since_23_11():
    found = {name: uid_in_charge("groupless", USERS, rule(name)) for name in releases.series()}
    assert {name for name, uid in found.items() if uid == NOBODY} == {
        name for name in releases.series() if name >= "23.11"
    }


def test_passwd_is_read():
    users = parse_passwd("root:x:0:0:root:/root:/bin/sh\n\n# a comment\n+nis\nalice:x:2001:100::/:/bin/sh\n")
    assert users.by_name["alice"] == Account("alice", 2001, 100)
    assert users.name_of(0) == "root"
    assert users.name_of(99) is None


@pytest.mark.parametrize("line", ["alice", "alice:x:two:1::/:", ":x:1:1::/:", "alice:x:1", "alice:x:-1:1:::"])
def test_a_line_that_is_none_is_named(line):
    with pytest.raises(ValueError, match="line 2 "):
        parse_passwd(f"root:x:0:0:::\n{line}\n")
