"""Checks that no configuration brings about by itself: libjwt, the clock, the environment, daemons."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from slurm_jwt.config.grammar import Unreadable
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.processes import Mapped, Running
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor import checks, compare
from slurm_jwt_conformance.site.doctor.catalogue import RULES
from slurm_jwt_conformance.site.doctor.checks import grammar
from slurm_jwt_conformance.site.doctor.checks.lifespan import atoi
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_reports.problems import Problem
from support.made_up_site import File, MadeUpHost, made_up_machine

CONF = """\
ClusterName=lab
SlurmctldHost=localhost
SlurmUser=slurm
StateSaveLocation=/site/state
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=/site/jwt.key,max_token_lifespan=3600
"""
PLUGINS = ("auth_jwt.so", "auth_munge.so")
SLURM = 64030


def site(conf=CONF, *, key=b"k" * 31 + b"\xff", more=()):
    return [
        File("state", None, 0o755, "slurm"),
        File("jwt.key", key, 0o600, "slurm"),
        File("slurm.conf", conf.encode()),
        *more,
    ]


def report(files=None, machine=None, *, release=None, environment=None, plugins=PLUGINS, host=None):
    host = host or MadeUpHost("/site", files or site(), plugins, environment)
    machine = machine or made_up_machine("22.05.8", "1.10.2")
    return diagnose(survey(Options(conf="/site/slurm.conf", release=release), host, machine))


def rules(told):
    return {finding.id for finding in told.findings if finding.level != "note"} - {"lifespan.unlimited"}


def find(told, rule):
    (finding,) = [each for each in told.findings if each.id == rule]
    return finding


def test_a_sound_site_is_sound():
    told = report()
    assert told.findings == ()
    assert told.verdict == "sound"


@pytest.mark.parametrize(
    ("release", "libjwt", "rule", "takes"),
    [
        ("21.08", "2.1.0", None, True),
        ("21.08", "2.1.1", "library.refuses-all", False),
        ("25.11", "2.1.3", "library.refuses-all", False),
        ("26.05", "2.1.3", None, True),
        ("20.11", "2.1.3", None, True),
        ("26.05", "3.2.0", "library.unfit", False),
        ("22.05", "1.9.0", "library.unfit", True),
        ("22.05", "1.10.0", None, True),
    ],
)
def test_libjwt_must_go_with_slurm(release, libjwt, rule, takes):
    told = report(machine=made_up_machine(f"{release}.1", libjwt))
    found = {each for each in rules(told) if each.startswith("library")}
    assert found == ({rule} if rule else set())
    assert told.outlooks[0].takes is takes


def test_an_unknown_libjwt_is_not_passed():
    told = report(machine=made_up_machine("22.05.8", ""))
    assert told.verdict == "incomplete"
    assert told.outlooks[0].takes is None
    assert [each.what for each in told.not_checked if each.decisive] == ["the version of libjwt"]


def test_another_release_than_the_installed_one_is_judged_without_its_plugins():
    told = report(release="24.11")
    assert {each.what for each in told.not_checked if each.decisive} == {"whether auth_jwt.so is installed"}
    assert "the version of libjwt" in {each.what for each in told.not_checked}
    named = report(release="24.11/libjwt2.1.2")
    assert "library.refuses-all" in rules(named)


@pytest.mark.parametrize(
    ("release", "example"),
    [("26.05", "26.05/libjwt1.17.2"), ("20.11", "20.11/libjwt1.10.2"), ("24.11.5", "24.11.5/libjwt1.17.2")],
)
def test_the_example_of_a_release_is_the_named_one(release, example):
    (unchecked,) = [
        each for each in report(release=release).not_checked if each.what == "the version of libjwt"
    ]
    assert unchecked.why == f"name it: --release {example}"


@pytest.mark.parametrize(("release", "starts"), [("23.11", False), ("24.05", True), ("26.05", True)])
def test_slurm_jwks_replaces_slurm_key_from_24_05_on(release, starts):
    plugins = (*PLUGINS, "auth_slurm.so")
    files = site("AuthType=auth/slurm\n" + CONF, more=[File("slurm.jwks", b"{}", 0o600, "slurm")])
    told = report(files, made_up_machine(f"{release}.1", "1.17.2"), plugins=plugins)
    assert told.outlooks[0].starts is starts


def restd_report(text, *, by="--conf"):
    """Examine a site whose slurmrestd has a file of its own."""
    host = MadeUpHost("/site", site(more=[File("slurmrestd.conf", text.encode())]), PLUGINS)
    path = "/site/slurmrestd.conf"
    host.environment = {"SLURM_CONF": path} if by == "SLURM_CONF" else {}
    options = Options(conf=path if by == "--conf" else None)
    found = survey(options, host, made_up_machine("22.05.8", "1.10.2"))
    return found, diagnose(found)


@pytest.mark.parametrize("by", ["--conf", "SLURM_CONF"])
@pytest.mark.parametrize("include", ["include /site/slurm.conf", "Include slurm.conf"])
def test_a_file_of_slurmrestd_leads_to_slurm_conf(include, by):
    found, told = restd_report(f"{include}\nAuthType=auth/jwt\n", by=by)
    assert found.conf.path == "/site/slurm.conf"
    assert rules(told) == set()
    assert told.verdict == "sound"
    note = find(told, "config.slurmrestd")
    assert (note.level, note.place.file, note.place.line) == ("note", "/site/slurmrestd.conf", 2)


def test_slurmrestd_with_munge_refuses_tokens():
    _, told = restd_report("include /site/slurm.conf\nAuthType=auth/munge\n")
    assert find(told, "config.slurmrestd").level == "warning"
    assert told.outlooks[0].takes is True


@pytest.mark.parametrize(
    "text",
    [
        "include /site/slurm.conf\nAuthType=auth/jwt\nSlurmctldPort=6817\n",
        "include /site/slurm.conf\n",
        CONF + "AuthType=auth/jwt\n",
    ],
)
def test_another_file_that_includes_slurm_conf_is_slurmctlds(text):
    found, told = restd_report(text)
    assert found.conf.path == "/site/slurmrestd.conf"
    assert "config.slurmrestd" not in {each.id for each in told.findings}


MEANT = "AuthAltParameters=jwt_key=/site/jwt.key,userclaimfield=upn"


@pytest.mark.parametrize("release", ["22.05.8", "24.11.5", "26.05.5"])
@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("AuthAltParameters = jwt_key = /site/jwt.key, userclaimfield = upn", "config.syntax"),
        ("AuthAltParameters=jwt_key=/site/jwt.key, userclaimfield=upn", "config.syntax"),
        ("AuthAltParameters=jwt_key= /site/jwt.key,userclaimfield=upn", "config.syntax"),
        ('AuthAltParameters="jwt_key = /site/jwt.key, userclaimfield = upn"', "parameters.form"),
        ("AuthAltParameters=jwt_key=/site/jwt.key;userclaimfield=upn", "parameters.form"),
        ("AuthAltParameters=jwt_key=/site/jwt.key,userclaimfield=upn;", "parameters.form"),
        ("AuthAltParameters='jwt_key=/site/jwt.key,userclaimfield=upn'", "parameters.form"),
        ("AuthAltParameters=jwt_key='/site/jwt.key',userclaimfield='upn'", "parameters.form"),
    ],
)
def test_parameters_in_another_form_are_shown_as_slurm_reads_them(line, rule, release):
    conf = re.sub("^AuthAltParameters=.*$", line, CONF, flags=re.MULTILINE)
    told = report(site(conf), made_up_machine(release, "1.17.2"))
    assert find(told, rule).fix.endswith(MEANT)
    assert "parameters.unknown" not in rules(told)
    assert "keygen" not in str(told)


def test_a_missing_key_of_parameters_in_the_right_form_is_made_by_keygen():
    files = [each for each in site() if each.path != "jwt.key"]
    assert "slurm-jwt keygen /site/jwt.key" in find(report(files), "key.missing").fix


def test_another_setting_on_the_line_is_not_a_part_of_the_parameters():
    conf = CONF.replace("max_token_lifespan=3600", "max_token_lifespan=3600 TreeWidth=5")
    told = report(site(conf))
    assert "TreeWidth" not in find(told, "config.syntax").fix


def test_parameters_that_may_hold_a_key_are_not_shown():
    conf = CONF.replace("jwt_key=/site/jwt.key", "jwt_key = 1nUqgEcGxaBWWtQJTgTpvMQx")
    told = report(site(conf))
    assert "nUqg" not in str(told)
    assert "Remove the spaces" in find(told, "config.syntax").fix


def test_a_missing_plugin_stops_the_daemon():
    told = report(plugins=("auth_munge.so",))
    assert find(told, "plugin.missing").effect == "stops"
    assert told.outlooks[0].starts is False


def test_fips_mode_is_told_of():
    assert "host.fips" in rules(report(machine=made_up_machine("22.05.8", "1.10.2")._replace(fips=True)))


DEMANDS = b"openssl_conf = init\n[init]\nalg_section = algs\n[algs]\n default_properties = fips=yes\n"


def under_fips(text, modules=("legacy.so",), key=bytes(32)):
    """Let openssl.cnf say this, with these modules beside it."""
    more = [File("openssl.cnf", text), *(File(f"modules/{name}", b"") for name in modules)]
    environment = {"OPENSSL_CONF": "/site/openssl.cnf", "OPENSSL_MODULES": "/site/modules"}
    return report(site(key=key, more=more), environment=environment)


def test_fips_without_a_provider_may_refuse_every_token():
    told = under_fips(DEMANDS)
    found = find(told, "host.fips")
    assert (found.level, found.place.file, found.place.line) == ("error", "/site/openssl.cnf", 5)
    assert told.outlooks[0].takes is None


def test_fips_with_a_provider_wants_fourteen_bytes_of_a_key():
    assert find(under_fips(DEMANDS, ("fips.so",)), "host.fips").level == "warning"
    assert "key.fips" not in rules(under_fips(DEMANDS, ("fips.so",), bytes(14)))
    assert "key.fips" in rules(under_fips(DEMANDS, ("fips.so",), bytes(13)))


@pytest.mark.parametrize(
    "text",
    [b"", b"# default_properties = fips=yes\n", b"default_properties = fips=no\n", b"[fips]\nactivate = 1\n"],
)
def test_an_openssl_that_is_not_held_to_fips_is_no_finding(text):
    assert not {"host.fips", "key.fips"} & rules(under_fips(text, key=bytes(13)))


@pytest.mark.parametrize(
    ("synchronised", "rule"), [(True, None), (False, "clock.unsynchronised"), (None, None)]
)
def test_a_clock_that_nobody_keeps_is_a_warning_and_an_unknown_one_is_not_checked(synchronised, rule):
    told = report(machine=made_up_machine("22.05.8", "1.10.2", synchronised))
    assert rules(told) == ({rule} if rule else set())
    assert ("whether the clock is synchronised" in {each.what for each in told.not_checked}) == (
        synchronised is None
    )


class Dated(MadeUpHost):
    """A host whose files have times and inodes of a test's choice."""

    times: dict[str, float] = {}  # noqa: RUF012 - set by each test on its own instance
    inodes: dict[str, int] = {}  # noqa: RUF012 - as above

    def look(self, path):
        found = super().look(path)
        when = self.times.get(path, 0.0)
        return found._replace(mtime=when, ctime=when, inode=self.inodes.get(path, 77))


