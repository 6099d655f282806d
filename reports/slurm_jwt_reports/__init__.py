"""Reports: the result stream of a run, and every way to show it."""
