"""Many tokens at once get the very answers that each gets alone: vectors, mutated tokens, hostile lines."""

from __future__ import annotations

import base64
import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slurm_jwt import examine
from slurm_jwt.slurmctld import Settings, base64s, parse_passwd, predict, releases
from slurm_jwt.strict import jws
from slurm_jwt.strict.examination import as_bytes
from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.lab.fuzz.mutator import Mutator, texts_of
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.check import predicted
from slurm_jwt_conformance.site.check.bulk.judging import Judge
from slurm_jwt_conformance.site.check.bulk.lines import MOST_BYTES, Block
from slurm_jwt_conformance.site.check.bulk.task import Task
from slurm_jwt_vectors import load, strategies
from support.check_site import question

SUITE = load()
CASES = tuple(SUITE.cases.values())
KEY = SUITE.keys["random32"].bytes
NOW = 1893456000
SIGNATURE = "signature.match"
GOOD = next(case for case in CASES if case.verdict == "valid" and case.key == "random32" and case.token)


def asked(name, token, now=None):
    """A token as a line; one that is no text as base64."""
    line = {"id": name}
    try:
        line["token"] = token.decode()
    except UnicodeDecodeError:
        line["token_base64"] = base64.b64encode(token).decode()
    return json.dumps(line if now is None else line | {"now": now}).encode()


def answers(lines, key=KEY, now=NOW, where=None, bare=False):
    """Put lines to a judge in one block, and read the answers."""
    task = Task(question(key, "both" if where else "rules", where), now, bare)
    done = Judge(task).answer(Block(None, 1, b"\n".join(lines) + b"\n"))
    return [json.loads(line) for line in done.text.splitlines()], done.tally


def signed(claims):
    """Sign claims with the key."""
    text = b".".join(jws.encode(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims))
    return text + b"." + jws.signer(KEY)(text)


def rules_of(answer):
    """Return what the documented rules say in an answer."""
    return {name: answer[name] for name in ("id", "verdict", "rules")}


def alone(name, token, key, now, *, accepted=False, edition="2020"):
    """What a single check says of the rules; many tokens stop at a signature that is not the key's.

    accepted: by a release, so that no answer stops short.
    """
    seen = examine(token, key, now, edition=edition)
    rules, verdict = [finding.rule for finding in seen.findings], seen.verdict
    if key is not None and not accepted and SIGNATURE in (*rules, *seen.not_checked):
        header = as_bytes(token).partition(b".")[0]
        brackets = sum(map(base64s.libb64(header).count, (b"{", b"[")))
        costly = len(header) > 1366 or brackets > 64
        layers = {"key", "form", "signature"} | (set() if costly else {"header"})
        rules = [rule for rule in rules if BY_ID[rule].layer in layers]
        verdict = "invalid" if any(BY_ID[rule].severity == "error" for rule in rules) else "undetermined"
    return {"id": name, "verdict": verdict, "rules": rules}


def differing(tokens, key=KEY, now=NOW):
    """Tokens (with ids) that get another answer in a block than alone."""
    said, _ = answers([asked(name, token) for name, token in tokens.items()], key, now)
    assert len(said) == len(tokens)
    due = [alone(name, token, key, now) for name, token in tokens.items()]
    return [(one, other) for one, other in zip(said, due, strict=True) if rules_of(one) != other]


@pytest.mark.parametrize("key", sorted({case.key for case in CASES}))
def test_every_vector_gets_the_answer_that_it_gets_alone(key):
    cases = [case for case in CASES if case.key == key]
    lines = [asked(case.id, case.token_bytes, case.now) for case in cases]
    said, _ = answers(lines, SUITE.keys[key].bytes)
    due = [alone(case.id, case.token_bytes, SUITE.keys[key].bytes, case.now) for case in cases]
    assert [rules_of(one) for one in said] == due


@pytest.mark.parametrize("now", [0, 1577836800, NOW - 1, 4102444800])
def test_every_vector_at_another_moment(now):
    assert differing({case.id: case.token_bytes for case in CASES}, now=now) == []


def test_every_vector_without_a_key_is_undetermined_or_invalid():
    said, tally = answers([asked(case.id, case.token_bytes) for case in CASES], key=None)
    assert [rules_of(one) for one in said] == [alone(case.id, case.token_bytes, None, NOW) for case in CASES]
    assert tally.verdicts.keys() == {"undetermined", "invalid"}
    assert tally.failed == tally.tokens == len(CASES)


@pytest.mark.parametrize("seed", ["bulk 1", "bulk 2"])
def test_mutated_tokens_get_the_answers_that_they_get_alone(seed):
    corpus = texts_of(case.token_bytes for case in CASES if len(case.token_bytes) < 2000)
    mutator = Mutator(seed, corpus, KEY)
    assert differing({number: mutator.make().token for number in range(2000)}) == []


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a machine under load
@given(st.lists(strategies.good_tokens() | strategies.broken_tokens(), min_size=1, max_size=4))
def test_tokens_of_the_strategies_get_the_answers_that_they_get_alone(samples):
    for sample in samples:
        assert differing({1: sample.token}, sample.key, sample.now) == []


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(strategies.token_like(), max_size=8))
def test_token_like_text_gets_the_answer_that_it_gets_alone(texts):
    assert differing(dict(enumerate(texts))) == []


