"""Where a finding is: the characters that are marked are those of the member at fault, in every vector."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slurm_jwt import examine
from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.site.check import places
from slurm_jwt_vectors import load

SUITE = load()
FINDINGS = [
    (case, finding)
    for case in SUITE.cases.values()
    for finding in examine(case.token_bytes, SUITE.keys[case.key].bytes, case.now).findings
]
PRESENT = {"alg.hs256", "typ.jwt", "cty.absent", "crit.form", "crit.understood", "b64.absent", "enc.absent"}
PRESENT |= {"header.types", "claims.types", "aud.form", "aud.unasked", "sun.string", "sun.empty", "sun.posix"}
PRESENT |= {"iat.number", "iat.integer", "exp.number", "exp.integer", "nbf.number"}
PRESENT |= {"exp.unexpired", "nbf.reached", "iat.reached"}
"""Rules about a member that is there."""


@pytest.mark.parametrize("rule", sorted(PRESENT))
def test_the_member_at_fault_is_marked(rule):
    found = [(case, finding) for case, finding in FINDINGS if finding.rule == rule]
    assert found
    for case, finding in found:
        place = places.of(finding, case.token_bytes)
        marked = place.text[place.start : place.end]
        name, end = json.JSONDecoder().raw_decode(marked)
        assert name == finding.member
        value = json.loads(marked[end:].lstrip(" \t\r\n").removeprefix(":"), strict=False)
        members = (
            examine(case.token_bytes, None, case.now).header
            if place.part == "header"
            else examine(case.token_bytes, None, case.now).claims
        )
        assert value == members[name] or isinstance(members[name], float)


def test_findings_of_other_parts_have_no_place_in_header_or_claims():
    for case, finding in FINDINGS:
        if BY_ID[finding.rule].layer in {"key", "form", "signature"}:
            assert places.of(finding, case.token_bytes) is None
        else:
            assert places.of(finding, case.token_bytes).part in {"header", "claims"}


def test_a_place_of_no_json_is_where_the_reader_stops():
    # Python 3.13 stops at the comma too many, earlier ones at what follows it.
    comma = "," if sys.version_info >= (3, 13) else "}"
    texts = {
        b'{"sun":"alice",}': comma,
        b'{"sun":"al\nice"}': "\n",
        b'{"sun" "alice"}': '"',
        b'{"a":1} x': "x",
    }
    from slurm_jwt.strict import jws

    for raw, stops in texts.items():
        token = jws.encode(b'{"alg":"HS256"}') + b"." + jws.encode(raw) + b".AA"
        finding = next(each for each in examine(token, None, 0).findings if each.rule == "claims.json")
        place = places.of(finding, token)
        assert place.text[place.start : place.end] == stops


def test_the_last_of_two_equal_names_counts_and_the_first_pair_is_marked():
    from slurm_jwt.strict import jws

    raw = b'{"sun":"","x":1,"sun":""}'
    token = jws.encode(b'{"alg":"HS256"}') + b"." + jws.encode(raw) + b".AA"
    found = {each.rule: places.of(each, token) for each in examine(token, None, 0).findings}
    assert found["sun.empty"].start == raw.rindex(b'"sun"')
    assert found["claims.duplicate"].start == raw.index(b'"sun"')


def test_every_excerpt_marks_what_is_at_fault():
    for case, finding in FINDINGS:
        place = places.of(finding, case.token_bytes)
        if place is not None:
            check_excerpt(place)


def check_excerpt(place):
    made = places.excerpt(place)
    assert made.text.isprintable()
    assert 0 <= made.start <= made.start + made.width <= len(made.text)
    assert (made.width > 0) == (place.end > place.start)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=900), st.integers(0, 900), st.integers(0, 900))
def test_excerpts_of_any_text_are_printable_and_mark_the_fault(text, start, length):
    start = min(start, len(text))
    check_excerpt(places.Place("claims", text, start, min(len(text), start + length)))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_have_places_or_none(raw):
    from slurm_jwt.strict import jws

    for token in (raw, jws.encode(raw) + b"." + jws.encode(raw) + b".", raw + b".." + raw):
        for finding in examine(token, b"k" * 32, 0).findings:
            place = places.of(finding, token)
            assert place is None or 0 <= place.start <= place.end <= len(place.text)
            offset = places.base64url_offset(finding, token)
            assert offset is None or 0 <= offset < len(token)
