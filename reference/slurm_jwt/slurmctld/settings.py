"""A site's settings that decide about tokens: AuthAltParameters and SlurmUser of slurm.conf."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN = frozenset(
    {
        "disable_token_creation",
        "jwks",
        "jwt_key",
        "max_token_lifespan",
        "use_jwt_client_ids",
        "use_jwt_client_ids_only",
        "userclaimfield",
    }
)
"""Every name that auth_jwt.c reads in any release from 20.02 to 26.05."""


class Settings(NamedTuple):
    """Parameters by name ("" as the value of a bare name) and the account that slurmctld runs as."""

    parameters: Mapping[str, str] = {}
    slurm_user: str = "root"

    def unknown(self) -> tuple[str, ...]:
        """Return the names of parameters that the model knows nothing of."""
        return tuple(sorted(name for name in self.parameters if name not in KNOWN))


DEFAULT = Settings()


def parse_parameters(text: str) -> dict[str, str]:
    """Split the value of AuthAltParameters at its commas, as conf_get_opt_str does: blanks stay."""
    pairs = (option.partition("=") for option in text.split(",") if option)
    return {name: value for name, _, value in pairs}
