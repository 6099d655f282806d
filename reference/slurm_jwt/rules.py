"""The catalogue: every documented rule a Slurm token must keep, in the order of examination.

A rule of severity "error" makes a token that breaks it invalid. A rule of
severity "choice" marks where the documents leave the verifier a choice: a token
that breaks only such rules is documented as "either".
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "choice"]
Layer = Literal["key", "form", "header", "signature", "claims", "time"]

PAGE = "Slurm page of 30 December 2020, Compatibility"


class Rule(NamedTuple):
    """One requirement: what it says, who says so, how grave a breach is, how to mend one."""

    id: str
    layer: Layer
    severity: Severity
    sentence: str
    sources: tuple[str, ...]
    hint: str


_KEY_AND_FORM = (
    Rule(
        "key.empty",
        "key",
        "error",
        "The signing key has at least one byte.",
        ("RFC 7518 3.2", f"{PAGE} (3)"),
        "Write a key of 32 random bytes to the key file; an empty one keeps slurmctld from starting.",
    ),
    Rule(
        "key.length",
        "key",
        "error",
        "The signing key of HS256 has at least 256 bits (32 bytes).",
        ("RFC 7518 3.2",),
        "Make a new key of 32 random bytes; Slurm takes shorter ones, careful libraries do not.",
    ),
    Rule(
        "form.size",
        "form",
        "choice",
        "The token is at most 131,072 bytes long, the most that Linux carries in one environment variable.",
        ("RFC 7519 leaves the size open", "Linux MAX_ARG_STRLEN, for SLURM_JWT"),
        "Remove claims that Slurm does not read; a Slurm token needs about 150 bytes.",
    ),
    Rule(
        "form.compact",
        "form",
        "error",
        "The token is a JWS compact serialization: three parts joined by two periods.",
        ("RFC 7519 1", "RFC 7515 7.1"),
        "Hand over the bare token: no quotes, no JSON around it, nothing cut off.",
    ),
    Rule(
        "form.jws",
        "form",
        "error",
        "The token is signed (JWS, three parts), not encrypted (JWE, five parts): its claims are readable.",
        (f"{PAGE} (2)", "RFC 7516 9"),
        'Have the issuer sign instead of encrypt; "decryption" on Slurm\'s page means checking the signature.',
    ),
    Rule(
        "form.base64url",
        "form",
        "error",
        "Each part is base64url text: A-Z a-z 0-9 - _ only, no padding, no white space, no impossible length.",
        ("RFC 7515 2", "RFC 4648 5"),
        "Look for a line end, blank, padding or a prefix such as 'Bearer ' that came along with the token.",
    ),
    Rule(
        "form.pad-bits",
        "form",
        "choice",
        "The unused bits of each part's last character are zero.",
        ("RFC 4648 3.5",),
        "The token was changed after signing or encoded by hand; encode it with a JWT library.",
    ),
)

_HEADER = (
    Rule(
        "header.utf8",
        "header",
        "error",
        "The JOSE header is UTF-8 text.",
        ("RFC 7515 4", "RFC 7519 7.2"),
        "Encode the header as UTF-8.",
    ),
    Rule(
        "header.bom",
        "header",
        "choice",
        "The JOSE header does not start with a byte order mark.",
        ("RFC 8259 8.1",),
        "Write the JSON without a byte order mark.",
    ),
    Rule(
        "header.json",
        "header",
        "error",
        "The JOSE header is one complete JSON text.",
        ("RFC 7515 5.2", "RFC 8259 2"),
        "Build the header with a JSON library.",
    ),
    Rule(
        "header.object",
        "header",
        "error",
        "The JOSE header is a JSON object.",
        ("RFC 7515 4",),
        "Build the header with a JWT library.",
    ),
    Rule(
        "header.depth",
        "header",
        "choice",
        "The JOSE header nests at most 64 levels deep.",
        ("RFC 8259 9",),
        "Remove nested header parameters; Slurm reads only alg, and kid for RS256.",
    ),
    Rule(
        "header.numbers",
        "header",
        "choice",
        "Numbers in the JOSE header are exact in common software: integers within 2^53 - 1, no overflow.",
        ("RFC 8259 6", "RFC 7493 2.2"),
        "Remove the number, or write it as a string.",
    ),
    Rule(
        "header.unicode",
        "header",
        "choice",
        "Strings in the JOSE header hold no lone surrogates.",
        ("RFC 8259 8.2", "RFC 7493 2.1"),
        "Remove the broken escape sequence.",
    ),
    Rule(
        "header.duplicate",
        "header",
        "choice",
        "Names in the JOSE header are unique.",
        ("RFC 7515 4",),
        "Write each header parameter once; verifiers differ on which of two they read.",
    ),
    Rule(
        "alg.required",
        "header",
        "error",
        "The JOSE header has the member alg.",
        ("RFC 7515 4.1.1",),
        "Sign with a JWT library and algorithm HS256.",
    ),
    Rule(
        "alg.hs256",
        "header",
        "error",
        "alg is the string HS256, spelled exactly so.",
        (f"{PAGE} (2)", "RFC 7515 4.1.1", "RFC 7518 3.1"),
        "Set the issuer's signing algorithm to HS256; identity providers often default to RS256.",
    ),
    Rule(
        "header.types",
        "header",
        "error",
        "Registered header parameters have their registered types (typ, cty, kid, jku, x5u, x5t: strings; "
        "jwk: object; x5c: array).",
        ("RFC 7515 4.1",),
        "Correct the type of the header parameter or leave it out.",
    ),
    Rule(
        "typ.jwt",
        "header",
        "choice",
        "typ, where present, is JWT.",
        ("RFC 7519 5.1", "RFC 9068 2.1"),
        "Have the issuer write typ JWT: Slurm with libjwt before 1.12 refuses any other, at+jwt among them.",
    ),
    Rule(
        "cty.absent",
        "header",
        "choice",
        "cty is absent: the payload is claims, not another token.",
        ("RFC 7519 5.2",),
        "Do not nest tokens; leave cty out.",
    ),
    Rule(
        "crit.form",
        "header",
        "choice",
        "crit, where present, is a non-empty array of names, each once, present in the header and not "
        "registered by RFC 7515 or RFC 7518.",
        ("RFC 7515 4.1.11",),
        "Leave crit out.",
    ),
    Rule(
        "crit.understood",
        "header",
        "error",
        "Every extension that crit lists is understood; a Slurm token has none.",
        ("RFC 7515 4.1.11",),
        "Leave crit out, or the token demands what Slurm does not do.",
    ),
    Rule(
        "b64.absent",
        "header",
        "error",
        "The unencoded payload option is not used: b64 is absent or true.",
        ("RFC 7797 7", "RFC 7797 abstract (updates RFC 7519)"),
        "Leave b64 out.",
    ),
    Rule(
        "enc.absent",
        "header",
        "choice",
        "The header of a signed token has no enc, which marks a JWE.",
        ("RFC 7516 9",),
        "Leave enc out.",
    ),
)

_SIGNATURE_AND_CLAIMS = (
    Rule(
        "signature.match",
        "signature",
        "error",
        "The signature is the HMAC-SHA256 of the signing input under the one key of slurmctld and slurmdbd.",
        (f"{PAGE} (2)", f"{PAGE} (3)", "RFC 7518 3.2", "RFC 7515 5.2"),
        "Compare the issuer's key with the key file byte for byte, final newline and PEM lines included.",
    ),
    Rule(
        "claims.utf8",
        "claims",
        "error",
        "The claims are UTF-8 text.",
        ("RFC 7519 7.2",),
        "Encode the claims as UTF-8.",
    ),
    Rule(
        "claims.bom",
        "claims",
        "choice",
        "The claims do not start with a byte order mark.",
        ("RFC 8259 8.1",),
        "Write the JSON without a byte order mark.",
    ),
    Rule(
        "claims.json",
        "claims",
        "error",
        "The claims are one complete JSON text.",
        ("RFC 7519 7.2", "RFC 8259 2"),
        "Build the claims with a JSON library; NaN, comments and trailing bytes are not JSON.",
    ),
    Rule(
        "claims.object",
        "claims",
        "error",
        "The claims are a JSON object.",
        ("RFC 7519 7.2", "RFC 7519 4"),
        "Sign an object of claims, not text, an array or another token.",
    ),
    Rule(
        "claims.depth",
        "claims",
        "choice",
        "The claims nest at most 64 levels deep.",
        ("RFC 8259 9",),
        "Remove nested claims that Slurm does not read.",
    ),
    Rule(
        "claims.numbers",
        "claims",
        "choice",
        "Numbers in the claims are exact in common software: integers within 2^53 - 1, no overflow.",
        ("RFC 8259 6", "RFC 7493 2.2"),
        "Use seconds since 1970; Slurm refuses a whole token for any integer above 2^63 - 1.",
    ),
    Rule(
        "claims.unicode",
        "claims",
        "choice",
        "Strings in the claims hold no lone surrogates.",
        ("RFC 8259 8.2", "RFC 7493 2.1"),
        "Remove the broken escape sequence; Slurm refuses the whole token for it.",
    ),
    Rule(
        "claims.duplicate",
        "claims",
        "choice",
        "Claim names are unique.",
        ("RFC 7519 4",),
        "Write each claim once; verifiers differ on which of two they read.",
    ),
    Rule(
        "claims.types",
        "claims",
        "error",
        "iss, sub and jti, where present, are strings.",
        ("RFC 7519 4.1.1", "RFC 7519 4.1.2", "RFC 7519 4.1.7"),
        "Write the claim as a string or leave it out.",
    ),
    Rule(
        "aud.form",
        "claims",
        "error",
        "aud, where present, is a string or an array of strings.",
        ("RFC 7519 4.1.3",),
        "Leave aud out; Slurm does not read it.",
    ),
    Rule(
        "aud.unasked",
        "claims",
        "choice",
        "aud is absent: no audience is agreed with Slurm.",
        ("RFC 7519 4.1.3", f"{PAGE} (names no audience)"),
        "Leave aud out, or tell your verifiers which audience to expect.",
    ),
    Rule(
        "sun.required",
        "claims",
        "error",
        "The claim sun, the Slurm user name, is present.",
        (f"{PAGE} (1)",),
        "Add sun with the user's name on the cluster; sub, username and preferred_username do not replace it.",
    ),
    Rule(
        "sun.string",
        "claims",
        "error",
        "sun is a string.",
        (f"{PAGE} (1)", "POSIX.1-2017 3.437"),
        "Write the user name as a JSON string, a numeric one too.",
    ),
    Rule(
        "sun.empty",
        "claims",
        "error",
        "sun is not empty.",
        ("POSIX.1-2017 3.437",),
        "Write the user's name on the cluster; for an empty one Slurm acts as uid 99.",
    ),
    Rule(
        "sun.posix",
        "claims",
        "choice",
        "sun is a portable POSIX user name: A-Z a-z 0-9 . _ - only, not starting with a hyphen.",
        (f"{PAGE} (1)", "POSIX.1-2017 3.437", "POSIX.1-2017 3.282"),
        "Map the identity to the plain user name on the cluster: no domain, no blanks, no accents.",
    ),
    Rule(
        "iat.required",
        "claims",
        "error",
        "The claim iat, the time of creation, is present.",
        (f"{PAGE} (1)",),
        "Add iat; most JWT libraries do so only when told.",
    ),
    Rule(
        "iat.number",
        "claims",
        "error",
        "iat is a JSON number.",
        (f"{PAGE} (1)", "RFC 7519 4.1.6", "RFC 7519 2"),
        "Write seconds since 1970 as a number, not as text.",
    ),
    Rule(
        "iat.integer",
        "claims",
        "choice",
        "iat is written as an integer.",
        (f"{PAGE} (1): Unix timestamp", "RFC 7519 2 allows fractions"),
        "Round the time down: int(time.time()).",
    ),
    Rule(
        "exp.required",
        "claims",
        "error",
        "The claim exp, the time of expiration, is present.",
        (f"{PAGE} (1)",),
        "Add exp; Slurm takes a token without it for an expired one.",
    ),
    Rule(
        "exp.number",
        "claims",
        "error",
        "exp is a JSON number.",
        (f"{PAGE} (1)", "RFC 7519 4.1.4", "RFC 7519 2"),
        "Write seconds since 1970 as a number, not as text; Slurm logs such a token as expired.",
    ),
    Rule(
        "exp.integer",
        "claims",
        "choice",
        "exp is written as an integer.",
        (f"{PAGE} (1): Unix timestamp", "RFC 7519 2 allows fractions"),
        "Round the time: int(time.time()) + lifespan; Slurm logs a fraction as expired.",
    ),
    Rule(
        "nbf.number",
        "claims",
        "error",
        "nbf, where present, is a JSON number.",
        ("RFC 7519 4.1.5", "RFC 7519 2"),
        "Write seconds since 1970 as a number or leave nbf out.",
    ),
)

_TIME = (
    Rule(
        "exp.unexpired",
        "time",
        "error",
        "Now is before exp: from the second it names a token is refused.",
        ("RFC 7519 4.1.4",),
        "Fetch a new token; check the clocks of issuer and controller if it should still live.",
    ),
    Rule(
        "nbf.reached",
        "time",
        "error",
        "Now is not before nbf, where present.",
        ("RFC 7519 4.1.5",),
        "Wait until nbf, or check the issuer's clock; Slurm itself does not read nbf.",
    ),
    Rule(
        "iat.reached",
        "time",
        "choice",
        "iat is not in the future.",
        (f"{PAGE} (1): creation date", "RFC 7519 4.1.6 demands no check"),
        "Check the issuer's clock; Slurm itself does not read iat, some libraries refuse.",
    ),
)

RULES: tuple[Rule, ...] = _KEY_AND_FORM + _HEADER + _SIGNATURE_AND_CLAIMS + _TIME
"""All rules; the order is the order in which a verifier that stops early meets them."""

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
