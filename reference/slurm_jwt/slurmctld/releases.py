"""The releases of Slurm that the model knows, and the libjwt that each is paired with.

A name is a series ("22.05"), a full version ("26.05.2"), or either with a libjwt after it
("26.05/libjwt1.17.2"). Verdicts of the recorded pairs have been compared with real daemons; what the
model says of any other pair is read from the sources alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.slurmctld import libjwt
from slurm_jwt.slurmctld.users import UserRule

if TYPE_CHECKING:
    from slurm_jwt.slurmctld.libjwt import Libjwt
    from slurm_jwt.vocabulary import Basis

INT_MAX, UINT32_MAX = 0x7FFFFFFF, 0xFFFFFFFF


class Plugin(NamedTuple):
    """What differs between releases of auth_jwt.c.

    verifier, user_handler: the functions that its log lines name. first_look: how the header's alg is
    read before the keyed decoding: not at all, by a keyless jwt_decode, or by json-c. takes_username:
    the claim username stands in for sun. takes_claim_field: userclaimfield= is read. takes_jwks: jwks=
    is read. takes_identity: use_jwt_client_ids is read. slurmd_loads_key: slurmd, too, can load the key.
    """

    verifier: str
    user_handler: str
    first_look: Literal["none", "libjwt", "json-c"]
    takes_username: bool
    takes_claim_field: bool
    takes_jwks: bool
    takes_identity: bool
    slurmd_loads_key: bool
    users: UserRule


class Release(NamedTuple):
    """A Slurm with a libjwt. recorded: whether records of real daemons of this pair exist."""

    slurm: str
    series: str
    libjwt: Libjwt
    plugin: Plugin
    recorded: bool

    @property
    def basis(self) -> Basis:
        """Return how verdicts of this pair are known."""
        return "observed" if self.recorded else "modelled"

    @property
    def refuses_all(self) -> bool:
        """Return whether every token is refused, because Slurm reads it without a key and libjwt does not."""
        return self.plugin.first_look == "libjwt" and not self.libjwt.keyless

    @property
    def behaviour(self) -> tuple[Plugin, Libjwt]:
        """Return what decides about tokens: releases with an equal one, settings and JWKS rule alike."""
        return self.plugin, self.libjwt._replace(version="")

    @property
    def name(self) -> str:
        """The pair's full name, as in "22.05/libjwt1.10.2"."""
        return f"{self.slurm}/libjwt{self.libjwt.version}"


_OLD_USERS = UserRule(INT_MAX, must_exist=False, nobody_resolves=True, gid_too=False)
_20_02 = Plugin(
    "slurm_auth_verify",
    "slurm_auth_verify",
    "none",
    takes_username=False,
    takes_claim_field=False,
    takes_jwks=False,
    takes_identity=False,
    slurmd_loads_key=False,
    users=_OLD_USERS,
)
_21_08 = _20_02._replace(
    verifier="auth_p_verify",
    user_handler="auth_p_verify",
    first_look="libjwt",
    takes_username=True,
    takes_jwks=True,
)
_22_05 = _21_08._replace(users=_OLD_USERS._replace(must_exist=True))
_23_02 = _22_05._replace(takes_claim_field=True)
_23_11 = _23_02._replace(users=_22_05.users._replace(gid_too=True))
_24_05 = _23_11._replace(users=_23_11.users._replace(highest=UINT32_MAX))
_25_11 = _24_05._replace(users=_24_05.users._replace(nobody_resolves=False))
_26_05 = _25_11._replace(
    verifier="cred_verify",
    user_handler="_handle_username",
    first_look="json-c",
    takes_identity=True,
    slurmd_loads_key=True,
)


EPEL = "1.12.1"
"""The libjwt of EPEL 8 (1.12.1-7) and EPEL 9 (1.12.1-11), as upstream; EPEL 10 has 2.1.2."""


class Entry(NamedTuple):
    """All that this project knows of a series in one place; a new release of Slurm is a new entry.

    libjwt: the version that is meant if none is named: that of the Debian suite which carries this series, or
    of Ubuntu 22.04 for 21.08, otherwise EPEL's. suite: this Debian suite, "" if none carries the series; its
    daemons were recorded with this libjwt. protocol:
    the version of Slurm's protocol with which clients of this series pack a credential, 0 if not needed.
    """

    plugin: Plugin
    libjwt: str
    suite: str = ""
    protocol: int = 0


SERIES: dict[str, Entry] = {
    "20.02": Entry(_20_02, "1.10.2"),
    "20.11": Entry(_20_02, "1.10.2", "bullseye", 9216),
    "21.08": Entry(_21_08, "1.10.2"),
    "22.05": Entry(_22_05, "1.10.2", "bookworm", 9728),
    "23.02": Entry(_23_02, EPEL),
    "23.11": Entry(_23_11, EPEL),
    "24.05": Entry(_24_05, EPEL),
    "24.11": Entry(_24_05, "1.17.2", "trixie", 10752),
    "25.05": Entry(_24_05, EPEL),
    "25.11": Entry(_25_11, EPEL),
    "26.05": Entry(_26_05, "1.17.2", "forky", 11520),
}
"""The releases that the model knows, oldest first."""

OLDEST, NEWEST = next(iter(SERIES)), next(reversed(SERIES))

RECORDED = {name: entry.libjwt for name, entry in SERIES.items() if entry.suite}
"""Series that were recorded, with the libjwt of the recording."""

LIBJWTS = (
    *("1.10.2", "1.10.2-upstream", "1.12.1", "1.15.3", "1.16.0", "1.17.2", "1.17.2-upstream"),
    *("1.18.4", "2.1.0", "2.1.2"),
)
"""Versions of libjwt worth a line in a table; any from 1.10.0 to 2.x can be named."""


def series() -> tuple[str, ...]:
    """Return every series of the model, oldest first."""
    return tuple(SERIES)


def pairs() -> tuple[str, ...]:
    """Return the full names of all series with all of LIBJWTS."""
    return tuple(f"{name}/libjwt{library}" for name in SERIES for library in LIBJWTS)


@lru_cache(maxsize=256)
def parse(name: str) -> Release:
    """Return the release of this name; ValueError says what is wrong and names the nearest one."""
    slurm, slash, library = name.partition("/")
    found = SERIES.get(".".join(slurm.split(".")[:2]))
    if found is None or not all(part.isascii() and part.isdigit() for part in slurm.split(".")):
        import difflib  # slow to load, and only needed here

        near = difflib.get_close_matches(slurm, SERIES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(SERIES)}"
        raise ValueError(f"no Slurm release {slurm!r} is modelled; {hint}")
    if slash and not library.startswith("libjwt"):
        raise ValueError(
            f"{name!r}: behind the slash stands libjwt and its version, as in {slurm}/libjwt1.17.2"
        )
    version = library.removeprefix("libjwt") if slash else found.libjwt
    main = ".".join(slurm.split(".")[:2])
    return Release(slurm, main, libjwt.version(version), found.plugin, RECORDED.get(main) == version)
