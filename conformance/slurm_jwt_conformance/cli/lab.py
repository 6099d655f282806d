"""`slurm-jwt lab`: run real Slurm daemons in namespaces that have loopback only.

Install Slurm releases. Start a cluster with a random key, send tokens to it, run commands in it, end it.
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

`slurm-jwt lab COMMAND --help` describes each command.

exit codes: 0 success, 1 refused, 2 usage or configuration, 3 the harness failed
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
  slurm-jwt lab up --release 22.05             stays in the foreground; Ctrl-C ends the lab
  slurm-jwt lab up --release 26.05 --detach    returns when the lab is up; `slurm-jwt lab down` ends it
  slurm-jwt lab up --with slurmrestd,slurmd --user carol dave:5001
  slurm-jwt lab up --prefix /opt/slurm --key-file jwt_hs256.key

Without --release and --prefix it starts the Slurm of this machine, or the newest release that
`slurm-jwt lab install` installed. The daemons see loopback only. Their users are root, slurm, alice, bob and
the users of --user. The key is random unless --key-file names one.

exit codes: 0 `slurm-jwt lab down` ended the lab, or with --detach the lab is up, 2 usage or configuration,
3 the lab does not start, 130, 143 or 129 Ctrl-C, SIGTERM or SIGHUP ended the lab
"""

_DOWN = """\
examples:
  slurm-jwt lab down                  the only lab that is up
  slurm-jwt lab down --name 22.05
  slurm-jwt lab down --all

exit codes: 0 the lab has ended, 2 no lab is up or several are, 3 the lab does not end
"""

_STATUS = """\
examples:
  slurm-jwt lab status
  slurm-jwt lab status --json

exit codes: 0 all labs work or none is up, 1 a lab is broken: a daemon has ended or the lab does not answer
"""

_ASK = """\
examples:
  slurm-jwt lab ask <token.txt
  slurm-jwt lab token username=slurm | slurm-jwt lab ask --user-name alice

Without --user-name, scontrol sends the token from SLURM_JWT (route scontrol). A token that scontrol cannot
send, and a token with a user name, go directly to Slurm's plugin (route plugin). The answers of slurmdbd and
slurmrestd are shown too if the lab runs them.

exit codes: 0 accepted, 1 refused, 2 usage, 3 no verdict
"""

_ISSUE = """\
examples:
  slurm-jwt lab token                                  for root, for 1800 seconds
  slurm-jwt lab token username=alice lifespan=60
  slurm-jwt lab token username=alice | slurm-jwt lab ask

exit codes: 0 the token is on stdout, 2 usage, 3 slurmctld issued no token
"""

_EXEC = """\
examples:
  slurm-jwt lab exec -- scontrol ping
  slurm-jwt lab exec --token-file token.txt --user alice -- squeue

The command sees the lab's files, the lab's users and loopback only.

exit codes: the exit code of the command; 2 usage, 3 the command could not be run
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt lab`."""
    top = argparse.ArgumentParser(
        prog="slurm-jwt lab",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = subcommands.begin(top)
    for add in (_add_install, _add_up, _add_down, _add_status, _add_ask, _add_token, _add_exec):
        add(commands)
    return top


def _command(
    commands: Commands, name: str, module: str, purpose: str, epilog: str
) -> argparse.ArgumentParser:
    parser = subcommands.add(commands, name, purpose, epilog)
    parser.set_defaults(act=(module, name), token=None)
    return parser


def _add_name(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--name", metavar="LAB", help="the lab to use if several are up")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="write the result as JSON to stdout")


def _add_list(parser: argparse.ArgumentParser, option: str, metavar: str, text: str) -> None:
    """Add an option that takes values and can be repeated."""
    parser.add_argument(option, nargs="+", action="extend", default=[], metavar=metavar, help=text)


def _add_install(commands: Commands) -> None:
    purpose = "install Slurm releases, each in a root of its own"
    parser = _command(commands, "install", "lab_install", purpose, _INSTALL)
    parser.add_argument("release", nargs="+", metavar="RELEASE", help="a release such as 24.11, or all")
    _add_json(parser)


def _add_up(commands: Commands) -> None:
    purpose = "start a cluster, print how to use it, and hold it until Ctrl-C"
    parser = _command(commands, "up", "lab_up", purpose, _UP)
    add = parser.add_argument
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--release", default="", metavar="R", help="an installed release")
    which.add_argument(
        "--prefix", default="", metavar="DIR", help="your build of Slurm: bin, sbin, lib/slurm"
    )
    add("--key-file", metavar="FILE", help="use all bytes of FILE as the key (default: random)")
    _add_list(parser, "--user", "NAME[:UID]", "users in addition to alice and bob")
    daemons = "slurmdbd, slurmrestd, slurmd, separated by commas"
    add("--with", dest="daemons", default="", metavar="LIST", help=daemons)
    add("--name", default="", metavar="LAB", help="the lab's name (default: its release)")
    add("--detach", action="store_true", help="run the lab in the background; return when it is up")
    _add_json(parser)


def _add_down(commands: Commands) -> None:
    parser = _command(commands, "down", "lab_up", "end a lab and remove its files", _DOWN)
    which = parser.add_mutually_exclusive_group()
    _add_name(which)
    which.add_argument("--all", action="store_true", help="end all labs")


def _add_status(commands: Commands) -> None:
    purpose = "list the labs, and remove what killed labs left"
    _add_json(_command(commands, "status", "lab_up", purpose, _STATUS))


def _add_ask(commands: Commands) -> None:
    purpose = "send the token on stdin to a lab's slurmctld and print the verdict"
    parser = _command(commands, "ask", "lab_ask", purpose, _ASK)
    _add_name(parser)
    parser.add_argument("--token-file", metavar="FILE", help="read the token from FILE")
    header = "send this X-SLURM-USER-NAME with the token"
    parser.add_argument("--user-name", type=_text, metavar="NAME", help=header)
    _add_json(parser)


def _text(text: str) -> str:
    """Return a text. Text that is not UTF-8 is refused, because it cannot be sent unchanged."""
    if not text.isprintable() and any("\udc80" <= char <= "\udcff" for char in text):
        raise argparse.ArgumentTypeError("not UTF-8")
    return text


def _add_token(commands: Commands) -> None:
    purpose = "let slurmctld issue a token, as `scontrol token` does"
    parser = _command(commands, "token", "lab_ask", purpose, _ISSUE)
    _add_name(parser)
    names = "username=NAME | lifespan=SECONDS"
    parser.add_argument("option", nargs="*", metavar=names, help="an option of `scontrol token`")


def _add_exec(commands: Commands) -> None:
    parser = _command(commands, "exec", "lab_ask", "run a command in a lab", _EXEC)
    add = parser.add_argument
    _add_name(parser)
    add("--user", default="root", metavar="NAME", help="run as this user of the lab (default: root)")
    add("--token-file", metavar="FILE", help="put the token in FILE (- is stdin) into SLURM_JWT")
    add("--seconds", type=float, default=60.0, metavar="N", help="end it after N seconds (default: 60)")
    add("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND ...", help="the command to run")


def run(args: argparse.Namespace) -> int:
    """Run the chosen subcommand and return the exit code."""
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
