"""One slurmctld with one key and one clock, and the questions that it answers."""

from __future__ import annotations

import secrets
import signal
import time
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Self

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab.daemons import clocks, conf
from slurm_jwt_conformance.lab.daemons.key_guard import refuse_published
from slurm_jwt_conformance.lab.daemons.observation import (
    ACCEPTED_LINE,
    REFUSED_LINE,
    Observation,
    cannot_be_carried,
    key_trouble,
    read_accepted,
    read_refused,
)
from slurm_jwt_conformance.lab.errors import DaemonDied, KeyRefused, NoAnswer, SlurmError, TokenRefused
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import (
    CommandResult,
    Entry,
    Mode,
    Sandbox,
    Watch,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slurm_jwt_conformance.lab.install.release import Installation

START_LIMIT = 30.0
QUESTION_LIMIT = 20.0
LOG_LIMIT = 5.0


class Cluster:
    """A running slurmctld. Start one with `Cluster(...)`, end it with `close()` or a with block.

    clock: the second at which slurmctld's clock stands still (seconds since 1970), None for the
    machine's own clock. jwks: the file of jwks=, None without this parameter.
    """

    def __init__(  # noqa: PLR0913 - what a test may vary, each by name
        self,
        installation: Installation,
        key: bytes,
        *,
        clock: int | None = None,
        settings: conf.Settings | None = None,
        mode: Mode | None = None,
        jwks: bytes | None = None,
    ) -> None:
        self.installation = installation
        self.clock = clock
        self.sandbox = Sandbox(installation.root, mode)
        self.settings = replace(settings or conf.Settings(accounts.SLURM_USER), has_jwks=jwks is not None)
        self.key = key
        self.jwks = jwks
        self._logs = {"slurmctld": conf.LOG, "munged": "munge/log"}
        self.names = {uid: name for name, uid in accounts.ACCOUNTS.items()}
        try:
            self._write_files()
            self._start_munged()
            self._start_slurmctld()
        except BaseException:
            self.close()
            raise

    @property
    def mode(self) -> Mode:
        """How the sandbox is separated: "root" or "user" (a user namespace)."""
        return self.sandbox.mode

    def _write_files(self) -> None:
        slurm = accounts.ACCOUNTS[accounts.SLURM_USER]
        self.sandbox.write(
            [
                Entry("munge", None, 0o755),
                Entry("munge/key", secrets.token_bytes(1024), 0o600),
                Entry(conf.STATE, None, 0o755, slurm),
                Entry(conf.KEY_FILE, self.key, 0o600, slurm),
                *([] if self.jwks is None else [Entry(conf.JWKS_FILE, self.jwks, 0o600, slurm)]),
                self._conf_entry(),
            ]
        )

    def _conf_entry(self) -> Entry:
        text = conf.slurm_conf(self.sandbox.work, self.settings)
        return Entry(conf.CONF, text.encode(), 0o644)

    def _start_munged(self) -> None:
        place = f"{self.sandbox.work}/munge"
        # In a user namespace "/" and /tmp seem to belong to nobody: munged needs --force for that.
        self.start_daemon(
            "munged",
            f"--key-file={place}/key",
            f"--socket={place}/socket",
            f"--pid-file={place}/pid",
            f"--log-file={place}/log",
            f"--seed-file={place}/seed",
            "--num-threads=2",
            "--foreground",
            *(["--force"] if self.sandbox.mode == "user" else []),
        )

    def _start_slurmctld(self) -> None:
        """Start slurmctld and wait until it answers a ping, for which munge must be up."""
        clock = clocks.frozen(self.installation, self.clock)
        self.start_daemon(
            "slurmctld", "-D", "-i", env={name: value.encode() for name, value in clock.items()}
        )
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Wait until slurmctld answers a ping. KeyRefused or SlurmError if it ends instead."""
        self.wait_for("slurmctld", self._answers_a_ping)

    def _answers_a_ping(self) -> bool:
        ping = self.run("scontrol", "ping", user="root", env=self.as_root())
        return " is UP" in ping.out and ping.exit == 0

    def wait_for(self, name: str, is_up: Callable[[], bool]) -> None:
        """Wait until a daemon is up. KeyRefused or SlurmError if it, or munged, ends instead."""
        deadline = time.monotonic() + START_LIMIT
        pause = 0.01
        while not is_up():
            codes = self.sandbox.ask("status")["daemons"]
            for each in ("munged", name):
                if (code := codes.get(each)) is not None:
                    raise self._died_at_start(each, code)
            if time.monotonic() > deadline:
                raise self._error(f"{name} was not up within {START_LIMIT:.0f} seconds", name)
            time.sleep(pause)
            pause = min(2 * pause, 0.1)

    def start_daemon(
        self,
        name: str,
        *arguments: str,
        user: str = "root",
        env: Mapping[str, bytes] | None = None,
        log: str | None = None,
    ) -> None:
        """Start a program of this release beside slurmctld; SlurmError if the release lacks it.

        It must stay in the foreground. log: its log below the work folder, if it writes one. If it ends
        later, every question raises DaemonDied. Raises SlurmError for a slurmd with a published test key.
        """
        if name == "slurmd":
            refuse_published(self.key)
        if name not in self.installation.programs:
            raise SlurmError(
                f"Slurm {self.installation.label} is installed without {name}", "Install its package."
            )
        self._logs[name] = log or self._logs.get(name, f"{name}.out")
        argv = [self.installation.program(name), *arguments]
        self.sandbox.spawn(name, argv, self.environment | dict(env or {}), user=user, output=f"{name}.out")

    @property
    def environment(self) -> dict[str, bytes]:
        """The environment of programs in the sandbox: slurm.conf of this cluster, no token."""
        conf_path = f"{self.sandbox.work}/{conf.CONF}"
        return {
            "PATH": b"/usr/sbin:/usr/bin:/sbin:/bin",
            "TZ": b"UTC",
            "LC_ALL": b"C",
            "SLURM_CONF": conf_path.encode(),
        }

    def as_root(self) -> dict[str, bytes]:
        """Return the environment of root's commands: a token if AuthType is not munge."""
        if self.settings.auth_type != conf.JWT:
            return {}
        return {"SLURM_JWT": Issuer(self.key).issue("root").encode()}

    def restart(self, settings: conf.Settings | None = None) -> None:
        """End slurmctld and start it again, with other settings if they are given.

        Raises KeyRefused or SlurmError if it does not start. Then it does not run.
        """
        self.settings = settings or self.settings
        self.sandbox.write([self._conf_entry()])
        self.sandbox.end("slurmctld", 15)
        self._start_slurmctld()

    def replace_key(self, key: bytes, *, by_rename: bool) -> None:
        """Write another key into slurmctld's key file, in place or as a new file renamed over it.

        slurmctld gets no signal. Raises SlurmError for a published test key where a slurmd runs.
        """
        if "slurmd" in self.sandbox.ask("status")["daemons"]:
            refuse_published(key)
        name = f"{conf.KEY_FILE}.new" if by_rename else conf.KEY_FILE
        self.sandbox.write([Entry(name, key, 0o600, accounts.ACCOUNTS[accounts.SLURM_USER])])
        if by_rename:
            paths = [f"{self.sandbox.work}/{each}" for each in (name, conf.KEY_FILE)]
            self.sandbox.run(["/bin/mv", "-f", *paths], self.environment, user="root")
        self.key = key

    def _died_at_start(self, name: str, code: int) -> SlurmError:
        log = self.log_tail(name)
        reason = key_trouble(log, self.sandbox.work) if name == "slurmctld" else None
        crashed_on_jwks = name == "slurmctld" and self.jwks is not None and code == -signal.SIGSEGV
        if reason is not None or crashed_on_jwks:
            return KeyRefused(reason, log)
        return SlurmError(f"{name} ended at its start", "Its log shows the cause.", log)

    def log_tail(self, name: str = "slurmctld") -> str:
        """Return the last lines of a daemon's log, or of its output if it wrote no log."""
        return self.sandbox.tail(self._logs[name]) or self.sandbox.tail(f"{name}.out")

    def listening(self) -> list[tuple[str, int]]:
        """Return (address, port) of every listening TCP socket of the sandbox."""
        return self.sandbox.listening()

    def scontrol(
        self, *arguments: str, user: str, token: bytes | None = None, watch: Watch | None = None
    ) -> CommandResult:
        """Run scontrol inside as `user`, with `token` in SLURM_JWT if one is given."""
        env = {} if token is None else {"SLURM_JWT": token}
        return self.run("scontrol", *arguments, user=user, env=env, watch=watch)

    def run(
        self,
        program: str,
        *arguments: str,
        user: str,
        env: Mapping[str, bytes] | None = None,
        seconds: float = QUESTION_LIMIT,
        watch: Watch | None = None,
    ) -> CommandResult:
        """Run a client program of this release inside as `user`, with `env` beside `environment`."""
        beside = PurePath(self.installation.program("scontrol")).with_name(program)
        argv = [self.installation.programs.get(program, str(beside)), *arguments]
        return self.sandbox.run(
            argv, self.environment | dict(env or {}), user=user, seconds=seconds, watch=watch
        )

    def ask(self, token: bytes) -> Observation:
        """Ask slurmctld for its verdict on a token, through the real client.

        Raises DaemonDied if slurmctld has ended, SlurmError if it gave no clear answer.
        """
        impossible = cannot_be_carried(token)
        if impossible:
            return impossible
        watch = Watch(conf.LOG, ACCEPTED_LINE, REFUSED_LINE, LOG_LIMIT)
        result = self.scontrol("show", "config", user=accounts.COURIER, token=token, watch=watch)
        self.check(result)
        if not result.complete:
            raise self._error("slurmctld's log does not show the request")
        if result.exit == 0:
            return read_accepted(result.log, self.names)
        assert result.exit is not None
        return read_refused(result.log, result.err or result.out, result.exit)

    def check(self, result: CommandResult) -> None:
        """Raise DaemonDied or NoAnswer if no living daemon answered a question."""
        if result.dead:
            raise DaemonDied(
                f"{result.dead[0]} ended while it was asked", "Start it again.", self.log_tail(result.dead[0])
            )
        if result.exit is None:
            error = self._error(f"slurmctld did not answer within {QUESTION_LIMIT:.0f} seconds")
            raise NoAnswer(error.what, error.hint, error.log)

    def issue(self, user: str | None, lifespan: int | str | None = None, *, by: str = "slurm") -> bytes:
        """Return a token of `scontrol token` for `user` (None: for the caller), run by account `by`.

        Raises TokenRefused with scontrol's message if scontrol issues no token.
        """
        if self.mode != "root" and by != accounts.SLURM_USER:
            raise SlurmError(
                f"there is no account {by} to run scontrol", "Run as root: others have one account."
            )
        options = [f"username={user}"] if user is not None else []
        options += [f"lifespan={lifespan}"] if lifespan is not None else []
        result = self.scontrol("token", *options, user=by)
        self.check(result)
        name, _, token = result.out.strip().partition("=")
        if result.exit or name != "SLURM_JWT":
            raise TokenRefused(
                f"scontrol issued no token: {(result.err or result.out).strip()}", log=self.log_tail()
            )
        return token.encode()

    def kill(self, name: str, signal: int = 9) -> None:
        """Send a signal to a daemon and wait for its end."""
        self.sandbox.ask("kill", name=name, signal=int(signal))

    def _error(self, what: str, name: str = "slurmctld") -> SlurmError:
        return SlurmError(what, "Its log may show the cause.", self.log_tail(name))

    def close(self) -> None:
        """End the daemons and remove their files. A second call does nothing."""
        self.sandbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
