"""The RFCs' examples are theirs to the byte: the signatures and serializations that the RFCs print."""

import base64
import json

import pytest

from slurm_jwt_vectors import load
from slurm_jwt_vectors.cases.rfc import TRAVEL

SUITE = load()
PRINTED = {
    "rfc.r7515-a1": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "rfc.r7797-4-1": "5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ",
    "rfc.r7797-4-2": "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY",
    "rfc.r7520-4-4": "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
    "rfc.r7520-4-5": "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
}
COOKBOOK_HEADER = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9"


def parts(case: str) -> list[str]:
    return SUITE.cases[case].token_bytes.decode().split(".")


@pytest.mark.parametrize("case", sorted(PRINTED))
def test_signatures_are_the_printed_ones(case: str):
    assert parts(case)[2] == PRINTED[case]


def test_a5_is_a1_without_its_signature():
    assert parts("rfc.r7515-a5") == ["eyJhbGciOiJub25lIn0", parts("rfc.r7515-a1")[1], ""]


def test_appendix_e():
    header, payload, signature = parts("rfc.r7515-e")
    assert header.startswith("eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERU")
    assert header.endswith("ZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0")
    assert (payload, signature) == ("RkFJTA", "")


def test_detached_forms_hold_no_payload():
    assert parts("rfc.r7520-4-5")[:2] == [COOKBOOK_HEADER, ""]
    assert parts("rfc.r7797-4-2")[:2] == ["eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19", ""]


def test_json_serializations_hold_the_compact_one():
    compact = parts("rfc.r7520-4-4")
    flattened = json.loads(SUITE.cases["rfc.r7520-4-4-flattened"].token_bytes)
    general = json.loads(SUITE.cases["rfc.r7520-4-4-general"].token_bytes)
    assert [flattened["protected"], flattened["payload"], flattened["signature"]] == compact
    assert [*general["signatures"][0].values()] == [compact[0], compact[2]]
    assert base64.urlsafe_b64decode(general["payload"] + "==") == TRAVEL