def running(**more):
    plain = Running("slurmctld", 5, SLURM, 1000.0, "/site/slurm.conf", False, False, (), "")
    return plain._replace(files=(Mapped("/site/jwt.key", 77, False),))._replace(**more)


def with_daemon(daemon, times=None, inodes=None, conf=CONF):
    host = Dated("/site", site(conf), PLUGINS)
    host.times, host.inodes = times or {}, inodes or {}
    machine = made_up_machine("22.05.8", "1.10.2")._replace(running=(daemon,))
    return report(host=host, machine=machine)


@pytest.mark.parametrize(
    ("daemon", "times", "inodes", "found"),
    [
        (running(), {}, {}, set()),
        (running(), {"/site/slurm.conf": 2000.0}, {}, {"daemon.stale-config"}),
        (running(), {"/site/jwt.key": 2000.0}, {}, {"daemon.key-changed"}),
        (running(), {"/site/jwt.key": 2000.0}, {"/site/jwt.key": 78}, {"daemon.stale-key"}),
        (running(files=(Mapped("/site/jwt.key", 77, True),)), {}, {}, {"daemon.stale-key"}),
        (running(files=()), {}, {}, {"daemon.stale-key"}),
        (running(files=None), {}, {}, set()),
        (running(files=None), {"/site/jwt.key": 2000.0}, {}, {"daemon.key-newer"}),
        (running(replaced=True), {}, {}, {"daemon.replaced"}),
        (running(token=True), {}, {}, {"daemon.token"}),
        (running(conf="/other/slurm.conf", files=()), {}, {}, set()),
        (running(conf=None, files=()), {}, {}, set()),
        (running(uid=2001, token=True, files=()), {}, {}, set()),  # anybody can call a process slurmctld
        (running(name="slurmrestd", files=(), token=True), {}, {}, set()),
    ],
)
def test_a_daemon_that_runs_is_held_against_the_files(daemon, times, inodes, found):
    assert rules(with_daemon(daemon, times, inodes)) == found


