"""AuthType and AuthAltTypes: whether auth/jwt is loaded, and whether every name is a plugin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt.config.auth import auth_types, find, parts
from slurm_jwt_conformance.site.discovery.conf import plugin_dirs, uses_jwt
from slurm_jwt_conformance.site.discovery.showing import plugin_name, resembling, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import spot
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.config.auth import AuthType
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_reports.diagnostic import Place

KNOWN = ("auth/jwt", "auth/munge", "auth/none", "auth/slurm")
_SINCE = {"auth/slurm": "23.11"}


def check(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    """Check the plugins that a daemon's configuration names."""
    types = auth_types(conf.parsed, survey.series)
    for each in types:
        yield from _plugin(survey, conf, each)
    if uses_jwt(conf, survey.series):
        yield from _with_jwt(survey, conf, types)
    else:
        yield _without_jwt(survey, conf, types)
    yield from _misplaced(survey, conf)


def check_installed(survey: Cluster) -> Iterator[NotChecked]:
    """Report that the plugins of this Slurm cannot be listed."""
    if survey.plugins is None and any(uses_jwt(conf, survey.series) for conf in survey.confs):
        yield NotChecked("whether auth_jwt.so is installed", _why_no_listing(survey), decisive=True)


def _why_no_listing(survey: Cluster) -> str:
    if not survey.version.installed:
        return f"Slurm {survey.series} is not installed here"
    return "the plugin folder was not found: set PluginDir in slurm.conf"


def _plugin(survey: Cluster, conf: Conf, each: AuthType) -> Iterator[Finding]:
    """Yield the finding of a name that is not a plugin, or that is not installed, or of auth/none."""
    too_old = survey.series < _SINCE.get(each.plugin, "")
    listed = survey.plugins
    file = f"{each.plugin.replace('/', '_')}.so"
    exists = file in listed if listed is not None else each.plugin in KNOWN and not too_old
    at = spot(survey, each.setting, conf, each.at, len(each.name))
    if each.plugin not in KNOWN:
        # 22.05 finds rest_auth_jwt.so, the plugin of slurmrestd, and misses symbols in it.
        log = "Plugin loading failed due to missing symbols" if exists else "cannot create auth context for"
        name = f"{_setting_name(each)} names {plugin_name(each.name)}"
        yield finding(
            "auth.unknown-plugin",
            f"{name}, which is not an authentication plugin.",
            f"{_reason(survey, each)} {conf.daemon} does not start.",
            _advice(each),
            at,
            effect="stops",
            log=log,
        )
    elif not exists:
        yield _not_installed(survey, conf, each, file, at)
    elif each.plugin == "auth/none":
        yield finding(
            "auth.none",
            f"{_setting_name(each)} allows auth/none.",
            "auth/none believes what a client says about its user: anyone can be root without a token.",
            "Remove auth/none.",
            at,
        )


def _not_installed(survey: Cluster, conf: Conf, each: AuthType, file: str, at: Place) -> Finding:
    since = _SINCE.get(each.plugin, "")
    if survey.series < since:
        why, do = f"Slurm {since} introduced {each.plugin}.", "Remove it."
    else:
        folder = ":".join(plugin_dirs(conf)) or survey.plugin_dir
        why = f"There is no {file} in {word(folder)}: this Slurm was built or packaged without it."
        do = "Install the package that contains it, or remove the name."
        if each.plugin == "auth/jwt":
            do = "Debian: apt-get install slurm-wlm-jwt-plugin; source: configure --with-jwt, with libjwt."
    return finding(
        "plugin.missing",
        f"The plugin {each.plugin} is not installed.",
        f"{why} {conf.daemon} does not start if it cannot load a plugin.",
        do,
        at,
        effect="stops",
        log=f"cannot create auth context for {each.plugin}",
    )


def _setting_name(each: AuthType) -> str:
    return each.setting.key if each.setting else "AuthType"


