"""slurm.key, the key of auth/slurm: without it a daemon that loads auth/slurm does not start.

From init_internal() in src/plugins/auth/slurm/internal.c, 23.11 to 26.05. From 24.05 on slurm.jwks counts if
it exists, otherwise slurm.key. Both are in the folder of slurm.conf. SLURM_SACK_KEY and SLURM_SACK_JWKS in
the environment of the daemon name other files.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from slurm_jwt.config.auth import auth_types
from slurm_jwt_conformance.site.discovery.access import may_read
from slurm_jwt_conformance.site.discovery.showing import owner, plain, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import CHECKED_SINCE, spot, unreadable
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Look
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_reports.diagnostic import Place

_RULE = "auth.slurm-key"


def check(survey: Cluster, conf: Conf) -> Iterator[Finding | NotChecked]:
    """Check the key of a daemon that loads auth/slurm."""
    types = auth_types(conf.parsed, survey.series)
    loaded = next((each for each in types if each.plugin == "auth/slurm"), None)
    if loaded is None or survey.series < CHECKED_SINCE:
        return
    at = spot(survey, loaded.setting, conf, loaded.at, len(loaded.name))
    folder = posixpath.dirname(conf.path)
    look = survey.host.look(f"{folder}/slurm.jwks")
    if look.state == "missing" or survey.series < "24.05":
        look = survey.host.look(f"{folder}/slurm.key")
    if look.state == "missing":
        yield _missing(conf, look.path, at)
    elif look.state != "there":
        why = "this user may not look at it"
        yield NotChecked(f"the key of auth/slurm, {word(look.path)}", why, decisive=True)
    else:
        yield from _file(survey, conf, look, at)


def _missing(conf: Conf, path: str, at: Place) -> Finding:
    return finding(
        _RULE,
        f"There is no key of auth/slurm: {word(path)} does not exist.",
        f"{conf.daemon} does not start without it, unless SLURM_SACK_KEY in its environment names another"
        " file. The key of auth/jwt is another key.",
        f"Copy the slurm.key of the cluster to {word(path)}, with mode 0600 and SlurmUser as its owner.",
        at,
        effect="stops",
        log=f"auth/slurm: cannot stat '{path}'",
    )


def _file(survey: Cluster, conf: Conf, look: Look, at: Place) -> Iterator[Finding]:
    shown = f"{word(look.path)} {owner(look, survey.host)}"
    user = survey.user(conf)
    if look.mode & 0o007:
        yield finding(
            _RULE,
            f"Everybody has rights on the key of auth/slurm: {shown}.",
            f"{conf.daemon} does not start. Whoever has this key can act as any user.",
            f"chmod 0600 {word(look.path)}; if other users could read the key, make a new one.",
            at,
            effect="stops",
            log="auth/slurm: key file is insecure",
        )
    elif look.kind != "file" or look.size == 0:
        kind = "empty" if look.kind == "file" else f"a {look.kind}"
        yield finding(
            _RULE,
            f"The key of auth/slurm is {kind}: {word(look.path)}.",
            f"{conf.daemon} cannot load it and does not start.",
            f"Copy the slurm.key of the cluster to {word(look.path)}.",
            at,
            effect="stops",
        )
    elif user and not may_read(look, user):
        file = "the key of auth/slurm", shown, word(look.path)
        yield unreadable(survey, conf, _RULE, file, plain(user.name), at)
