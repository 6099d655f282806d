"""Errors of JWT libraries that stop an issuer."""

from __future__ import annotations

import re

from slurm_jwt_conformance.site.explain.message import Cause, Message

ISSUER = "an issuer's library"
_NEW_KEY = "Make a new key of 32 random bytes (`slurm-jwt keygen FILE`), for all daemons and issuers."

MESSAGES: tuple[Message, ...] = (
    Message(
        "issuer.pem",
        ISSUER,
        re.compile(
            r"asymmetric key or x509 certificate .*should not be used as an HMAC secret"
            r"|secretOrPrivateKey must be a symmetric key when using HS256",
            re.IGNORECASE,
        ),
        "The library refuses to sign with HMAC and a PEM. An older page of Slurm creates the key as a PEM.",
        (
            Cause(
                "the key file is of `openssl genrsa`: PyJWT, python-jose and jsonwebtoken refuse such a key,"
                " Slurm accepts it"
            ),
        ),
        (_NEW_KEY,),
    ),
    Message(
        "issuer.package-clash",
        ISSUER,
        re.compile(
            r"cannot import name 'JWT' from 'jwt'|module 'jwt' has no attribute '(?:encode|decode|JWT|jwk)"
        ),
        "Python loads another package called jwt: PyJWT and GehirnInc's jwt have the same module name.",
        (
            Cause("the script needs `from jwt import JWT` (GehirnInc's jwt), and PyJWT is installed"),
            Cause("the script needs `jwt.encode` (PyJWT), and GehirnInc's jwt is installed"),
            Cause("a file jwt.py or a folder jwt is in the script's own folder"),
        ),
        (
            "Run `pip list | grep -i jwt`, and uninstall both packages.",
            "Install only the one that the script needs: `pip install PyJWT` or `pip install jwt`.",
            "`slurm-jwt contract` prints a script for PyJWT.",
        ),
    ),
    Message(
        "issuer.key-as-text",
        ISSUER,
        re.compile(r"UnicodeDecodeError: 'utf-?8' codec can't decode byte", re.IGNORECASE),
        "The program reads the key file as text, and the key has bytes that are not UTF-8.",
        (
            Cause(
                'the program opens the file with open(path) or open(path, "r"), and the key is random bytes'
            ),
        ),
        (
            'Read the key as bytes: open(path, "rb").read().',
            "If the program cannot be changed, use a key of text for all daemons and issuers.",
        ),
    ),
    Message(
        "issuer.key-too-short",
        ISSUER,
        re.compile(
            r"WeakKeyException|key byte array is (?P<bits>\d{1,6}) bits which is not secure"
            r"|IDX1072[05]\b|IDX10653\b|HMAC key is (?:\d+ bytes long|too short)"
        ),
        "The library refuses the key, because it is shorter than 32 bytes (256 bits). Slurm accepts it.",
        (
            Cause("RFC 7518 requires at least 32 bytes for HS256, and this library checks that"),
            Cause("the program reads only a part of the key, such as one line of the file"),
        ),
        ("Run `wc -c FILE`.", _NEW_KEY),
    ),
    Message(
        "issuer.bytes-required",
        ISSUER,
        re.compile(
            r"key is of invalid type: HMAC sign expects \[\]byte|HMAC (?:sign|verify) expects \[\]byte"
        ),
        "golang-jwt signs with HS256 only if the key is a []byte.",
        (Cause("the program passes the key as a string, or as a parsed RSA key"),),
        ("Pass the bytes of the key file: key, err := os.ReadFile(path); token.SignedString(key).",),
    ),
    Message(
        "issuer.expired",
        "a program that reads tokens",
        re.compile(r"token is expired|ExpiredSignatureError|Signature has expired|jwt expired\b"),
        "A program that reads the token (not Slurm) says that its exp is in the past.",
        (
            Cause("the token is old: tokens of scontrol last 1800 seconds unless lifespan= says more"),
            Cause("the clock of this host differs from the issuer's clock"),
        ),
        ("Get a new token. Compare `date +%s` on this host and on the issuer's host.",),
    ),
)
