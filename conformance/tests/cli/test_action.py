"""The GitHub Action and the pre-commit hooks: well-formed by their owners' schemas, and their steps run."""

from __future__ import annotations

import base64
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from slurm_jwt import Issuer
from slurm_jwt_reports.stream.reader import read

pytestmark = pytest.mark.program

ROOT = Path(__file__).resolve().parents[3]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
KEY = bytes(range(32))
TOKEN = Issuer(KEY).issue("alice", now=1893456000)
NOW = "1893456001"
ASKED = f"--now {NOW} --release 24.11 --passwd none"


def command(*words):
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_action_keeps_the_schema_of_actions():
    done = command("check_jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hooks_are_what_pre_commit_takes():
    done = command("pre_commit", "validate-manifest", ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_input_is_a_part_of_a_script():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_every_input_and_output_is_used():
    values = [value for step in ACTION["runs"]["steps"] for value in step["env"].values()]
    for name in ACTION["inputs"]:
        assert f"${{{{ inputs.{name} }}}}" in values, name
    script = ACTION["runs"]["steps"][-1]["run"]
    assert all(f'"{name}=' in script for name in ACTION["outputs"])


class Runner:
    """As much of GitHub's runner as a composite action sees."""

    def __init__(self, folder):
        self.folder = folder
        self.summary, self.output, self.temp = folder / "summary", folder / "output", folder / "temp"
        self.temp.mkdir()
        for file in (self.summary, self.output):
            file.touch()

    def step(self, name, **inputs):
        (step,) = [step for step in ACTION["runs"]["steps"] if step["name"] == name]
        defaults = {key: one.get("default", "") for key, one in ACTION["inputs"].items()}
        values = {f"${{{{ inputs.{key} }}}}": text for key, text in (defaults | inputs).items()}
        values["${{ github.action_path }}"] = str(ROOT)
        given = {variable: values[text] for variable, text in step["env"].items()}
        github = {
            "RUNNER_TEMP": self.temp, "GITHUB_STEP_SUMMARY": self.summary, "GITHUB_OUTPUT": self.output,
        }  # fmt: skip
        script = self.folder / "step.sh"
        script.write_text(step["run"])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            env={**os.environ, **{key: str(path) for key, path in github.items()}, **given},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def outputs(self):
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def runner(tmp_path):
    """Give a runner on which the Install step has left this very environment."""
    made = Runner(tmp_path)
    bin_folder = made.temp / "slurm-jwt" / "bin"
    bin_folder.mkdir(parents=True)
    for name, words in {"python": "", "slurm-jwt": " -m slurm_jwt_conformance"}.items():
        program = bin_folder / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)}{words} "$@"\n')
        program.chmod(0o755)
    return made


@pytest.mark.parametrize(("command", "extra"), [("run", "[libraries]"), ("check", "")])
def test_install_makes_an_environment_of_the_action_itself(tmp_path, command, extra):
    made = Runner(tmp_path)
    python = tmp_path / "python"
    log = tmp_path / "log"
    python.write_text(
        f'#!/bin/sh\necho "$@" >>{log}\nmkdir -p "$3/bin"; [ "$2" != venv ] || cp "$0" "$3/bin/python"\n'
    )
    python.chmod(0o755)
    done = made.step("Install", python=str(python), command=command)
    assert done.returncode == 0, done.stderr
    first, second = log.read_text().splitlines()
    assert first == f"-m venv {made.temp}/slurm-jwt"
    assert second.startswith("-m pip install")
    assert second.endswith(f" {ROOT}{extra}")


def test_run_publishes_the_summary_and_gives_its_exit_code(runner):
    done = runner.step("Run", arguments="-i reference -k 'exp.*' --quiet", out="my report")
    assert done.returncode == 0, done.stderr
    assert runner.outputs() == {"report": "my report", "exit-code": "0"}
    assert "## Slurm JWT conformance" in runner.summary.read_text()
    names = {path.name for path in (runner.folder / "my report").iterdir()}
    assert names == {
        "results.jsonl", "index.html", "junit.xml", "summary.md", "results.sarif", "badge.json",
    }  # fmt: skip
    assert {case.partition(".")[0] for case in read(runner.folder / "my report" / "results.jsonl").cases} == {
        "exp"
    }


