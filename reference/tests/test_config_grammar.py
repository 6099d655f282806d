"""slurm.conf as Slurm reads it: places, faults, includes and bounds. Real daemons judge the same grammar in
conformance/tests/site/doctor/test_grammar.py; here is what a daemon does not tell: where, and why.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slurm_jwt.config.grammar import MOST_DEPTH, Parsed, Unreadable, parse
from slurm_jwt.config.keys import elsewhere, known
from slurm_jwt.config.lines import Place, behind, lines, source
from slurm_jwt.slurmctld import releases


def read(text: bytes, series: str = "24.11", **files: bytes) -> Parsed:
    """Parse /etc/slurm.conf with other files beside it; a name's _ stands for a dot."""
    there = {"/etc/slurm.conf": text} | {
        f"/etc/{name.replace('_', '.')}": data for name, data in files.items()
    }

    def reader(path: str) -> bytes:
        if path not in there:
            raise Unreadable("missing", "it does not exist")
        return there[path]

    return parse("/etc/slurm.conf", reader, "slurmctld", series)


def faults(parsed: Parsed) -> list[tuple[str, int, int, bool | None]]:
    return [(fault.kind, fault.place.line, fault.place.column, fault.stops) for fault in parsed.faults]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"ClusterName=a\n\n  what\n", ("syntax", 3, 3, True)),
        (b"ClusterName=a b\n", ("syntax", 1, 15, True)),
        (b"ClusterName=a AuthType=b\n", ("second key", 1, 15, True)),
        (b"# x\nClusterName=\n", ("empty value", 2, 1, True)),
        (b"\tAuthAultParameters=x\n", ("unknown key", 1, 2, True)),
        (b"MaxJobCount=many\n", ("bad number", 1, 13, True)),
        (b'UsePAM = "maybe"\n', ("bad yes/no", 1, 11, True)),
        (b"MailDomain=a\nmaildomain=b\n", ("repeated", 2, 1, False)),
        (b"JobCredentialPrivateKey=/x\n", ("defunct", 1, 1, False)),
        (b"MailDomain=a\0b\n", ("nul", 1, 13, False)),
        (b"Include nope\n", ("include unreadable", 1, 9, True)),
        (b"Include slurm.conf\n", ("include loop", 1, 9, True)),
        (b"Include *.conf\n", ("include glob", 1, 9, True)),
        (b"Include %c.conf\n", ("include cluster", 1, 9, True)),
        (b"  Include x\n", ("include indented", 1, 3, True)),
    ],
)
def test_a_fault_has_its_place(text: bytes, found: tuple[str, int, int, bool]) -> None:
    assert faults(read(text)) == [found]


def test_places_are_those_of_the_file_over_joined_lines_and_escapes() -> None:
    parsed = read(b"# one\nAuthAlt\\\n  \nMailDomain = \\\n  a\\#b\\\n  c\n")
    assert faults(parsed) == [("syntax", 2, 1, True), ("syntax", 6, 3, True)]
    parsed = read(b"# one\nMailDomain = \\\n  a\\#b\\\nc # remark\n")
    setting = parsed.last("MailDomain")
    assert setting is not None
    assert setting.value == "a#bc"
    assert setting.place == Place("/etc/slurm.conf", 2, 1)
    assert [setting.at(index)[1:] for index in range(5)] == [(3, 3), (3, 5), (3, 6), (4, 1), (4, 2)]


def test_columns_count_characters_and_not_bytes() -> None:
    parsed = read("MailDomain=ä\u2028ö\udcff Foo\n".encode("utf-8", "surrogateescape"))
    assert faults(parsed) == [("syntax", 1, 17, True)]
    setting = parsed.last("MailDomain")
    assert setting is not None
    assert setting.at(2).column == 14


def test_a_repeated_key_knows_where_it_was_before() -> None:
    parsed = read(b"MailDomain=a\nInclude more\n", more=b"\nMAILDOMAIN=b\n")
    (fault,) = parsed.faults
    assert fault.place == Place("/etc/more", 2, 1)
    assert fault.other == Place("/etc/slurm.conf", 1, 1)
    assert parsed.files == ("/etc/slurm.conf", "/etc/more")


def test_lines_that_belong_to_a_key_are_no_second_keys() -> None:
    parsed = read(b'NodeName=a CPUs=1 Reason="a b"\nNodeName=b\nSlurmctldHost=x\nSlurmctldHost=y\n')
    assert parsed.faults == ()
    assert [setting.value for setting in parsed.settings] == ["a", "b", "x", "y"]


@pytest.mark.parametrize(
    ("series", "file"),
    [("20.11", "/etc/d/b"), ("22.05", "/etc/d/b"), ("23.02", "/etc/b"), ("26.05", "/etc/b")],
)
def test_what_a_name_counts_from_changed_with_23_02(series: str, file: str) -> None:
    def reader(path: str) -> bytes:
        return {"/etc/slurm.conf": b"Include d/a\n", "/etc/d/a": b"Include b\n"}.get(path, b"MailDomain=x\n")

    assert parse("/etc/slurm.conf", reader, "slurmctld", series).files[-1] == file


def test_a_number_that_is_none_stopped_nobody_before_21_08() -> None:
    for series in releases.series():
        (fault,) = read(b"MaxJobCount=many\n", series).faults
        assert fault.stops == (series >= "21.08")


