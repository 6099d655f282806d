"""The hand-written entries of `slurm-jwt explain`, with lines of real daemons and of the sources."""

from __future__ import annotations

import pytest

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.explain import explain
from slurm_jwt_conformance.site.explain.message import messages
from slurm_jwt_vectors import load, load_observed
from slurm_jwt_vectors.studies import load_studies
from support.explained import CASES

OBSERVED = load_observed()
RECORDED = sorted({
    (release, text)
    for release, record in OBSERVED.items()
    for seen in record.cases.values()
    for text in (seen.log, seen.client)
    if text
})  # fmt: skip
STUDIED = sorted({
    (release, text)
    for release, record in load_studies().items()
    for study in record.studies.values()
    for row in study.rows
    for text in (row.log, row.message)
    if text
})  # fmt: skip


def test_there_are_records_to_explain():
    assert len(OBSERVED) == 4
    assert len(RECORDED) > 50
    assert len(STUDIED) > 50


@pytest.mark.parametrize("release", OBSERVED)
def test_every_recorded_line_is_explained_for_its_release(release):
    for of, text in RECORDED + STUDIED:
        if of == release:
            found = explain(text)
            assert found, text
            for one in found:
                first, last = one.releases
                order = releases.series().index
                assert order(first) <= order(release) <= order(last), (text, one.message.id)
                assert one.causes, (text, one.message.id)
                assert explain(text, release)[0].causes, (text, release)


def test_no_joined_line_is_explained_in_part():
    speakers = ("verify: ", "_handle_username: ", "_try_parse: ")
    joined = [text for _, text in RECORDED if " | " in text]
    assert joined
    for text in joined:
        for part in text.split(" | "):
            # A daemon's thread may put a line of another matter between two of the plugin.
            assert explain(part) or not any(speaker in part for speaker in speakers), part


# What the rules say that a token broke decides what its line must be explained as.
RULES_OF = {
    "sun.required": "sun.none",
    "exp.required": "exp.expired",
    "exp.unexpired": "exp.expired",
}
READ_BY_NO_LIBJWT = {"sun.name-with-nul"}  # jansson refuses the whole claims for a NUL in a name


@pytest.mark.parametrize("rule", RULES_OF)
def test_a_recorded_refusal_is_explained_by_the_rule_that_was_broken(rule):
    cases = load().cases
    broken = {case.id for case in cases.values() if case.documented("2020")[1] == (rule,)} - READ_BY_NO_LIBJWT
    refused = [
        (name, one.log)
        for record in OBSERVED.values()
        for name, one in record.cases.items()
        if name in broken and one.verdict == "refused"
    ]
    assert len(refused) >= 4
    for name, log in refused:
        assert RULES_OF[rule] in [found.message.id for found in explain(log)], (name, log)


# Lines of the sources that are not in the records of the lab, and the entries that explain them.
LINES = {
    "[2026-01-01T00:00:00.000] error: auth_p_verify: reject NULL token for jwt_decode": "token.null",
    "error: auth_p_verify: no key file loaded, cannot decode HS256 keys": "key.none-for-hs256",
    "slurmctld: fatal: auth/jwt: cannot stat '/etc/slurm/jwt-secret.key': No such file or directory":
        "key-file.missing",
    "fatal: auth/jwt: key file is insecure: '/x/jwt_hs256.key' mode=0644": "key-file.open",
    "error: cred_verify: failed to retrieve required identity": "identity.missing",
    "error: auth_p_verify: no kid in credential": "jwks.kid",
    "fatal: failed to load e field": "jwks.field",
    "fatal: failed to load kid field": "jwks.key-without-kid",
    "error: could not find matching kid or decode failed": "jwks.no-match",
    "error: data_list_for_each: for each attempted on non-list object (0x0)": "jwks.not-a-list",
    "error: Couldn't find the specified plugin name for auth/jwt looking at all files": "plugin.missing",
    "error: cannot create auth context for auth/jwt": "plugin.missing",
    "fatal: failed to initialize authentication plugin": "plugin.missing",
    "error: cannot find auth plugin for rest_auth/jwt": "plugin.rest-auth",
    "auth/jwt: created token for alice for 1800 seconds": "issue.created",
    "error: cannot issue tokens, no key loaded": "issue.no-key",
    "error: rejecting token lifespan 9999 for user": "issue.lifespan",
    "error: jwt_add_grant failure": "issue.bad-name",
    "error: slurm_unpack_received_msg: [[host]:42] auth_g_verify: REQUEST_NODE_INFO has authentication "
    "error: Invalid authentication credential": "refused.reason-before",
    "error: slurm_unpack_received_msg: [[host]:42] Protocol authentication error": "rest.refused",
    "Authentication credential expired": "rest.expired",
    "error: slurm_unpack_received_msg: [[host]:42] auth_g_verify: MESSAGE_NODE_REGISTRATION_STATUS has "
    "authentication error: Unspecified error": "refused.node",
    "slurmrestd: error: operations_router: [[localhost]:1] authentication failed: Token Generation failed.":
        "restd.failed",
    "Error fetching token": "client.token-for-another",
    "HTTP/1.1 511 Network Authentication Required": "rest.refused",
    "HTTP/1.1 401 Unauthorized": "rest.headers",
    '{"errors": [{"error": "Authentication failure"}]}': "rest.headers",
    "jwt.exceptions.InvalidKeyError: The specified key is an asymmetric key or x509 certificate and should "
    "not be used as an HMAC secret.": "issuer.pem",
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_sources_is_known(line):
    assert [one.message.id for one in explain(line)] == [LINES[line]]


def test_every_message_of_the_catalogue_is_met_by_a_line():
    lines = [text for _, text in RECORDED + STUDIED] + list(LINES) + [case.text for case in CASES]
    met = {one.message.id for line in lines for one in explain(line)}
    assert {message.id for message in messages()} - met == set()
    assert len({message.id for message in messages()}) == len(messages())


def test_every_message_and_cause_has_releases_that_exist_in_order():
    order = releases.series().index
    for message in messages():
        assert order(message.since) <= order(message.until)
        assert message.next
        for cause in message.causes:
            assert order(cause.since) <= order(cause.until), cause
            assert order(cause.until) >= order(message.since), cause
            assert order(cause.since) <= order(message.until), cause
