"""What an upgrade of Slurm changes for tokens: for the tokens themselves, for settings, and for one site."""
