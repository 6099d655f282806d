"""The lines in which slurmctld and slurmdbd refuse a token, and those that tell whom they took one for."""

from __future__ import annotations

import re

from slurm_jwt_conformance.site.explain.message import CHECK, CLAIMS, CTLD, Cause, Message

_OTHER_KEY = (
    Cause("the issuer signs with another key, or with the same one changed on its way: newline, hex, base64"),
    Cause("the key file was changed, and this daemon was not restarted since: it reads the key at its start"),
    Cause("slurmctld and slurmdbd, or two controllers, have different keys: each must have the same file"),
    Cause("the token was changed after it was signed: cut, rewritten, joined from two"),
)
_WHO_SIGNS = (
    CHECK + " It names the key that did sign, where it can.",
    "Compare the keys of issuer and daemons by fingerprint, and the daemon's start with the file's time.",
)

SIGNATURE = (
    Message(
        "token.undecodable-initial",
        CTLD,
        re.compile(r"initial jwt_decode failure"),
        "The token cannot be read at all: this is decided before any key is used.",
        (
            Cause("it is no token: empty, cut by a line end, with `Bearer ` or `SLURM_JWT=` before it"),
            Cause(
                "header or claims are no base64url of a JSON object, in UTF-8, without a byte order mark",
                "21.08",
                "25.11",
            ),
            Cause("the header is no base64url of JSON; the claims are only read after this", "26.05"),
            Cause("alg is missing, is no string, or is a word that libjwt does not know", "21.08", "25.11"),
            Cause("a claim holds an integer beyond 64 bits or a number such as 1e999", "21.08", "25.11"),
            Cause("typ is another text than JWT, and libjwt is older than 1.12", "21.08", "25.11"),
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
        "libjwt refuses the token; this release gives no reason: form, algorithm and signature all end here.",
        (
            *_OTHER_KEY,
            Cause("it is no token: empty, cut by a line end, with `Bearer ` or `SLURM_JWT=` before it"),
            Cause("header or claims are no base64url of a JSON object"),
            Cause("alg is another than HS256: none, RS256 (this release has no JWKS), or missing"),
            Cause("typ is another text than JWT, and libjwt is older than 1.12"),
        ),
        _WHO_SIGNS,
        "20.02",
        "20.11",
    ),
    Message(
        "token.signature",
        CTLD,
        re.compile(r"(?<!initial )jwt_decode failure"),
        "The token's header can be read, and the token is still refused: most often by its signature.",
        (
            *_OTHER_KEY,
            Cause(
                "the claims are no base64url of a JSON object, or hold a number that libjwt cannot hold",
                "26.05",
            ),
            Cause("alg is hs256 or the like in small letters: libjwt since 1.12 wants HS256", "26.05"),
            Cause(
                "OpenSSL is held to FIPS (the kernel's mode, or fips=yes in openssl.cnf) and finds no FIPS"
                " provider, as in many containers: it computes no HMAC, whatever the key"
            ),
            Cause("OpenSSL's FIPS provider refuses a key under 14 bytes (112 bits)"),
        ),
        (
            *_WHO_SIGNS,
            "If a token of `scontrol token` ends with its second dot, it is FIPS: `openssl list -providers`.",
        ),
        "21.08",
    ),
    Message(
        "token.null",
        CTLD,
        re.compile(r"reject NULL token for jwt_decode"),
        "A request came by auth/jwt and brought no token.",
        (
            Cause("the client has SLURM_JWT set, but empty"),
            Cause("slurmrestd was asked without a token header"),
        ),
        ("Look at the environment of the client, and at the headers of the request.",),
    ),
)

HEADER = (
    Message(
        "alg.none",
        CTLD,
        re.compile(r"no support for alg=none\s*$", re.IGNORECASE),
        "The token is not signed: its alg is none.",
        (
            Cause("someone tries a known attack on careless verifiers; Slurm refuses it"),
            Cause("the issuer's library was called without a key or an algorithm"),
        ),
        (
            "Find out who sent it: the peer is in the next line of the log.",
            "The issuer must sign with HS256.",
        ),
        "21.08",
    ),
    Message(
        "alg.missing",
        CTLD,
        re.compile(r"no support for alg=(?:\(null\))?\s*$"),
        "The token's header names no algorithm that is text.",
        (
            Cause("alg is missing, null, a number or a list; or the header is JSON, but no object"),
            Cause("the name is in capitals or holds a blank: it is exactly alg"),
            Cause("alg begins with a NUL character or is empty"),
        ),
        ('The header is {"alg":"HS256","typ":"JWT"}.', CHECK),
        "21.08",
    ),
    Message(
        "alg.other",
        CTLD,
        re.compile(r"no support for alg=(?P<alg>.*)"),
        "The token's header names the algorithm {alg}; Slurm takes HS256, and RS256 with a JWKS.",
        (
            Cause("the issuer signs with its own choice, often RS256, ES256 or HS512: it must be told HS256"),
            Cause("it reads like HS256, but is not: a blank, a line end, a letter of another script"),
        ),
        ("Set the issuer's algorithm for this client to HS256, with Slurm's key as secret.",),
        "21.08",
    ),
    Message(
        "alg.rs256-without-jwks",
        CTLD,
        re.compile(r"no jwks file loaded, cannot decode RS256 keys"),
        "The token is signed with RS256, and this daemon has no public keys (jwks= in AuthAltParameters).",
        (
            Cause("the identity provider signs with its own key: it was not told to use HS256"),
            Cause("jwks= is set in slurm.conf, and not in slurmdbd.conf, or behind a blank", "23.11"),
            Cause("jwks= is set in slurm.conf, and not in slurmdbd.conf", "21.08", "23.02"),
        ),
        ("Have the issuer sign with HS256 and Slurm's key, or give the daemon its JWKS.",),
        "21.08",
    ),
    Message(
        "key.none-for-hs256",
        CTLD,
        re.compile(r"no key file loaded, cannot decode HS256 keys"),
        "The token is signed with HS256, and this daemon has loaded no key for that.",
        (
            Cause("jwks= is set and jwt_key= is not: then the usual key file is not loaded"),
            Cause(
                "jwt_key= stands behind a blank after a comma, where these releases do not see it", "23.11"
            ),
        ),
        ("Set jwt_key=/path/to/jwt_hs256.key beside jwks=, without blanks, and restart.",),
        "21.08",
    ),
    Message(
        "header.json",
        CTLD,
        re.compile(r"_try_parse: JSON parsing error (?P<bytes>\d+) bytes: (?P<reason>.*)"),
        "The decoded header, {bytes} bytes, is no JSON that Slurm can read: {reason}.",
        (
            Cause("the text is no JSON object: a foreign encoding, a cut, quotes of the wrong kind", "26.05"),
            Cause("objects or lists are nested deeper than json-c goes (32)", "26.05"),
            Cause("the line is of another request: slurmctld reads other JSON by the same function", "26.05"),
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
            Cause("it is over: scontrol's tokens last 1800 seconds unless lifespan= says more"),
            Cause("exp is missing"),
            Cause("exp is 1.7e9, 1700000000.0, a text or true: what is no integer is read as long ago"),
            Cause("the clocks of issuer and daemon differ: Slurm has no leeway"),
            Cause("an old SLURM_JWT is still in the environment of a shell, a service or a job"),
        ),
        (CLAIMS, "Compare `date +%s` on the issuer and on this host.", "Get a new token, and unset the old."),
    ),
    Message(
        "sun.none",
        CTLD,
        re.compile(r"jwt_get_grant failure"),
        "The signature fits and the token is not expired, but no claim names its user with a text.",
        (
            Cause("sun is missing, null, a number or a list; this release reads sun alone", "20.02", "20.11"),
            Cause("neither sun nor username is there as a text", "21.08", "22.05"),
            Cause("neither sun nor username, nor the claim of userclaimfield=, is there as a text", "23.02"),
            Cause(
                "the name is in preferred_username, upn or sub, and userclaimfield= does not say so", "23.02"
            ),
            Cause("the claim's name is in capitals or holds a blank: it is exactly sun"),
        ),
        (CLAIMS, "Have the issuer put the user's name into sun."),
    ),
    Message(
        "user.alternate",
        CTLD,
        re.compile(
            r"attempt to authenticate as alternate user (?P<token>.*?) from non-SlurmUser ?(?P<header>.*)"
        ),
        'The token is for "{token}", X-SLURM-USER-NAME says "{header}". (The line swaps the two.)',
        (
            Cause("the header does not hold the very name of the token: another user, a uid, capitals"),
            Cause("the header is there, but empty"),
            Cause(
                "a portal asks for its users with a token of its own user, who is neither root nor SlurmUser"
            ),
        ),
        ("Send the name of the token in X-SLURM-USER-NAME, or, since 23.02, leave that header away.",),
    ),
    Message(
        "user.unknown-alternate",
        CTLD,
        re.compile(r"uid_from_string failure"),
        "X-SLURM-USER-NAME differs from the token's user, and that user is unknown on this host.",
        (
            Cause("the user of the token is in no user database of this host (passwd, LDAP, SSSD)"),
            Cause("the name is spelt otherwise here: capitals, a domain behind it"),
        ),
        ("Run `getent passwd NAME` on the daemon's host, with the name of the token.",),
    ),
    Message(
        "identity.missing",
        CTLD,
        re.compile(r"failed to retrieve required identity"),
        "use_jwt_client_ids_only is set, and the token lacks claims of an identity (uid, gid, id).",
        (
            Cause(
                "the issuer does not write all of uid, gid and id.name, id.gecos, id.dir, id.shell", "26.05"
            ),
        ),
        ("Have the issuer write them, or drop use_jwt_client_ids_only.",),
        "26.05",
    ),
)

ACCEPTED = (
    Message(
        "accepted.as-99",
        CTLD,
        re.compile(r"Processing RPC: (?P<rpc>\w+) from UID=99\b"),
        "A request ({rpc}) was served for uid 99, Slurm's nobody: its token passed, its user is unknown.",
        (
            Cause("the token's user is in no user database of this host"),
            Cause("sun is empty, or the name is spelt otherwise here: capitals, blanks, a domain"),
            Cause("sun is a number that is no uid of this host", "22.05"),
            Cause("the user is called nobody, whom these releases do not resolve", "25.11"),
        ),
        ("Run `getent passwd NAME` on slurmctld's host.", "Reading works as uid 99; jobs may be refused."),
    ),
    Message(
        "accepted.as-0",
        CTLD,
        re.compile(r"Processing RPC: (?P<rpc>\w+) from UID=0\b"),
        "A request ({rpc}) was served for root.",
        (
            Cause("the token, or the local user without a token, is root's"),
            Cause("sun is a text that reads as the number 0: Slurm takes it for a uid"),
        ),
        ("If no root is meant to come by token, find out which issuer signs for root or 0.",),
    ),
    Message(
        "accepted.as-uid",
        CTLD,
        re.compile(r"Processing RPC: (?P<rpc>\w+) from UID=(?P<uid>\d{1,20})"),
        "A request ({rpc}) was accepted and served for uid {uid}.",
        (Cause("nothing is wrong, if that is the user who was meant: `getent passwd UID` gives the name"),),
        ("Compare with the name in the token: a number in sun is taken for a uid.",),
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
            Cause('"Authentication credential expired" is an old exp; all else is "Invalid ..."', "24.11"),
        ),
        ("Look at the line before this one: `slurm-jwt explain -` says what it means.",),
    ),
)

MESSAGES: tuple[Message, ...] = SIGNATURE + HEADER + CLAIMS_OF_A_TOKEN + ACCEPTED
