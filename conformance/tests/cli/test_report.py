"""`slurm-jwt report`, as a user calls it: what it writes, its exit codes, and how it refuses a file."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from slurm_jwt_conformance.adapters import registry
from slurm_jwt_conformance.cli import main, report
from slurm_jwt_reports import render
from slurm_jwt_reports.stream.events import FORMAT
from slurm_jwt_reports.stream.reader import read
from slurm_jwt_vectors import load
from tools import example_run as example

pytestmark = pytest.mark.program

SUITE = load()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give the report folder of a small real run."""
    made = tmp_path_factory.mktemp("report")
    arguments = (
        "-i",
        "reference",
        "-i",
        "pyjwt:careful",
        "-i",
        "slurmctld:20.11",
        "-k",
        "exp.*",
        "-k",
        "key.*",
    )
    main(["run", "--quiet", "--out", str(made), *arguments])
    return made


@pytest.fixture
def call(capsys):
    """Call `slurm-jwt report` and give (exit code, stdout, stderr)."""

    def called(*arguments):
        capsys.readouterr()
        try:
            code = main(["report", *map(str, arguments)])
        except SystemExit as left:
            code = left.code
        return (code, *capsys.readouterr())

    return called


def test_the_formats_are_those_of_the_reports():
    assert tuple(render.FORMATS) == report.FORMATS


def test_render_writes_the_usual_three_or_what_is_wanted(call, folder, tmp_path):
    code, out, _ = call("render", folder, "--out", tmp_path / "usual")
    assert code == 0
    assert sorted(Path(line).name for line in out.splitlines()) == ["index.html", "junit.xml", "summary.md"]
    wanted = [word for name in report.FORMATS for word in ("--format", name)]
    call("render", folder / "results.jsonl", "--out", tmp_path / "all", *wanted)
    assert {path.name for path in (tmp_path / "all").iterdir()} == set(render.FORMATS.values())
    for name in ("index.html", "junit.xml", "summary.md"):
        assert (tmp_path / "usual" / name).read_bytes() == (folder / name).read_bytes(), (
            "as the run itself wrote it"
        )


def test_render_writes_a_single_format_to_stdout(call, folder):
    code, out, _ = call("render", folder, "--format", "badge")
    assert code == 0
    assert json.loads(out)["schemaVersion"] == 1
    code, _, err = call("render", folder)
    assert code == 2
    assert "--out" in err


def test_render_with_a_baseline_shows_what_is_new(call, folder):
    code, out, _ = call("render", folder, "--baseline", folder, "--format", "html")
    assert code == 0
    assert "Since last time" in out
    assert "No verdict changed." in out


def test_a_run_shows_what_is_new_since_the_run_that_it_replaces(tmp_path, capsys):
    arguments = ["run", "--quiet", "--out", str(tmp_path), "-i", "reference", "-k", "exp.*"]
    main(arguments)
    assert main([*arguments, "--baseline", str(tmp_path / "results.jsonl")]) == 0
    assert "No verdict changed." in (tmp_path / "index.html").read_text("utf-8")
    capsys.readouterr()
    assert main([*arguments, "--baseline", str(tmp_path / "none")]) == 2
    assert "There is no baseline: " in capsys.readouterr().err


def test_no_artefact_holds_a_signature_of_the_vectors(call, folder):
    """Neither a token nor its signature gets into any format, nor into what the commands print."""
    signatures = {
        case.token.rpartition(".")[2] for name in read(folder / "results.jsonl").cases
        if (case := SUITE.cases.get(name)) and case.token and case.token.count(".") == 2
    }  # fmt: skip
    signatures = {signature for signature in signatures if len(signature) > 20}
    assert len(signatures) > 20
    written = [call("render", folder, "--format", name)[1] for name in report.FORMATS]
    written += [call("show", folder, "-k", "*")[1], call("diff", folder, folder, "--json")[1]]
    for text in written:
        assert not [signature for signature in signatures if signature in text]


