"""The files of an issuer guide's folder: the page, its JSON, the schema, golden tokens and recipes."""

from __future__ import annotations

import json
import re
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
        **({"jwks": json.loads(guide.golden_jwks)} if guide.golden_jwks else {}),
    }
    schema = json.dumps(guide.claims_schema, indent=2, ensure_ascii=False) + "\n"
    return [
        File(f"{folder}/issuer-guide.md", formats.render("markdown", document), "markdown"),
        File(f"{folder}/issuer-guide.json", formats.render("json", document)),
        File(f"{folder}/claims.schema.json", schema),
        File(f"{folder}/golden-tokens.json", json.dumps(golden, indent=2) + "\n"),
        *(
            File(f"{folder}/recipes/{recipe_file(each.library, each.alg)}", each.code)
            for each in guide.recipes
            if each.works
        ),
    ]


def recipe_file(library: str, alg: str = "HS256") -> str:
    """Return the name of a recipe's file. A file that has its library's name would hide the library."""
    kind = "" if alg == "HS256" else f"{alg.lower()}_"
    return f"make_{kind}token_{re.sub('[^a-z0-9]+', '_', library.lower()).strip('_')}.py"
