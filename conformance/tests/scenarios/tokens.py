"""Scenarios with what a token says: its user, its times, and who may sign it at all."""

from __future__ import annotations

from functools import partial

from scenarios.commands import ALL, CHECK, LOG, PROBE
from scenarios.files import HOUR, RANDOM, USES_JWT, controller, token, with_parameters
from scenarios.scenario import Asked, Scenario
from support.made_up_site import File

SINCE_21_08 = ("24.11", "22.05", "26.05")
SINCE_23_02 = ("24.11", "26.05")
_RPC = "debug2: Processing RPC: REQUEST_BUILD_INFO from UID="
_EXPIRED = "error: auth_p_verify: token expired"

_CONTRACT = "slurm-jwt contract --conf slurm.conf --release {release}"

CLAIMS = (
    Scenario(
        "claims.preferred-username",
        "The identity provider names the user in preferred_username, and Slurm looks elsewhere.",
        controller(partial(token, user=None, preferred_username="alice")),
        SINCE_21_08,
        Asked(),
        "error: auth_p_verify: jwt_get_grant failure",
        CHECK,
        ("sun.required", "user.unnamed"),
        ("jwt_get_grant failure",),
    ),
    Scenario(
        "claims.username",
        "The token has username, which Slurm takes since 21.08, and slurmctld is older.",
        controller(partial(token, user=None, username="alice")),
        ("20.11",),
        Asked(),
        "error: slurm_auth_verify: jwt_get_grant failure",
        CHECK,
        ("sun.required", "user.unnamed"),
        ("jwt_get_grant failure",),
    ),
    Scenario(
        "claims.shadowed",
        "userclaimfield=preferred_username is set, and alice's token is served for bob.",
        controller(
            partial(token, user=None, username="bob", preferred_username="alice"),
            RANDOM,
            with_parameters("userclaimfield=preferred_username"),
        ),
        SINCE_23_02,
        Asked(("userclaimfield=preferred_username",)),
        f"{_RPC}2002",
        CHECK,
        ("sun.required", "user.field-shadowed"),
        ("bob",),
    ),
    Scenario(
        "claims.contract",
        "A portal's developer asks what to write into a token for this cluster.",
        controller(
            partial(token, user=None, preferred_username="alice"),
            RANDOM,
            with_parameters("userclaimfield=preferred_username"),
        ),
        ("24.11", "22.05", "26.05"),
        Asked(("userclaimfield=preferred_username",)),
        f"{_RPC}2001",
        _CONTRACT,
        ("sun", "preferred_username"),
        ("slurmctld reads the user from",),
        exit=0,
    ),
)

_IDENTITY = {"name": "carol", "dir": "/home/carol", "shell": "/bin/sh"}

USERS = (
    Scenario(
        "user.unknown",
        "The user is in the identity provider's directory, and not in that of slurmctld's host.",
        controller(partial(token, user="nosuchuser")),
        ALL,
        Asked(),
        f"{_RPC}99",
        CHECK,
        ("user.unknown",),
        ("uid 99",),
    ),
    Scenario(
        "user.domain",
        "The identity provider writes alice@example.org, and slurmctld's host knows alice.",
        controller(partial(token, user="alice@example.org")),
        ALL,
        Asked(),
        f"{_RPC}99",
        CHECK,
        ("sun.posix", "user.unknown"),
        ("uid 99",),
    ),
    Scenario(
        "user.log",
        "Jobs run as nobody or are held, and slurmctld.log has a number alone.",
        controller(partial(token, user="nosuchuser")),
        ALL,
        Asked(),
        f"{_RPC}99",
        LOG,
        ("accepted.as-99",),
        exit=0,
    ),
    Scenario(
        "user.cluster",
        "The token lists nodes: may its user submit jobs, too?",
        controller(partial(token, user="nosuchuser")),
        ("22.05",),
        Asked(),
        f"{_RPC}99",
        PROBE,
        ("somebody else", "agrees"),
        ("uid 99: other",),
        began="""\
fail: somebody else: the token is accepted by slurmctld (through scontrol), but
  as another user than it names

error[probe.somebody-else] slurmctld, through scontrol: accepted
  release:  Slurm 22.05.8, according to slurmctld itself
  identity: a uid without a name, uid 99: other. It is served as uid 99,
            nobody's: the daemon's host knows no user "nosuchuser".
  control:  the same token with a wrong signature is refused, so the signature
            is checked.
  model:    agrees: the model of 22.05.8/libjwt1.10.2 (observed) accepts it as
            uid 99. Signed with the key, not expired, and sun is a string.
""",
    ),
    Scenario(
        "user.identity",
        "use_jwt_client_ids is set, the token's id lacks gecos, and its user counts as unknown.",
        controller(
            partial(token, user="carol", uid=3001, gid=3001, id=_IDENTITY),
            RANDOM,
            with_parameters("use_jwt_client_ids"),
        ),
        ("26.05",),
        Asked(("use_jwt_client_ids",)),
        f"{_RPC}99",
        CHECK,
        ("identity.incomplete", "user.unknown"),
        ("id.gecos",),
    ),
)

