"""The folder of the generated pages."""

from pathlib import Path

FOLDER = Path("docs")
"""Relative to the root of a checkout."""
