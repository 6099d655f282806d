"""A fuzz of the write policy: random trees as the places of random outputs of every command.

`python -m support.write_fuzz COUNT [SEED]`, in conformance/tests, runs a longer campaign by hand.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import signal
import socket
import stat
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

from slurm_jwt import Issuer
from slurm_jwt_reports import output
from support.commands import call, leaves, no_daemons, values

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("--html", "--junit", "--sarif", "--markdown")
WRITES = {*FORMATS, "--out", "--export", "--summary", "--folder", "--ledger-draft", "keygen FILE"}
READS = {
    "--token-file", "--key-file", "--policy", "--candidate-key", "--conf", "--dbd-conf", "--passwd",
    "--compare", "--baseline", "--ca-file", "--jwks", "--ledger", "--prefix", "--bin-dir", "check FILE",
    "report render FILE",
    "report diff OLD", "report diff NEW", "report merge FILE", "report show FILE",
}  # fmt: skip
NO_PATHS = {
    "TOKEN", "TIME", "R", "TEXT", "NAME", "N", "GLOB", "ID", "RELEASE", "NAME[:UID]", "LIST", "LAB", "RULE",
    "username=NAME | lifespan=SECONDS", "username=NAME|lifespan=SECONDS", "-- COMMAND ...", "SECONDS", "URL",
    "RULE|CASE|LINE|-", "UID", "SEED", "S", "changes OLD", "changes NEW", "NAME=cmd:COMMAND",
    "adapter check cmd:COMMAND",
}  # fmt: skip
CLOSED = {"fuzz --out", "lab record --out"}
"""They need Slurm's plugin; their modules' own tests write."""
SITE = (
    "ClusterName=c\nSlurmctldHost=h\nSlurmUser=root\n"
    "AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={}/jwt.key\n"
)
POLICY = "[token]\nmax_lifetime = 3600\n"
SECONDS = 60


class Output(NamedTuple):
    """An option that writes: the words of its command up to there, and the option ("" for a positional)."""

    words: tuple[str, ...]
    option: str

    @property
    def name(self) -> str:
        """Return it as it is typed."""
        return " ".join([*self.words, self.option or "FILE"])


def outputs() -> list[Output]:
    """Return every option of every command that writes; an AssertionError for one that nobody classified."""
    found = []
    for words, parser in leaves().items():
        for option, metavar, _ in values(parser):
            names = {option or f"{' '.join(words)} {metavar}", metavar, f"{' '.join(words)} {metavar}"}
            if names & WRITES:
                found.append(Output(words, option))
            else:
                assert names & (READS | NO_PATHS), f"is {' '.join(words)} {option} {metavar} written to?"
    return [each for each in found if each.name not in CLOSED]


def inputs(folder: Path) -> None:
    """Make what the commands read."""
    key = random.Random(1).randbytes(32)
    (folder / "jwt.key").write_bytes(key)
    (folder / "slurm.conf").write_text(SITE.format(folder))
    (folder / "passwd").write_text("alice:x:1001:100::/:/bin/sh\n")
    (folder / "token").write_text(Issuer(key).issue("alice", 600, 2_000_000_000) + "\n")
    (folder / "policy.toml").write_text(POLICY)
    for name in ("one", "two"):
        run = ["run", "-i", "reference", "-k", "exp.missing", "--quiet", "--out", str(folder / name)]
        assert call(run).code == 0
    (folder / "own").mkdir()
    for option in FORMATS:
        call(["explain", "exp.missing", option, str(folder / "own" / option.removeprefix("--"))])
    page = CALLS["check"]
    here = Path.cwd()
    os.chdir(folder)
    call(["check", *page, "--html", "own/site html"])
    os.chdir(here)


CALLS = {
    "check": ["--no-discovery", "--key-file", "jwt.key", "--token-file", "token", "--now", "2000000001",
              "--passwd", "passwd", "--policy", "policy.toml"],
    "check --summary": ["--no-discovery", "--key-file", "jwt.key", "--lines", "token"],
    "run": ["-i", "reference", "-k", "exp.missing", "--quiet"],
    "report render": ["one"],
    "report diff": ["one", "two"],
    "report merge": ["one", "two"],
    "report show": ["one"],
    "vectors export": ["--format", "jsonl"],
    "doctor": ["--conf", "slurm.conf", "--release", "24.11"],
    "explain": ["exp.missing"],
    "adapter check": ["cmd:true"],
    "probe": ["--token-file", "token", "--conf", "slurm.conf", "--url", "http://127.0.0.1:9"],
    "contract": ["--conf", "slurm.conf", "--release", "24.11", "--policy", "policy.toml"],
    "changes": ["22.05", "24.11", "--conf", "slurm.conf"],
    "rotate": ["--conf", "slurm.conf", "--release", "24.11"],
    "keygen": [],
}  # fmt: skip
"""The other words of a call of each command, for an output or for all of a command."""
INPUTS = ("jwt.key", "slurm.conf", "passwd", "token", "policy.toml", "one/results.jsonl", "two/results.jsonl")
FOLDERS = {"--out", "--folder"}
NAMES = (
    "a",
    "b",
    "a.json",
    "b.html",
    "site.schema.json",
    "link/a",
    "dir/a",
    "./a",
    "dir/../a",
    "link",
    "dir",
    "new/a",
)
INSIDE = (
    "index.html", "junit.xml", "results.jsonl", "summary.md", "site.html", "site.json", "site.schema.json",
    "vectors.jsonl", "SHA256SUMS", "issuer-guide.md", "issuer-guide.json", "claims.schema.json",
    "golden-tokens.json", "recipes", "recipes/make_token_pyjwt.py",
)  # fmt: skip
FOREIGN = (
    b"", b"{}", b"hi\n", b"<!doctype html>\n<title>mine</title>", b"# mine\n", b"a b\n",
    b'{\n  "keys": []\n}\n', b'<?xml version="1.0"?>\n<project/>', b'{"event":"mine"}\n',
    b'{"generator": "mine"}', b"\xff\xfe\x00" * 99,
    b'{\n  "$schema": "https://json-schema.org/draft/2020-12/schema",\n  "title": "mine"\n}\n',
    b'<!-- generator: mine -->\nslurm-jwt-conformance markdown', b"x" * 5000 + b"slurm-jwt-conformance html",
)  # fmt: skip


def plant(tree: Path, outside: Path, dice: random.Random) -> None:
    """Fill a folder with links, FIFOs, sockets, folders and foreign files, where outputs may go."""
    (tree / "dir").mkdir()
    (tree / "link").symlink_to(dice.choice(["dir", outside, "nowhere", "link"]))
    crowded = dice.choice([(), INSIDE, INSIDE])
    for name in [*NAMES[:5], "dir/a", *crowded, *(f"dir/{each}" for each in crowded)]:
        if dice.random() < (0.35 if name in NAMES else 0.1):
            _plant(tree / name, outside, dice)
    for name in [outside / "a", *(outside / each for each in crowded)]:
        if dice.random() < 0.3 and name.parent.is_dir():
            name.write_bytes(dice.choice(FOREIGN))
    if dice.random() < 0.1:
        (tree / "dir").chmod(0o555)


def _plant(path: Path, outside: Path, dice: random.Random) -> None:
    if not path.parent.is_dir() or path.is_symlink() or path.exists():
        return
    kind = dice.choice(["file", "file", "file", "read-only", "dangling", "link", "to-folder", "loop", "fifo",
                        "socket", "folder", "full", "hardlink", "null", "own", "own", "own"])  # fmt: skip
    if kind in {"file", "read-only"}:
        path.write_bytes(dice.choice(FOREIGN))
        path.chmod(0o444 if kind == "read-only" else 0o644)
    elif kind == "own":
        path.write_bytes(dice.choice(sorted(Path("own").iterdir())).read_bytes())
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one, contextlib.suppress(OSError):
            one.bind(os.path.relpath(path))
    elif kind in {"folder", "full"}:
        path.mkdir()
        if kind == "full":
            (path / "mine").write_bytes(b"mine")
    elif kind == "hardlink":
        path.hardlink_to(outside / "precious")
    else:
        places = {"dangling": outside / "new", "link": outside / "precious", "to-folder": outside}
        path.symlink_to(places.get(kind, "/dev/null" if kind == "null" else path.name))


def seen(*folders: Path) -> dict[str, object]:
    """Return what is at each path: its kind, and its bytes or where it leads."""
    found: dict[str, object] = {}
    for folder in folders:
        for top, names, files in os.walk(folder):
            for name in [*names, *files]:
                path = Path(top) / name
                kind = stat.S_IFMT(path.lstat().st_mode)
                what = path.read_bytes() if kind == stat.S_IFREG else b""
                found[str(path)] = (kind, str(path.readlink()) if kind == stat.S_IFLNK else what)
    return found


class Trial(NamedTuple):
    """One call: its words, those of them that name inputs, and when the disk is full."""

    words: list[str]
    reads: list[str]
    full_after: int | None
    overwrite: bool


def trial(dice: random.Random) -> Trial:
    """Return a call with one to three outputs in random places."""
    every = outputs()
    command = dice.choice(sorted({each.words for each in every}))
    first = dice.choice([each for each in every if each.words == command])
    group = [each for each in every if each.words == first.words and each.option in FORMATS]
    chosen = {first, *dice.sample(group, min(len(group), dice.choice([0, 0, 1, 2])))}
    if first.option not in {*FORMATS, "--folder", "--out"}:
        chosen = {first}
    reads = CALLS.get(first.name, CALLS[" ".join(first.words)])
    words = [*first.words, *reads]
    for each in sorted(chosen):
        folder = each.option in FOLDERS and dice.random() < 0.8
        names = (".", "dir", "link", "new", "a") if folder else NAMES
        place = dice.choice(names if dice.random() < 0.85 else INPUTS)
        words += [each.option, place] if each.option else [place]
    overwrite = first.words != ("keygen",) and dice.random() < 0.2
    words += ["--overwrite"] if overwrite else []
    if first.words == ("run",) and dice.random() < 0.3:
        words += ["--site", "c"]
    return Trial(words, reads, dice.randrange(4) if dice.random() < 0.15 else None, overwrite)


@contextlib.contextmanager
def disk(full_after: int | None) -> Iterator[None]:
    """Let the disk be full at the n-th file that is written."""
    if full_after is None:
        yield
        return
    whole, left = output._write_whole, [full_after]

    def write(file: object, content: bytes) -> None:
        left[0] -= 1
        if left[0] >= 0:
            whole(file, content)
            return
        whole(file, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with mock.patch.object(output, "_write_whole", write):
        yield


def wrong(
    before: dict[str, object], after: dict[str, object], made: Trial, code: int, home: Path
) -> list[str]:
    """Return what is not as the write policy has it."""
    named = {os.path.realpath(home / word) for word in made.words}
    found = []
    for path, (kind, content) in before.items():
        if after.get(path) == (kind, content):
            continue
        replaced = kind == stat.S_IFREG and after.get(path, (0,))[0] == stat.S_IFREG
        inside = path in named or any(path.startswith(f"{each}/") for each in named)
        read = _is_read(path.removeprefix(f"{home}/"), made)
        merged = made.words[:2] == ["report", "merge"] and output.is_ours(path, "results")  # it has all
        if replaced and inside and (merged or _is_newer(path, content, home)):
            continue
        if not (replaced and made.overwrite and inside and not read):
            found.append(f"{path} changed")
    fresh = [path for path in after if path not in before]
    found += [f"{path} is left" for path in fresh if path.endswith((".new", ".part", ".tmp"))]
    if code == 2 and made.full_after is None:
        found += [f"{path} is written" for path in fresh if after[path][0] == stat.S_IFREG]
    return found + ([f"exit code {code}"] if code not in {0, 1, 2, 3} else [])


def _is_newer(path: str, former: object, home: Path) -> bool:
    """Return whether a file of slurm-jwt was replaced by one of the same kind."""
    kinds = [own.name for own in (home / "own").iterdir() if own.read_bytes() == former]
    return any(output.is_ours(path, kind) for kind in kinds)


def _is_read(name: str, made: Trial) -> bool:
    """Return whether a call reads this file: named, in a folder that is named, or named by slurm.conf."""
    given = [*made.reads, "jwt.key"] if "slurm.conf" in made.reads else made.reads
    return name in given or (
        f"{name.partition('/')[0]}/results.jsonl" == name and name.partition("/")[0] in given
    )


def one(seed: str, home: Path, model: Path) -> tuple[Trial, int, list[str]]:
    """Run one example in an empty folder; return the call, its exit code, and what is wrong."""
    dice = random.Random(seed)
    tree, outside = home / "tree", home / "outside"
    shutil.copytree(model, tree)
    (tree / "slurm.conf").write_text(SITE.format(tree))
    outside.mkdir()
    (outside / "precious").write_bytes(b"precious")
    os.chdir(tree)
    plant(tree, outside, dice)
    made = trial(dice)
    before = seen(tree, outside)
    signal.alarm(SECONDS)
    with disk(made.full_after), no_daemons():
        done = call(made.words, b"", {"XDG_CACHE_HOME": f"{home}/cache", "SLURM_CONF": "", "SLURM_JWT": ""})
    signal.alarm(0)
    found = wrong(before, seen(tree, outside), made, done.code, tree)
    if b"Traceback" in done.written or b"mistake in slurm-jwt" in done.written:
        found.append(done.err.decode("utf-8", "replace"))
    return made, done.code, found


def campaign(seed: str, count: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Run examples; return how often each command ended with each exit code, and all that is wrong."""
    model, here = folder / "model", Path.cwd()
    model.mkdir()
    inputs(model)
    codes: Counter[str] = Counter()
    found = []
    try:
        for number in range(count):
            home = folder / "home"
            home.mkdir()
            made, code, faults = one(f"{seed}-{number}", home, model)
            codes[f"{made.words[0]} {code}"] += 1
            found += [
                f"{seed}-{number}: {' '.join(made.words)} (full {made.full_after}): {fault}"
                for fault in faults
            ]
            os.chdir(here)
            (home / "tree/dir").chmod(0o755)
            shutil.rmtree(home)
    finally:
        os.chdir(here)
    return codes, found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        counts, faults = campaign((*sys.argv[2:], "0")[0], int(sys.argv[1]), Path(scratch))
    print("\n".join([*map(str, sorted(counts.items())), *faults]))
