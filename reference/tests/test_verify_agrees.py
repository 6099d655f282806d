"""The fast acceptor and the examination never disagree, and no changed token is accepted."""

from __future__ import annotations

import base64
import copy
import hmac
import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt import Claims, Issuer, Refused, Verifier, examine
from slurm_jwt.strict import verify as verify_module
from slurm_jwt.strict.accepted import claims_of

KEY = bytes(range(32))
NOW = 1_893_456_000
VERIFIER = Verifier(KEY)
HEADER = '{"alg":"HS256","typ":"JWT"}'

# Around every limit that the acceptor tests, and beyond every limit of msgspec and of Python.
times = st.sampled_from(
    ["0", "-1", "-0", "1e9", "1893456000.0", "true", "null", '"1893456000"', "01", "1E400", "[]"]
    + [str(NOW + offset) for offset in (-1, 0, 1, 1800)]
    + [str(2**exponent + offset) for exponent in (53, 63, 64) for offset in (-1, 0)]
    + ["9" * 30, "9" * 5000]
)
texts = st.sampled_from(
    # plain names and other names, then spellings that no issuer writes, then other types
    [
        '"alice"',
        '"a-"',
        '"0"',
        '"-a"',
        '""',
        '"é"',
        '"a/b"',
        '"😀"',
        '"<&>"',
        '"\x7f"',
        '"\u2028"',
        '"?~>"',
        '"al\\u0069ce"',
    ]
) | st.sampled_from(
    [
        '"a\\/b"',
        '"\\u00e9"',
        '"\\ud800"',
        '"a\\u0000"',
        '"a\\n"',
        '"\\ud83d\\ude00"',
        "1",
        "null",
        '["a"]',
        "{}",
    ]
)
any_name = st.sampled_from(
    ["exp", "iat", "iss", "jti", "nbf", "sun", "sub", "aud", "_further", "s\\u0075n", "x"]
)
blanks = st.sampled_from(["", "", "", "", " ", "\n", "\t", "\u00a0", "\ufeff"])


@st.composite
def claim_texts(draw: st.DrawFn) -> str:
    """Claims as text, mostly near to what issuers write."""
    members = [("exp", draw(times | st.just(str(NOW + 1800)))), ("iat", draw(times | st.just(str(NOW))))]
    members.append(("sun", draw(texts | st.just('"alice"'))))
    members.extend(draw(st.lists(st.tuples(any_name, times | texts), max_size=3)))
    if draw(st.booleans()):
        members.sort()
    if draw(st.integers(0, 5)) == 0:
        members = draw(st.permutations(members))
    between, after = draw(blanks), draw(blanks)
    return "{" + ",".join(f'"{name}":{between}{value}' for name, value in members) + "}" + after


header_texts = st.sampled_from(
    [HEADER] * 6
    + [
        '{"typ":"JWT","alg":"HS256"}',
        '{"alg":"HS256"}',
        '{"alg":"none","typ":"JWT"}',
        '{"alg": "HS256","typ":"JWT"}',
    ]
    + ['{"alg":"HS256","typ":"JWT","kid":"1"}', '{"alg":"HS256","typ":"JWT","alg":"HS256"}', "{}", ""]
)


def base64url(text: str) -> bytes:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=")


def with_signature(signing_input: bytes) -> bytes:
    signature = hmac.digest(KEY, signing_input, "sha256")
    return signing_input + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")


def signed(claims: str, header: str = HEADER) -> bytes:
    return with_signature(base64url(header) + b"." + base64url(claims))


def agree(token: str | bytes, now: float = NOW) -> Claims | None:
    """Verify as examined, or fail."""
    examination = examine(token, KEY, now)
    if examination.verdict == "valid":
        assert examination.claims is not None
        accepted = VERIFIER.verify(token, now)
        assert accepted == claims_of(examination.claims)
        assert accepted.to_dict() == examination.claims
        return accepted
    with pytest.raises(Refused) as caught:
        VERIFIER.verify(token, now)
    assert caught.value.finding == examination.findings[0]
    return None


