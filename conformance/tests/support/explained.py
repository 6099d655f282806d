"""Lines that people pasted in public, and what `slurm-jwt explain` must say about them."""

from __future__ import annotations

from typing import NamedTuple

QUICKSTART = "slurm.schedmd.com/rest_quickstart.html, Common Issues"
OPERATOR = "github.com/SlinkyProject/slurm-operator issue 240"
BRIDGE = "public end-to-end scripts of a Slurm bridge"
PCLUSTER = "github.com/aws/aws-parallelcluster issue 3865"
LIBRARY = "the source of the library"
DOCTOR = "the doctor's own `log:` texts"
SOURCES = "the sources of Slurm"


class Case(NamedTuple):
    """A line, the entry that explains it, words of the explanation, and words that must not be in it."""

    origin: str
    text: str
    message: str
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


_OPS = "slurmrestd: error: operations_router: [[localhost]:44570(fd:9)] authentication failed: "
_REST = "slurmrestd: error: slurm_rest_auth_p_authenticate: "
_TWO = "mutually exclusive headers X-SLURM-USER-TOKEN and Authorization found. Rejecting ambiguous"
_WORD = "Environment=SLURM_JWT=daemon"
_UNSEEN = "slurmctld never saw the token"

CASES: tuple[Case, ...] = (
    Case(
        QUICKSTART,
        "slurmrestd: error: Rejecting thread config token for user (null)",
        "restd.no-daemon-word",
        (_WORD, _UNSEEN),
    ),
    Case(
        QUICKSTART,
        _OPS + "Invalid authentication credential",
        "restd.refused",
        (_WORD, _UNSEEN),
        ("munge", "Look into slurmctld.log"),
    ),
    Case(
        QUICKSTART,
        _OPS + "Authentication does not apply to request",
        "restd.no-token",
        ("no token header", _UNSEEN),
    ),
    Case(
        OPERATOR,
        _REST + "[[localhost]:41976] missing header user name: X-SLURM-USER-NAME",
        "restd.headers",
        ("no X-SLURM-USER-NAME", _UNSEEN),
    ),
    Case(
        OPERATOR,
        _REST + "[[localhost]:41982] missing header user token: X-SLURM-USER-TOKEN",
        "restd.headers",
        ("no token", _UNSEEN),
    ),
    Case(
        OPERATOR,
        _REST + f"[[localhost]:44826(fd:9)] {_TWO} authentication request.",
        "restd.headers",
        ("both X-SLURM-USER-TOKEN and Authorization",),
    ),
    Case(
        OPERATOR,
        _REST + "[[localhost]:44826(fd:9)] unexpected format for Authorization header: Basic dXNlcjpwYXNz",
        "restd.headers",
        ("`Bearer `",),
    ),
    Case(
        OPERATOR,
        "slurmrestd: rest_auth/jwt: slurm_rest_auth_p_authenticate: [slurm-restapi:6820(fd:9)] attempting"
        " user_name slurm token authentication pass through",
        "restd.passes-on",
        ("not an error",),
    ),
    Case(
        BRIDGE, "slurmrestd: fatal: slurmrestd should not be run as SlurmUser", "restd.user", ("of its own",)
    ),
    Case(
        BRIDGE,
        "slurmrestd: fatal: slurmrestd should not be run as the root user.",
        "restd.user",
        ("of its own",),
    ),
    Case(
        BRIDGE,
        "slurmrestd: fatal: slurm_openapi_p_init: slurm not configured with slurmdbd",
        "restd.no-slurmdbd",
    ),
    Case(
        BRIDGE,
        "slurmrestd[15769]: fatal: slurmrestd process lacks CAP_SETGID to drop supplementary groups.",
        "restd.groups",
    ),
    Case(BRIDGE, '"pinged": "DOWN",', "restd.ping-down", ("did not reach slurmctld",)),
    Case(
        "slurm-jwt probe",
        "answer 401: slurmrestd refuses the headers; slurmctld did not see the token",
        "rest.headers",
        ("SLURM_JWT=daemon",),
    ),
    Case(QUICKSTART, "HTTP/1.1 401 Unauthorized", "rest.headers", ("SLURM_JWT=daemon", _UNSEEN)),
    Case(
        OPERATOR,
        "error: slurm_receive_msg [10.42.0.9:6817]: Authentication credential expired",
        "rest.expired",
        ("exp", "clocks"),
        ("signature", "munge"),
    ),
    Case(
        OPERATOR,
        "error: slurm_receive_msg [10.42.0.9:6817]: Invalid authentication credential",
        "rest.invalid",
        ("signature",),
        ("exp ", "expired"),
    ),
    Case(
        "github.com/rancavil/slurm-cluster issue 6",
        "error: slurm_unpack_received_msg: MESSAGE_NODE_REGISTRATION_STATUS has authentication error:"
        " Unspecified error",
        "refused.node",
        ("munge", "not about a token"),
        ("auth/jwt, or auth/munge",),
    ),
    Case(
        LIBRARY,
        "ImportError: cannot import name 'JWT' from 'jwt' (/usr/lib/python3/dist-packages/jwt/__init__.py)",
        "issuer.package-clash",
        ("GehirnInc", "PyJWT"),
    ),
    Case(LIBRARY, "AttributeError: module 'jwt' has no attribute 'encode'", "issuer.package-clash"),
    Case(
        LIBRARY,
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xb5 in position 0: invalid start byte",
        "issuer.key-as-text",
        ('"rb"',),
    ),
    Case(LIBRARY, "Error: secretOrPrivateKey must be a symmetric key when using HS256", "issuer.pem"),
    Case(
        LIBRARY,
        "io.jsonwebtoken.security.WeakKeyException: The specified key byte array is 104 bits which is not"
        " secure enough for any JWT HMAC-SHA algorithm.",
        "issuer.key-too-short",
        ("32 bytes",),
    ),
    Case(
        LIBRARY,
        "IDX10720: Unable to create KeyedHashAlgorithm for algorithm 'HS256', the key size must be greater"
        " than: '256' bits, key has '104' bits.",
        "issuer.key-too-short",
    ),
    Case(LIBRARY, "key is of invalid type: HMAC sign expects []byte", "issuer.bytes-required", ("[]byte",)),
    Case(
        LIBRARY,
        "failed to parse Slurm auth token: failed to parse JWT claims: token has invalid claims: token is"
        " expired",
        "issuer.expired",
        ("not Slurm",),
    ),
    Case(DOCTOR, "slurmctld: fatal: Unable to process configuration file", "settings.unusable"),
    Case(
        PCLUSTER,
        "error: _parse_next_key: Parsing error at unrecognized key: AuthAltParamters",
        "settings.unknown-key",
        ("AuthAltParamters",),
    ),
    Case(
        PCLUSTER,
        'error: Parse error in file /etc/slurm/slurm.conf line 10: " = /etc/slurm/jwt_hs256.key,'
        ' userclaimfield = preferred_username"',
        "settings.bad-line",
        ("line 10 of /etc/slurm/slurm.conf",),
    ),
    Case(
        DOCTOR,
        "slurmctld: error: AuthType change requires restart of all Slurm daemons and commands to take effect",
        "settings.slurm-jwt-in-daemon",
        ("SLURM_JWT",),
    ),
    Case(
        DOCTOR,
        "slurmdbd: fatal: slurmdbd.conf file /etc/slurm/slurmdbd.conf should be 600 is 644 accessible for"
        " group or others",
        "settings.open-file",
        ("chmod 600",),
    ),
    Case(
        DOCTOR,
        "slurmdbd: fatal: Included file /opt/slurm/etc/slurm_auth_alt.conf at"
        " /opt/slurm/etc/slurm_auth_alt.conf should be 600 is 644 accessible for group or others",
        "settings.open-file",
        ("chmod 600",),
    ),
    Case(
        SOURCES,
        "fatal: slurmdbd.conf file /etc/slurm/slurmdbd.conf should be 600 or 640 but is 644",
        "settings.open-file",
        ("640",),
    ),
    Case(DOCTOR, "slurmdbd: fatal: slurmdbd.conf owned by 0 not SlurmUser(64030)", "settings.wrong-owner"),
    Case(DOCTOR, "fatal: Invalid user for SlurmUser slurm, ignored", "settings.slurm-user"),
    Case(DOCTOR, "fatal: Incorrect permissions on state save loc: /var/spool", "settings.state-folder"),
    Case(
        DOCTOR,
        "slurmctld: warning: auth/jwt: '/etc/slurm/jwt.key' owned by uid=1000, instead of SlurmUser(64030) or"
        " root",
        "key-file.owner",
        ("warns and starts",),
    ),
    Case(
        DOCTOR,
        "slurmctld: fatal: _init_jwks: failed to deserialize jwks file `/etc/slurm/jwks.json`",
        "jwks.file",
        ("JSON",),
    ),
    Case(
        DOCTOR,
        "error: AuthAltParameters 1 specified more than once, latest value used",
        "settings.twice",
        ("AuthAltParameters",),
    ),
    Case(
        DOCTOR,
        "slurmctld: fatal: auth/slurm: cannot stat '/etc/slurm/slurm.key': No such file or directory",
        "settings.auth-slurm-key",
        ("auth/slurm",),
    ),
    Case(
        DOCTOR,
        "error: Invalid AuthAltParameters max_token_lifespan option, no limit enforced",
        "issue.limit-ignored",
    ),
    Case(
        DOCTOR,
        "error: _slurm_rpc_auth_token: attempt to retrieve a token for a different user=bob by UID=2001",
        "issue.other-user",
    ),
    Case(
        DOCTOR,
        "error: _slurm_rpc_auth_token: attempt to retrieve a token while token creation disabled UID=2001",
        "issue.disabled",
    ),
    Case(
        SOURCES,
        "info: [[localhost]:44826(fd:9)] attempting user_name alice token authentication pass through",
        "restd.passes-on",
    ),
    Case(SOURCES, "debug: auth/jwt: _verify_rs256_jwt: matched on kid 'k1'", "jwks.matched"),
    Case(SOURCES, "matched on kid k1", "jwks.matched"),
    Case(
        SOURCES,
        "debug: _validate_identity_required_fields: identity missing required field: name",
        "identity.claims",
        ("id.name",),
    ),
)
