"""By rule: what an implementation broke, in the tokens that it made and in the cases that it judged.

A known deviation is as broken here as a new one: the ledger explains, a waiver of the site's decides. What
the implementation does not claim to check is not checked, which is never a pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import slurm_jwt_vectors
from slurm_jwt import examine
from slurm_jwt.strict.rules import RULES
from slurm_jwt_conformance.site.policy.policy import OF_RUNS
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.site import report as site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from slurm_jwt_conformance.site.fitness.answers import Made
    from slurm_jwt_reports.stream.events import Outcome
    from slurm_jwt_reports.stream.index import Results
    from slurm_jwt_vectors.models import Key

    State = Literal["kept", "broken", "not checked"]
    Fault = tuple[str, str]
    """A case or wish, and what was wrong with it."""

MOST_NAMED = 8
FAULTS = frozenset({"fail", "known"})
SILENT = frozenset({"unsupported", "not run"})
GRANTED, READ = OF_RUNS


class Line(NamedTuple):
    """What is known of one rule in one role."""

    state: State
    found: tuple[str, ...] = ()


def rules(results: Results, name: str, role: str, key: Key, made: Made) -> tuple[site.RuleEvidence, ...]:
    """Return the rules of the catalogue and the two of runs, as far as they concern the role."""
    lines: list[dict[str, Line]] = []
    if role != "verifier":
        lines.append(_of_tokens(made, key) | {GRANTED: _granted(results, name, key, made)})
    if role != "issuer":
        lines.append(_of_cases(results, name) | {READ: _read(results, name, key, made)})
    return (*_own(lines), *_catalogue(lines))


def _catalogue(lines: list[dict[str, Line]]) -> Iterator[site.RuleEvidence]:
    for rule in RULES:
        line = _worst([each[rule.id] for each in lines if rule.id in each])
        if line is not None:
            yield site.RuleEvidence(
                id=rule.id,
                severity=rule.severity,
                sentence=rule.sentence,
                sources=rule.sources,
                hint=rule.hint,
                state=line.state,
                found=line.found,
            )


_SENTENCES = {
    GRANTED: ("A token that is due is made, and holds what was asked for.", "Ask for plainer claims."),
    READ: ("A token that keeps every rule is accepted.", "Use the library as its recipe says."),
}


def _own(lines: list[dict[str, Line]]) -> Iterator[site.RuleEvidence]:
    for rule, (sentence, hint) in _SENTENCES.items():
        line = _worst([each[rule] for each in lines if rule in each])
        if line is not None:
            yield site.RuleEvidence(
                id=rule, severity="error", sentence=sentence, hint=hint, state=line.state, found=line.found
            )


def _worst(lines: list[Line]) -> Line | None:
    """Join what the roles say of a rule: broken before not checked before kept."""
    if not lines:
        return None
    found = tuple(text for line in lines for text in line.found)
    states = {line.state for line in lines}
    if "broken" in states:
        return Line("broken", found)
    return Line("not checked" if "not checked" in states else "kept", found)


def _of_tokens(made: Made, key: Key) -> dict[str, Line]:
    """Examine the tokens that were issued: each rule is kept only if every token was seen to keep it."""
    found: dict[str, list[Fault]] = {}
    unseen: set[str] = set() if made.issued else {rule.id for rule in RULES}
    for token in made.issued:
        done = examine(token.text, key.bytes, token.wish.now)
        unseen.update(done.not_checked)
        for finding in done.findings:
            found.setdefault(finding.rule, []).append((token.wish.id, finding.found))
    return {
        rule.id: Line("broken", _grouped(found[rule.id]))
        if rule.id in found
        else Line("not checked" if rule.id in unseen else "kept")
        for rule in RULES
    }


def _granted(results: Results, name: str, key: Key, made: Made) -> Line:
    """Say whether all wishes were granted that are due, under keys that this cluster could have."""
    wishes = slurm_jwt_vectors.load_issuing()
    due = [wish for wish in wishes.values() if wish.expected == "token" and wish.key in {"random32", key.id}]
    broken = list(made.refused)
    open_ = False
    for wish in due:
        outcome = results.outcomes.get((wish.id, name))
        if outcome is None or outcome.status == "not run":
            open_ = True
        elif outcome.status in FAULTS and wish.id not in dict(made.refused):
            broken.append(_told(outcome))
    if broken:
        return Line("broken", _grouped(broken))
    return Line("not checked" if open_ else "kept")


def _of_cases(results: Results, name: str) -> dict[str, Line]:
    """Say which rules a verifier demands: it must refuse every case that breaks one, and be asked of each."""
    lines: dict[str, Line] = {}
    for rule in RULES:
        cases = [
            case for case in results.cases.values() if case.verdict == "invalid" and rule.id in case.rules
        ]
        cases = [case for case in cases if not case.id.startswith("issue.")]
        if rule.severity == "error":
            lines[rule.id] = _line([results.outcomes.get((case.id, name)) for case in cases])
    return lines


def _line(outcomes: list[Outcome | None]) -> Line:
    """Judge a rule by the cases that break it. A known crash is no breach: the token was not accepted."""
    broken = [
        _told(one)
        for one in outcomes
        if one is not None and (one.status == "fail" or (one.status in FAULTS and one.outcome == "accept"))
    ]
    if broken:
        return Line("broken", _grouped(broken))
    unclaimed = [one.case for one in outcomes if one is not None and one.status == "not claimed"]
    if unclaimed:
        return Line("not checked", (f"the verifier does not claim it, and takes {_named(unclaimed)}",))
    asked = [one for one in outcomes if one is not None and one.status not in SILENT]
    return Line("kept") if asked and len(asked) == len(outcomes) else Line("not checked")


def _read(results: Results, name: str, key: Key, made: Made) -> Line:
    broken = list(made.unread)
    asked = False
    for case in results.cases.values():
        own_key = case.key in {"random32", key.id}
        if case.verdict == "valid" and own_key and not case.id.startswith("issue."):
            outcome = results.outcomes.get((case.id, name))
            asked = asked or (outcome is not None and outcome.status not in SILENT)
            if outcome is not None and outcome.status in FAULTS:
                broken.append(_told(outcome))
    return Line("broken", _grouped(broken)) if broken else Line("kept" if asked else "not checked")


def _told(outcome: Outcome) -> Fault:
    known = f" (known, {outcome.deviation.class_}: {outcome.deviation.reason})" if outcome.deviation else ""
    return outcome.case, one_line(f"{outcome.reason or outcome.error or outcome.outcome}{known}")


def _grouped(faults: Iterable[Fault]) -> tuple[str, ...]:
    """Say each fault once, behind the cases that show it."""
    cases: dict[str, list[str]] = {}
    for case, said in faults:
        cases.setdefault(said, []).append(case)
    return tuple(f"{_named(those)}: {said}" for said, those in cases.items())


def _named(cases: list[str]) -> str:
    more = len(cases) - MOST_NAMED
    return ", ".join(cases[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def notes(results: Results, name: str, role: str) -> Iterator[str]:
    """Say what an issuer leaves to the program around it: wishes for tokens that break a rule."""
    if role == "verifier":
        return
    minted: dict[str, None] = {}
    unasked = 0
    for (case, who), outcome in results.outcomes.items():
        if who != name or not case.startswith("issue."):
            continue
        unasked += outcome.status == "unsupported"
        if outcome.status == "not claimed":
            rules_named = (outcome.reason or "").partition(": ")[2]
            minted.update(dict.fromkeys(part for part in rules_named.split(", ") if part))
    if unasked:
        yield f"It cannot be asked for the tokens of {unasked:,} wishes: it makes none with such claims."
    if minted:
        rules_text = ", ".join(minted)
        yield f"It makes what it is asked for; the program that calls it must see to: {rules_text}."
