"""sun: the user's name on the cluster, a string and not empty; Slurm's page asks for a POSIX user name."""

from slurm_jwt_vectors.build import CLAIMS, Judged, claims, token, without
from slurm_jwt_vectors.registry import case
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


@case
def null() -> Judged:
    """sun is null."""
    return _no_string(None)


@case
def number() -> Judged:
    """sun is a uid as a number."""
    return _no_string(2001)


@case
def zero() -> Judged:
    """sun is the number 0."""
    return _no_string(0)


@case
def true() -> Judged:
    """sun is true."""
    return _no_string(True)


@case
def array() -> Judged:
    """sun is an array with the name."""
    return _no_string(["alice"])


@case
def array_of_two() -> Judged:
    """sun is an array of two names."""
    return _no_string(["alice", "root"])


@case
def object_() -> Judged:
    """sun is an object with the name."""
    return _no_string({"name": "alice"})


@case
def empty() -> Judged:
    """sun is an empty string: Slurm acts as uid 99."""
    return token(claims=claims(sun="")).invalid("sun.empty", sources=_NAME)


@case
def bob() -> Judged:
    """Another ordinary user."""
    return _valid("bob")


@case
def root() -> Judged:
    """root: a user like others to the documents, though a token for root is worth a look."""
    return _valid("root")


@case
def unknown_user() -> Judged:
    """A user whom the controller does not know: valid as a token; Slurm acts as uid 99."""
    return _valid("nosuchuser")


@case
def nobody() -> Judged:
    """nobody, whom many systems have."""
    return _valid("nobody")


@case
def one_letter() -> Judged:
    """A name of one letter."""
    return _valid("a")


@case
def capital() -> Judged:
    """A name with a capital: to POSIX another name than alice."""
    return _valid("Alice")


@case
def upper_case() -> Judged:
    """A name in capitals."""
    return _valid("ALICE")


@case
def with_digits() -> Judged:
    """A name that ends with digits."""
    return _valid("alice01")


@case
def leading_digit() -> Judged:
    """A name that starts with a digit, as matriculation numbers do."""
    return _valid("1alice")


@case
def with_period() -> Judged:
    """A name with a period: first and last name."""
    return _valid("alice.liddell")


@case
def leading_period() -> Judged:
    """A name that starts with a period."""
    return _valid(".alice")


@case
def with_underscore() -> Judged:
    """A name that starts with an underscore, as system accounts do."""
    return _valid("_alice")


@case
def with_hyphen() -> Judged:
    """A name with a hyphen inside."""
    return _valid("alice-liddell")


@case
def trailing_hyphen() -> Judged:
    """A name that ends with a hyphen: only the first character must be another."""
    return _valid("alice-")


@case
def period_alone() -> Judged:
    """A period and nothing else: portable by its characters."""
    return _valid(".")


@case
def length_32() -> Judged:
    """32 characters, the longest name that Linux tools make."""
    return _valid("a" * 32)


@case
def length_33() -> Judged:
    """33 characters: POSIX sets no such bound."""
    return _valid("a" * 33)


@case
def length_256() -> Judged:
    """256 characters, the size of a common LOGIN_NAME_MAX."""
    return _valid("a" * 256)


@case
def all_portable_characters() -> Judged:
    """Every character of the portable set, in one name."""
    return _valid("_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-")
