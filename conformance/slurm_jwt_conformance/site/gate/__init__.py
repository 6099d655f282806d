"""A site's gate for its own issuer, as pytest tests: `pytest --pyargs slurm_jwt_conformance.site.gate`."""
