"""Wrong verifiers and issuers, each one change away from the reference: what the vectors must catch.

`-i mutant:NAME` addresses one like any implementation. `python -m tools.mutant_trials` puts all
cases to all of them and writes docs/mutants.md; a mutant that no case kills fails the tests.
"""
