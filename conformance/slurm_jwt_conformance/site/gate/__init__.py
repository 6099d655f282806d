"""A site's gate for its own issuer, as pytest tests: `slurm-jwt gate`."""
