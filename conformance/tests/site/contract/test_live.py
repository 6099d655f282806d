"""The issuer guide's recipes and golden tokens, sent to a real slurmctld of each release.

Every recipe signs with the cluster's own key: random bytes or a PEM. slurmctld must accept it as alice.
"""

from __future__ import annotations

import secrets
import subprocess
import sys

import pytest

from slurm_jwt.slurmctld import releases
from slurm_jwt.strict.keys import describe
from slurm_jwt_conformance.adapters.environments import interpreter_of
from slurm_jwt_conformance.adapters.registry import LIBRARIES as ADAPTERS
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.site.contract import golden, recipes
from slurm_jwt_vectors import load
from support.slurm import require_release

pytestmark = pytest.mark.slurm
RELEASES = tuple(releases.RECORDED)
SHAPES = ("random", "pem")


def key_of(shape):
    if shape == "random":
        return b"\n\0" + secrets.token_bytes(29) + b"\n"
    made = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, check=True, timeout=60)
    return made.stdout


def tokens(key, folder):
    """Run every recipe for this key, in a Python of its own; return its token by library."""
    (folder / "jwt_hs256.key").write_bytes(key)
    found = {}
    for recipe in recipes.recipes(describe(key), 600):
        name = {"jwt (Gehirn)": "gehirn-jwt"}.get(recipe.library, recipe.library)
        needs = next((each.needs for each in ADAPTERS if each.name == name), ())
        python = interpreter_of(name, needs) if needs else sys.executable
        done = subprocess.run(
            [python, "-W", "ignore", "-c", recipe.code],
            cwd=folder, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        found[recipe.library] = done.stdout.strip().encode()
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_every_release_accepts_the_token_of_every_recipe(shape, tmp_path):
    key = key_of(shape)
    made = tokens(key, tmp_path)
    assert len(made) == len(recipes.LIBRARIES)
    for release in RELEASES:
        with Cluster(require_release(release), key) as cluster:
            for library, token in made.items():
                seen = cluster.ask(token)
                assert (seen.verdict, seen.user) == ("accepted", "alice"), (release, library, seen.log)


def test_golden_tokens_get_the_verdict_of_the_page():
    key = load().keys["random32"].bytes
    for release in RELEASES:
        with Cluster(require_release(release), key) as cluster:
            for each in golden.tokens(releases.parse(release)):
                seen = cluster.ask(each.token.encode())
                assert (seen.verdict == "accepted") == each.accepted, (release, each.case)
                if not each.accepted:
                    assert seen.log == each.log
