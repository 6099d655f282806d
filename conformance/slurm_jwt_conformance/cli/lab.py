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


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt lab`."""
    top = subcommands.command("lab", __doc__)
    commands = subcommands.begin(top)
    for add in (_add_install, _add_up, _add_down, _add_status, _add_ask, _add_token, _add_exec):
        add(commands)
    return top


def _command(commands: Commands, name: str, module: str, purpose: str) -> argparse.ArgumentParser:
    parser = subcommands.add(commands, name, purpose)
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
    parser = _command(commands, "install", "lab_install", purpose)
    parser.add_argument("release", nargs="+", metavar="RELEASE", help="a release such as 24.11, or all")
    _add_json(parser)


def _add_up(commands: Commands) -> None:
    purpose = "start a cluster, print how to use it, and hold it until Ctrl-C"
    parser = _command(commands, "up", "lab_up", purpose)
    add = parser.add_argument
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--release", default="", metavar="R", help="an installed release")
    which.add_argument(
        "--prefix", default="", metavar="DIR", help="your build of Slurm: bin, sbin, lib/slurm"
    )
    add("--key-file", metavar="FILE", help="use all bytes of FILE as the key (default: random)")
    add("--jwks", metavar="FILE", help="let the daemons verify RS256 tokens with the public keys in FILE")
    more = "more of AuthAltParameters, such as userclaimfield=sub"
    add("--parameters", default="", metavar="LIST", help=more)
    _add_list(parser, "--user", "NAME[:UID]", "users in addition to alice and bob")
    daemons = "slurmdbd, slurmrestd, slurmd, separated by commas"
    add("--with", dest="daemons", default="", metavar="LIST", help=daemons)
    add("--name", default="", metavar="LAB", help="the lab's name (default: its release)")
    add("--detach", action="store_true", help="run the lab in the background; return when it is up")
    _add_json(parser)


def _add_down(commands: Commands) -> None:
    parser = _command(commands, "down", "lab_up", "end a lab and remove its files")
    which = parser.add_mutually_exclusive_group()
    _add_name(which)
    which.add_argument("--all", action="store_true", help="end all labs")


def _add_status(commands: Commands) -> None:
    purpose = "list the labs, and remove what killed labs left"
    _add_json(_command(commands, "status", "lab_up", purpose))


def _add_ask(commands: Commands) -> None:
    purpose = "send the token on stdin to a lab's slurmctld and print the verdict"
    parser = _command(commands, "ask", "lab_ask", purpose)
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
    parser = _command(commands, "token", "lab_ask", purpose)
    _add_name(parser)
    names = "username=NAME | lifespan=SECONDS"
    parser.add_argument("option", nargs="*", metavar=names, help="an option of `scontrol token`")


def _add_exec(commands: Commands) -> None:
    parser = _command(commands, "exec", "lab_ask", "run a command in a lab")
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
