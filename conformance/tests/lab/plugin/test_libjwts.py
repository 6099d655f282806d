"""Real plugins with other versions of libjwt, built from source by tools.build_libjwts."""

import os
from pathlib import Path

import pytest

from slurm_jwt.slurmctld import Settings, parse_passwd, predict, releases
from slurm_jwt.vocabulary import DoesNotStart
from slurm_jwt_conformance.lab.errors import PluginEnded
from slurm_jwt_conformance.lab.fuzz.mutator import Mutator, texts_of
from slurm_jwt_conformance.lab.plugin.oracle import Judgement, PluginOracle
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_vectors import load
from support.rs256 import NOW, jwk, jwks, token
from support.slurm import require_release
from tools.build_libjwts import VERSIONS

pytestmark = pytest.mark.slurm

FOLDER = os.environ.get("SLURM_JWT_LIBJWTS", "")
KEY = bytes(range(32))
USERS = parse_passwd(accounts.passwd())
SETTINGS = Settings({"jwt_key": "/k", "jwks": "/jwks.json"}, accounts.SLURM_USER)
FILES = {
    "a good key": jwks(jwk()),
    "a foreign character in n": jwks(jwk(n=jwk()["n"] + "!")),
    "n of one character": jwks(jwk(n="A")),
    "n of five characters": jwks(jwk(n="AAAAA")),
    "no usable key": jwks(jwk(alg="RS384")),
}
FUZZED = 2000


def tokens():
    corpus = texts_of(case.token_bytes for case in load().cases.values())
    mutator = Mutator("libjwts", corpus, KEY)
    names = ("RS256", "rs256", "RS384", "ES256", "PS256", "ES256K", "EDDSA", "EdDSA", "none")
    own = [token(), token(typ="at+jwt"), token() + b"!", token() + b"A", *(token(alg=name) for name in names)]
    return own + [mutator.make().token for _ in range(FUZZED)]


def predicted(release, text, data):
    told = predict(text, KEY, release, NOW, USERS, SETTINGS, jwks=data)
    return (
        told.log if isinstance(told.verdict, DoesNotStart) else Judgement(told.accepted, told.uid, told.log)
    )


@pytest.mark.skipif(not FOLDER, reason="SLURM_JWT_LIBJWTS names no folder of tools.build_libjwts")
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("series", ["22.05", "24.11", "26.05"])
def test_the_model_knows_every_libjwt(series, version, file):
    name = f"{version}-upstream" if version in {"1.10.2", "1.17.2"} else version
    release, texts = releases.parse(f"{series}/libjwt{name}"), tokens()
    library = Path(FOLDER, f"libjwt-{version}.so")
    expected = [predicted(release, text, FILES[file]) for text in texts]
    try:
        with PluginOracle(require_release(series), KEY, now=NOW, jwks=FILES[file], libjwt=library) as oracle:
            answers = oracle.judge([(text, None) for text in texts])
    except PluginEnded as ended:
        answers = [ended.line] * len(texts)
    rows = zip(texts, expected, answers, strict=True)
    assert not [row for row in rows if row[1] != row[2]]
