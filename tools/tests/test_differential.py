"""`verify`, `examine` and the oracle agree on mutated tokens, and on the vectors themselves."""

from __future__ import annotations

import ast
from pathlib import Path
from unittest import mock

from slurm_jwt_vectors import load
from tools import differential, oracle


def test_no_difference_on_mutated_tokens():
    verdicts, differences = differential.campaign(5000, "ci")
    assert differences == []
    assert min(verdicts[each] for each in ("valid", "either", "invalid")) > 200, verdicts


def test_the_oracle_agrees_with_the_vectors():
    suite = load()
    samples = {(sample.token, sample.key, sample.now) for sample in differential.samples()}
    cases = [
        case
        for case in suite.cases.values()
        if (case.token_bytes, suite.keys[case.key].bytes, case.now) in samples
    ]
    judged = {case.id: oracle.judge(case.token_bytes, suite.keys[case.key].bytes, case.now) for case in cases}
    assert judged == {case.id: case.verdict for case in cases}
    assert len(judged) > 700


def test_a_judgement_without_the_times_is_found():
    with mock.patch.object(oracle, "_times", return_value=False):
        _, differences = differential.campaign(1000, "ci")
    assert differences


def test_the_oracle_is_independent():
    tree = ast.parse(Path(oracle.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "base64", "hmac", "json", "re", "typing"}
