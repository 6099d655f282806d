"""Real Slurm daemons, started in namespaces that have loopback only.

`install` finds and installs Slurm releases. `sandbox` separates daemons from the rest of the machine.
`daemons` runs one slurmctld with one key and one clock, and slurmdbd, slurmrestd and slurmd with it.
`plugin` loads Slurm's auth_jwt.so without a daemon. `service` holds a lab until its user ends it.
`fuzz` compares the model of slurmctld with the plugin. `program` runs one program with limits, and `http`
sends one HTTP request.
"""