def test_the_search_for_a_blank_goes_on_in_what_the_buffer_held_before() -> None:
    short = b"ab\ncd\nInclude x"
    assert behind(short, list(lines(short))[-1]) == b"\0" * (len(short) + 1 - len(b"Include x") - 1)
    assert faults(read(short[6:], x=b"")) == [("include open end", 1, 9, None)]
    long = b'MailDomain="abcdef gh"\nInclude x'
    assert behind(long, list(lines(long))[-1]).startswith(b'="abcdef gh"\n\0')
    assert faults(read(long, x=b"")) == [("include open end", 2, 9, True)]
    remark = b"MailDomain=a#bcdef gh\nInclude x"
    assert faults(read(remark, x=b"")) == [("include open end", 2, 9, True)]
    fine = b"MailDomain=abcdefgh\nInclude x"
    assert faults(read(fine, x=b"")) == [("include open end", 2, 9, False)]


def test_depth_number_and_size_of_files_are_bounded() -> None:
    served: list[str] = []

    def reader(path: str) -> bytes:
        served.append(path)
        return b"Include %d\n" % len(served)

    parsed = parse("/etc/slurm.conf", reader, "slurmctld", "22.05")
    assert len(served) == MOST_DEPTH
    assert [fault.kind for fault in parsed.faults] == ["include too much"]
    wide = read(b"Include a\n" * 600, a=b"\n")
    assert len(wide.files) == 512
    assert {fault.kind for fault in wide.faults} == {"include too much"}


def test_a_circle_is_seen_under_another_name() -> None:
    parsed = read(b"Include ../etc/./more\n", more=b"Include /etc/slurm.conf\n")
    assert [fault.kind for fault in parsed.faults] == ["include unreadable"]
    parsed = read(b"Include more\n", more=b"Include /etc/../etc/slurm.conf\n")
    assert [fault.kind for fault in parsed.faults] == ["include loop"]


def test_trouble_with_the_file_itself_is_the_callers() -> None:
    with pytest.raises(Unreadable, match="does not exist"):
        parse(
            "/nowhere",
            lambda _: (_ for _ in ()).throw(Unreadable("missing", "it does not exist")),
            "slurmctld",
            "22.05",
        )


@pytest.mark.parametrize(
    "text",
    [
        b"\\" * 300_000,
        b"a\\\n" * 100_000,
        b'NodeName=a b="' * 30_000,
        b"a" * 500_000,
        b" " * 500_000 + b"x",
        b"A" * 200_000 + b" " * 200_000 + b"x=",
        b'MailDomain="' + b"a " * 200_000,
        b"\0" * 300_000,
        b"\n" * 300_000,
        b"Include x#\n" * 500,
    ],
)
def test_hostile_text_is_read_to_its_end(text: bytes) -> None:
    """A quadratic reader would need minutes for these."""
    assert read(text, x=b"").files[0] == "/etc/slurm.conf"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b"MailDomain", b"=", b" ", b"\t", b"\n", b"\\", b"#", b'"', b"a", b"\0", b"\r", b"+",
             b"Include ", b"x", b"NodeName", b"\xff", "ä".encode(), b"%c", b"ClusterName=L\n", b"ClusterName"]
        ),
        max_size=40,
    ).map(b"".join),
    st.sampled_from(releases.series()),
)  # fmt: skip
def test_any_text_gives_settings_and_faults_within_the_file(text: bytes, series: str) -> None:
    parsed = read(text, series, x=b"MailDomain=y\n")
    text_of = {"/etc/slurm.conf": text, "/etc/x": b"MailDomain=y\n"}
    for place in [fault.place for fault in parsed.faults] + [found.place for found in parsed.settings]:
        rows = text_of[place.file].split(b"\n")
        assert 1 <= place.line <= len(rows)
        row = rows[place.line - 1].decode("utf-8", "surrogateescape")
        assert 1 <= place.column <= len(row) + 2
    for found in parsed.settings:
        end = found.at(len(found.value))
        assert (end.line, end.column) >= (found.at().line, found.at().column)


@given(st.binary(max_size=200))
def test_offsets_lead_back_to_the_bytes(data: bytes) -> None:
    for line in lines(data):
        assert len(line.offsets) == len(line.text) + 1
        assert bytes(data[offset] for offset in line.offsets[:-1]) == line.text
        assert list(line.offsets) == sorted(set(line.offsets))


def test_a_place_is_found_by_its_offset() -> None:
    text = source("f", "ä\nb\n".encode())
    assert text.place(0) == Place("f", 1, 1)
    assert text.place(3) == Place("f", 2, 1)
    assert text.place(5) == Place("f", 3, 1)


def test_keys_are_known_by_release() -> None:
    assert "authaltparameters" not in known("slurmctld", "20.02")
    assert "authaltparameters" in known("slurmctld", "20.11")
    assert "cachegroups" in known("slurmctld", "20.11")
    assert "cachegroups" not in known("slurmctld", "21.08")
    assert known("slurmctld", "23.11")["epilog"].kind == "text"
    assert known("slurmctld", "24.05")["epilog"].kind == "list"
    assert "storagepass" in known("slurmdbd", "22.05")
    assert "storagepass" not in known("slurmctld", "22.05")
    assert [(key.since, key.until) for key in elsewhere("slurmctld", "hashplugin")] == [("24.05", "")]
    assert elsewhere("slurmctld", "nonsense") == ()


@pytest.mark.parametrize("daemon", ["slurmctld", "slurmdbd"])
def test_a_key_is_known_in_one_way_at_a_time(daemon: str) -> None:
    assert daemon in {"slurmctld", "slurmdbd"}
    for series in releases.series():
        names = [key.lower() for key in known(daemon, series)]  # type: ignore[arg-type]  # checked above
        assert len(names) == len(set(names)) > 40