def test_run_compares_with_a_baseline_even_if_it_replaces_it(runner):
    arguments = "-i reference -k exp.missing --quiet"
    runner.step("Run", arguments=arguments)
    stream = runner.folder / "slurm-jwt-report" / "results.jsonl"
    better = stream.read_text().replace(
        '"outcome":"reject","status":"pass"', '"outcome":"accept","status":"fail"'
    )
    stream.write_text(better.replace('"counts":{"pass":1}', '"counts":{"fail":1}'))
    done = runner.step("Run", arguments=arguments, baseline="slurm-jwt-report/results.jsonl")
    assert done.returncode == 0, done.stderr
    assert "1 mended" in runner.summary.read_text()
    assert "Since last time" in (runner.folder / "slurm-jwt-report" / "index.html").read_text()


def test_a_wrong_call_fails_the_step_with_its_exit_code(runner):
    done = runner.step("Run", arguments="-i pyjtw")
    assert done.returncode == 2
    assert "pyjwt" in done.stderr
    assert runner.outputs()["exit-code"] == "2"
    assert runner.step("Run", command="publish").returncode == 2


def test_arguments_are_words_and_nothing_that_runs(runner):
    done = runner.step("Run", arguments="-i reference -k '$(touch hit)' -k '`touch hit`; touch hit'")
    assert done.returncode == 2
    assert not (runner.folder / "hit").exists()
    assert wrong_call(runner, arguments="'unbalanced")


def wrong_call(runner, **inputs):
    """Run the step; tell whether it ended as a wrong call, for the runner and for later steps alike."""
    runner.output.write_text("")
    done = runner.step("Run", **inputs)
    return done.returncode == 2 and runner.outputs() == {"exit-code": "2"}


def test_a_baseline_that_is_missing_is_a_wrong_call(runner):
    assert wrong_call(runner, arguments="-i reference -k exp.missing --quiet", baseline="none.jsonl")
    assert not (runner.folder / "slurm-jwt-report").exists()


def test_a_command_that_does_not_exist_is_a_wrong_call(runner):
    assert wrong_call(runner, command="prepare")


@pytest.mark.parametrize("text", ["!!", "AAAA\n====x", "a"])
def test_a_key_that_is_not_base64_is_a_wrong_call(runner, text):
    assert wrong_call(runner, command="check", arguments=ASKED, token=TOKEN, **{"key-base64": text})


@pytest.mark.parametrize("end", ["\nexit-code=0", "\r\nmore=1", "\n"])
def test_a_line_break_in_out_adds_no_output(runner, end):
    assert wrong_call(runner, arguments="-i reference -k exp.missing --quiet", out=f"report{end}")


def check(runner, **inputs):
    key = base64.b64encode(KEY).decode()
    return runner.step(
        "Run",
        **{
            "command": "check",
            "arguments": f"--now {NOW} --release 24.11 --passwd none",
            "token": TOKEN,
            "key-base64": key,
        }
        | inputs,
    )


def test_check_judges_the_token_and_leaves_no_key(runner):
    done = check(runner)
    assert done.returncode == 0, done.stderr
    assert runner.outputs()["exit-code"] == "0"
    assert "    pass: Token of" in runner.summary.read_text()
    assert [path.name for path in runner.temp.iterdir()] == ["slurm-jwt"]
    written = done.stdout + done.stderr + runner.summary.read_text() + runner.output.read_text()
    assert TOKEN not in written
    assert TOKEN.rpartition(".")[2] not in written


def test_check_of_a_bad_token_fails_the_step_and_says_why(runner):
    done = check(runner, **{"key-base64": base64.b64encode(bytes(32)).decode()})
    assert done.returncode == 1
    assert runner.outputs()["exit-code"] == "1"
    assert "signature.match" in runner.summary.read_text()


def test_what_a_token_says_is_no_command_to_the_runner(runner):
    done = check(runner)
    first, *_, last = done.stdout.splitlines()
    assert first.startswith("::stop-commands::")
    assert last == f"::{first.removeprefix('::stop-commands::')}::"


