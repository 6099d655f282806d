"""The grammar of JSON in the header, error by error: two parsers that differ halt at different ones.

Slurm reads the header with jansson, and since 26.05 with json-c before; each case ends at a place of its
own in one of them, and a verifier has to refuse them all.
"""

from slurm_jwt_vectors.build import Judged, token
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import json, jws


def _member(text: str, section: str) -> Judged:
    """The usual header with more text before its closing brace."""
    return _header(f'{{"alg":"HS256","typ":"JWT"{text}}}', section)


def _header(text: str, section: str) -> Judged:
    return token(header=text.encode()).invalid("header.json", sources=(jws("5.2"), json(section)))


@case
def comma_in_array() -> Judged:
    """A comma behind the last element of an array; json-c takes it, jansson does not."""
    return _member(',"x":[1,]', "5")


@case
def no_comma_in_array() -> Judged:
    """Two elements of an array without a comma between them."""
    return _member(',"x":[1 2]', "5")


@case
def no_comma_between_members() -> Judged:
    """Two members without a comma between them."""
    return _member(' "x":1', "4")


@case
def no_colon() -> Judged:
    """A member's name and its value without a colon between them."""
    return _member(',"x" 1', "4")


@case
def no_value() -> Judged:
    """A member's name and its colon without a value."""
    return _member(',"x":', "4")


@case
def leading_zero() -> Judged:
    """A number with a leading zero; json-c takes it, jansson does not."""
    return _member(',"x":01', "6")


@case
def hexadecimal() -> Judged:
    """A number in hexadecimal."""
    return _member(',"x":0x10', "6")


@case
def minus_alone() -> Judged:
    """A minus without digits."""
    return _member(',"x":-', "6")


@case
def minus_and_point() -> Judged:
    """A minus and a point without digits."""
    return _member(',"x":-.', "6")


@case
def nil() -> Judged:
    """The word nil, as Lisp and Ruby write null."""
    return _member(',"x":nil', "3")


@case
def inf() -> Judged:
    """The word Inf, as Python and C print infinity; json-c knows Infinity alone."""
    return _member(',"x":Inf', "3")


@case
def slash() -> Judged:
    """A slash that begins no comment."""
    return _member("/", "2")


@case
def unicode_escape_with_other_letter() -> Judged:
    """An escaped character whose four digits are not all hexadecimal."""
    return _member(r',"x":"\u12G4"', "7")


@case
def null_and_blank() -> Judged:
    """The word null and a blank: json-c finds a whole value here, and in null alone it does not."""
    return token(header=b"null ").invalid("header.object", sources=(jws("4"), jws("5.2")))
