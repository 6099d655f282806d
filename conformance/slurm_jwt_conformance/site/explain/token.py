"""Lines in which slurmctld and slurmdbd refuse a token, and lines that show the user they assign to it."""

from __future__ import annotations

import re

from slurm_jwt_conformance.site.explain.message import CHECK, CLAIMS, CTLD, Cause, Message

_OTHER_KEY = (
    Cause("the issuer signs with another key, or with the same key in another form: newline, hex, base64"),
    Cause("the key file was changed after this daemon started: it reads the key only at its start"),
    Cause("slurmctld and slurmdbd, or two controllers, have different keys: each must have the same file"),
    Cause("the token was changed after it was signed: it is cut, edited, or joined from two tokens"),
)
_WHO_SIGNS = (
    CHECK + " It names the key that signed the token, if it can.",
    "Compare the keys of issuer and daemons by fingerprint, and the daemon's start with the file's time.",
)

SIGNATURE = (
    Message(
        "token.undecodable-initial",
        CTLD,
        re.compile(r"initial jwt_decode failure"),
        "The token cannot be read. Slurm has not used a key yet.",
        (
            Cause("the text is not a token: it is empty, cut, or begins with `Bearer ` or `SLURM_JWT=`"),
            Cause(
                "header or claims are not base64url of a JSON object (UTF-8, without a byte order mark)",
                "21.08",
                "25.11",
            ),
            Cause("the header is not base64url of JSON; the claims are only read after this", "26.05"),
            Cause(
                "alg is missing, is not a string, or is a word that libjwt does not know", "21.08", "25.11"
            ),
            Cause("a claim holds an integer beyond 64 bits or a number such as 1e999", "21.08", "25.11"),
            Cause("typ is not JWT, and libjwt is older than 1.12", "21.08", "25.11"),
            Cause(
                "libjwt is 2.1.1 or newer: with it Slurm before 26.05 refuses every token", "21.08", "25.11"
            ),
        ),
        (
            "If no token works since an upgrade, look at libjwt's version: rpm -q libjwt, dpkg -l 'libjwt*'",
            CHECK,
        ),
        "21.08",
    ),
    Message(
        "token.undecodable",
        CTLD,
        re.compile(r"slurm_auth_verify: jwt_decode failure"),
        "libjwt refuses the token. This release prints the same line for form, algorithm and signature.",
        (
            *_OTHER_KEY,
            Cause("the text is not a token: it is empty, cut, or begins with `Bearer ` or `SLURM_JWT=`"),
            Cause("header or claims are not base64url of a JSON object"),
            Cause("alg is not HS256: it is none, RS256 (this release has no JWKS), or missing"),
            Cause("typ is not JWT, and libjwt is older than 1.12"),
        ),
        _WHO_SIGNS,
        "20.02",
        "20.11",
    ),
    Message(
        "token.signature",
        CTLD,
        re.compile(r"(?<!initial )jwt_decode failure"),
        "The token's header can be read, and the token is refused: most often its signature is wrong.",
        (
            *_OTHER_KEY,
            Cause(
                "the claims are not base64url of a JSON object, or a number is too large for libjwt",
                "26.05",
            ),
            Cause("alg is in small letters, such as hs256: libjwt since 1.12 requires HS256", "26.05"),
            Cause(
                "OpenSSL is in FIPS mode (the kernel's mode, or fips=yes in openssl.cnf) and finds no FIPS"
                " provider, as in many containers: it then computes no HMAC with any key"
            ),
            Cause("OpenSSL's FIPS provider refuses a key under 14 bytes (112 bits)"),
        ),
        (
            *_WHO_SIGNS,
            "If a token of `scontrol token` ends with a dot, it is FIPS: run `openssl list -providers`.",
        ),
        "21.08",
    ),
    Message(
        "token.null",
        CTLD,
        re.compile(r"reject NULL token for jwt_decode"),
        "A request used auth/jwt and had no token.",
        (
            Cause("SLURM_JWT is set for the client, and is empty"),
            Cause("the request to slurmrestd had no token header"),
        ),
        ("Check the environment of the client, and the headers of the request.",),
    ),
)

