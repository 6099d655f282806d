"""The survey of the cluster: slurm.conf, slurmdbd.conf, key, users, release and running daemons."""
