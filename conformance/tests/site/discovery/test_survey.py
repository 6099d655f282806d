"""What the survey finds of a cluster by itself, in made-up places with real files."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from slurm_jwt.strict.keys import fingerprint
from slurm_jwt_conformance.site.discovery import packages, processes, programs, users
from slurm_jwt_conformance.site.discovery.host import Host
from slurm_jwt_conformance.site.discovery.machine import Machine
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.parameters import effective
from slurm_jwt_conformance.site.discovery.processes import Running
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_reports.problems import Problem
from support.made_up_site import made_up_machine

KEY = bytes(range(32))
OTHER = bytes(range(32, 64))


class Place:
    """A made-up root: folders where slurm.conf may be, an environment, an installed Slurm."""

    def __init__(self, root):
        self.root = root
        self.etc = root / "etc"
        self.etc.mkdir()
        self.state = root / "state"
        self.state.mkdir()
        self.environment = {}
        self.machine = made_up_machine("", "")

    def conf(self, text, name="slurm.conf"):
        path = self.etc / name
        path.write_text(text.replace("STATE", str(self.state)).replace("ETC", str(self.etc)))
        return str(path)

    def key(self, content=KEY, name="jwt_hs256.key"):
        path = self.state / name
        path.write_bytes(content)
        return str(path)

    def found(self, **options):
        host = Host()
        host.folders = (str(self.root / "nowhere"), str(self.etc))
        host.environment = self.environment
        return survey(Options(**options), host, self.machine)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_nothing_there_is_nothing_found(place):
    found = place.found()
    assert (found.conf, found.key, found.release, found.parameters, found.problems) == (None,) * 4 + ((),)
    assert found.slurm_user == "slurm"


def test_the_key_is_beside_the_state_and_its_line_is_named(place):
    path = place.conf("ClusterName=lab\n# a comment\nStateSaveLocation=STATE\n")
    place.key()
    found = place.found()
    assert (found.conf.path, found.conf.source) == (path, "the usual place")
    assert found.key.content == KEY
    assert found.key.sentence() == (
        f"{place.state}/jwt_hs256.key, 32 bytes, fingerprint {fingerprint(KEY)}, "
        f"from StateSaveLocation, {path}:3"
    )
    assert found.value("ClusterName") == "lab"


def test_odd_spelling_is_read_as_slurm_reads_it(place):
    place.conf(
        'CLUSTERNAME = "lab"\nInclude ETC/more\n  aUTHaLTtYPES\t=  auth/jwt # on\n'
        "SLURMUSER=\\\nslurmd\nStateSaveLocation=/nowhere\n"
    )
    more = place.conf(
        'statesavelocation = "STATE" \nAuthAltParameters=disable_token_creation,\\\njwt_key=STATE/k\n', "more"
    )
    key = place.key(OTHER, "k")
    found = place.found(release="22.05")
    assert found.key.content == OTHER
    assert found.key.path == key
    assert found.key.source == f"jwt_key= in AuthAltParameters, {more}:3"
    assert found.slurm_user == "slurmd"
    assert found.loads_jwt("22.05")
    assert found.value("ClusterName") == "lab"


@pytest.mark.parametrize(
    ("text", "series", "taken"),
    [
        ("jwt_key=STATE/other", "20.11", OTHER),
        ("JWT_KEY=STATE/other", "20.11", OTHER),  # in any case only here
        ("JWT_KEY=STATE/other", "22.05", KEY),
        ("max_token_lifespan=60, jwt_key=STATE/other", "22.05", OTHER),
        ("max_token_lifespan=60, jwt_key=STATE/other", "24.11", KEY),  # hidden by a blank from 23.11 on
        ("my_jwt_key=STATE/other", "23.02", OTHER),  # anywhere in the text
        ("my_jwt_key=STATE/other", "26.05", KEY),
        ("jwt_key=STATE/other", "20.02", KEY),  # not looked for yet
    ],
)
def test_the_key_is_looked_for_by_the_releases_own_way(place, text, series, taken):
    place.conf(f'StateSaveLocation=STATE\nAuthAltParameters="{text}"\n')
    place.key()
    place.key(OTHER, "other")
    assert place.found(release=series).key.content == taken


def test_the_installed_release_says_by_which_grammar(place):
    place.conf('StateSaveLocation=STATE\nAuthAltParameters="a, jwt_key=STATE/other"\n')
    place.key()
    place.key(OTHER, "other")
    place.machine = made_up_machine("22.05.8", "1.10.2")
    found = place.found()
    assert (found.release.name, found.series, found.key.content) == ("22.05.8/libjwt1.10.2", "22.05", OTHER)
    place.machine = made_up_machine("24.11.5", "1.17.2")
    assert place.found().key.content == KEY


@pytest.mark.parametrize(("debian", "name"), [(True, "1.10.2"), (False, "1.10.2-upstream")])
def test_libjwt_is_the_upstream_build_except_on_debian(place, debian, name):
    place.machine = made_up_machine("22.05.8", "1.10.2")._replace(debian=debian)
    assert place.found().release.name == f"22.05.8/libjwt{name}"


def test_a_release_that_is_not_modelled_is_said_and_not_guessed(place):
    place.machine = made_up_machine("19.05.8", "")
    found = place.found()
    assert found.release is None
    assert "19.05.8 is not modelled" in found.problems[0]


def test_jwks_alone_means_that_no_hs256_key_is_loaded(place):
    place.conf("StateSaveLocation=STATE\nAuthAltParameters=jwks=STATE/jwks.json\n")
    place.key()
    key = place.found(release="22.05").key
    assert key.content is None
    assert "loads no HS256 key" in key.sentence()
    assert "jwks= without jwt_key=" in key.source


def test_without_a_state_location_slurms_default_counts(place):
    place.conf("ClusterName=c\n")
    key = place.found().key
    assert key.source.startswith("the default StateSaveLocation: ")
    assert key.content is None or key.path == "/var/spool/jwt_hs256.key"


def test_what_is_named_wins(place, tmp_path):
    place.conf("StateSaveLocation=STATE\nSlurmUser=a\nAuthAltParameters=userclaimfield=x\n")
    other = place.conf("StateSaveLocation=/nowhere\n", "other.conf")
    place.environment["SLURM_CONF"] = other
    place.key()
    named = tmp_path / "named.key"
    named.write_bytes(OTHER)
    found = place.found(key_file=str(named), slurm_user="b", parameters="")
    assert (found.conf.source, found.conf.path) == ("SLURM_CONF", other)
    assert (found.key.content, found.key.source) == (OTHER, "--key-file")
    assert (found.slurm_user, found.parameters) == ("b", "")
    by_option = place.found(conf=str(place.etc / "slurm.conf"))
    assert (by_option.conf.source, by_option.key.content, by_option.slurm_user) == ("--conf", KEY, "a")


def test_both_keys_are_known_where_one_is_named(place, tmp_path):
    place.conf("StateSaveLocation=STATE\n")
    place.key()
    named = tmp_path / "named.key"
    named.write_bytes(OTHER)
    found = place.found(key_file=str(named))
    assert (found.key.content, found.configured.content) == (OTHER, KEY)


def test_no_looking_finds_nothing(place):
    place.conf("StateSaveLocation=STATE\n")
    place.key()
    place.machine = made_up_machine("22.05.8", "1.10.2")
    found = place.found(search=False)
    assert (found.conf, found.key, found.installed) == (None, None, None)


def test_a_conf_that_is_named_and_missing_is_a_problem(place):
    with pytest.raises(Problem) as raised:
        place.found(conf="/nonexistent/slurm.conf")
    assert "/nonexistent/slurm.conf cannot be read" in raised.value.what


@pytest.mark.parametrize("odd", ["folder", "fifo", "missing"])
def test_a_conf_in_the_environment_that_cannot_be_read_is_said(place, odd):
    path = place.root / "odd.conf"
    {"folder": path.mkdir, "fifo": lambda: os.mkfifo(path), "missing": lambda: None}[odd]()
    place.environment["SLURM_CONF"] = str(path)
    place.conf("StateSaveLocation=STATE\n")
    found = place.found()
    assert found.conf is None  # another file than the one that Slurm would read is not taken
    assert f"{path}, which SLURM_CONF names, cannot be read" in found.problems[0]


@pytest.mark.parametrize("odd", ["folder", "fifo", "missing", "empty"])
def test_a_key_that_cannot_be_read_is_said_and_is_no_key(place, odd):
    place.conf("StateSaveLocation=STATE\n")
    path = place.state / "jwt_hs256.key"
    {"folder": path.mkdir, "fifo": lambda: os.mkfifo(path), "missing": lambda: None, "empty": path.touch}[
        odd
    ]()
    key = place.found().key
    assert key.content is None
    assert str(path) in key.problem
    assert key.sentence().startswith("not read: ")


def test_a_key_written_in_place_of_its_path_is_not_shown(place):
    secret = "/Zm9vYmFyY2FuYXJ5Zm9vYmFyY2FuYXJ5Zm9vYmFyY2E"
    place.conf(f"StateSaveLocation=STATE\nAuthAltParameters=jwt_key={secret}\n")
    key = place.found().key
    assert secret not in f"{key.sentence()}{key!r}{key.path}"
    assert "not shown" in key.sentence()


def test_nothing_of_conf_or_key_is_in_a_repr(place):
    place.conf("StateSaveLocation=STATE\nAccountingStoragePass=hunter2\n")
    place.key(b"canary-key-canary-key-canary-key")
    shown = repr(place.found())
    assert "hunter2" not in shown
    assert "canary" not in shown


def test_the_hash_is_that_of_the_files_in_reading_order(place):
    conf = place.conf("ClusterName=c\nInclude ETC/more\nStateSaveLocation=STATE\n")
    more = place.conf("SlurmUser=x\n", "more")
    found = place.found()
    assert found.conf.parsed.files == (conf, more)
    both = b"".join(Path(path).read_bytes() for path in (conf, more))
    assert found.conf.sha256 == hashlib.sha256(both).hexdigest()


def test_where_slurmctld_would_stop_is_said_without_what_stands_there(place):
    path = place.conf("ClusterName=c\nStateSaveLocation=STATE\nHunter2Password=x\nInclude /nonexistent/x \n")
    (trouble,) = place.found(release="24.11").problems
    assert f"{path}:3 (unknown key) and 1 more" in trouble
    assert "Hunter2" not in trouble
    assert place.found().problems == ()  # no release is known by whose table that could be told


def test_settings_are_those_that_a_release_finds(place):
    place.conf('AuthAltParameters="disable_token_creation, userclaimfield=email,max_token_lifespan=600"\n')
    found = place.found()
    assert found.settings("22.05").parameters == {"disable_token_creation": "", "max_token_lifespan": "600"}
    assert found.settings("24.11").parameters["userclaimfield"] == "email"
    assert "userclaimfield" not in found.settings("26.05").parameters  # a blank before it hides it
    assert found.parameter("max_token_lifespan", "24.11") == "600"


def test_a_name_that_no_release_reads_stays_unknown_and_a_secret_there_is_not_shown():
    secret = "Zm9vYmFyY2FuYXJ5Zm9vYmFyY2FuYXJ5Zm9vYmFyY2E"
    assert effective("brand_new=1", "slurm", "24.11").unknown() == ("brand_new",)
    (word,) = effective(secret, "slurm", "24.11").unknown()
    assert word == f"a parameter of {len(secret)} characters"


DPKG = """Package: base-files
Status: install ok installed
Version: 12

