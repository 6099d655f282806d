"""The data files of the vectors, compiled from the cases: `python -m tools.regenerate vectors`.

Other programs read the data. Every build and every supported Python gives the same bytes.
"""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import pkgutil
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_vectors import jwks, rsa
from slurm_jwt_vectors.build import NOW, Judged
from slurm_jwt_vectors.keys import KEYS
from slurm_jwt_vectors.registry import CASES, CaseFunction, hyphens
from slurm_jwt_vectors.suite import DATA, retired
from slurm_jwt_vectors.wishes import build as wishes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_vectors.keys import PublishedKey

FOLDER = Path("vectors/slurm_jwt_vectors/data")
"""The folder of the data, relative to the root of the repository."""
FORMAT = 1
WISHES = "slurm_jwt_vectors.wishes"


def files() -> dict[Path, bytes]:
    """Return every data file with its content; ValueError if a case cannot be compiled."""
    return {FOLDER / name: content for name, content in compiled().items()}


def compiled() -> dict[str, bytes]:
    """Return the content of every data file, by name; ValueError if a case cannot be compiled."""
    judged = {name: _entry(name, function) for name, function in all_cases().items()}
    _refuse_retired(judged)
    _check_twins(judged)
    _check_jwks(judged)
    by_topic: dict[str, list[object]] = defaultdict(list)
    for name, entry in judged.items():
        by_topic[name.partition(".")[0]].append(entry)
    files = {"keys.json": dump({"format": FORMAT, "keys": [key_entry(KEYS[name]) for name in sorted(KEYS)]})}
    for topic, module in topics().items():
        about = inspect.getdoc(importlib.import_module(module))
        content = {"format": FORMAT, "topic": topic, "about": _one_line(about), "cases": by_topic[topic]}
        files[f"{topic}.json"] = dump(content)
    files["issuing.json"] = _issuing()
    files["jwks.json"] = _jwks()
    return files


def all_cases() -> dict[str, CaseFunction]:
    """Return every case of every topic, by id."""
    for topic in topics().values():
        importlib.import_module(topic)
    return dict(sorted(CASES.items()))


def topics() -> dict[str, str]:
    """Return the module of each topic."""
    package = importlib.import_module("slurm_jwt_vectors.cases")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return {hyphens(name): f"{package.__name__}.{name}" for name in sorted(found)}


def _jwks() -> bytes:
    about = (
        "JWKS files of published test keys, and the private keys that sign the tokens of the cases. All are "
        "public: a daemon that holds one belongs on a loopback address and nowhere else."
    )
    content = {
        "format": FORMAT,
        "about": about,
        "private_keys": [key_entry(key) for key in rsa.published()],
        "jwks": [
            {"id": each.id, "purpose": each.purpose, "source": each.source, "rules": list(each.rules)}
            | _carried("text", each.bytes)
            for each in jwks.documents().values()
        ],
    }
    return dump(content)


def _issuing() -> bytes:
    package = importlib.import_module(WISHES)
    for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"{WISHES}.{module}")
    about = "What issuers are asked for: claims, a key, a moment; and what must then come back."
    cases = wishes.entered()
    _refuse_retired({str(wish["id"]): wish for wish in cases})
    return dump({"format": FORMAT, "about": about, "cases": cases})


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
        **_carried("token", judged.token),
        "now": NOW,
        "any_time": judged.any_time,
        "verdict": judged.verdict,
        "rules": list(judged.rules),
        "why": judged.why,
        "user": judged.user,
        "twin": judged.twin,
        **_editions(judged),
    }


def _editions(judged: Judged) -> dict[str, object]:
    """Return the members of a case with a JWKS, whose verdict differs between the editions."""
    if judged.jwks is None:
        return {}
    old = {"verdict_2020": judged.verdict_2020, "rules_2020": list(judged.rules_2020)}
    return {"jwks": judged.jwks, **old}


def _carried(name: str, data: bytes) -> dict[str, object]:
    """Return bytes as text if they are UTF-8, otherwise in base64 under another name."""
    try:
        return {name: data.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(data).decode()}


def key_entry(key: PublishedKey) -> dict[str, str]:
    """Return a key as an entry of keys.json."""
    encoded = base64.b64encode(key.bytes).decode()
    return {"id": key.id, "shape": key.shape, "purpose": key.purpose, "source": key.source, "base64": encoded}


def _one_line(text: str | None) -> str:
    if not text:
        raise ValueError("a docstring is missing")
    return " ".join(text.split())


def dump(content: object) -> bytes:
    """Return the text of a data file."""
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def _refuse_retired(judged: Mapping[str, object]) -> None:
    back = sorted(retired().keys() & judged.keys())
    if back:
        raise ValueError(f"retired ids are never used again: {', '.join(back)}")


def _check_twins(judged: Mapping[str, Mapping[str, object]]) -> None:
    for name, entry in judged.items():
        twin = entry["twin"]
        if twin is not None and judged.get(str(twin), {}).get("verdict") != "valid":
            raise ValueError(f"case {name}: its twin {twin} is no valid case")


def _check_jwks(judged: Mapping[str, Mapping[str, object]]) -> None:
    for name, entry in judged.items():
        if entry.get("jwks") is not None and entry["jwks"] not in jwks.documents():
            raise ValueError(f"case {name}: its JWKS {entry['jwks']} is not published")


def differing(contents: Mapping[str, bytes]) -> list[str]:
    """Return the names of the data files that are missing, stale, or of a topic that does not exist."""
    present = {path.name: path.read_bytes() for path in DATA.glob("*.json") if path.stem != "retired"}
    return sorted(name for name in {*contents, *present} if contents.get(name) != present.get(name))
