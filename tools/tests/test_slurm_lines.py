"""The tool that reads log lines from Slurm's sources."""

from __future__ import annotations

import json
import subprocess

from tools import slurm_lines
from tools.slurm_lines import EVERY, SERIOUS, Line, Source, lines, spans, table, tags

CODE = r"""
/* error("in a comment"); */
static int _private(const char *name,
            int number)
{
    if (!name) // error("in another comment")
        error("%s: no name, \"%s\" /* not a comment */ "
              "at all", __func__, f("a, b", number));
    debug3("%s: [%s] value %" PRId64 " of %s", __func__, name, x,
           HTTP_HEADER_USER_TOKEN);
    return 0;
}

extern int init(void)
{
    fatal("%s: Could not load key file (%s): 100%% %m", plugin_type, path);
    fatal_abort("never");
    my_error("not a log call");
    error_in_daemon("in a daemon");
}
"""
FILE = "src/a.c"


def test_lines_are_read_with_function_level_and_format():
    assert list(lines(CODE, Source(FILE, EVERY))) == [
        Line(FILE, "_private", "error", '_private: no name, "%s" /* not a comment */ at all'),
        Line(FILE, "_private", "debug3", "_private: [%s] value %ld of X-SLURM-USER-TOKEN"),
        Line(FILE, "init", "fatal", "auth/jwt: Could not load key file (%s): 100%% %m"),
        Line(FILE, "init", "fatal", "never"),
        Line(FILE, "init", "error", "in a daemon"),
    ]


def test_levels_and_functions_can_be_chosen():
    assert [each.function for each in lines(CODE, Source(FILE, SERIOUS))] == ["_private", *["init"] * 3]
    chosen = Source(FILE, EVERY, frozenset({"_private"}))
    assert [each.level for each in lines(CODE, chosen)] == ["error", "debug3"]


def test_series_with_a_gap_are_two_spans():
    order = ("20.02", "20.11", "21.08", "22.05")
    assert list(spans([3, 0, 1], order)) == [("20.02", "20.11"), ("22.05", "22.05")]


def test_a_table_has_a_row_for_each_span():
    found = {Line(FILE, "init", "fatal", "never"): {"20.02", "21.08"}}
    data = json.loads(table(found, ["slurm-20-02-1-1", "slurm-20-02-2-1", "slurm-21-08-0-1"]))
    assert data["newest"] == ["slurm-20-02-2-1", "slurm-21-08-0-1"]
    assert [(row["since"], row["until"]) for row in data["lines"]] == [("20.02", "20.02"), ("21.08", "21.08")]


def test_release_candidates_and_unknown_series_are_left_out(monkeypatch):
    listed = "slurm-26-05-10-1\nslurm-26-05-2-1\nslurm-26-05-0-0rc1\nslurm-19-05-1-1\nother\n"
    answer = subprocess.CompletedProcess([], 0, stdout=listed)
    monkeypatch.setattr(slurm_lines.subprocess, "run", lambda *_, **__: answer)
    assert tags("repository") == {"slurm-26-05-2-1": "26.05", "slurm-26-05-10-1": "26.05"}
