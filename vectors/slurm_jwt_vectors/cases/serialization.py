"""The token as a whole: three parts and two periods, with nothing before, between or behind them."""

from slurm_jwt_vectors.build import CLAIMS, Judged, claims, encode, json_text, token
from slurm_jwt_vectors.edits import append, become, insert, prepend, swap
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import cve, issue, jws, jwt

_COMPACT = (jwt("1"), jws("7.1"))
_ALPHABET = (jws("2"), jws("5.2"))
_JWE = (jwt("7.2"), "RFC 7516 9")
_JWE_DIRECT = (
    b"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoiSldUIn0..Kw76CFdxFb1pNJm6."
    b"_u_sLsy4j7yGNGDimWFaThbKhP6_T2RzRUz5m4zfVnOXrby1kv9XPfiKgk0nHYGW1A.TMG6zlmH0gRcC2sT0Ju6IA"
)
_JWE_WRAPPED = (
    b"eyJhbGciOiJBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoiSldUIn0."
    b"MBLpYwX3UScnjbdY1p6c7uS4CcDsTwBLqc5OQOnJ7QazHlZ4jzQirA.1AGMa8JyuRRi0SOd."
    b"jU8dEyx_40_XIXSXxAzyFEMG_wgO0Co44aBFvXn82VsF960QGeQSmUowr1X9HkQXMA.KFllX6hQFu7dSOfSko-uVA"
)


def _flattened(text: bytes) -> bytes:
    header, payload, signature = text.split(b".")
    return b'{"payload":"%b","protected":"%b","signature":"%b"}' % (payload, header, signature)


def _general(text: bytes) -> bytes:
    header, payload, signature = text.split(b".")
    signed = b'{"protected":"%b","signature":"%b"}' % (header, signature)
    return b'{"payload":"%b","signatures":[%b]}' % (payload, signed)


def _polyglot(text: bytes) -> bytes:
    header, payload, signature = text.split(b".")
    forged = encode(json_text(claims(sun="root")))
    honest = b'"payload":"%b","protected":"%b","signature":"%b"' % (payload, header, signature)
    return b'{"  %b.%b.":"",%b}' % (header, forged, honest)


@case
def empty() -> Judged:
    """No token at all: SLURM_JWT is set, but empty."""
    return token().edit_token(become(b"")).invalid("form.compact", sources=_COMPACT)


@case
def one_part() -> Judged:
    """The header alone."""
    return token().edit_token(lambda text: text.split(b".")[0]).invalid("form.compact", sources=_COMPACT)


@case
def two_parts() -> Judged:
    """The signature and its period were cut off."""
    return token().edit_token(lambda text: text.rpartition(b".")[0]).invalid("form.compact", sources=_COMPACT)


@case
def four_parts() -> Judged:
    """A good token with a fourth part behind it."""
    return token().edit_token(append(b".AAAA")).invalid("form.compact", sources=_COMPACT)


@case
def trailing_period() -> Judged:
    """A good token with a period behind it: four parts, the last one empty."""
    return token().edit_token(append(b".")).invalid("form.compact", sources=_COMPACT)


@case
def leading_period() -> Judged:
    """A good token with a period before it: four parts, the first one empty."""
    return token().edit_token(prepend(b".")).invalid("form.compact", sources=_COMPACT)


@case
def doubled_period() -> Judged:
    """An empty part between header and payload."""
    return (
        token()
        .edit_token(lambda text: text.replace(b".", b"..", 1))
        .invalid("form.compact", sources=_COMPACT)
    )


@case
def periods_alone() -> Judged:
    """Two periods with nothing around them: three parts, all empty."""
    return (
        token()
        .edit_token(become(b".."))
        .invalid(
            "header.json",
            "claims.json",
            sources=(jws("5.2"), jwt("7.2")),
            why="Header and payload are both empty, and no JSON text is empty.",
        )
    )


@case
def five_parts() -> Judged:
    """A good token with two periods behind it: five parts, the number of a JWE."""
    return token().edit_token(append(b"..")).invalid("form.jws", sources=_JWE)


@case
def thousand_periods() -> Judged:
    """A thousand periods: software that splits them all does work for nothing."""
    return (
        token()
        .edit_token(become(b"." * 1000))
        .invalid("form.compact", sources=(*_COMPACT, cve("2025-30204")))
    )


@case
def jwe_direct() -> Judged:
    """The claims encrypted with the very key (dir, A256GCM): five parts, unreadable to Slurm."""
    return token().edit_token(become(_JWE_DIRECT)).invalid("form.jws", sources=(*_JWE, cve("2022-3102")))


@case
def jwe_key_wrap() -> Judged:
    """The claims encrypted for the key by A256KW."""
    return token().edit_token(become(_JWE_WRAPPED)).invalid("form.jws", sources=_JWE)


@case
def json_flattened() -> Judged:
    """The flattened JSON serialization: a JWS, but no JWT."""
    return token().edit_token(_flattened).invalid("form.compact", sources=_COMPACT)


