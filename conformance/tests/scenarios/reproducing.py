"""Show a scenario on real daemons: start a daemon with the files, or send it a token."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from scenarios.answering import BASE, Answer, arguments, environment, filled, of, placed, token
from scenarios.files import OTHER
from scenarios.scenario import KEY, TOKEN, Asked, Loaded, Raised, Rotated, Sent, Started, Typed
from slurm_jwt_conformance.lab.daemons import conf, restd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry, Sandbox, possible_mode
from support.made_up_site import Bench, lay_out
from tools.studies.study import steady

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scenarios.scenario import Scenario
    from slurm_jwt_conformance.lab.install.release import Installation


class Seen(NamedTuple):
    """What real daemons did.

    said: in their logs, to the client, over HTTP. up: a daemon that was started came up; a command that was
    typed works without the token; a token is taken before the last step. accepted: the token was taken, as
    uid; None where none was asked about. log: the deciding line, in normal form. now: the clock of the
    daemon that decided. token: the one that it was asked about, b"" if that is the site's.
    """

    said: str
    now: int
    up: bool | None = None
    accepted: bool | None = None
    uid: int | None = None
    log: str | None = None
    token: bytes = b""

    def __repr__(self) -> str:
        return f"Seen({self.said[-300:]!r}, up={self.up}, accepted={self.accepted}, uid={self.uid})"


class _Odd(Cluster):
    """A cluster whose daemons find more files than others, by way of their environment."""

    def __init__(
        self, installation: Installation, key: bytes, files: Sequence[Entry], environment: Mapping[str, str]
    ) -> None:
        self._more, self._named = files, environment
        super().__init__(installation, key)

    def _write_files(self) -> None:
        super()._write_files()
        self.sandbox.write(self._more)

    @property
    def environment(self) -> dict[str, bytes]:
        """The environment of programs in here."""
        named = placed(self._named, self.sandbox.work)
        return super().environment | {name: value.encode() for name, value in named.items()}


class Daemons:
    """The daemons of one release, started when they are first needed, and ended together."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._clusters: dict[tuple[object, ...], Cluster] = {}
        self._restds: dict[Cluster, restd.Restd] = {}
        self._bench: Bench | None = None

    @property
    def mode(self) -> str:
        """How daemons are kept apart here; only as "root" files have owners."""
        return possible_mode() or ""

    def reproduce(self, scenario: Scenario) -> Seen:
        """Let the fault happen."""
        match scenario.fault:
            case Asked() as fault:
                seen = self._ask(scenario, fault)
            case Loaded() as fault:
                seen = self._load(scenario, fault)
            case Sent() as fault:
                seen = self._send(scenario, fault)
            case Typed() as fault:
                seen = self._type(scenario, fault)
            case Started() as fault:
                seen = self._start(scenario, fault)
            case Raised() as fault:
                seen = self._raise(scenario, fault)
            case Rotated():
                seen = self._rotate(scenario)
        return seen

    def _cluster(self, key: bytes, fault: Asked = Asked()) -> Cluster:  # noqa: B008 - frozen
        name = (key, fault.parameters, fault.ahead, fault.openssl)
        if name not in self._clusters:
            clock = int(time.time()) + fault.ahead if fault.ahead else None
            settings = conf.Settings(slurm_user=accounts.SLURM_USER, alt_parameters=fault.parameters)
            self._clusters[name] = (
                self._with_openssl(key, fault.openssl)
                if fault.openssl
                else Cluster(self.installation, key, settings=settings, clock=clock)
            )
        return self._clusters[name]

    def _with_openssl(self, key: bytes, text: str) -> Cluster:
        file = Entry("openssl.cnf", text.encode(), 0o644)
        return _Odd(self.installation, key, [file], {"OPENSSL_CONF": "{base}/openssl.cnf"})

    def _ask(self, scenario: Scenario, fault: Asked) -> Seen:
        now = int(time.time())
        files = scenario.files(now)
        cluster = self._cluster(of(files, KEY), fault)
        asked = _issued(cluster, fault.issues) if fault.issues else token(files)
        return _asked(cluster, asked, cluster.clock or now)

    def _load(self, scenario: Scenario, fault: Loaded) -> Seen:
        """Ask a slurmctld that loads the library of the variable; without one, tell what was recorded."""
        now = int(time.time())
        named = os.environ.get(fault.variable)
        if not named:
            return Seen(fault.log, now, None, False, None, fault.log)
        files = scenario.files(now)
        key, name = of(files, KEY), fault.variable
        if (key, name) not in self._clusters:
            contents, environment = fault.lays(Path(named))
            more = [Entry(path, content, 0o755) for path, content in contents.items()]
            self._clusters[key, name] = _Odd(self.installation, key, more, environment)
        return _asked(self._clusters[key, name], token(files), now)

    def probe(self, scenario: Scenario, seen: Seen, *more: str) -> Answer:
        """Run `probe` on this cluster's host as root; only where its Slurm is this system's own."""
        files = scenario.files(seen.now)
        cluster = self._cluster(of(files, KEY))
        path = f"{cluster.sandbox.work}/{TOKEN}"
        cluster.sandbox.write([Entry(TOKEN, token(files), 0o600)])
        words = [
            sys.executable,
            "-m",
            "slurm_jwt_conformance",
            *arguments(scenario, self.installation.label, seen.now),
        ]
        script = f"exec {shlex.join([*words, *more])} <{shlex.quote(path)}"
        done = cluster.sandbox.run(["/bin/sh", "-c", script], cluster.environment, user="root", seconds=60)
        return Answer(done.exit or 0, done.out, done.err)

    def _raise(self, scenario: Scenario, fault: Raised) -> Seen:
        """Call the issuer's library; slurmctld takes what the same key signed."""
        now = int(time.time())
        files = scenario.files(now)
        key = of(files, KEY)
        seen = self._cluster(key).ask(token(files))
        return Seen(fault.call(key), now, None, seen.verdict == "accepted", seen.uid, seen.log)

    def _rotate(self, scenario: Scenario) -> Seen:
        """Replace the key and restart: a cluster of its own, for no other scenario has such a key."""
        now = int(time.time())
        files = scenario.files(now)
        with Cluster(self.installation, of(files, KEY)) as cluster:
            cluster.replace_key(OTHER, by_rename=True)
            renamed = _asked(cluster, token(files), now)
            cluster.restart()
            return _asked(cluster, token(files), now)._replace(up=renamed.accepted)

    def _send(self, scenario: Scenario, fault: Sent) -> Seen:
        now = int(time.time())
        files = scenario.files(now)
        cluster = self._cluster(of(files, KEY))
        if cluster not in self._restds:
            self._restds[cluster] = restd.add(cluster)
        sent = self._restds[cluster].ask(token(files), fault.user_name, fault.style)
        lines = [f"HTTP/1.1 {sent.status} {sent.reason}", sent.body.decode("utf-8", "replace"), sent.log]
        return Seen("\n".join(map(_steady, lines)), now, None, sent.accepted, sent.uid)

    def _type(self, scenario: Scenario, fault: Typed) -> Seen:
        now = int(time.time())
        cluster = self._cluster(of(scenario.files(now), KEY))
        more = {name: value.encode() for name, value in environment(scenario, now).items()}
        done = cluster.run(*fault.argv, user=fault.user, env=more)
        without = cluster.run(*fault.argv, user=fault.user) if fault.munge_would_do else None
        works = None if without is None else without.exit == 0
        return Seen(_steady(done.out + done.err), now, works, done.exit == 0)

    def _start(self, scenario: Scenario, fault: Started) -> Seen:
        now = int(time.time())
        self._bench = self._bench or Bench(self.installation)
        files = filled(scenario.files(now), self._bench.base(), self._bench.munge)
        told = self._bench.start(
            files,
            token(files) or None,
            daemon=fault.daemon,
            prepare=fault.prepare,
            environment=placed(fault.environment, self._bench.base()),
        )
        return Seen(_steady(told.log), now, told.up, told.accepted)

    def close(self) -> None:
        """End everything."""
        for cluster in self._clusters.values():
            cluster.close()
        if self._bench:
            self._bench.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Desk:
    """A host on which the doctor is run as root, on real files with real owners; no Slurm runs there."""

    def __init__(self) -> None:
        self._sandbox = Sandbox()
        self._count = 0

    @property
    def mode(self) -> str:
        """How it is kept apart; only as "root" files have owners."""
        return self._sandbox.mode

    def doctor(self, scenario: Scenario, release: str, now: int) -> dict[str, Any]:
        """Return what the doctor writes as JSON, the site's folder named as on the page."""
        base = f"{self._sandbox.work}/site{self._count}"
        self._count += 1
        lay_out(self._sandbox, base, filled(scenario.files(now), base, "/run/munge/munge.socket.2"))
        words = [word.replace(BASE, base) for word in arguments(scenario, release, now)]
        named = placed(environment(scenario, now), base) | {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/",
        }
        done = self._sandbox.run(
            [sys.executable, "-m", "slurm_jwt_conformance", *words, "--json"],
            {name: value.encode() for name, value in named.items()},
            user="root",
            seconds=60,
        )
        told: dict[str, Any] = json.loads(done.out.replace(base, BASE))
        return told

    def close(self) -> None:
        """Remove every trace."""
        self._sandbox.close()


def _asked(cluster: Cluster, asked: bytes, now: int) -> Seen:
    seen = cluster.ask(asked)
    said = "\n".join(each for each in (seen.log, seen.client) if each)
    taken = seen.verdict == "accepted"
    return Seen(said, now, None, taken, seen.uid, None if taken else seen.log, asked)


def _issued(cluster: Cluster, arguments: tuple[str, ...]) -> bytes:
    """Have slurmctld make a token; TokenRefused is not expected."""
    options = dict(argument.split("=") for argument in arguments)
    return cluster.issue(options.get("username"), options.get("lifespan"))


def _steady(text: str) -> str:
    """Return what was said without what changes from run to run; a site's folder becomes the page's."""
    return re.sub(r"/site\d+(?=/)", BASE, "\n".join(steady(line) for line in text.splitlines()))
