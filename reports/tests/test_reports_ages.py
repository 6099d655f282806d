"""How old a version is, is said from the table alone; what the table does not know, nobody claims to know."""

from __future__ import annotations

import functools
import http.server
import json
import socket
import threading
from datetime import date

import pytest

from slurm_jwt_reports.page import html
from slurm_jwt_reports.run import ages
from slurm_jwt_reports.run.ages import Age, Table, age_of, shipped
from slurm_jwt_reports.run.document import markdown
from slurm_jwt_reports.stream.events import ImplementationText
from slurm_jwt_reports.stream.index import gather
from tools import example_run as example
from tools import release_dates as released

DAYS = {
    "2.6.0": date(2022, 10, 20),
    "2.15.1": date(2026, 9, 28),
    "3.0.0rc1": date(2026, 10, 1),
    "2.16.0": date(2026, 11, 1),
}
TABLE = Table(date(2026, 11, 23), {"pyjwt": DAYS})
RUN = "2026-11-23T09:00:00Z"


def library(version, **members):
    what = {"id": "pyjwt:careful", "name": "PyJWT", "kind": "library", "library": "PyJWT"}
    return ImplementationText(**{**what, "version": version, "language": "Python 3.13.0", **members})


@pytest.mark.parametrize(
    ("version", "short", "full"),
    [
        ("2.16.0", "22 days old", "22 days old on the day of the run; the newest by 2026-11-23"),
        ("2.15.1", "56 days old", "56 days old on the day of the run; 1 later release by 2026-11-23"),
        ("2.6.0", "4.1 years old", "4.1 years old on the day of the run; 2 later releases by 2026-11-23"),
        ("2.6.0, with cryptography 41", "4.1 years old", None),
    ],
)
def test_the_age_is_the_days_from_release_to_run(version, short, full):
    age = age_of(library(version), RUN, TABLE)
    assert age.short == short
    if full:
        assert age.full == f"released {DAYS[version]}, {full}"


@pytest.mark.parametrize(
    ("one", "started"),
    [
        (library("2.99"), RUN),
        (library(""), RUN),
        (library("2.6.0", library="other"), RUN),
        (library("2.6.0", language="Java 21"), RUN),
        (library("2.6.0"), "yesterday"),
        (library("2.6.0"), "2020-01-01T00:00:00Z"),
        (library("2.6.0", kind="command", language=""), RUN),
    ],
)
def test_what_the_table_does_not_know_is_not_known(one, started):
    assert age_of(one, started, TABLE) == Age("age not known", "age not known")


def test_only_libraries_have_an_age():
    assert age_of(library("22.05.8", kind="slurm"), RUN, TABLE) is None
    assert age_of(library("0.1.0", kind="reference"), RUN, TABLE) is None
    assert age_of(library("", status="not run"), RUN, TABLE) is None


def test_a_run_west_of_greenwich_is_of_its_day_in_utc():
    assert age_of(library("2.15.1"), "2026-09-28T23:30:00-05:00", TABLE).short == "1 day old"


def test_the_table_that_is_shipped_is_sound():
    table = shipped()
    assert set(table.libraries) >= {"authlib", "joserfc", "jwcrypto", "jwt", "pyjwt", "python-jose"}
    for name, days in table.libraries.items():
        assert name == ages.normalised(name)
        assert list(days.values()) == sorted(days.values()), name
        assert max(days.values()) <= table.made
    assert table.libraries["pyjwt"]["2.6.0"] == date(2022, 10, 20)


def test_page_and_markdown_say_the_age_and_ask_no_network(monkeypatch):
    def no_network(*_arguments, **_members):
        raise AssertionError("a report asked a network")

    results = gather(example.complete(16, 17))
    one = results.implementations["pyjwt:careful"]
    table = Table(date(2026, 11, 23), {"pyjwt": {one.version: date(2026, 11, 13)}})
    monkeypatch.setattr(ages, "shipped", lambda: table)
    monkeypatch.setattr(socket, "socket", no_network)
    assert results.header.started.startswith("2026-11-23")
    text = html.page(results)
    assert text.count("10 days old</span>") == 2, "in both its configurations"
    assert text.count("released 2026-11-13, 10 days old on the day of the run; the newest by 2026-11-23") == 2
    assert "age not known</span>" in text
    assert f"| {one.version}, 10 days old |" in markdown(results)


class Index(http.server.BaseHTTPRequestHandler):
    """An index as PEP 691 and PEP 700 have it."""

    def do_GET(self):
        assert self.headers["Accept"] == "application/vnd.pypi.simple.v1+json"
        self.server.asked.append(self.path)
        body = json.dumps(self.server.answer).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        """Say nothing on stderr."""


FILES = [
    ("my_lib-2.0-py3-none-any.whl", "2026-02-02T10:00:00.5Z"),
    ("my-lib-2.0.tar.gz", "2026-02-01T10:00:00Z"),
    ("My.Lib-1.0.zip", "2025-02-01T10:00:00Z"),
    ("notes.txt", "2020-02-01T10:00:00Z"),
]


@pytest.fixture
def index(monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        server.asked = []
        server.answer = {"files": [{"filename": name, "upload-time": when} for name, when in FILES]}
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple/")
        monkeypatch.setattr(released, "shipped", functools.partial(Table, date(2020, 1, 1), {}))
        yield server
        server.shutdown()


def test_the_table_is_made_from_the_index_that_pip_has(index, tmp_path, capsys):
    place = tmp_path / "released.json"
    assert released.main(["My.Lib"], place) == 0
    table = ages.table_of(place.read_text("utf-8"))
    assert index.asked == ["/simple/my-lib/"]
    assert table.libraries == {"my-lib": {"1.0": date(2025, 2, 1), "2.0": date(2026, 2, 1)}}
    assert "my-lib (2)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer",
    [[], {"files": []}, {"files": [{"filename": "my_lib-1.tar.gz"}]}, {"files": [{"filename": ".whl"}]}],
)
def test_an_index_that_says_nothing_leaves_the_table_as_it_is(index, tmp_path, capsys, answer):
    index.answer = answer
    place = tmp_path / "released.json"
    place.write_text("old")
    assert released.main(["my-lib"], place) == 1
    assert place.read_text() == "old"
    assert "The table stays as it is" in capsys.readouterr().err