@case
def json_general() -> Judged:
    """The general JSON serialization: a JWS, but no JWT."""
    return token().edit_token(_general).invalid("form.compact", sources=_COMPACT)


@case
def json_polyglot() -> Judged:
    """JSON around an honest signature that splits at its periods into a forged token for root."""
    return token().edit_token(_polyglot).invalid("form.base64url", sources=(*_COMPACT, cve("2022-39227")))


@case
def detached_payload() -> Judged:
    """The payload left out after signing, as detached content is carried."""
    return (
        token()
        .edit_token(lambda text: b"..".join((text.split(b".")[0], text.split(b".")[2])))
        .invalid(
            "signature.match",
            "claims.json",
            sources=("RFC 7515 F", jwt("7.2")),
            why="Without its payload the token has no claims, and its signature is over other text.",
        )
    )


@case
def bearer_prefix() -> Judged:
    """The scheme of an Authorization header came along."""
    return token().edit_token(prepend(b"Bearer ")).invalid("form.base64url", sources=_ALPHABET)


@case
def variable_prefix() -> Judged:
    """The whole line that `scontrol token` prints, taken for the token."""
    return (
        token()
        .edit_token(prepend(b"SLURM_JWT="))
        .invalid("form.base64url", sources=(*_ALPHABET, "Slurm page of 30 December 2020, Setup 5"))
    )


@case
def double_quotes() -> Judged:
    """The token in double quotes, as copied from JSON."""
    return token().edit_token(lambda text: b'"' + text + b'"').invalid("form.base64url", sources=_ALPHABET)


@case
def single_quotes() -> Judged:
    """The token in single quotes, as copied from a shell script."""
    return token().edit_token(lambda text: b"'" + text + b"'").invalid("form.base64url", sources=_ALPHABET)


@case
def python_bytes() -> Judged:
    """The token as Python prints bytes: b'...'."""
    return token().edit_token(lambda text: b"b'" + text + b"'").invalid("form.base64url", sources=_ALPHABET)


table(
    __name__,
    lambda text: token().edit_token(prepend(text)).invalid("form.base64url", sources=_ALPHABET),
    ("leading_space", "A blank before the token.", b" "),
    ("leading_newline", "A line feed before the token.", b"\n"),
    (
        "leading_bom",
        "A UTF-8 byte order mark before the token, as an editor may put it into a token file.",
        b"\xef\xbb\xbf",
    ),
)


@case
def trailing_space() -> Judged:
    """A blank behind the token."""
    return (
        token()
        .edit_token(append(b" "))
        .invalid("form.base64url", sources=(*_ALPHABET, issue("nearform/fast-jwt", 606)))
    )


@case
def trailing_tab() -> Judged:
    """A tab behind the token."""
    return token().edit_token(append(b"\t")).invalid("form.base64url", sources=_ALPHABET)


@case
def trailing_newline() -> Judged:
    """A line feed behind the token, as read from a file with one line."""
    return (
        token()
        .edit_token(append(b"\n"))
        .invalid("form.base64url", sources=(*_ALPHABET, issue("nearform/fast-jwt", 606)))
    )


@case
def trailing_crlf() -> Judged:
    """CR LF behind the token, as read from a file made on Windows."""
    return token().edit_token(append(b"\r\n")).invalid("form.base64url", sources=_ALPHABET)


@case
def trailing_nul() -> Judged:
    """A NUL behind the token, as a C program may send it."""
    return token().edit_token(append(b"\0")).invalid("form.base64url", sources=_ALPHABET)


@case
def space_after_period() -> Judged:
    """A blank behind the first period, as where a mail program broke the line; signed so."""
    return token().edit_payload(prepend(b" ")).invalid("form.base64url", sources=_ALPHABET)


@case
def commas() -> Judged:
    """Commas instead of periods."""
    return token().edit_token(swap(b".", b",")).invalid("form.compact", sources=_COMPACT)


@case
def percent_periods() -> Judged:
    """Periods in percent encoding, as a careless URL library writes them."""
    return token().edit_token(swap(b".", b"%2E")).invalid("form.compact", sources=_COMPACT)


@case
def fullwidth_periods() -> Judged:
    """Fullwidth full stops (U+FF0E), which look like periods and are none."""
    return token().edit_token(swap(b".", "\uff0e".encode())).invalid("form.compact", sources=_COMPACT)


@case
def zero_width_space() -> Judged:
    """An invisible U+200B behind the header, as copied from a web page."""
    return token().edit_token(insert(36, "\u200b".encode())).invalid("form.base64url", sources=_ALPHABET)


@case
def token_and_comment() -> Judged:
    """A shell comment behind the token."""
    return token().edit_token(append(b" # alice")).invalid("form.base64url", sources=_ALPHABET)


@case
def claims_unencoded() -> Judged:
    """The claims as plain JSON between the periods, signed so, while the header does not say b64 false."""
    return (
        token()
        .edit_payload(become(json_text(CLAIMS)))
        .invalid("form.base64url", sources=(jws("3.1"), jws("5.2")))
    )
