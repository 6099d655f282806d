"""`slurm-jwt probe`: whether a cluster accepts a real token, as which user, and whether the model agrees.

`slurmctld`, `slurmdbd` and `slurmrestd` each ask one daemon, through `programs` (Slurm's commands) and `web`.
`counting` finds the uid, `comparison` asks the model, `verdict` sums up, `documents` and `describe` make the
report. A probe changes nothing on a cluster, and no argument, message or report contains the token.
"""
