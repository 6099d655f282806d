"""slurmctld as an implementation: live, or from its record."""
