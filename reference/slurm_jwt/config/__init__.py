"""slurm.conf and slurmdbd.conf: grammar, keys, and what they say about authentication."""
