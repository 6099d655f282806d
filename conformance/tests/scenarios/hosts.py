"""Scenarios with hosts: misspelt names, missing keys, libraries that do not work with Slurm."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scenarios.commands import ALL, CHECK, DOCTOR, LOG
from scenarios.files import (
    OTHER,
    USES_JWT,
    controller,
    key,
    site,
    slurmdbd_conf,
    token,
    unsigned,
    with_parameters,
)
from scenarios.scenario import KEY, Asked, Loaded, Rotated, Scenario, Started, Typed
from support.made_up_site import File

if TYPE_CHECKING:
    from pathlib import Path

_REST_AUTH = site(USES_JWT.replace("=auth/jwt", "=rest_auth/jwt"), key())
_BLANK = 'AuthAltTypes=auth/jwt\nAuthAltParameters="disable_token_creation, jwt_key={base}/%s"\n'

SPELLING = (
    Scenario(
        "spelling.rest-auth",
        "AuthAltTypes=rest_auth/jwt: that is the name of slurmrestd's plugin.",
        _REST_AUTH,
        ALL,
        Started(),
        "error: Couldn't find the specified plugin name for auth/rest_auth/jwt",
        DOCTOR,
        ("auth.unknown-plugin",),
        ("rest_auth/jwt",),
    ),
    Scenario(
        "spelling.ault",
        "AuthAultParameters=, as it was typed and asked about in public.",
        site(USES_JWT.replace("AuthAltParameters", "AuthAultParameters"), key()),
        ALL,
        Started(),
        "error: _parse_next_key: Parsing error at unrecognized key: AuthAultParameters",
        DOCTOR,
        ("config.unknown-key",),
        ("AuthAultParameters",),
    ),
    Scenario(
        "spelling.blank",
        "A blank follows the comma, and since an upgrade slurmctld looks for another key.",
        site(_BLANK % KEY, key()),
        ("24.11", "26.05"),
        Started(),
        "fatal: auth/jwt: cannot stat",
        DOCTOR,
        ("parameters.hidden", "key.missing"),
    ),
    Scenario(
        "spelling.log",
        "slurmctld does not start, and there are its last lines.",
        _REST_AUTH,
        ("24.11", "26.05"),
        Started(),
        "error: cannot create auth context for auth/rest_auth/jwt",
        LOG,
        ("plugin.rest-auth",),
        exit=0,
    ),
)


def _other_libjwt(library: Path) -> tuple[dict[str, bytes | None], dict[str, str]]:
    """Put a libjwt before the packages' one: 1.13 to 2.1 share a name, as if they were compatible."""
    return {"lib": None, "lib/libjwt.so.2": library.read_bytes()}, {"LD_LIBRARY_PATH": "{base}/lib"}


_LIBJWT = Loaded(
    "SLURM_JWT_LIBJWT_2_1_3",
    "2026-11-23",
    "error: auth_p_verify: initial jwt_decode failure: Invalid argument",
    _other_libjwt,
)

LIBRARY = (
    Scenario(
        "library.no-plugin",
        "The package was built without JWT: there is no auth_jwt.so.",
        site(
            USES_JWT + "PluginDir={base}/plugins\n",
            key(),
            File("plugins", None, 0o755),
            File("plugins/auth_munge.so", b"\x7fELF", 0o755),
        ),
        ("22.05",),
        Started(
            prepare='for each in {plugins}/*.so; do ln -sf "$each" {base}/plugins/; done\n'
            "rm {base}/plugins/auth_jwt.so"
        ),
        "error: Couldn't find the specified plugin name for auth/jwt",
        DOCTOR,
        ("plugin.missing",),
        ("auth_jwt.so",),
    ),
    Scenario(
        "library.too-old",
        "The identity provider writes typ at+jwt, as RFC 9068 has it, and libjwt 1.10 minds.",
        controller(partial(token, header={"typ": "at+jwt"})),
        ("22.05", "20.11", "24.11", "26.05"),
        Asked(),
        "error: auth_p_verify: initial jwt_decode failure: Invalid argument",
        CHECK,
        ("typ.jwt",),
        ("initial jwt_decode failure",),
    ),
    Scenario(
        "library.too-new",
        "An update brought libjwt 2.1.3, and since then no token works.",
        controller(),
        ("24.11",),
        _LIBJWT,
        _LIBJWT.log,
        CHECK.replace("{release}", "{release}/libjwt2.1.3"),
        (),
        ("initial jwt_decode failure",),
    ),
    Scenario(
        "library.host",
        "The same host, looked at before the update.",
        controller(),
        ("24.11",),
        _LIBJWT,
        _LIBJWT.log,
        DOCTOR.replace("{release}", "{release}/libjwt2.1.3"),
        ("library.refuses-all",),
    ),
)

