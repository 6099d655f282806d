"""Every line about a JWKS or RS256: explained, with a cause, and a fix that names what to change."""

import pytest

from slurm_jwt_conformance.site.explain import explain
from slurm_jwt_conformance.site.explain.table import lines

WORDS = ("jwks", "kid", "RS256", "x5c", "mod and/or exp", "key material", "failed to load")
FATAL = "fatal: _build_jwks_keys: "
MEASURED = {
    f"{FATAL}failed to load kid field": ("jwks.key-without-kid", "provider's key"),
    f"{FATAL}failed to load e field": ("jwks.field", "provider's key"),
    f"{FATAL}failed to load n field": ("jwks.field", "provider's key"),
    "error: could not find matching kid or decode failed": ("jwks.no-match", "provider's JWKS"),
    "error: auth_p_verify: no kid in credential": ("jwks.kid", "provider's key"),
    "error: failed to verify jwt, rc=22": ("jwks.signature", "provider's JWKS"),
    "fatal: init_jwks: failed to deserialize jwks file `/etc/slurm/jwks.json`": ("jwks.file", "provider"),
    "fatal: auth/jwt: cannot stat 'https://idp.example/certs': No such file":
        ("key-file.missing", "provider's JWKS"),
    "fatal: auth/jwt: Could not load key file (jwks.json)": ("key-file.unreadable", "provider's JWKS"),
    "error: cred_verify: no jwks file loaded, cannot decode RS256 keys":
        ("alg.rs256-without-jwks", "provider's JWKS"),
    "error: no support for alg=RS384": ("alg.other", "provider's key"),
    "error: data_list_for_each: for each attempted on non-list object (0x0)":
        ("jwks.not-a-list", "provider's key"),
    "fatal: xbase64_decode() failed to decode key material": ("jwks.file", "provider"),
}  # fmt: skip


@pytest.mark.parametrize("line", MEASURED)
def test_a_line_of_a_real_daemon_has_a_cause_and_a_fix(line):
    rule, words = MEASURED[line]
    found = explain(line)[0]
    assert found.message.id == rule or found.message.id.startswith(f"{rule}.")
    assert found.causes
    assert any(words in each for each in found.message.next)


def test_every_line_of_the_sources_about_public_keys_is_explained():
    rows = [row for row in lines() if any(word in row.format for word in WORDS)]
    assert len(rows) >= 15
    for row in rows:
        line = row.format.replace("%s", "x").replace("%d", "22").partition("\n")[0]
        assert explain(line), row.format


@pytest.mark.parametrize("line", [line for line in MEASURED if "alg=" in line or "RS256 keys" in line])
def test_no_text_says_that_slurm_refuses_rs256(line):
    found = explain(line)[0]
    assert any("RS256" in text or "JWKS" in text for text in found.message.next)
