"""How many tokens a second `slurm-jwt check --jsonl` judges, in how much memory, next to PyJWT in a loop.

    python benchmarks/check_many.py [--tokens N] [--release R] [--all-releases] [--judge J]
                                    [--kinds all|valid|invalid|keycloak|site] [--json]

Half of the tokens are valid, of the shapes that issuers write; half are invalid in every way: a third of
them are the vectors, a third tokens of the strategies that break one rule each, a third mutated ones. All
tokens are made anew, signed by one key; those that come from vectors and strategies come again and again,
since there are but so many of them. The kind keycloak is 20 claims in any order, with spaces; the kind site
is half of those and half as scontrol writes them, and a tenth is signed with another key.
The command runs as a user runs it, on as many processors as there are.
PyJWT decodes a sample of the same lines in one process, in the same run; the two are compared by processor
time, of which other programs take nothing. Memory is the highest sum of the resident sets of the command and
its workers, looked at 20 times a second.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import itertools
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import HealthCheck, given, seed, settings
from verify_issue import keycloak

from slurm_jwt import examine
from slurm_jwt_conformance.lab.fuzz.mutator import Mutator, texts_of
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_vectors import load
from slurm_jwt_vectors.build import NOW
from slurm_jwt_vectors.strategies import BREAKABLE, Sample, broken_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY_ID = "random32"
SUITE = load()
KEY = SUITE.keys[KEY_ID].bytes
DRAWN = 12
"""Tokens that are drawn for each rule."""
SAMPLE = 40_000
"""Lines that PyJWT decodes."""


def base64url(raw: bytes) -> bytes:
    """Encode without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def signed(signing_input: bytes, key: bytes = KEY) -> bytes:
    """Add the signature under a key."""
    return signing_input + b"." + base64url(hmac.digest(key, signing_input, "sha256"))


def valid() -> Iterator[bytes]:
    """Make tokens as scontrol, golang-jwt, PyJWT and Keycloak write them, each of them another."""
    header = base64url(b'{"alg":"HS256","typ":"JWT"}')
    groups = [f"/project/group{entry}" for entry in range(12)]
    for number in itertools.count():
        iat, user = NOW - 1 - number % 1000, f"user{number}"
        usual = {"exp": NOW + 1800, "iat": iat, "sun": user}
        claims: dict[str, object] = usual
        if number % 4 == 1:
            claims = {
                "exp": NOW + 1800,
                "iat": iat,
                "iss": "https://idp.example.org",
                "jti": f"{number:032x}",
            }
            claims |= {"nbf": iat, "sun": user}
        elif number % 4 == 2:
            claims = {"sun": user, "iat": iat, "exp": NOW + 1800}
        elif number % 4 == 3:
            claims = {**usual, "sub": f"{number:036x}", "groups": groups, "name": "A. Example"}
        yield signed(header + b"." + base64url(json.dumps(claims, separators=(",", ":")).encode()))


def vectors() -> Iterator[bytes]:
    """Give all invalid vectors of the key, over and over."""
    cases = [case for case in SUITE.cases.values() if case.key == KEY_ID and case.verdict == "invalid"]
    return itertools.cycle([case.token_bytes for case in cases])


def of_strategies() -> Iterator[bytes]:
    """Give tokens that break one rule each, signed by the key where they were signed well, over and over."""
    made: list[bytes] = []
    for rule in BREAKABLE:
        if not rule.startswith("key."):
            made += _drawn(rule)
    random.Random(1).shuffle(made)
    return itertools.cycle(made)


