"""sun: the user's name on the cluster, a string and not empty; Slurm's page asks for a POSIX user name."""

from slurm_jwt_vectors.build import CLAIMS, Judged, claims, token, without
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import PAGE_SUN, POSIX_CHARACTERS, POSIX_NAME

_NAME = (PAGE_SUN, POSIX_NAME, POSIX_CHARACTERS)


def _valid(name: str, *sources: str) -> Judged:
    return token(claims=claims(sun=name)).valid(sources=(*_NAME, *sources))


def _no_string(value: object) -> Judged:
    return token(claims=claims(sun=value)).invalid("sun.string", sources=(PAGE_SUN, POSIX_NAME))


@case
def missing() -> Judged:
    """No sun: nobody knows whose token it is."""
    return token(claims=without(CLAIMS, "sun")).invalid("sun.required", sources=(PAGE_SUN,))


@case
def capital_name() -> Judged:
    """Sun instead of sun: claim names are case-sensitive."""
    return token(claims={**without(CLAIMS, "sun"), "Sun": "alice"}).invalid(
        "sun.required", sources=(PAGE_SUN, "RFC 7519 10.1.1")
    )


@case
def name_with_blank() -> Judged:
    """A claim called sun and a blank."""
    return token(claims={**without(CLAIMS, "sun"), "sun ": "alice"}).invalid(
        "sun.required", sources=(PAGE_SUN,)
    )


@case
def name_with_nul() -> Judged:
    """A claim called sun and an escaped NUL: a C string ends before it."""
    text = b'{"exp":4102444800,"iat":1577836800,"sun\\u0000":"alice"}'
    return token(claims=text).invalid("sun.required", sources=(PAGE_SUN,))


@case
def lookalike_name() -> Judged:
    """A claim called sun with a Cyrillic first letter."""
    return token(claims={**without(CLAIMS, "sun"), "\u0455un": "alice"}).invalid(
        "sun.required", sources=(PAGE_SUN,)
    )


table(
    __name__,
    _no_string,
    ("null", "sun is null.", None),
    ("number", "sun is a uid as a number.", 2001),
    ("zero", "sun is the number 0.", 0),
    ("true", "sun is true.", True),
    ("array", "sun is an array with the name.", ["alice"]),
    ("array_of_two", "sun is an array of two names.", ["alice", "root"]),
    ("object_", "sun is an object with the name.", {"name": "alice"}),
)


@case
def empty() -> Judged:
    """sun is an empty string: Slurm acts as uid 99."""
    return token(claims=claims(sun="")).invalid("sun.empty", sources=_NAME)


table(
    __name__,
    _valid,
    ("bob", "Another ordinary user.", "bob"),
    ("root", "root: a user like others to the documents, though a token for root is worth a look.", "root"),
    (
        "unknown_user",
        "A user whom the controller does not know: valid as a token; Slurm acts as uid 99.",
        "nosuchuser",
    ),
    ("nobody", "nobody, whom many systems have.", "nobody"),
    ("one_letter", "A name of one letter.", "a"),
    ("capital", "A name with a capital: to POSIX another name than alice.", "Alice"),
    ("upper_case", "A name in capitals.", "ALICE"),
    ("with_digits", "A name that ends with digits.", "alice01"),
    ("leading_digit", "A name that starts with a digit, as matriculation numbers do.", "1alice"),
    ("with_period", "A name with a period: first and last name.", "alice.liddell"),
    ("leading_period", "A name that starts with a period.", ".alice"),
    ("with_underscore", "A name that starts with an underscore, as system accounts do.", "_alice"),
    ("with_hyphen", "A name with a hyphen inside.", "alice-liddell"),
    (
        "trailing_hyphen",
        "A name that ends with a hyphen: only the first character must be another.",
        "alice-",
    ),
    ("period_alone", "A period and nothing else: portable by its characters.", "."),
    ("length_32", "32 characters, the longest name that Linux tools make.", "a" * 32),
    ("length_33", "33 characters: POSIX sets no such bound.", "a" * 33),
    ("length_256", "256 characters, the size of a common LOGIN_NAME_MAX.", "a" * 256),
    (
        "all_portable_characters",
        "Every character of the portable set, in one name.",
        "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-",
    ),
)
