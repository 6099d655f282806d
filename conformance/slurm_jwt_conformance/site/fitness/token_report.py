"""An answer as a site's report: fit or not fit, with its evidence, to print, sign and attach."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from slurm_jwt.strict.keys import describe, token_fingerprint
from slurm_jwt.strict.rules import RULES
from slurm_jwt_conformance import __version__
from slurm_jwt_conformance.site.check import items, words
from slurm_jwt_conformance.site.discovery.machine import synchronised
from slurm_jwt_conformance.site.discovery.showing import excerpt, leads_somewhere
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.site import report as site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.items import Item

CLOCKS = {
    True: "this host's clock, which its kernel says is synchronised",
    False: "this host's clock, which its kernel says is not synchronised",
    None: "this host's clock; whether it is synchronised its kernel does not say",
}


def files(made: Answer, place: str, name: str | None, *, clock: str | None = None) -> list[tuple[str, str]]:
    """Return page, JSON and schema with the paths for them: FILE, and beside it FILE's name in .json."""
    from importlib.resources import files as resources

    from slurm_jwt_reports.site.fitness import site_json
    from slurm_jwt_reports.site.page import site_page

    made_report = report(made, name, clock)
    stem = os.path.splitext(place)[0]  # noqa: PTH122 - keeps the path as it was given
    beside = f"{stem}.json" if f"{stem}.json" != place else f"{place}.json"
    schema = resources("slurm_jwt_reports").joinpath("schema", "site.schema.json").read_text("utf-8")
    return [
        (place, site_page(made_report)),
        (beside, site_json(made_report)),
        (posixpath.join(posixpath.dirname(place), "site.schema.json"), schema),
    ]


def report(made: Answer, name: str | None = None, clock: str | None = None) -> site.SiteReport:
    """Return what the answer says, as a site's report. name: of the site; clock: where the time came from."""
    found, done = made.question.found, made.done
    cluster = name or found.value("ClusterName") or "an unnamed cluster"
    return site.SiteReport(
        site=one_line(cluster, 80),
        suite=__version__,
        command=made.command,
        made=items.moment(done.now),
        clock=clock or CLOCKS[synchronised()],
        release=words.installed(found),
        tokens=(_token(made),),
        key=None if done.key is None else _key(done.key),
        configuration=_configuration(made),
        rules=(*_rules(made), *_remarks(made)),
        answers=tuple(_answers(made)),
        waivers=tuple(_waivers(made)),
        notes=(*words.notes(made), *_how(made)),
    )


def _token(made: Answer) -> site.TokenEvidence:
    claims = made.done.result.claims
    user = claims.get("sun") if claims else None
    return site.TokenEvidence(
        sha256=token_fingerprint(made.done.token),
        bytes=len(made.done.token),
        user=user if isinstance(user, str) and len(user) <= 256 else None,
        what=f"from {made.place}",
    )


def _key(key: bytes) -> site.KeyEvidence:
    facts = describe(key)
    return site.KeyEvidence(fingerprint=facts.fingerprint, bytes=facts.length, shape=facts.shape)


def _configuration(made: Answer) -> site.ConfigurationEvidence | None:
    conf = made.question.found.conf
    if conf is None:
        return None
    return site.ConfigurationEvidence(
        sha256=conf.sha256, file=one_line(conf.path), parameters=_parameters(made)
    )


def _parameters(made: Answer) -> str:
    """Return AuthAltParameters where none of it could be a secret, which people write where paths belong."""
    from slurm_jwt.config.auth import parts
    from slurm_jwt_conformance.site.discovery.host import RealHost

    conf = made.question.found.conf
    setting = conf.parsed.last("AuthAltParameters") if conf else None
    if setting is None:
        return ""
    values = [part.text.partition("=")[2] for part in parts(setting.value)]
    paths = [value for value in values if leads_somewhere(value, RealHost())]
    return setting.value if excerpt(setting, 0, 1, paths) else "(not shown: it may hold a secret)"


def _rules(made: Answer) -> Iterator[site.RuleEvidence]:
    broken = {item.id: item for item in items.items(made) if item.is_rule}
    for rule in RULES:
        item = broken.get(rule.id)
        unseen = rule.id in made.done.result.not_checked
        yield site.RuleEvidence(
            id=rule.id,
            severity=rule.severity,
            sentence=rule.sentence,
            sources=rule.sources,
            hint=rule.hint,
            state="broken" if item else "not checked" if unseen else "kept",
            found=(item.found,) if item else (),
        )


def _remarks(made: Answer) -> Iterator[site.RuleEvidence]:
    """Let remarks stand among the rules: what forbids as an error, what does not as a warning."""
    for item in items.items(made):
        if not item.is_rule and item.level != "note":
            yield _remark(item)


def _remark(item: Item) -> site.RuleEvidence:
    return site.RuleEvidence(
        id=item.id,
        severity="error" if item.level == "error" else "warning",
        sentence=f"Expected: {item.expected}",
        sources=item.sources,
        hint=item.do,
        state="broken",
        found=(f"{item.title} {item.found}",),
    )


def _answers(made: Answer) -> Iterator[site.ReleaseEvidence]:
    token = token_fingerprint(made.done.token)
    where = made.question.where
    nobody = "nobody" if where is not None and where.known else None
    for name, told in made.done.predictions.items():
        yield site.ReleaseEvidence(
            release=name,
            token=token,
            accepted=told.accepted,
            user=told.user or (nobody if told.accepted else None),
            uid=told.uid,
            log=told.log,
            basis=told.basis,
        )


def _waivers(made: Answer) -> Iterator[site.Waiver]:
    """Return every waiver of the policy, those that are over too: the report says so of them."""
    policy = made.question.policy
    for one in policy.waivers if policy else ():
        yield site.Waiver(rule=one.rule, reason=one.reason, by=one.by, expires=one.expires)


def _how(made: Answer) -> Iterator[str]:
    key = made.question.found.key
    if key is not None:
        yield f"The key: {key.sentence()}."
    if made.question.where is not None:
        yield f"Users: {made.question.users.source}."
    if made.question.policy is not None:
        yield f"Policy: {made.question.policy.place}."
