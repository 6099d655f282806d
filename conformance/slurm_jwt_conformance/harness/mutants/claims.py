"""Mutants of the claims but their times: who the user is, and what Slurm does not read (RFC 7519 4.1)."""

from __future__ import annotations

from slurm_jwt_conformance.harness.mutants.mutant import Mutant, Patch

MODULE = "slurm_jwt.strict.claims"
_EXAMINED = "        found += examine_claims(claims, now)\n"
_PORTABLE = 'is_portable_name = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]*").fullmatch\n'
_NAMES = '    wrong = [name for name in ("iss", "sub", "jti") if not isinstance(claims.get(name, ""), str)]\n'


def _mutant(name: str, wrong: str, old: str, new: str, seen: str = "") -> Mutant:
    return Mutant(name, wrong, Patch(MODULE, old, new), seen)


def changed(name: str, wrong: str, statement: str, seen: str = "") -> Mutant:
    """Change the decoded claims before anything looks at them."""
    patch = Patch("slurm_jwt.strict.examination", _EXAMINED, f"        {statement}\n{_EXAMINED}")
    return Mutant(name, wrong, patch, seen)


def _refused(name: str, wrong: str, condition: str, seen: str = "") -> Mutant:
    """Refuse claims that no rule speaks against."""
    statement = f'if {condition}:\n            found.append(finding("claims.types", "unwanted"))'
    return changed(name, wrong, statement, seen)


def _sun(name: str, wrong: str, expression: str, seen: str = "") -> Mutant:
    """Change sun where it is a string."""
    statement = f'if isinstance(sun := claims.get("sun"), str):\n            claims["sun"] = {expression}'
    return changed(name, wrong, statement, seen)


def _pattern(name: str, wrong: str, pattern: str, seen: str = "") -> Mutant:
    """Hold names against another pattern."""
    new = f'is_portable_name = re.compile(r"{pattern}").fullmatch\n'
    return _mutant(name, wrong, _PORTABLE, new, seen)


_OF_SUN = (
    changed(
        "sun-or-username",
        "Without sun, the claim username counts.",
        'claims.setdefault("sun", claims.get("username"))',
        "slurmctld since 21.08",
    ),
    changed(
        "sun-or-sub", "Without sun, the claim sub counts.", 'claims.setdefault("sun", claims.get("sub"))'
    ),
    changed(
        "sun-or-preferred-username",
        "Without sun, the claim preferred_username counts.",
        'claims.setdefault("sun", claims.get("preferred_username"))',
        "slurmctld since 23.02 with userclaimfield",
    ),
    changed(
        "sun-of-wrong-type-or-username",
        "If sun is present but no string, the claim username counts.",
        'if "sun" in claims and not isinstance(claims["sun"], str):\n'
        '            claims["sun"] = claims.get("username")',
        "slurmctld since 21.08",
    ),
    changed(
        "sun-empty-or-username",
        "If sun is an empty string, the claim username counts.",
        'if claims.get("sun") == "":\n            claims["sun"] = claims.get("username")',
    ),
    changed(
        "sun-missing-is-nobody", "Without sun, the user is nobody.", 'claims.setdefault("sun", "nobody")'
    ),
    changed(
        "username-before-sun",
        "The claim username counts, and sun only without it.",
        'claims["sun"] = claims.get("username", claims.get("sun"))',
    ),
    changed(
        "sun-number-as-text",
        "A number in sun is taken for its digits.",
        'if type(claims.get("sun")) is int:\n            claims["sun"] = str(claims["sun"])',
    ),
    changed(
        "sun-made-text",
        "Whatever sun is, it is converted to text.",
        'if "sun" in claims:\n            claims["sun"] = str(claims["sun"])',
    ),
    changed(
        "sun-first-of-array",
        "Of an array the first name counts.",
        'if isinstance(claims.get("sun"), list):\n            claims["sun"] = claims["sun"][0]',
    ),
    _mutant(
        "sun-empty-accepted",
        "An empty name is a name.",
        '        return [finding("sun.empty", "an empty string", "sun")]\n',
        "        return []\n",
        "slurmctld",
    ),
    changed(
        "sun-by-regular-expression",
        "The name is looked for in the text of the claims, and the last match counts.",
        'for name in __import__("re").findall(rb\'"sun":"([^"]*)"\', parts.payload or b""):\n'
        '            claims["sun"] = name.decode("latin-1")',
        "grep and sed in a shell",
    ),
    _sun("sun-stripped", "Blanks around the name are stripped.", "sun.strip()"),
    _sun("sun-lower-cased", "The name is made lower case.", "sun.lower()"),
    _sun("sun-ends-at-at-sign", "The name ends at its first @.", 'sun.partition("@")[0]'),
    _sun("sun-domain-dropped", "A domain and its backslash are dropped.", 'sun.rpartition("\\\\")[2]'),
    _sun("sun-ends-at-nul", "The name ends at its first NUL, as a C string does.", 'sun.partition("\\0")[0]'),
    _sun("sun-cut-to-32", "The name ends after 32 characters.", "sun[:32]"),
    _sun(
        "sun-lookalikes-folded",
        "The name is normalized to NFKC.",
        '__import__("unicodedata").normalize("NFKC", sun)',
    ),
    _sun(
        "sun-number-normalized",
        "A name of digits is read as a number.",
        "str(int(sun)) if sun.isdecimal() else sun",
    ),
)

