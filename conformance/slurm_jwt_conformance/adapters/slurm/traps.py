"""What a real release's verdict means beside the documented one: trap, gap or impostor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Documented = Literal["valid", "either", "invalid"]
Kind = Literal["trap", "gap", "impostor"]

REFUSALS = frozenset({"refused", "daemon-does-not-start"})


def classify(
    documented: Documented, observed: str, uid: int | None, user: str | None, users: Mapping[str, int]
) -> Kind | None:
    """Compare a documented verdict with an observed one.

    observed: "accepted", "refused", "daemon-does-not-start" or "cannot-be-carried". uid: whom the
    release took the sender for, None if unknown. user: the name that the token gives, None if it
    gives none. users: the user database that the release asked, names to uids.

    A trap is a token that may be expected to work, yet is refused. A gap is one that must not work,
    yet is accepted. An impostor is accepted, but as another uid than the database gives that very
    name; a name that the database lacks has no uid, so any uid is another one.
    """
    if observed in REFUSALS:
        return None if documented == "invalid" else "trap"
    if observed != "accepted":
        return None
    if documented == "invalid":
        return "gap"
    if uid is None or user is None:
        return None
    return None if users.get(user) == uid else "impostor"
