"""`slurm-jwt lab`: real Slurm daemons of your own, in namespaces with loopback alone.

Install releases, start a cluster with a random key, ask it about tokens, run commands in it, end it;
and remake the record of what each release says to every vector.
"""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import subcommands
from slurm_jwt_reports.problems import HarnessProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_conformance.cli.subcommands import Commands

EPILOG = """\
examples:
  slurm-jwt lab install all                 Slurm 20.11, 22.05, 24.11 and 26.05
  slurm-jwt lab up --release 22.05 --detach
  slurm-jwt lab token username=alice | slurm-jwt lab ask
  slurm-jwt lab exec -- scontrol show config
  slurm-jwt lab down
  slurm-jwt lab record --check              do all releases say what is recorded?

`slurm-jwt lab COMMAND --help` tells more about each command.

exit codes: 0 fine, 1 refused or not as recorded, 2 usage or configuration, 3 the harness itself failed
"""

_INSTALL = """\
examples:
  slurm-jwt lab install 24.11 26.05
  slurm-jwt lab install all           20.11, 22.05, 24.11 and 26.05

mmdebstrap unpacks each release's Debian packages into a root of its own below the user's cache.
Nothing is installed on this machine. Without root, mmdebstrap uses user namespaces.
A release that fails does not stop the next one.

exit codes: 0 all are installed, 2 usage, 3 one or more could not be installed
"""

_UP = """\
examples:
  slurm-jwt lab up                             this machine's Slurm; Ctrl-C ends it
  slurm-jwt lab up --release 26.05 --detach    until `slurm-jwt lab down`
  slurm-jwt lab up --with slurmrestd,slurmd --user carol dave:5001
  slurm-jwt lab up --prefix /opt/slurm --key-file jwt_hs256.key

The daemons see loopback alone, and a user database of their own: root, slurm, alice, bob and those of
--user. The key is random unless --key-file gives one.

exit codes: 0 it is up, or was ended by you, 2 usage, 3 it does not come up, and why
"""

_DOWN = """\
examples:
  slurm-jwt lab down                  the only lab that is up
  slurm-jwt lab down --name 22.05
  slurm-jwt lab down --all

exit codes: 0 nothing is left of it, 2 which one is not clear, 3 it does not end
"""

_STATUS = """\
examples:
  slurm-jwt lab status
  slurm-jwt lab status --json

exit codes: 0 all are well, or none is up, 1 a daemon of a lab has ended, 3 a lab does not answer
"""

_ASK = """\
examples:
  slurm-jwt lab ask <token.txt
  slurm-jwt lab token username=slurm | slurm-jwt lab ask --user-name alice

Without --user-name the token goes through scontrol in SLURM_JWT (route scontrol). What that cannot
carry, and a user name beside the token, go to Slurm's plugin (route plugin). What slurmdbd and slurmrestd
say is shown, too, where they run.

exit codes: 0 accepted, 1 refused, 2 usage, 3 no verdict
"""

_MADE = """\
examples:
  slurm-jwt lab token                                  for root, for 1800 seconds
  slurm-jwt lab token username=alice lifespan=60
  slurm-jwt lab token username=alice | slurm-jwt lab ask

exit codes: 0 the token is on stdout, 2 usage, 3 slurmctld made none, and why
"""

_EXEC = """\
examples:
  slurm-jwt lab exec -- scontrol ping
  slurm-jwt lab exec --token-file token.txt --user alice -- squeue

The command sees the lab's files, users and loopback alone.

exit codes: those of the command; 2 usage, 3 it could not be run
"""

