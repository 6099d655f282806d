"""Errors of Slurm's commands."""

from __future__ import annotations

import re

from slurm_jwt_conformance.site.explain.message import CLIENT, LOG, Cause, Message

COMMANDS = (
    Message(
        "client.slurmd-takes-no-token",
        CLIENT,
        re.compile(r"slurm_receive_msgs: .*Zero Bytes were transmitted or received"),
        "A slurmd closed the connection without an answer: it takes no tokens.",
        (
            Cause("srun, sbcast and sstat connect to slurmd, which needs another method than auth/jwt"),
            Cause("SLURM_JWT is set on a host with munge: Slurm then uses the token instead of munge"),
        ),
        ("unset SLURM_JWT on hosts with munge. Where only tokens work, use sbatch.",),
    ),
    Message(
        "client.srun",
        CLIENT,
        re.compile(r"auth/jwt is not supported for use with srun"),
        "srun does not work with a token. This release says so at once.",
        (Cause("SLURM_JWT is set, perhaps from an earlier `export $(scontrol token)`", "26.05"),),
        ("unset SLURM_JWT on a host with munge. Without munge, use sbatch.",),
        "26.05",
    ),
    Message(
        "client.slurmdbd-refuses",
        CLIENT,
        re.compile(r"slurm_persist_conn_open.*(?:SLURM_PERSIST_INIT|persistent connection init)"),
        "slurmdbd refused the connection. With SLURM_JWT set, it most often refused the token.",
        (
            Cause("slurmdbd has another key than slurmctld, or was not restarted with the new one"),
            Cause("AuthAltTypes=auth/jwt or jwt_key= is missing in slurmdbd.conf"),
            Cause("the token is expired, or breaks another rule"),
        ),
        ("Look into slurmdbd.log at this moment: the line of auth/jwt there has the reason.",),
    ),
    Message(
        "client.zero-bytes",
        CLIENT,
        re.compile(r"Zero Bytes were transmitted or received|Unknown error 5005"),
        "The daemon closed the connection without an answer. Before 24.11 a refused token ends like this.",
        (
            Cause("slurmctld refused the token", "20.02", "24.05"),
            Cause("the daemon does not use auth/jwt at all", "20.02", "24.05"),
            Cause(
                "the peer is not a Slurm daemon, or the daemon died; a refused token has another error here",
                "24.11",
            ),
        ),
        (LOG,),
    ),
    Message(
        "client.lifespan",
        CLIENT,
        re.compile(r"(?:Invalid numeric value|Numeric argument).* for lifespan"),
        "scontrol token does not accept this lifespan.",
        (
            Cause(
                "the lifespan is not a whole number of seconds from 1 to 2147483646, such as 60m or 1.5",
                "23.02",
            ),
        ),
        ("Run `scontrol token lifespan=3600`. Since 23.11.2 also lifespan=infinite (about 68 years).",),
        "23.02",
    ),
    Message(
        "client.token-lifespan-over",
        CLIENT,
        re.compile(r"slurm_fetch_token.*Requested time limit is invalid"),
        "slurmctld does not issue tokens with such a long lifespan.",
        (
            Cause(
                "max_token_lifespan in AuthAltParameters is lower; it does not limit root and SlurmUser",
                "22.05",
            ),
        ),
        ("Use a shorter lifespan: `scontrol token lifespan=SECONDS`.",),
        "22.05",
    ),
    Message(
        "client.token-denied",
        CLIENT,
        re.compile(r"slurm_fetch_token.*Access/permission denied"),
        "slurmctld does not issue tokens to ordinary users.",
        (Cause("disable_token_creation is set in AuthAltParameters", "20.11"),),
        ("Ask the administrators which issuer this site uses.",),
        "20.11",
    ),
    Message(
        "client.token-for-another",
        CLIENT,
        re.compile(r"slurm_fetch_token.*Invalid user id|Error fetching token"),
        "slurmctld refused `scontrol token`, most often because of username=.",
        (
            Cause("only root and SlurmUser may name another user"),
            Cause("an ordinary user may not even give its own name: omit username=", "20.02", "21.08"),
        ),
        ("Run plain `scontrol token`: it prints a token for the user who runs it.",),
    ),
    Message(
        "client.invalid-user-id",
        CLIENT,
        re.compile(r"Invalid user id"),
        "The token was accepted. The token's user may not do this, or is unknown.",
        (
            Cause("the token's user is not the user who runs sbatch: sbatch sends its own uid"),
            Cause("the command is for root and SlurmUser, such as scontrol reconfigure"),
            Cause("the user is unknown on slurmctld's host, so Slurm assigns uid 99"),
            Cause("the user is unknown on the compute node, where the job would start"),
        ),
        ("Compare sun in the token, `id`, and `getent passwd NAME` on slurmctld's host and on the node.",),
    ),
    Message(
        "client.not-permitted",
        CLIENT,
        re.compile(r"Access/permission denied|Only admins/operators/coordinators"),
        "The token was accepted. Its user may not do this.",
        (
            Cause("the user in sun is not an administrator, operator or coordinator in slurmdbd"),
            Cause("the user is unknown to the daemon, so Slurm assigns uid 99"),
        ),
        ("Run `sacctmgr show user NAME`, and `getent passwd NAME` on the daemon's host.",),
    ),
)

MESSAGES: tuple[Message, ...] = COMMANDS
