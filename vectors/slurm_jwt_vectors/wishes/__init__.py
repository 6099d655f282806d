"""What issuers are asked for: `python -m slurm_jwt_vectors.compile` makes data/issuing.json of it."""
