"""jwks=: public keys for RS256. Slurm loads them in addition to the HS256 key, or instead of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slurm_jwt.config.grammar import Unreadable
from slurm_jwt_conformance.site.discovery.access import may_read
from slurm_jwt_conformance.site.discovery.jwks import key_use, keys_of, kid_of
from slurm_jwt_conformance.site.discovery.showing import owner, plain
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import shown_path, spot, unreadable
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Look
    from slurm_jwt_conformance.site.discovery.jwks import KeyUse
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
    if not jwks.path.startswith("/"):
        if jwks.path:  # parameters.empty reports an empty value
            yield _no_path(conf, jwks, at, name)
    elif look.state == "missing":
        log = f"cannot stat '{jwks.path}'" if modern else f"Could not load key file ({jwks.path})"
        shown_log = log if jwks.path in survey.paths else ""
        yield _ends(conf, at, "jwks.missing", f"There is no file {name}.", "Put the JWKS there.", shown_log)
    elif look.state != "there":
        yield NotChecked(f"the JWKS {name}", "this user may not look at it", decisive=True)
    else:
        yield from _modes(survey, conf, jwks, at, name)
        if look.kind != "file" or look.size == 0:
            yield _unmappable(survey, conf, look, at, name)
        else:
            yield from _content(survey, conf, jwks, at, name)


def _no_path(conf: Conf, jwks: Jwks, at: Place, name: str) -> Finding:
    url = "://" in jwks.path
    return finding(
        "jwks.path",
        f"jwks is {'a URL' if url else name}, not an absolute path.",
        f"jwks is a file. Slurm fetches nothing. {conf.daemon} "
        + ("ends at its start." if url else f"looks for the name in the folder that {conf.daemon} runs in."),
        "Save the JWKS in a file, and write the absolute path of the file.",
        at,
        effect="stops" if url else "may stop",
    )


def _modes(survey: Cluster, conf: Conf, jwks: Jwks, at: Place, name: str) -> Iterator[Finding]:
    look, user = jwks.look, survey.user(conf)
    modern = survey.series >= "23.11"
    if look.mode & 0o002:
        what = f"Everybody may change the JWKS: {name} {owner(look, survey.host)}."
        log = "key file is insecure" if modern else ""
        effect: Effect = "stops" if modern else ""
        yield _ends(conf, at, "jwks.others", what, "chmod o-w the file.", log, effect)
    if user and not may_read(look, user):
        shown = f"{name} {owner(look, survey.host)}"
        typed = name if jwks.path in survey.paths else "FILE"
        yield unreadable(survey, conf, "jwks.unreadable", ("the JWKS", shown, typed), plain(user.name), at)


def _unmappable(survey: Cluster, conf: Conf, look: Look, at: Place, name: str) -> Finding:
    what = f"The JWKS {name} is {'empty' if look.kind == 'file' else f'a {look.kind}'}."
    other_log = look.kind == "FIFO" or (survey.series >= "23.11" and look.mode & 0o002)
    return _ends(
        conf, at, "jwks.content", what, "Put the JWKS there.", "" if other_log else "Could not load key file"
    )


def _ends(  # noqa: PLR0913, PLR0917 - the parts of a finding
    conf: Conf, at: Place, rule: str, what: str, do: str, log: str, effect: Effect = "stops"
) -> Finding:
    why = (
        f"{conf.daemon} ends at its start." if effect else "Whoever knows or replaces a key can be any user."
    )
    return finding(rule, what, why, do, at, effect=effect, log=log)


def _content(survey: Cluster, conf: Conf, jwks: Jwks, at: Place, name: str) -> Iterator[Finding | NotChecked]:
    try:
        document = json.loads(survey.host.read(jwks.path, _MOST))
    except Unreadable as error:
        yield NotChecked(f"the content of the JWKS {name}", plain(str(error)), decisive=True)
        return
    except (ValueError, RecursionError):
        yield _not_json(survey, conf, at, name)
        return
    keys = keys_of(document) or []
    uses = [key_use(key, _release(survey)) for key in keys]
    fatal = next((each for each in uses if each.use == "ends"), None) or next(
        (each for each in uses if each.use == "may end"), None
    )
    if fatal:
        yield _fatal_key(conf, fatal, at, name)
    else:
        yield from _unusable(keys_of(document), uses, at, name)
    yield from _repeated(keys, at, name)
    if any(isinstance(key, dict) and member in key for key in keys for member in _PRIVATE):
        what = f"The JWKS {name} holds private or symmetric keys."
        yield _ends(conf, at, "jwks.private", what, "Keep the public parts only.", "", "")


def _release(survey: Cluster) -> str:
    """Return the full version where it is known: --release may name the series of the installed Slurm."""
    version = survey.version
    named_series = version.slurm == version.series
    return survey.machine.slurm.number if version.installed and named_series else version.slurm


def _fatal_key(conf: Conf, fatal: KeyUse, at: Place, name: str) -> Finding:
    certain = fatal.use == "ends"
    as_rsa = fatal.field != "kid" and fatal.kind != "RSA"
    why = f"{'' if certain else 'Up to 26.05.2 '}{conf.daemon} ends at its start."
    fix = "Give each key a kid, and each RSA key n and e."
    if as_rsa:
        why = f"Slurm reads a key without alg as an RSA key, with the members e and n. {why}"
        fix = "Add alg to the key, or remove the key: Slurm uses only RSA keys with alg RS256."
    kind = f" (kty {fatal.kind})" if fatal.kind else ""
    return finding(
        "jwks.content",
        f"A key{kind} of the JWKS {name} has no {'alg' if as_rsa else fatal.field}.",
        why,
        fix,
        at,
        level="error" if certain else "warning",
        effect="stops" if certain else "may stop",
        log=f"failed to load {fatal.field} field",
    )


def _unusable(keys: list[object] | None, uses: list[KeyUse], at: Place, name: str) -> Iterator[Finding]:
    """Yield the warning of a file whose keys are loaded, and do not verify tokens."""
    without_alg = any(each.use == "no alg" for each in uses)
    if not without_alg and any(each.use == "used" for each in uses):
        return
    what = f"The JWKS {name} has no key that Slurm can use."
    why = "Slurm uses only RSA keys with alg RS256 in the list `keys`. It refuses every RS256 token."
    fix = "Write the JWKS of your provider there, with its RSA keys."
    if without_alg:
        what = f"An RSA key of the JWKS {name} has no alg."
        why = "Slurm up to 26.05.2 refuses every RS256 token of this key, without a message at its start."
        fix = 'Add "alg": "RS256" to the key.'
    elif keys is None:
        what = f"The JWKS {name} has no list `keys`."
        fix = 'Write {"keys": [...]} there, with the keys in the list.'
    yield finding("jwks.content", what, why, fix, at, level="warning")


def _repeated(keys: list[object], at: Place, name: str) -> Iterator[Finding]:
    kids = [kid for kid in map(kid_of, keys) if kid is not None]
    if len(set(kids)) < len(kids):
        yield finding(
            "jwks.content",
            f"Two keys of the JWKS {name} have the same kid.",
            "Slurm uses the first key of a kid only.",
            "Give each key its own kid.",
            at,
            level="warning",
        )


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
