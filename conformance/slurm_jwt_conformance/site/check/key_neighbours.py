"""Other keys at hand when a signature does not match: files beside the key file, and files that are named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from slurm_jwt.strict.keys import KeyFileError, load_key
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

USUAL_NAMES = ("jwt_hs256.key", "jwt.key", "jwt-secret.key", "jwt_hs256.pem", "jwt.pem", "slurm.key")
"""Names of key files in Slurm's pages, in its example scripts (jwt.key) and in public setups."""

ENDINGS = (".old", ".bak", ".orig", ".new", "~")
"""What is put behind a key file's name when its key is changed."""


def others(key_file: str, candidate_files: Sequence[str]) -> dict[str, bytes]:
    """Return keys by the words that name them: candidates, the file's own name taken for the key, neighbours.

    A candidate that cannot be read is a Problem; a neighbour that cannot is no candidate.
    """
    found = {f"the key in {one_line(path)}": candidate(path) for path in candidate_files}
    found["the key file's path instead of its content"] = os.fsencode(key_file)
    found["the key file's absolute path instead of its content"] = os.fsencode(os.path.realpath(key_file))
    found["the key file's name instead of its content"] = os.fsencode(os.path.basename(key_file))  # noqa: PTH119
    folder, own = os.path.split(os.fspath(key_file))
    for name in (*USUAL_NAMES, *(own + ending for ending in ENDINGS)):
        if name != own:
            try:
                key = load_key(os.path.join(folder, name))  # noqa: PTH118 - keeps ./ and // as they were given
            except KeyFileError:
                continue
            found[f"the key in {one_line(name)} (in the key file's folder)"] = key
    return found


def candidate(path: str) -> bytes:
    """Return the key in a file of --candidate-key; Problem if it cannot be read."""
    try:
        return load_key(path)
    except KeyFileError as error:
        raise Problem(str(error), "It was named with --candidate-key.") from error
