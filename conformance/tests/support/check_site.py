"""For tests of `check`: a made-up cluster with real files, its tokens, and the command as users type it."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from slurm_jwt.config.auth import KeyChoice
from slurm_jwt.slurmctld import Users
from slurm_jwt.strict import jws
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.check.question import Question
from slurm_jwt_conformance.site.discovery import survey
from slurm_jwt_conformance.site.discovery.host import Host
from slurm_jwt_conformance.site.discovery.key import Key
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.users import UserDatabase
from support.made_up_site import made_up_machine

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from slurm_jwt_conformance.site.check.predicted import Target
    from slurm_jwt_conformance.site.check.question import Judge

NOW = 1893456000
"""2030-01-01T00:00:00Z, at which tokens are judged."""

CLAIMS = {"exp": 4102444800, "iat": 1577836800, "sun": "alice"}
SHORT = {"exp": NOW + 3600, "iat": NOW}
"""The times of a token that a sign-off takes without an acceptance."""

USERS = "root:x:0:0::/:/bin/sh\nslurm:x:64030:64030::/:/bin/sh\nalice:x:2001:2001::/:/bin/sh\n"


def question(key: bytes | None, judge: Judge = "rules", target: Target | None = None) -> Question:
    """Return a question without a cluster. target: the releases to ask, None with the judge "rules"."""
    found = survey.survey(Options(search=False), Host(), made_up_machine("", ""))
    if key is not None:
        choice = KeyChoice("key", "given", None, 0)
        found.__dict__["key"] = Key("slurmctld", choice, "key", "key", "--key-file", None, key)
    users = UserDatabase(target.users if target else Users(()), "the users of the tests")
    return Question(found, target, "named" if target else "none", users, judge)


class Said(NamedTuple):
    """What came of one call."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What stands on stdout, as JSON."""
        return json.loads(self.out)


class Cluster:
    """A folder with slurm.conf, key and users, and an installed Slurm; nothing else is found."""

    key = bytes(range(32))
    conf = "ClusterName=lab\nSlurmUser=slurm\nStateSaveLocation={root}\nAuthAltTypes=auth/jwt\n"

    def __init__(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.root, self._patch, self._capsys = root, monkeypatch, capsys
        self.write("jwt_hs256.key", self.key)
        self.write("passwd", USERS.encode())
        self.write("slurm.conf", self.conf.format(root=root).encode())
        monkeypatch.setattr(Host, "folders", (str(root),))
        monkeypatch.setattr(survey, "Machine", lambda: made_up_machine("24.11.5", "1.17.2"))
        for name in ("SLURM_CONF", "SLURM_JWT", "COLUMNS", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)

    def write(self, name: str, content: bytes) -> str:
        """Write a file into the folder and give its path."""
        path = self.root / name
        path.write_bytes(content)
        return str(path)

    def token(self, claims: object = None, header: object = None, key: bytes | None = None) -> bytes:
        """Sign claims, and a header, that are bytes, or JSON of anything else."""
        header = {"alg": "HS256", "typ": "JWT"} if header is None else header
        parts = (header, CLAIMS if claims is None else claims)
        raw = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts]
        text = b".".join(map(jws.encode, raw))
        return text + b"." + jws.signer(self.key if key is None else key)(text)

    def check(self, *arguments: str, token: bytes | None = None, users: str | None = "passwd") -> Said:
        """Call `slurm-jwt check` with a token on stdin; users: the file of --passwd, None for this host's."""
        given = [] if users is None else ["--passwd", str(self.root / users) if users != "none" else users]
        stdin = self.token() if token is None else token
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self._capsys.readouterr()
        try:
            code = main(["check", "--now", str(NOW), *given, *arguments])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
        return Said(code, *self._capsys.readouterr())
