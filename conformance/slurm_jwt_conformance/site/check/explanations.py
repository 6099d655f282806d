"""Why Slurm treats a token that breaks a rule as it does, rule by rule, and what each release does.

The texts are read from the sources named; the fates are those of the vectors that break this one rule and no
other: what real daemons of four releases did with them, and what the model says of the seven between. A test
works them out again from the records.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from slurm_jwt.slurmctld import releases

SERIES = releases.series()
"""The releases of the model: a fate has one letter for each."""

OBSERVED = tuple(releases.RECORDED)
"""Those whose daemons were asked; the others are modelled from their sources."""

VERIFY = "src/plugins/auth/jwt/auth_jwt.c, auth_p_verify()"
"""Slurm's own part; slurm_auth_verify() before 21.08, cred_verify() since 26.05."""

LIBJWT = "libjwt, jwt_decode()"
JANSSON = "libjwt and jansson, json_loads()"
KEY = "src/plugins/auth/jwt/auth_jwt.c, init()"
UID = "src/common/uid.c, uid_from_string()"

_NEVER_READ = "No release reads it: the token is taken as if it were not there."
_NO_IAT = "No release reads iat, whatever it holds."
_NO_NBF = "No release reads nbf, so that a token is taken before its time."
_NOT_UTF8 = "jansson, which reads the JSON, refuses a text with a byte that is no UTF-8."
_BOM = "jansson takes a byte order mark for something that is no JSON."
_JSON = "jansson reads strict JSON, and refuses the rest; only what stands behind a NUL byte is not seen."
_HALF = "jansson refuses an escape that is one half of a pair of surrogates, wherever it stands."
_LAST = "Of two equal names jansson keeps the last."
_BIG = (
    "jansson refuses the whole text for an integer beyond 63 bits, or a number that overflows, under any "
    "name; what is smaller is read."
)


class Why(NamedTuple):
    """Why Slurm behaves so, and where that is written."""

    text: str
    source: str


WHYS: dict[str, Why] = {
    "key.empty": Why("The key file is mapped into memory, and zero bytes cannot be: no key, no start.", KEY),
    "key.length": Why(
        "Slurm takes every byte of the file for the key, and asks in no release how many there are.", KEY
    ),
    "form.size": Why(
        "Slurm has no limit near this size; the environment, where clients carry SLURM_JWT, has one.",
        "Linux, execve(2), MAX_ARG_STRLEN",
    ),
    "form.compact": Why(
        "libjwt splits the text at its first two periods: without two there is no token, and what a third "
        "one brings belongs to the signature, which then differs.",
        LIBJWT,
    ),
    "form.jws": Why("libjwt knows no encryption, and no algorithm that encrypts.", LIBJWT),
    "form.base64url": Why(
        "libjwt passes over foreign characters in header and claims, or stops at them, by version; the "
        "signature is compared as text, so that nothing foreign may be in it. Such a token works by luck.",
        f"{LIBJWT}; since 26.05 Slurm's own base64 reads the header",
    ),
    "form.pad-bits": Why(
        "In header and claims the unused bits vanish in decoding; the signature is compared as text, where "
        "they count.",
        LIBJWT,
    ),
    "header.utf8": Why(_NOT_UTF8, JANSSON),
    "header.bom": Why(_BOM, JANSSON),
    "header.json": Why(_JSON, JANSSON),
    "header.object": Why("Only an object has an alg, without which libjwt refuses.", LIBJWT),
    "header.depth": Why(
        "jansson stops at 2,048 levels; json-c, which reads the header first since 26.05, at 32.",
        f"{JANSSON}; json-c, JSON_TOKENER_DEFAULT_DEPTH",
    ),
    "header.numbers": Why(_BIG, JANSSON),
    "header.unicode": Why(_HALF, JANSSON),
    "header.duplicate": Why(f"{_LAST} A second alg is the one that counts.", JANSSON),
    "alg.required": Why("libjwt refuses a header whose alg is missing, or no text.", LIBJWT),
    "alg.hs256": Why(
        "Since 21.08 Slurm wants HS256, or RS256 with jwks=; before, libjwt decides, which takes HS384 and "
        "HS512 with the same key. Up to 1.10 libjwt reads the name in any case.",
        f"{VERIFY}; {LIBJWT}",
    ),
    "header.types": Why("Slurm and libjwt read alg, kid for RS256, typ where it is text: no more.", LIBJWT),
    "typ.jwt": Why(
        "libjwt before 1.12 refuses a typ that is text and not JWT, in any case; later ones do not look.",
        LIBJWT,
    ),
    "cty.absent": Why(_NEVER_READ, LIBJWT),
    "crit.form": Why(_NEVER_READ, LIBJWT),
    "crit.understood": Why(
        "No release reads crit: what a token demands to be understood is passed over.", LIBJWT
    ),
    "b64.absent": Why("No release reads b64: the payload counts as base64url in any case.", LIBJWT),
    "enc.absent": Why(_NEVER_READ, LIBJWT),
    "signature.match": Why(
        "slurmctld makes the HMAC-SHA256 anew, with every byte that the key file had when the daemon "
        "started, PEM lines and a final newline among them, and compares the texts.",
        f"{VERIFY}; {LIBJWT}",
    ),
    "claims.utf8": Why(_NOT_UTF8, JANSSON),
    "claims.bom": Why(_BOM, JANSSON),
    "claims.json": Why(_JSON, JANSSON),
    "claims.object": Why(
        "What is no object has no exp, and that counts as a moment long ago: expired.", f"{VERIFY}; {LIBJWT}"
    ),
    "claims.depth": Why("jansson stops at 2,048 levels, and refuses the whole token.", JANSSON),
    "claims.numbers": Why(_BIG, JANSSON),
    "claims.unicode": Why(_HALF, JANSSON),
    "claims.duplicate": Why(f"{_LAST} A second sun, or exp, is the one that counts.", JANSSON),
    "claims.types": Why("No release reads iss, sub or jti.", VERIFY),
    "aud.form": Why("No release reads aud.", VERIFY),
    "aud.unasked": Why("No release reads aud, so that a token meant for others is taken too.", VERIFY),
    "sun.required": Why(
        "The user is sun, since 21.08 else username, since 23.02 else the claim that userclaimfield= names. "
        "Where none holds a text there is no user, and the token is refused.",
        VERIFY,
    ),
    "sun.string": Why(
        "A sun that is no text counts as missing, so that since 21.08 username, and since 23.02 the claim "
        "of userclaimfield=, may take its place.",
        VERIFY,
    ),
    "sun.empty": Why(
        "An empty text counts as a name. Nobody has it, and whom Slurm cannot look up it serves as uid 99.",
        f"{VERIFY}; {UID}",
    ),
    "sun.posix": Why(
        "Any text is looked up as it stands. One that nobody has is served as uid 99, one that reads as a "
        "number as that uid; only what jansson refuses, such as a NUL, ends the token.",
        f"{VERIFY}; {UID}",
    ),
    "iat.required": Why(_NO_IAT, VERIFY),
    "iat.number": Why(_NO_IAT, VERIFY),
    "iat.integer": Why(_NO_IAT, VERIFY),
    "exp.required": Why(
        "libjwt gives -1 for a claim that is missing: a moment long ago, hence `token expired`.",
        f"{VERIFY}; libjwt, jwt_get_grant_int()",
    ),
    "exp.number": Why(
        "libjwt gives 0, or since 1.12.1 -1, for what is no integer: long ago, hence `token expired`.",
        f"{VERIFY}; libjwt, jwt_get_grant_int()",
    ),
    "exp.integer": Why(
        "A fraction or an exponent is no integer to libjwt, which then gives 0 or -1: long ago, hence "
        "`token expired`, even if the moment is yet to come.",
        f"{VERIFY}; libjwt, jwt_get_grant_int()",
    ),
    "nbf.number": Why(_NO_NBF, VERIFY),
    "exp.unexpired": Why(
        "slurmctld holds exp against its own clock, without leeway, and refuses from the second after it; "
        "in the very second of exp RFC 7519 refuses already, and Slurm does not.",
        VERIFY,
    ),
    "nbf.reached": Why(_NO_NBF, VERIFY),
    "iat.reached": Why(_NO_IAT, VERIFY),
}

