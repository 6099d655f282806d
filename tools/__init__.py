"""For maintainers: what is not in the wheel."""
