"""No command changes a foreign file, whatever is in the place of an output, and on a full disk too."""

from __future__ import annotations

from unittest import mock

import pytest

from slurm_jwt_reports import output
from support import write_fuzz

pytestmark = pytest.mark.program


def test_every_option_is_an_output_or_is_not():
    names = {each.name for each in write_fuzz.outputs()}
    assert {"run --out", "keygen FILE", "check --summary", "vectors export --out", "explain --sarif"} <= names


def test_no_foreign_byte_changes(tmp_path):
    codes, faults = write_fuzz.campaign("ci", 200, tmp_path)
    assert faults == []
    written = {name[:-2] for name in codes if name[-1] in "01"}
    assert written >= {"report", "contract", "explain", "doctor", "vectors", "probe", "changes"}, codes


def test_the_fuzz_finds_a_write_without_a_check(tmp_path):
    with mock.patch.object(output, "_is_former", return_value=True):
        _, faults = write_fuzz.campaign("ci", 60, tmp_path)
    assert faults
