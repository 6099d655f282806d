"""The page docs/issuer-guide-example.md: the issuer guide for a release and Slurm's defaults."""

from __future__ import annotations

from pathlib import Path

from slurm_jwt_conformance.site.contract.document import document
from slurm_jwt_conformance.site.contract.guide import issuer_guide
from tools.document_page import markdown

RELEASE = "24.11"
PAGE = Path("docs/issuer-guide-example.md")


def files() -> dict[Path, bytes]:
    """Return the page; it does not depend on the machine that makes it."""
    return {PAGE: markdown(document(issuer_guide(None, RELEASE, None, look=False))).encode()}
