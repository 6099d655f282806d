"""docs/user-mapping.md against the mapping, which test_mapping_live holds against real daemons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from slurm_jwt.slurmctld import Settings, parse_passwd, releases
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.users import mapping, mapping_diagnostics, mapping_texts

PAGE = (Path(__file__).parents[4] / "docs" / "user-mapping.md").read_text("utf-8")
USERS = parse_passwd(accounts.passwd())
SETTINGS = Settings({"userclaimfield": "field"}, "slurm")
ROW = re.compile(r"^\| `([^`]*|``[^`]*``)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (.*?) ?\|$", re.MULTILINE)
# An empty name stands between two backquotes with nothing inside.
ROWS = [(name, tuple(map(int, uids)), said) for name, *uids, said in ROW.findall(PAGE)]


def test_the_page_has_a_row_for_each_kind_of_name():
    assert len(ROWS) == 14


@pytest.mark.parametrize(("name", "uids", "said"), ROWS)
def test_each_name_becomes_what_the_page_says(name, uids, said):
    claims = {"sun": name}
    series = ("20.11", "22.05", "24.11", "26.05")
    assert tuple(mapping.of(claims, USERS, SETTINGS, one).uid for one in series) == uids
    remarks = {one.id for one in mapping_diagnostics.diagnose(claims, USERS, SETTINGS, "26.05")}
    assert remarks == set(re.findall(r"`([^`]+)`", said))


def test_the_order_of_claims_is_the_page_s():
    claims = {"sun": "a", "username": "b", "field": "c"}
    for first, last, order in re.findall(r"^\| (\d\d\.\d\d) to (\d\d\.\d\d) \| (.*) \|$", PAGE, re.MULTILINE):
        for series in releases.series():
            if first <= series <= last:
                one = mapping.of(claims, USERS, SETTINGS, series)
                assert 1 + len(one.shadowed) == len(order.split(", "))
    assert PAGE.count(" to ") >= 3


def test_the_page_names_every_remark():
    for name in mapping_texts.texts():
        assert f"`{name}`" in PAGE
