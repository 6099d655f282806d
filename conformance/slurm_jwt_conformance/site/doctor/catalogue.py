"""Every rule of the doctor, in the order of the checks: its id, its usual level, and what it requires."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.doctor.report import Finding

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.doctor.report import Daemon, Effect, Severity
    from slurm_jwt_reports.diagnostic import Place


class Rule(NamedTuple):
    """The level of a finding, unless a check knows better, and the sentence that a sound host fulfils."""

    level: Severity
    sentence: str


RULES = {
    "config.syntax": Rule("error", "A line of the configuration is one `Key=value`."),
    "config.unknown-key": Rule("error", "This release of Slurm knows every key that is set."),
    "config.value": Rule("error", "Numbers are numbers, and yes or no is yes or no."),
    "config.repeated": Rule("warning", "A key is set once."),
    "config.defunct": Rule("note", "Every key that is set has an effect."),
    "config.nul": Rule("warning", "No NUL byte hides a part of a line."),
    "config.include": Rule("warning", "Every included file exists and is read."),
    "config.operator": Rule("warning", "A key is set with =, not with += or a similar operator."),
    "config.missing-key": Rule("error", "ClusterName and SlurmctldHost are set."),
    "account.unknown": Rule("error", "SlurmUser is an account of the host."),
    "account.root": Rule("note", "The daemon does not run as root."),
    "state.folder": Rule("error", "StateSaveLocation is a folder that SlurmUser can use."),
    "state.open": Rule("error", "Only SlurmUser and root may change StateSaveLocation."),
    "plugin.missing": Rule("error", "The named plugin is installed."),
    "auth.unknown-plugin": Rule("error", "AuthType and AuthAltTypes name authentication plugins."),
    "auth.off": Rule("error", "The daemon loads auth/jwt."),
    "auth.alone": Rule("warning", "auth/jwt is not the only authentication method."),
    "auth.twice": Rule("note", "auth/jwt is named once."),
    "auth.none": Rule("error", "auth/none is not allowed."),
    "parameters.unknown": Rule("warning", "Each name in AuthAltParameters is a parameter of Slurm."),
    "parameters.unsupported": Rule("warning", "This release knows the parameter."),
    "parameters.hidden": Rule("error", "No whitespace hides a parameter from Slurm."),
    "parameters.blank": Rule("warning", "The value of a parameter does not start or end with whitespace."),
    "parameters.empty": Rule("error", "jwt_key= and jwks= have a value."),
    "parameters.repeated": Rule("warning", "AuthAltParameters names each parameter once."),
    "parameters.misplaced": Rule("warning", "The parameters of auth/jwt are in AuthAltParameters."),
    "lifespan.invalid": Rule("error", "max_token_lifespan is a number of seconds."),
    "lifespan.unlimited": Rule("warning", "max_token_lifespan limits the tokens that users can get."),
    "lifespan.long": Rule("note", "Tokens live at most 30 days."),
    "key.unset": Rule("error", "slurmdbd.conf names the key file."),
    "key.path": Rule("error", "jwt_key is an absolute path."),
    "key.missing": Rule("error", "The key file exists."),
    "key.kind": Rule("error", "The key file is a plain file."),
    "key.empty": Rule("error", "The key file is not empty."),
    "key.others": Rule("error", "Only SlurmUser and root have rights on the key."),
    "key.group": Rule("warning", "No other group has rights on the key."),
    "key.owner": Rule("warning", "The key belongs to SlurmUser or root."),
    "key.folder": Rule("error", "Only SlurmUser and root may replace the key."),
    "key.unreadable": Rule("error", "SlurmUser may read the key."),
    "key.published": Rule("error", "The key is not a published test key."),
    "key.public": Rule("error", "The key is not a public key or a certificate."),
    "key.short": Rule("warning", "The key has 32 bytes or more."),
    "key.pem": Rule("note", "The key is not a text that libraries refuse."),
    "key.text": Rule("note", "The key is not a text that issuers may decode by mistake."),
    "key.newline": Rule("warning", "A key that is text does not end with a line end."),
    "key.crlf": Rule("warning", "A key that is text has no Windows line ends (CR LF)."),
    "jwks.alone": Rule("warning", "jwks= does not prevent Slurm from loading the HS256 key."),
    "jwks.missing": Rule("error", "The JWKS file exists."),
    "jwks.others": Rule("error", "Only the owner and the group may change the JWKS."),
    "jwks.content": Rule("error", "The JWKS is JSON, and its keys have a kid."),
    "jwks.private": Rule("error", "The JWKS contains only public keys."),
    "key.differs": Rule("error", "slurmctld and slurmdbd have the same key."),
    "library.unfit": Rule("error", "Slurm can use the installed libjwt."),
    "library.refuses-all": Rule("error", "This Slurm accepts tokens with this libjwt."),
    "host.fips": Rule("warning", "OpenSSL does not run in FIPS mode."),
    "key.fips": Rule("warning", "In FIPS mode the key has 14 bytes or more."),
    "config.open": Rule("error", "Only root and SlurmUser may change the configuration."),
    "secrets.password": Rule("error", "Only the owner and the group may read a file with a password."),
    "secrets.mode": Rule("error", "slurmdbd.conf and its includes have the mode that slurmdbd requires."),
    "secrets.owner": Rule("error", "slurmdbd.conf belongs to SlurmUser."),
    "daemon.token": Rule("error", "No daemon has SLURM_JWT in its environment."),
    "daemon.replaced": Rule("warning", "The daemon runs the installed program."),
    "daemon.stale-config": Rule("warning", "The daemon was started after its configuration last changed."),
    "daemon.stale-key": Rule("error", "The daemon has loaded the key that is in the file."),
    "daemon.key-newer": Rule("warning", "The daemon was started after its key last changed."),
    "daemon.key-changed": Rule("warning", "The key file was not written to while the daemon was running."),
    "environment.token": Rule("warning", "SLURM_JWT is not set in this environment."),
    "environment.file": Rule("warning", "No file sets SLURM_JWT for all users."),
    "clock.unsynchronised": Rule("warning", "The clock is synchronised."),
    "clock.future": Rule("warning", "No key file has a time in the future."),
    "pair.key": Rule("error", "The hosts' daemons have the same key."),
    "pair.off": Rule("error", "slurmctld and slurmdbd both load auth/jwt."),
    "pair.parameters": Rule("warning", "slurmctld and slurmdbd find the user in the same claim."),
    "pair.release": Rule("error", "slurmdbd is not older than slurmctld."),
    "pair.same-host": Rule("warning", "The two exports are of different daemons."),
}


def finding(  # noqa: PLR0913 - the parts of a finding
    rule: str,
    message: str,
    cause: str,
    fix: str,
    place: Place | None = None,
    *,
    level: Severity | None = None,
    effect: Effect = "",
    log: str = "",
    daemon: Daemon = "slurmctld",
) -> Finding:
    """Return a finding of a rule; level: if it is not the rule's own."""
    return Finding(
        id=rule,
        level=level or RULES[rule].level,
        message=message,
        cause=cause,
        fix=fix,
        place=place,
        effect=effect,
        log=log,
        daemon=daemon,
    )
