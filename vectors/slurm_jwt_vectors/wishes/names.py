"""User names as programs hand them over, and claims that do not name a user at all."""

from slurm_jwt_vectors.build import without
from slurm_jwt_vectors.sources import PAGE_SUN, POSIX_NAME, json
from slurm_jwt_vectors.wishes.build import CLAIMS, wish

_SUN = (PAGE_SUN, POSIX_NAME)
_OPEN = "POSIX.1-2017 3.437 makes only the portable characters portable, and leaves others to the system."
_NOBODY = without(CLAIMS, "sun")


def _odd(name: str, purpose: str, sun: str) -> None:
    wish(name, purpose, *_SUN, sun=sun).either(_OPEN, "sun.posix", holds={"sun": sun})


def _no_name(name: str, purpose: str, sun: object) -> None:
    wish(name, purpose, *_SUN, sun=sun).refuse("sun.string")


wish("sun-missing", "No sun.", *_SUN, claims=_NOBODY).refuse("sun.required")
wish("sun-in-sub", "The user in sub, as OpenID Connect has it.", *_SUN, claims=_NOBODY, sub="alice").refuse(
    "sun.required"
)
wish("sun-in-username", "The user in username.", *_SUN, claims=_NOBODY, username="alice").refuse(
    "sun.required"
)
wish("sun-capital", "The user in SUN: names are case-sensitive.", *_SUN, claims=_NOBODY, SUN="alice").refuse(
    "sun.required"
)
wish("sun-empty", "An empty name: Slurm acts as uid 99.", *_SUN, sun="").refuse("sun.empty")
_no_name("sun-number", "A uid instead of a name.", 2001)
_no_name("sun-null", "No user was found.", None)
_no_name("sun-true", "true.", True)
_no_name("sun-array", "Two names.", ["alice", "bob"])
_no_name("sun-object", "A user record.", {"name": "alice"})
wish("sun-bytes", "A name as bytes.", *_SUN, sun=b"alice").refuse("sun.string")
_odd("sun-realm", "A Kerberos principal.", "alice@EXAMPLE.ORG")
_odd("sun-domain", "A Windows domain before the name.", "EXAMPLE\\alice")
_odd("sun-blank-behind", "A blank behind the name.", "alice ")
_odd("sun-newline-behind", "A line end behind the name, as read from a command.", "alice\n")
_odd("sun-blank", "A blank and nothing else.", " ")
_odd("sun-leading-hyphen", "A name that starts with a hyphen.", "-alice")
_odd("sun-accent", "A name with an accent.", "\u00e1lice")
_odd("sun-cyrillic", "A name that looks like alice, with a Cyrillic letter.", "\u0430lice")
_odd("sun-nul", "root, NUL, and more: C programs read root.", "root\0alice")
_odd("sun-colon", "A line of /etc/passwd.", "alice:x:2001")
wish("sun-lone-surrogate", "A name that is no text.", *_SUN, json("8.2"), sun="al\ud800ice").either(
    f"{_OPEN} RFC 8259 8.2 calls what software does with lone surrogates unpredictable.",
    "claims.unicode",
    "sun.posix",
)
wish("sun-bob", "Another user.", *_SUN, sun="bob").token()
wish("sun-root", "root: a name like others, for an issuer.", *_SUN, sun="root").token()
wish("sun-digits", "A name of digits.", *_SUN, sun="1000").token()
wish("sun-all-portable-characters", "All kinds of portable characters.", *_SUN, sun="_Az.09-z").token()
wish("sun-length-256", "A name of 256 characters.", *_SUN, sun="a" * 256).token()
