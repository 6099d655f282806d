"""Real daemons: slurmctld, slurmdbd, slurmrestd and slurmd, each with its configuration."""
