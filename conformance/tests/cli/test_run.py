"""`slurm-jwt run`, as a user calls it: the report it leaves, its exit codes, and how it fails."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.harness import choice
from slurm_jwt_reports.stream.reader import read
from slurm_jwt_vectors import load, load_issuing

SUITE = load()
WAIVERS = """
[[waiver]]
rule = "exp.required"
reason = "Testing."
by = "security officer"
expires = 2099-01-01
"""
ONLY_THE_MAC = """
import base64, hmac, json, sys


def good(token, key):
    signed, _, signature = token.encode().rpartition(b".")
    made = base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=")
    return hmac.compare_digest(made, signature)


for line in sys.stdin:
    asked = json.loads(line)
    match asked["op"]:
        case "start":
            said = {"protocol": 2, "library": "fake", "version": "1", "language": "Python",
                    "roles": ["verifier"], "clock": "argument", "not_checked": []}
        case "stop":
            break
        case _:
            fits = good(asked.get("token", ""), base64.b64decode(asked["key_base64"]))
            fits = fits and '"expired"' not in json.dumps(asked["id"])
            said = {"id": asked["id"], "outcome": "accept" if fits else "reject"}
            if not fits:
                said["error"] = "Refused: no"
    print(json.dumps(said), flush=True)
"""


@pytest.fixture
def run(tmp_path, capsys):
    """Call `slurm-jwt run` with a report folder of its own; give (exit code, stdout, stderr)."""

    def call(*arguments):
        try:
            code = main(["run", "--out", str(tmp_path / "report"), *arguments])
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def adapter(tmp_path):
    """Make a program of these lines, and give the word that names it."""

    def make(text):
        path = tmp_path / "adapter.py"
        path.write_text(text)
        return f"mine=cmd:{sys.executable} {path}"

    return make


@pytest.mark.program
def test_the_reference_does_as_documented_on_every_case(run, tmp_path):
    code, out, _ = run("-i", "reference", "--quiet")
    results = read(tmp_path / "report" / "results.jsonl")
    assert code == 0
    assert "nothing new" in out
    assert results.complete
    assert {case for case, _ in results.outcomes} == {*SUITE.cases, *load_issuing()}
    statuses = {case: outcome.status for (case, _), outcome in results.outcomes.items()}
    assert {statuses[case] for case in SUITE.cases} == {"pass", "either"}
    # the Issuer takes a user and a lifespan: wishes for other claims cannot be put to it
    assert {statuses[case] for case in load_issuing()} == {"pass", "either", "unsupported"}


@pytest.mark.program
def test_the_report_has_all_four_files(run, tmp_path):
    run("-i", "reference", "-k", "alg.*", "--quiet")
    folder = tmp_path / "report"
    assert sorted(path.name for path in folder.iterdir()) == [
        "index.html", "junit.xml", "results.jsonl", "summary.md",
    ]  # fmt: skip
    names = {case.get("name") for case in ET.parse(folder / "junit.xml").iter("testcase")}
    assert {case for case in SUITE.cases if case.startswith("alg.")} <= {str(name) for name in names}
    assert "reference" in (folder / "summary.md").read_text()
    assert "<html" in (folder / "index.html").read_text()


@pytest.mark.program
def test_what_is_new_ends_with_1_and_is_named(run, adapter):
    code, out, _ = run("-i", adapter(ONLY_THE_MAC), "-k", "exp.*")
    assert code == 1
    assert "accepted, though invalid" in out


@pytest.mark.program
def test_json_counts_are_those_of_the_stream(run, tmp_path):
    _, out, _ = run("-i", "pyjwt:careful", "-k", "exp.*", "--json", "--quiet")
    assert json.loads(out)["counts"] == read(tmp_path / "report" / "results.jsonl").counts()


def test_list_names_what_can_be_chosen_and_runs_nothing(run, tmp_path):
    code, out, _ = run("--list")
    assert code == 0
    assert {"pyjwt:careful", "slurmctld:22.05", *SUITE.cases} <= set(out.splitlines())
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-i", "pyjtw"), "pyjwt"),
        (("-i", "nothing-like-it*"), "No implementation matches"),
        (("-k", "alg.non"), "Did you mean alg.none?"),
        (("-i", "cmd:"), "command"),
        (("--out", "/dev/null/report"), "Cannot make the folder"),
        (("--no-such-option",), "unrecognized"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_exits_with_2(run, arguments, message):
    code, _, err = run(*arguments)
    assert code == 2
    assert message in err


@pytest.mark.program
def test_a_broken_adapter_is_the_harness_failing_not_the_library(run, adapter, tmp_path):
    code, out, _ = run("-i", adapter("print('hello')"), "-i", "reference", "-k", "exp.*")
    results = read(tmp_path / "report" / "results.jsonl")
    assert code == 3
    assert "broken" in out
    assert "not an answer of the adapter protocol" in out
    assert [found.kind for found in results.findings] == ["harness"]
    assert {name for _, name in results.outcomes} == {"reference"}


CANARY = "hunter2-canary-of-an-argument"


@pytest.mark.program
@pytest.mark.parametrize("form", ["-i{}", "-i={}", "--implementation={}", "--impl={}"])
def test_the_arguments_of_a_command_are_in_no_output(run, adapter, tmp_path, monkeypatch, form):
    talking = ONLY_THE_MAC.replace(
        '"library": "fake", "version": "1"', '"library": "fake", "version": sys.argv[2]'
    )
    talking = talking.replace('"Refused: no"', 'f"Refused: {sys.argv[2]}"')
    word = form.format(f"{adapter(talking)} --token {CANARY}")
    monkeypatch.setattr("sys.argv", ["slurm-jwt", "run", "-k", "exp.*", word])
    code, out, err = run("-k", "exp.*", word, "--verbose")
    texts = [out, err, *(path.read_text() for path in (tmp_path / "report").iterdir())]
    assert code == 1
    assert not [text for text in texts if CANARY in text or "--token" in text]
    results = read(tmp_path / "report" / "results.jsonl")
    assert {name for _, name in results.outcomes} == {"mine"}
    assert results.header.command.endswith("mine=cmd:...")
    assert results.implementations["mine"].kind == "command"
    assert (results.implementations["mine"].source, results.implementations["mine"].version) == (
        None,
        "[secret]",
    )


@pytest.mark.program
@pytest.mark.parametrize("program", ["./nowhere-at-all", sys.executable])
def test_a_command_that_cannot_take_part_is_shown_by_its_name_alone(run, tmp_path, program):
    code, out, err = run("-i", f"cmd:{program} {CANARY}", "-k", "exp.*", "--verbose")
    texts = [out, err, *(path.read_text() for path in (tmp_path / "report").iterdir())]
    assert code == 3
    assert f"cmd:{Path(program).name}" in out
    assert not [text for text in texts if CANARY in text]


@pytest.mark.program
def test_an_odd_line_costs_one_case_and_is_shown_with_it(run, adapter, tmp_path):
    chatty = ONLY_THE_MAC.replace(
        'said = {"id": asked["id"]',
        'asked["id"] == "exp.false" and print("INFO: fpoo")\n            said = {"id": asked["id"]',
    ).replace("import base64", "import sys; print('a warning', file=sys.stderr)\nimport base64")
    code, _, err = run("-i", adapter(chatty), "-k", "exp.*", "--verbose")
    results = read(tmp_path / "report" / "results.jsonl")
    asked = {case for case in SUITE.cases if case.startswith("exp.")}
    answers = {case: one for (case, _), one in results.outcomes.items() if case in asked}
    assert (code, {*answers}, results.complete) == (1, asked, True)
    assert [case for case, one in answers.items() if one.outcome == "crash"] == ["exp.false"]
    assert "INFO: fpoo" in answers["exp.false"].error
    assert "INFO: fpoo" in next(found.text for found in results.findings if found.case == "exp.false")
    assert "mine: stderr: a warning" in err


@pytest.mark.program
def test_a_verifier_is_not_asked_to_issue(run, adapter, tmp_path):
    run("-i", adapter(ONLY_THE_MAC), "-k", "issue.*", "-k", "exp.false")
    outcomes = read(tmp_path / "report" / "results.jsonl").outcomes
    issued = {one.status: one.reason for (case, _), one in outcomes.items() if case.startswith("issue.")}
    assert issued == {"unsupported": "it is not an issuer of HS256"}


@pytest.mark.program
def test_a_reason_why_something_is_unsupported_is_in_the_report(run, adapter, tmp_path):
    picky = ONLY_THE_MAC.replace(
        '"accept" if fits', '"unsupported" if "base64" in str(asked) and fits else "accept" if fits'
    )
    picky = picky.replace(
        "if not fits:",
        'if said["outcome"][0] == "u":\n                said["reason"] = "no way"\n            if not fits:',
    )
    run("-i", adapter(picky), "-k", "sun-odd.*")
    assert "no way" in (tmp_path / "report" / "index.html").read_text()


@pytest.mark.program
@pytest.mark.parametrize(
    ("option", "place"), [("--start-timeout", "start"), ("--answer-timeout", "exp.false")]
)
def test_the_time_limits_can_be_set(run, adapter, option, place):
    slow = ONLY_THE_MAC.replace(
        "    match asked",
        f"    import time; {place!r} in (asked['op'], asked.get('id')) and time.sleep(2)\n    match asked",
    )
    assert run("-i", adapter(slow), "-k", "exp.false", option, "60")[0] == 1
    code, out, _ = run("-i", adapter(slow), "-k", "exp.false", option, "0.5")
    assert (code, "within 0.5 s" in out) == ((3, True) if place == "start" else (1, True))


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "x", "1e9"])
def test_a_time_limit_is_a_number_of_seconds(run, seconds):
    code, _, err = run("--answer-timeout", seconds, "--list")
    assert code == 2
    assert "is not a number of seconds" in err


def test_a_library_that_is_not_installed_is_named(run, monkeypatch):
    monkeypatch.setattr("slurm_jwt_conformance.adapters.registry.LIBRARIES", _without_python(("jwt==0",)))
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    code, _, err = run("-i", "gehirn-jwt", "-k", "exp.*")
    assert code == 2
    assert "gehirn-jwt" in err
    assert "cannot take part" in err


def _without_python(needs):
    from slurm_jwt_conformance.adapters.registry import LIBRARIES

    return tuple(each._replace(needs=needs) if each.name == "gehirn-jwt" else each for each in LIBRARIES)


def test_a_broken_ledger_is_named_by_file_and_entry(run, monkeypatch, tmp_path):
    folder = tmp_path / "deviations"
    folder.mkdir()
    (folder / "pyjwt.toml").write_text(
        '[[case]]\ncases = ["alg.nona"]\nimplementations = ["pyjwt:careful"]\nversions = ">=2"\n'
        'outcome = "accept"\nclass = "RFC violation"\nreason = "r"\nlink = "https://example.org/"\n'
    )
    monkeypatch.setattr("slurm_jwt_conformance.harness.ledger.FOLDER", folder)
    code, _, err = run("-i", "pyjwt", "-k", "alg.*")
    assert code == 2
    assert "pyjwt.toml, [[case]] 1: unknown case 'alg.nona'" in err


def test_a_damaged_vector_file_is_the_harness_failing(run, monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keys.json").write_text("{")
    monkeypatch.setattr("slurm_jwt_vectors.suite.DATA", tmp_path / "data")
    code, _, err = run("-i", "reference")
    assert code == 3
    assert "vectors cannot be read" in err


@pytest.mark.program
def test_an_implementation_that_is_missing_by_default_is_shown_as_not_run(run, monkeypatch, tmp_path):
    monkeypatch.setattr("slurm_jwt_conformance.adapters.registry.LIBRARIES", _without_python(("jwt==0",)))
    monkeypatch.setattr("slurm_jwt_conformance.adapters.registry.lineup.ids", tuple)
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    run("-k", "alg.none", "--quiet")
    results = read(tmp_path / "report" / "results.jsonl")
    missing = results.implementations["gehirn-jwt:careful"]
    assert missing.status == "not run"
    assert missing.reason
    assert not [name for _, name in results.outcomes if name.startswith("gehirn")]


def _start(tmp_path, *arguments, **options):
    command = [sys.executable, "-m", "slurm_jwt_conformance", "run", "--out", str(tmp_path / "report")]
    return subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


SLOW = ONLY_THE_MAC.replace("import base64", "import time, base64").replace(
    "fits = good", "time.sleep(0.2)\n            fits = good"
)


@pytest.mark.program
def test_a_killed_run_has_no_reports_of_an_earlier_one(run, tmp_path, adapter):
    run("-i", "reference", "-k", "exp.*")
    folder = tmp_path / "report"
    (folder / "results.sarif").write_text('{"mine": 1}')
    assert {"index.html", "junit.xml", "summary.md"} < {path.name for path in folder.iterdir()}
    process = _start(tmp_path, "-i", adapter(SLOW), "-k", "exp.*")
    stream = folder / "results.jsonl"
    while not stream.exists() or "cmd:" not in stream.read_text():
        assert process.poll() is None
        time.sleep(0.1)
    process.kill()
    process.communicate(timeout=60)
    assert {path.name for path in folder.iterdir()} == {"results.jsonl", "results.sarif"}


@pytest.mark.program
def test_a_full_disk_is_said_and_what_was_written_stays_readable(tmp_path):
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    process = _start(tmp_path, "-i", "reference", preexec_fn=small_files)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "cannot be written" in err
    assert "Traceback" not in err
    results = read(tmp_path / "report" / "results.jsonl")
    assert not results.complete
    assert results.header


@pytest.mark.program
def test_help_is_as_light_as_it_can_be():
    script = (
        "import sys; from slurm_jwt_conformance.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'msgspec', 'dataclasses', 'importlib.metadata', 'json', 'hmac', 'jinja2'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'slow imports: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "slurm-jwt run" in done.stdout


def test_every_command_has_help_with_examples(capsys):
    from slurm_jwt_conformance.cli import COMMANDS

    for command in COMMANDS:
        with pytest.raises(SystemExit) as left:
            main([command, "--help"])
        assert left.value.code == 0
        assert "examples:" in capsys.readouterr().out


def test_an_unknown_command_names_the_nearest(capsys):
    assert main(["chekc"]) == 2
    assert "Did you mean check?" in capsys.readouterr().err


def test_choices_keep_their_order_and_count_each_once():
    names = choice.choose_implementations(["pyjwt", "pyjwt:*", "reference"])
    assert names == ("pyjwt:careful", "pyjwt:defaults", "reference")


def test_the_environment_of_the_tests_has_no_token():
    assert "SLURM_JWT" not in os.environ


@pytest.mark.program
def test_a_page_with_waivers_does_not_replace_one_without_them(run, tmp_path):
    policy = tmp_path / "site.toml"
    policy.write_text(WAIVERS)
    words = ("--quiet", "-i", "reference", "-i", "slurmctld:24.11", "-k", "exp.past", "--site", "main")
    page = tmp_path / "report" / "site.html"
    run(*words)
    plain = page.read_bytes()
    code, _, err = run(*words, "--policy", str(policy))
    assert code == 2
    assert "did not waive exp.required" in " ".join(err.split())
    assert page.read_bytes() == plain
    assert run(*words, "--policy", str(policy), "--overwrite")[0] < 2
    assert page.read_bytes() != plain
    assert run(*words, "--policy", str(policy))[0] < 2, "the same waivers again"
    assert run(*words)[0] < 2, "no waivers replace waivers"