def hook(name, *arguments, cwd):
    (found,) = [one for one in HOOKS if one["id"] == name]
    own = shlex.split(found["entry"])
    path = f"{cwd / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        [*own, *arguments],
        cwd=cwd,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def repository(tmp_path):
    """Give a folder with a good and a broken token, and the command on its PATH."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "slurm-jwt"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m slurm_jwt_conformance "$@"\n')
    program.chmod(0o755)
    (tmp_path / "key").write_bytes(KEY)
    (tmp_path / "good.jwt").write_text(TOKEN)
    (tmp_path / "with blank.jwt").write_text(TOKEN)
    (tmp_path / "bad.jwt").write_text(TOKEN[:-3])
    return tmp_path


def test_the_check_hook_judges_every_file(repository):
    options = ("--now", NOW, "--key-file", "key", "--release", "24.11", "--passwd", "none", "--")
    assert hook("slurm-jwt-check", *options, "good.jwt", "with blank.jwt", cwd=repository).returncode == 0
    done = hook("slurm-jwt-check", *options, "bad.jwt", "good.jwt", cwd=repository)
    assert done.returncode == 1
    assert "signature.match" in done.stdout
    assert "good.jwt" in done.stdout
    assert hook("slurm-jwt-check", *options, cwd=repository).returncode == 0


def test_the_check_hook_says_what_is_wrong_with_its_args(repository):
    done = hook("slurm-jwt-check", "--now", NOW, cwd=repository)
    assert (done.returncode, done.stderr) == (2, "args must end with --\n")


def test_the_run_hook_runs(repository):
    done = hook("slurm-jwt-run", "-i", "reference", "-k", "alg.none", "--json", cwd=repository)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["exit"] == 0
    shutil.rmtree(repository / "slurm-jwt-report-partial")


def nightly():
    """Give the script for cron out of docs/ci.md."""
    lines = (ROOT / "docs" / "ci.md").read_text("utf-8").splitlines()
    start = lines.index("    #!/bin/sh")
    return "\n".join(line.removeprefix("    ") for line in lines[start:])


def test_the_script_for_cron_speaks_only_where_something_got_worse(repository):
    """PyJWT refuses a JWK as key; a last night in which it took one makes that a regression."""

    def night():
        script = nightly().replace("/var/lib/slurm-jwt", str(repository))
        script = script.replace("run --quiet", "run --quiet -i pyjwt:careful -k key.jwk")
        path = f"{repository / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "-c", script],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    for _ in range(2):
        quiet = night()
        assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    stream = repository / "last" / "results.jsonl"
    events = [json.loads(line) for line in stream.read_text().splitlines()]
    better = {"outcome": "accept", "status": "pass", "deviation": None}
    events = [one | better if one["event"] == "outcome" else one for one in events if one["event"] != "end"]
    stream.write_text("".join(json.dumps(one) + "\n" for one in events))
    loud = night()
    assert loud.returncode == 1
    assert "`pyjwt:careful`, `key.jwk`: accept (as documented) -> reject" in " ".join(loud.stdout.split())
    assert night().returncode == 0, "it is told once"
    stream.write_text("broken\n")
    assert night().returncode == 2


def test_the_docs_name_only_what_there_is():
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    for one in HOOKS:
        assert f"id: {one['id']}" in text
    named = {line.strip().partition(":")[0] for line in text.splitlines() if line.startswith(" " * 14)}
    assert named <= set(ACTION["inputs"]), "inputs of the action"


def workflows():
    """Give the examples of docs/ci.md that are YAML, each by its first line."""
    blocks, block = {}, []
    for line in [*(ROOT / "docs" / "ci.md").read_text("utf-8").splitlines(), "end"]:
        if line.startswith("    ") or (block and not line):
            block.append(line.removeprefix("    "))
        elif block:
            blocks[block[0].strip()] = "\n".join(block) + "\n"
            block = []
    return blocks


def test_the_workflow_in_the_docs_keeps_the_schema_of_workflows_and_leaves_nothing_to_guess(tmp_path):
    found = workflows()
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(f"on: [push]\n{found['permissions: {contents: read}']}")
    done = command("check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow))
    assert done.returncode == 0, done.stdout + done.stderr
    steps = yaml.safe_load(workflow.read_text())["jobs"]["slurm-jwt"]["steps"]
    assert [one["uses"] for one in steps][2] == "./" + steps[1]["with"]["path"]
    gitlab = tmp_path / "gitlab.yml"
    gitlab.write_text(found["slurm-jwt:"])
    done = command("check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(gitlab))
    assert done.returncode == 0, done.stdout + done.stderr
    (hooks,) = yaml.safe_load(found["repos:"])["repos"]
    assert {one["id"] for one in hooks["hooks"]} == {one["id"] for one in HOOKS}
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    assert "OWNER" not in text
