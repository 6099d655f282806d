"""The kinds of token whose verdict differs between releases, with advice for an administrator.

A case belongs to the first kind that fits. A case that fits none gets a kind made of its topic and purpose,
so that no recorded difference is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import examine

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_vectors.models import Case


class Kind(NamedTuple):
    """A kind of token.

    what: the subject of a sentence. why: what in Slurm or libjwt makes the difference. refused, accepted,
    other: the advice if the later release refuses such a token, accepts it, or assigns another user.
    """

    id: str
    what: str
    why: str
    fits: Callable[[Case], bool]
    refused: str
    accepted: str = "No action is needed."
    other: str = ""


_CHECK = "First check whether one of your issuers makes such tokens."
_NO_NUMBERS = "Write user names in sun, never numbers."
_NOT_NOBODY = "Do not run anything as nobody."


def _header(case: Case, name: str) -> object:
    header = examine(case.token_bytes).header
    return header.get(name) if isinstance(header, dict) else None


def _alg(case: Case) -> str:
    alg = _header(case, "alg")
    return alg if isinstance(alg, str) else ""


def _user_in_username(case: Case) -> bool:
    claims = examine(case.token_bytes).claims
    return isinstance(claims, dict) and not isinstance(claims.get("sun"), str) and "username" in claims


EVERY = Kind(
    "every-token",
    "Every token",
    "Slurm 21.08 to 25.11 first reads a token without a key. libjwt 2.1.1 and later refuse that.",
    lambda case: True,  # noqa: ARG005 - chosen by the comparison of all cases
    "Do not combine this libjwt with this Slurm. Keep libjwt 1.x (1.17 or later), or use Slurm 26.05.",
    "No action is needed: tokens work again.",
)

KINDS = (
    Kind(
        "typ",
        "A token whose typ is a string other than JWT, such as at+jwt or the empty string",
        "libjwt before 1.12 accepts only JWT as typ, in any case. Later versions do not read typ.",
        lambda case: case.topic == "typ",
        f'{_CHECK} They must write "typ":"JWT", or leave typ out.',
        "No action is needed. Identity providers that cannot change typ (at+jwt) work from this release on.",
    ),
    Kind(
        "alg-hmac",
        "A token signed with HS384 or HS512 under the same key",
        "Up to 20.11 Slurm leaves the algorithm to libjwt. From 21.08 on it accepts only HS256 and RS256.",
        lambda case: case.topic == "alg" and _alg(case).upper() in {"HS384", "HS512"},
        f"{_CHECK} They must sign with HS256.",
        "Such tokens then work, although the Slurm page does not allow them.",
    ),
    Kind(
        "alg-case",
        "A token whose alg is HS256 in lower case (hs256, Hs256)",
        "libjwt before 1.12 ignores the case of algorithm names. Later versions compare them exactly.",
        lambda case: case.topic == "alg" and _alg(case) != "HS256" and _alg(case).upper() == "HS256",
        f'{_CHECK} They must write "alg":"HS256".',
        "No action is needed. Such tokens still violate RFC 7515.",
    ),
    Kind(
        "username",
        "A token that names its user in username and has no sun that is a string",
        "From 21.08 on slurmctld reads the claim username if there is no sun.",
        _user_in_username,
        f"{_CHECK} They must write sun.",
        "If users can choose the username claim at your issuer, they choose the user that slurmctld assigns."
        " Let the issuer always write sun as well: slurmctld reads sun first.",
    ),
    Kind(
        "sun-number",
        "A token whose sun is a number",
        "Up to 21.08 any number up to 2147483647 is a uid. From 22.05 on an account must have that uid."
        " From 24.05 on the number may go up to 4294967295.",
        lambda case: case.topic == "sun-number",
        _NO_NUMBERS,
        _NO_NUMBERS,
        "Write user names in sun. Uid 99 belongs to no account: such a token can read, but it cannot submit"
        " jobs from 25.05.8 and 25.11.5 on.",
    ),
    Kind(
        "sun-nobody",
        "A token of the user nobody",
        "From 25.11 on slurmctld does not look up the name nobody.",
        lambda case: case.id == "sun.nobody",
        _NOT_NOBODY,
        _NOT_NOBODY,
        f"{_NOT_NOBODY} Give the service its own account.",
    ),
    Kind(
        "base64-foreign",
        "A token with whitespace or characters outside of base64url in its parts",
        "libjwt's decoders skip different characters (Debian's skips everything that is not base64). Slurm"
        " 26.05 decodes the header itself, and strictly.",
        lambda case: case.topic in {"base64url", "serialization"},
        f"{_CHECK} A token must be exactly three parts of base64url, without line ends or whitespace.",
        "No action is needed: correct issuers do not make such tokens.",
    ),
    Kind(
        "header-depth",
        "A token whose header has dozens of nested levels",
        "From 26.05 on Slurm reads the header with json-c, which allows 32 levels. jansson allows 2,048.",
        lambda case: case.topic == "header-json" and ".depth-" in case.id,
        f"{_CHECK} A header needs only alg and typ.",
        "No action is needed: correct issuers do not make such tokens.",
    ),
)


def kind_of(case: Case) -> Kind:
    """Return the kind of a case: one of KINDS, or one made of its topic."""
    known = next((kind for kind in KINDS if kind.fits(case)), None)
    show = f"`slurm-jwt vectors show {case.id}` prints one."
    return known or Kind(
        f"topic-{case.topic}",
        f"A token as in {case.id}",
        case.purpose,
        lambda other: other.topic == case.topic,
        f"{_CHECK} {show}",
        show,
        show,
    )
