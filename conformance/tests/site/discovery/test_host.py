"""How the doctor looks at a real file system: links, FIFOs, folders, huge and changing files; read-only."""

from __future__ import annotations

import os
import threading

import pytest

from slurm_jwt.config.grammar import Unreadable
from slurm_jwt.strict.keys import KeyFileError
from slurm_jwt_conformance.site.discovery import host as host_module
from slurm_jwt_conformance.site.discovery import packages, processes, programs
from slurm_jwt_conformance.site.discovery.access import may_change, may_enter, may_read, open_folder
from slurm_jwt_conformance.site.discovery.host import Account, Folder, Host, Look
from slurm_jwt_conformance.site.discovery.machine import Machine

HOST = Host()
ALICE = Account("alice", 2001, frozenset({2001, 50}))


def test_a_file_is_told_of_without_opening_it(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"x" * 40)
    path.chmod(0o640)
    look = HOST.look(str(path))
    assert (look.state, look.kind, look.mode, look.size, look.link) == ("there", "file", 0o640, 40, "")
    assert look.uid == os.getuid()
    assert [folder.path for folder in look.folders][:2] == ["/", "/" + tmp_path.parts[1]]
    assert look.folders[-1].path == str(tmp_path)


@pytest.mark.parametrize(
    ("make", "kind", "why"),
    [
        (lambda path: path.mkdir(), "directory", "directory"),
        (os.mkfifo, "FIFO", "special"),
        (lambda path: path.symlink_to("/dev/zero"), "device", "special"),
        (lambda path: path.symlink_to(path), "", "failed"),
        (lambda path: path.symlink_to("nowhere"), "", "missing"),
        (lambda _: None, "", "missing"),
    ],
)
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, make, kind, why):
    path = tmp_path / "thing"
    make(path)
    assert HOST.look(str(path)).kind == kind
    with pytest.raises(Unreadable) as caught:
        HOST.read(str(path))
    assert caught.value.why == why
    with pytest.raises(KeyFileError):
        HOST.key(str(path))


def test_a_path_with_a_nul_is_no_path(tmp_path):
    assert HOST.look(f"{tmp_path}\0x").state == "failed"
    with pytest.raises(Unreadable):
        HOST.read(f"{tmp_path}\0x")
    assert HOST.names(f"{tmp_path}\0x") is None


def test_a_file_of_a_gigabyte_is_not_read(tmp_path):
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(Unreadable, match="1,073,741,824 bytes") as caught:
        HOST.read(str(path))
    assert caught.value.why == "too large"
    with pytest.raises(KeyFileError, match="larger than 1 MiB"):
        HOST.key(str(path))


def test_a_file_that_changes_under_the_reader_is_not_believed(tmp_path, monkeypatch):
    path = tmp_path / "conf"
    path.write_bytes(b"a" * 1000)
    real = os.fstat
    calls = []

    def fstat(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:
            path.write_bytes(b"b" * 1001)
        return real(descriptor)

    monkeypatch.setattr(host_module.os, "fstat", fstat)
    with pytest.raises(Unreadable) as caught:
        HOST.read(str(path))
    assert caught.value.why == "changing"


def test_a_key_that_changes_under_the_reader_is_not_believed(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_bytes(b"a" * 32)
    load = host_module.load_key

    def slow(name):
        key = load(name)
        other = tmp_path / "other"
        other.write_bytes(b"b" * 32)
        other.rename(path)
        return key

    monkeypatch.setattr(host_module, "load_key", slow)
    with pytest.raises(KeyFileError, match="changed while it was read"):
        HOST.key(str(path))


def test_reading_a_key_leaves_its_file_as_it_is(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"c0ffee" * 8)
    before = path.stat()
    assert HOST.key(str(path)) == b"c0ffee" * 8
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ctime_ns) == (after.st_mtime_ns, after.st_ctime_ns)


def test_folders_of_links_count_as_well_as_those_of_what_they_lead_to(tmp_path):
    for name in ("keys", "links", "more"):
        (tmp_path / name).mkdir()
    (tmp_path / "keys" / "key").write_bytes(b"k" * 32)
    (tmp_path / "more" / "key").symlink_to("../keys/key")
    (tmp_path / "links" / "key").symlink_to("../more/key")
    (tmp_path / "more").chmod(0o777)
    look = HOST.look(str(tmp_path / "links" / "key"))
    names = {folder.path.rpartition("/")[2] for folder in look.folders}
    assert {"links", "more", "keys"} <= names
    assert look.link == str(tmp_path / "keys" / "key")
    found = open_folder(
        look, None if os.getuid() == 0 else Account("me", os.getuid(), frozenset({os.getgid()}))
    )
    assert found is not None
    assert found[0].path == str(tmp_path / "more")


def test_nothing_is_ever_opened_for_writing(tmp_path, monkeypatch):
    (tmp_path / "key").write_bytes(b"k" * 32)
    flags = []
    real = os.open

    def spy(path, how, *rest, **more):
        flags.append(how)
        return real(path, how, *rest, **more)

    monkeypatch.setattr(os, "open", spy)
    HOST.read(str(tmp_path / "key"))
    HOST.key(str(tmp_path / "key"))
    assert len(flags) == 2
    assert all(how & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND) == 0 for how in flags)


