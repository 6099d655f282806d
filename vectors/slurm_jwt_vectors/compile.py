"""Compile the cases to data/*.json: `python -m slurm_jwt_vectors.compile [--check]`.

The data is what other programs read. It is the same to the byte on every
rebuild and every supported Python; `--check` compares and writes nothing.
"""

from __future__ import annotations

import argparse
import base64
import importlib
import inspect
import json
import pkgutil
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_vectors.build import NOW, Judged
from slurm_jwt_vectors.keys import KEYS
from slurm_jwt_vectors.registry import CaseFunction, all_cases, topics
from slurm_jwt_vectors.wishes import build as wishes

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = Path(__file__).parent / "data"
RETIRED = "retired.json"
FORMAT = 1
WISHES = "slurm_jwt_vectors.wishes"


def compiled() -> dict[str, bytes]:
    """File name to content of everything that this module writes."""
    judged = {name: _entry(name, function) for name, function in all_cases().items()}
    _refuse_retired(judged)
    _check_twins(judged)
    by_topic: dict[str, list[object]] = defaultdict(list)
    for name, entry in judged.items():
        by_topic[name.partition(".")[0]].append(entry)
    files = {"keys.json": _dump({"format": FORMAT, "keys": [_key(name) for name in sorted(KEYS)]})}
    for topic, module in topics().items():
        about = inspect.getdoc(importlib.import_module(module))
        content = {"format": FORMAT, "topic": topic, "about": _one_line(about), "cases": by_topic[topic]}
        files[f"{topic}.json"] = _dump(content)
    files["issuing.json"] = _issuing()
    return files


def _issuing() -> bytes:
    package = importlib.import_module(WISHES)
    for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"{WISHES}.{module}")
    about = "What issuers are asked for: claims, a key, a moment; and what must then come back."
    cases = wishes.entered()
    _refuse_retired({str(wish["id"]): wish for wish in cases})
    return _dump({"format": FORMAT, "about": about, "cases": cases})


def _entry(name: str, function: CaseFunction) -> dict[str, object]:
    try:
        judged = function()
    except ValueError as error:
        raise ValueError(f"case {name}: {error}") from error
    return {
        "id": name,
        "topic": name.partition(".")[0],
        "purpose": _one_line(inspect.getdoc(function)),
        "sources": list(judged.sources),
        "key": judged.key,
        **_token(judged),
        "now": NOW,
        "any_time": judged.any_time,
        "verdict": judged.verdict,
        "rules": list(judged.rules),
        "why": judged.why,
        "user": judged.user,
        "twin": judged.twin,
    }


def _token(judged: Judged) -> dict[str, object]:
    try:
        return {"token": judged.token.decode()}
    except UnicodeDecodeError:
        return {"token_base64": base64.b64encode(judged.token).decode()}


def _key(name: str) -> dict[str, object]:
    key = KEYS[name]
    encoded = base64.b64encode(key.bytes).decode()
    return {"id": key.id, "shape": key.shape, "purpose": key.purpose, "source": key.source, "base64": encoded}


def _one_line(text: str | None) -> str:
    if not text:
        raise ValueError("a docstring is missing")
    return " ".join(text.split())


def _dump(content: object) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def _refuse_retired(judged: Mapping[str, object]) -> None:
    retired = {entry["id"] for entry in json.loads((DATA / RETIRED).read_bytes())["retired"]}
    back = sorted(retired.intersection(judged))
    if back:
        raise ValueError(f"retired ids are never used again: {', '.join(back)}")


def _check_twins(judged: Mapping[str, Mapping[str, object]]) -> None:
    for name, entry in judged.items():
        twin = entry["twin"]
        if twin is not None and judged.get(str(twin), {}).get("verdict") != "valid":
            raise ValueError(f"case {name}: its twin {twin} is no valid case")


def differing(files: Mapping[str, bytes], folder: Path = DATA) -> list[str]:
    """Names of data files that are missing, stale or different from `files`."""
    present = {path.name: path.read_bytes() for path in folder.glob("*.json") if path.name != RETIRED}
    return sorted(name for name in {*files, *present} if files.get(name) != present.get(name))


def write(files: Mapping[str, bytes], folder: Path = DATA) -> None:
    """Write `files`, and remove the data of topics that are gone."""
    for name in differing(files, folder):
        if name in files:
            (folder / name).write_bytes(files[name])
        else:
            (folder / name).unlink()


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when the data is as compiled (or now written), 1 when --check finds a difference."""
    parser = argparse.ArgumentParser(
        prog="python -m slurm_jwt_vectors.compile", description="Compile the cases."
    )
    parser.add_argument("--check", action="store_true", help="compare with the committed data, write nothing")
    check = parser.parse_args(arguments).check
    files = compiled()
    changed = differing(files)
    if not check:
        write(files)
    for name in changed:
        sys.stdout.write(f"{'differs' if check else 'written'}: data/{name}\n")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