_WITH_DBD = f"{USES_JWT}AccountingStorageType=accounting_storage/slurmdbd\nAccountingStorageHost=localhost\n"

MISSING = (
    Scenario(
        "missing.key",
        "The configuration went to the new host, the key did not.",
        site(),
        ALL,
        Started(),
        "fatal: auth/jwt: cannot stat",
        DOCTOR,
        ("key.missing",),
    ),
    Scenario(
        "missing.log",
        "slurmctld has been upgraded, and ends with this line.",
        site(),
        ("24.11", "26.05"),
        Started(),
        "fatal: auth/jwt: cannot stat '/etc/slurm/jwt_hs256.key': No such file or directory",
        LOG,
        ("key-file.missing",),
        exit=0,
    ),
    Scenario(
        "missing.mode",
        "The key has mode 0644, which no release minded before 23.11.",
        lambda now: site(USES_JWT, key(mode=0o644), token(now))(now),
        ALL,
        Started(),
        "fatal: auth/jwt: key file is insecure",
        DOCTOR,
        ("key.others",),
    ),
    Scenario(
        "missing.upgrade",
        "The same site, asked about before the upgrade.",
        lambda now: site(USES_JWT, key(mode=0o644), token(now))(now),
        ("24.11", "22.05"),
        Started(),
        "fatal: auth/jwt: key file is insecure",
        "slurm-jwt changes 22.05 24.11 --conf /etc/slurm/slurm.conf",
        ("key-mode", "key.others"),
        ("slurmctld does not start. Before, it starts and accepts tokens.",),
    ),
    Scenario(
        "missing.slurmdbd",
        "slurmctld takes tokens, and slurmdbd ends: its slurmdbd.conf names no key.",
        site(_WITH_DBD, key(), slurmdbd_conf("AuthAltTypes=auth/jwt\n")),
        ("24.11", "22.05", "26.05"),
        Started("slurmdbd"),
        "fatal: No jwt_key set. Please set the jwt_key=/path/to/key/file option in AuthAltParameters",
        DOCTOR,
        ("key.unset",),
    ),
    Scenario(
        "missing.other-key",
        "scontrol takes the token, sacctmgr does not: slurmdbd has another key.",
        lambda now: site(
            _WITH_DBD,
            key(),
            token(now),
            slurmdbd_conf(USES_JWT.replace(KEY, "slurmdbd.key")),
            key(OTHER, name="slurmdbd.key"),
        )(now),
        ("22.05",),
        Started("slurmdbd"),
        "error: auth_p_verify: jwt_decode failure: Invalid argument",
        DOCTOR,
        ("key.differs",),
    ),
)

LIFETIMES = (
    Scenario(
        "lifetime.revoked",
        "A token has leaked, and Slurm has no list of revoked ones: only a new key ends it.",
        lambda now: site(with_parameters("max_token_lifespan=86400"), key(), token(now))(now),
        ("24.11", "20.11", "22.05", "26.05"),
        Rotated(),
        "error: auth_p_verify: jwt_decode failure: Invalid argument",
        "slurm-jwt rotate --conf /etc/slurm/slurm.conf --release {release}",
        ("rename", "slurmctld"),
        ("All existing tokens stop working",),
        exit=0,
    ),
    Scenario(
        "lifetime.unbounded",
        "Any user gets a token for a year: nothing bounds scontrol token.",
        controller(),
        ("24.11", "22.05", "26.05"),
        Typed(("scontrol", "token", "lifespan=31536000"), token=False),
        "SLURM_JWT=(token)",
        DOCTOR,
        ("lifespan.unlimited",),
    ),
)