def test_a_token_in_the_environment_of_a_daemon_of_auth_jwt_changes_nothing():
    conf = CONF.replace("AuthAltTypes", "AuthType")
    assert rules(with_daemon(running(token=True), conf=conf)) == {"auth.alone"}


def test_a_daemon_that_is_not_seen_is_not_checked():
    assert "what slurmctld has loaded" in {each.what for each in report().not_checked}


def test_without_processes_nothing_is_said_of_daemons():
    told = report(machine=made_up_machine("22.05.8", "1.10.2")._replace(processes_seen=False))
    assert "the slurmctld that runs" in {each.what for each in told.not_checked}


@pytest.mark.parametrize("token", ["a.b.c", "daemon", ""])
def test_a_token_in_this_environment_is_told_of(token):
    finding = find(report(environment={"SLURM_JWT": token}), "environment.token")
    assert ("to the word daemon" in finding.message) == (token == "daemon")
    assert "a.b.c" not in str(finding)


@pytest.mark.parametrize(
    ("path", "text", "line", "severity"),
    [
        ("/etc/default/slurmctld", "# x\nSLURM_JWT=secret\n", 2, "error"),
        ("/etc/profile.d/slurm.sh", "export SLURM_JWT=secret\n", 1, "warning"),
        ("/etc/profile.d/slurm.csh", "  setenv SLURM_JWT secret\n", 1, "warning"),
        ("/etc/systemd/system/slurmctld.service", '[Service]\nEnvironment="SLURM_JWT=secret"\n', 2, "error"),
        ("/etc/environment", "SLURM_JWT=secret", 1, "warning"),
        ("/etc/profile.d/x.sh", "# SLURM_JWT=secret\nunset SLURM_JWT\necho $SLURM_JWT\n", None, ""),
        ("/etc/default/other", "SLURM_JWT=secret\n", None, ""),
    ],
)
def test_files_that_set_a_token_for_everybody_are_found(path, text, line, severity):
    host = MadeUpHost("/site", site(), PLUGINS)
    folder = path.rpartition("/")[0]
    host.files.update({path: File(path, text.encode()), folder: File(folder, None)})
    told = report(host=host)
    found = [(each.place.file, each.place.line, each.level) for each in told.findings if each.place]
    assert found == ([(path, line, severity)] if line else [])
    assert "secret" not in str(told)