Package: slurmctld
Status: {state}
Priority: optional
Version: {slurm}

Package: libjwt0
Status: install ok installed
Version: 1.17.2-1

"""


@pytest.fixture
def debian(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "_OWN_BUILDS", ())
    program = tmp_path / "slurmctld"
    program.touch()
    monkeypatch.setattr(packages, "_PROGRAMS", {str(program): ("slurmctld",)})

    def write(slurm, state="install ok installed", more=""):
        path = tmp_path / "status"
        path.write_text(DPKG.format(slurm=slurm, state=state) + more)
        return str(path)

    return write


@pytest.mark.parametrize(
    ("debian_version", "slurm"),
    [("24.11.5-4", "24.11.5"), ("20.11.7+really20.11.4-2+deb11u1", "20.11.4"), ("1:23.02.7-1", "23.02.7")],
)
def test_the_package_list_names_the_installed_versions(debian, debian_version, slurm):
    assert packages.versions(debian(debian_version)) == (
        (slurm, "package slurmctld"),
        ("1.17.2", "package libjwt0"),
    )


def test_a_package_that_was_removed_is_not_installed(debian):
    assert packages.versions(debian("24.11.5-4", "deinstall ok config-files")) == (None, None)


def test_of_two_libjwt_the_package_list_names_none(debian):
    more = "Package: libjwt2\nStatus: install ok installed\nVersion: 1.18-1\n\n"
    assert packages.versions(debian("24.11.5-4", more=more))[1] is None


def a_daemon(program):
    return Running("slurmctld", 1, 0, 0.0, "", False, False, (), "", program)


@pytest.mark.parametrize("built", ["a usual place", "a running daemon"])
def test_programs_answer_where_slurm_is_not_from_a_package(debian, monkeypatch, tmp_path, built):
    own = tmp_path / "own-slurmctld"
    own.touch()
    monkeypatch.setattr(packages, "DPKG", debian("24.11.5-4"))
    running = ()
    if built == "a usual place":
        monkeypatch.setattr(packages, "_OWN_BUILDS", (str(own),))
    else:
        running = (a_daemon(str(own)),)
    monkeypatch.setattr(processes, "running", lambda: running)
    monkeypatch.setattr(programs, "slurm_version", lambda _: ("25.05.1", "asked"))
    monkeypatch.setattr(programs, "libjwt_version", lambda *_: ("", ""))
    found = survey(Options(), Host(), Machine())
    assert found.installed == ("25.05.1", "", "asked")


def test_a_debian_system_runs_no_program(debian, monkeypatch):
    monkeypatch.setattr(packages, "DPKG", debian("24.11.5-4"))
    monkeypatch.setattr(processes, "running", tuple)
    monkeypatch.setattr(programs, "_output", lambda command: pytest.fail(f"runs {command}"))
    found = survey(Options(), Host(), Machine())
    assert found.installed == ("24.11.5", "1.17.2", "package slurmctld, package libjwt0")
    assert found.release.name == "24.11.5/libjwt1.17.2"


def test_a_host_without_slurm_has_none_and_runs_no_program(monkeypatch):
    monkeypatch.setattr(packages, "_OWN_BUILDS", ())
    monkeypatch.setattr(packages, "_PROGRAMS", {})
    monkeypatch.setattr(processes, "running", tuple)
    monkeypatch.setattr(programs, "_output", lambda command: pytest.fail(f"runs {command}"))
    assert survey(Options(), Host(), Machine()).installed is None


@pytest.mark.slurm
@pytest.mark.usefixtures("host_slurm")
def test_the_package_list_says_what_the_program_says():
    version = packages.versions()[0]
    if version is None:
        if os.environ.get("SLURM_JWT_REQUIRE_SLURM"):
            pytest.fail("no Slurm is installed here")
        pytest.skip("no Slurm is installed here")
    said = subprocess.run(["slurmctld", "-V"], capture_output=True, text=True, check=True).stdout
    assert version[0] in said


def test_users_of_this_host_are_asked_name_by_name():
    own = users.load(None).users
    assert own.by_name.get("root").uid == 0
    assert own.name_of(0) == "root"
    assert "no-such-user-here" not in own.by_name
    for hostile in ("a\0b", "\ud800", "", "x" * 100_000):
        assert own.by_name.get(hostile) is None
    for hostile in (-(10**30), 10**30, 2**32 + 1):
        assert own.by_uid.get(hostile) is None


def test_answers_of_the_user_database_are_kept_in_bounds(monkeypatch):
    monkeypatch.setattr(users, "MOST_KEPT", 10)
    own = users.HostUsers()
    for number in range(35):
        own.by_name.get(f"no-such-user-{number}")
    assert own.by_name._look_up.cache_info().currsize == 10


def test_no_user_database_is_known_to_be_none():
    chosen = users.load("none")
    assert not chosen.known
    assert chosen.users.by_name == {}
