"""Names of users and of claims: what they look like, and which one somebody may have meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt.slurmctld import Users

LIKELY = (
    "sun",
    "username",
    "preferred_username",
    "user",
    "user_name",
    "uid",
    "unique_name",
    "upn",
    "sub",
    "email",
)
"""Claims in which providers write a user's name, the likeliest first."""

MOST_COMPARED = 2000
"""Accounts that are compared letter by letter: a directory may have a million."""

_NUMBER = re.compile(r"[ \t\n\v\f\r]*(\+?[0-9]{1,19}|-0{1,19})")
_PLAIN_CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")


def claim(name: str) -> str:
    """Return a claim's name, escaped where it is none that is usual."""
    from slurm_jwt.strict.findings import shown

    return name if _PLAIN_CLAIM.fullmatch(name) else shown(name)


def is_number(name: str) -> bool:
    """Tell whether strtol reads all of this name as a number that could be a uid (src/common/uid.c)."""
    return _NUMBER.fullmatch(name) is not None


def has_blanks(name: str) -> bool:
    """Tell whether a name has characters that nobody sees: blanks, controls, zero-width ones."""
    if name.isascii() and name.isprintable():
        return " " in name
    import unicodedata  # slow to load

    return any(
        char.isspace() or unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp"} for char in name
    )


def without_domain(name: str) -> str | None:
    r"""Return alice for alice@realm and DOMAIN\alice; None for a name without a domain part."""
    if "\\" in name:
        return name.rpartition("\\")[2] or None
    local, at, _ = name.partition("@")
    return local if at and local else None


def in_other_case(name: str, users: Users | None) -> str | None:
    """Return the account whose name differs in capital letters alone."""
    if users is None:
        return None
    if name != name.lower() and name.lower() in users.by_name:
        return name.lower()  # a database that is asked name by name has no list to look through
    folded = name.casefold()
    return next((known for known in users.by_name if known.casefold() == folded), None)


def near(name: str, users: Users) -> str | None:
    """Return the account that the name was probably meant for."""
    bare = "".join(char for char in (without_domain(name) or name) if not has_blanks(char))
    same = bare if bare in users.by_name else in_other_case(bare, users)
    if same is not None or not bare or len(bare) > 64:
        return same
    folded = bare.casefold()
    alike = [known for known in users.by_name if abs(len(known) - len(bare)) <= 2 and known[0] == folded[0]]
    import difflib  # slow to load, and only needed here

    return next(iter(difflib.get_close_matches(folded, alike[:MOST_COMPARED], n=1, cutoff=0.7)), None)


def likely_claim(claims: Mapping[str, object]) -> str | None:
    """Return the claim in which the issuer seems to have written the user's name."""
    for wanted in LIKELY:
        for name, value in claims.items():
            if name.casefold() == wanted and (isinstance(value, str) or name == "sun"):
                return name
    return None
