"""AuthType and AuthAltTypes: whether auth/jwt is loaded, and whether every name there is a plugin's."""

from __future__ import annotations

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
        return f"Slurm {survey.series} is not what is installed here"
    return "its plugin folder was not found; PluginDir in slurm.conf names it"


def _plugin(survey: Cluster, conf: Conf, each: AuthType) -> Iterator[Finding]:
    """Report a name that is no plugin's, as far as that is known."""
    too_old = survey.series < _SINCE.get(each.plugin, "")
    listed = survey.plugins
    file = f"{each.plugin.replace('/', '_')}.so"
    there = file in listed if listed is not None else each.plugin in KNOWN and not too_old
    if there and each.plugin in KNOWN:
        if each.plugin == "auth/none":
            yield _none(survey, conf, each)
        return
    if each.plugin in KNOWN:
        yield _not_installed(survey, conf, each, file)
    else:
        yield _no_plugin(survey, conf, each, there=there)


def _not_installed(survey: Cluster, conf: Conf, each: AuthType, file: str) -> Finding:
    at = spot(survey, each.setting, conf, each.at, len(each.name))
    since = _SINCE.get(each.plugin)
    if since and survey.series < since:
        why, do = f"{each.plugin} came with Slurm {since}.", "Remove it."
    else:
        folder = ":".join(plugin_dirs(conf)) or survey.plugin_dir
        why = f"There is no {file} in {word(folder)}: this Slurm was built or packaged without it."
        do = _how_to_install(each.plugin)
    return finding(
        "plugin.missing",
        message=f"The plugin {each.plugin} is not installed.",
        cause=f"{why} A plugin that cannot be loaded ends {conf.daemon} at its start.",
        fix=do,
        place=at,
        effect="stops",
        log=f"cannot create auth context for {each.plugin}",
    )


def _how_to_install(plugin: str) -> str:
    if plugin == "auth/jwt":
        return "Debian: apt-get install slurm-wlm-jwt-plugin; from source: configure --with-jwt, with libjwt."
    return "Install the package that brings it, or remove the name."


def _no_plugin(survey: Cluster, conf: Conf, each: AuthType, *, there: bool) -> Finding:
    at = spot(survey, each.setting, conf, each.at, len(each.name))
    # 22.05 finds rest_auth_jwt.so, slurmrestd's, and stumbles over what is not in it.
    log = "Plugin loading failed due to missing symbols" if there else "cannot create auth context for"
    return finding(
        "auth.unknown-plugin",
        message=f"{_setting_name(each)} names {plugin_name(each.name)}, which is no authentication plugin.",
        cause=f"{_reason(survey, each)} {conf.daemon} does not start.",
        fix=_advice(each),
        place=at,
        effect="stops",
        log=log,
    )


def _setting_name(each: AuthType) -> str:
    return each.setting.key if each.setting else "AuthType"


def _reason(survey: Cluster, each: AuthType) -> str:
    if each.name.strip() != each.name:
        return "A blank belongs to the name; Slurm takes nothing off."
    if each.setting and each.setting.key == "AuthType" and "," in each.name:
        return "AuthType is one plugin; only AuthAltTypes is a list."
    if each.name == "rest_auth/jwt":
        return "rest_auth/jwt is slurmrestd's, for its option -a; daemons load auth/jwt."
    if f"auth/{each.name}" in KNOWN and survey.series < "23.11":
        return "Up to 23.02 the name needs its `auth/`."
    return "Slurm looks for a plugin of just this name, in this case."


def _advice(each: AuthType) -> str:
    if each.setting and each.setting.key == "AuthType" and "," in each.name:
        names = [part.text.strip() for part in parts(each.name)]
        if all(name in KNOWN for name in names):
            return f"AuthType={names[0]} and AuthAltTypes={','.join(names[1:])}"
    if each.name == "rest_auth/jwt":
        return "Write auth/jwt."
    near = resembling(each.name.strip(), KNOWN, 0.6)
    return f"Write {near}." if near else f"Name one of {', '.join(KNOWN)}."


def _none(survey: Cluster, conf: Conf, each: AuthType) -> Finding:
    at = spot(survey, each.setting, conf, each.at, len(each.name))
    return finding(
        "auth.none",
        message=f"{_setting_name(each)} allows auth/none.",
        cause="auth/none believes whatever a client says it is: no token and no key is needed to be root.",
        fix="Remove auth/none.",
        place=at,
    )


def _with_jwt(survey: Cluster, conf: Conf, types: tuple[AuthType, ...]) -> Iterator[Finding]:
    jwt = [each for each in types if each.plugin == "auth/jwt"]
    if len(jwt) > 1:
        at = spot(survey, jwt[1].setting, conf, jwt[1].at, len(jwt[1].name))
        yield finding(
            "auth.twice",
            message="auth/jwt is named twice.",
            cause=f"{conf.daemon} loads it twice; the second one is never asked.",
            fix="Remove one of them.",
            place=at,
        )
    if types[0].plugin == "auth/jwt":
        at = spot(survey, types[0].setting, conf)
        yield finding(
            "auth.alone",
            message="AuthType is auth/jwt.",
            cause="It is what daemons and commands use among themselves: each client then needs a token,"
            " and interactive srun and salloc fail.",
            fix="AuthType=auth/munge (or auth/slurm) and AuthAltTypes=auth/jwt",
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
        cause=f"Tokens are then refused: the plugin that they are for is not there. {_off(conf)}",
        fix="Mend the name." if wrong else "Add AuthAltTypes=auth/jwt.",
        place=at,
        effect="refuses",
    )


def _off(conf: Conf) -> str:
    if conf.daemon == "slurmdbd":
        return "sacctmgr with a token, and slurmrestd's accounting, need it in slurmdbd, too."
    return "The client sees a protocol authentication error."


def _misplaced(survey: Cluster, conf: Conf) -> Iterator[Finding]:
    """AuthInfo is for AuthType; what auth/jwt reads is in AuthAltParameters, even if it is AuthType."""
    setting = conf.parsed.last("AuthInfo")
    for name in ("jwt_key", "jwks"):
        found = find(setting.value, name, "22.05") if setting else None
        if setting and found:
            at = spot(survey, setting, conf, found.name_at, len(name))
            yield finding(
                "parameters.misplaced",
                message=f"AuthInfo holds {name}=.",
                cause="auth/jwt reads AuthAltParameters and nothing else.",
                fix=f"Move {name}= to AuthAltParameters.",
                place=at,
            )
