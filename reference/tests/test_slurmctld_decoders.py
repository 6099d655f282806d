"""The model's base64 and JSON readers, each against what its original is known to take and refuse."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt.slurmctld import base64s, jansson, jansson_exact, jsonc


class TestBase64:
    def test_every_decoder_reads_what_is_well_formed(self):
        for length in range(1, 40):
            raw = bytes(range(200, 200 + length))
            part = base64.urlsafe_b64encode(raw).rstrip(b"=")
            decoders = (base64s.libb64, base64s.apache, base64s.apache_whole_groups, base64s.slurm)
            assert [decode(part) for decode in decoders] == [raw] * 4, length

    def test_both_alphabets_count(self):
        for decode in (base64s.libb64, base64s.apache, base64s.apache_whole_groups, base64s.slurm):
            assert decode(b"-_+/") == decode(b"+/-_") == b"\xfb\xff\xbf"

    def test_a_foreign_character_is_skipped_stops_or_spoils(self):
        part = b"YWJj!ZGVm"
        assert base64s.libb64(part) == b"abcdef"
        assert base64s.apache(part) == b"abc"
        assert base64s.apache_whole_groups(part) == b"abc"
        assert base64s.slurm(part) is None

    def test_a_single_left_over_character_is_dropped_or_spoils(self):
        part = b"YWJjZ"
        assert base64s.libb64(part) == base64s.apache(part) == b"abc"
        assert base64s.apache_whole_groups(part) == b""
        assert base64s.slurm(part) is None

    def test_slurm_takes_padding_at_the_end_alone(self):
        assert base64s.slurm(b"YQ==") == base64s.slurm(b"YQ=") == base64s.slurm(b"YQ") == b"a"
        assert base64s.slurm(b"YWI=") == b"ab"
        for part in (b"", b"YQ==YQ==", b"Y===", b"=YQ=", b"YWI==", b"YWJj=", b"YWJj===="):
            assert base64s.slurm(part) is None, part

    def test_spare_bits_do_not_matter_to_slurm(self):
        assert base64s.slurm(b"YR") == b"a"


TAKEN = {
    b"{}": {},
    b" \t\r\n[1] ": [1],
    b'{"a":1,"a":2}': {"a": 2},
    b'{"a":9223372036854775807}': {"a": 2**63 - 1},
    b'{"a":-9223372036854775808}': {"a": -(2**63)},
    b'{"a":-0}': {"a": 0},
    b'{"a":1e3}': {"a": 1000.0},
    b'{"\\u0061":"\\ud83d\\ude00"}': {"a": "\U0001f600"},
    b'{"a":"\x7f"}': {"a": "\x7f"},
    b'{"a":"\\/"}': {"a": "/"},
    b'{"a":1}\0 and more': {"a": 1},
    '{"é":null}'.encode(): {"é": None},
}
REFUSED = (
    *(b"", b" ", b"1", b'"a"', b"null", b"\0{}", b"{} x", b"{}{}", b"\xef\xbb\xbf{}", b"[1,]", b'{"a":1,}'),
    *(b'{"a":9223372036854775808}', b'{"a":-9223372036854775809}', b'{"a":1e999}', b'{"a":-1e999}'),
    *(b'{"a":01}', b'{"a":+1}', b'{"a":1.}', b'{"a":.5}', b'{"a":1e}', b'{"a":NaN}', b'{"a":Infinity}'),
    *(b'{"a":-Infinity}', b"{'a':1}", b"{/**/}", b'{"a":tru}', b'{"a":truex}', b'{"a":True}', b"[1 2]"),
    *(
        b'{"a":"\\u0000"}',
        b'{"\\u0000":1}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00"}',
        b'{"a":"\\ud800\\u0041"}',
    ),
    *(
        b'{"a":"\n"}',
        b'{"a":"\x1f"}',
        b'{"a":"\\x41"}',
        b'{"a":"\\u12"}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
    ),
    *(
        b'{"a":"\xc0\x80"}',
        b'{"a"',
        b'{"a":',
        b'{"a":1',
        b"[",
        b"[1",
        b"{1:2}",
        b'{"a" 1}',
        b"]",
        b"{]",
        b"[}",
    ),
    b'{"a":' + b"1" * 5000 + b"}",
)


class TestJansson:
    @pytest.mark.parametrize("text", TAKEN, ids=repr)
    def test_takes(self, text):
        assert jansson.loads(text) == TAKEN[text]
        assert jansson_exact.parse(text.split(b"\0")[0].decode()) == TAKEN[text]

    @pytest.mark.parametrize("text", REFUSED, ids=repr)
    def test_refuses(self, text):
        assert jansson.loads(text) is jansson.INVALID
        with pytest.raises(ValueError):  # noqa: PT011 - UnicodeDecodeError is one too
            jansson_exact.parse(text.split(b"\0")[0].decode())

    @pytest.mark.parametrize(
        ("arrays", "inner", "taken"),
        [(2047, b"1", True), (2048, b"", True), (2048, b"1", False), (2049, b"", False)],
    )
    def test_nesting_ends_at_2048_levels(self, arrays, inner, taken):
        text = b"[" * arrays + inner + b"]" * arrays
        assert (jansson.loads(text) is not jansson.INVALID) is taken

    @given(
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(2**63), 2**63 - 1)
            | st.text(st.characters(exclude_categories=["Cs"])),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
        )
    )
    def test_both_ways_read_what_json_writes(self, value):
        for ascii_only in (True, False):
            text = json.dumps([value], ensure_ascii=ascii_only)
            expected = None if "\\u0000" in text.replace("\\\\", "") else [value]
            assert jansson.loads(text.encode()) == expected
            if expected is not None:
                assert jansson_exact.parse(text) == expected

    @given(st.text('{}[]:,"\\ue0 1-.tnN\n', max_size=14))
    def test_both_ways_agree_on_scraps(self, scrap):
        for text in (scrap, "[" + scrap + "]", '{"a":' + scrap + "}"):
            quick = jansson.loads(text.encode())
            try:
                exact = jansson_exact.parse(text)
            except ValueError:
                exact = None
            assert quick == exact


class TestJsonC:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            (b'{"a":1}', {b"a": 1}),
            (b"{'a':'b'}", {b"a": b"b"}),
            (b'{"a":1,}', {b"a": 1}),
            (b"[1,]", [1]),
            (b'{"a":1} x', {b"a": 1}),
            (b'{"a":1}\0x', {b"a": 1}),
            (b'/*x*/{//y\n"a"/**/:1}', {b"a": 1}),
            (b'{"a":TRUE,"b":nULL}', {b"a": True, b"b": None}),
            (b'{"a":-Infinity}', {b"a": float("-inf")}),
            (b'{"a":007,"b":1.,"c":1e+}', {b"a": 7, b"b": 1.0, b"c": 1.0}),
            (b'{"a":99999999999999999999}', {b"a": 99999999999999999999}),
            (b'{"a\\u0000b":"c\\u0000d"}', {b"a": b"c\0d"}),
            (b'{"a":"\xff\n"}', {b"a": b"\xff\n"}),
            (b'{"a":"\\ud800x"}', {b"a": b"\xef\xbf\xbdx"}),
            (b'{"a":"\\ud800\\n"}', {b"a": b"\xef\xbf\xbd\n"}),
            (b'{"a":"\\ud83d\\ude00"}', {b"a": "\U0001f600".encode()}),
            (b'{"a":"\\udc00"}', {b"a": b"\xef\xbf\xbd"}),
            (b'{"a":1,"a":2}', {b"a": 2}),
            (b'{"a":1/*\0', 1),
        ],
        ids=repr,
    )
    def test_takes(self, text, value):
        assert jsonc.parse(text) == (value, jsonc.SUCCESS)

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (b"", "continue"),
            (b'{"a":1', "continue"),
            (b"{}/", "continue"),
            (b"1", "continue"),
            (b"null", "continue"),
            (b'{"a":1\0', "unexpected end of data"),
            (b'{"a', "continue"),
            (b'{"a\0', "unexpected end of data"),
            (b"{a:1}", "quoted object property name expected"),
            (b'{"a"=1}', "object property name separator ':' expected"),
            (b'{"a":1 "b":2}', "object value separator ',' expected"),
            (b"[1 2]", "array value separator ',' expected"),
            (b'{"a":tru}', "boolean expected"),
            (b'{"a":nul}', "null expected"),
            (b'{"a":Inf}', "unexpected character"),
            (b'{"a":1x}', "number expected"),
            (b'{"a":-}', "number expected"),
            (b'{"a":1.-5}', "number expected"),
            (b'{"a":"\\x"}', "invalid string sequence"),
            (b'{"a":"\\u12x"}', "invalid string sequence"),
            (b"\xef\xbb\xbf{}", "unexpected character"),
            (b"{/x}", "expected comment"),
        ],
        ids=repr,
    )
    def test_refuses_and_says_why(self, text, why):
        assert jsonc.parse(text) == (None, why)

    @pytest.mark.parametrize(("arrays", "why"), [(31, jsonc.SUCCESS), (32, "nesting too deep")])
    def test_nesting_ends_at_32_levels(self, arrays, why):
        assert jsonc.parse(b"[" * arrays + b"1" + b"]" * arrays)[1] == why

    @given(st.text("{}[]:,\"'\\ue0 1-.tnNI/*\n\0", max_size=14))
    def test_takes_all_that_jansson_takes(self, scrap):
        text = ('{"alg":' + scrap + "}").encode()
        value = jansson.loads(text)
        if value is not jansson.INVALID:
            read, why = jsonc.parse(text.split(b"\0")[0])
            assert why == jsonc.SUCCESS
            assert isinstance(read, dict)
            assert isinstance(value, dict)
            alg = value["alg"]
            assert read[b"alg"] == (alg.encode() if isinstance(alg, str) else read[b"alg"])