def test_a_fifo_with_a_writer_is_refused_too(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: os.close(os.open(path, os.O_RDWR)), daemon=True)
    writer.start()
    with pytest.raises(Unreadable):
        HOST.read(str(path))
    writer.join(5)


def look(mode, uid=0, gid=0, folders=()):
    return Look("/x", "there", "file", mode, uid, gid, folders=tuple(folders))


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "reads"),
    [
        (0o600, 2001, 0, True),
        (0o600, 0, 0, False),
        (0o040, 0, 50, True),
        (0o004, 0, 50, False),  # the group's bits count, though others may
        (0o004, 0, 0, True),
        (0o044, 2001, 50, False),  # the owner's bits count
    ],
)
def test_one_set_of_bits_counts(mode, uid, gid, reads):
    assert may_read(look(mode, uid, gid), ALICE) is reads


def test_every_folder_on_the_way_must_let_pass():
    closed = Folder("/closed", 0o700, 0, 0)
    assert not may_read(look(0o644, folders=[closed]), ALICE)
    assert may_read(look(0o644, folders=[closed._replace(mode=0o711)]), ALICE)
    assert may_read(look(0o000, folders=[closed]), Account("root", 0, frozenset({0})))
    assert may_enter(look(0o700, 2001), ALICE, writing=True)
    assert not may_enter(look(0o755), ALICE, writing=True)


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "sticky", "who"),
    [
        (0o755, 0, 0, True, ""),
        (0o775, 0, 0, True, ""),
        (0o775, 0, 50, True, ""),  # a group of the account's own
        (0o775, 0, 51, True, "its group"),
        (0o757, 0, 0, True, "everybody"),
        (0o1777, 0, 0, True, ""),
        (0o1777, 7, 0, True, "its owner"),
        (0o1777, 0, 0, False, "everybody"),
        (0o755, 7, 0, True, "its owner"),
        (0o755, 2001, 0, True, ""),
    ],
)
def test_who_else_may_change_a_file(mode, uid, gid, sticky, who):
    assert may_change(look(mode, uid, gid), ALICE, sticky_counts=sticky) == who


def test_the_machine_tells_of_this_process_and_its_clock():
    found = Machine()
    assert found.processes_seen
    assert found.name
    assert found.synchronised in {True, False, None}
    files = processes._maps("/proc/self")
    assert files is not None
    assert any("python" in file.path or ".so" in file.path for file, _ in files)
    assert processes._started("/proc/self") <= found.now + 1


@pytest.mark.parametrize(
    ("arguments", "environment", "conf"),
    [
        (b"slurmctld\0-D\0-f\0/a/b.conf\0", b"X=1\0", "/a/b.conf"),
        (b"slurmctld\0-f/a/b.conf\0", b"", "/a/b.conf"),
        (b"slurmctld\0-D\0", b"A=1\0SLURM_CONF=/c.conf\0", "/c.conf"),
        (b"slurmctld\0-D\0", b"MY_SLURM_CONF=/c.conf\0", ""),
        (b"slurmctld\0", None, None),
        (None, None, None),
    ],
)
def test_a_daemons_configuration_is_named_by_f_or_slurm_conf(arguments, environment, conf):
    assert processes._conf(arguments, environment) == conf


@pytest.mark.parametrize(
    ("version", "upstream"),
    [("1.10.2-1+deb12u1", "1.10.2"), ("2:1.17.2-1", "1.17.2"), ("1.18", "1.18"), ("nonsense", ""), ("", "")],
)
def test_a_debian_version_has_an_upstream_part(version, upstream):
    assert packages.upstream(version) == upstream


def test_a_program_is_run_only_if_nobody_else_can_have_put_it_there(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir(mode=0o755)
    program = folder / "slurmctld"
    program.write_text("#!/bin/sh\necho slurm 22.05.8\n")
    program.chmod(0o755)
    assert programs.trusted(str(program))
    folder.chmod(0o777)
    assert not programs.trusted(str(program))
    folder.chmod(0o755)
    program.chmod(0o775)
    assert not programs.trusted(str(program))
    assert not programs.trusted(str(folder / "nothing"))


def test_a_program_of_another_user_is_not_run_by_root(tmp_path):
    if os.geteuid():
        pytest.skip("only root can make a file of another user's")
    program = tmp_path / "slurmctld"
    program.write_text("#!/bin/sh\ntouch ran\necho slurm 22.05.8\n")
    program.chmod(0o755)
    os.chown(program, 2001, 2001)
    daemon = processes.Running("slurmctld", 1, 2001, 0.0, "", False, False, (), "", str(program))
    assert programs.slurm_version((daemon,))[1] != f"{program} -V"
    assert not (tmp_path / "ran").exists()
