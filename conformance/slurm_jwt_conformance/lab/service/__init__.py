"""A lab: a cluster that runs until its user ends it."""
