"""The form of a policy: its tables, and what each member may be. tools/schemas.py makes the schema of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    Form = Mapping[str, object]
    Members = Mapping[str, tuple[Form, str]]

MOST_SECONDS = 2**53 - 1
LONGEST_TEXT = 1000
MOST_ENTRIES = 1000

SECONDS: Form = {"type": "integer", "minimum": 1, "maximum": MOST_SECONDS}
TEXT: Form = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
LIST: Form = {"type": "array", "items": TEXT, "minItems": 1, "maxItems": MOST_ENTRIES, "uniqueItems": True}
FLAG: Form = {"type": "boolean"}
DAY: Form = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}

TABLES: Mapping[str, Members] = {
    "token": {
        "max_lifetime": (SECONDS, "most seconds from iat to exp"),
        "max_remaining": (SECONDS, "most seconds from now to exp"),
        "issuers": (LIST, "texts of which iss must be one"),
        "audiences": (LIST, "texts of which aud must name one at least"),
        "required_claims": (LIST, "claims that must be there, neither null nor empty"),
        "required_header": (LIST, "header parameters that must be there, neither null nor empty"),
    },
    "users": {
        "allow": (LIST, "globs of user names, in exact case: nobody else"),
        "deny": (LIST, "globs of user names, in exact case: none of these"),
        "privileged": (
            FLAG,
            "whether a token may be for root or SlurmUser; a sign-off needs true",
        ),
    },
}
"""The tables and their members, each with its form and its meaning."""

WAIVER: Members = {
    "rule": (TEXT, "id of the rule or remark, as `slurm-jwt check` shows it"),
    "reason": (TEXT, "why the site does without it"),
    "by": (TEXT, "who decided"),
    "expires": (DAY, "the last day, in UTC, on which it counts"),
}


def complaint(value: object, form: Form) -> str:
    """Say what is wrong with a value as TOML reads it, "" if nothing. A day is not held here."""
    if form is FLAG:
        return "" if isinstance(value, bool) else "is neither true nor false"
    if form is SECONDS:
        whole = type(value) is int and 1 <= value <= MOST_SECONDS
        return "" if whole else f"is no number of seconds from 1 to {MOST_SECONDS:,}, without quotes"
    if form is TEXT:
        return "" if _is_text(value) else f"is no text of 1 to {LONGEST_TEXT:,} characters"
    return _complaint_of_list(value)


def _complaint_of_list(value: object) -> str:
    if not isinstance(value, list) or not all(_is_text(one) for one in value):
        return "is no list of texts"
    if not value:
        return "is an empty list, which would refuse everything"
    if len(value) > MOST_ENTRIES:
        return f"has over {MOST_ENTRIES:,} entries"
    return "" if len(set(value)) == len(value) else "names something twice"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT
