"""The refusal branches of the model of slurmctld, with the releases that have them, written by hand.

A test holds this list against the model's source: every place that `branch_sites` finds there belongs to a
branch, or is said here to be none.
"""

from __future__ import annotations

from tools.branches.branch import RELEASES, Branch
from tools.branches.json_branches import JSON_C_BRANCHES, jansson_branches

_20_11, _22_05, _24_11, _26_05 = RELEASES
_TO_24_11, _SINCE_22_05 = RELEASES[:3], RELEASES[1:]
_VERDICTS = "reference/tests/test_slurmctld_verdicts.py::"
_USERS = "reference/tests/test_slurmctld_users.py::"


_NO_BASE64 = "plugin._json_c_look: the header is no base64 that Slurm reads"
_NO_ALG = "plugin._algorithm: alg is not HS256"
_NO_KIND = "libjwt.decode: alg is missing or unknown to libjwt if kind is None"
_NULL_ALG = (_NO_ALG, "plugin._algorithm: not (alg is not None)", "plugin._header_alg: alg is None")
_JSON_C_ALG = "26.05: json-c read HS256 there"

_BEFORE: tuple[Branch, ...] = (
    Branch(
        "daemon.key-empty",
        "the key file is empty, and the daemon does not start",
        RELEASES,
        ("plugin.keyless_start: slurmctld does not start with an empty key file",),
    ),
    Branch("look.dot", "there is no dot", (_26_05,), (_NO_BASE64, "plugin._json_c_look: not (dot)")),
    Branch("look.empty", "the header is empty", (_26_05,), (_NO_BASE64, "base64s.slurm: not padded")),
    Branch(
        "look.length",
        "the header has one character over",
        (_26_05,),
        (_NO_BASE64, "base64s.slurm: len(part) % 4 == 1"),
    ),
    Branch(
        "look.alphabet",
        "the header has a character that is not base64's, or misplaced padding",
        (_26_05,),
        (_NO_BASE64, "base64s.slurm: not _SLURM_BODY.fullmatch(padded)"),
    ),
)

_ALGORITHM: tuple[Branch, ...] = (
    Branch(
        "alg.no-object",
        "the header is no object, so that there is no alg",
        (_26_05,),
        (*_NULL_ALG, "plugin._header_alg: not (isinstance(value, dict))"),
    ),
    Branch(
        "alg.no-string",
        "alg is missing or no string",
        (_26_05,),
        (*_NULL_ALG, "plugin._header_alg: not (isinstance(found, bytes))"),
    ),
    Branch("alg.other", "alg is a string other than HS256 and RS256", _SINCE_22_05, (_NO_ALG,)),
    Branch("alg.rs256", "alg is RS256", _SINCE_22_05, ("plugin._algorithm: alg is RS256, without a JWKS",)),
    Branch(
        "alg.no-hmac",
        "libjwt knows alg, and it is none or wants a public key",
        (_20_11,),
        ("plugin._other_algorithm: alg {} does not work with this key",),
    ),
    Branch(
        "alg.jwks",
        "alg is HS256, and only a JWKS is loaded",
        _SINCE_22_05,
        ("plugin._algorithm: jwks is set and jwt_key is not",),
        needs="AuthAltParameters=jwks= without jwt_key=",
        covered_by=_VERDICTS + "TestSettings::test_a_jwks_alone_leaves_no_key_since_21_08",
    ),
)

