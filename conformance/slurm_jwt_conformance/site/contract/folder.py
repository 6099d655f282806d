"""Write an issuer guide: one page, or a folder with the page, schema, tokens and recipes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_reports import output

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
    """Write texts below a folder; a Problem if one of the files is there already with another content."""
    files = [output.File(str(Path(place) / name), text) for name, text in texts.items()]
    for parent in sorted({str(Path(file.path).parent) for file in files}):
        output.make_folder(parent)
    output.write_all(files)


def write_one(place: str, text: str) -> None:
    """Write a file that is not there, and the folders above it."""
    write(str(Path(place).parent), {Path(place).name: text})
