"""The configuration of a cluster under test, as short as slurmctld allows."""

from __future__ import annotations

from dataclasses import dataclass

PORT = 6817
MUNGE, JWT = "auth/munge", "auth/jwt"
KEY_FILE = "jwt_hs256.key"
JWKS_FILE = "jwks.json"
CONF = "slurm.conf"
STATE = "state"
LOG = f"{STATE}/slurmctld.log"
SLURMD = "slurmd"
SLURMD_LOG = f"{SLURMD}/log"
MUNGE_SOCKET = "munge/socket"


@dataclass(frozen=True)
class Settings:
    """What a test may vary. alt_parameters: more of AuthAltParameters, beside jwt_key.

    slurm_user: the account of slurmctld. auth_type: AuthType; with "auth/jwt" there is no AuthAltTypes.
    extra: further lines of slurm.conf. has_key, has_jwks: whether AuthAltParameters has jwt_key or jwks.
    """

    slurm_user: str = "slurm"
    alt_parameters: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    auth_type: str = MUNGE
    has_key: bool = True
    has_jwks: bool = False


def slurm_conf(work: str, settings: Settings) -> str:
    """Return slurm.conf for a cluster whose files are below `work`.

    NoCtldInAddrAny makes slurmctld listen on the address of SlurmctldHost alone.
    """
    key = (f"jwt_key={work}/{KEY_FILE}",) if settings.has_key else ()
    jwks = (f"jwks={work}/{JWKS_FILE}",) if settings.has_jwks else ()
    lines = (
        "ClusterName=slurmjwt",
        "SlurmctldHost=localhost(127.0.0.1)",
        f"SlurmctldPort={PORT}",
        f"SlurmUser={settings.slurm_user}",
        "CommunicationParameters=NoCtldInAddrAny",
        f"AuthType={settings.auth_type}",
        f"AuthInfo=socket={work}/{MUNGE_SOCKET}",
        *((f"AuthAltTypes={JWT}",) if settings.auth_type != JWT else ()),
        f"AuthAltParameters={','.join((*key, *jwks, *settings.alt_parameters))}",
        f"StateSaveLocation={work}/{STATE}",
        f"SlurmctldPidFile={work}/{STATE}/slurmctld.pid",
        f"SlurmctldLogFile={work}/{LOG}",
        "SlurmctldDebug=debug2",
        "SlurmctldSyslogDebug=quiet",
        "MailProg=/bin/true",
        "MpiDefault=none",
        "ProctrackType=proctrack/pgid",
        "SelectType=select/linear",
        "TaskPlugin=task/none",
        "JobAcctGatherType=jobacct_gather/none",
        f"SlurmdSpoolDir={work}/{SLURMD}/spool",
        f"SlurmdPidFile={work}/{SLURMD}/pid",
        f"SlurmdLogFile={work}/{SLURMD_LOG}",
        "SlurmdDebug=debug",
        "SlurmdSyslogDebug=quiet",
        "NodeName=localhost NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN",
        "PartitionName=main Nodes=localhost Default=YES",
        *settings.extra,
    )
    return "\n".join(lines) + "\n"