_RECORD = """\
examples:
  slurm-jwt lab record                       all installed releases, into the package
  slurm-jwt lab record --release 22.05 --out mine
  slurm-jwt lab record --check               write nothing

Another package version is reported and no difference. Some 15 seconds a release.

exit codes: 0 recorded, or as recorded, 1 a verdict differs (--check), 2 usage, 3 a release could not be asked
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt lab`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt lab",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = subcommands.begin(made)
    for add in (_add_install, _add_up, _add_down, _add_status, _add_ask, _add_token, _add_exec, _add_record):
        add(commands)
    return made


def _command(commands: Commands, name: str, where: str, purpose: str, epilog: str) -> argparse.ArgumentParser:
    made = subcommands.add(commands, name, purpose, epilog)
    made.set_defaults(act=(where, name))
    return made


def _add_name(made: argparse.ArgumentParser) -> None:
    made.add_argument("--name", metavar="LAB", help="which lab, where several are up")
    made.set_defaults(token=None)


def _add_json(made: argparse.ArgumentParser) -> None:
    made.add_argument("--json", action="store_true", help="write the result as JSON to stdout")


def _add_install(commands: Commands) -> None:
    made = _command(
        commands, "install", "lab_install", "install Slurm releases, each in a root of its own", _INSTALL
    )
    made.add_argument("release", nargs="+", metavar="RELEASE", help="a release such as 24.11, or all")
    _add_json(made)


def _add_up(commands: Commands) -> None:
    made = _command(commands, "up", "lab_up", "start a cluster, tell how to talk to it, and wait", _UP)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--release", default="", metavar="R", help="a release that is installed")
    which.add_argument(
        "--prefix", default="", metavar="DIR", help="a Slurm built elsewhere: bin, sbin, lib/slurm"
    )
    made.add_argument(
        "--key-file", metavar="FILE", help="take every byte of FILE as the key (default: random)"
    )
    made.add_argument(
        "--user",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME[:UID]",
        help="users beside alice and bob",
    )
    made.add_argument(
        "--with", dest="daemons", default="", metavar="LIST", help="slurmdbd, slurmrestd, slurmd, by commas"
    )
    made.add_argument("--name", default="", metavar="LAB", help="the lab's name (default: its release)")
    made.add_argument("--detach", action="store_true", help="leave it up in the background")
    _add_json(made)


def _add_down(commands: Commands) -> None:
    made = _command(commands, "down", "lab_up", "end a lab; nothing is left of it", _DOWN)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--name", metavar="LAB", help="which lab, where several are up")
    which.add_argument("--all", action="store_true", help="end all labs")


def _add_status(commands: Commands) -> None:
    purpose = "list the labs, and clean up after those that were killed"
    made = _command(commands, "status", "lab_up", purpose, _STATUS)
    _add_json(made)


def _add_ask(commands: Commands) -> None:
    made = _command(commands, "ask", "lab_ask", "ask a lab's slurmctld about the token on stdin", _ASK)
    _add_name(made)
    made.add_argument("--token-file", metavar="FILE", help="read the token from FILE")
    made.add_argument("--user-name", type=_text, metavar="NAME", help="X-SLURM-USER-NAME beside the token")
    _add_json(made)


def _text(given: str) -> str:
    """Refuse what is no UTF-8: it cannot be sent as it is, and must not be sent as something else."""
    if not given.isprintable() and any("\udc80" <= char <= "\udcff" for char in given):
        raise argparse.ArgumentTypeError("not UTF-8")
    return given


def _add_token(commands: Commands) -> None:
    purpose = "have slurmctld make a token, as `scontrol token` does"
    made = _command(commands, "token", "lab_ask", purpose, _MADE)
    _add_name(made)
    made.add_argument("option", nargs="*", metavar="username=NAME | lifespan=SECONDS", help="as of scontrol")


def _add_exec(commands: Commands) -> None:
    made = _command(commands, "exec", "lab_ask", "run a command in a lab", _EXEC)
    _add_name(made)
    made.add_argument(
        "--user", default="root", metavar="NAME", help="run as this user of the lab (default: root)"
    )
    made.add_argument(
        "--token-file", metavar="FILE", help="put the token in FILE (- is stdin) into SLURM_JWT"
    )
    made.add_argument(
        "--seconds", type=float, default=60.0, metavar="N", help="end it after N seconds (default: 60)"
    )
    made.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND ...", help="what to run")


def _add_record(commands: Commands) -> None:
    made = _command(
        commands, "record", "lab_record", "remake the record of what releases say to every vector", _RECORD
    )
    made.add_argument(
        "--release",
        nargs="+",
        action="extend",
        default=[],
        metavar="R",
        help="these releases (default: all here)",
    )
    made.add_argument(
        "--check", action="store_true", help="write nothing, only compare with what is recorded"
    )
    made.add_argument("--out", metavar="DIR", help="folder of the records (default: the package's own)")
    _add_json(made)


def run(args: argparse.Namespace) -> int:
    """Do what the arguments name and return the exit code."""
    from slurm_jwt_conformance.lab.errors import SlurmError

    where, name = args.act
    module = importlib.import_module(f"slurm_jwt_conformance.cli.{where}")
    act: Callable[[argparse.Namespace], int] = getattr(module, name)
    try:
        return act(args)
    except SlurmError as error:
        raise HarnessProblem(str(error)) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        raise HarnessProblem(f"{error.strerror or error}{place}") from error
