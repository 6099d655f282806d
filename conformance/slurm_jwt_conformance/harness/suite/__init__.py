"""The conformance suite as pytest tests: `pytest --pyargs slurm_jwt_conformance.harness.suite`."""
