"""The branches of the model's two JSON parsers: jansson for both parts, json-c for the header alone."""

from __future__ import annotations

from typing import Literal

from tools.branches.branch import RELEASES, Branch

_JANSSON: tuple[tuple[str, str, str, str], ...] = (
    ("utf8", "is no UTF-8", "jansson._exactly: otherwise", ""),
    ("root", "begins with no bracket", "jansson_exact.parse: '[' or '{' expected", "json-c read an object"),
    ("trailing", "goes on behind its end", "jansson_exact.parse: end of file expected", ""),
    (
        "depth",
        "has more than 2048 levels",
        "jansson_exact._value: maximum parsing depth reached",
        "json-c took at most 32 levels",
    ),
    ("comma", "has no comma between two items", "jansson_exact._item: '{}' expected", ""),
    ("value", "has something else where a value is due", "jansson_exact._item: unexpected token", ""),
    (
        "name",
        "has something else where a member's name is due",
        "jansson_exact._key: a member's name and a colon expected if kind != 'string'",
        "",
    ),
    (
        "colon",
        "has no colon behind a member's name",
        "jansson_exact._key: a member's name and a colon expected if next(tokens)[0] != ':'",
        "json-c read that colon",
    ),
    ("token", "has something that is no token of JSON", "jansson_exact._tokens: invalid token", ""),
    ("word", "has a word other than true, false, null", "jansson_exact._token: invalid token", ""),
    (
        "nul",
        "has the escape of NUL",
        "jansson_exact._character: no character of a C string if code == 0",
        "",
    ),
    (
        "surrogate",
        "has the escape of a lone surrogate",
        "jansson_exact._character: no character of a C string if 55296 <= code <= 57343",
        "",
    ),
    ("integer", "has an integer beyond 64 bits", "jansson.integer: too big integer", ""),
    ("real", "has a number beyond any double", "jansson.real: real number overflow", ""),
)
"""Of jansson's branches: name, what the text does, its place, why no header gets there since 26.05."""


_JSON_C: tuple[tuple[str, str, str], ...] = (
    ("end", "ends before its value does", "jsonc._peek: SUCCESS if whole else CONTINUE"),
    (
        "nul",
        "has a NUL before its end",
        "jsonc.run: at_nul and State.FINISH not in {self.level.state, self.level.saved}",
    ),
    ("null", "is null", "plugin._header_alg: outcome"),
    ("depth", "has more than 32 levels", "jsonc._descend: nesting too deep"),
    ("value", "has a character that begins no value", "jsonc._scalar: unexpected character"),
    ("comment", "has a slash that begins no comment", "jsonc._comment_start: expected comment"),
    ("escape", "has an unknown escape", "jsonc._escape: invalid string sequence"),
    ("unicode", r"has \u without four hexadecimal digits", "jsonc._unicode: invalid string sequence"),
    ("word", "has a word other than null, NaN, true, false", "jsonc._word: _WORD_ERROR[start]"),
    ("infinity", "has a word with I other than Infinity", "jsonc._infinity: unexpected character"),
    ("number", "has a number with something at its heels", "jsonc._number: number expected"),
    ("minus", "has a minus without digits", "jsonc_numbers.as_number: not (text != b'-')"),
    (
        "digits",
        "has digits and points of no number",
        "jsonc_numbers.as_number: not (_DOUBLE.fullmatch(text))",
    ),
    (
        "array",
        "has no comma between elements",
        "jsonc._array_separator: array value separator ',' expected",
    ),
    (
        "name",
        "has a member without a quoted name",
        "jsonc._field_start: quoted object property name expected",
    ),
    ("colon", "has a name without a colon", "jsonc._field_end: object property name separator ':' expected"),
    (
        "object",
        "has no comma between members",
        "jsonc._object_separator: object value separator ',' expected",
    ),
)
_JSON_C_LOOK = "plugin._json_c_look: the header is no JSON that json-c reads"
_NUMBER = "jsonc._number: number expected (2)"


def jansson_branches(part: Literal["header", "payload"]) -> tuple[Branch, ...]:
    """Return jansson's branches for a part; json-c spares some of them the header since 26.05."""
    place = f"libjwt.decode: the {part} is no JSON that jansson reads"
    return tuple(
        Branch(
            f"{part}.{name}",
            f"the {part} {fault} (jansson)",
            RELEASES[:3] if part == "header" and before else RELEASES,
            (place, site),
            unreachable=f"26.05: {before}" if part == "header" and before else "",
        )
        for name, fault, site, before in _JANSSON
    )


JSON_C_BRANCHES: tuple[Branch, ...] = tuple(
    Branch(
        f"json-c.{name}",
        f"the header {fault} (json-c)",
        RELEASES[3:],
        (_JSON_C_LOOK, *((_NUMBER,) if name in {"minus", "digits"} else ()), site),
    )
    for name, fault, site in _JSON_C
)
"""json-c reads the header since 26.05."""