_LIBJWT: tuple[Branch, ...] = (
    Branch(
        "form.no-dot",
        "there is no dot (libjwt)",
        _TO_24_11,
        ("libjwt.decode: a token has two dots if not dot",),
        "26.05: Slurm has looked for it before",
    ),
    Branch(
        "form.one-dot",
        "there is no second dot (libjwt)",
        RELEASES,
        ("libjwt.decode: a token has two dots if not second_dot",),
    ),
    Branch(
        "libjwt-alg.array",
        "the header is an array, so that there is no alg (libjwt)",
        _TO_24_11,
        (
            _NO_KIND,
            "libjwt.decode: alg is missing or unknown to libjwt if alg is None",
            "libjwt._kind: alg is None",
            "libjwt.string: not (isinstance(json, dict))",
        ),
        _JSON_C_ALG,
    ),
    Branch(
        "libjwt-alg.no-string",
        "alg is missing or no string (libjwt)",
        _TO_24_11,
        (
            _NO_KIND,
            "libjwt.decode: alg is missing or unknown to libjwt if alg is None",
            "libjwt._kind: alg is None",
            "libjwt.string: not (isinstance(value, str))",
        ),
        _JSON_C_ALG,
    ),
    Branch(
        "libjwt-alg.not-ascii",
        "alg has characters beyond ASCII (libjwt)",
        _TO_24_11,
        (_NO_KIND, "libjwt._kind: not alg.isascii()"),
        _JSON_C_ALG,
    ),
    Branch(
        "libjwt-alg.unknown",
        "alg is no name that libjwt knows, in any case",
        _TO_24_11,
        (_NO_KIND, "libjwt._kind: not (alg in library.algorithms)"),
        _JSON_C_ALG,
    ),
    Branch(
        "libjwt-alg.case",
        "alg is a name that libjwt knows, in another case",
        (_24_11, _26_05),
        (_NO_KIND, "libjwt._kind: not (alg in library.algorithms)"),
    ),
    Branch(
        "libjwt.typ",
        "typ is a string other than JWT, in any case",
        (_20_11, _22_05),
        ("libjwt.decode: libjwt before 1.12 takes no typ but JWT",),
    ),
    Branch(
        "libjwt.keyless",
        "this libjwt decodes nothing without a key but alg none",
        (),
        ("plugin._signature: this libjwt decodes nothing without a key but alg none",),
        needs="libjwt 2.1.1 or later",
        covered_by=_VERDICTS + "test_libjwt_2_1_1_refuses_everything_from_21_08_to_25_11",
    ),
)

_MISSING = "plugin._why_expired: exp is missing, which libjwt reads as a moment long ago if "
_DIFFERS = "plugin._signature: the signature is not that of this key over this text if "
_BESIDE = "a name beside the token (X-SLURM-USER-NAME)"

_AFTER: tuple[Branch, ...] = (
    Branch(
        "signature.differs",
        "the signature is not that of this key over this text",
        RELEASES,
        (_DIFFERS + "not libjwt.is_signed(jwt, daemon.key)",),
    ),
    Branch(
        "exp.array",
        "the payload is an array, without exp",
        RELEASES,
        (_MISSING + "not isinstance(claims, dict)",),
    ),
    Branch("exp.missing", "there is no exp", RELEASES, (_MISSING + "'exp' not in claims",)),
    Branch(
        "exp.no-integer",
        "exp is no JSON integer",
        RELEASES,
        ("plugin._why_expired: exp is no JSON integer, which libjwt reads as a moment long ago",),
    ),
    Branch("exp.past", "exp is in the past", RELEASES, ("plugin._why_expired: exp is in the past",)),
    Branch(
        "user.no-name",
        "no claim names the user with a string",
        RELEASES,
        (
            "plugin._user: no claim names the user with a string",
            "libjwt.string: not (isinstance(value, str))",
        ),
    ),
    Branch(
        "beside.unknown",
        "there is another name beside the token, whose user is unknown",
        RELEASES,
        ("plugin._on_behalf: the token's user is unknown",),
        needs=_BESIDE,
        covered_by=_VERDICTS + "TestNameBeside::test_a_user_that_is_unknown_may_not",
    ),
    Branch(
        "beside.ordinary",
        "there is another name beside the token of an ordinary user",
        RELEASES,
        ("plugin._on_behalf: only root and SlurmUser may act for another user",),
        needs=_BESIDE,
        covered_by=_VERDICTS + "TestNameBeside::test_others_may_not",
    ),
)

