"""Cold starts of the command line, as ratios to `python -c pass` of the same interpreter in the same run.

    python benchmarks/startup.py

Each command runs in turn, round after round, so that a machine whose speed drifts slows all alike. Modules
are loaded as an installed package has them, compiled.
"""

from __future__ import annotations

import base64
import hmac
import os
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


def _seconds(command: list[str], token: bytes, environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, input=token, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def _cluster(folder: Path) -> None:
    """Make a host of a cluster: slurm.conf with a line for each of many nodes, a key and users."""
    nodes = "".join(f"NodeName=node{number} CPUs=64 RealMemory=256000\n" for number in range(150))
    head = f"ClusterName=bench\nSlurmUser=root\nStateSaveLocation={folder}\nAuthAltTypes=auth/jwt\n"
    (folder / "slurm.conf").write_text(head + nodes)
    (folder / "jwt_hs256.key").write_bytes(KEY)
    (folder / "passwd").write_text("alice:x:2001:2001::/:/bin/sh\n")


def main() -> None:
    """Print a Markdown table of medians and ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _cluster(folder)
        alone = os.environ | {"PYTHONPYCACHEPREFIX": f"{name}/compiled"}
        alone.pop("PYTHONDONTWRITEBYTECODE", None)
        host = alone | {"SLURM_CONF": f"{name}/slurm.conf"}
        suite = [sys.executable, "-m", "slurm_jwt_conformance"]
        passwd, release = ["--passwd", f"{name}/passwd"], ["--release", "24.11"]
        rules = ["--judge", "rules", "--no-discovery", "--key-file", f"{name}/jwt_hs256.key"]
        commands = {
            "python -c pass": ([sys.executable, "-c", "pass"], alone),
            "slurm-jwt --help": ([*suite, "--help"], alone),
            "slurm-jwt check (one token, cold, rules only)": ([*suite, "check", "-", *rules], alone),
            "slurm-jwt check (one token, cold, slurm.conf, key and users found, a release asked)": (
                [*suite, "check", "-", *passwd, *release],
                host,
            ),
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for command, environment in commands.values():
            _seconds(command, _token(), environment)
        for _ in range(ROUNDS):
            for what, (command, environment) in commands.items():
                times[what].append(_seconds(command, _token(), environment))
    floor = statistics.median(times["python -c pass"])
    print("| command | median | x `python -c pass` |\n|---|---|---|")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"| `{name}` | {1000 * median:.0f} ms | {median / floor:.1f} |")


if __name__ == "__main__":
    main()
