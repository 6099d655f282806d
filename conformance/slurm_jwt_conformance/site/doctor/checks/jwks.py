"""jwks=: public keys for RS256. Slurm loads them in addition to the HS256 key, or instead of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slurm_jwt.config.grammar import Unreadable
from slurm_jwt_conformance.site.discovery.showing import owner, plain
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import shown_path, spot
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.key import Jwks
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Effect
    from slurm_jwt_reports.diagnostic import Place

_MOST = 1 << 20
_PRIVATE = ("d", "k", "p", "q")


def check(survey: Cluster, conf: Conf) -> Iterator[Finding | NotChecked]:
    """Check a daemon's JWKS, and whether it keeps HS256 from working."""
    key = survey.key_of(conf.daemon)
    if key and key.choice.reason == "jwks":
        at = spot(survey, key.choice.setting, conf, key.choice.at, 4)
        yield _alone(survey, conf, at)
    for each in survey.jwks:
        if each.daemon == conf.daemon:
            yield from _file(survey, conf, each)


def _alone(survey: Cluster, conf: Conf, at: Place) -> Finding:
    # A JWKS that up to 23.11 may be passed over leaves the default key in place.
    passed_over = survey.series <= "23.11" and any(
        each.daemon == conf.daemon and not _is_json(survey, each) for each in survey.jwks
    )
    return finding(
        "jwks.alone",
        message="jwks= is set and jwt_key= is not, or not found.",
        cause=f"{conf.daemon} loads no HS256 key. It refuses HS256 tokens, and `scontrol token` fails.",
        fix="If you use HS256 tokens, add jwt_key=FILE, without a space after the comma.",
        place=at,
        effect="may refuse" if passed_over else "refuses",
    )


def _is_json(survey: Cluster, jwks: Jwks) -> bool:
    try:
        json.loads(survey.host.read(jwks.path, _MOST))
    except (Unreadable, ValueError, RecursionError):
        return False
    return True


def _file(survey: Cluster, conf: Conf, jwks: Jwks) -> Iterator[Finding | NotChecked]:
    at = spot(survey, jwks.setting, conf, jwks.at, len(jwks.path))
    name = shown_path(survey, jwks.path)
    look = jwks.look
    modern = survey.series >= "23.11"
    if look.state == "missing":
        log = f"cannot stat '{jwks.path}'" if modern else f"Could not load key file ({jwks.path})"
        shown_log = log if jwks.path in survey.paths else ""
        yield _ends(conf, at, "jwks.missing", f"There is no file {name}.", "Put the JWKS there.", shown_log)
        return
    if look.state != "there":
        yield NotChecked(f"the JWKS {name}", "this user may not look at it", decisive=True)
        return
    if look.mode & 0o002:
        what = f"Everybody may change the JWKS: {name} {owner(look, survey.host)}."
        log = "key file is insecure" if modern else ""
        effect: Effect = "stops" if modern else ""
        yield _ends(conf, at, "jwks.others", what, "chmod o-w the file.", log, effect)
    yield from _content(survey, conf, jwks, at, name)


def _ends(  # noqa: PLR0913, PLR0917 - the parts of a finding
    conf: Conf, at: Place, rule: str, what: str, do: str, log: str, effect: Effect = "stops"
) -> Finding:
    why = (
        f"{conf.daemon} ends at its start." if effect else "Whoever knows or replaces a key can be any user."
    )
    return finding(rule, what, why, do, at, effect=effect, log=log)


def _content(survey: Cluster, conf: Conf, jwks: Jwks, at: Place, name: str) -> Iterator[Finding | NotChecked]:
    try:
        data = json.loads(survey.host.read(jwks.path, _MOST))
    except Unreadable as error:
        yield NotChecked(f"the content of the JWKS {name}", plain(str(error)), decisive=True)
        return
    except (ValueError, RecursionError):
        yield _not_json(survey, conf, at, name)
        return
    keys = data.get("keys") if isinstance(data, dict) else None
    keys = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    if any(_lacks_kid(key, survey.series) for key in keys):
        what = f"A key of the JWKS {name} has no kid."
        do = "Give each key a kid."
        yield _ends(conf, at, "jwks.content", what, do, "failed to load kid field")
    if any(member in key for key in keys for member in _PRIVATE):
        what = f"The JWKS {name} holds private or symmetric keys."
        yield _ends(conf, at, "jwks.private", what, "Keep the public parts only.", "", "")


def _not_json(survey: Cluster, conf: Conf, at: Place, name: str) -> Finding:
    """Up to 23.02, and in the first of 23.11, a broken JWKS is passed over as if there were none."""
    effect: Effect = "stops" if survey.series >= "24.05" else "may stop" if survey.series == "23.11" else ""
    why = f"{conf.daemon} ends at its start."
    if not effect:
        why = "Slurm logs a JSON parsing error and ignores jwks=. From 24.05 on it ends."
    log = "failed to deserialize jwks file" if effect == "stops" else ""
    return finding(
        "jwks.content",
        message=f"The JWKS {name} is not JSON.",
        cause=why,
        fix="Write a JWKS there.",
        place=at,
        effect=effect,
        log=log,
    )


def _lacks_kid(key: dict[str, object], series: str) -> bool:
    """Up to 22.05 only keys of alg RS256 need one, later all do."""
    wanted = series >= "23.02" or str(key.get("alg", "")).upper() == "RS256"
    return wanted and "kid" not in key
