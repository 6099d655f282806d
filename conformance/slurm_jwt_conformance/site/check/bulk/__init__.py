"""Many tokens: lines from a stream, judged by a crew of processes, answered in their order."""