@pytest.mark.parametrize(
    ("alt", "rule", "severity"),
    [
        ("max_token_lifespan=0", "lifespan.invalid", "error"),
        ("max_token_lifespan=-5", "lifespan.invalid", "error"),
        ("max_token_lifespan=1d", "lifespan.invalid", "error"),  # atoi() reads 1
        ("max_token_lifespan=0x10", "lifespan.invalid", "error"),  # atoi() reads 0
        ("max_token_lifespan=4294967296", "lifespan.invalid", "error"),  # 0 in 32 bits
        ("max_token_lifespan=+600", None, ""),
        ("max_token_lifespan=99999999", "lifespan.long", "note"),
        ("MAX_TOKEN_LIFESPAN=60", "parameters.unknown", "note"),  # found in any case
        ("userclaimfield=upn", "parameters.unsupported", "warning"),
        ("use_jwt_client_ids", "parameters.unsupported", "warning"),
        ("disable_token_creation", None, ""),
    ],
)
def test_parameters_are_held_against_the_release(alt, rule, severity):
    told = report(site(CONF.replace("max_token_lifespan=3600", alt)))
    found = {(each.id, each.level) for each in told.findings if each.id != "lifespan.unlimited"}
    assert found == ({(rule, severity)} if rule else set())


@pytest.mark.parametrize(
    ("value", "read", "meant"),
    [
        ("1h", "1 second", "3600"),
        ("24h", "24 seconds", "86400"),
        ("1d", "1 second", "86400"),
        ("30 min", "30 seconds", "1800"),
        ("1week", "1 second", "604800"),
        ("1-00:00:00", "1 second", "86400"),
        ("24:00:00", "24 seconds", "86400"),
        ("60:00", "60 seconds", ""),  # minutes or hours
        ("1e6", "1 second", ""),
        ("600.5", "600 seconds", ""),
    ],
)
def test_a_lifespan_with_a_unit_is_what_atoi_reads(value, read, meant):
    conf = CONF.replace(
        "jwt_key=/site/jwt.key,max_token_lifespan=3600", f'"jwt_key=/site/jwt.key,max_token_lifespan={value}"'
    )
    found = find(report(site(conf)), "lifespan.invalid")
    assert found.message == f"max_token_lifespan: {value} is read as {read}."
    assert found.fix == (
        f"Write {meant}: max_token_lifespan={meant}" if meant else "Write whole seconds, without a unit."
    )


