"""Mutants of the times: exp, nbf and iat, their form and the clock (RFC 7519 4.1.4 to 4.1.6)."""

from __future__ import annotations

from slurm_jwt_conformance.harness.mutants.claims import changed
from slurm_jwt_conformance.harness.mutants.mutant import Mutant, Patch

MODULE = "slurm_jwt.strict.claims"
_EXP = "    if _is_number(exp) and now >= exp:\n"
_NBF = "    if _is_number(nbf) and now < nbf:\n"
_IAT = "    if _is_number(iat) and now < iat:\n"
_NBF_FORM = '    if "nbf" in claims and not _is_number(claims["nbf"]):\n'
_FRACTION = "    if isinstance(value, float):\n"


def _mutant(name: str, wrong: str, old: str, new: str, seen: str = "") -> Mutant:
    return Mutant(name, wrong, Patch(MODULE, old, new), seen)


def _exp(name: str, wrong: str, expired: str, seen: str = "") -> Mutant:
    return _mutant(name, wrong, _EXP, _EXP.replace("now >= exp", expired), seen)


def _nbf(name: str, wrong: str, early: str, seen: str = "") -> Mutant:
    return _mutant(name, wrong, _NBF, _NBF.replace("now < nbf", early), seen)


def _iat(name: str, wrong: str, early: str, seen: str = "") -> Mutant:
    return _mutant(name, wrong, _IAT, _IAT.replace("now < iat", early), seen)


def _text(claim: str, seen: str = "") -> Mutant:
    """Read digits in a string as a number."""
    statement = (
        f'if isinstance(claims.get("{claim}"), str) and claims["{claim}"].isdecimal():\n'
        f'            claims["{claim}"] = int(claims["{claim}"])'
    )
    return changed(f"{claim}-text-accepted", f"{claim} may be a string of digits.", statement, seen)


def _any_type(claim: str) -> Mutant:
    """Check that a claim is there, and not what it is."""
    old = f'    found += _examine_time("{claim}", claims)\n'
    return _mutant(
        f"{claim}-of-any-type",
        f"{claim} may be of any type; what is no number is not compared.",
        old,
        old.replace("+= ", f'+= [] if "{claim}" in claims else '),
    )


_OF_EXP = (
    changed(
        "exp-not-required",
        "A token without exp never expires.",
        'claims.setdefault("exp", 2**53 - 1)',
        "nearly all libraries by default",
    ),
    changed(
        "exp-null-is-never",
        "A token whose exp is null never expires.",
        'if claims.get("exp", 0) is None:\n            claims["exp"] = 2**53 - 1',
    ),
    _any_type("exp"),
    _text("exp", "PyJWT, python-jose, ruby-jwt"),
    _mutant(
        "exp-fraction-accepted",
        "exp may have a fraction.",
        _FRACTION,
        '    if isinstance(value, float) and name != "exp":\n',
        "all libraries measured but Gehirn's jwt",
    ),
    _exp(
        "exp-not-compared",
        "exp is not held against the clock.",
        "False",
        "joserfc and Authlib by decode() alone, libjwt",
    ),
    _exp(
        "exp-compared-as-text",
        "exp is compared with the clock as text.",
        "str(int(now)) >= str(exp)",
    ),
    _exp(
        "exp-now-accepted",
        "A token is good in the second of exp too.",
        "now > exp",
        "slurmctld, Authlib, python-jose, Rust's jsonwebtoken",
    ),
    _exp(
        "exp-leeway-60", "exp has a leeway of a minute.", "now - 60 >= exp", "jwcrypto, Rust's jsonwebtoken"
    ),
    _exp("exp-leeway-300", "exp has a leeway of five minutes.", "now - 300 >= exp", ".NET's ClockSkew"),
    _exp("exp-a-second-early", "A token expires a second early.", "now + 1 >= exp"),
    _exp("exp-zero-is-never", "exp 0 means never.", "exp != 0 and now >= exp", "golang-jwt's StandardClaims"),
    _exp("exp-negative-is-never", "A negative exp means never.", "now >= exp >= 0"),
    _exp(
        "exp-against-iat", "exp is held against iat, not against the clock.", "_is_number(iat) and iat >= exp"
    ),
    _exp(
        "exp-in-milliseconds",
        "A large exp is taken for milliseconds.",
        "now >= (exp / 1000 if exp > 10**11 else exp)",
    ),
    _exp("exp-as-duration", "A small exp is taken for a lifespan.", "now >= exp >= 86400"),
    _exp(
        "exp-to-year-9999",
        "An exp after the year 9999 is refused.",
        "(now >= exp or exp > 253402300799)",
        "tink",
    ),
)

_OF_NBF = (
    _nbf("nbf-ignored", "nbf is not held against the clock.", "False", "slurmctld, Rust's jsonwebtoken"),
    _nbf("nbf-leeway-60", "nbf has a leeway of a minute.", "now + 60 < nbf", "jwcrypto"),
    _nbf("nbf-now-refused", "A token is not yet good in the second of nbf.", "now <= nbf"),
    _nbf("nbf-half-second-rounded", "Now is rounded up before it is held against nbf.", "now + 0.5 < nbf"),
    _nbf("nbf-negative-refused", "A negative nbf is refused.", "(now < nbf or nbf < 0)"),
    _nbf("nbf-fraction-refused", "nbf must be an integer.", "(now < nbf or isinstance(nbf, float))"),
    _nbf(
        "nbf-before-iat-refused",
        "nbf may not be before iat.",
        "(now < nbf or (_is_number(iat) and nbf < iat))",
    ),
    _mutant(
        "nbf-of-any-type",
        "nbf may be of any type; what is no number is not compared.",
        _NBF_FORM,
        "    if False:\n",
    ),
    _mutant(
        "nbf-null-is-absent",
        "nbf null counts as absent.",
        _NBF_FORM,
        _NBF_FORM.replace('"nbf" in claims', 'claims.get("nbf") is not None'),
    ),
    _text("nbf"),
)

_OF_IAT = (
    changed(
        "iat-not-required",
        "A token without iat is accepted.",
        'claims.setdefault("iat", 0)',
        "slurmctld, nearly all libraries by default",
    ),
    changed("iat-or-nbf", "Without iat, nbf counts.", 'claims.setdefault("iat", claims.get("nbf"))'),
    _any_type("iat"),
    _text("iat"),
    _mutant(
        "iat-fraction-accepted",
        "iat may have a fraction.",
        _FRACTION,
        '    if isinstance(value, float) and name != "iat":\n',
    ),
    _mutant(
        "iat-zero-is-missing",
        "iat 0 counts as missing.",
        "    if name not in claims:\n",
        "    if not claims.get(name, 0):\n",
    ),
    _iat("iat-ahead-accepted", "iat may be in the future.", "False", "slurmctld, jwcrypto, python-jose"),
    _iat("iat-leeway-60", "iat has a leeway of a minute.", "now + 60 < iat"),
    _iat("iat-now-refused", "A token is not yet good in the second of iat.", "now <= iat"),
    _iat("iat-negative-refused", "A negative iat is refused.", "(now < iat or iat < 0)"),
    _mutant(
        "true-is-a-number",
        "true and false are numbers, as for Python's isinstance.",
        "    return type(value) is int or type(value) is float",
        "    return isinstance(value, int | float)",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_OF_EXP, *_OF_NBF, *_OF_IAT)
