"""A lab: one cluster in one process, which answers requests until its user ends it."""
