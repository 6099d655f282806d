"""Tokens that share one answer get the very answer that each gets when it is judged by itself."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slurm_jwt.slurmctld import Settings, parse_passwd, releases
from slurm_jwt.strict import jws
from slurm_jwt_conformance.site.check import predicted
from slurm_jwt_conformance.site.check.answer import judge
from slurm_jwt_conformance.site.check.answer_json import line_json
from slurm_jwt_conformance.site.check.bulk import usual
from slurm_jwt_conformance.site.check.bulk.judging import Judge
from slurm_jwt_conformance.site.check.bulk.lines import Block
from slurm_jwt_conformance.site.check.bulk.task import Task
from support.check_site import NOW, USERS, question

KEY = bytes(range(32))
SETTINGS = (
    {},
    {"userclaimfield": "preferred_username"},
    {"use_jwt_client_ids": ""},
    {"use_jwt_client_ids_only": ""},
    {"jwks": "/j"},
    {"unheard_of": "1"},
)
HEADERS = (b'{"alg":"HS256","typ":"JWT"}', b'{"typ": "JWT", "alg": "HS256", "kid": "1"}', b'{"alg":"HS256"}')
OTHER_HEADERS = (
    b'{"alg":"none"}',
    b'{"alg":"HS384"}',
    b'{"alg":"HS256","typ":"x"}',
    b'{"alg":"HS256","alg":1}',
)


def asked(parameters: dict[str, str], *, known: bool = True, who: str = "both") -> Any:
    """A question about all releases."""
    users = parse_passwd(USERS + "nobody:x:65534:65534::/:/bin/sh\nA.b-C:x:7:7::/:/bin/sh\n")
    chosen = predicted.named(releases.series())
    site = Settings(parameters, "slurm")
    target = None if who == "rules" else predicted.Target(chosen, users, site, {}, known)
    return question(KEY, who, target)._replace(choice="none" if target is None else "all")


def token(header: bytes, payload: bytes, key: bytes = KEY, cut: int = 0) -> bytes:
    text = jws.encode(header) + b"." + jws.encode(payload)
    signature = jws.signer(key)(text)
    return text + b"." + signature[: len(signature) - cut]


def differing(question: Any, tokens: list[tuple[bytes, int]]) -> list[tuple[bytes, Any, Any]]:
    """Tokens, judged one after the other, whose line is not the line of a judge that has seen no other."""
    lines = [
        json.dumps({"id": 1, "token": each.decode("latin-1"), "now": at}).encode() for each, at in tokens
    ]
    done = Judge(Task(question, None)).answer(Block(None, 1, b"\n".join(lines)))
    found = []
    for (each, at), line in zip(tokens, done.text.splitlines(), strict=True):
        alone = line_json(judge(each.decode("latin-1").encode(), "", at, question, signed_only=True))
        said = json.loads(line)
        del said["id"]
        if said != json.loads(msgspec.json.encode(alone)):
            found.append((each, said, alone))
    return found


NAMES = ("alice", "root", "slurm", "nobody", "stranger", "other1", "Alice", "alice@x", "0", "2001", "A.b-C")
NAMES += ("a_b", "", " alice", "é", "x" * 300, "1e3", "-a", "daemon.x")
VALUES: tuple[object, ...] = (*NAMES, None, 7, True, 1.5, [], {}, {"name": "alice"})
TIMES: tuple[object, ...] = (
    *(NOW - 1, NOW, NOW + 1, NOW + 3600, NOW + 10**9, NOW + 10**9 + 1, NOW * 1000, 1800, 0, -1, 2**53, 2**63),
    *(None, "1", True, float(NOW + 9)),
)

claim = st.sampled_from(VALUES) | st.text(max_size=5)
members = st.fixed_dictionaries(
    {},
    optional={
        "exp": st.sampled_from(TIMES) | st.just(NOW + 3600),
        "iat": st.sampled_from(TIMES) | st.just(NOW - 5),
        "nbf": st.sampled_from(TIMES),
        "sun": claim | st.sampled_from(NAMES),
        **dict.fromkeys(("username", "preferred_username", "iss", "sub", "jti", "aud"), claim),
        "uid": st.sampled_from((0, 2001, "1", None)),
        "gid": st.just(1),
        "id": st.sampled_from(({}, {"name": "alice", "gecos": "a", "dir": "/", "shell": "/bin/sh"})),
        "roles": st.recursive(st.integers() | st.text(max_size=3), lambda each: st.lists(each, max_size=3)),
    },
)


@st.composite
def tokens(draw: st.DrawFn) -> tuple[bytes, int]:
    claims = draw(members)
    if draw(st.integers(0, 3)):
        usual_claims = {
            "exp": NOW + draw(st.sampled_from((3600, 3600, 1, 0, -1))),
            "iat": NOW - 5,
            "sun": draw(st.sampled_from(NAMES)),
        }
        claims = usual_claims | {name: claims[name] for name in list(claims)[: draw(st.integers(0, 2))]}
    ascii_only, indent = draw(st.booleans()), draw(st.sampled_from((None, None, 1)))
    payload = json.dumps(claims, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    payload = draw(
        st.sampled_from((payload, payload, payload, payload + b" ", payload[:-1] + b',"sun":"root"}'))
    )
    header = draw(st.sampled_from((*HEADERS, *HEADERS, *OTHER_HEADERS)))
    key = draw(st.sampled_from((KEY, KEY, KEY, b"x" * 32)))
    made = token(header, payload, key, draw(st.sampled_from((0, 0, 0, 1, 3))))
    return made + draw(st.sampled_from((b"", b"", b"", b"=", b"\0", b"."))), draw(
        st.sampled_from((NOW, NOW, 0))
    )


@pytest.mark.parametrize("parameters", SETTINGS, ids=lambda each: next(iter(each), "none"))
@pytest.mark.parametrize(("known", "who"), [(True, "both"), (False, "slurm"), (True, "rules")])
@settings(suppress_health_check=list(HealthCheck), max_examples=40, deadline=None)
@given(given_tokens=st.lists(tokens(), min_size=6, max_size=12))
def test_a_shared_answer_is_the_answer_that_each_token_gets(parameters, known, who, given_tokens):
    assert differing(asked(parameters, known=known, who=who), given_tokens) == []


def words(payload: bytes, *, parameters: dict[str, str] | None = None, at: int = NOW, **how: Any) -> Any:
    return usual.Reader(asked(parameters or {}), jws.signer(KEY)).words(token(HEADERS[0], payload, **how), at)


def test_strangers_share_their_words_and_accounts_do_not():
    text = b'{"exp":1893459600,"iat":1893455000,"sun":"%b"}'
    seen = [words(text % name) for name in (b"one", b"two2", b"alice")]
    assert seen[0] == seen[1] is not None
    assert seen[2] not in (None, seen[0])
    moments = [words(text % b"alice", at=at) for at in (1893459599, 1893459600, 1893459601)]
    assert None not in moments
    assert len(set(moments)) == 3


NOT_USUAL = {
    "a name twice": b'{"exp":1893459600,"iat":1893455000,"sun":"alice","sun":"alice"}',
    "a name twice, deep": b'{"exp":1893459600,"iat":1893455000,"sun":"alice","a":{"b":1,"b":1}}',
    "an escape": b'{"exp":1893459600,"iat":1893455000,"sun":"alice","a":"\\u0000"}',
    "a fraction": b'{"exp":1893459600.0,"iat":1893455000,"sun":"alice"}',
    "a big integer": b'{"exp":1893459600,"iat":1893455000,"sun":"alice","a":9007199254740992}',
    "minus nought": b'{"exp":1893459600,"iat":1893455000,"a":-0,"sun":"alice"}',
    "an identity": b'{"exp":1893459600,"iat":1893455000,"sun":"alice","uid":0}',
    "an audience that is no text": b'{"exp":1893459600,"iat":1893455000,"sun":"alice","aud":null}',
    "a lifetime as exp": b'{"exp":1800,"iat":1893455000,"sun":"alice"}',
    "issued later": b'{"exp":1893459600,"iat":1893456001,"sun":"alice"}',
    "valid later": b'{"exp":1893459600,"iat":1893455000,"nbf":1893456001,"sun":"alice"}',
    "a long life, as nanoseconds": b'{"exp":2893456000,"iat":1893456000,"sun":"alice"}',
    "a byte order mark": b'\xef\xbb\xbf{"exp":1893459600,"iat":1893455000,"sun":"alice"}',
    "a tab in a string": b'{"exp":1893459600,"iat":1893455000,"sun":"alice","a":"\t"}',
    "no UTF-8": b'{"exp":1893459600,"iat":1893455000,"sun":"alice","a":"\xff"}',
    "an array": b"[1]",
    "more text": b'{"exp":1893459600,"iat":1893455000,"sun":"alice"}\0',
}


@pytest.mark.parametrize("name", NOT_USUAL)
def test_what_parsers_or_releases_may_read_in_another_way_is_judged_by_itself(name):
    assert words(NOT_USUAL[name]) is None


def test_white_space_does_not_matter():
    spaced = b' {\n "exp" : 1893459600 ,\t"iat":1893455000, "sun": "alice", "a": "two words" }\r\n'
    assert words(spaced) is not None


def test_a_lifetime_that_looks_like_nanoseconds_is_an_error_in_a_line_too():
    """A line of --judge rules passed where a single check failed: exp is iat plus 1 second in nanoseconds."""
    made = token(HEADERS[0], b'{"exp":2000000000,"iat":1000000000,"sun":"alice"}')
    assert differing(asked({}, who="rules"), [(made, NOW)]) == []


KEYCLOAK = {
    "exp": NOW + 300, "iat": NOW - 5, "auth_time": NOW - 9, "jti": "a:1", "iss": "https://kc.example.org/hpc",
    "aud": "account", "sub": "f:1", "typ": "Bearer", "azp": "portal", "acr": "1", "allowed-origins": ["/*"],
    "realm_access": {"roles": ["offline_access", "uma"]}, "resource_access": {"account": {"roles": ["a"]}},
    "scope": "openid", "email_verified": False, "groups": [], "preferred_username": "alice", "sun": "alice",
}  # fmt: skip
ODD = (
    "-0",
    "0",
    "1",
    "9007199254740992",
    "1.5",
    "1e3",
    "null",
    "true",
    '""',
    '"x"',
    '"\\u0061"',
    "[]",
    '["a"]',
    "{}",
)
ODD += (
    '{"roles":[]}',
    '{"roles":["a","b"],"roles":["a","b"]}',
    '{"roles":["a"],"b":"c"}',
    '["a","b","c"]',
    "01",
)


def spelled(members: list[tuple[str, str]], comma: str = ", ", colon: str = ": ") -> bytes:
    return ("{" + comma.join(f'"{name}"{colon}{value}' for name, value in members) + "}").encode()


@st.composite
def of_one_shape(draw: st.DrawFn) -> tuple[bytes, int]:
    """A token of Keycloak, in any order, in which up to three members are odd, gone, or there twice."""
    members = [(name, json.dumps(value)) for name, value in KEYCLOAK.items()]
    members = draw(st.permutations(members))
    for _ in range(draw(st.integers(0, 3))):
        at, what = (
            draw(st.integers(0, len(members) - 1)),
            draw(st.sampled_from(("odd", "twice", "other", "gone"))),
        )
        name, value = members[at]
        odd = draw(st.sampled_from(ODD))
        members[at : at + 1] = {
            "odd": [(name, odd)], "twice": [(name, odd), (name, value)], "other": [(f"{name}x", value)],
            "gone": [],
        }[what]  # fmt: skip
        if not members:
            break
    payload = spelled(members, *draw(st.sampled_from(((", ", ": "), (",", ":"), (" ,\n", "\t:\r")))))
    return token(HEADERS[0], payload, draw(st.sampled_from((KEY, KEY, b"x" * 32)))), NOW


@pytest.mark.parametrize("parameters", SETTINGS[:2], ids=("plain", "userclaimfield"))
@pytest.mark.parametrize("who", ["both", "rules"])
@settings(suppress_health_check=list(HealthCheck), max_examples=60, deadline=None)
@given(given_tokens=st.lists(of_one_shape(), min_size=6, max_size=12))
def test_tokens_of_one_shape_get_the_answer_that_each_gets(parameters, who, given_tokens):
    first = token(HEADERS[0], spelled([(name, json.dumps(value)) for name, value in KEYCLOAK.items()])), NOW
    assert differing(asked(parameters, who=who), [first, *given_tokens]) == []


def test_a_known_shape_hides_no_member():
    """Texts as many as the shape has, but not the same: each is judged by itself or read in full."""

    def read(text: bytes) -> Any:
        return reader.words(token(HEADERS[0], text), NOW)

    reader = usual.Reader(asked({}), jws.signer(KEY))
    start = b'{"exp":1893459600,"iat":1893455000,"sun":"alice",'
    good = read(start + b'"a":"x","b":{"c":"y"},"l":["m","n"]}')
    assert good is not None
    assert read(b'{ "l":["o","p"],"b":{"c":"z"}, "a":"w",' + start[1:-1] + b"}") == good
    assert read(start + b'"a":"x","b":{"c":1,"c":2},"l":["m","n"]}') is None
    assert read(start + b'"a":"x","a":"x","l":["m","n","o"]}') is None
    assert read(start + b'"sun":"root","b":{"c":"y"},"l":["m"]}') is None
    assert read(start + b'"a":-0,"b":{"c":"y"},"l":["m","n","o"]}') is None
    assert read(start + b'"uid":"0","b":{"c":"y"},"l":["m","n"]}') is None


def test_few_shapes_are_known():
    reader = usual.Reader(asked({}), jws.signer(KEY))
    for number in range(usual._MOST_SHAPES + 9):
        roles = json.dumps(["x"] * number).encode()
        assert reader.words(
            token(HEADERS[0], b'{"exp":1893459600,"iat":1893455000,"sun":"a","r":%b}' % roles), NOW
        )
    assert len(reader._shapes) == usual._MOST_SHAPES


def test_kept_answers_are_bounded_and_the_counts_are_not_lost(monkeypatch):
    monkeypatch.setattr("slurm_jwt_conformance.site.check.bulk.judging._MOST_BYTES", 2000)
    monkeypatch.setattr(usual, "_MOST_KEPT", 2)
    names = itertools.islice(itertools.cycle((b"alice", b"root", b"slurm", b"stranger", b"nobody")), 50)
    made = [token(HEADERS[0], b'{"exp":1893459600,"iat":1893455000,"sun":"%b"}' % name) for name in names]
    done = Judge(Task(asked({}, who="rules"), NOW, bare=True)).answer(Block(None, 1, b"\n".join(made)))
    assert done.tally.outcomes == {"pass": 50}
