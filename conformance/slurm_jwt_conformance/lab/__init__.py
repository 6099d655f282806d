"""Real Slurm daemons as test subjects: started in namespaces with loopback alone, asked, recorded.

From the rim inwards: `release` says what is installed, `sandbox` and `agent` keep daemons apart from
the rest of the machine, `cluster` runs one slurmctld with one key and one clock, `observation` reads
its answer; `restd`, `dbd` and `slurmd` put further daemons beside it. `participant` lets a slurmctld
take part in a run, `observe` records and compares verdicts, `recorded` answers from a record, `traps`
says what a verdict means. `studies` asks what single verdicts do not tell.
"""
