"""Each made-up site under doctor_sites/ three times: what was expected by hand, what the doctor says, and
what a real slurmctld (or slurmdbd) of each release does with the very same files.

A token is signed with the key that the doctor says is loaded, so that accepting it proves that, too.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_vectors import load
from support.made_up_site import START_LIMIT, Bench, File, MadeUpHost, made_up_machine
from support.places import DOCTOR_SITES
from support.slurm import require_release

SITES = sorted(DOCTOR_SITES.glob("*.toml"))
RELEASES = ("20.11", "22.05", "24.11", "26.05")
DEBIANS = {"20.11": "20.11.4", "22.05": "22.05.8", "24.11": "24.11.5", "26.05": "26.05.5"}
"""The versions of Debian's packages: patch releases of 26.05 read a JWKS in two ways."""
OUTCOMES = {"takes", "refuses", "ends", "waits", "hangs"}
HANGS_AFTER = 1.0
"""Seconds after which a daemon that neither came up nor ended is taken to hang; others need a tenth."""

LAB = {
    "ClusterName": "lab",
    "SlurmctldHost": "localhost(127.0.0.1)",
    "SlurmctldPort": "6817",
    "SlurmUser": "slurm",
    "CommunicationParameters": "NoCtldInAddrAny",
    "AuthInfo": "socket={munge}",
    "StateSaveLocation": "{base}/state",
    "SlurmctldPidFile": "{base}/pid",
    "SlurmctldLogFile": "{base}/slurmctld.log",
    "SlurmctldSyslogDebug": "quiet",
    "MailProg": "/bin/true",
    "MpiDefault": "none",
    "ProctrackType": "proctrack/pgid",
    "SelectType": "select/linear",
    "TaskPlugin": "task/none",
    "NodeName": "localhost NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN",
    "PartitionName": "main Nodes=localhost Default=YES",
}
DBD = {
    "DbdHost": "localhost",
    "DbdAddr": "127.0.0.1",
    "SlurmUser": "slurm",
    "AuthInfo": "socket={munge}",
    "PidFile": "{base}/dbd.pid",
    "LogFile": "{base}/slurmdbd.log",
    "StorageType": "accounting_storage/none",
    "StoragePass": "correct-horse-battery-staple",
}
JWKS = {
    "rsa": '{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"one","n":"%s","e":"AQAB"}]}',
    "no kid": '{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","n":"%s","e":"AQAB"}]}',
}
_RSA = '"kty":"RSA","kid":"one","n":"%s","e":"AQAB"'
_RS256 = f'{{{_RSA},"alg":"RS256","use":"sig"}}'
JWKS |= {
    "no alg": f'{{"keys":[{{{_RSA}}}]}}',
    "ec without alg": f'{{"keys":[{_RS256},{{"kty":"EC","kid":"two","crv":"P-256","x":"AA","y":"AA"}}]}}',
    "bare key": _RS256,
    "no keys": '{"keys":[]}%.0s',
    "no kid and alg": '{"keys":[{"kty":"RSA","n":"%s","e":"AQAB"}]}',
    "ec with alg": f'{{"keys":[{_RS256},{{"kty":"EC","kid":"two","alg":"ES256","crv":"P-256"}}]}}',
}
MODULUS = "u" * 341 + "w"
ALWAYS_THERE = {"lifespan.unlimited"}
"""Few sites bound the lifespan of tokens; a site of ours need not say so each time."""


