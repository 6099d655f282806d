"""The result stream: the events of a run, written and read one line at a time."""
