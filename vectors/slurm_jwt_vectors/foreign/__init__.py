"""Test data of others, judged anew: their ids, sources and licences stay, their verdicts do not count."""