@given(claim_texts(), header_texts)
def test_on_signed_claims(claims: str, header: str) -> None:
    agree(signed(claims, header))


@given(claim_texts(), st.sampled_from([0, -1, NOW - 0.5, NOW + 0.5, NOW + 1800, 2**53 - 1, 2**53, 2**63]))
def test_at_any_moment(claims: str, now: float) -> None:
    agree(signed(claims), now)


@given(st.data())
def test_on_changed_tokens(data: st.DataObject) -> None:
    token = bytearray(signed(data.draw(claim_texts())))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(token) - 1))
        new = data.draw(st.binary(max_size=2) | st.sampled_from([b".", b"=", b"-", b"_", b"+", b"/", b"\n"]))
        token[at : at + data.draw(st.integers(0, 2))] = new
    agree(bytes(token))
    head, _, _ = bytes(token).rpartition(b".")
    agree(with_signature(head))  # as if the issuer had made the change


values = st.recursive(
    times
    | texts
    | st.sampled_from(["1.0", "0.1", "-0.0", "1e15", "12345678901234567", "true", "null", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: "[" + ", ".join(each) + "]")
        | st.lists(st.tuples(st.sampled_from("ab"), inner), max_size=3).map(
            lambda each: "{" + ",".join(f'"{name}" : {value}' for name, value in each) + "}"
        )
    ),
    max_leaves=12,
)
of_keycloak = [
    "jti",
    "iss",
    "sub",
    "typ",
    "azp",
    "sid",
    "acr",
    "scope",
    "realm_access",
    "email_verified",
    "name",
]


@st.composite
def keycloak_texts(draw: st.DrawFn) -> str:
    """Claims as an identity provider writes them: many, nested, in any order, with spaces; some are odd."""
    members = [("exp", str(NOW + 300)), ("iat", str(NOW)), ("sun", draw(texts | st.just('"alice"')))]
    members += [(name, '"x"') for name in draw(st.lists(st.sampled_from(of_keycloak), unique=True))]
    members += draw(st.lists(st.tuples(any_name | st.sampled_from(of_keycloak), values), max_size=3))
    comma, colon = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")]))
    return "{" + comma.join(f'"{name}"{colon}{value}' for name, value in draw(st.permutations(members))) + "}"


@given(keycloak_texts(), header_texts)
def test_on_claims_of_a_provider(claims: str, header: str) -> None:
    agree(signed(claims, header))


def test_a_verifier_remembers_few_headers_and_none_that_breaks_a_rule() -> None:
    """A header that is known is not read again, so what it says must not depend on the token."""
    claims, verifier = f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice"}}', Verifier(KEY)
    good = [f'{{"alg":"HS256","kid":"{number}"}}' for number in range(100)]
    wrong = [
        '{"alg":"none"}',
        '{"alg":"RS256","kid":"1"}',
        '{"alg":"HS256","typ":"x"}',
        '{"alg":"HS256","kid":1}',
    ]
    wrong += ['{"alg":"HS256","alg":"HS256"}', '{"alg":"HS256","crit":["exp"]}']
    for header in [*wrong, *good, *wrong, *good]:
        token = signed(claims, header)
        if header in good:
            assert verifier.verify(token, NOW).sun == "alice"
            with pytest.raises(Refused, match=r"signature\.match"):
                verifier.verify(token[:-4] + b"AAAA", NOW)
        else:
            with pytest.raises(Refused) as caught:
                verifier.verify(token, NOW)
            assert caught.value.finding == examine(token, KEY, NOW).findings[0]
    assert verifier._headers == {base64url(HEADER), *map(base64url, good[:63])}


