"""What each release does with a key of a JWKS: measured on 22.05.8, 24.11.5 and 26.05.5, others read."""

from __future__ import annotations

import pytest

from slurm_jwt_conformance.site.discovery.jwks import KeyUse, key_use, keys_of, kid_of

RSA = {"kty": "RSA", "kid": "one", "alg": "RS256", "n": "u", "e": "AQAB"}
EC = {"kty": "EC", "kid": "two", "crv": "P-256", "x": "A", "y": "A"}
RELEASES = ("21.08", "22.05.8", "23.02", "24.11.5", "25.11", "26.05.2", "26.05.5", "26.05")


def without(key, *names):
    return {name: value for name, value in key.items() if name not in names}


def uses(key):
    """Return what the releases do, in their order; several equal answers as one."""
    return {release: key_use(key, release).use for release in RELEASES}


@pytest.mark.parametrize(
    "key",
    [
        RSA,
        RSA | {"alg": "rs256"},
        RSA | {"d": "private", "x5c": ["A"], "use": "enc"},
        RSA | {"kid": 7},
    ],
)
def test_an_rsa_key_with_all_members_is_used(key):
    assert set(uses(key).values()) == {"used"}


@pytest.mark.parametrize(
    "key", [RSA | {"alg": "RS384"}, RSA | {"alg": "PS256"}, EC | {"alg": "ES256"}, RSA | {"alg": None}]
)
def test_another_alg_is_ignored(key):
    assert set(uses(key).values()) == {"ignored"}


def test_an_rsa_key_without_alg_verifies_from_26_05_3_on():
    found = uses(without(RSA, "alg"))
    assert found.pop("26.05.5") == "used"
    assert set(found.values()) == {"no alg"}


@pytest.mark.parametrize("kty", ["EC", "OKP", "oct"])
def test_a_key_of_another_type_without_alg_ends_23_02_to_26_05_2(kty):
    assert uses(EC | {"kty": kty}) == {
        "21.08": "ignored",
        "22.05.8": "ignored",
        "23.02": "ends",
        "24.11.5": "ends",
        "25.11": "ends",
        "26.05.2": "ends",
        "26.05.5": "ignored",
        "26.05": "may end",
    }
    assert key_use(EC | {"kty": kty}, "24.11.5") == KeyUse("ends", "e", kty)


@pytest.mark.parametrize("names", [("kid",), ("e",), ("n",), ("n", "e")])
def test_a_missing_member_of_an_rs256_key_ends_every_release(names):
    assert set(uses(without(RSA, *names)).values()) == {"ends"}


def test_up_to_22_05_a_key_without_alg_needs_no_kid():
    found = uses(without(RSA, "alg", "kid"))
    assert (found["22.05.8"], found["23.02"], found["26.05.5"]) == ("no alg", "ends", "ends")
    assert key_use(EC | {"alg": "ES256", "kid": []}, "22.05.8").use == "ignored"
    assert key_use(EC | {"alg": "ES256", "kid": []}, "24.11.5") == KeyUse("ends", "kid", "EC")


@pytest.mark.parametrize("key", ["text", 7, None, [], {}])
def test_what_is_not_a_key_ends_the_releases_that_require_a_kid(key):
    assert key_use(key, "22.05.8").use == "ignored"
    assert key_use(key, "24.11.5") == KeyUse("ends", "kid")


@pytest.mark.parametrize("document", [RSA, [RSA], {}, {"keys": {}}, "keys", None])
def test_a_document_without_a_list_of_keys_has_none(document):
    assert keys_of(document) is None


def test_a_kid_is_read_as_text():
    assert [kid_of({"kid": kid}) for kid in ("a", 7, None, [])] == ["a", "7", "", None]