POLICY = File("policy.toml", b"[token]\nmax_lifetime = 86400\n\n[users]\nprivileged = false\n")
UNDER_POLICY = CHECK.replace(" <", " --policy policy.toml <")

LIFETIMES = (
    Scenario(
        "lifetime.infinite",
        "A portal's recipe is scontrol token lifespan=infinite username=slurm: a token for 68 years.",
        lambda now: controller(
            partial(token, user="slurm", iat=now, exp=now + 2147483646), RANDOM, USES_JWT, POLICY
        )(now),
        SINCE_23_02,
        Asked(issues=("username=slurm", "lifespan=infinite")),
        f"{_RPC}64030",
        UNDER_POLICY,
        ("policy.lifetime", "policy.privileged", "user.slurm-user"),
    ),
    Scenario(
        "lifetime.not-bound",
        "max_token_lifespan=3600 is set, and another issuer's token lives ten years all the same.",
        lambda now: controller(
            partial(token, exp=now + 10 * 365 * 24 * HOUR),
            RANDOM,
            with_parameters("max_token_lifespan=3600"),
            POLICY,
        )(now),
        SINCE_21_08,
        Asked(("max_token_lifespan=3600",)),
        f"{_RPC}2001",
        UNDER_POLICY,
        ("policy.lifetime",),
    ),
)

CLOCKS = (
    Scenario(
        "clock.float",
        "The issuer writes exp as Python's time.time() gives it, with a fraction.",
        lambda now: controller(partial(token, exp=now + 1800.5))(now),
        ALL,
        Asked(),
        _EXPIRED,
        CHECK,
        ("exp.integer",),
        ("token expired",),
    ),
    Scenario(
        "clock.naive",
        "The issuer adds half an hour to a naive datetime of its time zone, which counts as UTC.",
        lambda now: controller(partial(token, iat=now - 8 * HOUR, exp=now - 8 * HOUR + 1800))(now),
        ALL,
        Asked(),
        _EXPIRED,
        CHECK,
        ("exp.unexpired", "time.zone"),
        ("token expired",),
    ),
    Scenario(
        "clock.missing",
        "The token has no exp at all, since it was meant to last.",
        controller(partial(token, exp=None)),
        ALL,
        Asked(),
        _EXPIRED,
        CHECK,
        ("exp.required",),
        ("token expired",),
    ),
    Scenario(
        "clock.ahead",
        "The token is fine where it was made; the clock of slurmctld's host is an hour ahead.",
        controller(),
        ALL,
        Asked(ahead=HOUR),
        _EXPIRED,
        CHECK.replace(" <", " --now {now} <"),
        ("exp.unexpired",),
        ("token expired",),
    ),
)

OFFLINE = (
    Scenario(
        "offline.good",
        "A change window is near, and the new issuer's token has never met a slurmctld.",
        controller(),
        ALL,
        Asked(),
        f"{_RPC}2001",
        CHECK,
        (),
        ("2001",),
        exit=0,
    ),
    Scenario(
        "offline.other-algorithm",
        "The issuer signs with HS512, which slurmctld 20.11 took: does the new one?",
        controller(partial(token, header={"alg": "HS512"})),
        ALL,
        Asked(),
        "error: auth_p_verify: no support for alg=HS512",
        CHECK.replace("--release {release}", "--all-releases"),
        ("alg.hs256",),
        ("no support for alg=HS512",),
    ),
)

ROOT = (
    Scenario(
        "root.zero",
        "A numeric subject of an identity provider stands in sun, and is taken for a uid: 0 is root.",
        controller(partial(token, user="0")),
        ALL,
        Asked(),
        f"{_RPC}0",
        CHECK,
        ("user.numeric",),
        ("uid 0",),
    ),
    Scenario(
        "root.signed",
        "A portal that has the key can sign for root, and Slurm believes it.",
        controller(partial(token, user="root"), RANDOM, USES_JWT, POLICY),
        ALL,
        Asked(),
        f"{_RPC}0",
        UNDER_POLICY,
        ("user.root", "policy.privileged"),
    ),
    Scenario(
        "root.log",
        "slurmctld.log says that root asked, and no root did.",
        controller(partial(token, user="0")),
        ALL,
        Asked(),
        f"{_RPC}0",
        LOG,
        ("accepted.as-0",),
        exit=0,
    ),
)

SCENARIOS: tuple[Scenario, ...] = CLAIMS + USERS + LIFETIMES + CLOCKS + OFFLINE + ROOT
