"""The documented rules: examine, verify and issue tokens. Nothing here comes from the model of slurmctld."""
