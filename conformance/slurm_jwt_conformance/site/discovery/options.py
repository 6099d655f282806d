"""What the caller of a command names of a site. Everything else is looked for."""

from __future__ import annotations

from typing import NamedTuple


class Options(NamedTuple):
    """The parts of a site that the caller names; None for each part that the survey looks for.

    conf, dbd_conf, key_file, jwks: paths. release: a name such as "24.11" or "24.11/libjwt1.17.2"; slurm.conf
    is read by its grammar. parameters: AuthAltParameters. passwd: a file of users, or "none". search: False
    looks for nothing. plugins: the plugin files of a release that is not installed here, if they are assumed.
    """

    conf: str | None = None
    dbd_conf: str | None = None
    key_file: str | None = None
    jwks: str | None = None
    release: str | None = None
    parameters: str | None = None
    slurm_user: str | None = None
    passwd: str | None = None
    search: bool = True
    plugins: frozenset[str] | None = None
