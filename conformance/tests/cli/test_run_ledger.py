"""`slurm-jwt run` with a ledger and a baseline of the user's own, and reports that are not replaced."""

from __future__ import annotations

import sys
import tomllib

import pytest

from slurm_jwt_conformance.adapters import NotInstalled, registry
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.harness import choice
from slurm_jwt_reports.stream.reader import read

TAKES_ALL_BUT_NONSENSE = """
import base64, hmac, json, sys

for line in sys.stdin:
    asked = json.loads(line)
    if asked["op"] == "start":
        said = {"protocol": 2, "library": "fake", "version": "1-odd", "language": "Python",
                "roles": ["verifier"], "clock": "argument", "not_checked": []}
    elif asked["op"] == "stop":
        break
    else:
        signed, _, signature = asked.get("token", "").encode().rpartition(b".")
        mac = hmac.digest(base64.b64decode(asked["key_base64"]), signed, "sha256")
        good = base64.urlsafe_b64encode(mac).rstrip(b"=") == signature
        good = good and '"expired"' not in json.dumps(asked["id"])
        said = {"id": asked["id"], "outcome": "accept" if good else "reject"}
        if not good:
            said["error"] = "Refused: no"
    print(json.dumps(said), flush=True)
"""


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """Call `slurm-jwt run` for one program named mylib; give (exit code, stdout, stderr)."""
    (tmp_path / "adapter.py").write_text(TAKES_ALL_BUT_NONSENSE)
    monkeypatch.chdir(tmp_path)

    def call(*arguments, name="mylib"):
        words = ["-i", f"{name}=cmd:{sys.executable} adapter.py", "--quiet", *arguments]
        code = main(["run", *words])
        return (code, *capsys.readouterr())

    return call


def filled(text):
    return text.replace("TODO: write why it differs", "It checks the MAC only.").replace(
        "TODO", "example.org"
    )


@pytest.mark.program
def test_a_draft_with_its_reasons_written_makes_the_next_run_pass(run, tmp_path):
    assert run("-k", "exp.*", "-k", "typ.*", "--ledger-draft", "mylib.toml")[0] == 1
    text = (tmp_path / "mylib.toml").read_text()
    entries = tomllib.loads(text)["case"]
    failed = {case for (case, _), one in _results(tmp_path).outcomes.items() if one.status == "fail"}
    assert {case for entry in entries for case in entry["cases"]} == failed
    assert {name for entry in entries for name in entry["implementations"]} == {"mylib"}
    assert {entry["versions"] for entry in entries} == {"===1-odd"}

    code, _, err = run("-k", "exp.*", "-k", "typ.*", "--ledger", "mylib.toml")
    assert (code, "still TODO" in err) == (2, True)

    (tmp_path / "mylib.toml").write_text(filled(text))
    code, out, _ = run("-k", "exp.*", "-k", "typ.*", "--ledger", "mylib.toml")
    assert (code, "nothing new" in out) == (0, True)
    statuses = {one.status for (case, _), one in _results(tmp_path).outcomes.items() if case in failed}
    assert statuses == {"known"}


def _results(tmp_path):
    return read(tmp_path / "slurm-jwt-report-partial" / "results.jsonl")


@pytest.mark.program
def test_a_draft_has_the_class_that_the_documents_suggest(run, tmp_path):
    run("-k", "exp.missing", "-k", "exp.false", "--ledger-draft", "d.toml")
    classes = {
        case: entry["class"]
        for entry in tomllib.loads((tmp_path / "d.toml").read_text())["case"]
        for case in entry["cases"]
    }
    assert classes == {"exp.false": "RFC violation", "exp.missing": "Slurm profile"}


@pytest.mark.program
def test_a_draft_replaces_no_file(run, tmp_path):
    (tmp_path / "mylib.toml").write_text("# mine\n")
    code, _, err = run("-k", "exp.false", "--ledger-draft", "mylib.toml")
    assert (code, "mylib.toml" in err) == (2, True)
    assert (tmp_path / "mylib.toml").read_text() == "# mine\n"


