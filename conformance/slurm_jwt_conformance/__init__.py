"""Who is tested, and how: JWT libraries, real Slurm, the judge, the pytest plugin and the command line."""

__version__ = "0.1.0"
