"""Mutants of the JOSE header: alg, types, typ, cty, enc, crit, b64 (RFC 7515 4, RFC 7519 5)."""

from __future__ import annotations

from slurm_jwt_conformance.harness.mutants.mutant import Mutant, Patch

MODULE = "slurm_jwt.strict.header"
_EXAMINED = "        found += examine_header(header)\n"
_WRONG_ALG = '    if header["alg"] != ALGORITHM:\n'
_REGISTERED = "        return isinstance(value, str)\n"
_ENC = '    if "enc" in header:\n'
_TYP = '    if isinstance(typ, str) and typ != "JWT":\n'
_STRANGE = "    strange = [name for name in names if name not in _OF_JWS]\n"
_B64 = '    if header.get("b64", True) is not True:\n'
_STRINGS = '_STRINGS = ("typ", "cty", "kid", "jku", "x5u", "x5t", "x5t#S256")\n'


def _mutant(name: str, wrong: str, old: str, new: str, seen: str = "") -> Mutant:
    return Mutant(name, wrong, Patch(MODULE, old, new), seen)


def _header(name: str, wrong: str, statement: str, seen: str = "") -> Mutant:
    """Change the decoded header before anything looks at it; the signature is still checked."""
    patch = Patch("slurm_jwt.strict.examination", _EXAMINED, f"        {statement}\n{_EXAMINED}")
    return Mutant(name, wrong, patch, seen)


def _alg(name: str, wrong: str, expression: str, seen: str = "") -> Mutant:
    """Change alg where it is a string."""
    statement = f'if isinstance(alg := header.get("alg"), str):\n            header["alg"] = {expression}'
    return _header(name, wrong, statement, seen)


def _refused(name: str, wrong: str, condition: str, seen: str = "") -> Mutant:
    """Refuse headers that no rule speaks against."""
    new = f'    if {condition}:\n        found.append(finding("header.types", "unwanted"))\n{_ENC}'
    return _mutant(name, wrong, _ENC, new, seen)


def _untyped(member: str) -> Mutant:
    """Check the types of all registered parameters but one."""
    return _mutant(
        f"{member}-of-any-type",
        f"{member} may be of any type.",
        _STRINGS,
        _STRINGS.replace(f'"{member}"', f'"not {member}"'),
    )


_OF_ALG = (
    _alg(
        "alg-without-case",
        "alg is compared without case.",
        "alg.upper()",
        "libjwt before 1.12, ruby-jwt",
    ),
    _alg("alg-stripped", "Blanks around alg are stripped.", "alg.strip()"),
    _alg("alg-ends-at-nul", "alg ends at its first NUL, as a C string does.", 'alg.partition("\\0")[0]'),
    _alg("alg-by-prefix", "alg need only begin with HS256.", "alg[:5]"),
    _alg(
        "alg-family",
        "Any alg that begins with HS is taken for HS256.",
        '"HS256" if alg.startswith("HS") else alg',
    ),
    _header(
        "alg-ignored",
        "alg is not looked at.",
        'header["alg"] = ALGORITHM',
        "jwt-simple and jwskate with the algorithm forced",
    ),
    _header(
        "alg-missing-is-hs256", "A header without alg means HS256.", 'header.setdefault("alg", ALGORITHM)'
    ),
    _header(
        "alg-null-is-hs256",
        "alg null means HS256.",
        'header["alg"] = header.get("alg", 0) or header.get("alg", ALGORITHM) or ALGORITHM',
    ),
    _header(
        "alg-array-accepted",
        "alg may be an array that holds HS256.",
        'header["alg"] = ALGORITHM if ALGORITHM in str(header.get("alg")).split("\'") else header.get("alg")',
    ),
    _mutant(
        "alg-none-accepted",
        "alg none is accepted, with any signature.",
        _WRONG_ALG,
        '    if header["alg"] not in (ALGORITHM, "none"):\n',
        "many in 2015, CVE-2015-9235",
    ),
    _mutant(
        "alg-none-alone-refused",
        "alg none is refused in this spelling alone; what is not HS256 needs no signature.",
        _WRONG_ALG,
        '    if header["alg"] == "none":\n',
        "filters for none that were passed by nOnE",
    ),
    _mutant(
        "alg-rs256-unchecked",
        "A token of RS256 is accepted unchecked, since there is no public key to check it with.",
        _WRONG_ALG,
        '    if header["alg"] not in (ALGORITHM, "RS256"):\n',
    ),
    Mutant(
        "empty-header-is-hs256",
        "An empty header means HS256.",
        Patch(
            "slurm_jwt.strict.examination",
            "    members, flaws = read_object(raw)\n",
            '    members, flaws = read_object(raw or b\'{"alg":"HS256"}\')\n',
        ),
    ),
)

