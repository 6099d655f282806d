"""Odd but possible lines of slurm.conf: what the parser reads, and what real slurmctlds do with them.

The daemon is the judge: whether it starts, and what it says MailDomain is, a key that nothing depends on.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from slurm_jwt.config.grammar import parse
from support.made_up_site import Bench, File, MadeUpHost
from support.slurm import require_release

RELEASES = ("20.11", "22.05", "24.11", "26.05")
BASE = """\
ClusterName=Lab
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=slurm
CommunicationParameters=NoCtldInAddrAny
AuthInfo=socket={munge}
StateSaveLocation={base}/state
SlurmctldPidFile={base}/pid
SlurmctldSyslogDebug=quiet
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/pgid
SelectType=select/linear
TaskPlugin=task/none
NodeName=localhost NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES
"""
ENDS, WAITS = "ends", "waits"

LINES: dict[str, tuple[bytes, object]] = {
    "plain": (b"MailDomain=a.b\n", "a.b"),
    "unset": (b"\n", None),
    "any-case": (b"mAILdOMAIN=X\n", "X"),
    "blanks-round-the-sign": (b" \tMailDomain \v = \f x \r\n", "x"),
    "no-line-end": (b"MailDomain=last", "last"),
    "quotes": (b'MailDomain="a b"\n', "a b"),
    "quotes-and-nothing": (b'MailDomain=""\n', ""),
    "quote-that-never-ends": (b'MailDomain="a\n', '"a'),
    "quotes-and-more": (b'MailDomain="a"b\n', '"a"b'),
    "quotes-blank-and-more": (b'MailDomain="a b"c\n', ENDS),
    "nothing": (b"MailDomain=\n", ENDS),
    "nothing-but-a-remark": (b"MailDomain=#x\n", ENDS),
    "remark": (b"MailDomain=a#b\n", "a"),
    "escaped-remark": (b"MailDomain=a\\#b\n", "a#b"),
    "backslash-and-remark": (b"MailDomain=a\\\\#b\n", "a\\"),
    "escaped-backslash": (b"MailDomain=a\\\\b\n", "a\\b"),
    "escaped-letter": (b"MailDomain=a\\b\n", "ab"),
    "goes-on": (b"MailDomain=a\\\nb\n", "ab"),
    "goes-on-over-blanks": (b"MailDomain=a\\ \t\nb\n", "ab"),
    "goes-on-over-a-remark": (b"MailDomain=a\\ # x\nb\n", "ab"),
    "goes-on-within-the-key": (b"Mail\\\nDomain=a\n", "a"),
    "goes-on-at-the-end": (b"MailDomain=a\\\n", "a"),
    "even-backslashes-end-it": (b"MailDomain=a\\\\\nMailDomain=b\n", "b"),
    "repeated": (b"MailDomain=a\nMailDomain=b\n", "b"),
    "operator": (b"MailDomain=a\nMailDomain+=b\n", "b"),
    "operator-with-blanks": (b"MailDomain + = b\n", ENDS),
    "two-keys": (b"MailDomain=a MailProg=/bin/true\n", ENDS),
    "two-words": (b"MailDomain=a b\n", ENDS),
    "carriage-return-alone": (b"MailDomain=a\rMailProg=/bin/true\n", ENDS),
    "no-key": (b"=a\n", ENDS),
    "no-pair": (b"MailDomain\n", ENDS),
    "semicolon": (b"; remark\n", ENDS),
    "unknown": (b"MailDomian=a\n", ENDS),
    "not-ascii": ("MailDomain=ä\u00a0b\n".encode(), "ä\u00a0b"),
    "no-utf8": (b"MailDomain=a\xff\n", "a\udcff"),
    "nul-in-a-value": (b"MailDomain=a\0b c\n", "a"),
    "nul-at-the-start": (b"\0what is this\nMailDomain=a\n", "a"),
    "nul-before-the-line-end": (b"MailDomain=a\\\0\nb\n", "ab"),
    "word-for-a-number": (b"MailDomain=a\nMaxJobCount=many\n", {"20.11": "a", "": ENDS}),
    "number-in-octal": (b"MailDomain=a\nWaitTime=010\n", "a"),
    "number-that-is-not-octal": (b"MailDomain=a\nWaitTime=08\n", {"20.11": "a", "": ENDS}),
    "number-in-hex": (b"MailDomain=a\nMaxJobCount=0x10\n", "a"),
    "number-of-thousands": (b"MailDomain=a\nMaxJobCount=1k\n", "a"),
    "short-number-of-thousands": (b"MailDomain=a\nWaitTime=1k\n", {"20.11": "a", "": ENDS}),
    "number-below-zero": (b"MailDomain=a\nMaxJobCount=-5\n", {"20.11": "a", "": ENDS}),
    "number-too-large": (b"MailDomain=a\nWaitTime=65536\n", {"20.11": "a", "": ENDS}),
    "number-without-end": (b"MailDomain=a\nWaitTime=INFINITE\n", "a"),
    "number-of-nothing": (b'MailDomain=a\nWaitTime=""\n', "a"),
    "neither-yes-nor-no": (b"MailDomain=a\nUsePAM=maybe\n", {"20.11": "a", "": ENDS}),
    "rest-of-the-line": (b"NodeName=n2 NodeAddr=127.0.0.2 junk\n", ENDS),
    "more-for-a-host": (b"SlurmctldHost=other Foo=bar\n", ENDS),
    "include": (b"Include more.conf\n", "more"),
    "include-in-any-case": (b"iNCLUDE\tmore.conf  # remark\n", "more"),
    "include-indented": (b" Include more.conf\n", ENDS),
    "include-with-a-sign": (b"Include=more.conf\n", ENDS),
    "include-in-quotes": (b'Include "more.conf"\n', WAITS),
    "include-twice-on-a-line": (b"Include more.conf more.conf\n", ENDS),
    "include-cluster": (b"Include %c.conf\n", "cluster"),
    "include-empty": (b"Include empty.conf\nMailDomain=a\n", "a"),
    "include-a-folder": (b"Include sub\nMailDomain=a\n", "a"),
    "include-missing": (b"Include nope.conf\n", WAITS),
    "include-a-pattern": (b"Include *.conf\n", {"20.11": WAITS, "22.05": WAITS, "": ENDS}),
    "include-in-a-folder": (b"Include sub/a.conf\n", {"20.11": "sub", "22.05": "sub", "": "top"}),
    "include-goes-on": (b"Incl\\\nude more.conf\n", "more"),
    "include-remark-at-once": (b"Include more.conf#x\n", "more"),
    "include-remark-of-words": (b"Include more.conf#x y\n", ENDS),
    "include-last-word": (b"Include more.conf", ENDS),
}
EXTRA = {
    "more.conf": b"MailDomain=more\n",
    "lab.conf": b"MailDomain=cluster\n",
    "empty.conf": b"",
    "sub/a.conf": b"Include b.conf\n",
    "sub/b.conf": b"MailDomain=sub\n",
    "b.conf": b"MailDomain=top\n",
}


def files_of(lines, base, munge):
    head = BASE.replace("{base}", base).replace("{munge}", munge).encode()
    return [
        File("state", None, 0o755, "slurm"),
        File("sub", None, 0o755),
        *(File(path, content) for path, content in EXTRA.items()),
        File("slurm.conf", head + lines),
    ]


def expected(name, release):
    want = LINES[name][1]
    return want.get(release, want.get("")) if isinstance(want, dict) else want


def read(files, base, release):
    """Say what the parser makes of a site, in the words of LINES."""
    parsed = parse(f"{base}/slurm.conf", MadeUpHost(base, files).read, "slurmctld", release)
    if any(fault.stops is None for fault in parsed.faults):
        return "cannot tell"
    stops = [fault for fault in parsed.faults if fault.stops]
    if any(fault.why == "missing" for fault in stops):
        return WAITS
    domain = parsed.last("MailDomain")
    return ENDS if stops else domain.value if domain else None


def did(said):
    if said.waits:
        return WAITS
    if not said.up:
        return ENDS
    told = said.config["MailDomain"].replace("\\xff", "\udcff")
    return None if told == "(null)" else told


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", LINES)
def test_the_parser_reads_what_is_expected(name, release):
    assert read(files_of(LINES[name][0], "/x", "/m"), "/x", release) == expected(name, release)


@pytest.mark.slurm
def test_real_slurmctlds_read_what_is_expected():
    installations = {release: require_release(release) for release in RELEASES}

    def differences(release):
        with Bench(installations[release]) as bench:
            for name, (lines, _) in LINES.items():
                said = bench.start(files_of(lines, bench.base(), bench.munge))
                if did(said) != expected(name, release):
                    yield f"{name} on {release}: expected {expected(name, release)!r}, it did {did(said)!r}:"
                    yield said.log[-400:]

    with ThreadPoolExecutor(len(RELEASES)) as pool:
        told = [each for result in pool.map(lambda r: list(differences(r)), RELEASES) for each in result]
    assert not told, "\n".join(told)
