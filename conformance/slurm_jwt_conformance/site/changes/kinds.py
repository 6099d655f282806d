"""The kinds of token whose fate differs between releases, in words that an administrator can act on.

A case belongs to the first kind that fits; one that fits none is told of by its topic and purpose, so that
nothing that a record shows is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import examine

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_vectors.models import Case


class Kind(NamedTuple):
    """A kind of token.

    what: the subject of a sentence, without its verb. why: what in Slurm or libjwt makes the difference.
    refused, accepted, other: what to do where the later release refuses such a token, accepts it, or takes
    it for another user.
    """

    id: str
    what: str
    why: str
    refused: str
    accepted: str
    other: str
    fits: Callable[[Case], bool]


_LOOK = "Look whether an issuer of yours makes such tokens before you upgrade:"


def _header(case: Case, name: str) -> object:
    header = examine(case.token_bytes).header
    return header.get(name) if isinstance(header, dict) else None


def _alg(case: Case) -> str:
    alg = _header(case, "alg")
    return alg if isinstance(alg, str) else ""


def _named_in_username(case: Case) -> bool:
    claims = examine(case.token_bytes).claims
    return isinstance(claims, dict) and not isinstance(claims.get("sun"), str) and "username" in claims


EVERY = Kind(
    "every-token",
    "Every token",
    "Slurm 21.08 to 25.11 first reads a token without a key, which libjwt 2.1.1 and later refuse to do.",
    "Do not put this libjwt beside this Slurm: keep libjwt 1.x (1.17 or later), or go to Slurm 26.05.",
    "Nothing: tokens work again.",
    "",
    lambda case: True,  # noqa: ARG005 - by comparison of all, not by the case
)

KINDS = (
    Kind(
        "typ",
        "A token whose typ is a text other than JWT, such as at+jwt or an empty one,",
        "libjwt before 1.12 takes no other typ, in any case; later ones do not read it.",
        f'{_LOOK} they must say "typ":"JWT", or leave typ out.',
        "Nothing; identity providers that cannot change typ (at+jwt) fit from here on.",
        "",
        lambda case: case.topic == "typ",
    ),
    Kind(
        "alg-hmac",
        "A token signed with HS384 or HS512 under the same key",
        "Up to 20.11 Slurm leaves the algorithm to libjwt; from 21.08 on it takes HS256 and RS256 alone.",
        f"{_LOOK} let them sign with HS256.",
        "Mind that such tokens then work, which the Slurm page does not allow.",
        "",
        lambda case: case.topic == "alg" and _alg(case).upper() in {"HS384", "HS512"},
    ),
    Kind(
        "alg-case",
        "A token whose alg is HS256 in small letters (hs256, Hs256)",
        "libjwt before 1.12 compares names of algorithms in any case; later ones to the letter.",
        f'{_LOOK} they must write "alg":"HS256".',
        "Nothing; such tokens break RFC 7515 all the same.",
        "",
        lambda case: case.topic == "alg" and _alg(case) != "HS256" and _alg(case).upper() == "HS256",
    ),
    Kind(
        "username",
        "A token that names its user in username, and has no sun that is text,",
        "From 21.08 on the claim username stands in for sun.",
        f"{_LOOK} they must write sun.",
        "If your issuer lets users choose their username claim, they choose whom slurmctld takes them for:"
        " have it always write sun, too, which counts first.",
        "",
        _named_in_username,
    ),
    Kind(
        "sun-number",
        "A token whose sun is a number",
        "Up to 21.08 any number up to 2147483647 counts as a uid; from 22.05 on it must be an account's;"
        " from 24.05 on it may go up to 4294967295.",
        "Write user names as sun, never numbers.",
        "Write user names as sun, never numbers.",
        "Write user names as sun. Uid 99 is nobody's: such a token still reads, and submits nothing from"
        " 25.05.8 and 25.11.5 on.",
        lambda case: case.topic == "sun-number",
    ),
    Kind(
        "sun-nobody",
        "A token of the user nobody",
        "From 25.11 on the name nobody is no longer looked up.",
        "Do not let anything run as nobody.",
        "Do not let anything run as nobody.",
        "Do not let anything run as nobody: give the service an account of its own.",
        lambda case: case.id == "sun.nobody",
    ),
    Kind(
        "base64-foreign",
        "A token with blanks or foreign characters in its parts",
        "libjwt's decoders differ in what they pass over (Debian's skips what is no base64), and Slurm 26.05"
        " reads the header by itself, strictly.",
        f"{_LOOK} tokens must be exactly three parts of base64url, without line ends or blanks.",
        "Nothing; no sound issuer makes such tokens.",
        "",
        lambda case: case.topic in {"base64url", "serialization"},
    ),
    Kind(
        "header-depth",
        "A token whose header nests dozens of levels deep",
        "From 26.05 on Slurm reads the header with json-c, which goes 32 levels deep; jansson goes 2,048.",
        f"{_LOOK} a header needs alg and typ, no more.",
        "Nothing; no sound issuer makes such tokens.",
        "",
        lambda case: case.topic == "header-json" and ".depth-" in case.id,
    ),
)


def kind_of(case: Case) -> Kind:
    """Return the kind of a case: one of KINDS, or one made of its topic."""
    found = next((kind for kind in KINDS if kind.fits(case)), None)
    return found or Kind(
        f"topic-{case.topic}",
        f"A token as in {case.id}",
        f"{case.purpose}",
        f"{_LOOK} `slurm-jwt vectors show {case.id}` shows one.",
        f"`slurm-jwt vectors show {case.id}` shows one.",
        f"`slurm-jwt vectors show {case.id}` shows one.",
        lambda other: other.topic == case.topic,
    )