def _reason(survey: Cluster, each: AuthType) -> str:
    if each.name.strip() != each.name:
        return "The name has a space at its start or end. Slurm does not remove it."
    if each.setting and each.setting.key == "AuthType" and "," in each.name:
        return "AuthType is one plugin. Only AuthAltTypes is a list."
    if each.name == "rest_auth/jwt":
        return "rest_auth/jwt is a plugin of slurmrestd, for its option -a. Daemons load auth/jwt."
    if f"auth/{each.name}" in KNOWN and survey.series < "23.11":
        return "Up to 23.02 the name must start with `auth/`."
    return "Slurm looks for a plugin of exactly this name."


def _advice(each: AuthType) -> str:
    if each.setting and each.setting.key == "AuthType" and "," in each.name:
        names = [part.text.strip() for part in parts(each.name)]
        if all(name in KNOWN for name in names):
            return f"AuthType={names[0]} and AuthAltTypes={','.join(names[1:])}"
    if each.name == "rest_auth/jwt":
        return "Write auth/jwt."
    near = resembling(each.name.strip(), KNOWN, 0.6)
    return f"Write {near}." if near else f"Name one of {', '.join(KNOWN)}."


def _with_jwt(survey: Cluster, conf: Conf, types: tuple[AuthType, ...]) -> Iterator[Finding]:
    jwt = [each for each in types if each.plugin == "auth/jwt"]
    if len(jwt) > 1:
        at = spot(survey, jwt[1].setting, conf, jwt[1].at, len(jwt[1].name))
        yield finding(
            "auth.twice",
            message="AuthType and AuthAltTypes name auth/jwt twice.",
            cause=f"{conf.daemon} loads it twice and never uses the second one.",
            fix="Remove one of them.",
            place=at,
        )
    if types[0].plugin == "auth/jwt":
        at = spot(survey, types[0].setting, conf)
        yield finding(
            "auth.alone",
            message="AuthType is auth/jwt.",
            cause="Daemons and commands then use only auth/jwt: each client needs a token, and interactive"
            " srun and salloc fail.",
            fix="Set AuthType=auth/munge (or auth/slurm) and AuthAltTypes=auth/jwt.",
            place=at,
        )


def _without_jwt(survey: Cluster, conf: Conf, types: tuple[AuthType, ...]) -> Finding:
    setting = types[-1].setting or types[0].setting
    at = spot(survey, setting, conf)
    wrong = any(each.plugin not in KNOWN for each in types)
    return finding(
        "auth.off",
        level="error" if conf.daemon == "slurmctld" else "warning",
        message=f"{conf.daemon} does not load auth/jwt.",
        cause=f"It refuses every token. {_off(conf)}",
        fix="Fix the name." if wrong else "Add AuthAltTypes=auth/jwt.",
        place=at,
        effect="refuses",
    )


def _off(conf: Conf) -> str:
    if conf.daemon == "slurmdbd":
        return "sacctmgr with a token and the accounting of slurmrestd need auth/jwt in slurmdbd."
    return "The client sees a protocol authentication error."


def _names_a_key(value: str) -> bool:
    """Return whether AuthInfo is a path alone, of a JWKS or a key file."""
    return "=" not in value and re.search(r"jwk|jwt|\.(json|key|pem)$", value, re.IGNORECASE) is not None


def _misplaced(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    """Yield the parameters of auth/jwt that are in AuthInfo, which it does not read."""
    setting = conf.parsed.last("AuthInfo")
    if setting and _names_a_key(setting.value):
        yield finding(
            "parameters.misplaced",
            message="AuthInfo names a file with keys.",
            cause="auth/jwt reads only AuthAltParameters. For auth/munge a path alone in AuthInfo is munged's"
            " socket.",
            fix="Move the path to AuthAltParameters, as jwks=FILE or jwt_key=FILE; remove AuthInfo.",
            place=spot(survey, setting, conf),
        )
    for name in ("jwt_key", "jwks"):
        found = find(setting.value, name, "22.05") if setting else None
        if setting and found:
            at = spot(survey, setting, conf, found.name_at, len(name))
            yield finding(
                "parameters.misplaced",
                message=f"AuthInfo has {name}=.",
                cause="auth/jwt reads only AuthAltParameters.",
                fix=f"Move {name}= to AuthAltParameters.",
                place=at,
            )
