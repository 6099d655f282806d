"""What the cases refer to: the documents, and the public reports that a case reproduces."""

from __future__ import annotations

PAGE = "Slurm page of 30 December 2020"
PAGE_IAT = f"{PAGE}, Compatibility 1: iat"
PAGE_EXP = f"{PAGE}, Compatibility 1: exp"
PAGE_SUN = f"{PAGE}, Compatibility 1: sun"
PAGE_HS256 = f"{PAGE}, Compatibility 2: HS256"
PAGE_KEY = f"{PAGE}, Compatibility 3: one signing key"
PAGE_GENRSA = f"{PAGE}, Setup 2: openssl genrsa"
PAGE_SCONTROL = f"{PAGE}, Setup 5: scontrol token"
LATER = "Slurm page of 8 June 2021"
LATER_ALG = f"{LATER}, Compatibility 2: HS256 and RS256"
LATER_JWKS = f"{LATER}, JWKS and RS256 Tokens"
POSIX_NAME = "POSIX.1-2017 3.437 User Name"
POSIX_CHARACTERS = "POSIX.1-2017 3.282 Portable Filename Character Set"


def jws(section: str) -> str:
    """A section of RFC 7515, JSON Web Signature."""
    return f"RFC 7515 {section}"


def jwa(section: str) -> str:
    """A section of RFC 7518, JSON Web Algorithms."""
    return f"RFC 7518 {section}"


def jwt(section: str) -> str:
    """A section of RFC 7519, JSON Web Token."""
    return f"RFC 7519 {section}"


def json(section: str) -> str:
    """A section of RFC 8259, JSON."""
    return f"RFC 8259 {section}"


def ijson(section: str) -> str:
    """A section of RFC 7493, I-JSON."""
    return f"RFC 7493 {section}"


def practice(section: str) -> str:
    """A section of RFC 8725, JWT best current practices."""
    return f"RFC 8725 {section}"


def jwk(section: str) -> str:
    """A section of RFC 7517, JSON Web Key."""
    return f"RFC 7517 {section}"


def base64(section: str) -> str:
    """A section of RFC 4648, Base64."""
    return f"RFC 4648 {section}"


def cve(number: str) -> str:
    """A published vulnerability: `cve("2015-9235")`."""
    return f"CVE-{number} https://nvd.nist.gov/vuln/detail/CVE-{number}"


def issue(repository: str, number: int) -> str:
    """A public bug report on GitHub."""
    return f"{repository}#{number} https://github.com/{repository}/issues/{number}"


def wycheproof(*tests: int) -> str:
    """Cases of Project Wycheproof that put the same fault into a token of their own."""
    listed = ", ".join(str(test) for test in tests)
    return f"Wycheproof json_web_signature_test tcId {listed} https://github.com/C2SP/wycheproof"
