"""Broken rules and refusing releases as diagnostics, beside those of site, user and policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.site.check import evaluation, times
from slurm_jwt_conformance.site.release_names import releases_text
from slurm_jwt_reports.diagnostic import Diagnostic, Place, Waived
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt import Finding
    from slurm_jwt.strict.rules import Rule
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.evaluation import Reply
    from slurm_jwt_conformance.site.policy.policy import Waiver
    from slurm_jwt_reports.diagnostic import Level

WHERE = {
    "key": "in the key",
    "form": "in the token's form",
    "header": "in the header",
    "signature": "in the signature",
    "claims": "in the claims",
    "time": "in the claims, compared with the clock",
}
"""Words for the layers of rules."""

_VERIFY = "src/plugins/auth/jwt/auth_jwt.c and src/common/uid.c, 20.02 to 26.05"


def every(answer: Answer) -> tuple[Diagnostic, ...]:
    """Return all diagnostics of an answer: rules in catalogue order, then the others, then releases."""
    others = tuple(_placed(each, answer) for each in of_others(answer))
    return (*of_rules(answer), *others, *of_releases(answer))


def of_rules(answer: Answer) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each broken rule; with --judge slurm none of them decides."""
    return tuple(_of_rule(finding, answer) for finding in answer.checked.examination.findings)


def of_others(answer: Answer) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of site, user, policy and causes, with the waivers that cover them."""
    return tuple(
        each.replaced(waived=_waived(answer.waived.get(each.id))) if each.id in answer.waived else each
        for each in answer.diagnostics
    )


def _of_rule(finding: Finding, answer: Answer) -> Diagnostic:
    from slurm_jwt_conformance.site.check import explanations  # most tokens do not need it

    rule = BY_ID[finding.rule]
    explanation = explanations.explanations()[rule.id]
    signed = answer.checked.fits if rule.id == evaluation.SIGNATURE else ()
    only_slurm = answer.question.judge == "slurm" and rule.severity == "error"
    return Diagnostic(
        id=rule.id,
        level="warning" if only_slurm else rule.severity,
        message=f"Found {_where(rule)}: {found_text(finding, answer)}.",
        place=_place(finding, answer),
        cause=explanation.text,
        fix=hint(rule.id, answer),
        source=(*rule.sources, explanation.source),
        releases=explanations.releases_text(rule.id),
        details=(("expected", rule.sentence), *_signed_with(signed)),
        waived=_waived(answer.waived.get(rule.id)),
    )


def _where(rule: Rule) -> str:
    return "in the JWKS" if rule.id.startswith("jwks.") else WHERE[rule.layer]


def _signed_with(ways: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the first way to the issuer's key, then the others, which give the same key."""
    for at, way in enumerate(ways):
        yield (
            "key",
            f"the issuer signs with {way}" if at == 0 else f"or, which gives the same key here, {way}",
        )


def _is_wrapped(answer: Answer) -> bool:
    return any(each.id == "token.wrapped" for each in answer.diagnostics)


def hint(rule: str, answer: Answer) -> str:
    """Return the advice for a broken rule, by the claims that the releases read at this site."""
    if rule == "sun.required":
        from slurm_jwt_conformance.site.users import advice

        return advice.without_sun(answer.mappings) or BY_ID[rule].hint
    if rule == evaluation.SIGNATURE and _is_wrapped(answer):
        return "Remove what is around or in the token first: see token.wrapped."
    return BY_ID[rule].hint


def found_text(finding: Finding, answer: Answer) -> str:
    """Return what was found, with the dates of a finding about time."""
    if finding.rule == evaluation.SIGNATURE and _is_wrapped(answer):
        return "it does not cover what is around or in the token"
    claims = answer.checked.examination.claims
    if BY_ID[finding.rule].layer != "time" or claims is None or finding.member is None:
        return finding.found
    value = claims.get(finding.member)
    if not isinstance(value, (int, float)) or not 0 <= value <= times.LAST_MOMENT:
        return finding.found
    return f"{finding.found} ({times.moment(int(value))}, now {times.moment(answer.checked.now)})"


def _place(finding: Finding, answer: Answer) -> Place:
    from slurm_jwt_conformance.site.check import places

    token = answer.checked.token
    offset = places.base64url_offset(finding, token)
    if offset is not None:
        column = len(answer.prefix) + offset + 1
        return _token_place(answer, line=1 if answer.file else 0, column=column, start=offset, end=offset + 1)
    place = places.of(finding, token)
    if place is None:
        return _token_place(answer)
    return _token_place(
        answer, part=place.part, start=place.start, end=place.end, excerpt=places.excerpt(place)
    )


def _placed(diagnostic: Diagnostic, answer: Answer) -> Diagnostic:
    return diagnostic.replaced(place=_token_place(answer))


def _token_place(answer: Answer, **members: object) -> Place:
    place = Place(part="token", file=one_line(answer.file))
    return place.replaced(**members)


def of_releases(answer: Answer) -> Iterator[Diagnostic]:
    """Yield a diagnostic for the releases that do not accept the token as its user, the same together."""
    replies = evaluation.replies(answer.question, answer.checked)
    against = {"refused", "accepted as another user"}
    decided = answer.question.choice != "all" or {one.kind for one in replies} <= against
    refusing = (one for one in replies if one.kind != "accepted")
    for (kind, text), those in evaluation.same(refusing).items():
        level: Level = "error" if decided and kind in against else "warning"
        prediction = answer.checked.predictions.get(those[-1].release)
        cause = one_line(prediction.why) if prediction is not None else ""
        diagnostic = _of_release(kind, text, those)
        yield diagnostic.replaced(level=level, place=_token_place(answer), cause=cause, source=(_VERIFY,))


def _of_release(kind: str, text: str, those: list[Reply]) -> Diagnostic:
    names = releases_text([one.series for one in those])
    if kind == "refused":
        return Diagnostic(
            id="slurm.refuses",
            level="error",
            message=f"Slurm {names} refuses the token.",
            fix="Fix the broken rules first; `slurm-jwt explain` explains the log line.",
            log=text,
        )
    if kind == "not known":
        return Diagnostic(
            id="slurm.not-known",
            level="warning",
            message=f"What Slurm {names} does is not known: {text}.",
            fix="Give --key-file, --passwd and --release, so that this release can be asked.",
        )
    return Diagnostic(
        id="slurm.other-user",
        level="error",
        message=f"Slurm {names} accepts the token as another user than it names: {text}.",
        fix="Let the issuer write the account's name, as `getent passwd` prints it.",
    )


def _waived(one: Waiver | None) -> Waived | None:
    return None if one is None else Waived(reason=one.reason, by=one.by, expires=one.expires)
