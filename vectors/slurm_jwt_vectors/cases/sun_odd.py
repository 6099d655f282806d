"""sun beyond POSIX's portable characters: names that some systems have, and names that are traps."""

from slurm_jwt_vectors.build import Judged, Raw, claims, token
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_SUN, POSIX_CHARACTERS, POSIX_NAME, ijson, json

_NAME = (PAGE_SUN, POSIX_NAME, POSIX_CHARACTERS)
_OPEN = "POSIX.1-2017 3.437 makes only the portable characters portable, and leaves others to the system."


def _odd(name: str, *sources: str) -> Judged:
    """A name outside the portable set: some systems have it."""
    return token(claims=claims(sun=name)).either(_OPEN, "sun.posix", sources=(*_NAME, *sources))


@case
def leading_hyphen() -> Judged:
    """A name that starts with a hyphen, which commands take for an option."""
    return token(claims=claims(sun="-alice")).either(
        _OPEN, "sun.posix", sources=_NAME, twin="sun.trailing-hyphen"
    )


@case
def hyphen_alone() -> Judged:
    """A hyphen and nothing else."""
    return _odd("-")


@case
def trailing_space() -> Judged:
    """A blank behind the name."""
    return _odd("alice ")


@case
def leading_space() -> Judged:
    """A blank before the name."""
    return _odd(" alice")


@case
def blank() -> Judged:
    """A blank and nothing else."""
    return _odd(" ")


@case
def inner_space() -> Judged:
    """A first and a last name with a blank between."""
    return _odd("Alice Liddell")


@case
def trailing_newline() -> Judged:
    """A line feed behind the name, as read from a command's output: a $ in a pattern lets it pass."""
    return _odd("alice\n")


@case
def tab() -> Judged:
    """A tab behind the name."""
    return _odd("alice\t")


@case
def trailing_nul() -> Judged:
    """An escaped NUL behind the name: a C string ends before it."""
    return (
        token(claims=claims(sun=Raw('"alice\\u0000"')))
        .acting_as("alice\0")
        .either(_OPEN, "sun.posix", sources=_NAME)
    )


@case
def nul_and_more() -> Judged:
    """root, an escaped NUL and more: a C program reads root."""
    return (
        token(claims=claims(sun=Raw('"root\\u0000alice"')))
        .acting_as("root\0alice")
        .either(_OPEN, "sun.posix", sources=_NAME)
    )


@case
def realm() -> Judged:
    """A Kerberos principal."""
    return _odd("alice@EXAMPLE.ORG")


@case
def mail_address() -> Judged:
    """A mail address, as identity providers like to give it."""
    return _odd("alice@example.org")


@case
def domain_backslash() -> Judged:
    """A Windows domain, a backslash and the name."""
    return _odd("EXAMPLE\\alice")


@case
def domain_plus() -> Judged:
    """A domain and the name joined by a plus sign, as winbind may be set to do."""
    return _odd("EXAMPLE+alice")


@case
def machine_account() -> Judged:
    """A name that ends with a dollar sign, as Samba's machine accounts do."""
    return _odd("node1$")


@case
def comma() -> Judged:
    """Two names with a comma: a list in many Slurm options."""
    return _odd("alice,root")


@case
def colon() -> Judged:
    """A name with a colon, which separates the fields of /etc/passwd."""
    return _odd("alice:x:0:0")


@case
def slash() -> Judged:
    """A name that leads out of a directory."""
    return _odd("../root")


@case
def percent() -> Judged:
    """A name with printf's directives."""
    return _odd("%s%s%n")


@case
def terminal_escape() -> Judged:
    """A name with a terminal's escape sequence: whoever prints it raw loses the screen."""
    return _odd("alice\x1b[2J")


@case
def log_line() -> Judged:
    """A name with a line feed and a made-up log line behind it."""
    return _odd("alice\n[2030-01-01T00:00:00] slurmctld: error: none")


@case
def markup() -> Judged:
    """A name with HTML in it: a report must not run it."""
    return _odd("<script>alert(1)</script>")


@case
def umlaut() -> Judged:
    """A name with a letter beyond ASCII."""
    return _odd("j\u00fcrgen")


@case
def umlaut_decomposed() -> Judged:
    """The same name with its diaeresis as a character of its own."""
    return _odd("ju\u0308rgen")


@case
def cyrillic() -> Judged:
    """root with two Cyrillic letters that look Latin."""
    return _odd("r\u043e\u043et")


@case
def fullwidth() -> Judged:
    """root in fullwidth letters, which normalization turns into root."""
    return _odd("\uff52\uff4f\uff4f\uff54")


@case
def kelvin_sign() -> Judged:
    """A name with the Kelvin sign, which lower() turns into k."""
    return _odd("\u212aate")


@case
def zero_width_space() -> Judged:
    """A name with an invisible U+200B in it."""
    return _odd("ali\u200bce")


@case
def right_to_left() -> Judged:
    """A name with a mark that turns the direction of writing."""
    return _odd("\u202eecila")


@case
def emoji() -> Judged:
    """A name beyond the basic plane, written as an escaped pair of surrogates."""
    return (
        token(claims=claims(sun=Raw('"\\ud83d\\ude00"')))
        .acting_as("\U0001f600")
        .either(_OPEN, "sun.posix", sources=(*_NAME, json("7")))
    )


@case
def lone_surrogate() -> Judged:
    """A name with half of a pair of surrogates: no text at all once decoded."""
    return (
        token(claims=claims(sun=Raw('"alice\\ud83d"')))
        .acting_as(None)
        .either(
            f"{_OPEN} RFC 8259 8.2 calls what parsers do with lone surrogates unpredictable.",
            "claims.unicode",
            "sun.posix",
            sources=(*_NAME, json("8.2"), ijson("2.1")),
        )
    )


@case
def nul_alone() -> Judged:
    """An escaped NUL and nothing else: to a C program an empty name, for which Slurm acts as uid 99."""
    return (
        token(claims=claims(sun=Raw('"\\u0000"'))).acting_as("\0").either(_OPEN, "sun.posix", sources=_NAME)
    )
