"""Names of releases and of libjwt versions, what they are paired with, and what was recorded."""

import pytest

from slurm_jwt.slurmctld import libjwt, releases


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("20.11", "20.11/libjwt1.10.2"),
        ("22.05", "22.05/libjwt1.10.2"),
        ("24.11", "24.11/libjwt1.17.2"),
        ("26.05", "26.05/libjwt1.17.2"),
        ("26.05.2", "26.05.2/libjwt1.17.2"),
        ("26.05/libjwt2.1.1", "26.05/libjwt2.1.1"),
        ("22.05/libjwt1.10.2-upstream", "22.05/libjwt1.10.2-upstream"),
    ],
)
def test_names_are_completed(name, full):
    assert releases.parse(name).name == full


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("22.5", "22.05"),
        ("", "known"),
        ("22.05.x", "22.05"),
        ("19.05", "20.05|21.08|22.05|known|mean"),
        ("22.05/1.10.2", "libjwt"),
        ("22.05/libjwt", "version"),
        ("22.05/libjwt3.2.0", "1.10 up to 2"),
        ("22.05/libjwt1.9.0", "1.10 up to 2"),
        ("²².05", "known|mean"),
    ],
)
def test_a_wrong_name_is_told(name, told):
    with pytest.raises(ValueError, match=told):
        releases.parse(name)


def test_only_the_recorded_pairs_count_as_observed():
    recorded = {name for name in releases.pairs() if releases.parse(name).recorded}
    assert recorded == {
        *("20.11/libjwt1.10.2", "22.05/libjwt1.10.2", "24.11/libjwt1.17.2", "26.05/libjwt1.17.2")
    }
    assert not releases.parse("22.05/libjwt1.10.2-upstream").recorded


def test_every_pair_of_the_table_can_be_named():
    names = releases.pairs()
    assert len(names) == len(releases.series()) * len(releases.LIBJWTS) == len(set(names))
    assert [releases.parse(name).name for name in names] == list(names)


@pytest.mark.parametrize(
    ("version", "any_case", "typ_checked", "not_an_integer", "keyless"),
    [
        ("1.10.2", True, True, 0, True),
        ("1.11.0", True, True, 0, True),
        ("1.12.0", False, False, 0, True),
        ("1.12.1", False, False, -1, True),
        ("1.17.2", False, False, -1, True),
        ("2.1.0", False, False, -1, True),
        ("2.1.1", False, False, -1, False),
        ("2.1.3", False, False, -1, False),
    ],
)
def test_what_each_libjwt_does(version, any_case, typ_checked, not_an_integer, keyless):
    found = libjwt.version(version)
    assert (found.any_case, found.typ_checked, found.not_an_integer, found.keyless) == (
        *(any_case, typ_checked, not_an_integer, keyless),
    )


@pytest.mark.parametrize(
    ("version", "known", "unknown"),
    [
        ("1.15.3", "ES512", "PS256"),
        ("1.16.0", "PS256", "ES256K"),
        ("1.17.0", "ES512", "PS256"),
        ("1.17.2", "PS512", "EDDSA"),
        ("1.18.0", "EDDSA", "EdDSA"),
        ("2.1.1", "EDDSA", "EdDSA"),
        ("2.1.2", "EdDSA", "EDDSA"),
    ],
)
def test_which_algorithms_each_libjwt_knows(version, known, unknown):
    algorithms = libjwt.version(version).algorithms
    assert known in algorithms
    assert unknown not in algorithms
