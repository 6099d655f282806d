"""Builds libjwt from a clone of its sources, one shared library a version, for the plugin oracle.

    python -m tools.build_libjwts REPOSITORY FOLDER

It needs gcc and the development packages of jansson and OpenSSL. The tests find FOLDER by SLURM_JWT_LIBJWTS.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

VERSIONS = ("1.10.2", "1.12.1", "1.15.3", "1.16.0", "1.17.0", "1.17.2", "1.18.4", "2.1.0", "2.1.2")
"""Versions at which something that Slurm meets has changed, with those of EPEL 8, 9 and 10."""
_NOT_BUILT = {"jwt-gnutls.c", "jwt-wincrypt.c"}


def build(repository: Path, version: str, folder: Path) -> Path:
    """Build one version and return its library. The sources are compiled without their configure script."""
    library = folder / f"libjwt-{version}.so"
    with tempfile.TemporaryDirectory() as place:
        archive = subprocess.run(
            ["git", "-C", str(repository), "archive", f"v{version}", "libjwt", "include"],
            check=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        subprocess.run(["tar", "x", "-C", place], check=True, input=archive.stdout)
        sources = Path(place, "libjwt")
        (sources / "config.h").write_text("#define HAVE_OPENSSL\n")
        files = sorted(str(file) for file in sources.glob("*.c") if file.name not in _NOT_BUILT)
        options = ("-shared", "-fPIC", "-O1", "-w", "-I", str(sources), "-I", f"{place}/include")
        libraries = ("-o", str(library), "-ljansson", "-lcrypto")
        subprocess.run(["gcc", *options, *files, *libraries], check=True)
    return library


def main() -> None:
    """Build every version."""
    repository, folder = (Path(argument) for argument in sys.argv[1:3])
    folder.mkdir(parents=True, exist_ok=True)
    for version in VERSIONS:
        print(build(repository, version, folder))


if __name__ == "__main__":
    main()
