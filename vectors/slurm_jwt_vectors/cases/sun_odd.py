"""sun beyond POSIX's portable characters: names that some systems have, and names that are traps."""

from slurm_jwt_vectors.build import Judged, Raw, claims, token
from slurm_jwt_vectors.registry import case, table
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


table(
    __name__,
    _odd,
    ("hyphen_alone", "A hyphen and nothing else.", "-"),
    ("trailing_space", "A blank behind the name.", "alice "),
    ("leading_space", "A blank before the name.", " alice"),
    ("blank", "A blank and nothing else.", " "),
    ("inner_space", "A first and a last name with a blank between.", "Alice Liddell"),
    (
        "trailing_newline",
        "A line feed behind the name, as read from a command's output: a $ in a pattern lets it pass.",
        "alice\n",
    ),
    ("tab", "A tab behind the name.", "alice\t"),
)


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


table(
    __name__,
    _odd,
    ("realm", "A Kerberos principal.", "alice@EXAMPLE.ORG"),
    ("mail_address", "A mail address, as identity providers like to give it.", "alice@example.org"),
    ("domain_backslash", "A Windows domain, a backslash and the name.", "EXAMPLE\\alice"),
    (
        "domain_plus",
        "A domain and the name joined by a plus sign, as winbind may be set to do.",
        "EXAMPLE+alice",
    ),
    ("machine_account", "A name that ends with a dollar sign, as Samba's machine accounts do.", "node1$"),
    ("comma", "Two names with a comma: a list in many Slurm options.", "alice,root"),
    ("colon", "A name with a colon, which separates the fields of /etc/passwd.", "alice:x:0:0"),
    ("slash", "A name that leads out of a directory.", "../root"),
    ("percent", "A name with printf's directives.", "%s%s%n"),
    (
        "terminal_escape",
        "A name with a terminal's escape sequence: whoever prints it raw loses the screen.",
        "alice\x1b[2J",
    ),
    (
        "log_line",
        "A name with a line feed and a made-up log line behind it.",
        "alice\n[2030-01-01T00:00:00] slurmctld: error: none",
    ),
    ("markup", "A name with HTML in it: a report must not run it.", "<script>alert(1)</script>"),
    ("umlaut", "A name with a letter beyond ASCII.", "j\u00fcrgen"),
    ("umlaut_decomposed", "The same name with its diaeresis as a character of its own.", "ju\u0308rgen"),
    ("cyrillic", "root with two Cyrillic letters that look Latin.", "r\u043e\u043et"),
    (
        "fullwidth",
        "root in fullwidth letters, which normalization turns into root.",
        "\uff52\uff4f\uff4f\uff54",
    ),
    ("kelvin_sign", "A name with the Kelvin sign, which lower() turns into k.", "\u212aate"),
    ("zero_width_space", "A name with an invisible U+200B in it.", "ali\u200bce"),
    ("right_to_left", "A name with a mark that turns the direction of writing.", "\u202eecila"),
)


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
