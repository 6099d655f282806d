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
            Cause("srun, sbcast and sstat talk to slurmd themselves: with auth/jwt alone they do not work"),
            Cause("SLURM_JWT is set in a job or a shell where munge would do, and is preferred to it"),
        ),
        ("unset SLURM_JWT on hosts with munge; through tokens alone, use sbatch.",),
    ),
    Message(
        "client.srun",
        CLIENT,
        re.compile(r"auth/jwt is not supported for use with srun"),
        "srun does not work with a token; this release says so at once.",
        (Cause("SLURM_JWT is set, perhaps from an earlier `export $(scontrol token)`", "26.05"),),
        ("unset SLURM_JWT where munge is there; else use sbatch.",),
        "26.05",
    ),
    Message(
        "client.slurmdbd-refuses",
        CLIENT,
        re.compile(r"slurm_persist_conn_open.*(?:SLURM_PERSIST_INIT|persistent connection init)"),
        "slurmdbd refused the connection; with SLURM_JWT set, most often the token.",
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
        "The daemon closed the connection without an answer: before 24.11 so ends every refused token.",
        (
            Cause("slurmctld refused the token", "20.02", "24.05"),
            Cause("the daemon does not use auth/jwt at all", "20.02", "24.05"),
            Cause(
                "the peer speaks no Slurm, or its daemon died; a refused token reads otherwise here", "24.11"
            ),
        ),
        (LOG,),
    ),
    Message(
        "client.lifespan",
        CLIENT,
        re.compile(r"(?:Invalid numeric value|Numeric argument).* for lifespan"),
        "scontrol token does not take this lifespan.",
        (Cause("it is no whole number of seconds from 1 to 2147483646; 60m and 1.5 are none", "23.02"),),
        ("scontrol token lifespan=3600, or lifespan=infinite since 23.11.2 (about 68 years).",),
        "23.02",
    ),
    Message(
        "client.token-lifespan-over",
        CLIENT,
        re.compile(r"slurm_fetch_token.*Requested time limit is invalid"),
        "slurmctld does not give tokens that last so long.",
        (
            Cause(
                "max_token_lifespan in AuthAltParameters is lower; root and SlurmUser may go over it", "22.05"
            ),
        ),
        ("Ask for less: scontrol token lifespan=SECONDS.",),
        "22.05",
    ),
    Message(
        "client.token-denied",
        CLIENT,
        re.compile(r"slurm_fetch_token.*Access/permission denied"),
        "slurmctld gives no tokens to ordinary users.",
        (Cause("disable_token_creation is set in AuthAltParameters", "20.11"),),
        ("Ask the administrators by which issuer this site gives out tokens.",),
        "20.11",
    ),
    Message(
        "client.token-for-another",
        CLIENT,
        re.compile(r"slurm_fetch_token.*Invalid user id|Error fetching token"),
        "scontrol token was refused, most often for the name that was asked for.",
        (
            Cause("only root and SlurmUser may name another user"),
            Cause("an ordinary user may not even name itself: leave username= away", "20.02", "21.08"),
        ),
        ("Plain `scontrol token` gives a token for oneself.",),
    ),
    Message(
        "client.invalid-user-id",
        CLIENT,
        re.compile(r"Invalid user id"),
        "The token was accepted; the user that it stands for may not do this, or is unknown.",
        (
            Cause("the token's user is another than the one who calls: sbatch sends the caller's own uid"),
            Cause("the command is for root and SlurmUser, such as scontrol reconfigure"),
            Cause("the user is unknown on slurmctld's host, so that it is uid 99"),
            Cause("the user is unknown on the compute node, where the job would start"),
        ),
        ("Compare sun in the token, `id`, and `getent passwd NAME` on slurmctld's host and on the node.",),
    ),
    Message(
        "client.not-permitted",
        CLIENT,
        re.compile(r"Access/permission denied|Only admins/operators/coordinators"),
        "The token was accepted; its user has no right to do this.",
        (
            Cause("the user in sun is no administrator, operator or coordinator in slurmdbd"),
            Cause("the user is unknown to the daemon, so that it is uid 99"),
        ),
        ("sacctmgr show user NAME, and `getent passwd NAME` on the daemon's host.",),
    ),
)

MESSAGES: tuple[Message, ...] = COMMANDS
