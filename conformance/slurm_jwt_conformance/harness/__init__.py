"""A run: who is asked what, what an answer is worth, and what is written of it."""
