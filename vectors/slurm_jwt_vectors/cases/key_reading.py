"""Key files read wrongly: the issuer trims, decodes or converts what slurmctld takes byte for byte."""

import base64
import hashlib
import json

from slurm_jwt_vectors import pem
from slurm_jwt_vectors.build import Judged, token
from slurm_jwt_vectors.edits import flip
from slurm_jwt_vectors.keys import JWK_K, KEYS
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_GENRSA, PAGE_KEY, cve, issue, jwa

_WRONG = (PAGE_KEY, jwa("3.2"))
_PEM = (PAGE_GENRSA, *_WRONG)
_BODY = b"".join(line for line in pem.PKCS1.splitlines() if not line.startswith(b"-"))
_RANDOM32 = KEYS["random32"].bytes
_HEX = KEYS["hex-line"].bytes
_BASE64 = KEYS["base64-line"].bytes


def _wrong(key: str, signer: bytes, sources: tuple[str, ...] = _WRONG) -> Judged:
    return token(key=key).signed_by(signer).invalid("signature.match", sources=sources, twin=f"key.{key}")


@case
def pem_without_final_newline() -> Judged:
    """The issuer read the PEM through `$(cat key)`, which drops the last line feed."""
    return _wrong("pem-pkcs1", pem.PKCS1.rstrip(b"\n"), _PEM)


@case
def pem_pkcs8_without_final_newline() -> Judged:
    """The PKCS#8 text without its last line feed."""
    return _wrong("pem-pkcs8", pem.PKCS8.rstrip(b"\n"), _PEM)


@case
def pem_with_second_newline() -> Judged:
    """The PEM with a second line feed at its end, as an editor or a YAML block may add it."""
    return _wrong("pem-pkcs1", pem.PKCS1 + b"\n", _PEM)


@case
def pem_lf_for_crlf() -> Judged:
    """The controller's PEM has CR LF, the issuer's LF."""
    return _wrong("pem-pkcs1-crlf", pem.PKCS1, _PEM)


@case
def pem_crlf_for_lf() -> Judged:
    """The controller's PEM has LF, the issuer's CR LF."""
    return _wrong("pem-pkcs1", pem.PKCS1.replace(b"\n", b"\r\n"), _PEM)


@case
def pem_pkcs8_crlf_for_lf() -> Judged:
    """The controller's PKCS#8 text has LF, the issuer's CR LF."""
    return _wrong("pem-pkcs8", pem.PKCS8.replace(b"\n", b"\r\n"), _PEM)


@case
def pem_in_one_line() -> Judged:
    """The PEM without any line end, as an environment variable may carry it."""
    return _wrong("pem-pkcs1", pem.PKCS1.replace(b"\n", b""), _PEM)


@case
def pem_with_blanks() -> Judged:
    """The PEM with blanks for line feeds, as an unquoted shell variable gives it."""
    return _wrong("pem-pkcs1", b" ".join(pem.PKCS1.split()), _PEM)


@case
def pem_with_escaped_newlines() -> Judged:
    """The PEM with backslash and n for each line feed, as copied from JSON."""
    return _wrong("pem-pkcs1", pem.PKCS1.replace(b"\n", b"\\n"), _PEM)


@case
def pem_body() -> Judged:
    """The PEM's base64 text without its first and last line."""
    return _wrong("pem-pkcs1", _BODY, _PEM)


@case
def pem_decoded() -> Judged:
    """The PEM's content decoded: the DER bytes of the RSA key."""
    return _wrong("pem-pkcs1", base64.b64decode(_BODY), _PEM)


@case
def pem_public_half() -> Judged:
    """Signed with the public half of the key, the classic confusion of algorithms."""
    return _wrong("pem-pkcs1", pem.PUBLIC, (*_PEM, cve("2016-10555")))


@case
def pem_with_bom() -> Judged:
    """The PEM with a byte order mark before it."""
    return _wrong("pem-pkcs1", b"\xef\xbb\xbf" + pem.PKCS1, _PEM)


@case
def pem_with_leading_newline() -> Judged:
    """The PEM with a line feed before it: guards against PEM keys let it pass."""
    return _wrong("pem-pkcs1", b"\n" + pem.PKCS1, (*_PEM, cve("2026-34950")))


@case
def pem_first_line() -> Judged:
    """Only the PEM's first line, as readline() gives it: the same for every PEM in the world."""
    return _wrong("pem-pkcs1", pem.PKCS1.splitlines(keepends=True)[0], _PEM)


@case
def pem_sha256_in_hex() -> Judged:
    """Signed with the hex digits of the PEM's SHA-256: only the raw digest does the same as the PEM."""
    return _wrong("pem-pkcs1", hashlib.sha256(pem.PKCS1).hexdigest().encode(), _PEM)


@case
def hex_decoded() -> Judged:
    """The 64 hex digits decoded to 32 bytes."""
    return _wrong("hex-line", bytes.fromhex(_HEX.decode()))