def read(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


def content(entry, fill):
    if "key" in entry:
        if entry["key"] == "published":
            return load().keys["random32"].bytes
        return hashlib.sha256(b"a doctor's key: " + entry["key"].encode()).digest()
    if "jwks" in entry:
        return (JWKS[entry["jwks"]] % MODULUS).encode()
    return None if {"folder", "fifo"} & set(entry) else fill(entry["text"]).encode()


def files_of(site, base, munge):
    """Give the files of a site: its own, and those that every site has."""

    without = site.get("without", ())

    def fill(text):
        for name, settings in (("{lab}", LAB), ("{dbd}", DBD)):
            lines = [f"{key}={value}" for key, value in settings.items() if key not in without]
            text = text.replace(name, "\n".join(lines))
        return text.replace("{base}", base).replace("{munge}", munge)

    entries = {
        "state": {"folder": True, "mode": "0755", "owner": "slurm"},
        "jwt.key": {"key": "random", "mode": "0600", "owner": "slurm"},
        **site.get("files", {}),
    }
    conf = fill(site["slurm_conf"])
    conf = conf.replace("\n", "\r\n") if site.get("crlf") else conf
    folders = {str(parent) for path in entries for parent in Path(path).parents} - {"."} - set(entries)
    return [
        *(File(path, None, 0o755) for path in sorted(folders)),
        *(
            File(
                path, content(entry, fill), int(entry.get("mode", "0644"), 8), entry.get("owner", "root"),
                "FIFO" if "fifo" in entry else "file",
            )
            for path, entry in entries.items()
            if path not in site.get("absent", ())
        ),
        File("slurm.conf", conf.encode(), 0o644),
    ]  # fmt: skip


def examine(files, base, installation):
    """Let the doctor look at a site on a host with this release."""
    folder = (installation.root or Path("/")) / installation.plugin_dir.lstrip("/")
    host = MadeUpHost(base, files, tuple(path.name for path in folder.iterdir()))
    machine = made_up_machine(installation.version, installation.libjwt)
    found = survey(Options(conf=f"{base}/slurm.conf", release=installation.label), host, machine)
    return found, diagnose(found)


def token(site, found, files, base):
    """Sign a token with the key that the doctor says is loaded, or with the site's, if it says none is."""
    key = found.key_of(daemon_of(site))
    path = (key and key.choice.path) or f"{base}/jwt.key"
    signing = next((each.content for each in files if f"{base}/{each.path}" == path and each.content), None)
    if signing is None:
        return None
    # The reference refuses short keys and is right; Slurm takes them.
    return (Issuer(signing) if len(signing) >= 32 else _lenient(signing)).issue("alice", 600).encode()


def _lenient(key):
    issuer = Issuer(key.ljust(32, b"\0"))
    issuer_key = key

    class Short:
        def issue(self, user, lifespan):
            import base64
            import hmac

            signed, _, _ = issuer.issue(user, lifespan).rpartition(".")
            mac = hmac.digest(issuer_key, signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    return Short()


def outcome(said):
    if said.waits:
        return "waits"
    if said.up is None:
        return "hangs"
    if not said.up:
        return "ends"
    return "starts" if said.accepted is None else "takes" if said.accepted else "refuses"


def daemon_of(site):
    return site.get("daemon", "slurmctld")


def foretold(site, report):
    """Say what the doctor foretells in the words of the sites."""
    (look,) = [look for look in report.outlooks if look.daemon == daemon_of(site)]
    if look.starts is None or (look.starts and look.takes is None):
        return "unforeseen"
    return "ends" if not look.starts else "takes" if look.takes else "refuses"


def expected(site, release):
    """Return the outcome, and whether a doctor may say that it cannot tell."""
    told, _, unforeseen = site["expect"].get(release, site["expect"]["all"]).partition(", ")
    assert told in OUTCOMES
    return told, bool(unforeseen)


def expected_rules(site, release):
    findings = site.get("findings", {})
    return set(findings.get(release, findings.get("all", [])))


def fits(outcome, told, site):
    """A slurmdbd without a database cannot be asked about tokens."""
    return outcome == told or (daemon_of(site) == "slurmdbd" and outcome == "starts" and told != "ends")


def trouble(site, release, found, report, said):
    """Say how expectation, doctor and daemon differ; nothing if they do not."""
    told, unforeseen = expected(site, release)
    if said is not None and not fits(outcome(said), told, site):
        yield f"expected {told}, but the daemon {outcome(said)}: {said.log[-600:]}"
    wanted = "unforeseen" if unforeseen else "ends" if told in {"waits", "hangs"} else told
    if foretold(site, report) != wanted:
        yield f"expected the doctor to say {wanted}, not {foretold(site, report)}: {report}"
    rules = {finding.id for finding in report.findings if finding.level != "note"} - ALWAYS_THERE
    if rules != expected_rules(site, release) - ALWAYS_THERE:
        yield f"expected {sorted(expected_rules(site, release))}, the doctor finds {sorted(rules)}"
    if said is not None and said.up is False:
        logs = [each.log for each in report.findings if each.effect == "stops" and each.log]
        if logs and not any(log in said.log for log in logs):
            yield f"none of {logs} is in the daemon's log: {said.log[-600:]}"
    if said is not None and said.up:
        yield from misread(found, said.config)
        yield from unsaid(site, report, said)


def unsaid(site, report, said):
    """What a daemon that is up is said to log, it has logged."""
    for each in report.findings:
        if each.daemon == daemon_of(site) and each.log and not each.effect and each.log not in said.log:
            yield f"{each.id} promises {each.log!r}, which is not in the daemon's log"


def misread(found, config):
    """Compare what the doctor has read with what slurmctld says it has."""
    for key in ("AuthType", "AuthAltTypes", "AuthAltParameters", "StateSaveLocation", "SlurmUser"):
        setting = found.conf.parsed.last(key)
        if setting and key in config:
            theirs = re.sub(r"\(\d+\)$", "", config[key]) if key == "SlurmUser" else config[key]
            if setting.value != theirs and not setting.value.isdigit():
                yield f"{key}: the doctor reads {setting.value!r}, slurmctld {theirs!r}"


def test_there_are_enough_sites_and_each_is_told_of():
    assert len(SITES) >= 40
    sites = [read(path) for path in SITES]
    assert all(site["title"] and site["source"] for site in sites)
    ends = [site for site in sites if expected(site, "22.05")[0] != "takes"]
    assert len(ends) > 20
    assert len(sites) - len(ends) > 20


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.stem)
@pytest.mark.parametrize("release", RELEASES)
def test_the_doctor_foretells_what_the_site_says(path, release):
    """Without daemons: plugins as Debian's packages of each release have them."""
    plugins = ["auth_jwt.so", "auth_munge.so", "auth_none.so", "rest_auth_jwt.so"]
    plugins += ["auth_slurm.so"] if release >= "23.11" else []
    site = read(path)
    files = files_of(site, "/site", "/munge")
    host = MadeUpHost("/site", files, tuple(plugins))
    machine = made_up_machine(DEBIANS[release], "1.17.2" if release > "23" else "1.10.2")
    found = survey(Options(conf="/site/slurm.conf", release=release), host, machine)
    assert list(trouble(site, release, found, diagnose(found), None)) == []


def judge(bench, path, release):
    site = read(path)
    files = files_of(site, bench.base(), bench.munge)
    found, report = examine(files, bench.base(), bench.installation)
    hangs = expected(site, release)[0] == "hangs"
    said = bench.start(
        files,
        token(site, found, files, bench.base()),
        HANGS_AFTER if hangs else START_LIMIT,
        daemon_of(site),
    )
    return [f"{path.stem} on {release}: {each}" for each in trouble(site, release, found, report, said)]


@pytest.mark.slurm
def test_real_daemons_do_what_the_doctor_foretells():
    """All sites on all releases, each release on a thread of its own."""
    installations = {release: require_release(release) for release in RELEASES}

    def run(release):
        with Bench(installations[release]) as bench:
            if bench.sandbox.mode != "root":
                pytest.skip("owners of files can only be set by root")
            return [told for path in SITES for told in judge(bench, path, release)]

    with ThreadPoolExecutor(len(RELEASES)) as pool:
        told = [each for result in pool.map(run, RELEASES) for each in result]
    assert not told, "\n\n".join(told)


@pytest.mark.slurm
def test_a_token_of_slurmctlds_key_is_refused_by_a_slurmdbd_with_another(slurm):
    """What key.differs warns of."""
    site = read(DOCTOR_SITES / "dbd-another-key.toml")
    with Bench(slurm) as bench:
        files = files_of(site, bench.base(), bench.munge)
        found, report = examine(files, bench.base(), slurm)
        said = bench.start(files, token({}, found, files, bench.base()), daemon="slurmdbd")
    assert "key.differs" in {finding.id for finding in report.findings}
    assert said.accepted is False
    assert "jwt_decode failure" in said.log