HEADER = (
    Message(
        "alg.none",
        CTLD,
        re.compile(r"no support for alg=none\s*$", re.IGNORECASE),
        "The token is not signed: its alg is none.",
        (
            Cause("someone tries a known attack on verifiers that accept alg none; Slurm refuses it"),
            Cause("the issuer's library was called without a key or an algorithm"),
        ),
        (
            "Find the sender: the next line of the log shows its address.",
            "The issuer must sign with HS256.",
        ),
        "21.08",
    ),
    Message(
        "alg.missing",
        CTLD,
        re.compile(r"no support for alg=(?:\(null\))?\s*$"),
        "The token's header has no alg that is a text.",
        (
            Cause("alg is missing, null, a number or a list; or the header is JSON, but not an object"),
            Cause("the name is in capitals or has a space: it must be exactly alg"),
            Cause("alg begins with a NUL character or is empty"),
        ),
        ('The header is {"alg":"HS256","typ":"JWT"}.', CHECK),
        "21.08",
    ),
    Message(
        "alg.other",
        CTLD,
        re.compile(r"no support for alg=(?P<alg>.*)"),
        "The token's header names the algorithm {alg}. Slurm accepts HS256, and RS256 with a JWKS.",
        (
            Cause("the issuer uses its own default, often RS256, ES256 or HS512: configure it to use HS256"),
            Cause(
                "alg looks like HS256 and is not: it has a space, a line end, or a letter of another script"
            ),
        ),
        ("Set the issuer's algorithm for this client to HS256, with Slurm's key as the secret.",),
        "21.08",
    ),
    Message(
        "alg.rs256-without-jwks",
        CTLD,
        re.compile(r"no jwks file loaded, cannot decode RS256 keys"),
        "The token is signed with RS256, and this daemon has no public keys (jwks= in AuthAltParameters).",
        (
            Cause("the identity provider signs with its own key: it is not configured to use HS256"),
            Cause("jwks= is set in slurm.conf and not in slurmdbd.conf, or follows a space", "23.11"),
            Cause("jwks= is set in slurm.conf, and not in slurmdbd.conf", "21.08", "23.02"),
        ),
        ("Have the issuer sign with HS256 and Slurm's key, or give the daemon its JWKS.",),
        "21.08",
    ),
    Message(
        "key.none-for-hs256",
        CTLD,
        re.compile(r"no key file loaded, cannot decode HS256 keys"),
        "The token is signed with HS256, and this daemon has not loaded an HS256 key.",
        (
            Cause("jwks= is set and jwt_key= is not: then the usual key file is not loaded"),
            Cause("jwt_key= follows a space after a comma, where these releases do not see it", "23.11"),
        ),
        ("Set jwt_key=/path/to/jwt_hs256.key in addition to jwks=, without spaces, and restart.",),
        "21.08",
    ),
    Message(
        "header.json",
        CTLD,
        re.compile(r"_try_parse: JSON parsing error (?P<bytes>\d+) bytes: (?P<reason>.*)"),
        "Slurm cannot read the decoded header ({bytes} bytes) as JSON: {reason}.",
        (
            Cause(
                "the text is not a JSON object: it has another encoding, is cut, or has wrong quotes", "26.05"
            ),
            Cause("objects or lists are nested deeper than 32 levels, json-c's limit", "26.05"),
            Cause(
                "the line is about another request: slurmctld reads other JSON with the same function",
                "26.05",
            ),
        ),
        (CHECK,),
        "26.05",
    ),
)

CLAIMS_OF_A_TOKEN = (
    Message(
        "exp.expired",
        CTLD,
        re.compile(r": token expired"),
        "The token's exp is in the past for this daemon's clock, or cannot be read as an integer.",
        (
            Cause("the token is old: tokens of scontrol last 1800 seconds unless lifespan= says more"),
            Cause("exp is missing"),
            Cause(
                "exp is 1.7e9, 1700000000.0, a text or true: Slurm reads a value that is not an integer as 0"
            ),
            Cause("the clocks of issuer and daemon differ: Slurm has no leeway"),
            Cause("an old SLURM_JWT is still in the environment of a shell, a service or a job"),
        ),
        (CLAIMS, "Compare `date +%s` on the issuer and on this host.", "Get a new token, and unset the old."),
    ),
    Message(
        "sun.none",
        CTLD,
        re.compile(r"jwt_get_grant failure"),
        "The signature is right and the token is not expired, but no claim names the user as a text.",
        (
            Cause("sun is missing, null, a number or a list; this release reads only sun", "20.02", "20.11"),
            Cause("the token has neither sun nor username as a text", "21.08", "22.05"),
            Cause(
                "the token has neither sun nor username nor the claim of userclaimfield= as a text", "23.02"
            ),
            Cause(
                "the name is in preferred_username, upn or sub, and userclaimfield= does not name that claim",
                "23.02",
            ),
            Cause("the claim's name is in capitals or has a space: it must be exactly sun"),
        ),
        (CLAIMS, "Have the issuer write the user's name into sun."),
    ),
    Message(
        "user.alternate",
        CTLD,
        re.compile(
            r"attempt to authenticate as alternate user (?P<token>.*?) from non-SlurmUser ?(?P<header>.*)"
        ),
        'The token is for "{token}", X-SLURM-USER-NAME says "{header}". (The line swaps the two.)',
        (
            Cause("the header does not have the name in the token: it has another user, a uid, or capitals"),
            Cause("the header is empty"),
            Cause(
                "a portal acts for its users with a token of its own user, who is neither root nor SlurmUser"
            ),
        ),
        ("Send the name in the token as X-SLURM-USER-NAME. Since 23.02 you can omit that header.",),
    ),
    Message(
        "user.unknown-alternate",
        CTLD,
        re.compile(r"uid_from_string failure"),
        "X-SLURM-USER-NAME differs from the token's user, and that user is unknown on this host.",
        (
            Cause("the token's user is not in the user databases of this host (passwd, LDAP, SSSD)"),
            Cause("the name is spelt differently here: capitals, or a domain after it"),
        ),
        ("Run `getent passwd NAME` on the daemon's host, with the name in the token.",),
    ),
    Message(
        "identity.missing",
        CTLD,
        re.compile(r"failed to retrieve required identity"),
        "use_jwt_client_ids_only is set, and the token does not have all of uid, gid and id.",
        (
            Cause(
                "the issuer does not write all of uid, gid and id.name, id.gecos, id.dir, id.shell", "26.05"
            ),
        ),
        ("Have the issuer write these claims, or remove use_jwt_client_ids_only.",),
        "26.05",
    ),
)

