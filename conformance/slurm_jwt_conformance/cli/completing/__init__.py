"""Completion for shells: one model of what can be typed, read from argparse, and a writer for each shell."""
