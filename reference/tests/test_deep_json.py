"""The stack machine for deep JSON agrees with Python's parser, and cuts where it says."""

from __future__ import annotations

import json
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt.strict.deep_json import cut

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
tokens = st.sampled_from([*"[]{},:'\"\\-+.1٣ \n\t\xa0", "[[", "]]", "[[[["]) | st.sampled_from(
    ['"a"', '"\\u00e9"', '"\\x"', '"\t"', "-0", "01", "1.", "1.5e+3", ".5", "true", "null", "nul", "NaN"]
)


def refuse(_: str) -> NoReturn:
    raise ValueError


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(values, st.sampled_from([None, 1]))
def test_what_is_shallow_stays(value: object, indent: int | None) -> None:
    levels, kept = cut(json.dumps(value, indent=indent), 1000, refuse, refuse)
    assert levels == depth(value)
    assert json.loads(kept) == value


@given(values, st.integers(1, 3))
def test_what_is_deep_becomes_null(value: object, limit: int) -> None:
    def without_depth(entry: object, left: int) -> object:
        if isinstance(entry, dict):
            return {k: without_depth(v, left - 1) for k, v in entry.items()} if left else None
        if isinstance(entry, list):
            return [without_depth(v, left - 1) for v in entry] if left else None
        return entry

    _, kept = cut(json.dumps(value), limit, str, str)
    assert json.loads(kept) == without_depth(value, limit)


@given(st.lists(tokens, max_size=12).map("".join))
def test_it_takes_what_the_parser_takes(text: str) -> None:
    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - that it is one is what is tested
            cut(text, 0, str, str)
    else:
        cut(text, 0, str, str)


def test_numbers_that_fall_away_are_shown() -> None:
    seen: list[tuple[str, str]] = []
    cut("[1,[2,[3,4.5]],-6e7]", 1, lambda d: seen.append(("i", d)), lambda d: seen.append(("f", d)))
    assert seen == [("i", "2"), ("i", "3"), ("f", "4.5")]


@pytest.mark.parametrize(
    "text", ["", "[", "]", "[}", "[1,]", "{,}", '{"a"}', '{"a":1,}', "1 2", "[1]]", "{1:2}", "[:]"]
)
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that it is one is what is tested
        cut(text, 64, str, str)