ACCEPTED = (
    Message(
        "accepted.as-99",
        CTLD,
        re.compile(r"Processing RPC: (?P<rpc>\w+) from UID=99\b"),
        "slurmctld accepted a request ({rpc}) and served it for uid 99, because it does not know the user.",
        (
            Cause("the token's user is not in the user databases of this host"),
            Cause("sun is empty, or the name is spelt differently here: capitals, spaces, a domain"),
            Cause("sun is a number that is not a uid of this host", "22.05"),
            Cause("the user is called nobody: these releases do not look up this name", "25.11"),
        ),
        (
            "Run `getent passwd NAME` on slurmctld's host.",
            "As uid 99 a user can read, and slurmctld may refuse jobs.",
        ),
    ),
    Message(
        "accepted.as-0",
        CTLD,
        re.compile(r"Processing RPC: (?P<rpc>\w+) from UID=0\b"),
        "slurmctld served a request ({rpc}) for root.",
        (
            Cause("the token is for root, or root sent the request without a token"),
            Cause("sun is a text that is the number 0: Slurm uses it as a uid"),
        ),
        ("If root must not use tokens here, find the issuer that signs tokens for root or 0.",),
    ),
    Message(
        "accepted.as-uid",
        CTLD,
        re.compile(r"Processing RPC: (?P<rpc>\w+) from UID=(?P<uid>\d{1,20})"),
        "slurmctld accepted a request ({rpc}) and served it for uid {uid}.",
        (
            Cause(
                "this line is not an error if the uid is the right user: `getent passwd UID` shows the name"
            ),
        ),
        ("Compare the name with the name in the token: Slurm uses a number in sun as a uid.",),
    ),
    Message(
        "refused.node",
        CTLD,
        re.compile(r"MESSAGE_NODE_REGISTRATION_STATUS has authentication error: (?P<reason>.*)"),
        "slurmctld refused the registration of a compute node ({reason}). This is not about a token.",
        (
            Cause("munge.key differs between the node and slurmctld's host, or munged does not run"),
            Cause("the clocks of the two hosts differ"),
            Cause("slurm.key of auth/slurm differs between the two hosts", "23.11"),
            Cause("the node has AuthType=auth/jwt: slurmd needs auth/munge or auth/slurm"),
        ),
        (
            "Run `munge -n | ssh NODE unmunge`, and the same from the node to slurmctld's host.",
            "Compare `date` on both hosts.",
        ),
    ),
    Message(
        "refused.reason-before",
        CTLD,
        re.compile(r"has authentication error: (?P<reason>.*)"),
        "A request was refused ({reason}). This line names the request and its peer, and not the cause.",
        (
            Cause("the error of auth/jwt, or of auth/munge, is in the line before this one"),
            Cause('these releases print "Unspecified error" for every refused token', "20.02", "24.05"),
            Cause(
                '"Authentication credential expired" is an old exp; every other cause is "Invalid ..."',
                "24.11",
            ),
        ),
        ("Look at the line before this one: `slurm-jwt explain -` says what it means.",),
    ),
)

MESSAGES: tuple[Message, ...] = SIGNATURE + HEADER + CLAIMS_OF_A_TOKEN + ACCEPTED
