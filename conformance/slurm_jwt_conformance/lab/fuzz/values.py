"""The values that the fuzzer inserts: values that decoders and releases treat differently.

A list in one text has its values between spaces. Values that contain white space follow as bytes.
"""

from __future__ import annotations

NOW = 1893456000
"""2030-01-01T00:00:00Z, where the clock of a campaign stands still."""

_NEAR_LIMITS = (
    *(NOW + step for step in (-1, 0, 1, 1000)),
    *((1 << 63) + step for step in (-2, -1, 0, 1)),
    *(-(1 << 63) + step for step in (-1, 0, 1)),
)
NUMBERS = (
    *(str(number).encode() for number in _NEAR_LIMITS),
    *rb"""
    0 -0 1 -1 00 01 +1 1. .5 1.0 1.5 1e3 1E+3 1e-3 1e 1e+ -1.5e2 4102444800 4102444800.0 4.1024448e9
    1e308 1e309 -1e400 1e-400 NaN Infinity -Infinity 0x10 - 18446744073709551615 1_000 1,5
    true false null True nul "" "4102444800" [4102444800] {} [] -I
    """.split(),
    *(b"1" * 30, b"1" * 5000, b"0." + b"3" * 400, b"9" * 18, b"9" * 19),
)
NAMES = (
    *rb"""
    alice bob root nosuchuser nobody slurm NOBODY Alice
    0 00 +0 -0 2001 02001 +2001 2001x -1 99 65534 5000 0x0
    2147483647 2147483648 4294967295 4294967296 9223372036854775807 18446744073709551616
    alice\u0000 \u0061lice \ud83d\ude00 \ud800 \udc00 \ud800\u0041 \uD83D\uDE00 \u00e9
    \n \/ \x41 \ \t0 \u0020 alice\u200b +alice -alice
    """.split(),
    *(b"", b"alice ", b" 0", b"0 ", b"1" * 40, b"a" * 300, "é".encode(), "\U0001f600".encode()),
    *(b"\xe9", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"a\x00b", b"a\nb", b"a\x1fb", b"a\x7fb"),
)
_ALGORITHM_NAMES = (
    *rb"""
    HS256 hs256 Hs256 HS384 HS512 hs512 RS256 rs256 ES256 ES256K PS256 EdDSA EDDSA none None NONE
    HS\u003256 HS256\u0000 HS256\u0000x \ud800\n a\r\nb
    \ud800\ud800 \ud83d\ude00 [127.0.0.1:5] %s%n
    """.split(),
    *(b"", b"HS256 ", b" HS256", b"\xef\xbc\xa8S256", b"H\xc5\xbf256", b"HS\x00256", b"H\nS", b"\xff"),
    *(b"x\\n[2030-01-01T00:00:00.000] error: y", b"x\\nerror: y", b"slurm_receive_msg [localhost:1]"),
    *(b"a\\u2028error: b", b"a" * 3000),
)
WORDS = (
    *rb"""
    true TRUE tru truex False falsE nULL nullx n nan NaN -nan inf Infinity iNFINITY -infinity -Infinit
    Infinityx -I I 1.-5 12e5.3 1.5e+ 1e -1.5E- 007 - 1..2 1e+-2 -.5 -e5 1- 99999999999999999999
    [1,] [,] {"a":1,} [/**/1] {} [null,true] 1/**/ 1/ 'x' x
    """.split(),
    b"[1 2]",
)
ALGORITHMS = (
    *(b'"%s"' % name for name in _ALGORITHM_NAMES),
    *rb'null 256 ["HS256"] true {"a":1}'.split(),
)
TYPES = (*rb'"JWT" "jwt" "JOSE" "at+jwt" "" null 5 ["JWT"] "J\u0057T"'.split(),)
MEMBERS = (
    *rb"""
    "alg" "typ" "exp" "sun" "username" "iat" "nbf" "kid" "crit" "b64" "Alg" "EXP" "e\u0078p" "s\u0075n"
    "alg\u0000" "exp\u0000" "" 'alg' "al\u0067" "sub" "aud"
    """.split(),
    b'"a\xffg"',
)
SPACES = (b" ", b"\t", b"\n", b"\r", b"\r\n", b"\v", b"\f", b"\x00", b"\xc2\xa0", b"\xe2\x80\xa8", b"  ")
TAILS = (
    *(b" ", b"\n", b"x", b"{}", b"\x00", b"\x00junk", b"/*c*/", b"/* ", b"//c\n", b"//c", b"#", b","),
    *(b"}", b"]", b"\x00{", b" \x00", b"/", b"/\x00", b"/*\x00", b"\xff", b"\xc3", b"null", b"\v"),
)
HEADS = (
    *(b"\xef\xbb\xbf", b" ", b"\n\t", b"/**/", b"//x\n", b"\x00"),
    *(b"[", b"x", b"\v", b"'", b"\xfe\xff", b"/"),
)
FOREIGN = (
    *b"! = == { | ~ % * , + / - _ A @ [ ` : .".split(),
    *(b" ", b"\n", b"\r\n", b"\t", b"\x80", b"\xff", b"\xaa", b"\xc3\xa9", b"\x01", b"\x7f", b"\x00"),
)
DEPTHS = (1, 2, 28, 29, 30, 31, 32, 33, 40, 199, 200, 201)
DEEP = (900, 1000, 2044, 2045, 2046, 2047, 2048, 2049, 3000)
