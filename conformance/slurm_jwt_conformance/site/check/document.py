"""The document of `slurm-jwt check` for one token, which the formats render."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.check import diagnostics, evaluation, times
from slurm_jwt_conformance.site.release_names import releases_text
from slurm_jwt_reports.diagnostic import Bullets, Document, Fact, Section, Table
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.slurmctld import Prediction
    from slurm_jwt.strict.rules import Edition
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.answer_json import AnswerJson
    from slurm_jwt_conformance.site.check.question import Question
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_reports.diagnostic import Block

EDITIONS: dict[Edition, str] = {
    "2020": "Slurm's page of 30 December 2020: HS256 only",
    "later": "Slurm's later page: HS256 by jwt_key=, RS256 by jwks=",
}
USER_NOT_CHECKED = "user: not checked"
"""What every format shows with --passwd none."""


def document(answer: Answer) -> Document:
    """Return the document of one answer."""
    return Document(
        tool="check",
        title=f"Token from {answer.place}",
        headline=headline(answer),
        outcome=answer.outcome,
        facts=tuple(Fact(name=name, value=value) for name, value in facts(answer)),
        diagnostics=diagnostics.every(answer),
        not_checked=not_checked(answer),
        blocks=tuple(_blocks(answer)),
        notes=tuple(notes(answer)),
        data=lambda: _json(answer),
    )


def _json(answer: Answer) -> AnswerJson:
    from slurm_jwt_conformance.site.check.answer_json import answer_json  # slow to load

    return answer_json(answer, tuple(notes(answer)))


def headline(answer: Answer) -> str:
    """Return what was judged and, if it passes, what it has passed; the outcome has the other reasons."""
    checked = answer.checked
    subject = (
        f"Token of {len(checked.token):,} bytes from {answer.place}, judged at {times.moment(checked.now)}"
    )
    rules = f"{checked.examination.verdict} by the documented rules"
    passed = f" {_sentence(passing(answer))}" if answer.outcome.verdict == "pass" else ""
    return f"{subject}: {rules}.{passed}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def passing(answer: Answer) -> str:
    """Return what a token that passes has passed."""
    question, texts = answer.question, []
    if question.judge != "slurm":
        broken = [each.rule for each in answer.checked.examination.findings if each.rule in answer.waived]
        but = f" except {', '.join(broken)}, which a waiver covers" if broken else ""
        texts.append(f"the token keeps every rule of level error{but}")
    texts += evaluation.groups(
        evaluation.replies(question, answer.checked), all_kinds=question.choice == "all"
    )
    if question.target is None:
        texts.append("no release was asked (--judge rules)")
    elif question.user_excluded:
        texts.append(USER_NOT_CHECKED)
    if question.policy is not None:
        texts.append("the token keeps the policy")
    return "; ".join(texts)


def facts(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield what is known about the token and the site, each with its origin."""
    question, checked = answer.question, answer.checked
    found = question.found
    moments = times.sentence(times.of(checked.examination.claims, checked.now))
    if moments:
        yield "times", moments
    if found.conf is not None:
        cluster = found.value("ClusterName")
        named = f", cluster {one_line(cluster, 80)}" if cluster else ""
        yield "conf", f"{one_line(found.conf.path)} ({found.conf.source}){named}"
    yield "edition", EDITIONS[checked.examination.edition]
    unchecked = "" if question.jwks else ": the signature was not checked"
    yield "key", found.key.sentence() if found.key is not None else f"none given{unchecked}"
    if checked.examination.edition == "later":
        yield "jwks", _jwks(question)
    if found.installed is not None:
        yield "slurm", installed(found)
    if question.target is not None:
        yield "users", question.users.source
        if question.user_excluded:
            yield "user", "not checked"
    if question.policy is not None:
        count = len(question.policy.waivers)
        waivers = f", {count} waiver{'' if count == 1 else 's'}" if count else ""
        yield "policy", f"{question.policy.place}{waivers}"


def _jwks(question: Question) -> str:
    """Describe the JWKS: never a member of a key except its kid."""
    data, read = question.found.public_keys, question.jwks
    if data is None or read is None:
        return "not read: RS256 signatures are not checked"
    kids = ", ".join(one_line(kid, 80) for kid in read.keys) or "none that breaks no rule"
    broken = ", ".join(each.rule for each in read.findings)
    return f"{len(data):,} bytes, keys for RS256: {kids}" + (f"; breaks {broken}" if broken else "")


def installed(found: Cluster) -> str:
    """Return which Slurm is installed, and how that is known."""
    version = found.installed
    if version is None:
        return "no Slurm is installed here"
    libjwt = f" with libjwt {one_line(version.libjwt, 40)}" if version.libjwt else ", libjwt not known"
    return f"{one_line(version.slurm, 40)}{libjwt} ({one_line(version.source, 200)})"


def not_checked(answer: Answer) -> tuple[str, ...]:
    """Return what was not checked: ids of rules, and the user with --passwd none."""
    user = answer.question.user_excluded and answer.question.target is not None
    return (*answer.checked.examination.not_checked, *([USER_NOT_CHECKED] if user else ()))


def notes(answer: Answer) -> Iterator[str]:
    """Yield what a reader needs to know besides: problems of discovery, expired waivers."""
    question = answer.question
    if answer.removed:
        yield f"Removed before the check: {answer.removed}."
    yield from question.found.problems
    if question.choice == "none":
        yield "No release was asked: --judge rules."
    elif question.choice == "all":
        yield "All modelled releases were asked. To ask the cluster's release only, name it with --release."
    if question.policy is None:
        return
    from slurm_jwt_conformance.site.policy.policy import expired

    for one in question.policy.waivers:
        if expired(one, answer.checked.now):
            yield f"The waiver of {one.rule} expired on {one.expires} and does not count."


def _blocks(answer: Answer) -> Iterator[Block]:
    users = tuple(_users(answer))
    if users:
        yield Section(title="user", blocks=(Bullets(items=users),))
    rows = tuple(_rows(answer))
    if rows:
        columns = ("Slurm", "result", "log", "basis")
        yield Section(title="releases", blocks=(Table(columns=columns, rows=rows),))


def _users(answer: Answer) -> Iterator[str]:
    """Yield the user that each release assigns, releases with the same user together."""
    if not answer.mappings:
        return
    from slurm_jwt_conformance.site.users import mapping

    names: dict[str, list[str]] = {}
    for one in answer.mappings:
        names.setdefault(mapping.sentence(one), []).append(one.release)
    for sentence, series in names.items():
        yield f"Slurm {releases_text(series)}: {sentence}"


def _rows(answer: Answer) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for the releases with the same reply: of all modelled ones only their series."""
    replies = evaluation.replies(answer.question, answer.checked)
    for (kind, text), those in evaluation.same(replies).items():
        bases = {name: answer.checked.predictions.get(name) for name in (one.release for one in those)}
        names = ", ".join(bases)
        if answer.question.choice == "all":
            names = releases_text([one.series for one in those])
        result = (kind, text) if kind == "refused" else (f"{kind}: {text}", "")
        yield names, *result, _basis(bases)


def _basis(predictions: dict[str, Prediction | None]) -> str:
    """Return how the verdicts of these releases are known."""
    observed = [name for name, one in predictions.items() if one is not None and one.basis == "observed"]
    if not any(predictions.values()):
        return ""
    if len(observed) == len(predictions):
        return "observed"
    return f"observed for {', '.join(observed)}, otherwise modelled" if observed else "modelled"
