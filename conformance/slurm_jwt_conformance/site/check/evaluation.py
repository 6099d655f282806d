"""The decision for one token: pass, fail or undetermined. Every format reads it, and none decides again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.vocabulary import DoesNotStart, Outcome
from slurm_jwt_conformance.site.release_names import releases_text
from slurm_jwt_conformance.site.users import names
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from slurm_jwt.slurmctld import Release
    from slurm_jwt_conformance.site.check.judged import Checked
    from slurm_jwt_conformance.site.check.predicted import Target
    from slurm_jwt_conformance.site.check.question import Question
    from slurm_jwt_reports.diagnostic import Diagnostic

Kind = Literal["accepted", "refused", "accepted as another user", "not known"]
"""accepted: as the user that the token names in the claim which the release reads."""

Reason = tuple[Literal["fail", "undetermined"], str]

SIGNATURE = "signature.match"
OF_THE_TOKEN = ("policy.", "time.unit", "token.wrapped")
"""Beginnings of the ids of diagnostics that need no cluster."""

ADVICE = "name the cluster's release with --release"


class Reply(NamedTuple):
    """What one release does with the token. text: the log line, the user, or why it is not known."""

    release: str
    series: str
    kind: Kind
    text: str


def evaluate(
    question: Question,
    checked: Checked,
    diagnostics: Iterable[Diagnostic] = (),
    waived: Collection[str] = (),
) -> Outcome:
    """Return the decision. diagnostics: of user, site and policy; waived: ids that a policy waives today.

    What was not checked is undetermined, and a waiver does not change that. A rule without which anyone can
    make tokens cannot be waived.
    """
    if waived:
        from slurm_jwt_conformance.site.policy.policy import NEVER_WAIVED  # most tokens do not need it

        waived = {*waived}.difference(NEVER_WAIVED)
    found: list[Reason] = []
    if question.judge != "slurm":
        found += _of_rules(checked, waived)
    if question.judge != "rules":
        found += _of_releases(question, checked)
    found += _of_diagnostics(question, diagnostics, waived)
    texts = [text for verdict, text in found if verdict == "fail"]
    texts += [text for verdict, text in found if verdict == "undetermined"]
    if not texts:
        return Outcome("pass")
    failed = any(verdict == "fail" for verdict, _ in found)
    return Outcome("fail" if failed else "undetermined", tuple(dict.fromkeys(texts)))


def decides(diagnostic: Diagnostic, judge: str) -> bool:
    """Return whether a diagnostic counts: of the token and a policy always, others where slurmctld judges."""
    return diagnostic.level == "error" and (judge != "rules" or diagnostic.id.startswith(OF_THE_TOKEN))


def _of_rules(checked: Checked, waived: Collection[str]) -> Iterator[Reason]:
    examination = checked.examination
    broken = [each.rule for each in examination.findings if each.severity == "error"]
    left = [rule for rule in broken if rule not in waived]
    if left:
        yield "fail", f"{', '.join(left)} {'is' if len(left) == 1 else 'are'} broken"
    if checked.key is None and examination.edition == "2020":
        yield "undetermined", "the signature was not checked because no key was given or could be read"
    elif examination.not_checked and not left:
        yield "undetermined", f"not checked: {', '.join(examination.not_checked)}"


def _of_diagnostics(
    question: Question, diagnostics: Iterable[Diagnostic], waived: Collection[str]
) -> Iterator[Reason]:
    for each in diagnostics:
        if decides(each, question.judge) and each.id not in waived:
            some_of_all = question.choice == "all" and each.releases
            yield "undetermined" if some_of_all else "fail", f"{each.id} ({each.message.rstrip('.')})"


def _of_releases(question: Question, checked: Checked) -> Iterator[Reason]:
    found = replies(question, checked)
    if not found:
        yield "undetermined", "no release was asked"
    kinds = {one.kind for one in found}
    if kinds == {"accepted"}:
        return
    against = kinds <= {"refused", "accepted as another user"}
    if question.choice == "all" and not against and len(kinds) > 1:
        yield "undetermined", f"{'; '.join(groups(found, all_kinds=True))}; {ADVICE}"
        return
    for kind in ("refused", "accepted as another user", "not known"):
        same = tuple(one for one in found if one.kind == kind)
        for text in groups(same, all_kinds=question.choice == "all"):
            yield ("undetermined" if kind == "not known" else "fail"), text


def replies(question: Question, checked: Checked) -> tuple[Reply, ...]:
    """Return what each release that is asked does with the token."""
    target = question.target
    if target is None:
        return ()
    return tuple(
        Reply(each.name, each.series, *_reply(question, target, checked, each)) for each in target.releases
    )


def _reply(question: Question, target: Target, checked: Checked, release: Release) -> tuple[Kind, str]:
    prediction = checked.predictions.get(release.name)
    if prediction is None:
        return "not known", "no key was given or could be read"
    if prediction.accepted is None:
        return "not known", one_line(prediction.why).rstrip(".")
    if isinstance(prediction.verdict, DoesNotStart):
        return "refused", f"slurmctld does not start: {one_line(prediction.log or prediction.why, 400)}"
    if not prediction.accepted:
        return "refused", one_line(prediction.log or prediction.why, 400)
    return _of_user(question, target, checked, release, prediction.uid, prediction.user)


def _of_user(  # noqa: PLR0913, PLR0917 - the token, the site, the release and its answer
    question: Question,
    target: Target,
    checked: Checked,
    release: Release,
    uid: int | None,
    account: str | None,
) -> tuple[Kind, str]:
    """Compare the user that a release assigns with the claim that this release reads, by its parameters."""
    from slurm_jwt_conformance.site.check.predicted import settings_of  # not for --judge rules
    from slurm_jwt_conformance.site.users import mapping

    claims = checked.examination.claims
    if claims is None:
        return "not known", "Slurm accepts the token, but its claims cannot be read without doubt"
    users = target.users if target.known else None
    named = mapping.of(claims, users, settings_of(target, release), release.series)
    if named.claim is None or named.name is None:
        return "accepted as another user", "no claim that this release reads names a user"
    if users is None and named.claim != mapping.IDENTITY:
        return _without_users(named.claim, named.name, user_excluded=question.user_excluded)
    entry = users.by_name.get(named.name) if users else None
    expected = named.uid if named.claim == mapping.IDENTITY else entry and entry.uid
    right = expected is not None and uid == expected
    text = f"uid {uid} ({one_line(account or 'no such user', 80)})"
    return ("accepted" if right else "accepted as another user"), text


def _without_users(claim: str, name: str, *, user_excluded: bool) -> tuple[Kind, str]:
    """Return the reply of a release that accepts the token of this name, where no uid is known."""
    if not name or name.strip().lstrip("+-").isdigit():
        return "accepted as another user", f"{names.claim(claim)} is not the name of an account"
    if user_excluded:
        return "accepted", "user: not checked"
    return "not known", "Slurm accepts the token, but the user was not looked up"


def groups(found: Iterable[Reply], *, all_kinds: bool) -> Iterator[str]:
    """Describe the replies, releases with the same verdict together. all_kinds: name series, not releases."""
    plain = (one._replace(text="") if one.kind == "accepted" else one for one in found)
    for (kind, text), those in same(plain).items():
        slurms = releases_text([one.series for one in those]) if all_kinds else _full_names(those)
        verb = "not known for" if kind == "not known" else f"{kind} by"
        yield f"{verb} Slurm {slurms}" + (f": {text}" if text else "")


def same(found: Iterable[Reply]) -> dict[tuple[Kind, str], list[Reply]]:
    """Return the replies by kind and text."""
    groups: dict[tuple[Kind, str], list[Reply]] = {}
    for one in found:
        groups.setdefault((one.kind, one.text), []).append(one)
    return groups


def _full_names(found: Iterable[Reply]) -> str:
    return ", ".join(dict.fromkeys(one.release for one in found))
