"""The user that Slurm assigns to a token."""
