"""`slurm-jwt doctor`: whether this host's Slurm is set up so that tokens work and nobody can forge them.

`host` and `machine` touch the machine and nothing else does; `survey` collects what the checks need;
`checks/` look at that, one topic a module; `report` holds what they found; `text`, `sarif` and `documents`
show it; `compare` holds two hosts against each other. Files are only ever opened for reading.
"""
