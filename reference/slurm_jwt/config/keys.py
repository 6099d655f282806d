"""The keys that slurm.conf and slurmdbd.conf may hold, by release.

Taken from the tables of options in src/common/read_config.c and src/slurmdbd/read_config.c of Slurm, the
first and the last tag of each series from 20.02 to 26.05: within a series no key came or went.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["text", "u16", "u32", "u64", "yes/no", "list", "line", "defunct"]
"""How a key is read.

u16, u32, u64: a number of so many bits. list: every occurrence counts. line: the rest of its line belongs
to it, as with NodeName. defunct: still known, logged as an error, and ignored. Of the others the last
occurrence counts.
"""

Daemon = Literal["slurmctld", "slurmdbd"]


class Key(NamedTuple):
    """A key as Slurm spells it, how it is read, and the series that know it so.

    since: the first series that knows it; the oldest one of the table also stands for those before. until:
    the last series, "" if the newest one knows it.
    """

    name: str
    kind: Kind
    since: str
    until: str

    def known_to(self, series: str) -> bool:
        """Return whether a series such as "22.05" knows the key so."""
        return self.since <= series and (not self.until or series <= self.until)


_SLURM = """
20.02 -     line    DownNodes NodeName NodeSet PartitionName
20.02 -     list    SlurmctldHost
20.02 -     text    AccountingStorageBackupHost AccountingStorageEnforce AccountingStorageExternalHost
                    AccountingStorageHost AccountingStoragePass AccountingStorageTRES AccountingStorageType
                    AcctGatherEnergyType AcctGatherFilesystemType AcctGatherInfinibandType
                    AcctGatherInterconnectType AcctGatherProfileType AuthAltTypes AuthInfo AuthType
                    BackupAddr BackupController BurstBufferParameters BurstBufferType CliFilterPlugins
                    ClusterName CommunicationParameters ControlAddr ControlMachine CpuFreqDef
                    CpuFreqGovernors CredType CryptoType DebugFlags DependencyParameters EnforcePartLimits
                    FederationParameters GpuFreqDef GresTypes HealthCheckNodeState HealthCheckProgram
                    JobAcctGatherFrequency JobAcctGatherParams JobAcctGatherType JobCompHost JobCompLoc
                    JobCompParams JobCompPass JobCompType JobCompUser JobContainerType JobSubmitPlugins
                    LaunchParameters LaunchType Licenses LogTimeFormat MailDomain MailProg MCSParameters
                    MCSPlugin MpiDefault MpiParams NodeFeaturesPlugins PluginDir PlugStackConfig
                    PreemptExemptTime PreemptMode PreemptType PrEpParameters PrEpPlugins PriorityCalcPeriod
                    PriorityDecayHalfLife PriorityFlags PriorityMaxAge PriorityParameters
                    PrioritySiteFactorParameters PrioritySiteFactorPlugin PriorityType
                    PriorityUsageResetPeriod PriorityWeightTRES PrivateData ProctrackType PrologFlags
                    PropagateResourceLimits PropagateResourceLimitsExcept RebootProgram ReconfigFlags
                    RequeueExit RequeueExitHold ResumeFailProgram ResumeProgram ResvEpilog ResvProlog
                    RoutePlugin SallocDefaultCommand SbcastParameters SchedulerParameters SchedulerType
                    SelectType SelectTypeParameters SlurmctldAddr SlurmctldDebug SlurmctldLogFile
                    SlurmctldParameters SlurmctldPidFile SlurmctldPort SlurmctldPrimaryOffProg
                    SlurmctldPrimaryOnProg SlurmctldSyslogDebug SlurmdDebug SlurmdLogFile SlurmdParameters
                    SlurmdPidFile SlurmdSpoolDir SlurmdSyslogDebug SlurmdUser SlurmSchedLogFile SlurmUser
                    SrunEpilog SrunPortRange SrunProlog StateSaveLocation SuspendExcNodes SuspendExcParts
                    SuspendProgram SuspendTime SwitchType TaskEpilog TaskPlugin TaskPluginParam TaskProlog
                    TmpFS TopologyParam TopologyPlugin UnkillableStepProgram X11Parameters
20.02 -     u16     AcctGatherNodeFreq BatchStartTimeout CompleteWait EioTimeout FairShareDampeningFactor
                    FastSchedule GroupUpdateForce GroupUpdateTime HealthCheckInterval InactiveLimit
                    JobFileAppend JobRequeue KillOnBadExit KillWait MaxTasksPerNode MessageTimeout
                    OverTimeLimit PrologEpilogTimeout PropagatePrioProcess ResumeRate ResumeTimeout
                    ResvOverRun ReturnToService SchedulerTimeSlice SlurmctldTimeout SlurmdTimeout
                    SlurmSchedLogLevel SuspendRate SuspendTimeout TCPTimeout TreeWidth UnkillableStepTimeout
                    VSizeFactor WaitTime
20.02 -     u32     EpilogMsgTime FirstJobId JobCompPort MaxArraySize MaxDBDMsgs MaxJobCount MaxJobId
                    MaxStepCount MinJobAge PriorityWeightAge PriorityWeightAssoc PriorityWeightFairshare
                    PriorityWeightJobSize PriorityWeightPartition PriorityWeightQOS SlurmdPort
20.02 -     u64     DefCPUPerGPU DefMemPerCPU DefMemPerGPU DefMemPerNode MaxMemPerCPU MaxMemPerNode
20.02 -     yes/no  AccountingStoreJobComment AllowSpecResourcesUsage DisableRootJobs PriorityFavorSmall
                    TrackWCKey UsePAM
