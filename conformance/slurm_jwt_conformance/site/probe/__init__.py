"""A real token and the site's own cluster: is it taken, as whom, and is that what the model predicts.

`answer` has the words; `programs` and `web` carry questions through Slurm's commands and slurmrestd;
`counting` finds out the uid; `slurmctld`, `slurmdbd` and `slurmrestd` ask one daemon each; `comparison` holds
the answers against the model; `verdict` sums up, `text` and `document` show. Nothing here changes a cluster,
and no token stands in an argument, a message or a report.
"""
