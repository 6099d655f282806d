"""The options of the gate: the command and the pytest plugin take the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Option(NamedTuple):
    """One option: its name without dashes, its value's name ("" for a flag), its help."""

    name: str
    metavar: str
    text: str
    repeatable: bool = False

    @property
    def member(self) -> str:
        """Return the name of the parsed value."""
        return self.name.replace("-", "_")


OPTIONS = (
    Option("token-file", "FILE", "the token, as the site's issuer issues it"),
    Option("key-file", "FILE", "the signing key (default: the one that slurm.conf names)"),
    Option("jwks", "FILE", "the JWKS with the keys of RS256 (default: jwks= of slurm.conf)"),
    Option("policy", "FILE", "the site's policy and its waivers (TOML)"),
    Option(
        "release",
        "R",
        "ask this release, such as 22.05 (may be repeated; default: installed, otherwise all modelled)",
        repeatable=True,
    ),
    Option("all-releases", "", "ask every release that is modelled"),
    Option("live", "", "also ask a real slurmctld of each release asked (see `slurm-jwt lab install`)"),
    Option("conf", "FILE", "slurm.conf (default: SLURM_CONF, then the usual places)"),
    Option("no-discovery", "", "use only what is named; search for nothing"),
    Option("passwd", "FILE", "users of slurmctld's host, as `getent passwd` writes them, or none"),
    Option("parameters", "TEXT", "AuthAltParameters (default: those of slurm.conf, otherwise none)"),
    Option("slurm-user", "NAME", "SlurmUser (default: that of slurm.conf)"),
    Option("now", "TIME", "judge at this moment: seconds since 1970 or ISO 8601 (default: the clock's)"),
)

PYTEST_PREFIX = "slurm-jwt-"


def add(add_argument: Callable[..., Any], prefix: str = "") -> None:
    """Add the options to a parser, by its own method; pytest's have a prefix."""
    for one in OPTIONS:
        kind: dict[str, Any] = {"action": "store_true"} if not one.metavar else {"metavar": one.metavar}
        if one.repeatable:
            kind |= {"action": "append", "default": []}
        add_argument(f"--{prefix}{one.name}", help=one.text, **kind)


def as_pytest(values: Mapping[str, Any]) -> list[str]:
    """Return parsed values as the options of pytest."""
    given = []
    for one in OPTIONS:
        value, flag = values[one.member], f"--{PYTEST_PREFIX}{one.name}"
        if not one.metavar:
            given += [flag] if value else []
        elif value is not None:
            given += [f"{flag}={each}" for each in (value if one.repeatable else [value])]
    return given