def test_both_ways_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards the tests above: usual tokens need no examination, unusual ones do."""
    usual = [
        f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice"}}',
        f'{{"exp":{NOW + 1},"iat":0,"iss":"é/?~","jti":"1","nbf":{NOW},"sun":"a"}}',
        f'{{"exp":{2**53 - 1},"iat":{NOW},"nbf":1.5,"sun":"0"}}',
    ]
    plain = [
        f'{{"iat":{NOW},"exp":{NOW + 1},"sun":"alice"}}',
        f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice"}} ',
        f'{{"exp" : {NOW + 1},"iat":{NOW},"sun":"alice","x":[1.5,{{"y:":null}}]}}',
        f'{{"exp":{NOW + 1},"iat":{NOW},"nbf":-0,"sun":"alice"}}',
        f'{{"exp":{NOW + 1},"iat":-1,"sun":"alice"}}',
        f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice","_further":{{"exp":0}}}}',
        f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice","_further":null}}',
    ]
    unusual = [
        f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"al\\u0069ce"}}',
        f'{{"exp":{NOW + 1},"iat":{NOW},"nbf":1.0,"sub":"x","sun":"alice"}}',
        f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice","x":{{"y":1,"y":1}}}}',
        f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice","x":[[[[[[[[]]]]]]]]}}',
        f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice","x":1e300}}',
    ]
    assert all(agree(signed(claims)) is not None for claims in [*usual, *plain, *unusual])
    monkeypatch.setattr(verify_module, "examine_bytes", None)
    assert all(VERIFIER.verify(signed(claims), NOW) for claims in [*usual, *plain])
    for claims in unusual:
        with pytest.raises(TypeError):
            VERIFIER.verify(signed(claims), NOW)


@pytest.mark.parametrize(
    ("claims", "rule"),
    [
        (f'{{"exp":{NOW},"iat":{NOW},"sun":"a"}}', "exp.unexpired"),
        (f'{{"exp":{2**53},"iat":{NOW},"sun":"a"}}', "claims.numbers"),
        (f'{{"exp":{NOW + 1},"iat":{NOW + 1},"sun":"a"}}', "iat.reached"),
        (f'{{"exp":{NOW + 2},"iat":{NOW},"nbf":{NOW + 1},"sun":"a"}}', "nbf.reached"),
        (f'{{"exp":{NOW + 1},"iat":{NOW},"iss":null,"sun":"a"}}', "claims.types"),
        (f'{{"exp":{NOW + 1},"iat":{NOW},"nbf":null,"sun":"a"}}', "nbf.number"),
        (f'{{"exp":{NOW + 1},"iat":{NOW},"iss":"\ufeff","sun":"-a"}}', "sun.posix"),
        (f'{{"exp":{NOW + 1},"iat":{NOW},"sun":""}}', "sun.empty"),
        (f'{{"exp":{NOW + 1},"iat":{NOW},"iss":"{"x" * 98_300}","sun":"a"}}', "form.size"),
    ],
    ids=range(9),
)
def test_the_usual_form_saves_no_token(claims: str, rule: str) -> None:
    """Claims in the order in which the acceptor knows them, with one fault."""
    with pytest.raises(Refused) as caught:
        VERIFIER.verify(signed(claims), NOW)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("old", "new"), [(b"-", b"+"), (b"_", b"/")])
def test_base64_is_not_base64url(old: bytes, new: bytes) -> None:
    head = base64url(HEADER) + b"." + base64url(f'{{"exp":{NOW + 1},"iat":{NOW},"iss":"~~~???","sun":"a"}}')
    assert old in head
    assert VERIFIER.verify(with_signature(head), NOW)
    with pytest.raises(Refused, match=r"form\.base64url"):
        VERIFIER.verify(with_signature(head.replace(old, new)), NOW)


def test_any_change_of_one_byte_is_refused() -> None:
    token = Issuer(KEY).issue("alice", now=NOW).encode()
    for at, old in enumerate(token):
        for new in {*range(0x20, 0x80), 0x00, 0x0A, old ^ 0x80} - {old}:
            with pytest.raises(Refused):
                VERIFIER.verify(token[:at] + bytes([new]) + token[at + 1 :], NOW)


def test_any_cut_or_added_byte_is_refused() -> None:
    token = Issuer(KEY).issue("alice", now=NOW).encode()
    for at in range(len(token)):
        for changed in (
            token[:at],
            token[at + 1 :],
            token[:at] + token[at + 1 :],
            token[:at] + b"A" + token[at:],
        ):
            agree(changed)
            with pytest.raises(Refused):
                VERIFIER.verify(changed, NOW)


@given(
    st.from_regex(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,31}", fullmatch=True),
    st.integers(1, 10**9),
    st.binary(min_size=32, max_size=130),
)
def test_what_is_issued_is_verified(user: str, lifespan: int, key: bytes) -> None:
    token = Issuer(key).issue(user, lifespan, NOW)
    claims = Verifier(key).verify(token, NOW + lifespan - 1)
    assert (claims.sun, claims.exp, claims.iat, dict(claims.others)) == (user, NOW + lifespan, NOW, {})
    assert examine(token, key, NOW).verdict == "valid"
    with pytest.raises(Refused, match=r"exp\.unexpired"):
        Verifier(key).verify(token, NOW + lifespan)
    with pytest.raises(Refused, match=r"signature\.match"):
        Verifier(key + b"\n").verify(token, NOW)


def test_str_and_bytes_are_alike() -> None:
    token = Issuer(KEY).issue("alice", now=NOW)
    assert VERIFIER.verify(token, NOW) == VERIFIER.verify(token.encode(), NOW)
    assert examine(token, KEY, NOW) == examine(token.encode(), KEY, NOW)


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def record(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(verify_module, "compare_digest", record)
    monkeypatch.setattr("slurm_jwt.strict.signature.compare_digest", record)
    token = Issuer(KEY).issue("alice", now=NOW)
    VERIFIER.verify(token, NOW)
    assert compared.pop() == (43, 43)
    examine(token, KEY, NOW)
    assert compared == [(43, 43)]


def test_claims_cannot_be_changed_and_leave_nothing_out() -> None:
    text = f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice","iss":"i","a":{{"b":[1,{{"c":null}}]}}}}'
    claims = agree(signed(text))
    assert claims is not None
    assert claims.iss == claims.others["iss"] == "i"
    assert (claims.jti, claims.nbf) == (None, None)
    assert claims.others["a"]["b"][1]["c"] is None
    for change in (
        lambda: setattr(claims, "sun", "root"),
        lambda: claims.others.update(sun="root"),  # type: ignore[attr-defined]  # that it lacks it is tested
        lambda: claims.others["a"].update(b=1),
        lambda: claims.others["a"]["b"].append(1),
    ):
        with pytest.raises(AttributeError):
            change()
    members = claims.to_dict()
    members["a"]["b"].clear()
    assert claims.to_dict() == json.loads(text)


@pytest.mark.parametrize("further", ["", ',"a":{"b":[1,{"c":null}]}'])
def test_claims_are_pickled_and_copied(further: str) -> None:
    claims = agree(signed(f'{{"exp":{NOW + 1},"iat":{NOW},"sun":"alice","iss":"i"{further}}}'))
    assert claims is not None
    for again in (
        *(pickle.loads(pickle.dumps(claims, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)),
        copy.copy(claims),
        copy.deepcopy(claims),
    ):
        assert type(again) is Claims
        assert again == claims
        assert again.to_dict() == claims.to_dict()
        with pytest.raises(AttributeError):
            again.sun = "root"


def test_one_verifier_serves_many_threads() -> None:
    issuer = Issuer(KEY)
    users = [f"user{number}" for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda user: issuer.issue(user, now=NOW), users))
        claims = list(pool.map(lambda token: VERIFIER.verify(token, NOW), tokens))
    assert [entry.sun for entry in claims] == users


def test_claims_that_are_the_usual_header_are_claims_without_a_name_and_times() -> None:
    part = base64.urlsafe_b64encode(HEADER.encode()).rstrip(b"=")
    signature = hmac.digest(KEY, part + b"." + part, "sha256")
    token = b".".join((part, part, base64.urlsafe_b64encode(signature).rstrip(b"=")))
    rules = ["sun.required", "iat.required", "exp.required"]
    assert [each.rule for each in examine(token, KEY, NOW).findings] == rules
    with pytest.raises(Refused, match="sun"):
        VERIFIER.verify(token, NOW)
