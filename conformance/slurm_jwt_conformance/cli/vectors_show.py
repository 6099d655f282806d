"""`slurm-jwt vectors show`: a case, its decoded token, and its verdicts: documented, reference, daemons.

Whole tokens are shown: they are of the published test keys, which open nothing.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.cli import emit
from slurm_jwt_conformance.harness.choice import suite
from slurm_jwt_reports.problems import Problem, nearest
from slurm_jwt_reports.redaction import clip, one_line, visible
from slurm_jwt_vectors import IssuingCase, load_issuing, load_observed
from slurm_jwt_vectors.suite import retired

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_vectors import Case, Observation, Observed, Suite

MOST_TEXT = 2000
"""Characters of a token or a part that are shown; --json has all of them."""


def run(args: argparse.Namespace) -> int:
    """Show the cases that the arguments name."""
    known = Known(suite(), load_issuing(), load_observed())
    found = [_find(name, known) for name in args.case]
    if args.json:
        emit.print_json([as_json(case, known) for case in found])
        return 0
    print("\n\n".join(as_text(case, known) for case in found))
    return 0


class Known(NamedTuple):
    """What can be shown: cases and keys, issuing requests, and the answers of daemons by release."""

    suite: Suite
    issuing: dict[str, IssuingCase]
    observed: dict[str, Observed]


def _find(name: str, all_of_it: Known) -> Case | IssuingCase:
    known: dict[str, Case | IssuingCase] = {**all_of_it.suite.cases, **all_of_it.issuing}
    if name in known:
        return known[name]
    if (reason := retired().get(name)) is not None:
        raise Problem(f"The case {name} was withdrawn.", reason)
    raise Problem(f"No case is called {name!r}.", nearest(name, list(known)))


def as_json(case: Case | IssuingCase, known: Known) -> dict[str, object]:
    """Return everything that is known of a case."""
    import msgspec

    facts: dict[str, object] = msgspec.to_builtins(case)
    if isinstance(case, IssuingCase):
        return facts
    seen = _observations(case, known)
    return {
        **facts,
        "parts": _parts(case),
        "reference": _reference(case, known.suite),
        "observed": {release: msgspec.to_builtins(each) for release, each in seen.items()},
        "findings": {release: kind for release, each in seen.items() if (kind := _kind(case, each))},
    }


def as_text(case: Case | IssuingCase, known: Known) -> str:
    """Return everything that is known of a case as text; control characters are escaped."""
    if isinstance(case, IssuingCase):
        return _request_text(case)
    reference = _reference(case, known.suite)
    lines = [
        f"{case.id}: {case.verdict}",
        f"  {case.purpose}",
        "",
        *_facts(case, known.suite),
        "",
        f"token of {len(case.token_bytes):,} bytes, SHA-256 {hashlib.sha256(case.token_bytes).hexdigest()}",
        f"  {_shown(case.token_bytes)}",
        *(f"  {name:<10} {visible(clip(text, MOST_TEXT))}" for name, text in _parts(case).items()),
        "",
        f"documented       {case.verdict}{_of_rules(case.rules)}",
        *_documented_2020(case),
        f"reference        {reference['verdict']}{_of_rules(reference['rules'])}",
        *(_observed_line(release, case, seen) for release, seen in _observations(case, known).items()),
    ]
    return "\n".join(lines)


def _facts(case: Case, vectors: Suite) -> list[str]:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(case.now))
    facts = {
        "rules": ", ".join(case.rules),
        "why": case.why,
        "user": case.user,
        "key": f"{case.key}: {vectors.keys[case.key].shape}",
        "jwks": case.jwks and f"{case.jwks}: {vectors.jwks[case.jwks].purpose}",
        "moment": f"{moment}{', or any other from 2026 to 2099' if case.any_time else ' and no other'}",
        "twin": case.twin,
        "sources": "; ".join(case.sources),
    }
    return [f"  {name:<8} {visible(text)}" for name, text in facts.items() if text]


def _documented_2020(case: Case) -> list[str]:
    if case.jwks is None:
        return []
    return [f"  edition 2020   {case.verdict_2020}{_of_rules(case.rules_2020)}"]


def _parts(case: Case) -> dict[str, str]:
    """Return what the parts of a token in three parts say; nothing of a token of another form."""
    from slurm_jwt_conformance.harness.texts import decoded

    parts = case.token_bytes.split(b".")
    if len(parts) != 3:
        return {}
    header, claims = (decoded(part) for part in parts[:2])
    return {
        "header": "not base64url" if header is None else header,
        "claims": "not base64url" if claims is None else claims,
        "signature": f"{len(parts[2])} characters",
    }


def _reference(case: Case, vectors: Suite) -> dict[str, object]:
    from slurm_jwt import examine

    seen = examine(case.token_bytes, vectors.keys[case.key].bytes, case.now, jwks=vectors.jwks_of(case))
    return {"verdict": seen.verdict, "rules": tuple(finding.rule for finding in seen.findings)}


def _observations(case: Case, known: Known) -> dict[str, Observation]:
    """Return the answer of each release to exactly this token."""
    digest = hashlib.sha256(case.token_bytes).hexdigest()
    records = ((release, record.cases.get(case.id)) for release, record in known.observed.items())
    return {release: seen for release, seen in records if seen is not None and seen.token_sha256 == digest}


def _kind(case: Case, seen: Observation) -> str | None:
    from slurm_jwt_conformance.harness.slurm_verdicts import classify, verdict_of
    from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS

    return classify(case.verdict, verdict_of(seen), case.user, ACCOUNTS)


def _observed_line(release: str, case: Case, seen: Observation) -> str:
    """Return one line, as `slurmctld 22.05  accepted as uid 99 (impostor)`."""
    text = seen.verdict.replace("-", " ")
    if seen.uid is not None:
        text += f" as uid {seen.uid}" + (f", {visible(seen.user)}" if seen.user else "")
    kind = _kind(case, seen)
    text += f" ({kind})" if kind else ""
    line = seen.log or seen.client
    return f"slurmctld {release}  {text}{f': {one_line(line)}' if line else ''}"


def _of_rules(rules: object) -> str:
    return f": {', '.join(rules)}" if isinstance(rules, tuple) and rules else ""


def _shown(token: bytes) -> str:
    return visible(clip(token.decode("utf-8", "backslashreplace"), MOST_TEXT)) or "(nothing)"


def _request_text(case: IssuingCase) -> str:
    facts = {
        "rules": ", ".join(case.rules),
        "why": case.why,
        "key": case.key,
        "moment": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(case.now)),
        "claims": json.dumps(case.claims),
        "holds": json.dumps(case.holds) if case.holds else None,
        "sources": "; ".join(case.sources),
    }
    lines = [f"  {name:<8} {visible(clip(text, MOST_TEXT))}" for name, text in facts.items() if text]
    return "\n".join([f"{case.id}: {case.expected}", f"  {case.purpose}", "", *lines])
