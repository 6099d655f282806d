"""`slurm-jwt lab ask` and `exec` without a lab: the bytes that they send, and what they removed."""

import base64
import json

import pytest

from slurm_jwt_conformance.lab.service import client
from support.commands import call

TOKEN = b"eyJhbGciOiJIUzI1NiJ9.eyJzdW4iOiJhIn0.c2ln"
ANSWER = dict.fromkeys(("user", "uid", "log", "client", "slurmdbd", "http", "libjwt")) | {
    "verdict": "refused", "slurm": "24.11.5", "route": "scontrol", "out": "", "err": "", "exit": 0,
}  # fmt: skip


@pytest.fixture
def sent(monkeypatch):
    """Answer in the place of a lab, and keep the tokens that were sent."""
    tokens = []

    def ask(_place, _action, **fields):
        tokens.append(base64.b64decode(fields["token_base64"]))
        return ANSWER

    monkeypatch.setattr(client, "choose", lambda _name: None)
    monkeypatch.setattr(client, "ask", ask)
    return tokens


WRAPPINGS = [
    (TOKEN, TOKEN, ""),
    (TOKEN + b"\n", TOKEN, "the line end after the token"),
    (TOKEN + b"\r\n\n", TOKEN, "the line end after the token"),
    (b"Bearer " + TOKEN + b"\n", TOKEN, 'the prefix "Bearer " and the line end after the token'),
    (TOKEN + b" ", TOKEN + b" ", ""),
    (TOKEN + b"\0", TOKEN + b"\0", ""),
]


@pytest.mark.parametrize(("content", "token", "removed"), WRAPPINGS)
def test_what_is_removed_from_a_file_is_said(sent, tmp_path, content, token, removed):
    file = tmp_path / "token.txt"
    file.write_bytes(content)
    shown = call(["lab", "ask", "--token-file", str(file)]).out.decode()
    assert (f"removed:  {removed}" in shown) if removed else "removed" not in shown
    assert json.loads(call(["lab", "ask", "--json"], stdin=content).out)["removed"] == removed
    err = call(["lab", "exec", "--token-file", str(file), "true"]).err.decode()
    assert (f"removed from {file}: {removed}" in err) if removed else not err
    assert sent == [token] * 3


def test_the_token_of_the_environment_is_sent_as_it_is(sent):
    call(["lab", "ask"], environment={"SLURM_JWT": f"SLURM_JWT={TOKEN.decode()}\n"})
    assert sent == [b"SLURM_JWT=" + TOKEN + b"\n"]
