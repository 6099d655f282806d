"""The texts of the diagnostics about a token's user; mapping_diagnostics decides which of them apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.diagnostic import Diagnostic

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Level


class Text(NamedTuple):
    """What a diagnostic says of every token."""

    level: Level
    title: str
    expected: str
    why: str
    fix: str
    source: str


_JWT = "src/plugins/auth/jwt/auth_jwt.c, 20.02 to 26.05"
_UID = "src/common/uid.c, 20.02 to 26.05"
_ASKED = "asked of slurmctld 20.11, 22.05, 24.11 and 26.05"
_IDENTITY = "asked of slurmctld 26.05.5"

TEXTS: dict[str, Text] = {
    "user.unnamed": Text(
        "error",
        "No claim names the user for this release.",
        "the user's name on the cluster, as a string in sun",
        "Slurm reads sun, since 21.08 else username, since 23.02 else the claim of userclaimfield. It looks "
        "at no other claim, and refuses the token: jwt_get_grant failure.",
        "Let the issuer write sun.",
        _JWT,
    ),
    "user.fallback": Text(
        "note",
        "The user is named by another claim than sun.",
        "the user's name in sun, which every release reads",
        "username counts since 21.08, userclaimfield since 23.02; slurmctld before them refuses the token.",
        "Let the issuer write sun as well, with the same name.",
        _JWT,
    ),
    "user.shadowed": Text(
        "warning",
        "Two claims name different users, and Slurm reads the first alone.",
        "one name in sun, username and the claim of userclaimfield",
        "The order is fixed: sun, username, userclaimfield. Another reader of the same token (a portal, an "
        "audit) may take the other claim for the user.",
        "Let the issuer write the same name into both, or leave one out.",
        _JWT,
    ),
    "user.field-shadowed": Text(
        "error",
        "The claim of userclaimfield names another user than the one that Slurm takes.",
        "neither sun nor username beside the claim that userclaimfield names",
        "userclaimfield is the last choice, not the first: with sun or username in the token Slurm never "
        "looks at it.",
        "Take sun and username out of the token, or drop userclaimfield from AuthAltParameters.",
        f"{_JWT}; {_ASKED}",
    ),
    "user.unknown": Text(
        "error",
        "The user is unknown on slurmctld's host: the token is served as uid 99, nobody.",
        "a name that `getent passwd NAME` finds on slurmctld's host",
        "slurmctld accepts the token before it looks the user up, so listing works. A job is another matter: "
        "sbatch is refused by 20.11, 22.05 and 26.05, and 24.11 takes the job as uid 99.",
        "Run `getent passwd NAME` on slurmctld's host, and let the issuer write the name that it knows.",
        f"{_UID}; {_ASKED}",
    ),
    "user.numeric": Text(
        "error",
        "The name is a number, which Slurm takes for a uid where no account has that name.",
        "the account's name, not its number",
        "What is no account's name goes through strtol: blanks before it, a sign and leading zeros are fine, "
        "so that 0, 00, +0 and -0 all are root.",
        "Let the issuer write the account's name.",
        f"{_UID}; {_ASKED}",
    ),
    "user.case": Text(
        "warning",
        "The name has capital letters, and names of users are compared exactly.",
        "the name as the user database spells it",
        "Neither Slurm nor the C library folds case; directories that do (Active Directory, LDAP) hand out "
        "names that this host does not know.",
        "Let the issuer write the name in lower case.",
        f"{_UID}; {_ASKED}",
    ),
    "user.domain": Text(
        "warning",
        "The name has a domain part, and Slurm looks up the whole text.",
        "the plain user name, without @realm and without DOMAIN\\",
        "No part is cut off: alice@EXAMPLE.ORG is another user than alice, mostly an unknown one.",
        "Map the identity to the plain name in the issuer, or name the claim with it by userclaimfield.",
        f"{_UID}; {_ASKED}",
    ),
    "user.blanks": Text(
        "warning",
        "The name has blanks, control characters or characters that nobody sees.",
        "the name's letters alone",
        "Nothing is trimmed: the name is looked up as it stands, mostly in vain. Only before a number blanks "
        "are passed over.",
        "Trim the name in the issuer.",
        f"{_UID}; {_ASKED}",
    ),
    "user.nobody": Text(
        "warning",
        "The token is for nobody.",
        "the account of the person or service that acts",
        "uid 99 is what Slurm calls a sender that it cannot look up; since 25.11 the name nobody never "
        "resolves, and becomes uid 99 as well.",
        "Give the service an account of its own.",
        f"{_UID}; {_ASKED}",
    ),
    "user.root": Text(
        "warning",
        "The token is for root: whoever holds it can be anyone on this cluster.",
        "an ordinary account, or a token that lives for minutes and never leaves the service",
        "slurmctld lets root act under every user name (X-SLURM-USER-NAME), change and stop the cluster, and "
        "make tokens for all users.",
        "Issue tokens for the user who acts; keep those for root short, and out of logs and browsers.",
        f"{_JWT}; asked of slurmctld and slurmrestd",
    ),
    "user.slurm-user": Text(
        "warning",
        "The token is for SlurmUser: whoever holds it can be anyone on this cluster.",
        "an ordinary account, or a token that lives for minutes and never leaves the service",
        "slurmctld treats SlurmUser as root: it may act under every user name (X-SLURM-USER-NAME), change "
        "and stop the cluster, and make tokens for all users.",
        "Issue tokens for the user who acts; keep those for SlurmUser short, and out of logs and browsers.",
        f"{_JWT}; asked of slurmctld and slurmrestd",
    ),
    "user.not-looked-up": Text(
        "note",
        "The user was not looked up: there was no user database to ask.",
        "the users of slurmctld's host, as `getent passwd` lists them",
        "slurmctld accepts a token for an unknown user and serves it as uid 99, so that acceptance alone "
        "says nothing of the user.",
        "Give the users with --passwd: getent passwd >users.txt on slurmctld's host.",
        _UID,
    ),
    "identity.used": Text(
        "note",
        "The user comes from the token alone: uid, gid and id count, and no user database is asked.",
        "an issuer that writes the uid which your file systems know",
        "With use_jwt_client_ids slurmctld believes a complete identity, whoever the user database says has "
        "that uid, and does not read sun.",
        "Compare uid and gid with those of the directory that the issuer reads.",
        _IDENTITY,
    ),
    "identity.differs": Text(
        "error",
        "The token's own identity is another user than its other claims name.",
        "the same user in sun, id.name and uid",
        "With use_jwt_client_ids a complete identity counts before sun: the user is the one with this uid.",
        "Let the issuer write one user, or leave the identity out.",
        _IDENTITY,
    ),
    "identity.incomplete": Text(
        "warning",
        "The token's own identity lacks parts, so that Slurm does not use it.",
        "uid and gid as integers, and id with name, gecos, dir and shell as texts, none empty",
        "With use_jwt_client_ids Slurm ignores an incomplete identity, and looks the user up by name.",
        "Let the issuer write all parts, or none.",
        _IDENTITY,
    ),
    "identity.demanded": Text(
        "error",
        "This cluster wants the user's identity in the token, and it is not complete.",
        "uid and gid as integers, and id with name, gecos, dir and shell as texts, none empty",
        "With use_jwt_client_ids_only slurmctld refuses all others: failed to retrieve required identity.",
        "Let the issuer write all parts.",
        _IDENTITY,
    ),
    "identity.odd": Text(
        "error",
        "A part of the token's own identity has a type that Slurm does not document.",
        "uid and gid as integers from 0 to 4294967295, gids as an array of such, groups as an object of them",
        "With use_jwt_client_ids slurmctld trusts what the issuer writes there; of any other type nobody "
        "promises what becomes of it, and this suite does not send it to a cluster.",
        "Let the issuer write the documented types, and leave out what it does not know: never null.",
        _IDENTITY,
    ),
}


def say(name: str, found: str, *, fix: str = "", level: Level | None = None) -> Diagnostic:
    """Return the diagnostic of this id. found: what this token has, safe to print."""
    text = TEXTS[name]
    return Diagnostic(
        id=name,
        level=level or text.level,
        message=text.title,
        cause=text.why,
        fix=fix or text.fix,
        source=(text.source,),
        details=(("found", found), ("expected", text.expected)),
    )
