"""The records of the studies: whole, clean, and what Slurm's documents and sources say of each release."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from slurm_jwt_vectors.studies import FOLDER, StudiedRelease, StudyRecord, StudyRow, load_studies
from tools.studies import page, recorder
from tools.studies.__main__ import main
from tools.studies.study import Study, claims_of, first_line, steady, token

DOCS = Path(__file__).resolve().parents[2] / "docs/slurm-studies.md"
SCHEMA = FOLDER.parent / "schema/studies.schema.json"
RECORDS = load_studies()
RELEASES = ("20.11", "22.05", "24.11", "26.05")
KEY = bytes(range(32))


def results(study, row):
    """Return the results of one row in all releases, the oldest first."""
    return [
        next((each.result for each in RECORDS[release].studies[study].rows if each.id == row), None)
        for release in RELEASES
    ]


def test_every_release_holds_every_study():
    assert tuple(RECORDS) == RELEASES
    for record in RECORDS.values():
        assert list(record.studies) == [study.id for study in recorder.STUDIES]
        assert {"slurmctld", "slurmd", "slurmdbd", "slurmrestd"} <= set(record.packages)
        assert any(name.startswith("mariadb-server-core") for name in record.packages)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_records_fit_their_schema(path):
    record = json.loads(path.read_text())
    jsonschema.validate(record, json.loads(SCHEMA.read_text()), cls=jsonschema.Draft202012Validator)
    assert record["release"] == path.stem


@pytest.mark.parametrize(
    "change", [{"x": 1}, {"format": 2}, {"studies": {"Bad id": {}}}, {"recorded": "soon"}]
)
def test_the_schema_refuses_what_is_none(change):
    record = json.loads((FOLDER / "22.05.json").read_text()) | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, json.loads(SCHEMA.read_text()), cls=jsonschema.Draft202012Validator)


def test_rows_are_the_same_questions_in_every_release():
    """A job is sent only where slurmd registers."""
    for study in recorder.STUDIES:
        asked = [{row.id: row.ask for row in RECORDS[each].studies[study.id].rows} for each in RELEASES]
        for release, rows in zip(RELEASES, asked, strict=True):
            assert len(rows) == len(RECORDS[release].studies[study.id].rows), "an id twice"
            assert {name: ask for name, ask in asked[0].items() if name != "job"} == {
                name: ask for name, ask in rows.items() if name != "job"
            }


def test_records_hold_no_token_and_no_machine():
    for path in FOLDER.glob("*.json"):
        text = path.read_text()
        for trace in ("eyJ", "/tmp", "/mnt", "/root", "/home/", "slurm-jwt."):
            assert trace not in text.replace("/slurm-jwt/", "")


# What follows is from Slurm's page, release notes and sources at these releases, not from the records.
ALL, NONE = [True] * 4, [False] * 4


@pytest.mark.parametrize(
    ("row", "working"),
    [
        *((name, ALL) for name in ("sinfo", "squeue", "sbatch", "scancel", "sdiag", "scontrol-token")),
        *((name, ALL) for name in ("sacct", "sacctmgr-show", "salloc", "scontrol-show-job")),
        *((name, NONE) for name in ("srun", "srun-jobid", "sbcast", "sstat")),
        ("srun-in-batch", [False, False, False, True]),  # sbatch leaves SLURM_JWT out since 26.05
        ("srun-in-batch-unset", ALL),
    ],
)
def test_what_works_with_a_token_alone(row, working):
    assert [result == "works" for result in results("token-alone", row)] == working


@pytest.mark.parametrize(
    ("row", "statuses"),
    [
        ("name-and-token", [200, 200, 200, 200]),
        ("token-alone", [401, 401, 200, 200]),  # the name is optional since 23.02
        ("bearer-alone", [401, 401, 200, 200]),  # Bearer since 23.02
        ("bearer-lower-case", [401, 401, 401, 401]),
        ("both", [401, 401, 401, 401]),
        ("both-and-name", [200, 200, 401, 401]),  # refused as ambiguous since 23.02
        ("nothing", [401, 401, 401, 401]),
        ("expired", [500, 500, 511, 511]),
        ("hs512", [200, 500, 511, 511]),  # 20.11 leaves the algorithm to libjwt
        ("unknown-user", [200, 200, 200, 200]),
        ("description-forged", [200, 200, 200, 200]),  # slurmrestd verifies nothing
    ],
)
def test_what_slurmrestd_answers(row, statuses):
    assert [int(result[:3]) for result in results("rest-answers", row)] == statuses


def test_a_ping_takes_a_refusal_for_a_slurmctld_that_is_down():
    assert results("rest-answers", "ping-forged")[2:] == ["200, slurmctld is down"] * 2


@pytest.mark.parametrize(
    ("row", "result"),
    [
        ("root-as-alice", "served as alice (2001)"),
        ("slurm-user-as-alice", "served as alice (2001)"),
        ("alice-as-bob", "refused"),
        ("alice-as-root", "refused"),
        ("zero-as-alice", "served as alice (2001)"),
        ("unknown-as-alice", "refused"),
        ("unknown-as-itself", "served as nobody (99)"),
    ],
)
def test_who_may_speak_for_whom(row, result):
    assert results("impersonation", row) == [result] * 4


@pytest.mark.parametrize(
    ("row", "made"),
    [
        ("own", ["1800 s"] * 4),
        ("own-by-name", [None, "1800 s", "1800 s", "1800 s"]),  # one may name oneself since 22.05
        ("others", [None] * 4),
        ("slurm-user-for-root", ["1800 s"] * 4),
        ("unknown-user", ["1800 s"] * 4),
        ("lifespan-zero", ["1800 s", "1800 s", None, None]),  # atoi up to 22.05, whole numbers since 23.02
        ("lifespan-negative", ["-1 s", "-1 s", None, None]),
        ("lifespan-infinite", ["1800 s", "1800 s", "2147483646 s", "2147483646 s"]),  # since 23.11.2
        ("lifespan-too-large", ["1215752191 s", "1215752191 s", None, None]),
        ("limit-passed", ["601 s", None, None, None]),  # max_token_lifespan since 22.05
        ("limit-root", ["601 s"] * 4),
        ("disabled-own", [None] * 4),
        ("disabled-root", ["1800 s"] * 4),
    ],
)
def test_who_gets_a_token_and_for_how_long(row, made):
    found = [None if each == "refused" else each.rpartition(", ")[2] for each in results("issuing", row)]
    assert found == made


OLD, NEW, NEITHER = "old: accepted, new: refused", "old: refused, new: accepted", "old: refused, new: refused"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("in-place-written", [NEW] * 4),  # the key is the file's own pages, mapped shared
        ("rename-written", [OLD] * 4),
        ("rename-reconfigured", [OLD, OLD, NEW, NEW]),  # reconfigure starts slurmctld anew since 23.11
        ("rename-restarted", [NEW] * 4),
        ("shorter-written", [NEITHER] * 4),
        ("longer-reconfigured", [NEITHER, NEITHER, NEW, NEW]),
        ("emptied-written", ["old: slurmctld ends, SIGBUS"] * 4),
    ],
)
def test_when_a_new_key_counts(row, expected):
    assert results("rotation", row) == expected


@pytest.mark.parametrize(
    ("row", "accepted"),
    [
        ("two-keys-own-token-slurmctld", ALL),
        ("two-keys-own-token-slurmdbd", NONE),
        ("two-keys-other-token-slurmctld", NONE),
        ("two-keys-other-token-slurmdbd", ALL),
        ("same-key-hs512-slurmdbd", [True, False, False, False]),
        ("same-key-username-slurmdbd", [False, True, True, True]),  # username counts since 21.08
        ("no-jwt-token", NONE),
    ],
)
def test_slurmdbd_judges_by_its_own_key(row, accepted):
    assert [result.startswith("accepted") for result in results("dbd-keys", row)] == accepted


def test_slurmdbd_does_not_start_without_a_key():
    assert results("dbd-keys", "no-key-start") == ["slurmdbd ends at its start"] * 4


def test_slurmctld_starts_with_jwt_alone():
    assert results("jwt-alone", "start") == ["starts"] * 4
    assert results("jwt-alone", "good") == ["accepted as alice (2001)"] * 4
    assert results("jwt-alone", "token-without") == ["fails"] * 4


def made_record(*rows, release="22.05", recorded="2026-01-01", **packages):
    study = StudyRecord("A title", "About.", rows)
    return StudiedRelease(1, release, "22.05.8", "1.10.2", packages, recorded, {"a": study})


def test_the_page_lets_nothing_pass_for_markdown():
    hostile = StudyRow(id="x", ask="a | b <script>", result="*x* `y`", message="`` | <b>", log="l")
    text = page.render({"22.05": made_record(hostile)})
    assert "| a \\| b &lt;script> | \\*x\\* \\`y\\` |" in text
    assert "client: ``` `` | <b> ```; log: `l`" in text


def test_the_page_shows_releases_side_by_side_and_what_is_absent():
    one = made_record(StudyRow(id="x", ask="X", result="yes"), StudyRow(id="y", ask="Y", result="no"))
    other = made_record(StudyRow(id="x", ask="X", result="no", reference="maybe"), release="24.11")
    lines = page.render({"22.05": one, "24.11": other}).splitlines()
    assert "|  | 22.05 | 24.11 | reference |" in lines
    assert "| X | yes | no | maybe |" in lines
    assert "| Y | no | - | - |" in lines


def test_differences_name_study_row_and_field():
    before = made_record(
        StudyRow(id="x", ask="X", result="yes"), StudyRow(id="gone", ask="G", result="g"), a="1"
    )
    after = made_record(
        StudyRow(id="x", ask="X", result="no", exit=1), StudyRow(id="new", ask="N", result="n"), a="2"
    )
    told = [str(each) for each in recorder.differences(before, after)]
    assert told == [
        "a.x: result was yes, is no",
        "a.x: exit was None, is 1",
        "a.gone: row was there, is absent",
        "a.new: row was absent, is there",
    ]
    assert recorder.version_changes(before, after) == ["a was 1, is 2"]
    assert recorder.differences(before, before) == []


def test_a_record_that_says_the_same_keeps_its_date(tmp_path):
    row = StudyRow(id="x", ask="X", result="yes", uid=0)
    path = recorder.write(tmp_path, made_record(row))
    first = path.read_bytes()
    assert recorder.write(tmp_path, made_record(row, recorded="2027-01-01")).read_bytes() == first
    assert load_studies(tmp_path) == {"22.05": made_record(row)}
    recorder.write(tmp_path, made_record(msgspec.structs.replace(row, result="no"), recorded="2027-01-01"))
    assert load_studies(tmp_path)["22.05"].recorded == "2027-01-01"
    assert [each.name for each in tmp_path.iterdir()] == ["22.05.json"]


def test_a_damaged_record_is_an_error(tmp_path):
    (tmp_path / "22.05.json").write_text('{"format": 1}')
    with pytest.raises(msgspec.ValidationError):
        load_studies(tmp_path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[2026-11-23T01:00:00.123] error: x: [[localhost]:4711] failed", "error: x: [127.0.0.1:22] failed"),
        ("Granted job allocation 12", "Granted job allocation 7"),
        ("Killing JobId=4, StepId=4.0", "Killing JobId=99, StepId=99.0"),
        ("open /tmp/slurm-jwt.abc123_x/state/log", "open /mnt/state/log"),
        (f"SLURM_JWT={token(KEY).decode()}", f"SLURM_JWT={token(KEY, 'bob').decode()}"),
        ("retry in 1s", "retry in 16s"),
    ],
)
def test_what_changes_from_run_to_run_is_left_out(one, other):
    assert steady(one) == steady(other)


def test_what_matters_is_kept():
    assert steady("exit code 141, uid 2001, REQUEST_PING") == "exit code 141, uid 2001, REQUEST_PING"
    assert steady("a\x1b[31mb\tc") == "a\\x1b[31mb\\tc"
    assert len(steady("x" * 9999)) < 400


def test_the_first_line_is_the_first_text_that_says_something():
    assert first_line("", "\n  \n b \n c") == "b"
    assert first_line("", "\n") is None


def test_tokens_of_the_studies_are_good_ones():
    from slurm_jwt import Verifier

    assert Verifier(KEY).verify(token(KEY)).sun == "alice"
    assert claims_of(token(KEY, None, username="bob")) == {
        "exp": 4102444800,
        "iat": 1577836800,
        "username": "bob",
    }


def test_a_release_that_is_not_here_is_told(capsys):
    assert main(["--release", "19.05"]) == 2
    assert "19.05" in capsys.readouterr().err


@pytest.mark.program
def test_a_recorder_runs_what_it_is_given():
    from slurm_jwt_conformance.lab.install.release import Installation

    found = Installation("22.05", "22.05.8", "1.10.2", {}, None, {}, "/p", None)
    row = StudyRow(id="x", ask="X", result="yes")
    told = []
    study = Study("a", "A title", "About.", lambda installation: (row,) if installation is found else ())
    made = recorder.record(found, today=dt.date(2026, 1, 1), studies=[study], progress=told.append)
    assert made.studies == {"a": StudyRecord("A title", "About.", (row,))}
    assert (made.release, made.recorded, told) == ("22.05", "2026-01-01", ["a: 1 rows"])