@pytest.mark.parametrize("names", [("22.05",), ("20.11", "26.05/libjwt1.17.2")])
def test_each_release_says_of_every_vector_what_the_model_says(names):
    users, settings = parse_passwd(accounts.passwd()), Settings(slurm_user=accounts.SLURM_USER)
    chosen = tuple(map(releases.parse, names))
    where = predicted.Target(chosen, users, settings)
    cases = [case for case in CASES if case.key == "random32"]
    said, tally = answers([asked(case.id, case.token_bytes, case.now) for case in cases], where=where)
    for case, answer in zip(cases, said, strict=True):
        due = {}
        for release in chosen:
            told = predict(case.token_bytes, KEY, release, case.now, users, settings)
            log = told.log and told.log.replace(" | error: ", "\nerror: ")
            due[release.name] = {
                "accepted": told.accepted, "user": told.user, "uid": told.uid, "log": log,
                "basis": told.basis,
            }  # fmt: skip
        assert answer["slurm"] == due
        accepted = any(each["accepted"] for each in due.values())
        header = examine(case.token_bytes, KEY, case.now).header or {}
        edition = "later" if header.get("alg") == "RS256" else "2020"  # each list has a release that takes it
        alike = alone(case.id, case.token_bytes, KEY, case.now, accepted=accepted, edition=edition)
        assert (rules_of(answer), answer["edition"]) == (alike, edition)
    fates = [answer["slurm"][chosen[0].name]["accepted"] for answer in said]
    assert tally.releases[chosen[0].name, "accepted"] == fates.count(True)
    assert tally.releases[chosen[0].name, "refused"] == fates.count(False)


def test_a_prefix_is_part_of_the_token_in_a_json_object_and_in_a_bare_line():
    pasted = f"SLURM_JWT={GOOD.token}"
    (as_object,), _ = answers([json.dumps({"id": 1, "token": pasted}).encode()])
    (as_line,), _ = answers([pasted.encode() + b"\r"], bare=True)
    assert as_object["rules"] == ["form.base64url"]
    assert rules_of(as_line) == rules_of(as_object)
    assert as_line["reasons"] == as_object["reasons"]


def test_lines_name_a_time_in_another_unit_and_a_wrapping():
    for token in (signed({"exp": NOW * 1000, "sun": "alice"}), json.dumps(GOOD.token).encode()):
        said, tally = one(token, bare=True)
        assert said["outcome"] == "fail"
        assert any("time.unit" in text or "token.wrapped" in text for text in said["reasons"])
        assert tally.outcomes == {"fail": 1}


def test_bare_lines_are_numbered_blank_ones_too():
    said, tally = answers([GOOD.token.encode(), b"", b" \t", b"x", b"\xff\x00"], bare=True)
    assert [answer["id"] for answer in said] == [1, 4, 5]
    assert [answer["rules"] for answer in said] == [[], ["form.compact"], ["form.compact"]]
    assert tally.tokens == 3


def one(line, **more):
    (said,), tally = answers([line], **more)
    return said, tally


IDS = [
    *("1", "-1", "0", "9007199254740993", "123456789012345678901234567890", "1.50", "1e999", "-0"),
    *("true", "null", '""', '"two words"', '"\\u0000\\u001b[31m"', '"\\ud800"', '"é\u202e\u2028\x7f\x9b"'),
    *('"\\"\\\\"', "[]", '[1,"a",[null]]', '{"a":{"b":[1.0]}}', '{"a":1,"a":2}', "[ 1 ,\t2 ]"),
]


@pytest.mark.parametrize("name", IDS)
def test_an_id_of_any_type_comes_back_as_it_was_spelled(name):
    line = f'{{"id":{name},"token":{json.dumps(GOOD.token)}}}'.encode()
    done = Judge(Task(question(KEY), NOW)).answer(Block(None, 1, line + b"\n"))
    text = done.text.decode("ascii")
    assert set(text) <= {*string.printable} - {*"\r\x0b\x0c\x7f\t"}
    assert text.count("\n") == 1
    echoed = text.removeprefix('{"id":').partition(',"verdict"')[0]
    assert json.loads(echoed) == json.loads(name)
    assert json.loads(echoed, parse_int=str, parse_float=str) == json.loads(
        name, parse_int=str, parse_float=str
    )
    assert done.tally.verdicts == {"valid": 1}


def test_the_last_of_members_of_one_name_counts_and_ids_may_come_again():
    token = json.dumps(GOOD.token)
    line = f'{{"id":1,"token":"x","now":5,"id":2,"token":{token},"now":{NOW}}}'.encode()
    said, _ = answers([line, line])
    assert [rules_of(one) for one in said] == [{"id": 2, "verdict": "valid", "rules": []}] * 2


