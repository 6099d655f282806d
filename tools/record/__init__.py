"""Record the verdict of each Slurm release on every test vector: `python -m tools.record`."""
