"""Wrong verifiers and issuers as seen in the wild, one mistake each: what the vectors must catch.

`-i mutant:NAME` addresses one like any implementation. `python -m tools.mutant_trials` puts all
cases to all of them and writes docs/mutants.md. A mutant that no case kills fails the tests.
"""
