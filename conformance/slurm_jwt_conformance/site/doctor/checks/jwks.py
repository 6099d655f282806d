"""jwks=: public keys for RS256. Slurm loads them in addition to the HS256 key, or instead of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.config.grammar import Unreadable
from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.site import public_keys
from slurm_jwt_conformance.site.discovery.access import may_read
from slurm_jwt_conformance.site.discovery.showing import owner, plain, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import shown_path, spot, unreadable
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Look
    from slurm_jwt_conformance.site.discovery.key import Jwks
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Effect, Severity
    from slurm_jwt_conformance.site.public_keys import KeyUse, PublicKeys
    from slurm_jwt_reports.diagnostic import Place

_IN_OWN_WORDS = {"json", "object", "usable", "other", "kid-unique", "private"}
"""Rules of the JWKS that this module reports in its own words, or not at all."""
_OF_THE_START = {"kid", "alg", "rsa", "types"}
"""Rules that say again why a daemon does not start."""


def check(survey: Cluster, conf: Conf) -> Iterator[Finding | NotChecked]:
    """Check a daemon's JWKS, and whether it keeps HS256 from working."""
    key = survey.key_of(conf.daemon)
    if key and key.choice.reason == "jwks":
        at = spot(survey, key.choice.setting, conf, key.choice.at, 4)
        yield _alone(survey, conf, at)
    for each in survey.jwks:
        if each.daemon == conf.daemon:
            yield from _file(survey, conf, each)


def rs256(survey: Cluster, conf: Conf) -> bool | None:
    """Return whether a daemon has public keys that verify RS256 tokens; None if its JWKS cannot be read."""
    if all(each.daemon != conf.daemon for each in survey.jwks):
        return False
    keys = _examined(survey, conf)
    return None if keys is None or keys.kids != keys.perhaps else bool(keys.kids)


def _examined(survey: Cluster, conf: Conf) -> PublicKeys | None:
    data = public_keys.of_daemon(survey, conf.daemon)
    return None if data is None else public_keys.examine(data, public_keys.release_of(survey))


def _alone(survey: Cluster, conf: Conf, at: Place) -> Finding:
    # A JWKS that up to 23.11 may be ignored leaves the default key in place.
    keys = _examined(survey, conf)
    hidden = "jwt_key" in (conf.value("AuthAltParameters") or "")
    ignored = survey.series <= "23.11" and (keys is None or keys.loaded is None or not keys.loaded.loaded)
    return finding(
        "jwks.alone",
        message="jwks= is set and jwt_key= is not, or not found.",
        cause=f"{conf.daemon} loads no HS256 key. It refuses HS256 tokens, and `scontrol token` issues none.",
        place=at,
        level="note" if keys and keys.kids and not hidden else None,
        effect="may refuse" if ignored else "refuses",
    )


def _file(survey: Cluster, conf: Conf, jwks: Jwks) -> Iterator[Finding | NotChecked]:
    at = spot(survey, jwks.setting, conf, jwks.at, len(jwks.path))
    name = word(jwks.path) if jwks.named else shown_path(survey, jwks.path)
    look = jwks.look
    modern = survey.series >= "23.11"
    if jwks.named:
        yield from _content(survey, conf, jwks, at, name)
    elif not jwks.path.startswith("/"):
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
        data = survey.host.read(jwks.path, public_keys.MOST_BYTES)
    except Unreadable as error:
        yield NotChecked(f"the content of the JWKS {name}", plain(str(error)), decisive=True)
        return
    keys = public_keys.examine(data, public_keys.release_of(survey))
    if _breaks(keys, "json") and (keys.loaded is None or not keys.loaded.loaded):
        yield _not_json(conf, keys, at, name)
        return
    yield from _loading(conf, keys, at, name)
    yield from _repeated(keys, at, name)
    yield from _documented(keys, at, name)


def _breaks(keys: PublicKeys, rule: str) -> bool:
    return any(each.rule == f"jwks.{rule}" for each in keys.strict.of_file)


def _loading(conf: Conf, keys: PublicKeys, at: Place, name: str) -> Iterator[Finding]:
    """Yield what ends the daemon, and otherwise why it refuses RS256 tokens."""
    if keys.starts is not True:
        culprit = next((each for each in keys.uses if each.use in {"ends", "may end"}), None)
        yield _fatal(conf, keys, culprit, at, name)
        return
    without_alg = [each for each in keys.uses if each.lacks_alg]
    if without_alg:
        what = f"{_titled(without_alg[0])} of the JWKS {name} is an RSA key without alg."
        why = "Slurm up to 26.05.2 refuses every RS256 token of this key, without a message at its start."
        fix = 'Add "alg": "RS256" to the key: providers such as Entra ID leave alg out.'
        yield finding("jwks.content", what, why, fix, at, level="warning")
    elif not keys.perhaps:
        what = f"The JWKS {name} has no key that Slurm can use."
        fix = "Write the JWKS of your provider there, with its RSA keys."
        if _breaks(keys, "object"):
            what = f"The JWKS {name} has no list `keys`."
            fix = 'Write {"keys": [...]} there, with the keys in the list.'
        why = "Slurm uses only RSA keys with alg RS256 in the list `keys`. It refuses every RS256 token."
        yield finding("jwks.content", what, why, fix, at, level="warning")


