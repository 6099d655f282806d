"""Write a contract into files that were not there: one page, or a folder with everything that it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_conformance.site.contract.documents import Document


def is_folder(place: str) -> bool:
    """Tell whether a place is meant as a folder: it is one, ends with /, or has no ending."""
    path = Path(place)
    return place.endswith("/") or path.is_dir() or not path.suffix


def files(made: Document, page: str, ending: str, document: str) -> dict[str, str]:
    """Return the names and texts of a folder: page, document, schema, tokens and recipes."""
    golden = {
        "key_base64": made.golden_key_base64,
        "tokens": [{"case": each.case, "token": each.token, "lesson": each.lesson} for each in made.golden],
    }
    found = {
        f"contract.{ending}": page,
        "contract.json": document,
        "claims.schema.json": json.dumps(made.claims_schema, indent=2, ensure_ascii=False) + "\n",
        "golden-tokens.json": json.dumps(golden, indent=2) + "\n",
    }
    for each in made.recipes:
        if each.works:
            name = "".join(char if char.isalnum() else "_" for char in each.library.lower()).strip("_")
            found[f"recipes/{name}.py"] = each.code
    return found


def write(place: str, texts: Mapping[str, str]) -> None:
    """Write texts below a folder; a Problem if one of the files is there already: nothing is written over."""
    folder = Path(place)
    taken = [name for name in texts if (folder / name).exists() or (folder / name).is_symlink()]
    if taken:
        raise Problem(
            f"{one_line(str(folder / taken[0]))} exists; it is left as it is.", "Name a new folder."
        )
    for name, content in texts.items():
        write_one(str(folder / name), content)


def write_one(place: str, content: str) -> None:
    """Write a file that is not there, and the folders above it."""
    path = Path(place)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(content)
    except FileExistsError:
        raise Problem(f"{one_line(place)} exists; it is left as it is.", "Choose another name.") from None
    except OSError as error:
        raise Problem(f"Cannot write {one_line(place)}: {error.strerror}.") from None