_OF_TYPES = (
    _mutant(
        "header-types-unchecked",
        "Registered parameters may be of any type.",
        "    wrong = [name for name in header if not _has_registered_type(name, header[name])]\n",
        "    wrong = []\n",
        "PyJWT but for kid",
    ),
    _mutant(
        "header-null-is-absent",
        "A parameter that is null counts as absent.",
        "if not _has_registered_type(name, header[name])]\n",
        "if header[name] is not None and not _has_registered_type(name, header[name])]\n",
    ),
    *(_untyped(member) for member in ("typ", "cty", "kid", "jku")),
    _mutant(
        "jwk-of-any-type",
        "jwk may be of any type.",
        "        return isinstance(value, dict)\n",
        "        return True\n",
    ),
    _mutant(
        "x5c-entries-unchecked",
        "The array x5c may hold anything.",
        " and all(isinstance(entry, str) for entry in value)\n",
        "\n",
    ),
    _refused(
        "kid-refused", "A kid that is not known is refused, though there is but one key.", '"kid" in header'
    ),
    _refused(
        "kid-of-64-at-most",
        "A kid of more than 64 characters is refused.",
        'len(str(header.get("kid"))) > 64',
    ),
    _refused(
        "jku-refused",
        "A URL of keys in the header is refused, though nobody would follow it.",
        '"jku" in header',
    ),
    _refused(
        "unknown-parameter-refused",
        "A parameter that RFC 7515 does not register is refused.",
        "set(header) - _OF_JWS - {'b64', 'enc'}",
        "joserfc",
    ),
)

_OF_MEANING = (
    _mutant(
        "typ-ignored", "typ may say anything.", _TYP, "    if False:\n", "slurmctld with libjwt since 1.12"
    ),
    _mutant(
        "typ-without-case",
        "typ is compared without case.",
        _TYP,
        _TYP.replace('typ != "JWT"', 'typ.upper() != "JWT"'),
    ),
    _mutant(
        "typ-required",
        "A header without typ is refused.",
        '    typ = header.get("typ", "JWT")\n',
        '    typ = header.get("typ", "")\n',
    ),
    _mutant(
        "cty-ignored",
        "cty may say anything.",
        '    if isinstance(header.get("cty"), str):\n',
        "    if False:\n",
        "all libraries measured",
    ),
    _mutant("enc-ignored", "enc may stand in the header of a signed token.", _ENC, "    if False:\n"),
    _mutant("b64-ignored", "b64 is not looked at.", _B64, "    if False:\n", "slurmctld"),
    _mutant(
        "b64-false-alone-refused",
        "Only b64 false itself is refused.",
        _B64,
        _B64.replace("not True", "False"),
    ),
)

_OF_CRIT = (
    _mutant(
        "crit-ignored",
        "crit is not looked at.",
        '    if "crit" in header:\n',
        "    if False:\n",
        "slurmctld, python-jose, Gehirn's jwt, jsonwebtoken, golang-jwt",
    ),
    _mutant("crit-form-unchecked", "crit may be of any form.", "    if flaw:\n", "    if False:\n"),
    _mutant(
        "crit-empty-accepted",
        "crit may be an empty array.",
        '    if not crit:\n        return "an empty array"\n',
        "",
        "Authlib, joserfc, jwcrypto",
    ),
    _mutant(
        "crit-present-is-understood",
        "An extension counts as understood if the header holds it.",
        _STRANGE,
        _STRANGE.replace("not in _OF_JWS", "not in _OF_JWS and name not in header"),
    ),
    _mutant(
        "crit-b64-understood",
        "The extension b64 counts as understood.",
        _STRANGE,
        _STRANGE.replace("not in _OF_JWS", 'not in {*_OF_JWS, "b64"}'),
        "joserfc",
    ),
    _mutant(
        "crit-names-without-case",
        "The names that crit lists are compared without regard to case.",
        _STRANGE,
        _STRANGE.replace("name not in _OF_JWS", "name.lower() not in _OF_JWS"),
    ),
    _mutant(
        "crit-uri-understood",
        "An extension whose name is a URI counts as private and is ignored.",
        _STRANGE,
        _STRANGE.replace("not in _OF_JWS", 'not in _OF_JWS and ":" not in name'),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_OF_ALG, *_OF_TYPES, *_OF_MEANING, *_OF_CRIT)
