"""What came of asking: one Place for each way by which a daemon was asked."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Callable
from typing import Literal, NamedTuple

from msgspec import Struct

from slurm_jwt.slurmctld import Users
from slurm_jwt.vocabulary import Basis

Whom = Callable[[tuple[str, str] | None, str], "Expected"]
"""Returns the expected user for the cluster's AuthAltParameters and SlurmUser (None: unknown) and release."""

State = Literal["accepted", "refused", "no answer"]
Control = Literal["refused", "accepted", "no answer", "not asked"]
Agreement = Literal["agrees", "differs", "not predicted"]

NOBODY = 99
"""SLURM_AUTH_NOBODY: whom Slurm takes a sender for whose name it cannot look up."""


class Expected(NamedTuple):
    """Whom a token should be served as, and how that is known.

    claim: the one that names the user, None where none does. name: what it says, not escaped. uid: what the
    user database gives that very name, or the caller said; None if nobody knows. source: of the uid.
    users: the database, for the names of other uids.
    """

    claim: str | None
    name: str | None
    uid: int | None
    source: str
    users: Users


class Identity(Struct, frozen=True, forbid_unknown_fields=True):
    """As whom a daemon served the token.

    state: "verified" only if the uid (or, at slurmdbd, the name) was found out and is the expected one;
    "other" if it was found out and is not. uid, name: what was found out, None where it was not; name is the
    user database's, or slurmdbd's. why: one sentence, safe to print.
    """

    state: Literal["verified", "other", "not verified"]
    uid: int | None
    name: str | None
    why: str


class Said(NamedTuple):
    """One answer. words: what the client or slurmrestd said, safe to print; "" for a plain acceptance."""

    state: State
    words: str = ""


class Comparison(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model of a release predicts, and whether the daemon's answer agrees.

    release: the model's name for it. log: the line that the daemon should log. release and basis are null if
    nothing is predicted. why: one sentence.
    """

    agreement: Agreement
    release: str | None = None
    accepted: bool | None = None
    uid: int | None = None
    log: str | None = None
    basis: Basis | None = None
    why: str = ""


class Place(NamedTuple):
    """One daemon, asked one way.

    daemon: who decided. route: by which program or headers. release, release_from: of Slurm, "" if unknown,
    and who said it. identity: None unless accepted. control: what came of the same token with another
    signature. requests: how many were sent, all told. asked: when, seconds since 1970. log: the daemon's log
    file, where the cluster or its configuration names it. settings: AuthAltParameters and SlurmUser, where
    the cluster said them.
    """

    daemon: Literal["slurmctld", "slurmdbd"]
    route: str
    state: State
    words: str
    release: str
    release_from: str
    identity: Identity | None
    control: Control
    requests: int
    asked: float
    log: str = ""
    settings: tuple[str, str] | None = None
    user_name: str | None = None
    comparison: Comparison = Comparison("not predicted")

    @property
    def through_slurmrestd(self) -> bool:
        """Tell whether slurmrestd carried the question."""
        return self.route.startswith("slurmrestd")


class NotAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that was not asked, and why; never a pass."""

    what: str
    why: str
