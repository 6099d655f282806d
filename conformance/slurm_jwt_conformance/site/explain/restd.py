"""slurmrestd's own log and its answers.

slurmrestd refuses some requests itself, with 401. slurmctld then never sees the token.
"""

from __future__ import annotations

import re

from slurm_jwt_conformance.site.explain.message import CLAIMS, LOG, REST, Cause, Message

RESTD = "slurmrestd's log"
_DAEMON = (
    "Set SLURM_JWT=daemon for slurmrestd. In its systemd unit: Environment=SLURM_JWT=daemon. Then restart it."
)
_UNSEEN = "Do not look into slurmctld.log: slurmctld never saw the token."

OWN_LOG: tuple[Message, ...] = (
    Message(
        "restd.refused",
        RESTD,
        re.compile(r"authentication failed: Invalid authentication credential"),
        "slurmrestd answered 401 itself. slurmctld never saw the token.",
        (
            Cause("SLURM_JWT=daemon is not set for slurmrestd: its log says `Rejecting thread config token`"),
            Cause(
                "X-SLURM-USER-NAME is missing: releases up to 22.05 need it with X-SLURM-USER-TOKEN",
                "20.02",
                "22.05",
            ),
            Cause("X-SLURM-USER-TOKEN is missing, and X-SLURM-USER-NAME is there"),
            Cause("both X-SLURM-USER-TOKEN and Authorization are sent: one is allowed", "23.02"),
            Cause("Authorization does not begin with `Bearer `", "23.02"),
        ),
        ("Look at the line before this one: it names the cause.", _DAEMON, _UNSEEN),
        "21.08",
    ),
    Message(
        "restd.no-token",
        RESTD,
        re.compile(r"authentication failed: Authentication does not apply to request"),
        "slurmrestd answered 401 itself: no authentication plugin handles this request.",
        (
            Cause("the request has no token header, or a proxy removes it"),
            Cause("Authorization: Bearer is used, which these releases do not know", "20.02", "22.05"),
            Cause("slurmrestd runs without rest_auth/jwt (its option -a)"),
        ),
        ("Send X-SLURM-USER-NAME and X-SLURM-USER-TOKEN: these two work in every release.", _UNSEEN),
        "21.08",
    ),
    Message(
        "restd.failed",
        RESTD,
        re.compile(r"operations_router: \[.*\] authentication failed: (?P<reason>.*)"),
        "slurmrestd answered 401 itself: {reason}.",
        (Cause("the line before this one names the cause"),),
        ("Look at the line before this one.", _UNSEEN),
        "21.08",
    ),
    Message(
        "restd.no-slurmdbd",
        RESTD,
        re.compile(r"slurm not configured with slurmdbd", re.IGNORECASE),
        "slurmrestd has a plugin for slurmdbd, and this cluster does not use slurmdbd.",
        (
            Cause("its plugins for slurmdbd need AccountingStorageType=accounting_storage/slurmdbd"),
            Cause("in these releases slurmrestd then ends", "20.11", "23.11"),
            Cause("in these releases slurmrestd goes on without the paths of slurmdbd", "24.05"),
        ),
        ("Start slurmrestd with -s and only the plugins of slurmctld, or set up slurmdbd.",),
        "20.11",
    ),
    Message(
        "restd.groups",
        RESTD,
        re.compile(r"slurmrestd process lacks CAP_SETGID"),
        "slurmrestd's user is in supplementary groups, and slurmrestd may not leave them. slurmrestd ends.",
        (
            Cause("the unit has User= and the user is in more groups than its own", "25.05"),
            Cause(
                "a container runs slurmrestd with supplementary groups (fsGroup, supplementalGroups)", "25.05"
            ),
        ),
        ("Remove slurmrestd's user from the other groups: `id slurmrestd` shows them.",),
        "25.05",
    ),
    Message(
        "restd.ping-down",
        REST,
        re.compile(r'"pinged"\s*:\s*"DOWN"'),
        "slurmrestd answered, and did not reach slurmctld. This says nothing about the token.",
        (
            Cause("slurmctld does not run, or a firewall is between slurmrestd and slurmctld"),
            Cause("the slurm.conf of slurmrestd's host names another host or port in SlurmctldHost"),
            Cause("this is the backup controller, and it does not run"),
        ),
        ("Run `scontrol ping` on slurmrestd's host, without SLURM_JWT.",),
    ),
)