def test_a_text_in_the_place_of_a_lifespan_is_not_shown():
    conf = CONF.replace("=3600", "=1nUqgEcGxaBWWtQJTgTpvMQx")
    assert "nUqg" not in find(report(site(conf)), "lifespan.invalid").message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1h", 1), (" 7", 7), ("-5", -5), ("h", 0), ("2147483648", -2147483648), ("4294967297", 1),
        ("99999999999999999999", -1), ("\u0663", 0),
    ],
)  # fmt: skip
def test_atoi_reads_numbers_as_the_c_library(value, seconds):
    assert atoi(value) == seconds


def test_a_key_that_cannot_be_looked_at_is_not_passed():
    class Closed(MadeUpHost):
        def look(self, path):
            found = super().look(path)
            return found._replace(state="denied") if path.endswith("jwt.key") else found

    told = report(host=Closed("/site", site(), PLUGINS))
    assert told.verdict == "incomplete"
    assert told.outlooks[0].starts is None


def test_a_configuration_that_others_may_change_is_an_error():
    files = [each._replace(mode=0o666) if each.path == "slurm.conf" else each for each in site()]
    assert "config.open" in rules(report(files))


def test_slurmdbd_elsewhere_is_left_to_compare():
    told = report(site(CONF + "AccountingStorageType=accounting_storage/slurmdbd\n"))
    (left,) = [each for each in told.not_checked if "--compare" in each.why]
    assert not left.decisive
    assert told.verdict == "sound"


def test_a_slurmdbd_conf_that_may_not_be_read_is_not_passed():
    class Closed(MadeUpHost):
        def read(self, path, limit=1 << 24):
            if path.endswith("slurmdbd.conf"):
                raise Unreadable("denied", "this user may not read it")
            return super().read(path, limit)

    told = report(host=Closed("/site", site(more=[File("slurmdbd.conf", b"x", 0o600, "slurm")]), PLUGINS))
    assert told.verdict == "incomplete"
    assert told.outlooks[0].starts is True


@pytest.mark.parametrize(
    ("slurm", "release", "text"),
    [
        ("", None, "unknown"),
        ("27.11.0", None, "27.11"),
        ("22.05.8", "9.9", "9.9"),
        ("22.05.8", "24.11/jansson", "slash"),
    ],
)
def test_a_release_that_is_not_known_is_a_problem(slurm, release, text):
    with pytest.raises(Problem) as caught:
        report(machine=made_up_machine(slurm, ""), release=release)
    assert text in caught.value.what
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("uid", "owner", "believed"), [(0, "alice", True), (2001, "root", True), (2001, "alice", False)]
)
def test_a_process_that_anybody_can_start_does_not_name_the_configuration(uid, owner, believed):
    host = MadeUpHost("/site", site(), PLUGINS)
    host.folders = ("/site",)
    other = CONF.replace("ClusterName=lab", "ClusterName=evil").encode()
    host.files.update(
        {"/other/slurm.conf": File("", other, 0o644, owner), "/other": File("", None, 0o755, owner)}
    )
    daemon = running(uid=uid, conf="/other/slurm.conf")
    machine = made_up_machine("22.05.8", "1.10.2")._replace(running=(daemon,))
    found = survey(Options(), host, machine)
    assert found.conf.path == ("/other/slurm.conf" if believed else "/site/slurm.conf")


@pytest.mark.parametrize("why", ["denied", "too large", "changing", "failed"])
def test_a_file_to_include_that_cannot_be_read_here_leaves_the_outlook_open(why):
    class Closed(MadeUpHost):
        def read(self, path, limit=1 << 24):
            if path.endswith("more.conf"):
                raise Unreadable(why, "no")
            return super().read(path, limit)

    told = report(host=Closed("/site", site(CONF + "Include more.conf\n"), PLUGINS))
    finding = find(told, "config.include")
    assert (finding.level, finding.effect) == ("warning", "may stop")
    assert "for a minute" not in finding.cause
    assert told.outlooks[0].starts is None


def rules_in_sources():
    """Every rule id that a check or the comparison can give, read from their sources."""
    folder = Path(checks.__file__).parent
    found = set()
    for path in [*sorted(folder.glob("*.py")), Path(compare.__file__)]:
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        found |= {
            node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    found |= {words.rule for words in grammar._WORDS.values()}
    return {text for text in found if re.fullmatch(r"[a-z]+\.[a-z-]+", text) and not text.endswith(".conf")}


def test_the_catalogue_holds_every_rule_and_no_other():
    assert rules_in_sources() == set(RULES)
