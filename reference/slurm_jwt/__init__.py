"""What a compliant issuer and verifier of Slurm's JSON Web Tokens do.

`Issuer` makes tokens, `Verifier` accepts or refuses them, `examine` names every
rule that a token breaks. `read_jwks` reads the public keys of RS256 and names every
rule that their file breaks, `write_jwks` makes such a file. The modules behind them
load when they are first asked for, so that `examine` without a JWKS needs nothing
outside the standard library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slurm_jwt.strict.accepted import Claims
    from slurm_jwt.strict.errors import Refused
    from slurm_jwt.strict.examination import examine
    from slurm_jwt.strict.findings import Examination, Finding
    from slurm_jwt.strict.issue import Issuer
    from slurm_jwt.strict.jwks import Jwks, read_jwks
    from slurm_jwt.strict.rs256 import write_jwks
    from slurm_jwt.strict.verify import Verifier

__all__ = [
    "Claims",
    "Examination",
    "Finding",
    "Issuer",
    "Jwks",
    "Refused",
    "Verifier",
    "examine",
    "read_jwks",
    "write_jwks",
]

_HOMES = {
    "Claims": "accepted",
    "Examination": "findings",
    "Finding": "findings",
    "Issuer": "issue",
    "Jwks": "jwks",
    "Refused": "errors",
    "Verifier": "verify",
    "examine": "examination",
    "read_jwks": "jwks",
    "write_jwks": "rs256",
}


def __getattr__(name: str) -> object:
    """Load an exported name's module when the name is first asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.strict.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
