"""What the fuzzer puts in: values that decoders and releases have been seen to treat differently."""

from __future__ import annotations

NOW = 1893456000
"""2030-01-01T00:00:00Z, where the clock of a campaign stands still."""

NUMBERS = tuple(
    text.encode()
    for text in (
        *(str(NOW + step) for step in (-1, 0, 1, 1000)),
        *(str((1 << 63) + step) for step in (-2, -1, 0, 1)),
        *(str(-(1 << 63) + step) for step in (-1, 0, 1)),
        *("0 -0 1 -1 00 01 +1 1. .5 1.0 1.5 1e3 1E+3 1e-3 1e 1e+ -1.5e2 4102444800 4102444800.0 4.1024448e9"),
        *("4102444800", "1e308", "1e309", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity", "0x10", "-"),
        *("18446744073709551615", "1" * 30, "1" * 5000, "0." + "3" * 400, "1_000", "1,5", "9" * 18, "9" * 19),
        *("true", "false", "null", "True", "nul", '""', '"4102444800"', "[4102444800]", "{}", "[]", "-I"),
    )
)
NAMES = (
    *(b"alice", b"bob", b"root", b"nosuchuser", b"nobody", b"slurm", b"NOBODY", b"Alice", b"alice ", b""),
    *(b"0", b"00", b" 0", b"+0", b"-0", b"0 ", b"2001", b"02001", b"+2001", b"2001x", b"-1", b"99", b"65534"),
    *(b"2147483647", b"2147483648", b"4294967295", b"4294967296", b"9223372036854775807", b"5000", b"0x0"),
    *(b"18446744073709551616", b"1" * 40, b"alice\\u0000", b"\\u0061lice", b"\\ud83d\\ude00", b"\\ud800"),
    *(b"\\udc00", b"\\ud800\\u0041", b"\\uD83D\\uDE00", b"\\u00e9", "é".encode(), b"\xe9", b"\xed\xa0\x80"),
    *(b"\xf4\x90\x80\x80", b"\xc0\x80", b"a\x00b", b"a\nb", b"a\x1fb", b"a\x7fb", b"\\n", b"\\/", b"\\x41"),
    *(b"\\", b"a" * 300, b"\\t0", b"\\u0020", b"alice\\u200b", "\U0001f600".encode(), b"+alice", b"-alice"),
)
_ALGORITHM_NAMES: tuple[bytes, ...] = (
    *(b"HS256", b"hs256", b"Hs256", b"HS384", b"HS512", b"hs512", b"RS256", b"rs256", b"ES256", b"ES256K"),
    *(b"PS256", b"EdDSA", b"EDDSA", b"none", b"None", b"NONE", b"", b"HS256 ", b" HS256", b"HS\\u003256"),
    *(
        b"HS256\\u0000",
        b"HS256\\u0000x",
        b"\xef\xbc\xa8S256",
        b"H\xc5\xbf256",
        b"HS\x00256",
        b"H\nS",
        b"\xff",
    ),
    *(
        b"x\\n[2030-01-01T00:00:00.000] error: y",
        b"x\\nerror: y",
        b"slurm_receive_msg [localhost:1]",
        b"\\ud800\\n",
    ),
    *(
        b"a\\u2028error: b",
        b"a\\r\\nb",
        b"\\ud800\\ud800",
        b"\\ud83d\\ude00",
        b"[127.0.0.1:5]",
        b"%s%n",
        b"a" * 3000,
    ),
)
WORDS = (
    *(
        b"true",
        b"TRUE",
        b"tru",
        b"truex",
        b"False",
        b"falsE",
        b"nULL",
        b"nullx",
        b"n",
        b"nan",
        b"NaN",
        b"-nan",
    ),
    *(
        b"inf",
        b"Infinity",
        b"iNFINITY",
        b"-infinity",
        b"-Infinit",
        b"Infinityx",
        b"-I",
        b"I",
        b"1.-5",
        b"12e5.3",
    ),
    *(
        b"1.5e+",
        b"1e",
        b"-1.5E-",
        b"007",
        b"-",
        b"1..2",
        b"1e+-2",
        b"-.5",
        b"-e5",
        b"1-",
        b"99999999999999999999",
    ),
    *(
        b"[1,]",
        b"[,]",
        b"[1 2]",
        b'{"a":1,}',
        b"[/**/1]",
        b"{}",
        b"[null,true]",
        b"1/**/",
        b"1/",
        b"'x'",
        b"x",
    ),
)
ALGORITHMS: tuple[bytes, ...] = (
    *(b'"%s"' % name for name in _ALGORITHM_NAMES),
    *(b"null", b"256", b'["HS256"]', b"true", b'{"a":1}'),
)
TYPES = (b'"JWT"', b'"jwt"', b'"JOSE"', b'"at+jwt"', b'""', b"null", b"5", b'["JWT"]', b'"J\\u0057T"')
MEMBERS = (
    *(
        b'"alg"',
        b'"typ"',
        b'"exp"',
        b'"sun"',
        b'"username"',
        b'"iat"',
        b'"nbf"',
        b'"kid"',
        b'"crit"',
        b'"b64"',
    ),
    *(b'"Alg"', b'"EXP"', b'"e\\u0078p"', b'"s\\u0075n"', b'"alg\\u0000"', b'"exp\\u0000"', b'""', b"'alg'"),
    *(b'"al\\u0067"', b'"a\xffg"', b'"sub"', b'"aud"'),
)
BLANKS = (b" ", b"\t", b"\n", b"\r", b"\r\n", b"\v", b"\f", b"\x00", b"\xc2\xa0", b"\xe2\x80\xa8", b"  ")
TAILS = (
    *(
        b" ",
        b"\n",
        b"x",
        b"{}",
        b"\x00",
        b"\x00junk",
        b"/*c*/",
        b"/* ",
        b"//c\n",
        b"//c",
        b"#",
        b",",
        b"}",
        b"]",
    ),
    *(b"\x00{", b" \x00", b"/", b"/\x00", b"/*\x00", b"\xff", b"\xc3", b"null", b"\v"),
)
HEADS = (
    b"\xef\xbb\xbf",
    b" ",
    b"\n\t",
    b"/**/",
    b"//x\n",
    b"\x00",
    b"[",
    b"x",
    b"\v",
    b"'",
    b"\xfe\xff",
    b"/",
)
FOREIGN = (
    *(
        b"!",
        b"=",
        b"==",
        b" ",
        b"\n",
        b"\r\n",
        b"\t",
        b"{",
        b"|",
        b"~",
        b"%",
        b"*",
        b",",
        b"+",
        b"/",
        b"-",
        b"_",
    ),
    *(b"\x80", b"\xff", b"\xaa", b"A", b"@", b"[", b"`", b":", b"\xc3\xa9", b"\x01", b"\x7f", b"\x00", b"."),
)
DEPTHS = (1, 2, 28, 29, 30, 31, 32, 33, 40, 199, 200, 201)
DEEP = (900, 1000, 2044, 2045, 2046, 2047, 2048, 2049, 3000)
