"""Fixtures that tests of more than one room use."""