@pytest.mark.program
def test_a_stale_entry_of_the_users_ledger_is_an_error(run, tmp_path):
    run("-k", "exp.false", "--ledger-draft", "mylib.toml")
    text = filled((tmp_path / "mylib.toml").read_text())
    (tmp_path / "mylib.toml").write_text(text.replace('outcome = "accept"', 'outcome = "crash"'))
    code, out, _ = run("-k", "exp.false", "--ledger", "mylib.toml")
    assert code == 1
    assert "1 stale entry of the ledger" in out


@pytest.mark.parametrize("name", ["cmd:./adapter --token x", "pyjwt:carefull", "slurmctld:1.0"])
def test_a_ledger_names_implementations_and_no_command_line(run, tmp_path, name):
    entry = f"""
[[case]]
cases = ["exp.false"]
implementations = ["{name}"]
versions = ">=1"
outcome = "accept"
class = "RFC violation"
reason = "It does."
link = "https://example.org"
"""
    (tmp_path / "own.toml").write_text(entry)
    code, _, err = run("-k", "exp.false", "--ledger", "own.toml")
    assert (code, "unknown implementation" in err) == (2, True)


@pytest.mark.program
def test_the_baseline_decides_the_exit_code(run):
    assert run("-k", "exp.*", "--out", "old")[0] == 1
    code, out, _ = run("-k", "exp.*", "--baseline", "old/results.jsonl")
    assert (code, "as in the baseline" in out) == (0, True)
    code, out, _ = run("-k", "exp.*", "-k", "typ.*", "--baseline", "old/results.jsonl")
    assert (code, "that the baseline does not have" in out) == (1, True)


@pytest.mark.program
def test_a_run_of_some_cases_does_not_replace_the_report_of_all(run, tmp_path, monkeypatch):
    two = choice.Selection({name: choice.suite().cases[name] for name in ("exp.false", "exp.true")}, {})
    monkeypatch.setattr(choice, "choose", lambda patterns: two if not patterns else chosen(patterns))
    monkeypatch.setattr(choice, "suite_cases", lambda: 2)

    def chosen(patterns):
        return choice.Selection({patterns[0]: two.cases[patterns[0]]}, {})

    run()
    whole = (tmp_path / "slurm-jwt-report" / "results.jsonl").read_bytes()
    run("-k", "exp.false")
    assert len(_results(tmp_path).cases) == 1
    code, _, err = run("-k", "exp.false", "--out", "slurm-jwt-report")
    assert (code, "2 cases, and this run has 1" in err) == (2, True)
    assert (tmp_path / "slurm-jwt-report" / "results.jsonl").read_bytes() == whole
    assert run("-k", "exp.false", "--out", "slurm-jwt-report", "--overwrite")[0] == 1
    assert len(read(tmp_path / "slurm-jwt-report" / "results.jsonl").cases) == 1


@pytest.mark.program
def test_a_library_that_cannot_be_prepared_is_an_answer_of_its_own(tmp_path, capsys, monkeypatch):
    real = registry.start

    def start(name, *arguments, **options):
        if name.startswith("gehirn-jwt"):
            raise NotInstalled(name, "could not be prepared: no network")
        return real(name, *arguments, **options)

    monkeypatch.setattr(registry, "start", start)
    others = ("pyjwt", "authlib", "jwcrypto", "joserfc", "python-jose", "slurmctld:*", "*:defaults")
    report = ["--out", str(tmp_path / "report"), "-k", "exp.false", "--quiet"]
    report += [f"--exclude={name}" for name in others]
    assert main(["run", *report]) == 1
    out = capsys.readouterr().out
    assert "1 implementation not checked:\n  gehirn-jwt:careful: could not be prepared: no network" in out
    for file in ("index.html", "junit.xml", "summary.md"):
        assert "could not be prepared: no network" in (tmp_path / "report" / file).read_text()
    assert main(["run", *report, "--exclude", "gehirn-jwt*"]) == 0


def test_to_exclude_everything_is_a_wrong_call(capsys):
    assert main(["run", "-i", "reference", "--exclude", "reference"]) == 2
    assert "--exclude" in capsys.readouterr().err
