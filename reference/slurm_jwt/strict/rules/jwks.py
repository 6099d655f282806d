"""The rules of a JWKS, the file of public keys for RS256 (RFC 7517)."""

from __future__ import annotations

from slurm_jwt.strict.rules.rule import JWKS_PAGE, Rule, Severity


def _rule(name: str, severity: Severity, sentence: str, sources: tuple[str, ...], hint: str) -> Rule:
    return Rule(f"jwks.{name}", "key", severity, sentence, sources, hint, "later")


JWKS: tuple[Rule, ...] = (
    _rule(
        "size",
        "choice",
        "The JWKS has at most 1 MiB (1,048,576 bytes) and 1,000 keys.",
        ("RFC 7517 leaves the size open",),
        "Keep the keys of the issuers that the cluster trusts, and remove the others.",
    ),
    _rule(
        "json",
        "error",
        "The JWKS is one complete JSON text in UTF-8.",
        ("RFC 7517 5", "RFC 8259 2", "RFC 8259 8.1"),
        "Fetch the JWKS again; a file that begins with < is an HTML page.",
    ),
    _rule(
        "portable",
        "choice",
        "All software reads the JWKS in the same way: no byte order mark, at most 64 levels, exact numbers, "
        "no lone surrogates.",
        ("RFC 8259 8.1", "RFC 8259 9", "RFC 8259 6", "RFC 8259 8.2"),
        "Write the file with a JSON library, and leave out what is not a key.",
    ),
    _rule(
        "object",
        "error",
        "The JWKS is a JSON object whose member keys is an array of objects.",
        ("RFC 7517 5", "RFC 7517 5.1"),
        'Fetch the address in jwks_uri of the discovery document; put a single key into {"keys": [...]}.',
    ),
    _rule(
        "duplicate",
        "choice",
        "Member names are unique in the JWKS and in each of its keys.",
        ("RFC 7517 4", "RFC 7517 5"),
        "Write each member once; verifiers differ on which of two they read.",
    ),
    _rule(
        "usable",
        "error",
        "The JWKS has at least one RS256 key that breaks no rule of severity error.",
        ("RFC 7517 5", JWKS_PAGE),
        "Fetch the JWKS of an issuer that signs with RS256; without a usable key no RS256 token is valid.",
    ),
    _rule(
        "types",
        "error",
        "Each key has kty; kty, use, alg and kid are strings, key_ops and x5c arrays of strings.",
        ("RFC 7517 4.1", "RFC 7517 4.2", "RFC 7517 4.3", "RFC 7517 4.4", "RFC 7517 4.5", "RFC 7517 4.7"),
        "Write the keys with a JWK library.",
    ),
    _rule(
        "other",
        "choice",
        "Each key is for RS256 signatures: kty RSA; use sig, alg RS256, key_ops with verify where given.",
        ("RFC 7517 4.2", "RFC 7517 4.3", "RFC 7517 4.4", "RFC 7517 5 (others are ignored)", "RFC 8725 3.1"),
        "Leave other keys out, or check that they are not the keys which sign the tokens.",
    ),
    _rule(
        "kid",
        "choice",
        "Each RS256 key has a kid.",
        ("RFC 7517 4.5 (optional)",),
        "Add the kid that the issuer writes into its tokens; without one many Slurm releases do not start.",
    ),
    _rule(
        "kid-unique",
        "choice",
        "No two RS256 keys have the same kid.",
        ("RFC 7517 4.5",),
        "Give each key its own kid; Slurm uses only the first of two.",
    ),
    _rule(
        "alg",
        "choice",
        "Each RSA key for signatures has the alg RS256.",
        ("RFC 7517 4.4 (optional)", "RFC 8725 3.1"),
        'Add "alg": "RS256" to the key: Slurm before 26.05.3 refuses the tokens of a key without alg.',
    ),
    _rule(
        "rsa",
        "error",
        "An RSA key has n and e, positive numbers in base64url without padding.",
        ("RFC 7518 6.3.1", "RFC 7518 2"),
        "Write the key with a JWK library; Slurm does not read a certificate in x5c.",
    ),
    _rule(
        "modulus",
        "error",
        "n of an RSA key is odd and has at least 2048 bits.",
        ("RFC 7518 3.3", "RFC 8017 3.1"),
        "Have the issuer make an RSA key of 2048 bits or more.",
    ),
    _rule(
        "exponent",
        "error",
        "e of an RSA key is odd, at least 3 and less than n.",
        ("RFC 8017 3.1",),
        "Have the issuer make a key with e 65537 (AQAB).",
    ),
    _rule(
        "limits",
        "choice",
        "n has at most 16,384 bits, e is between 2^16 and 2^64, and neither begins with a zero octet.",
        ("FIPS 186-5 A.1.1", "OpenSSL: OPENSSL_RSA_MAX_MODULUS_BITS and MAX_PUBEXP_BITS", "RFC 7518 2"),
        "Have the issuer make a key of 2048 to 4096 bits with e 65537 (AQAB).",
    ),
    _rule(
        "private",
        "choice",
        "The JWKS has only public keys: no d, p, q, dp, dq, qi, oth or k.",
        ("RFC 7517 9.2", "RFC 7518 6.3.2", "RFC 7518 6.4.1"),
        "Replace the key at its issuer: all who read this file can sign tokens. Publish only public members.",
    ),
)
