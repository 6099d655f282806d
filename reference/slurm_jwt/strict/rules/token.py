"""The rules of the key, of the token's outer form and of its signature."""

from __future__ import annotations

from slurm_jwt.strict.rules.rule import LATER_PAGE, PAGE, Rule

KEY: tuple[Rule, ...] = (
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
)

FORM: tuple[Rule, ...] = (
    Rule(
        "form.size",
        "form",
        "choice",
        "The token is at most 128 KiB (131,072 bytes) long; in SLURM_JWT Linux carries up to 131,061.",
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
        "The token is signed (JWS, three parts), not encrypted (JWE, five parts): all can read its claims.",
        (f"{PAGE} (2)", "RFC 7516 9"),
        'Have the issuer sign, not encrypt; "decryption" on Slurm\'s page means checking the signature.',
    ),
    Rule(
        "form.base64url",
        "form",
        "error",
        "Each part is base64url text: A-Z a-z 0-9 - _ only, no padding, no blanks, no impossible length.",
        ("RFC 7515 2", "RFC 7515 5.2", "RFC 4648 5"),
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

SIGNATURE: tuple[Rule, ...] = (
    Rule(
        "signature.match",
        "signature",
        "error",
        "The signature is the HMAC-SHA256 of the signing input under the one key of slurmctld and slurmdbd; "
        "that of an RS256 token is RSASSA-PKCS1-v1_5 with SHA-256 under the JWKS key that kid names.",
        (f"{PAGE} (2)", f"{PAGE} (3)", f"{LATER_PAGE} (2)", "RFC 7518 3.2", "RFC 7518 3.3", "RFC 7515 5.2"),
        "Compare the issuer's key with the key file byte for byte, final newline and PEM lines included. "
        "For RS256 fetch the issuer's present JWKS.",
    ),
)
