"""Problems that sites meet: the files of each, the fault on a real daemon, and the command that explains it.

`scenario` defines a scenario, `rows` lists the kinds and where people met them, `catalogue` lists all
scenarios, `answering` runs the commands, `reproducing` the daemons, and `page` makes docs/scenarios.md.
"""
