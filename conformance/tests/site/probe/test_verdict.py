"""From answers to a verdict, to text and to JSON; nothing that was not asked or not found out is a pass."""

from __future__ import annotations

import base64
import itertools
import json
from pathlib import Path

import jsonschema
import pytest

import slurm_jwt_conformance
from slurm_jwt import Issuer
from slurm_jwt.slurmctld import Settings, parse_passwd
from slurm_jwt_conformance.site.discovery.users import UserDatabase
from slurm_jwt_conformance.site.probe import comparison, identities, probe, verdict
from slurm_jwt_conformance.site.probe.answer import Comparison, Expected, Identity, NotAsked, Place
from slurm_jwt_conformance.site.probe.counting import Measured
from slurm_jwt_conformance.site.probe.describe import describe
from slurm_jwt_reports.formats import json_text, text
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.terminal import Style
from support.probe_lab import wish

KEY = bytes(range(32))
NOW = 1_800_000_000
TOKEN = Issuer(KEY).issue("alice", now=NOW - 10).encode()
SCHEMA = json.loads(
    (Path(slurm_jwt_conformance.__file__).parent / "schema" / "probe.schema.json").read_text()
)
USERS = UserDatabase(
    parse_passwd("root:x:0:0::/:\nalice:x:2001:2001::/:\nbob:x:2002:2002::/:\nodd:x:99:99::/:\n"), "a file"
)
ALICE = Expected("sun", "alice", 2001, "a file", USERS.users)
GOOD = Place(
    "slurmctld",
    "scontrol",
    "accepted",
    "",
    "24.11.5",
    "slurmctld itself",
    Identity("verified", 2001, "alice", "sdiag."),
    "refused",
    12,
    float(NOW),
)
REFUSED = GOOD._replace(
    state="refused", words="error: Protocol authentication error", identity=None, control="not asked"
)
SILENT = REFUSED._replace(state="no answer", words="it did not answer within 30 seconds")
UNVERIFIED = GOOD._replace(identity=Identity("not verified", None, None, "No counts."))
OTHER = GOOD._replace(identity=Identity("other", 99, None, "Nobody."))
UNCHECKED = GOOD._replace(control="accepted")
DIFFERS = GOOD._replace(
    comparison=Comparison("differs", "24.11", False, None, "error: x", "observed", "Why.")
)
DBD = UNVERIFIED._replace(daemon="slurmdbd", route="sacctmgr")
CONTROL_SILENT = GOOD._replace(control="no answer")


def probed(*places, not_asked=(), expected=ALICE):
    return probe.Probed(places, not_asked, expected, 1_800_000_000.0, 1_800_000_001.5)


WORST_FIRST = {
    "accepted unchecked": (UNCHECKED, 1),
    "refused": (REFUSED, 1),
    "somebody else": (OTHER, 1),
    "differs": (DIFFERS, 1),
    "identity not verified": (UNVERIFIED, 1),
    "no answer": (SILENT, 1),
    "accepted": (GOOD, 0),
}


@pytest.mark.parametrize("word", WORST_FIRST)
def test_each_verdict_has_its_exit_code(word):
    place, code = WORST_FIRST[word]
    assert (verdict.of(probed(place)).word, verdict.of(probed(place)).outcome.exit_code) == (word, code)


def test_the_worst_counts_wherever_it_stands():
    words = list(WORST_FIRST)
    for (at, worse), (_, better) in itertools.combinations(enumerate(words), 2):
        places = WORST_FIRST[worse][0], WORST_FIRST[better][0]
        for order in (places, places[::-1]):
            assert verdict.of(probed(*order)).word == words[at]


def test_nothing_asked_is_no_pass():
    assert verdict.of(probed()).outcome.exit_code == 1


def test_a_control_without_answer_is_no_pass():
    assert verdict.of(probed(CONTROL_SILENT)).outcome.exit_code == 1


