"""Bring the table of release dates up to date: asks the package index that pip is configured for.

    python -m tools.release_dates              the libraries of the table, anew
    python -m tools.release_dates LIBRARY...   these too

The index must say when a file was uploaded, as PEP 700 has it. A version is as old as its oldest file.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import urllib.request
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.ages import normalised, shipped

PLACE = Path(__file__).parents[1] / "reports" / "slurm_jwt_reports" / "data" / "released.json"
ACCEPT = "application/vnd.pypi.simple.v1+json"
SECONDS = 60
_PIPS_OWN = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"


def main(arguments: list[str], place: Path = PLACE) -> int:
    """Ask the index and write the table; return 1, with the reason on stderr, where that cannot be."""
    try:
        names = sorted({normalised(name) for name in (*shipped().libraries, *arguments)})
        index = index_address()
        found = {name: {one: str(day) for one, day in asked(index, name).items()} for name in names}
        made = datetime.now(UTC).date()
        text = json.dumps({"made": str(made), "libraries": found}, indent=1)
        place.write_text(text + "\n", "utf-8")
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
        sys.stderr.write(f"The table stays as it is: {one_line(str(error))}\n")
        return 1
    sys.stdout.write(f"{place.name}: {', '.join(f'{name} ({len(days)})' for name, days in found.items())}\n")
    return 0


def index_address() -> str:
    """Give the address of the index: of pip's environment, of its configuration, or its own default."""
    if named := os.environ.get("PIP_INDEX_URL"):
        return named
    for command in (["-m", "pip", "config", "get", "global.index-url"], ["-c", _PIPS_OWN]):
        done = subprocess.run(
            [sys.executable, *command], capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    raise ValueError("pip names no index. Name one in PIP_INDEX_URL.")


def asked(index: str, name: str) -> dict[str, date]:
    """Ask the index when each version of a library was released, the oldest first."""
    address = f"{index.rstrip('/')}/{name}/"
    request = urllib.request.Request(address, headers={"Accept": ACCEPT})  # noqa: S310 - pip's own index
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - pip's own index
        files: list[dict[str, Any]] = json.load(answer)["files"]
    days: dict[str, date] = {}
    for file in files:
        version, day = version_of(file["filename"], name), datetime.fromisoformat(file["upload-time"]).date()
        if version:
            days[version] = min(day, days.get(version, day))
    if not days:
        raise ValueError(f"the index knows no files of {name}")
    return dict(sorted(days.items(), key=lambda item: (item[1], item[0])))


def version_of(file: str, name: str) -> str | None:
    """Read the version off the name of a wheel or a source archive; None for anything else."""
    if file.endswith(".whl"):
        parts = file.split("-")
        return parts[1] if len(parts) > 2 else None
    for end in (".tar.gz", ".zip", ".tar.bz2"):
        stem = file.removesuffix(end)
        if stem != file and normalised(stem[: len(name)]) == name:
            return stem[len(name) + 1 :]
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