_ALL = len(SERIES)
FATES: dict[str, str] = {
    **dict.fromkeys(WHYS, "R" * _ALL),
    **dict.fromkeys(
        (
            "key.length", "form.size", "header.duplicate", "header.types", "cty.absent", "crit.form",
            "crit.understood", "b64.absent", "enc.absent", "claims.duplicate", "claims.types", "aud.form",
            "aud.unasked", "sun.empty", "iat.required", "iat.number", "iat.integer", "nbf.number",
            "nbf.reached", "iat.reached",
        ),
        "T" * _ALL,
    ),
    **dict.fromkeys(("header.json", "claims.json", "exp.unexpired"), "r" * _ALL),
    **dict.fromkeys(
        ("form.pad-bits", "header.numbers", "claims.depth", "claims.numbers"), "S" * _ALL
    ),
    "form.base64url": "SSSSrrSSSSS",
    "sun.posix": "t" * _ALL,
    "key.empty": "D" * _ALL,
    "header.depth": "SSSSSSSSSSR",
    "alg.hs256": "rrrrRRRRRRR",
    "typ.jwt": "rrrrTTTTTTT",
    "sun.required": "RRrrrrrrrrr",
    "sun.string": "RRrrrrrrrrr",
}  # fmt: skip
"""What becomes of the vectors that break one rule and no other, a letter for each of SERIES.

T: all are taken. R: all are refused. t, r: all but a few are, by their details; S: some are and some are not.
D: slurmctld does not start.
"""

FEW = 0.25
"""Up to which part of the vectors "a few" goes, without it."""

_WORDS = {
    "T": "take such tokens",
    "t": "take nearly all such tokens",
    "S": "take some such tokens and refuse others",
    "r": "refuse nearly all such tokens",
    "R": "refuse such tokens",
    "D": "do not start",
}


def fate(rule: str) -> str:
    """Say what the releases do with tokens that break this rule alone, and how that is known."""
    said, at = [], 0
    letters = FATES[rule]
    for letter, same in groupby(letters.ljust(len(SERIES), letters[-1])):
        count = len([*same])
        said.append(f"{_range(at, count)} {_WORDS[letter]}")
        at += count
    return f"{'; '.join(said)} (observed on {', '.join(OBSERVED[:-1])} and {OBSERVED[-1]}, else modelled)"


def _range(first: int, count: int) -> str:
    """Name neighbours among the releases."""
    if count == len(SERIES):
        return f"all releases from {SERIES[0]} to {SERIES[-1]}"
    last = SERIES[first + count - 1]
    return last if count == 1 else f"{SERIES[first]} to {last}"