def _drawn(rule: str) -> list[bytes]:
    found: list[bytes] = []

    @seed(1)
    @settings(max_examples=DRAWN, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(broken_tokens(rule))
    def draw(sample: Sample) -> None:
        head, _, signature = sample.token.rpartition(b".")
        own = base64url(hmac.digest(sample.key, head, "sha256"))
        found.append(signed(head) if signature == own else sample.token)

    draw()
    return [token for token in found if examine(token, KEY, NOW).verdict == "invalid"]


def mutated() -> Iterator[bytes]:
    """Make mutated tokens, none like the other, as long as they are invalid."""
    cases = [case.token_bytes for case in SUITE.cases.values() if case.key == KEY_ID]
    mutator = Mutator("check_many", texts_of(token for token in cases if len(token) < 2000), KEY)
    while True:
        token = mutator.make().token
        if examine(token, KEY, NOW).verdict == "invalid":
            yield token


def invalid() -> Iterator[bytes]:
    """Take turns."""
    for group in zip(vectors(), of_strategies(), mutated(), strict=False):
        yield from group


def mixed() -> Iterator[bytes]:
    """One valid, one invalid."""
    for pair in zip(valid(), invalid(), strict=False):
        yield from pair


def of_keycloak() -> Iterator[bytes]:
    """Make valid tokens of 20 claims in any order, with spaces, each of them another."""
    header = base64url(b'{"typ": "JWT", "alg": "HS256"}')
    for number in itertools.count():
        claims = keycloak(number, NOW - 1 - number % 1000, NOW + 1800)
        yield signed(header + b"." + base64url(json.dumps(claims).encode()))


def of_site() -> Iterator[bytes]:
    """Make tokens as scontrol and Keycloak write them in turn; a tenth is signed with another key."""
    header = base64url(b'{"alg":"HS256","typ":"JWT"}')
    for number, rich in enumerate(of_keycloak()):
        claims = {"exp": NOW + 1800, "iat": NOW - 1 - number % 1000, "sun": f"user{number % 5000}"}
        own = header + b"." + base64url(json.dumps(claims, separators=(",", ":")).encode())
        text = rich.rpartition(b".")[0] if number % 2 else own
        yield signed(text, b"x" * 32 if number % 20 in {3, 6} else KEY)


KINDS = {"all": mixed, "valid": valid, "invalid": invalid, "keycloak": of_keycloak, "site": of_site}


def write(path: Path, kind: str, count: int) -> None:
    """Write the lines. What is no text of UTF-8 goes as the characters of its bytes' numbers."""
    with path.open("wb") as stream:
        for number, token in enumerate(itertools.islice(KINDS[kind](), count)):
            stream.write(json.dumps({"id": number, "token": token.decode("latin-1")}).encode() + b"\n")


class Measured(NamedTuple):
    """What a run took: seconds of the clock and of processors, and the most memory in MB."""

    seconds: float
    processor: float
    megabytes: float
    processes: int


def run(command: list[str], lines: Path) -> Measured:
    """Run a command on lines and look at its memory and its children's."""
    with lines.open("rb") as stdin, Path(os.devnull).open("wb") as null:
        before, begun = os.times(), time.perf_counter()
        child = subprocess.Popen(command, stdin=stdin, stdout=null, stderr=null)
        peak, processes = _watched(child)
        seconds, after = time.perf_counter() - begun, os.times()
    if child.returncode not in {0, 1, 2}:
        raise SystemExit(f"the command ended with {child.returncode}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Measured(seconds, used, peak / 2**20, processes)


def _watched(child: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Wait for a command; give the highest sum of resident bytes, and of how many processes."""
    peak = processes = 0
    while True:
        ids = _family(child.pid)
        resident = sum(map(_resident, ids))
        peak, processes = max(peak, resident), max(processes, len(ids))
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.05)
            return peak, processes


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *map(int, children)]


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def pyjwt(lines: Path) -> float:
    """Give PyJWT's tokens a second of processor time, for the first lines, read and answered as JSON."""
    import jwt

    counted: Counter[str] = Counter()
    with lines.open("rb") as stream:
        begun = time.process_time()
        for line in itertools.islice(stream, SAMPLE):
            asked = json.loads(line)
            try:
                jwt.decode(
                    asked["token"],
                    KEY,
                    algorithms=["HS256"],
                    options={"require": ["exp", "iat", "sun"], "verify_exp": False, "verify_iat": False},
                )
                verdict = "valid"
            except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
                verdict = type(error).__name__
            counted[verdict] += 1
            json.dumps({"id": asked["id"], "verdict": verdict})
        taken = time.process_time() - begun
    return counted.total() / taken


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Measure `slurm-jwt check --jsonl`.")
    parser.add_argument("--tokens", type=int, default=1_000_000, help="how many (default: a million)")
    parser.add_argument("--kinds", choices=KINDS, default="all", help="which tokens (default: all)")
    parser.add_argument("--release", action="append", default=[], metavar="R", help="ask about this release")
    parser.add_argument("--all-releases", action="store_true", help="ask about all releases")
    parser.add_argument("--judge", default="both", help="who judges, as for check (default: both)")
    parser.add_argument("--lines", type=Path, help="keep the lines in this file, or take them from there")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = options.lines or Path(folder, "lines")
        key, users, summary = (Path(folder, name) for name in ("key", "users", "summary"))
        key.write_bytes(KEY)
        users.write_text(accounts.passwd())
        if not lines.exists():
            write(lines, options.kinds, options.tokens)
        command = [sys.executable, "-m", "slurm_jwt_conformance", "check", "--jsonl", "--no-discovery"]
        command += [
            "--now",
            str(NOW),
            "--key-file",
            str(key),
            "--passwd",
            str(users),
            "--summary",
            str(summary),
        ]
        command += ["--judge", options.judge, *(["--all-releases"] if options.all_releases else [])]
        command += itertools.chain.from_iterable(("--release", name) for name in options.release)
        load_before = os.getloadavg()[0]
        taken, peer = run(command, lines), pyjwt(lines)
        told = json.loads(summary.read_text())
    cores = len(os.sched_getaffinity(0))
    ours = told["tokens"] / taken.processor
    figures = {
        "tokens": told["tokens"],
        "seconds": round(taken.seconds, 1),
        "tokens_a_second": round(told["tokens"] / taken.seconds),
        "tokens_a_second_if_the_cores_were_free": round(cores * ours),
        "microseconds_of_processor_a_token": round(1e6 / ours, 1),
        "peak_megabytes": round(taken.megabytes, 1),
        "processes": taken.processes,
        "times_pyjwt_by_processor_time": round(ours / peer, 2),
        "times_one_core_of_pyjwt_on_all_cores": round(cores * ours / peer, 1),
        "pyjwt_tokens_a_second_of_processor": round(peer),
        "load_before": round(load_before, 1),
        "verdicts": told["verdicts"],
        "rules": told["rules"],
        "releases": told["releases"],
        "machine": f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, "
        f"PyJWT {version('PyJWT')}",
    }
    print(json.dumps(figures, indent=1) if options.json else table(figures))
    return 0


def table(figures: dict[str, object]) -> str:
    """Write the figures as a Markdown list."""
    return "\n".join(f"- {name.replace('_', ' ')}: {value}" for name, value in figures.items())


if __name__ == "__main__":
    sys.exit(main())