_OF_PATTERN = (
    _mutant(
        "sun-of-any-text",
        "Any text is a user name.",
        "    if not is_portable_name(name):\n",
        "    if False:\n",
        "slurmctld",
    ),
    _pattern("sun-hyphen-first", "A name may begin with a hyphen.", "[A-Za-z0-9._-]+"),
    _mutant(
        "sun-line-end-accepted",
        "A line end may follow the name: the pattern ends with $.",
        _PORTABLE,
        _PORTABLE.replace('*").fullmatch', '*$").match'),
    ),
    _pattern("sun-of-unicode-letters", "Letters and digits of all scripts are portable.", r"[\w.][\w.-]*"),
    _pattern(
        "sun-final-dollar-accepted", "A name may end with $.", "[A-Za-z0-9._][A-Za-z0-9._-]*[$]?", "useradd"
    ),
    _pattern(
        "sun-as-useradd-wants",
        "A name begins with a small letter and has small letters only.",
        "[a-z_][a-z0-9_-]*",
        "useradd",
    ),
    _pattern(
        "sun-of-digits-refused",
        "A name of digits alone is refused.",
        "(?![0-9]+$)[A-Za-z0-9._][A-Za-z0-9._-]*",
    ),
    _pattern("sun-capitals-refused", "A name with capital letters is refused.", "[a-z0-9._][a-z0-9._-]*"),
    _pattern("sun-periods-refused", "A name with periods is refused.", "[A-Za-z0-9_][A-Za-z0-9_-]*"),
    _pattern(
        "sun-of-32-at-most",
        "A name of more than 32 characters is refused.",
        "[A-Za-z0-9._][A-Za-z0-9._-]{0,31}",
    ),
    _pattern(
        "sun-of-255-at-most",
        "A name of more than 255 characters is refused.",
        "[A-Za-z0-9._][A-Za-z0-9._-]{0,254}",
    ),
    _refused("sun-root-refused", "The user root is refused.", 'claims.get("sun") == "root"'),
)

_OF_OTHERS = (
    _mutant(
        "claim-types-unchecked",
        "iss, sub and jti may be of any type.",
        _NAMES,
        "    wrong: list[str] = []\n",
        "slurmctld",
    ),
    *(
        _mutant(
            f"{name}-of-any-type",
            f"{name} may be of any type.",
            _NAMES,
            _NAMES.replace(f'"{name}"', f'"not {name}"'),
        )
        for name in ("iss", "sub", "jti")
    ),
    _mutant(
        "empty-claims-are-absent",
        "iss, sub or jti that is null, false, 0 or empty counts as absent.",
        _NAMES,
        _NAMES.replace('claims.get(name, "")', '(claims.get(name) or "")'),
    ),
    _mutant(
        "aud-ignored",
        "aud is not looked at.",
        '    if "aud" in claims:\n',
        "    if False:\n",
        "slurmctld, Authlib, joserfc, jwcrypto",
    ),
    _mutant(
        "aud-of-one-accepted",
        "An aud that is a string is accepted, whoever it names.",
        '    if "aud" in claims:\n',
        '    if not isinstance(claims.get("aud", ""), str):\n',
    ),
    changed(
        "aud-null-is-absent",
        "aud null counts as absent.",
        'if claims.get("aud", 0) is None:\n            del claims["aud"]',
    ),
    _refused("iss-refused", "An issuer that is not known is refused, though the key is.", '"iss" in claims'),
    _refused(
        "sub-other-than-sun-refused",
        "A sub that is not the user of sun is refused.",
        '"sub" in claims and claims["sub"] != claims.get("sun")',
    ),
    _refused(
        "claims-in-other-order-refused",
        "The claims must stand in the order in which scontrol writes them.",
        "list(claims) != sorted(claims)",
    ),
    _refused(
        "structured-claims-refused",
        "A claim that is an array or an object is refused.",
        "any(isinstance(value, list | dict) for value in claims.values())",
    ),
    _refused(
        "non-ascii-claims-refused",
        "Text that is not ASCII is refused.",
        'not (parts.payload or b"").isascii()',
    ),
    changed(
        "claims-within-a-claim-accepted",
        "Claims may stand within a claim called slurm.",
        'if isinstance(claims.get("slurm"), dict):\n            claims = {**claims, **claims["slurm"]}',
    ),
    changed(
        "claims-of-header-accepted",
        "What the claims lack is looked for in the header.",
        "claims = {**(header or {}), **claims}",
    ),
    changed(
        "claims-of-prototype-accepted",
        "A claim called __proto__ is merged into the claims.",
        'if isinstance(claims.get("__proto__"), dict):\n            claims |= claims["__proto__"]',
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_OF_SUN, *_OF_PATTERN, *_OF_OTHERS)
