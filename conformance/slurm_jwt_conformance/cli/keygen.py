"""`slurm-jwt keygen`: make the signing key's file, once, and say what to do with it."""

from __future__ import annotations

import argparse
import os
import sys

from slurm_jwt_reports.problems import Problem

EPILOG = """\
examples:
  slurm-jwt keygen /var/spool/slurm/statesave/jwt_hs256.key --owner slurm
  slurm-jwt keygen ./jwt_hs256.key            32 random bytes
  slurm-jwt keygen --json ./jwt_hs256.key     what was made, for a script
  slurm-jwt keygen --pem ./jwt_hs256.key

--pem makes a 2048-bit RSA key with openssl, as Slurm's first page on tokens has it: slurmctld takes the
bytes of its text as they are, and many JWT libraries refuse such a key.

The file has mode 0600 and appears whole or not at all; a file that exists is never changed. Only the key's
fingerprint is shown.

exit codes: 0 the key is there, 2 it is not, and why
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt keygen`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt keygen",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("file", metavar="FILE", help="the file to make; it must not exist")
    made.add_argument(
        "--pem", action="store_true", help="let `openssl genrsa 2048` make it, instead of 32 random bytes"
    )
    made.add_argument(
        "--json", action="store_true", help="say it as JSON (schema/keygen.schema.json), not in sentences"
    )
    made.add_argument("--owner", metavar="NAME", help="give the file to this user: SlurmUser (needs root)")
    return made


def run(args: argparse.Namespace) -> int:
    """Make the key that the arguments ask for; return 0, or raise a Problem."""
    from slurm_jwt.strict.keys import fingerprint, generate
    from slurm_jwt_reports import output

    path = output.demand_new(args.file)
    owner = None if args.owner is None else _owner(args.owner)
    key = _openssl() if args.pem else generate()
    output.write_secret(path, key, owner)
    if args.json:
        from slurm_jwt_conformance.cli import emit, keygen_document

        emit.print_json(keygen_document.report(path, key, args.owner))
    else:
        _say(path, f"{'PEM' if args.pem else 'random bytes'}, {len(key)} bytes", fingerprint(key), args.owner)
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