NO_PROVIDER = """\
openssl_conf = openssl_init
[openssl_init]
providers = provider_sect
alg_section = algorithm_sect
[provider_sect]
default = default_sect
[default_sect]
activate = 1
[algorithm_sect]
default_properties = fips=yes
"""
"""What OpenSSL is told in a container of a FIPS host by its distribution's patches, said by hand."""

WITH_PROVIDER = """\
openssl_conf = openssl_init
[openssl_init]
providers = provider_sect
alg_section = algorithm_sect
[provider_sect]
fips = fips_sect
base = base_sect
[base_sect]
activate = 1
[algorithm_sect]
default_properties = fips=yes
"""


def _fips_provider(folder: Path) -> tuple[dict[str, bytes | None], dict[str, str]]:
    """Take fips.so, and the fipsmodule.cnf that `openssl fipsinstall -pedantic` wrote for it."""
    files = {
        "ossl": None,
        "ossl/fips.so": (folder / "fips.so").read_bytes(),
        "ossl/openssl.cnf": WITH_PROVIDER.encode() + (folder / "fipsmodule.cnf").read_bytes(),
    }
    return files, {"OPENSSL_CONF": "{base}/ossl/openssl.cnf", "OPENSSL_MODULES": "{base}/ossl"}


_WITHIN = {"OPENSSL_CONF": "{base}/openssl.cnf", "OPENSSL_MODULES": "{base}/modules"}
_SHORT = bytes(range(200, 213))
"""13 bytes: 104 bits, and FIPS wants 112."""

_SINCE_22_05 = ("24.11", "22.05", "26.05")
_FIPS_LINES = with_parameters("max_token_lifespan=86400")

FIPS = (
    Scenario(
        "fips.log",
        "The host is in FIPS mode, its container has no FIPS provider: every token is refused.",
        controller(),
        _SINCE_22_05,
        Asked(openssl=NO_PROVIDER),
        "error: auth_p_verify: jwt_decode failure: Invalid argument",
        LOG,
        ("token.signature",),
        ("FIPS",),
        exit=0,
    ),
    Scenario(
        "fips.host",
        "The same host, looked at from within.",
        lambda now: site(
            _FIPS_LINES,
            key(),
            token(now),
            File("openssl.cnf", NO_PROVIDER.encode()),
            File("modules", None, 0o755),
        )(now),
        _SINCE_22_05,
        Started(environment=_WITHIN),
        "error: auth_p_verify: jwt_decode failure: Invalid argument",
        DOCTOR,
        ("host.fips",),
    ),
    Scenario(
        "fips.short-key",
        "The FIPS provider is there, and no token works with a key of 13 bytes.",
        lambda now: site(
            _FIPS_LINES,
            key(_SHORT),
            token(now, _SHORT),
            File("openssl.cnf", WITH_PROVIDER.encode()),
            File("modules", None, 0o755),
            File("modules/fips.so", b"\x7fELF"),
        )(now),
        ("24.11",),
        Loaded(
            "SLURM_JWT_FIPS_PROVIDER",
            "2026-11-23",
            "error: auth_p_verify: jwt_decode failure: Invalid argument",
            _fips_provider,
            _WITHIN,
        ),
        "error: auth_p_verify: jwt_decode failure: Invalid argument",
        DOCTOR,
        ("key.fips",),
        ("13 bytes",),
    ),
    Scenario(
        "fips.unsigned",
        "There, even a token of scontrol token is refused: it has no signature.",
        controller(unsigned),
        _SINCE_22_05,
        Asked(openssl=NO_PROVIDER, issues=("username=alice",)),
        "error: auth_p_verify: jwt_decode failure: Invalid argument",
        CHECK,
        ("signature.match", "signature.none"),
    ),
)

ROOT = (
    Scenario(
        "root.custody",
        "Users make tokens with a script on the login node, which reads the key: one made one for root.",
        lambda now: site(USES_JWT, key(mode=0o644), token(now, user="root"))(now),
        ("22.05", "20.11"),
        Started(),
        "Running as primary controller",
        DOCTOR,
        ("key.others",),
        ("Whoever has the key can sign tokens for any user, also for root.",),
    ),
)

SCENARIOS: tuple[Scenario, ...] = SPELLING + LIBRARY + MISSING + LIFETIMES + FIPS + ROOT
