"""Scenarios with what a client sends: a token left in the environment, and headers."""

from __future__ import annotations

from scenarios.commands import ALL, DOCTOR, ERROR, LOG
from scenarios.files import RANDOM, controller, key, site, with_parameters
from scenarios.issuers import EXPIRED
from scenarios.scenario import Scenario, Sent, Started, Typed

_BOUND = with_parameters("max_token_lifespan=86400")

ENVIRONMENT = (
    Scenario(
        "environment.expired",
        "munge works here, but an old token is still in SLURM_JWT: no command does.",
        controller(EXPIRED, RANDOM, _BOUND),
        ALL,
        Typed(("scontrol", "show", "config"), munge_would_do=True),
        "slurm_load_ctl_conf error: Protocol authentication error",
        DOCTOR,
        ("environment.token",),
        ("unset SLURM_JWT",),
    ),
    Scenario(
        "environment.srun",
        "After export $(scontrol token) srun does not start jobs any more.",
        controller(),
        ("26.05",),
        Typed(("srun", "hostname")),
        "srun: fatal: auth/jwt is not supported for use with srun.",
        ERROR,
        ("client.srun",),
        exit=0,
    ),
    Scenario(
        "environment.daemon",
        "slurmctld is started from a shell that has SLURM_JWT, and ends.",
        site(_BOUND, key()),
        ALL,
        Started(environment={"SLURM_JWT": ""}),
        "AuthType change requires restart of all Slurm daemons and commands to take effect",
        DOCTOR,
        ("environment.token",),
        ("unset SLURM_JWT",),
    ),
)

HEADERS = (
    Scenario(
        "headers.both",
        "A client sends X-SLURM-USER-TOKEN, and a proxy adds Authorization: Bearer.",
        controller(),
        ("24.11", "26.05"),
        Sent("both"),
        "HTTP/1.1 401 UNAUTHORIZED\nAuthentication failure",
        ERROR,
        ("rest.headers",),
        ("both X-SLURM-USER-TOKEN and Authorization",),
        exit=0,
    ),
    Scenario(
        "headers.no-name",
        "A client that was written for a newer Slurm sends the token alone, as Bearer.",
        controller(),
        ("22.05", "20.11"),
        Sent("bearer", None),
        "HTTP/1.1 401 UNAUTHORIZED\nAuthentication failure",
        ERROR,
        ("rest.headers",),
        ("X-SLURM-USER-NAME is missing",),
        exit=0,
    ),
    Scenario(
        "headers.other-name",
        "X-SLURM-USER-NAME names another user than the token.",
        controller(),
        ("24.11", "22.05", "26.05"),
        Sent("x-slurm", "bob"),
        "error: auth_p_verify: attempt to authenticate as alternate user alice from non-SlurmUser bob",
        LOG,
        ("user.alternate",),
        ("X-SLURM-USER-NAME",),
        exit=0,
    ),
)

SCENARIOS: tuple[Scenario, ...] = ENVIRONMENT + HEADERS
