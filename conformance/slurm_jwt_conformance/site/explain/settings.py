"""Lines about slurm.conf, slurmdbd.conf and the environment in which a daemon starts."""

from __future__ import annotations

import re

from slurm_jwt_conformance.site.explain.message import Cause, Message

DAEMON = "slurmctld.log, slurmdbd.log or the journal"
DOCTOR = "Run `slurm-jwt doctor` on this host: it names the file and the line."

PARSING = (
    Message(
        "settings.unknown-key",
        DAEMON,
        re.compile(r"unrecognized key: (?P<key>.*)"),
        "A configuration file has the key {key}, which this release does not know.",
        (
            Cause("the key is misspelt, such as AuthAltParamters"),
            Cause("a space is in the value or around =: Slurm reads the rest as another key"),
            Cause("the key is from another release, or belongs in another file (slurm.conf, slurmdbd.conf)"),
        ),
        (DOCTOR,),
    ),
    Message(
        "settings.bad-line",
        DAEMON,
        re.compile(r'Parse error in file (?P<path>.*) line (?P<number>\d{1,9})(?:: "(?P<rest>.*)")?'),
        "Slurm cannot read line {number} of {path}.",
        (
            Cause("a space is in the value: the quoted text is the rest that Slurm does not understand"),
            Cause("a key on the line is misspelt"),
        ),
        ("Write the value without spaces.", DOCTOR),
    ),
    Message(
        "settings.unusable",
        DAEMON,
        re.compile(
            r"Unable to process configuration file|Could not establish a configuration source"
            r"|Could not open/read/parse slurmdbd\.conf"
            r"|ClusterName needs to be specified|No SlurmctldHost defined"
        ),
        "The daemon cannot read its configuration, and ends.",
        (
            Cause("a line of slurm.conf is wrong: the line before this one names it"),
            Cause("slurm.conf, slurmdbd.conf, or a file that they include, is missing or not readable"),
            Cause("a key that every cluster needs is missing: ClusterName, SlurmctldHost"),
        ),
        ("Look at the line before this one.", DOCTOR),
    ),
    Message(
        "settings.twice",
        DAEMON,
        re.compile(r"(?P<key>\w{1,60}) [12] specified more than once, latest value used"),
        "{key} is in the file twice. Slurm uses the last one and ignores the other.",
        (
            Cause("an included file sets the key too"),
            Cause("two AuthAltParameters: the options of both belong on one line, with commas"),
        ),
        (DOCTOR,),
    ),
    Message(
        "settings.open-file",
        "slurmdbd.log or the journal",
        re.compile(
            r"slurmdbd\.conf file .* should be 600|Included file .* should be 600|should be 600 is \d{3,4}"
            r"|^should be 600$"
        ),
        "slurmdbd.conf, or a file that it includes, may be read by others. slurmdbd ends.",
        (
            Cause("the file's mode is not 600: it can contain the database's password", "20.11", "25.05"),
            Cause("the file's mode is not 600 (slurmdbd.conf itself: 600 or 640)", "25.11"),
            Cause("the file belongs to slurmdbd.conf by Include, and the same rule applies to it"),
        ),
        ("chmod 600 FILE, and chown it to SlurmUser.", DOCTOR),
        "20.11",
    ),
    Message(
        "settings.wrong-owner",
        "slurmdbd.log or the journal",
        re.compile(r"slurmdbd\.conf (?:not )?owned by"),
        "slurmdbd.conf does not belong to SlurmUser, and slurmdbd ends.",
        (
            Cause("the file was copied or created as root or as another user", "20.11", "25.11"),
            Cause("the file belongs to a user other than SlurmUser and root", "26.05"),
        ),
        ("chown the file to SlurmUser, mode 600.", DOCTOR),
        "20.11",
    ),
    Message(
        "settings.slurm-user",
        DAEMON,
        re.compile(r"Invalid user for SlurmUser"),
        "The user that SlurmUser names does not exist on this host.",
        (Cause("the user was never created here, or its directory (LDAP, SSSD) is not reachable yet"),),
        ("Run `getent passwd NAME` with the name in SlurmUser=.", DOCTOR),
    ),
    Message(
        "settings.state-folder",
        "slurmctld.log or the journal",
        re.compile(
            r"[Ss]tate save loc\w*: .*Not a directory!|^Not a directory!$"
            r"|Incorrect permissions on state save loc|mkdir\("
        ),
        "slurmctld cannot use the folder StateSaveLocation, where it also looks for jwt_hs256.key.",
        (
            Cause("the folder does not exist and slurmctld may not create it"),
            Cause("the path is a file, or SlurmUser may not write there"),
        ),
        ("Create the folder, owner SlurmUser, mode 0700.", DOCTOR),
    ),
)

START = (
    Message(
        "settings.slurm-jwt-in-daemon",
        "slurmctld.log or the journal",
        re.compile(r"AuthType change requires restart of all Slurm daemons"),
        "slurmctld found another AuthType than a moment ago, and ends.",
        (
            Cause("SLURM_JWT is in slurmctld's environment: it changes AuthType to auth/jwt while it starts"),
            Cause(
                "AuthType was changed in slurm.conf, and the daemon was not restarted (scontrol reconfigure)"
            ),
        ),
        (
            "Remove SLURM_JWT from slurmctld's environment: unit, /etc/default, /etc/sysconfig, shell.",
            "Restart slurmctld. " + DOCTOR,
        ),
    ),
    Message(
        "settings.auth-slurm-key",
        DAEMON,
        re.compile(r"auth/slurm: (?:cannot stat '(?P<path>[^']*)'|key file is (?:insecure|invalid))"),
        "The daemon cannot use the key of auth/slurm, and ends. This key is not the key of auth/jwt.",
        (
            Cause(
                "slurm.key (or slurm.jwks) is not on this host: every host of the cluster needs it", "23.11"
            ),
            Cause("its mode lets others use it: 0600 is right", "23.11"),
        ),
        ("Copy slurm.key from the controller, owner SlurmUser, mode 0600.", DOCTOR),
        "23.11",
    ),
)

MESSAGES: tuple[Message, ...] = PARSING + START
