"""The rules that a token must keep only where the caller of `Verifier` or `examine` requires them."""

from __future__ import annotations

from slurm_jwt.strict.rules.rule import Rule

EXPECTATIONS: tuple[Rule, ...] = (
    Rule(
        "aud.expected",
        "claims",
        "error",
        "aud names the audience that the verifier expects.",
        ("RFC 7519 4.1.3", "RFC 8725 3.9"),
        "Have the issuer add the verifier's audience to aud, or give the verifier the audience of the token.",
    ),
    Rule(
        "iss.expected",
        "claims",
        "error",
        "iss is the issuer that the verifier expects, character by character.",
        ("RFC 7519 4.1.1", "RFC 8725 3.8"),
        "Compare iss with the issuer given to the verifier: letter case and a final slash count.",
    ),
    Rule(
        "exp.lifetime",
        "time",
        "error",
        "From iat to exp a token lives no longer than the verifier allows.",
        ("RFC 7523 3 (4): an exp unreasonably far in the future may be refused",),
        "Have the issuer set a shorter lifetime, or give the verifier a larger max_lifetime in seconds.",
    ),
)