_RANGE = "users.uid_from_string: not 0 <= number <= rule.highest"
_NO_GROUP = (
    "users.uid_in_charge: rule.gid_too and (uid not in users.by_uid or users.by_uid[uid].gid == NO_GID)"
)
_AS_NOBODY = "users.uid_in_charge: uid is None"

_LOOKUP: tuple[Branch, ...] = (
    Branch(
        "uid.nobody",
        "the user is the name nobody",
        (_26_05,),
        (_AS_NOBODY, "users.uid_from_string: name == 'nobody' and (not rule.nobody_resolves)"),
    ),
    Branch(
        "uid.no-number",
        "the user is no known name and no number",
        RELEASES,
        (_AS_NOBODY, "users.uid_from_string: not _NUMBER.fullmatch(name)"),
    ),
    Branch(
        "uid.digits",
        "the user is a number of more than 19 digits",
        RELEASES,
        (_AS_NOBODY, "users.uid_from_string: len(name.strip().lstrip('+-0')) > 19"),
    ),
    Branch("uid.negative", "the user is a negative number", RELEASES, (_AS_NOBODY, _RANGE)),
    Branch("uid.too-big", "the user is a number that no uid can be", RELEASES, (_AS_NOBODY, _RANGE)),
    Branch(
        "uid.unknown",
        "the user is a number that is nobody's",
        _SINCE_22_05,
        (_AS_NOBODY, "users.uid_from_string: rule.must_exist and number not in users.by_uid"),
    ),
    Branch(
        "uid.group",
        "the user has no primary group",
        (_24_11, _26_05),
        (_NO_GROUP,),
        needs="a user database with gid 4294967295",
        covered_by=_USERS + "test_a_primary_group_is_needed_since_23_11",
    ),
)
"""Branches that do not refuse the token, but the user: it is accepted, and served as uid 99."""

BRANCHES: tuple[Branch, ...] = (
    *_BEFORE,
    *JSON_C_BRANCHES,
    *_ALGORITHM,
    *_LIBJWT,
    *jansson_branches("header"),
    *jansson_branches("payload"),
    *_AFTER,
    *_LOOKUP,
)
"""Every branch, about in the order in which a token meets them."""

NO_BRANCHES: dict[str, str] = {
    "base64s.apache_whole_groups: len(run) % 4 == 1": "upstream libjwt; the recorded ones are Debian's",
    "jansson._refuse: {} is no JSON": "the quick way's word for header.word and payload.word",
    "jansson.loads: not (length == len(text) and isinstance(value, (dict, list)))": "the quick way",
    "jansson.loads: otherwise": "the quick way; what it refuses, jansson_exact refuses with a reason",
    "jsonc._advance: SUCCESS": "a NUL inside a value; json-c.nul follows",
    "jsonc._character: 55296 <= number <= 56319": "waits for the other surrogate",
    "jsonc._finish: SUCCESS": "the value is whole",
    "libjwt.version: Slurm's auth/jwt is not built with libjwt {}: it wants 1.10 up to 2": "no token",
    "libjwt.version: {} is no version of libjwt": "no token",
    "plugin._algorithm: name == b'HS256'": "the token goes on",
    "plugin._signature: otherwise": "the token goes on",
    _DIFFERS + "daemon.key is None": "alg.jwks has come before",
    "plugin.verify: _why_expired(decoded)": "passes on the branches of exp",
    "plugin.verify: decoded": "passes on what libjwt.decode says",
    "users.name_of: not (account)": "names a uid for the reader",
    "users.parse_passwd: line {} is no line of a passwd file if len(fields) < 4": "no token",
    "users.parse_passwd: line {} is no line of a passwd file if not fields[0]": "no token",
    "users.parse_passwd: line {} is no line of a passwd file"
    " if not (fields[2].isdecimal() and fields[3].isdecimal())": "no token",
}
"""Places that are no branches of their own, and why."""
