"""Where the repository keeps what tests read."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCTOR_SITES = Path(__file__).parent / "doctor_sites"
DOCTOR_RIGHT_ANSWERS = Path(__file__).parent / "doctor_right_answers"
MISBEHAVING = Path(__file__).parent / "misbehaving_adapter.py"
