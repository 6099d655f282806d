"""A lab: one cluster with a key of its own, which answers until its user ends it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt import read_jwks
from slurm_jwt.strict.keys import fingerprint
from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.daemons.observation import cannot_be_carried
from slurm_jwt_conformance.lab.plugin import by_plugin
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.service import daemons
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.install.release import Installation
    from slurm_jwt_conformance.lab.sandbox.sandbox import CommandResult
    from slurm_jwt_conformance.lab.service.plan import Plan
    from slurm_jwt_conformance.lab.service.registry import Facts

ROUTE = "scontrol"


class Lab:
    """A running lab; `close` ends it. Everything that it raises is a Problem or a SlurmError."""

    def __init__(self, plan: Plan, installation: Installation) -> None:
        """Start the cluster and the daemons that the plan names.

        This process's sandboxes have the plan's users from here on.
        """
        accounts.admit(plan.users)
        self.installation = installation
        self._users = {**accounts.TEST_USERS, **plan.users}
        self.cluster = Cluster(installation, plan.key, settings=_settings(installation, plan), jwks=plan.jwks)
        try:
            self.daemons = daemons.start(self.cluster, plan.daemons)
        except BaseException:
            self.cluster.close()
            raise

    def facts(self) -> Facts:
        """Return the facts that do not change while the lab is up. They have the key's fingerprint only."""
        found = self.installation
        return {
            "release": found.label,
            "slurm": found.version,
            "libjwt": found.libjwt or None,
            "prefix": None if found.prefix is None else str(found.prefix),
            "mode": self.cluster.mode,
            "key_bytes": len(self.cluster.key),
            "key_fingerprint": fingerprint(self.cluster.key),
            "kids": list(read_jwks(jwks).keys) if (jwks := self.cluster.jwks) else [],
            "users": self._users,
            "daemons": ["munged", "slurmctld", *self.daemons],
        }

    def state(self) -> Facts:
        """Return what may change: daemons that have ended with their exit codes, and listening sockets."""
        codes = self.cluster.sandbox.ask("status")["daemons"]
        ended = {name: code for name, code in codes.items() if code is not None}
        return {"ended": ended, "listening": self.cluster.listening()}

    def ask(self, token: bytes, user_name: str | None = None) -> Facts:
        """Return slurmctld's verdict on a token, or the plugin's if the client cannot carry the token."""
        route, observation = ROUTE, None
        if user_name is None:
            observation = self.cluster.ask(token)
        if observation is None or observation.verdict == "cannot-be-carried":
            name = None if user_name is None else user_name.encode()
            route = by_plugin.ROUTE
            cluster = self.cluster
            observation = by_plugin.ask(
                self.installation,
                cluster.key,
                [(token, name)],
                jwks=cluster.jwks,
                parameters=cluster.settings.alt_parameters,
            )[0]
        return {**dataclasses.asdict(observation), "route": route, **self._others(token, user_name)}

    def _others(self, token: bytes, user_name: str | None) -> Facts:
        """Return the answers of slurmrestd and slurmdbd, None if there is no daemon or no way to it."""
        restd, dbd = self.daemons.get("slurmrestd"), self.daemons.get("slurmdbd")
        sendable = user_name is None and cannot_be_carried(token) is None
        return {
            "http": restd and daemons.http(restd, token, user_name, self.installation.label),
            "slurmdbd": daemons.accounting(dbd, token) if dbd and sendable else None,
        }

    def run(self, argv: list[str], user: str, token: bytes | None, seconds: float) -> CommandResult:
        """Run a command in the lab as `user`, with `token` in SLURM_JWT, and return its end."""
        if user not in accounts.ACCOUNTS:
            raise Problem(f"The lab has no user {user!r}.", nearest(user, list(accounts.ACCOUNTS)))
        more = {} if token is None else {"SLURM_JWT": token}
        environment = self.cluster.environment | self._path() | more
        return self.cluster.sandbox.run(argv, environment, user=user, seconds=seconds)

    def _path(self) -> dict[str, bytes]:
        """Return a PATH with a prefix's own programs before the system's."""
        prefix = self.installation.prefix
        if prefix is None:
            return {}
        own = os.fsencode(f"{prefix}/bin:{prefix}/sbin:")
        return {"PATH": own + self.cluster.environment["PATH"]}

    def token(self, user: str | None, lifespan: str | None) -> bytes:
        """Return a token of `scontrol token`. TokenRefused with its message if it issues none."""
        return self.cluster.issue(user, lifespan)

    def close(self) -> None:
        """End every daemon and remove their files. A second call does nothing."""
        self.cluster.close()


def _settings(installation: Installation, plan: Plan) -> conf.Settings:
    """Return the settings of a plan, with the PluginDir of a Slurm below a prefix."""
    extra = () if installation.prefix is None else (f"PluginDir={Path(installation.plugin_dir)}",)
    return conf.Settings(accounts.SLURM_USER, plan.parameters, extra)
