"""The raw encoder and the builder: known answers, and mistakes in cases that must not go unnoticed."""

import base64

import pytest

from slurm_jwt_vectors.build import Raw, claims, encode, json_text, token, without
from slurm_jwt_vectors.edits import flip, pad, spare_bit, standard_alphabet
from slurm_jwt_vectors.registry import case, case_id

# RFC 7515 A.1: the octets of header and payload, the key, and the serialization, as printed there.
A1_HEADER = b'{"typ":"JWT",\r\n "alg":"HS256"}'
A1_PAYLOAD = b'{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
A1_KEY = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
A1_TOKEN = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


def test_rfc_7515_a1():
    key = base64.urlsafe_b64decode(A1_KEY + "==")
    assert token(header=A1_HEADER, claims=A1_PAYLOAD).signed_by(key).encoded() == A1_TOKEN.encode()


def test_base_token_is_what_scontrol_writes():
    header, payload, _ = token().encoded().split(b".")
    assert header == b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    assert base64.urlsafe_b64decode(payload + b"==") == b'{"exp":4102444800,"iat":1577836800,"sun":"alice"}'


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", b""), (b"f", b"Zg"), (b"fo", b"Zm8"), (b"foo", b"Zm9v"), (b"\xfb\xff\xbf", b"-_-_")],
)
def test_encode(data: bytes, text: bytes):
    """RFC 4648 10, without padding, and the two characters of the URL alphabet."""
    assert encode(data) == text


def test_raw_json_is_spelled_as_given():
    assert json_text({"a": Raw("1e9"), "b": "\u00fc", "c": [None]}) == b'{"a":1e9,"b":"\xc3\xbc","c":[null]}'


def test_nan_must_be_raw():
    with pytest.raises(ValueError, match="JSON"):
        json_text({"x": float("nan")})


def test_edits():
    assert pad(b"Zg") == b"Zg=="
    assert standard_alphabet(b"-_") == b"+/"
    assert flip(0)(b"\0\0") == b"\x80\0"
    assert flip(15)(b"\0\0") == b"\0\1"
    assert spare_bit(b"Zg") == b"Zh"
    with pytest.raises(ValueError, match="no spare bits"):
        spare_bit(b"Zm9v")


def test_pieces_are_replaceable():
    made = (
        token()
        .edit_header(lambda _: b"H")
        .edit_payload(lambda _: b"P")
        .edit_mac(lambda mac: mac[:3])
        .edit_signature(lambda text: text + b"S")
        .edit_token(lambda text: text + b"T")
        .encoded()
    )
    assert made.startswith(b"H.P.")
    assert made.endswith(b"ST")
    assert len(made) == len(b"H.P.") + 4 + 2


def test_an_edit_without_effect_is_a_mistake():
    with pytest.raises(ValueError, match="changes nothing"):
        token().edit_token(lambda text: text.replace(b"?", b"!")).encoded()


@pytest.mark.parametrize(
    ("finish", "message"),
    [
        (lambda made: made.invalid(sources=("x",)), "names its rules"),
        (lambda made: made.invalid("a.b", "c.d", sources=("x",)), "says why"),
        (lambda made: made.either("because", sources=("x",)), "names its rules"),
        (lambda made: made.either("", "a.b", sources=("x",)), "says why"),
        (lambda made: made.valid(sources=()), "sources"),
    ],
)
def test_verdicts_must_be_whole(finish, message: str):
    with pytest.raises(ValueError, match=message):
        finish(token())


def test_user_of_raw_claims_must_be_said():
    made = token(claims=b"{}")
    with pytest.raises(ValueError, match="acting_as"):
        made.valid(sources=("x",))
    assert made.acting_as("bob").valid(sources=("x",)).user == "bob"
    assert made.invalid("a.b", sources=("x",)).user is None


def test_without_knows_its_members():
    assert without(claims(), "exp", "iat") == {"sun": "alice"}
    with pytest.raises(ValueError, match="nbf"):
        without(claims(), "nbf")


def test_ids_come_from_module_and_function():
    assert case_id("slurm_jwt_vectors.cases.header_json", "object_") == "header-json.object"


def test_an_id_is_taken_once():
    def fresh_case_of_this_test():
        """Never run."""
        return token().valid(sources=("x",))

    case(fresh_case_of_this_test)
    try:
        with pytest.raises(ValueError, match="two cases"):
            case(fresh_case_of_this_test)
    finally:
        forget(fresh_case_of_this_test)


def forget(function) -> None:
    from slurm_jwt_vectors import registry

    del registry.CASES[case_id(function.__module__, function.__name__)]
