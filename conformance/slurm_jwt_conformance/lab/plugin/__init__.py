"""Slurm's own auth_jwt.so, loaded in a child process."""
