"""`slurm-jwt vectors`, as a user calls it: list, show and export, and how each fails."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from slurm_jwt_conformance.cli import main
from slurm_jwt_vectors import load, load_issuing, load_observed

SUITE = load()
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")


@pytest.fixture
def call(capsys):
    """Call `slurm-jwt vectors`; give (exit code, stdout, stderr)."""

    def run(*arguments):
        try:
            code = main(["vectors", *arguments])
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_list_tells_of_every_case(call):
    code, out, _ = call("list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[::2]] == list(SUITE.cases)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["-k", "exp.*"], lambda case: case.topic == "exp"),
        (["-k", "exp.*", "-k", "iat.*"], lambda case: case.topic in {"exp", "iat"}),
        (["--rule", "sun.empty"], lambda case: "sun.empty" in case.rules),
        (["--verdict", "either"], lambda case: case.verdict == "either"),
        (["--verdict", "valid", "--rule", "sun.empty"], lambda _: False),
        (["--edition", "later", "--rule", "kid.known"], lambda case: "kid.known" in case.rules),
        (["--edition", "2020"], lambda case: case.jwks is None),
    ],
)
def test_list_by_id_rule_and_verdict(call, words, wanted):
    code, out, _ = call("list", *words, "--json")
    assert code == 0
    assert [each["id"] for each in json.loads(out)] == [
        case.id for case in SUITE.cases.values() if wanted(case)
    ]


def test_list_of_issuing_cases(call):
    names = list(load_issuing())
    assert [each["id"] for each in json.loads(call("list", "--issuing", "--json")[1])] == names
    assert [line.split()[0] for line in call("list", "--issuing")[1].splitlines()[::2]] == names
    assert len(json.loads(call("list", "--issuing", "-k", "issue.key-*", "--json")[1])) > 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "-k", "exq.*"], "exp."),
        (["list", "--rule", "exp.integr"], "Did you mean exp.integer?"),
        (["list", "--issuing", "--verdict", "valid"], "-k alone"),
        (["show", "exp.missin"], "Did you mean exp.missing?"),
        (["show", "issue.exp-nann"], "Did you mean issue.exp-nan?"),
        (["show", "sun.length-4096"], "was withdrawn"),
        (["show"], "ID"),
        (["list", "--verdict", "good"], "invalid choice"),
        (["export"], "--out"),
        ([], "COMMAND"),
    ],
)
def test_a_wrong_call_says_what_to_do(call, words, said):
    code, out, err = call(*words)
    assert (code, out) == (2, "")
    assert said in err


def test_an_unknown_id_is_escaped(call):
    code, _, err = call("show", "exp\x1b[31m\u202e")
    assert code == 2
    assert not CONTROL.search(err)


def test_show_tells_everything_of_a_case(call):
    code, out, _ = call("show", "exp.float-half")
    assert code == 0
    case = SUITE.cases["exp.float-half"]
    for text in (case.purpose, case.why, case.twin, case.token, *case.sources, "exp.integer"):
        assert text in out
    assert 'claims     {"exp":4102444800.5,' in out
    for release, record in load_observed().items():
        assert f"slurmctld {release}  refused (trap): {record.cases[case.id].log}" in out


def test_show_names_traps_gaps_and_impostors(call):
    out = call("show", "sun-number.zero")[1]
    assert out.count("accepted as uid 0, root (impostor)") == len(load_observed())


def test_show_as_json_has_the_records(call):
    code, out, _ = call("show", "sun-number.zero", "exp.missing", "--json")
    zero, missing = json.loads(out)
    assert code == 0
    assert zero["token"] == SUITE.cases["sun-number.zero"].token
    assert zero["findings"] == dict.fromkeys(load_observed(), "impostor")
    assert set(zero["observed"]) == set(load_observed())
    assert missing["reference"] == {"verdict": "invalid", "rules": ["exp.required"]}
    assert missing["parts"]["header"] == '{"alg":"HS256","typ":"JWT"}'


def test_show_of_an_issuing_case(call):
    code, out, _ = call("show", "issue.exp-nan")
    assert code == 0
    assert '"exp": {"$float": "NaN"}' in out
    assert json.loads(call("show", "issue.exp-nan", "--json")[1])[0]["expected"] == "refuse"


def test_show_without_a_record(call, monkeypatch):
    from slurm_jwt_conformance.cli import vectors_show

    monkeypatch.setattr(vectors_show, "load_observed", dict)
    code, out, _ = call("show", "exp.missing")
    assert code == 0
    assert "slurmctld" not in out


def test_every_case_can_be_shown_and_nothing_reaches_the_terminal(call):
    code, out, _ = call("show", *SUITE.cases, *load_issuing())
    assert code == 0
    assert not CONTROL.search(out)
    assert max(map(len, out.splitlines())) < 20_000
    assert out.isprintable() or not CONTROL.search(out)


def test_every_case_as_json_is_ascii(call):
    out = call("show", *SUITE.cases, "--json")[1]
    assert out.isascii()
    assert [each["id"] for each in json.loads(out)] == list(SUITE.cases)


@pytest.mark.parametrize("form", ["json", "jsonl", "files"])
def test_export(call, tmp_path, form):
    folder = tmp_path / "new" / form
    code, out, _ = call("export", "--format", form, "--out", str(folder))
    assert code == 0
    assert str(folder) in out
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_export_of_files_leaves_nothing_stale(call, tmp_path):
    (tmp_path / "old").write_text("")
    code, _, err = call("export", "--format", "files", "--out", str(tmp_path))
    assert code == 2
    assert "is not empty" in err
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_export_into_a_file(call, tmp_path):
    path = tmp_path / "file"
    path.write_text("kept")
    code, _, err = call("export", "--out", str(path))
    assert code == 2
    assert "is not a folder" in err
    assert path.read_text() == "kept"


def test_export_where_nothing_can_be_written(call, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = call("export", "--out", str(tmp_path / "file" / "below"))
    assert code == 2
    assert "Cannot make the folder" in err


def test_help_names_the_commands(call):
    code, out, _ = call("--help")
    assert code == 0
    for word in ("list", "show", "export", "docs/use-the-vectors.md"):
        assert word in out


def test_the_page_for_other_languages_names_what_an_export_has(call, tmp_path):
    page = (Path(__file__).resolve().parents[3] / "docs" / "use-the-vectors.md").read_text()
    call("export", "--format", "jsonl", "--out", str(tmp_path))
    named = re.findall(r"slurm-jwt-vectors[-.0-9a-z]*jsonl", page)
    assert named
    assert all((tmp_path / name).is_file() for name in named), "VERSION went on: the page's file name did not"
    lines = map(json.loads, (tmp_path / named[0]).read_text().splitlines())
    line = next(each for each in lines if "jwks" in each)
    table = re.findall(r"^\| `([a-z_0-9]+)`", page, re.MULTILINE)
    assert len(table) >= 6
    assert set(table) <= set(line)
    assert {"jwks", "verdict_2020"} <= set(re.findall(r"`([a-z_0-9]+)`", page))
    for snippet in re.findall(r"```(?:go|java)\n(.*?)```", page, re.DOTALL):
        assert len(snippet.splitlines()) <= 20


def test_a_case_with_a_jwks_shows_the_file_and_both_editions(call):
    out = call("show", "jwks-file.no-alg")[1]
    assert "  jwks     no-alg: The key has no alg, as Entra ID publishes." in out
    assert "documented       either: jwks.alg\n  edition 2020   invalid: alg.hs256\n" in out
    assert "reference        either: jwks.alg\n" in out
    (facts,) = json.loads(call("show", "jwks-file.no-alg", "--json")[1])
    assert (facts["jwks"], facts["verdict_2020"], facts["rules_2020"]) == ("no-alg", "invalid", ["alg.hs256"])
    (listed,) = json.loads(call("list", "-k", "rs256.kid-case", "--json")[1])
    assert listed["verdict_2020"] == "invalid"
    assert "rs256.plain  valid (edition of 2020: invalid)  -" in call("list", "-k", "rs256.plain")[1]
