"""FIPS: where OpenSSL is held to it and cannot keep it, no token is signed, and none is accepted.

libjwt signs and verifies with OpenSSL's HMAC. Seen with slurmctld 22.05, 24.11 and 26.05: with `fips=yes` in
openssl.cnf and no FIPS provider every token is refused; with OpenSSL 3.5.7's provider and its hmac-key-check
a key of 13 bytes is, and one of 14 is not. Tokens of `scontrol token` then end with their second dot.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.config.grammar import Unreadable
from slurm_jwt_conformance.site.discovery.conf import uses_jwt
from slurm_jwt_conformance.site.discovery.showing import plain, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import shown_path
from slurm_jwt_reports.diagnostic import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.host import Host
    from slurm_jwt_conformance.site.discovery.key import Key
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Finding

LEAST_BYTES = 14
"""112 bits: shorter HMAC keys are no security strength to NIST (SP 800-131A), and OpenSSL may refuse them."""

CONFS = ("/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/usr/local/ssl/openssl.cnf")
MODULES = (
    *(f"/usr/lib/{name}/ossl-modules" for name in ("x86_64-linux-gnu", "aarch64-linux-gnu")),
    *("/usr/lib64/ossl-modules", "/usr/lib/ossl-modules", "/usr/local/lib64/ossl-modules"),
)
_DEMAND = re.compile(
    rb"^[ \t]*default_properties[ \t]*=[ \t]*[\"']?[^#\n]*\bfips[ \t]*=[ \t]*yes", re.MULTILINE
)
_REFUSAL = "jwt_decode failure: Invalid argument"


class OpenSsl(NamedTuple):
    """conf: the openssl.cnf that demands FIPS, "" if none does. provider: its module is in its place."""

    conf: str
    line: int
    provider: bool


def look(host: Host) -> OpenSsl:
    """Read openssl.cnf as OpenSSL finds it, except that what it includes is not followed."""
    folders = [host.environment["OPENSSL_MODULES"]] if "OPENSSL_MODULES" in host.environment else MODULES
    names = {name.partition(".")[0] for folder in folders for name in host.names(folder) or ()}
    provider = "fips" in names
    named = host.environment.get("OPENSSL_CONF")
    for path in [named] if named else CONFS:
        try:
            text = host.read(posixpath.normpath(path), 1 << 20)
        except Unreadable:
            continue
        found = _DEMAND.search(text)
        if found:
            return OpenSsl(path, text.count(b"\n", 0, found.start()) + 1, provider)
    return OpenSsl("", 0, provider)


def check(survey: Cluster) -> Iterator[Finding]:
    """Look whether the kernel or openssl.cnf demands FIPS, and whether the key and OpenSSL can keep it."""
    if not any(uses_jwt(conf, survey.series) for conf in survey.confs):
        return
    openssl = look(survey.host)
    if not survey.machine.fips and not openssl.conf:
        return
    yield _mode(openssl, kernel=survey.machine.fips)
    for key in survey.keys:
        if key.facts and key.facts.length < LEAST_BYTES:
            yield _short(survey, key, key.facts.length)


def _mode(openssl: OpenSsl, *, kernel: bool) -> Finding:
    who = "The kernel is in FIPS mode" if kernel else f"{word(openssl.conf)} holds OpenSSL to FIPS"
    broken = bool(openssl.conf) and not openssl.provider
    return finding(
        "host.fips",
        level="error" if broken else "warning",
        message=f"{who}, and {'there is no' if not openssl.provider else 'OpenSSL has a'} FIPS provider"
        " here.",
        cause="Without a provider OpenSSL computes no HMAC: every token is refused, whatever the key, and"
        " tokens of scontrol end with their second dot."
        if not openssl.provider
        else "libjwt signs with OpenSSL: a container on this host may have no FIPS provider of its own and"
        " then refuses every token (SlinkyProject/slurm-operator, issue 73).",
        place=Place(file=plain(openssl.conf), line=openssl.line, column=1) if openssl.conf else None,
        effect="" if openssl.provider else "may refuse",
        log=_REFUSAL if broken else "",
    )


def _short(survey: Cluster, key: Key, length: int) -> Finding:
    return finding(
        "key.fips",
        message=f"The key in {shown_path(survey, key.choice.path or '')} has {length} bytes, under FIPS.",
        effect="may refuse",
        daemon=key.daemon,
        log=_REFUSAL,
    )
