"""Cold starts of the command line, as ratios to `python -c pass` of the same interpreter in the same run.

    python benchmarks/startup.py

Each command runs in turn, round after round, so that a machine whose speed drifts slows all alike.
"""

from __future__ import annotations

import base64
import hmac
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 31
KEY = bytes(range(32))


def _token() -> bytes:
    signed = b".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=")
        for part in (b'{"alg":"HS256","typ":"JWT"}', b'{"exp":4102444800,"iat":1577836800,"sun":"alice"}')
    )
    return signed + b"." + base64.urlsafe_b64encode(hmac.digest(KEY, signed, "sha256")).rstrip(b"=")


def _seconds(command: list[str], token: bytes) -> float:
    begun = time.perf_counter()
    subprocess.run(command, input=token, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Print a Markdown table of medians and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        key.write_bytes(KEY)
        suite = [sys.executable, "-m", "slurm_jwt_conformance"]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "slurm-jwt --help": [*suite, "--help"],
            "slurm-jwt check (one token, cold)": [*suite, "check", "-", "--key-file", str(key)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                times[name].append(_seconds(command, _token()))
    floor = statistics.median(times["python -c pass"])
    print("| command | median | x `python -c pass` |\n|---|---|---|")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"| `{name}` | {1000 * median:.0f} ms | {median / floor:.1f} |")


if __name__ == "__main__":
    main()