20.02 20.02 text    ChosLoc Layouts MsgAggregationParams
20.02 20.02 u32     AccountingStoragePort
20.02 20.11 text    CheckpointType DefaultStorageHost DefaultStorageLoc DefaultStoragePass
                    DefaultStorageType DefaultStorageUser JobCheckpointDir MemLimitEnforce
20.02 20.11 u16     CacheGroups SchedulerPort SchedulerRootFilter
20.02 20.11 u32     DefaultStoragePort
20.02 21.08 u16     KeepAliveTime
20.02 22.05 text    SlurmctldPlugstack
20.02 23.02 text    ExtSensorsType JobCredentialPrivateKey JobCredentialPublicCertificate
20.02 23.02 u16     ExtSensorsFreq
20.02 23.11 defunct SchedulerAuth
20.02 23.11 text    CoreSpecPlugin Epilog EpilogSlurmctld PowerParameters PowerPlugin Prolog PrologSlurmctld
20.02 24.11 line    FrontendName
20.02 24.11 u16     GetEnvTimeout
20.02 25.05 text    AccountingStorageLoc AccountingStorageUser
20.11 -     text    AccountingStorageParameters AuthAltParameters InteractiveStepOptions ScronParameters
20.11 -     u16     AccountingStoragePort
21.08 -     text    AccountingStoreFlags BcastExclude BcastParameters SwitchParameters
22.05 -     u32     KeepAliveTime MaxNodeCount
23.02 -     text    PreemptParameters SuspendExcStates
23.02 -     u32     MaxBatchRequeue
23.11 -     defunct ExtSensorsFreq ExtSensorsType JobCredentialPrivateKey JobCredentialPublicCertificate
24.05 -     defunct CoreSpecPlugin PowerParameters PowerPlugin
24.05 -     list    Epilog EpilogSlurmctld Prolog PrologSlurmctld
24.05 -     text    HashPlugin TLSParameters TLSType
24.11 -     text    CertmgrParameters CertmgrType DataParserParameters
25.05 -     defunct GetEnvTimeout
25.05 -     text    CertgenParameters CertgenType
25.05 -     u16     EpilogTimeout PrologTimeout
25.11 -     defunct AccountingStorageUser
25.11 -     text    CliFilterParameters HttpParserType JobCompPassScript MetricsType NamespaceType
                    UrlParserType
26.05 -     line    PowerAction
26.05 -     text    LicenseParameters MetricsAuthUsers MetricsParameters SlurmctldHttpAuthParameters
                    SlurmdHttpAuthParameters
26.05 -     u16     HealthCheckTimeout
"""
"""The keys of slurm.conf: first series, last series (- if the newest knows them), kind, names."""

_SLURMDBD = """
20.02 -     text    ArchiveDir ArchiveScript AuthAltTypes AuthInfo AuthType DbdAddr DbdBackupHost DbdHost
                    DebugFlags DebugLevel DebugLevelSyslog DefaultQOS LogFile LogTimeFormat
                    MaxQueryTimeRange Parameters PidFile PluginDir PrivateData PurgeEventAfter PurgeJobAfter
                    PurgeResvAfter PurgeStepAfter PurgeSuspendAfter PurgeTXNAfter PurgeUsageAfter SlurmUser
                    StorageBackupHost StorageHost StorageLoc StoragePass StorageType StorageUser
20.02 -     u16     CommitDelay DbdPort MessageTimeout StoragePort TCPTimeout
20.02 -     u32     JobPurge PurgeEventMonths PurgeJobMonths PurgeStepMonths PurgeSuspendMonths
                    PurgeTXNMonths PurgeUsageMonths StepPurge
20.02 -     yes/no  ArchiveEvents ArchiveJobs ArchiveResvs ArchiveSteps ArchiveSuspend ArchiveTXN
                    ArchiveUsage TrackSlurmctldDown TrackWCKey
20.11 -     text    AuthAltParameters CommunicationParameters StorageParameters
22.05 -     yes/no  AllowNoDefAcct
23.02 -     yes/no  AllResourcesAbsolute
24.05 -     text    HashPlugin TLSParameters TLSType
24.05 -     yes/no  DisableCoordDBD
25.11 -     text    StoragePassScript
25.11 -     u32     MaxPurgeLimit
25.11 -     yes/no  DisableArchiveCommands
26.05 -     text    PurgeJobEnvAfter PurgeJobScriptAfter
26.05 -     yes/no  ArchiveJobEnv ArchiveJobScript DisableRollups
"""
"""The keys of slurmdbd.conf."""


@lru_cache(maxsize=64)
def known(daemon: Daemon, series: str) -> Mapping[str, Key]:
    """Return the keys that this series of a daemon knows, by name in lower case."""
    return {key.name.lower(): key for key in _all(daemon) if key.known_to(series)}


@lru_cache(maxsize=4)
def _all(daemon: Daemon) -> tuple[Key, ...]:
    return tuple(_keys(_SLURM if daemon == "slurmctld" else _SLURMDBD))


def _keys(table: str) -> Iterator[Key]:
    row: tuple[str, str, Kind] = ("", "", "text")
    for line in table.strip().splitlines():
        names = line.split()
        if not line.startswith(" "):
            since, until, kind, *names = names
            row = since, until.strip("-"), cast("Kind", kind)
        yield from (Key(name, row[2], row[0], row[1]) for name in names)


@lru_cache(maxsize=1024)
def elsewhere(daemon: Daemon, name: str) -> tuple[Key, ...]:
    """Return the keys of this name in any series: for one that the series at hand does not know."""
    return tuple(key for key in _all(daemon) if key.name.lower() == name.lower())
