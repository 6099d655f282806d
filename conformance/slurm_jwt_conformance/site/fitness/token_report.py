"""An answer as a site's report: fit or not fit, with its evidence, to print, sign and attach."""

from __future__ import annotations

import os
import posixpath
from hashlib import sha256
from typing import TYPE_CHECKING

from slurm_jwt.strict.findings import shown
from slurm_jwt.strict.jws import encode
from slurm_jwt.strict.keys import describe, token_fingerprint
from slurm_jwt.strict.rules import in_edition
from slurm_jwt_conformance import __version__
from slurm_jwt_conformance.site.check import diagnostics, document, evaluation, times
from slurm_jwt_conformance.site.discovery.machine import synchronised
from slurm_jwt_conformance.site.discovery.showing import excerpt, leads_somewhere
from slurm_jwt_conformance.site.fitness import sign_off
from slurm_jwt_conformance.site.policy import policy as policies
from slurm_jwt_conformance.site.users import names
from slurm_jwt_reports.output import File
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.site import report as site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.strict.jwks import RsaKey
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.question import Question
    from slurm_jwt_reports.diagnostic import Diagnostic

EDITIONS = {
    "2020": "HS256 (Slurm page of 30 December 2020)",
    "later": "HS256 by jwt_key=, RS256 by jwks= (Slurm's later page)",
}
"""The edition of the documented rules that a token is judged by."""

MOST_CLAIMS = 40

CLOCKS = {
    True: "this host's clock, which its kernel says is synchronised",
    False: "this host's clock, which its kernel says is not synchronised",
    None: "this host's clock; whether it is synchronised its kernel does not say",
}


def files(answer: Answer, place: str, name: str | None, *, clock: str | None = None) -> list[File]:
    """Return page, JSON and schema: FILE, and beside it FILE's name in .json."""
    from importlib.resources import files as resources

    from slurm_jwt_reports.site.fitness import site_json
    from slurm_jwt_reports.site.page import site_page

    evidence = report(answer, name, clock)
    stem = os.path.splitext(place)[0]  # noqa: PTH122 - keeps the path as it was given
    beside = f"{stem}.json" if f"{stem}.json" != place else f"{place}.json"
    schema = resources("slurm_jwt_reports").joinpath("schema", "site.schema.json").read_text("utf-8")
    return [
        File(place, site_page(evidence), "site html"),
        File(beside, site_json(evidence), "site json"),
        File(posixpath.join(posixpath.dirname(place), "site.schema.json"), schema, "site schema"),
    ]


def report(answer: Answer, name: str | None = None, clock: str | None = None) -> site.SiteReport:
    """Return the answer as a site's report. name: of the site; clock: where the time came from."""
    found, checked = answer.question.found, answer.checked
    cluster = name or found.value("ClusterName") or "an unnamed cluster"
    outcome = sign_off.outcome(answer)
    return site.SiteReport(
        site=one_line(cluster, 80),
        suite=__version__,
        command=answer.command,
        made=times.moment(checked.now),
        clock=clock or CLOCKS[synchronised()],
        outcome=outcome.verdict,
        reasons=outcome.reasons,
        release=_release(answer),
        tokens=(_token(answer),),
        key=None if checked.key is None else _key(checked.key),
        configuration=_configuration(answer),
        rules=(*_rules(answer), *_others(answer)),
        answers=tuple(_answers(answer)),
        waivers=tuple(_waivers(answer)),
        policy=_policy(answer),
        accepted=tuple(sign_off.accepted(sign_off.risks(answer), answer.question.policy, answer.waived)),
        edition=EDITIONS[checked.examination.edition],
        notes=(*document.notes(answer), *_origins(answer)),
    )


def _release(answer: Answer) -> str:
    """Return the releases that were asked, and how they were chosen."""
    question = answer.question
    if question.target is None:
        return "no release was asked"
    asked = ", ".join(each.name for each in question.target.releases)
    if question.choice == "installed":
        return f"{asked} (installed: {document.installed(question.found)})"
    return f"{asked} ({'named' if question.choice == 'named' else 'all modelled releases'})"


def _token(answer: Answer) -> site.TokenEvidence:
    claims = answer.checked.examination.claims or {}
    return site.TokenEvidence(
        sha256=token_fingerprint(answer.checked.token),
        bytes=len(answer.checked.token),
        user=_user(answer),
        issuer=shown(claims["iss"]) if "iss" in claims else "",
        times=times.sentence(times.of(claims, answer.checked.now)),
        claims=tuple(names.claim(name) for name in [*claims][:MOST_CLAIMS]),
        what=f"from {answer.place}{_header(answer)}",
    )


def _header(answer: Answer) -> str:
    """Return the algorithm and the key's name as the header has them."""
    header = answer.checked.examination.header or {}
    return "".join(f", {name} {shown(header[name])}" for name in ("alg", "kid") if name in header)


def _user(answer: Answer) -> str | None:
    """Return the user that the token names for the releases asked; without releases, the user in sun."""
    claims = answer.checked.examination.claims or {}
    named = [one.name for one in answer.mappings if one.name is not None]
    user = named[-1] if named else claims.get("sun")
    return user if isinstance(user, str) and len(user) <= 256 else None