def test_only_the_waived_daemon_is_waived():
    assert verdict.of(probed(GOOD, DBD)).outcome.exit_code == 1
    assert verdict.of(probed(GOOD, DBD), {"slurmdbd"}).word == "accepted"
    assert verdict.of(probed(UNVERIFIED, DBD), {"slurmdbd"}).outcome.exit_code == 1
    assert verdict.of(probed(OTHER), {"slurmctld"}).outcome.exit_code == 1


def test_the_sentence_names_who_and_as_whom():
    web = GOOD._replace(route="slurmrestd, Authorization: Bearer")
    assert verdict.of(probed(GOOD, web, web)).sentence == (
        "the token is accepted by slurmctld (through scontrol and slurmrestd), as alice (uid 2001)"
    )


# Identities


@pytest.mark.parametrize(
    ("uid", "wanted", "state"),
    [
        (2001, ALICE, "verified"),
        (0, ALICE, "other"),
        (2002, ALICE, "other"),
        (99, ALICE, "other"),
        (None, ALICE, "not verified"),
        (2001, ALICE._replace(name="zoe", uid=None), "not verified"),
        (99, ALICE._replace(name="zoe", uid=None), "other"),
        (2001, ALICE._replace(name=None, claim=None, uid=None), "not verified"),
        (99, ALICE._replace(name="odd", uid=99), "not verified"),
        (0, ALICE._replace(name="root", uid=0), "verified"),
    ],
)
def test_whether_it_is_the_expected_one(uid, wanted, state):
    found = identities.judged(Measured(uid, "no counts", 9), wanted, "sdiag.")
    assert (found.state, found.uid) == (state, uid)


@pytest.mark.parametrize(
    ("claims", "parameters", "series", "told", "uid"),
    [
        ({"sun": "alice"}, {}, "24.11", None, 2001),
        ({"sun": "2001"}, {}, "24.11", None, None),
        ({"sun": "0"}, {}, "20.11", None, None),
        ({"sun": "zoe"}, {}, "24.11", None, None),
        ({"sun": "zoe"}, {}, "24.11", 7, 7),
        ({"username": "bob"}, {}, "20.11", None, None),
        ({"username": "bob"}, {}, "24.11", None, 2002),
        ({"upn": "bob"}, {"userclaimfield": "upn"}, "24.11", None, 2002),
        ({"sun": 7}, {}, "24.11", None, None),
        (None, {}, "24.11", None, None),
        (
            {"sun": "alice", "uid": 7, "gid": 7, "id": {"name": "x", "gecos": "x", "dir": "/", "shell": "x"}},
            {"use_jwt_client_ids": ""},
            "26.05",
            None,
            7,
        ),
    ],
)
def test_whom_a_token_should_be_served_as(claims, parameters, series, told, uid):
    found = identities.expected(claims, USERS, Settings(parameters), series, told)
    assert found.uid == uid


def test_without_a_user_database_nobody_is_expected():
    none = UserDatabase(USERS.users, "none", known=False)
    assert identities.expected({"sun": "alice"}, none, Settings(), "24.11", None).uid is None


# The model


def test_the_model_beside_an_answer():
    known = GOOD._replace(settings=("", "slurm"))
    assert comparison.compare(known, TOKEN, KEY, USERS.users, None).agreement == "agrees"
    assert comparison.compare(known, TOKEN, KEY[::-1], USERS.users, None).agreement == "differs"
    assert comparison.compare(known, TOKEN, None, USERS.users, None).agreement == "not predicted"
    other = known._replace(identity=Identity("other", 2002, "bob", ""))
    assert comparison.compare(other, TOKEN, KEY, USERS.users, None).agreement == "differs"
    refused = REFUSED._replace(settings=("", "slurm"))
    assert comparison.compare(refused, TOKEN, KEY, USERS.users, None).agreement == "differs"
    assert comparison.compare(refused, TOKEN, KEY[::-1], USERS.users, None).agreement == "agrees"
    strange = known._replace(settings=("unheard_of=1", "slurm"))
    assert comparison.compare(strange, TOKEN, KEY, USERS.users, None).agreement == "not predicted"


