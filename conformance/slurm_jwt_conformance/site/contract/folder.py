"""The files of an issuer guide's folder: the page, its JSON, the schema, golden tokens and recipes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.contract.guide import IssuerGuide
from slurm_jwt_reports import formats
from slurm_jwt_reports.output import File, make_folder

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Document


def files(folder: str, document: Document) -> list[File]:
    """Return the files to write, and make the folders that they belong to."""
    guide = document.data
    assert isinstance(guide, IssuerGuide)
    make_folder(f"{folder}/recipes", "--folder")
    golden = {
        "key_base64": guide.golden_key_base64,
        "tokens": [{"case": each.case, "token": each.token, "lesson": each.lesson} for each in guide.golden],
    }
    schema = json.dumps(guide.claims_schema, indent=2, ensure_ascii=False) + "\n"
    return [
        File(f"{folder}/issuer-guide.md", formats.render("markdown", document), "markdown"),
        File(f"{folder}/issuer-guide.json", formats.render("json", document)),
        File(f"{folder}/claims.schema.json", schema),
        File(f"{folder}/golden-tokens.json", json.dumps(golden, indent=2) + "\n"),
        *(
            File(f"{folder}/recipes/{_name(each.library)}.py", each.code)
            for each in guide.recipes
            if each.works
        ),
    ]


def _name(library: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in library.lower()).strip("_")
