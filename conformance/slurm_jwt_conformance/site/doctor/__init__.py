"""`slurm-jwt doctor`: whether tokens work with the Slurm of this host, and whether they can be forged.

`diagnose` runs the checks of `checks/` on a survey of the cluster; each module there has one topic.
`catalogue` has the rules, `documents` writes and reads exports, `compare` compares two hosts, and `describe`
makes the document for all formats. The doctor only reads files.
"""