def changed(folder, path, case, **members):
    """Copy a run with the reference's answer to one case changed."""
    lines = []
    statuses = Counter()
    for line in (folder / "results.jsonl").read_text("utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "outcome" and (event["case"], event["implementation"]) == (case, "reference"):
            event |= members
        statuses.update([event["status"]] if event["event"] == "outcome" else [])
        lines.append(json.dumps(event | ({"counts": statuses} if event["event"] == "end" else {})))
    path.write_text("\n".join(lines) + "\n")
    return path


def flat(text):
    """Return the text with wrapped lines joined."""
    return re.sub(r"\n {2,4}(?=\S)(?!-)", " ", text)


def test_diff_ends_with_1_on_a_regression_only(call, folder, tmp_path):
    worse = changed(folder, tmp_path / "worse.jsonl", "exp.missing", outcome="accept", status="fail")
    code, out, _ = call("diff", folder, worse)
    assert code == 1
    assert out.startswith("fail: 1 regression")
    assert (
        "Regressions\n  - `reference`, `exp.missing`: reject (as documented) -> accept (new difference)"
        in flat(out)
    )
    code, out, _ = call("diff", worse, folder)
    assert code == 0
    assert "Mended\n  - `reference`, `exp.missing`:" in out
    assert call("diff", folder, folder)[0] == 0


def test_diff_speaks_json_and_markdown(call, folder, tmp_path):
    worse = changed(folder, tmp_path / "worse.jsonl", "exp.missing", outcome="accept", status="fail")
    code, out, _ = call("diff", folder, worse, "--json")
    assert code == 1
    assert [one["case"] for one in json.loads(out)["changes"]] == ["exp.missing"]
    code, out, _ = call("diff", folder, worse, "--markdown", "-")
    assert code == 1
    assert "## Slurm JWT conformance&#58; what changed" in out.replace("conformance:", "conformance&#58;")
    assert "- `reference`, `exp.missing`: reject" in out
    assert call("diff", folder, worse, "--markdown", "-", "--json")[0] == 2


def test_shards_of_a_run_merge_to_the_run(call, folder, tmp_path):
    arguments = ("-i", "reference", "-i", "pyjwt:careful", "-i", "slurmctld:20.11")
    for topic in ("exp", "key"):
        main(["run", "--quiet", "--out", str(tmp_path / topic), *arguments, "-k", f"{topic}.*"])
    code, _, err = call("merge", tmp_path / "exp", tmp_path / "key", "--out", tmp_path / "merged.jsonl")
    assert (code, err) == (0, "")
    merged, whole = read(tmp_path / "merged.jsonl"), read(folder / "results.jsonl")
    assert merged.complete
    assert call("diff", folder, tmp_path / "merged.jsonl")[1].startswith("pass: No verdict changed.")
    assert set(merged.outcomes) == set(whole.outcomes)
    assert Counter(one.kind for one in merged.findings) == Counter(one.kind for one in whole.findings)


def test_a_conflict_of_runs_is_an_error_and_writes_nothing(call, folder, tmp_path):
    worse = changed(folder, tmp_path / "worse.jsonl", "exp.missing", outcome="accept", status="fail")
    code, _, err = call("merge", folder, worse, "--out", tmp_path / "merged.jsonl")
    assert code == 2
    assert "disagree about the outcome exp.missing / reference" in err
    assert not (tmp_path / "merged.jsonl").exists()


def test_merging_into_one_of_the_files_loses_nothing(call, folder, tmp_path):
    copy = tmp_path / "results.jsonl"
    copy.write_bytes((folder / "results.jsonl").read_bytes())
    assert call("merge", copy, folder, "--out", copy)[0] == 0
    assert read(copy).outcomes == read(folder / "results.jsonl").outcomes


def test_show_tells_a_run_in_short(call, folder):
    code, out, err = call("show", folder)
    assert (code, err) == (0, "")
    results = read(folder / "results.jsonl")
    assert "  reference\n    Version: " in out
    assert "    Answer: As documented" in out
    assert out.startswith(f"{len(results.cases):,} cases on 3 implementations, started ")


def test_show_failures_ends_with_1_if_there_are_any(call, folder, tmp_path):
    code, out, _ = call("show", folder, "--failures", "-i", "reference")
    assert (code, out) == (0, "pass: There is no such failure.\n")
    worse = changed(
        folder, tmp_path / "worse.jsonl", "exp.missing", outcome="accept", status="fail", error="E: no"
    )
    code, out, err = call("show", worse, "--failures")
    assert code == 1
    assert "] reference: accept for exp.missing, documented invalid (new difference)." in flat(out)
    assert re.search(r"error: +E: no", out)
    assert re.search(r"run alone: +slurm-jwt run -k exp.missing -i reference", out)
    assert err == ""
    assert call("show", worse, "--failures", "-k", "exp.m*", "-i", "reference")[0] == 1
    assert call("show", worse, "--failures", "-k", "key.*")[0] == 0
    assert call("show", worse, "--failures", "-i", "pyjwt")[0] == 0


def test_show_tells_single_outcomes(call, folder):
    code, out, _ = call("show", folder, "-k", "exp.missing", "-i", "pyjwt")
    assert code == 0
    assert "PyJWT careful: reject for exp.missing, documented invalid (as documented)." in flat(out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "FOLDER", "-k", "exp.mising"), "Did you mean exp.missing?"),
        (("show", "FOLDER", "--failures", "-i", "pyjtw"), "No implementation of this run matches 'pyjtw'"),
        (("show", "nowhere.jsonl"), "No such file"),
        (("diff", "FOLDER"), "NEW"),
        (("merge", "FOLDER"), "--out"),
        (("render", "FOLDER", "--format", "pdf"), "invalid choice"),
        (("render", "FOLDER", "--out", "/dev/null/x"), "Cannot make the folder"),
        (("merge", "FOLDER", "--out", "/dev/null/x"), "Cannot write"),
        ((), "required"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_ends_with_2(call, folder, arguments, message):
    code, _, err = call(*(folder if word == "FOLDER" else word for word in arguments))
    assert code == 2
    assert message in err
    assert "Traceback" not in err


FILES = {
    "foreign": (b"root:x:0:0\n", "is no results.jsonl"),
    "empty": (b"", "is empty"),
    "older": (b'{"event":"run","format":0}\n', "has format 0"),
    "newer": (f'{{"event":"run","format":{FORMAT + 1}}}\n'.encode(), "newer or another slurm-jwt"),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    "arguments", [("render", "FILE", "--format", "json"), ("diff", "FILE", "FILE"), ("show", "FILE"),
                  ("merge", "FILE", "FILE", "--out", "out.jsonl")]
)  # fmt: skip
def test_foreign_empty_older_and_newer_files_get_a_clear_answer(call, tmp_path, kind, arguments):
    data, message = FILES[kind]
    path = tmp_path / "results.jsonl"
    path.write_bytes(data)
    code, out, err = call(*(path if word == "FILE" else word for word in arguments))
    assert code == 2
    assert message in err
    assert out == ""


def test_a_truncated_file_is_shown_as_what_it_is(call, folder, tmp_path):
    data = (folder / "results.jsonl").read_bytes()
    path = tmp_path / "results.jsonl"
    path.write_bytes(data[: len(data) * 3 // 4])
    code, out, _ = call("show", path)
    assert code == 1
    assert "undetermined" in out
    assert "reason: The run was cut short" in out
    _, out, _ = call("render", path, "--format", "markdown")
    assert "The run was cut short" in out
    _, out, _ = call("render", path, "--format", "badge")
    assert json.loads(out)["color"] == "lightgrey"
    code, out, _ = call("diff", folder, path)
    assert code == 1, "what was kept and is not asked any more is a regression"
    assert "new is not whole" in flat(out)


@pytest.mark.parametrize("arguments", [(), ("--failures",), ("-k", "exp.*")])
def test_a_cut_run_is_not_shown_as_a_whole_one(call, folder, tmp_path, arguments):
    """The cut is before the end of a run that has no failure."""
    cut = tmp_path / "results.jsonl"
    lines = (folder / "results.jsonl").read_bytes().splitlines(keepends=True)
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(b"".join(lines))
    assert call("show", whole, *arguments)[0] == 0
    cut.write_bytes(b"".join(lines[:-1]))
    code, out, _ = call("show", cut, *arguments)
    assert code == 1
    assert "undetermined" in out
    assert "cut short" in flat(out)


def test_a_cut_run_shows_no_progress_since_another(call, folder, tmp_path):
    cut = tmp_path / "results.jsonl"
    cut.write_bytes(b"".join((folder / "results.jsonl").read_bytes().splitlines(keepends=True)[:-1]))
    assert call("diff", folder, folder)[0] == 0
    code, out, _ = call("diff", folder, cut)
    assert (code, "undetermined" in out) == (1, True)


@pytest.mark.parametrize("place", [("--out", "page"), ("--format", "markdown")], ids=["pages", "stdout"])
def test_render_of_a_cut_run_writes_it_and_ends_with_1(call, folder, tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    cut = tmp_path / "results.jsonl"
    cut.write_bytes(b"".join((folder / "results.jsonl").read_bytes().splitlines(keepends=True)[:-1]))
    code, out, err = call("render", cut, *place)
    assert (code, out != "") == (1, True)
    assert "cut short" in err
    assert call("render", folder, *place, "--overwrite")[0] == 0


def test_merge_with_a_cut_run_writes_it_and_ends_with_1(call, folder, tmp_path):
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join((folder / "results.jsonl").read_bytes().splitlines(keepends=True)[:-1]))
    code, out, err = call("merge", cut, folder, "--out", tmp_path / "merged.jsonl")
    assert code == 1
    assert "; a run was cut short" in out
    assert "cut short" in err
    assert call("merge", folder, folder, "--out", tmp_path / "whole.jsonl")[0] == 0


def test_help_of_report_imports_nothing_slow():
    script = (
        "import sys; from slurm_jwt_conformance.cli import main\n"
        "try: main(['report', '--help'])\nexcept SystemExit: pass\n"
        "heavy = {'msgspec', 'jinja2', 'slurm_jwt_reports.stream.index'} & set(sys.modules)\n"
        "sys.exit(f'slow imports: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_invented_run_of_any_size_can_be_reported(call, tmp_path):
    example.write(tmp_path / "a.jsonl", 60, 20)
    assert call("render", tmp_path / "a.jsonl", "--out", tmp_path)[0] == 0
    assert call("diff", tmp_path / "a.jsonl", tmp_path / "a.jsonl")[0] == 0


def plain_outcomes(path):
    """Read a stream with nothing of ours: what each answered, by case and implementation."""
    events = map(json.loads, path.read_text("utf-8").splitlines())
    return {
        (event["case"], event["implementation"]): (event["outcome"], event.get("user"))
        for event in events
        if event["event"] == "outcome"
    }


PREFIX = "      - `pyjwt:careful`, "


def test_the_diff_of_two_versions_of_pyjwt_names_exactly_what_changed(call, tmp_path, monkeypatch):
    arguments = (
        "run",
        "--quiet",
        "-i",
        "pyjwt:careful",
        "-k",
        "exp.*",
        "-k",
        "key.*",
        "-k",
        "crit.*",
        "-k",
        "other.*",
    )
    main([*arguments, "--out", str(tmp_path / "new")])
    needs = ("PyJWT==2.6.0", "time-machine>=2.14", "cryptography>=41")
    older = [one._replace(needs=needs) if one.name == "pyjwt" else one for one in registry.LIBRARIES]
    monkeypatch.setattr(registry, "LIBRARIES", tuple(older))
    main([*arguments, "--out", str(tmp_path / "old")])
    code, out, _ = call("diff", tmp_path / "old", tmp_path / "new", "--json")
    found = json.loads(out)
    schema = Path(render.__file__).parent / "schema" / "diff.schema.json"
    jsonschema.Draft202012Validator(json.loads(schema.read_text("utf-8"))).validate(found)
    (version,) = found["versions"]
    assert version["before"].startswith("2.6.0, ")

    before, after = (plain_outcomes(tmp_path / name / "results.jsonl") for name in ("old", "new"))
    differ = {place for place in before if before[place] != after[place]}
    named = {(one["case"], one["implementation"]) for one in found["changes"]
             if one.get("case") and one["kind"] != "judged otherwise"}  # fmt: skip
    assert named == differ
    # What its change log tells of the time between: crit, sub, jti, infinite times, empty keys and JWKs.
    kinds = {one["case"]: one["kind"] for one in found["changes"] if one.get("case")}
    for case in ("crit.unknown", "other.sub-number", "other.jti-number", "key.empty", "exp.infinity"):
        assert kinds[case] == "mended", case
    assert kinds["key.jwk"] == "regression"
    assert kinds["key.pem-pkcs1"] == "judged otherwise", "2.6.0 refuses it too; its ledger says nothing"
    assert code == 1

    docs = (Path(__file__).resolve().parents[3] / "docs" / "reports.md").read_text("utf-8")
    shown = {without_error(line.strip()) for line in docs.splitlines() if line.startswith(PREFIX)}
    assert len(shown) == 6
    monkeypatch.setenv("COLUMNS", "2000")
    lines = call("diff", tmp_path / "old", tmp_path / "new")[1].splitlines()
    assert shown <= {without_error(line.strip()) for line in lines}


def without_error(line):
    """Leave out the library's own words, which another version may choose anew."""
    return line.partition("): ")[0]
