"""A run: put cases to implementations, judge the answers, write the results."""
