"""What slurmctld would do with a token, for `check --release`: the model's word, marked as what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import Settings, parse_parameters, parse_passwd, predict, releases
from slurm_jwt_conformance.problems import Problem

if TYPE_CHECKING:
    import argparse

    from slurm_jwt.slurmctld import Prediction, Release, Users

OF_THIS_MACHINE = "/etc/passwd"
MOST_BYTES = 64 * 1024 * 1024


class Site(NamedTuple):
    """The releases to ask about, and what of the site decides besides the token."""

    releases: tuple[Release, ...]
    users: Users
    settings: Settings


def site(args: argparse.Namespace, key: bytes | None) -> Site | None:
    """Return what the options say of the site; None where no release is asked about."""
    names = [*releases.series()] if args.all_releases else args.release
    if not names:
        return None
    if key is None:
        raise Problem("Without the key nobody can say what slurmctld would do.", "Give it with --key-file.")
    try:
        chosen = tuple(releases.parse(name) for name in dict.fromkeys(names))
    except ValueError as error:
        raise Problem(str(error)) from error
    return Site(chosen, _users(args.passwd), Settings(parse_parameters(args.parameters), args.slurm_user))


def _users(path: str | None) -> Users:
    place = Path(path or OF_THIS_MACHINE)
    try:
        if not place.is_file():
            raise Problem(f"{place} is not a regular file.", "Make one: getent passwd >users.txt")
        with place.open("rb") as stream:
            text = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise Problem(f"Cannot read the users from {place}: {error.strerror}.") from error
    if len(text) > MOST_BYTES:
        raise Problem(f"{place} is longer than any user database: over {MOST_BYTES:,} bytes.")
    try:
        return parse_passwd(text.decode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise Problem(f"{place}: {error}.", "Make one: getent passwd >users.txt") from error


def predictions(token: bytes, key: bytes, now: int, where: Site) -> dict[str, Prediction]:
    """Return what each release would do, by its full name."""
    return {
        release.name: predict(token, key, release, now, where.users, where.settings)
        for release in where.releases
    }


def fits(prediction: Prediction, claims: dict[str, object] | None, where: Site) -> bool:
    """Tell whether the release accepts the token as the very user that it names."""
    name = claims.get("sun") if claims else None
    account = where.users.by_name.get(name) if isinstance(name, str) else None
    return bool(prediction.accepted) and account is not None and account.uid == prediction.uid


def sentence(name: str, prediction: Prediction) -> str:
    """Return one release's word for a person."""
    if prediction.accepted is None:
        return f"Slurm {name}: unknown. {prediction.why}"
    if prediction.accepted:
        who = f"uid {prediction.uid} ({prediction.user or 'no such user'})"
        return f"Slurm {name} ({prediction.basis}): accepted as {who}. {prediction.why}"
    return f"Slurm {name} ({prediction.basis}): refused. {prediction.why}\n  log: {prediction.log}"