def _titled(use: KeyUse) -> str:
    """Return how a finding names a key. A kid is a public name, shown as far as it is a short word."""
    kid = f", kid {word(use.kid)}" if use.kid and len(use.kid) <= 60 else ""
    return f"Key {use.number}{f' (kty {use.kind}{kid})' if use.kind else ''}"


def _fatal(conf: Conf, keys: PublicKeys, culprit: KeyUse | None, at: Place, name: str) -> Finding:
    certain = keys.starts is False
    why = f"{'' if certain else 'Some patch releases of this series end: '}{conf.daemon} ends at its start."
    what, fix = f"The JWKS {name} ends {conf.daemon}.", "Fetch the JWKS of your provider again."
    if culprit and culprit.missing in {"e", "n"} and culprit.kind != "RSA":
        what = f"{_titled(culprit)} of the JWKS {name} has no alg."
        why = f"Slurm before 26.05.3 reads a key without alg as an RSA key, with the members e and n. {why}"
        fix = "Add alg to the key, or remove the key: Slurm uses only RSA keys with alg RS256."
    elif culprit and culprit.missing:
        what = f"{_titled(culprit)} of the JWKS {name} has no {culprit.missing}."
        fix = "Give each key a kid, and each RSA key n and e."
        if "x5c" in culprit.members and culprit.missing != "kid":
            fix = "Add n and e of the certificate's public key: Slurm does not read x5c."
    elif culprit:
        what = f"n or e of key {culprit.number} of the JWKS {name} is not a number in base64url."
        fix = "Fetch the JWKS of your provider again, or write the key with a JWK library."
    return finding(
        "jwks.content",
        what,
        why,
        fix,
        at,
        level="error" if certain else "warning",
        effect="stops" if certain else "may stop",
        log=keys.log.rpartition(": ")[2].partition("`")[0].strip(),
    )


def _repeated(keys: PublicKeys, at: Place, name: str) -> Iterator[Finding]:
    if keys.loaded and len(keys.perhaps) < len(keys.loaded.keys):
        yield finding(
            "jwks.content",
            f"Two keys of the JWKS {name} have the same kid.",
            "Slurm uses the first key of a kid only.",
            "Give each key its own kid.",
            at,
            level="warning",
        )


def _documented(keys: PublicKeys, at: Place, name: str) -> Iterator[Finding]:
    """Yield the rules of RFC 7517 that the file breaks and that are not reported yet."""
    said = _IN_OWN_WORDS | (_OF_THE_START if keys.starts is not True else set())
    said |= {"alg"} if any(each.lacks_alg for each in keys.uses) else set()
    for each in keys.strict.findings:
        kind, rule = each.rule.removeprefix("jwks."), BY_ID[each.rule]
        if kind == "private":
            yield finding(
                "jwks.private",
                f"The JWKS {name} holds private or symmetric keys ({each.found}).",
                "Whoever knows such a key can be any user.",
                "Keep the public parts only. Replace each private key at its provider.",
                at,
            )
        elif kind not in said:
            level: Severity = "warning" if each.severity == "error" else "note"
            what = f"The JWKS {name} breaks a rule: {plain(each.found, 200)}."
            yield finding("jwks.content", what, rule.sentence, rule.hint, at, level=level)


def _not_json(conf: Conf, keys: PublicKeys, at: Place, name: str) -> Finding:
    """Up to 23.11.0 a broken JWKS is ignored as if there were none."""
    effect: Effect = {True: "", False: "stops", None: "may stop"}[keys.starts]  # type: ignore[assignment]
    why = f"{conf.daemon} ends at its start."
    if not effect:
        why = "Slurm logs a JSON parsing error and ignores jwks=. From 23.11.1 on it ends."
    return finding(
        "jwks.content",
        message=f"The JWKS {name} is not JSON.",
        cause=why,
        fix="Write a JWKS there. A file that begins with < is an HTML page.",
        place=at,
        effect=effect,
        log="failed to deserialize jwks file" if effect == "stops" else "",
    )