def _key(key: bytes) -> site.KeyEvidence:
    facts = describe(key)
    return site.KeyEvidence(fingerprint=facts.fingerprint, bytes=facts.length, shape=facts.shape)


def _configuration(answer: Answer) -> site.ConfigurationEvidence | None:
    conf = answer.question.found.conf
    if conf is None:
        return None
    return site.ConfigurationEvidence(
        sha256=conf.sha256, file=one_line(conf.path), parameters=_parameters(answer)
    )


def _parameters(answer: Answer) -> str:
    """Return AuthAltParameters where none of it could be a secret, which people write where paths belong."""
    from slurm_jwt.config.auth import parts
    from slurm_jwt_conformance.site.discovery.host import Host

    conf = answer.question.found.conf
    setting = conf.parsed.last("AuthAltParameters") if conf else None
    if setting is None:
        return ""
    values = [part.text.partition("=")[2] for part in parts(setting.value)]
    paths = [value for value in values if leads_somewhere(value, Host())]
    return setting.value if excerpt(setting, 0, 1, paths) else "(not shown: it may hold a secret)"


def _rules(answer: Answer) -> Iterator[site.RuleEvidence]:
    examination = answer.checked.examination
    found = {each.rule: diagnostics.found_text(each, answer) for each in examination.findings}
    for rule in in_edition(examination.edition):
        unseen = rule.id in examination.not_checked
        yield site.RuleEvidence(
            id=rule.id,
            severity=rule.severity,
            sentence=rule.sentence,
            sources=rule.sources,
            hint=diagnostics.hint(rule.id, answer) if rule.id in found else rule.hint,
            state="broken" if rule.id in found else "not checked" if unseen else "kept",
            found=(found[rule.id],) if rule.id in found else (),
        )


def _others(answer: Answer) -> Iterator[site.RuleEvidence]:
    """Yield the other diagnostics as rules: an error as an error, the others as a warning."""
    for each in diagnostics.of_others(answer):
        if each.level != "note":
            yield _other(each)


def _other(diagnostic: Diagnostic) -> site.RuleEvidence:
    details = dict(diagnostic.details)
    return site.RuleEvidence(
        id=diagnostic.id,
        severity="error" if diagnostic.level == "error" else "warning",
        sentence=f"Expected: {details['expected']}",
        sources=diagnostic.source,
        hint=diagnostic.fix,
        state="broken",
        found=(f"{diagnostic.message} {details['found']}",),
    )


def _answers(answer: Answer) -> Iterator[site.ReleaseEvidence]:
    token = token_fingerprint(answer.checked.token)
    target = answer.question.target
    nobody = "nobody" if target is not None and target.known else None
    for reply in evaluation.replies(answer.question, answer.checked):
        prediction = answer.checked.predictions.get(reply.release)
        if prediction is None:
            continue
        right = reply.kind == "accepted" and prediction.uid is not None
        yield site.ReleaseEvidence(
            release=reply.release,
            token=token,
            accepted=prediction.accepted,
            user=_user(answer) if right else prediction.user or (nobody if prediction.accepted else None),
            uid=prediction.uid,
            log=prediction.log,
            basis=prediction.basis,
        )


def _policy(answer: Answer) -> site.PolicyEvidence | None:
    policy = answer.question.policy
    if policy is None:
        return None
    broken = {each.id for each in answer.diagnostics}
    return site.PolicyEvidence(
        file=policy.place,
        sha256=policy.sha256 or None,
        requirements=tuple(
            site.Requirement(id=name, text=text, state="broken" if name in broken else "kept")
            for name, text in policies.requirements(policy).items()
        ),
    )


def _waivers(answer: Answer) -> Iterator[site.Waiver]:
    """Return every waiver of the policy, those that are over too: the report says so of them."""
    for one in policies.waivers_of(answer.question.policy):
        yield site.Waiver(rule=one.rule, reason=one.reason, by=one.by, expires=one.expires)


def _origins(answer: Answer) -> Iterator[str]:
    key = answer.question.found.key
    if key is not None:
        yield f"The key: {key.sentence()}."
    yield from _public_keys(answer.question)
    if answer.question.target is not None:
        yield f"Users: {answer.question.users.source}."
    if answer.question.policy is not None:
        yield f"Policy: {answer.question.policy.place}."


def _public_keys(question: Question) -> Iterator[str]:
    """Yield the JWKS and each key that it has for RS256, by hashes: these keys are public."""
    data, read = question.found.public_keys, question.jwks
    if data is None or read is None:
        return
    yield f"The JWKS: {len(data):,} bytes, SHA-256 {sha256(data).hexdigest()}."
    for kid, key in read.keys.items():
        yield f"Key {shown(kid)} of the JWKS: RFC 7638 thumbprint {_thumbprint(key)}."


def _thumbprint(key: RsaKey) -> str:
    e, n = (encode(each.to_bytes((each.bit_length() + 7) // 8, "big")).decode() for each in (key.e, key.n))
    return encode(sha256(f'{{"e":"{e}","kty":"RSA","n":"{n}"}}'.encode()).digest()).decode()
