"""`slurm-jwt keygen`: create the signing key's file, and show what to do next."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import subcommands
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.cli.keygen_document import Shape

_SHAPES: dict[Shape, str] = {"bytes": "random bytes", "hex": "hex digits without a line end", "pem": "PEM"}
_USE: dict[Shape, str] = {
    "bytes": "Issuers must read the file as bytes. Programs that read text cannot read it: use --hex.",
    "hex": "Issuers may read the file as bytes or as text. They must use the 64 characters, not decode them.",
    "pem": "PyJWT, Authlib and python-jose refuse this key. Environment variables and shells lose its last"
    " line end. Use --hex for them.",
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt keygen`."""
    command = subcommands.command("keygen", __doc__)
    command.add_argument("file", metavar="FILE", help="the file to create; it must not exist")
    form = command.add_mutually_exclusive_group()
    form.add_argument(
        "--hex",
        action="store_true",
        help="write 64 hex digits without a line end, for programs that read the key as text",
    )
    form.add_argument(
        "--pem",
        action="store_true",
        help="create the key with `openssl genrsa 2048`, instead of 32 random bytes",
    )
    command.add_argument(
        "--json", action="store_true", help="print JSON (schema/keygen.schema.json) instead of sentences"
    )
    command.add_argument("--owner", metavar="NAME", help="give the file to this user: SlurmUser (needs root)")
    return command


def run(args: argparse.Namespace) -> int:
    """Create the key; return 0, or raise a Problem."""
    from slurm_jwt.strict.keys import fingerprint, generate
    from slurm_jwt_reports import output

    path = output.demand_new(args.file)
    owner = None if args.owner is None else _owner(args.owner)
    shape: Shape = "pem" if args.pem else "hex" if args.hex else "bytes"
    key = _openssl() if args.pem else generate().hex().encode() if args.hex else generate()
    output.write_secret(path, key, owner)
    if args.json:
        from slurm_jwt_conformance.cli import emit, keygen_document

        emit.print_json(keygen_document.report(path, key, shape, args.owner))
    else:
        _say(path, f"{_SHAPES[shape]}, {len(key)} bytes", fingerprint(key), args.owner)
        print(_USE[shape])
    return 0


def _owner(name: str) -> tuple[int, int]:
    """Return uid and group of this user."""
    import pwd

    try:
        entry = pwd.getpwnam(name)
    except (KeyError, ValueError):
        raise Problem(f"There is no user {name!r} on this machine.", "Name SlurmUser, often slurm.") from None
    if os.geteuid() not in {0, entry.pw_uid}:
        raise Problem(f"Only root can give the file to {name!r}.", "Run as root, or as that user.")
    return entry.pw_uid, entry.pw_gid


def _openssl() -> bytes:
    """Let openssl make the key of Slurm's page; the key passes through a pipe alone."""
    from slurm_jwt_conformance.lab import program
    from slurm_jwt_reports.redaction import one_line

    result = program.run(["openssl", "genrsa", "2048"], seconds=120, environment=os.environ)
    if result.exit is None:
        raise Problem(
            f"openssl, which makes PEM keys, does not run: {result.ended}.",
            "Install openssl, or omit --pem: a key of 32 random bytes is better.",
        )
    if result.exit or "PRIVATE KEY-----" not in result.out:
        raise Problem(f"openssl genrsa 2048 made no key, exit status {result.exit}: {one_line(result.err)}")
    return result.out.encode()


def _say(path: str, shape: str, fingerprint: str, owner: str | None) -> None:
    from slurm_jwt_reports.redaction import visible

    shown, place = visible(path), visible(os.path.abspath(path))  # noqa: PTH100 - daemons want no relative path
    print(f"{shown}: {shape}, mode 0600, fingerprint {fingerprint}")
    print(
        "\nWhat to do now:\n"
        "  1. Give every daemon that checks tokens this very file: slurmctld on each SlurmctldHost,\n"
        "     slurmdbd, and since 26.05 slurmd. Copy it as bytes, never as text: the fingerprint stays.\n"
        f"  2. Name it: AuthAltTypes=auth/jwt and AuthAltParameters=jwt_key={place}\n"
        "     in slurm.conf and in slurmdbd.conf.\n"
        "  3. Restart slurmctld and slurmdbd: they read the key only when they start. From then on every\n"
        "     token that was signed with another key is refused."
    )
    if owner is None and os.geteuid() == 0:
        print(
            f"The file is root's, and slurmctld runs as SlurmUser: chown slurm {shown}",
            file=sys.stderr,
        )