@pytest.mark.parametrize("release", ["", "19.05.1", "99.11"])
def test_an_unknown_release_is_not_predicted(release):
    told = comparison.compare(GOOD._replace(release=release), TOKEN, KEY, USERS.users, None)
    assert told.agreement == "not predicted"
    assert comparison.compare(GOOD._replace(release=release), TOKEN, KEY, USERS.users, "24.11").accepted


def test_no_answer_is_not_compared():
    assert comparison.compare(SILENT, TOKEN, KEY, USERS.users, "24.11").agreement == "not predicted"


# Showing

EVERY = probed(
    *(place for place, _ in WORST_FIRST.values()),
    DBD,
    CONTROL_SILENT,
    not_asked=(NotAsked("slurmdbd, sacctmgr", "--slurmdbd was not given."),),
)


@pytest.mark.parametrize("word", WORST_FIRST)
def test_the_text_begins_with_the_verdict(word):
    one = probed(WORST_FIRST[word][0])
    document = describe(one, verdict.of(one), TOKEN)
    outcome = verdict.of(one).outcome.verdict
    assert text.render(document).startswith(f"{outcome}: {word}: ")
    (diagnostic,) = document.diagnostics
    assert (diagnostic.level == "note") == (outcome == "pass")
    assert (diagnostic.level == "error") == (outcome == "fail")


def test_the_text_says_what_was_not_asked():
    shown = text.render(describe(EVERY, verdict.of(EVERY), TOKEN, {"slurmdbd"}), Style(200))
    assert "slurmdbd, sacctmgr: not asked: --slurmdbd was not given." in shown
    assert "(waived)" in shown
    assert "report it with the output of --json" in shown
    assert "slurm-jwt explain" in shown
    assert "2027-01-15T08:00:00Z" in shown


def test_the_document_is_as_the_schema_says():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for places in ([EVERY], [probed(place) for place, _ in WORST_FIRST.values()]):
        for one in places:
            document = describe(one, verdict.of(one), TOKEN, {"slurmdbd"})
            jsonschema.validate(json.loads(json_text.render(document)), SCHEMA)


def test_names_of_tokens_come_out_escaped():
    evil = ALICE._replace(name="\x1b[31m\u202ealice" + "x" * 500, uid=None)
    found = identities.judged(Measured(2001, "", 9), evil, "")
    one = probed(GOOD._replace(identity=found), expected=evil)
    document = describe(one, verdict.of(one), TOKEN)
    shown, stored = text.render(document, Style(120)), json_text.render(document)
    for output in (shown, stored):
        assert output.replace("\n", "").isprintable()


def test_neither_token_nor_key_is_shown():
    document = describe(EVERY, verdict.of(EVERY), TOKEN)
    shown, stored = text.render(document, Style(120)), json_text.render(document)
    for secret in (*TOKEN.decode().split("."), KEY.hex()):
        assert secret not in shown
        assert secret not in stored


# Before anything is sent


class Never:
    def run(self, *_args):
        raise AssertionError

    get = why_not = run


@pytest.mark.parametrize(
    "token",
    [b"", b"a b", b"a\r\nX: y", b"a\nb", b"a\0b", b"\xc3\xa9", b"\x7f", b"\t", b"x" * 200_000],
)
def test_a_token_that_cannot_be_carried_is_sent_nowhere(token):
    with pytest.raises(Problem) as raised:
        probe.probe(probe.Means(Never(), Never(), Never()), wish(token, KEY))
    assert raised.value.exit_code == 2


def test_an_identity_of_no_documented_type_is_sent_nowhere():
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"sun": "alice", "exp": NOW + 9, "uid": "1", "gid": 1, "id": {"name": "x"}}
    token = f"{part({'alg': 'HS256'})}.{part(claims)}.{'A' * 43}".encode()
    with pytest.raises(Problem, match="uid has a type"):
        probe.probe(probe.Means(Never(), Never(), Never()), wish(token, KEY))
