"""Releases of Slurm on this machine: installed, in roots of their own, or below a prefix."""