def test_members_that_are_not_known_are_ignored():
    said, _ = one(json.dumps({"id": 1, "token": GOOD.token, "user": "é", "more": [1, None]}).encode())
    assert said["verdict"] == "valid"


TOKEN = json.dumps(GOOD.token).encode()
UNUSABLE = {
    b"{broken": (None, "not a JSON object"),
    b"[1]": (None, "not a JSON object"),
    b"7": (None, "not a JSON object"),
    b"nul": (None, "not a JSON object"),
    b"\x00": (None, "not a JSON object"),
    b'{"id":1,"token":' + TOKEN + b"}\x00": (None, "not a JSON object"),
    b'{"id":1,"token":"\x00"}': (None, "not a JSON object"),
    b'{"id":1,"token":"\xff"}': (None, "not a JSON object"),
    b'{"id":1,"token":' + TOKEN + b',"x":"\xff"}': (None, "not a JSON object"),
    b'{"id":1,"token":' + TOKEN + b',"x":NaN}': (None, "not a JSON object"),
    b'{"id":NaN,"token":' + TOKEN + b"}": (None, "not a JSON object"),
    b'{"id":' + b"1" * 5000 + b',"token":' + TOKEN + b"}": (None, "not a JSON object"),
    b'{"id":1,"token":' + TOKEN + b"} {}": (None, "not a JSON object"),
    b"[" * 100_000: (None, "not a JSON object"),
    b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b',"token":"x"}': (None, "not a JSON object"),
    b'{"token":' + TOKEN + b"}": (None, "id is missing"),
    b'{"id":[1]}': ([1], "token"),
    b'{"id":2,"token":null}': (2, "token"),
    b'{"id":2,"token":["x"]}': (2, "token"),
    b'{"id":2,"token":"x","token_base64":"eA=="}': (2, "one of them"),
    b'{"id":2,"token_base64":"eA"}': (2, "no base64"),
    b'{"id":2,"token_base64":"e\\n"}': (2, "no base64"),
    b'{"id":2,"token_base64":7}': (2, "token"),
    b'{"id":3,"token":"x","now":true}': (3, "now is no integer"),
    b'{"id":3,"token":"x","now":1.0}': (3, "now is no integer"),
    b'{"id":3,"token":"x","now":"1"}': (3, "now is no integer"),
    b'{"id":3,"token":"x","now":9223372036854775809}': (3, "now is no moment"),
    b'{"id":3,"token":"x","now":-' + b"9" * 40 + b"}": (3, "now is no moment"),
}


@pytest.mark.parametrize("line", UNUSABLE, ids=lambda line: ascii(line[:40]))
def test_an_unusable_line_is_answered_with_its_number_and_what_is_wrong(line):
    said, tally = answers([b'{"id": 0, "token": "x"}', b"", line])
    name, message = UNUSABLE[line]
    assert said[0]["rules"] == ["form.compact"]
    assert said[1].keys() == {"id", "line", "error"}
    assert (said[1]["id"], said[1]["line"]) == (name, 3)
    assert message in said[1]["error"]
    assert (tally.tokens, tally.unusable, tally.code) == (1, 1, 2)


def test_a_moment_far_away_is_a_moment():
    for now in (-(2**63), 2**63):
        said, _ = one(json.dumps({"id": 1, "token": GOOD.token, "now": now}).encode())
        assert rules_of(said) == alone(1, GOOD.token, KEY, now)


def test_a_line_over_the_limit_is_refused_and_one_at_the_limit_is_read():
    head, tail = b'{"id":1,"token":"', b'"}'
    at_limit = head + b"x" * (MOST_BYTES - len(head) - len(tail)) + tail
    assert one(at_limit)[0]["rules"] == ["form.size"]
    assert "at most 16 MiB" in one(at_limit + b" ")[0]["error"]
    assert one(b"x" * MOST_BYTES, bare=True)[0]["rules"] == ["form.size"]
    assert "at most 16 MiB" in one(b"x" * (MOST_BYTES + 1), bare=True)[0]["error"]


def test_lone_surrogates_of_a_token_are_foreign_characters():
    said, _ = one(b'{"id":1,"token":"\\ud800.x.y"}')
    assert rules_of(said) == alone(1, "\ud800.x.y", KEY, NOW)


@given(st.binary(max_size=60))
def test_no_line_is_without_an_answer_in_ascii(line):
    for bare in (False, True):
        done = Judge(Task(question(KEY), NOW, bare)).answer(Block("a\x1b", 1, line))
        asked_lines = [each for each in line.split(b"\n") if each.strip()]
        assert len(done.text.splitlines()) == len(asked_lines)
        for said in done.text.decode("ascii").splitlines():
            assert json.loads(said)["file"] == "a\x1b"


def test_a_task_shows_no_key():
    assert repr(Task(question(KEY), NOW)) == "Task(...)"