ANSWERS: tuple[Message, ...] = (
    Message(
        "client.too-long",
        "a client's error or slurmrestd's answer",
        re.compile(r"Insane message length"),
        "A message was longer than Slurm accepts, or the peer speaks another protocol.",
        (Cause("the token is far too long: a useful token has at most a few kilobytes"),),
        ("Check the token's length with `wc -c`.",),
    ),
    Message(
        "rest.headers",
        REST,
        re.compile(r"Authentication failure|\b401\b.*refuse|HTTP(?:/[\d.]+)? 401|error: 401\b"),
        "slurmrestd itself refused the request (401). slurmctld never saw the token.",
        (
            Cause("SLURM_JWT=daemon is not set for slurmrestd: its log says `Rejecting thread config token`"),
            Cause(
                "X-SLURM-USER-NAME is missing: these releases need it with X-SLURM-USER-TOKEN",
                "20.02",
                "22.05",
            ),
            Cause("Authorization: Bearer is used, which these releases do not know", "20.02", "22.05"),
            Cause("the request has no token header, or a proxy removes it"),
            Cause("both X-SLURM-USER-TOKEN and Authorization are sent: one is allowed", "23.02"),
            Cause("Authorization does not begin with `Bearer ` (capital B, one space)", "23.02"),
            Cause("slurmrestd was started without rest_auth/jwt (its option -a)"),
        ),
        (
            "Look into slurmrestd's log: it names the header or the missing SLURM_JWT=daemon.",
            "Send X-SLURM-USER-NAME and X-SLURM-USER-TOKEN: these two work in every release.",
        ),
    ),
    Message(
        "rest.refused",
        REST,
        re.compile(r"Protocol authentication error|HTTP(?:/[\d.]+)? 511|error: 511\b|\b1007\b"),
        "A Slurm daemon refused the sender: with a token, most often the token. The answer has no reason.",
        (
            Cause("the token's signature, exp or user is not accepted", "24.11"),
            Cause("X-SLURM-USER-NAME is not the token's user, or is empty", "24.11"),
            Cause("AuthAltTypes=auth/jwt is missing on the daemon's side"),
            Cause(
                "these releases close the connection on a refused token: look at munge first",
                "20.02",
                "24.05",
            ),
        ),
        (LOG,),
    ),
    Message(
        "rest.unspecified",
        REST,
        re.compile(
            r"Unspecified error|HTTP(?:/[\d.]+)? 50[02]|error: 50[02]\b|slurmctld config is unable to load"
        ),
        "slurmrestd got no usable answer from slurmctld. Before 24.11 every refused token ends like this.",
        (
            Cause("slurmctld refused the token, or the name in X-SLURM-USER-NAME", "20.02", "24.05"),
            Cause("slurmctld is down, or closed the connection (502)"),
        ),
        (LOG,),
    ),
    Message(
        "rest.expired",
        "slurmctld.log or an answer",
        re.compile(r"Authentication credential expired"),
        "The token is expired for the clock of the daemon that refused it.",
        (
            Cause("the token's exp is in the past, is missing, or is not an integer", "24.11"),
            Cause("the clocks of issuer and daemon differ: Slurm has no leeway", "24.11"),
            Cause("an old SLURM_JWT is still in the environment of a shell, a service or a job", "24.11"),
        ),
        (CLAIMS, "Compare `date +%s` on the issuer's host and on slurmctld's host.", "Get a new token."),
        "24.11",
    ),
    Message(
        "rest.invalid",
        "slurmctld.log or an answer",
        re.compile(r"Invalid authentication credential"),
        "A Slurm daemon refused a credential for a reason other than its age.",
        (
            Cause("the token's signature is wrong, or no claim names the user", "24.11"),
            Cause("these releases report a refused token with other words: look at munge", "20.02", "24.05"),
            Cause("the credential is of munge: the munge keys or the clocks of two hosts differ"),
        ),
        (LOG,),
    ),
    Message(
        "rest.path",
        REST,
        re.compile(r"Unable (?:to )?find requested URL"),
        "The path is wrong. This says nothing about the token: slurmrestd did not look at it.",
        (Cause("this slurmrestd does not have the version in the path, such as v0.0.40"),),
        ("Ask slurmrestd for /openapi/v3: it lists its paths.",),
    ),
)
