"""Fuzzing campaigns: the model of slurmctld against the real plugin."""