@case
def hex_without_newline() -> Judged:
    """The 64 hex digits without their line feed."""
    return _wrong("hex-line", _HEX.rstrip(b"\n"), (*_WRONG, issue("dgrijalva/jwt-go", 81)))


@case
def hex_upper_case() -> Judged:
    """The hex digits in capitals."""
    return _wrong("hex-line", _HEX.upper())


@case
def hex_crlf() -> Judged:
    """The hex digits with CR LF."""
    return _wrong("hex-line", _HEX.replace(b"\n", b"\r\n"))


@case
def base64_decoded() -> Judged:
    """The base64 text decoded to 32 bytes."""
    return _wrong("base64-line", base64.b64decode(_BASE64))


@case
def base64_without_newline() -> Judged:
    """The base64 text without its line feed."""
    return _wrong("base64-line", _BASE64.rstrip(b"\n"))


@case
def base64_without_padding() -> Judged:
    """The base64 text without its = and line feed, as base64url code cleans it."""
    return _wrong("base64-line", _BASE64.rstrip(b"=\n"))


@case
def random32_without_final_newline() -> Judged:
    """The random bytes without their last one, which happens to be a line feed: strip() took it off."""
    return _wrong("random32", _RANDOM32.rstrip(b"\n"))


@case
def random32_and_newline() -> Judged:
    """The random bytes with a line feed behind them, as `echo` adds it."""
    return _wrong("random32", _RANDOM32 + b"\n")


@case
def random32_up_to_nul() -> Judged:
    """The random bytes up to their NUL: strlen() ended there."""
    return _wrong("random32", _RANDOM32.partition(b"\0")[0])


@case
def random32_without_nul() -> Judged:
    """The random bytes without their NUL: a shell variable cannot hold it."""
    return _wrong("random32", _RANDOM32.replace(b"\0", b""))


@case
def random32_as_latin_1() -> Judged:
    """The random bytes read as Latin-1 text and written as UTF-8."""
    return _wrong("random32", _RANDOM32.decode("latin-1").encode())


@case
def random32_replaced() -> Judged:
    """The random bytes read as UTF-8 with replacement characters for what is none."""
    return _wrong("random32", _RANDOM32.decode(errors="replace").encode())


@case
def random32_ignored() -> Judged:
    """The random bytes read as UTF-8 with everything left out that is none."""
    return _wrong("random32", _RANDOM32.decode(errors="ignore").encode())


@case
def random32_in_base64() -> Judged:
    """The base64 text of the random bytes, as AWS Secrets Manager and Kubernetes hand it out."""
    return _wrong("random32", base64.b64encode(_RANDOM32))


@case
def random32_in_hex() -> Judged:
    """The hex digits of the random bytes."""
    return _wrong("random32", _RANDOM32.hex().encode())


@case
def random32_as_printed() -> Judged:
    """The random bytes as Python prints them: b'...'."""
    return _wrong("random32", str(_RANDOM32).encode())


@case
def random32_backwards() -> Judged:
    """The random bytes in reverse order."""
    return _wrong("random32", _RANDOM32[::-1])


@case
def random32_one_bit() -> Judged:
    """The random bytes with one bit changed."""
    return _wrong("random32", flip(100)(_RANDOM32))


@case
def printable32_and_newline() -> Judged:
    """The password with a line feed behind it."""
    return _wrong("printable32", KEYS["printable32"].bytes + b"\n")


@case
def printable32_in_quotes() -> Judged:
    """The password in double quotes, as copied from a settings file."""
    return _wrong("printable32", b'"' + KEYS["printable32"].bytes + b'"')


@case
def printable32_utf16() -> Judged:
    """The password in UTF-16, as PowerShell writes files."""
    return _wrong("printable32", KEYS["printable32"].bytes.decode().encode("utf-16-le"))


@case
def jwk_decoded() -> Judged:
    """Signed with the k of the JSON Web Key, as every JOSE library would; slurmctld takes the whole text."""
    return _wrong("jwk", base64.urlsafe_b64decode(JWK_K + "="), (*_WRONG, "RFC 7517 A.3"))


@case
def jwk_reformatted() -> Judged:
    """Signed with the JSON Web Key's text after a formatter had it."""
    return _wrong("jwk", json.dumps(json.loads(KEYS["jwk"].bytes), indent=2).encode())


@case
def key_path() -> Judged:
    """Signed with the name of the key file instead of its content."""
    return _wrong("random32", b"/var/spool/slurm/statesave/jwt_hs256.key")


@case
def empty() -> Judged:
    """Signed with an empty key: the issuer's variable was not set."""
    return _wrong("random32", b"")


@case
def word_null() -> Judged:
    """Signed with the word null: the issuer's variable was not set."""
    return _wrong("random32", b"null")


@case
def word_secret() -> Judged:
    """Signed with the word secret, first on every list of guesses."""
    return _wrong("random32", b"secret", (*_WRONG, "RFC 8725 3.5"))


@case
def jwt_io() -> Judged:
    """Signed with the key that jwt.io fills in."""
    return _wrong("random32", b"your-256-bit-secret", (*_WRONG, "RFC 8725 3.5"))
