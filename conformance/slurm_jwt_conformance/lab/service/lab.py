"""A lab: one cluster, up for as long as somebody wants to talk to it, with a key of its own."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt.strict.keys import fingerprint
from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.plugin import by_plugin
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import possible_mode
from slurm_jwt_conformance.lab.service import daemons as lab_daemons
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.daemons.observation import Observation
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
        if plan.users and possible_mode() == "bare":
            raise Problem(
                "A lab without namespaces has this machine's users, and no others.",
                "Run it as root, or without --user.",
            )
        accounts.admit(plan.users)
        self.installation = installation
        self._users = {**accounts.TEST_USERS, **plan.users}
        self.cluster = Cluster(installation, plan.key, settings=_settings(installation))
        try:
            self.daemons = lab_daemons.start(self.cluster, plan.daemons)
        except BaseException:
            self.cluster.close()
            raise

    def facts(self) -> Facts:
        """Return what does not change while the lab is up; the key by its fingerprint."""
        found = self.installation
        return {
            "release": found.label,
            "slurm": found.version,
            "libjwt": found.libjwt or None,
            "prefix": None if found.prefix is None else str(found.prefix),
            "mode": self.cluster.mode,
            "key_bytes": len(self.cluster.key),
            "key_fingerprint": fingerprint(self.cluster.key),
            "users": self._users if self.cluster.has_test_users else {},
            "daemons": ["munged", "slurmctld", *self.daemons],
        }

    def state(self) -> Facts:
        """Return what may change: daemons that have ended with their exit codes, and listening sockets."""
        codes = self.cluster.sandbox.ask("status")["daemons"]
        ended = {name: code for name, code in codes.items() if code is not None}
        return {"ended": ended, "listening": self.cluster.listening()}

    def ask(self, token: bytes, user_name: str | None = None) -> Facts:
        """Return slurmctld's verdict on a token; where the client cannot carry it, the plugin's."""
        route, observation = ROUTE, None
        if user_name is None:
            observation = self.cluster.ask(token)
        if observation is None or observation.verdict == "cannot-be-carried":
            name = None if user_name is None else user_name.encode()
            route = by_plugin.ROUTE
            observation = by_plugin.ask(self.installation, self.cluster.key, [(token, name)])[0]
        others = {"http": self.daemons.http(token, user_name), "slurmdbd": None}
        if user_name is None:
            others["slurmdbd"] = self.daemons.accounting(token)
        return {**_as_facts(observation), "route": route, **others}

    def run(self, argv: list[str], user: str, token: bytes | None, seconds: float) -> CommandResult:
        """Run a command in here as `user`, with a token in SLURM_JWT if one is given."""
        if user not in accounts.ACCOUNTS:
            raise Problem(f"The lab has no user {user!r}.", nearest(user, list(accounts.ACCOUNTS)))
        more = {} if token is None else {"SLURM_JWT": token}
        environment = self.cluster.environment | self._path() | more
        return self.cluster.sandbox.run(argv, environment, user=user, seconds=seconds)

    def _path(self) -> dict[str, bytes]:
        """Put a prefix's own programs before the system's."""
        prefix = self.installation.prefix
        if prefix is None:
            return {}
        own = os.fsencode(f"{prefix}/bin:{prefix}/sbin:")
        return {"PATH": own + self.cluster.environment["PATH"]}

    def token(self, user: str | None, lifespan: str | None) -> bytes:
        """Have `scontrol token` make a token; TokenRefused with its message if it makes none."""
        return self.cluster.issue(user, lifespan)

    def close(self) -> None:
        """End every daemon and remove every trace; safe to call twice."""
        self.cluster.close()


def _as_facts(observation: Observation) -> Facts:
    return {
        "verdict": observation.verdict,
        "uid": observation.uid,
        "user": observation.user,
        "log": observation.log,
        "client": observation.client,
    }


def _settings(installation: Installation) -> conf.Settings | None:
    """Name the plugins of a Slurm below a prefix, which may have been moved; None for the usual settings."""
    if installation.prefix is None:
        return None
    bare = possible_mode() == "bare"
    user = pwd.getpwuid(os.geteuid()).pw_name if bare else accounts.SLURM_USER
    return conf.Settings(slurm_user=user, extra=(f"PluginDir={Path(installation.plugin_dir)}",))
