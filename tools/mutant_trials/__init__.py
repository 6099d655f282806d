"""Try all mutants against the vectors, and write docs/mutants.md."""
