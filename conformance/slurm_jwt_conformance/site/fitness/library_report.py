"""Is an implementation fit for use with a cluster: `run --site` turns a finished run into a site's report.

An issuer is asked for the tokens of ordinary wishes under a test key of the cluster's shape, the reference
examines them, and slurmctld of the cluster's release is asked about each; what it made of all other wishes
comes from the run. A verifier is held against the run's cases, and must read what scontrol would have made.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from slurm_jwt import examine
from slurm_jwt.strict.keys import describe, fingerprint
from slurm_jwt.vocabulary import Outcome
from slurm_jwt_conformance import __version__
from slurm_jwt_conformance.adapters import registry
from slurm_jwt_conformance.harness.slurm_verdicts import is_slurm
from slurm_jwt_conformance.site.discovery.machine import synchronised
from slurm_jwt_conformance.site.fitness import answers as fit_answers
from slurm_jwt_conformance.site.fitness import rules as fit_rules
from slurm_jwt_conformance.site.fitness import sign_off
from slurm_jwt_conformance.site.fitness.evaluation import evaluate
from slurm_jwt_conformance.site.fitness.token_report import CLOCKS
from slurm_jwt_conformance.site.policy import policy as policies
from slurm_jwt_reports.problems import HarnessProblem, Problem, nearest
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.site import report as site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.fitness.answers import Made
    from slurm_jwt_conformance.site.policy.policy import Policy, Waiver
    from slurm_jwt_reports.stream.index import Results
    from slurm_jwt_vectors.models import Key, Suite

ROLES = ("issuer", "verifier", "both")


class Wish(NamedTuple):
    """What is to be found out. name: of the site. role: one of ROLES. key: id of a test key, "" for the like.

    found: the cluster's slurm.conf and key, None where none was named. live: ask real releases in roots too.
    programs: the user's own.
    """

    name: str
    role: str
    key: str = ""
    policy: Policy | None = None
    found: Cluster | None = None
    live: bool = False
    programs: registry.Programs = registry.Programs()


def prepared(wish: Wish, names: Sequence[str], *, policy: str | None, conf: str | None) -> Wish:
    """Return the wish with the files that it names; a Problem if no report can come of it."""
    from slurm_jwt_conformance.harness.choice import suite
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey
    from slurm_jwt_conformance.site.policy.file import load

    if not wish.name.strip():
        raise Problem("--site needs the name of the cluster.", "The page shows the name.")
    judged(names)
    releases(names)
    wish = wish._replace(
        policy=None if policy is None else load(policy),
        found=None if conf is None else survey(Options(conf=conf, search=False)),
    )
    key_of(wish, suite())
    return wish


def judged(names: Sequence[str]) -> tuple[str, ...]:
    """Return the implementations to be judged; a Problem where none is named."""
    found = tuple(name for name in names if not is_slurm(name))
    if not found:
        raise Problem(
            "--site judges an issuer or verifier, and only slurmctld is named.", "Name one: -i pyjwt:careful"
        )
    return found


def releases(names: Sequence[str]) -> tuple[str, ...]:
    """Return the releases to be asked: those named, else this machine's own; Problem: there is none."""
    from slurm_jwt_conformance.adapters.slurm.lineup import PREFIX
    from slurm_jwt_conformance.lab.install.release import Installation, find_installation

    named = tuple(name for name in names if is_slurm(name))
    if named:
        return named
    own = find_installation()
    if isinstance(own, Installation):
        return (PREFIX + own.label,)
    raise Problem(
        "--site needs the cluster's release, and no Slurm is installed here.", "Name it: -i slurmctld:24.11"
    )


def key_of(wish: Wish, suite: Suite) -> Key:
    """Return the test key to judge with: the one named, else one of the cluster's key's shape."""
    if wish.key:
        if wish.key not in suite.keys:
            raise Problem(f"There is no test key {wish.key!r}.", nearest(wish.key, list(suite.keys)))
        return suite.keys[wish.key]
    own = wish.found.key if wish.found else None
    return suite.keys[_like(own.content) if own and own.content else "random32"]


def _like(key: bytes) -> str:
    """Return the id of the test key that is most like this one."""
    facts = describe(key)
    if facts.shape.startswith("PEM"):
        kind = {"PEM (RSA PRIVATE KEY)": "pem-pkcs1", "PEM (PUBLIC KEY)": "pem-public"}.get(facts.shape)
        kind = kind or "pem-pkcs8"
        return f"{kind}-crlf" if facts.crlf and kind != "pem-public" else kind
    if facts.length < 32:
        return "bytes31"
    by_shape = {"hex text": "hex-line", "base64 text": "base64-line", "text": "printable32"}
    return by_shape.get(facts.shape, "long" if facts.length > 64 else "random32")


def reports(
    results: Results, names: Sequence[str], wish: Wish, suite: Suite, say: Callable[[str], None]
) -> Iterator[tuple[str, site.SiteReport]]:
    """Yield a report for each implementation that is to be judged. results: of the run that is finished."""
    key = key_of(wish, suite)
    asked = releases(names)
    for name in judged(names):
        _demand_sound(results, name)
        say(f"asking {', '.join(asked)} about the tokens of {one_line(name)}")
        start = partial(registry.start, live_roots=wish.live, programs=wish.programs)
        made = fit_answers.ask(name, asked, key, issue=wish.role != "verifier", start=start)
        yield name, _report(results, name, wish, key, made)


def _demand_sound(results: Results, name: str) -> None:
    """Refuse to judge what the run could not judge: its adapter says nothing of the implementation."""
    said = results.implementations.get(name)
    broken = [
        found.text for found in results.findings if found.kind == "harness" and found.implementation == name
    ]
    if said is None or said.status != "ran" or broken:
        why = broken[0] if broken else (said.reason if said else None) or "the run did not come to it"
        raise HarnessProblem(f"There is no site's report of {one_line(name)}: {one_line(why)}")


def _report(results: Results, name: str, wish: Wish, key: Key, made: Made) -> site.SiteReport:
    rules = fit_rules.rules(results, name, wish.role, key, made)
    risks, waivers = _risks(wish, key, made), _waivers(wish)
    report = site.SiteReport(
        site=one_line(wish.name, 80),
        suite=__version__,
        command=results.header.command,
        made=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        clock=CLOCKS[synchronised()],
        release="; ".join(made.releases),
        tokens=made.tokens,
        key=site.KeyEvidence(
            fingerprint=fingerprint(key.bytes), bytes=len(key.bytes), shape=f"test key {key.id}: {key.shape}"
        ),
        configuration=_configuration(wish),
        rules=rules,
        answers=made.answers,
        waivers=tuple(
            site.Waiver(rule=one.rule, reason=one.reason, by=one.by, expires=one.expires)
            for one in policies.waivers_of(wish.policy)
        ),
        accepted=tuple(sign_off.accepted(risks, wish.policy, waivers)),
        notes=tuple(_notes(results, name, wish, made)),
    )
    outcome = evaluate(report)
    open_risks = tuple(sign_off.unaccepted(risks, wish.policy, waivers))
    if open_risks and outcome.verdict == "pass":
        outcome = Outcome("undetermined", open_risks)
    return replace(report, outcome=outcome.verdict, reasons=outcome.reasons)


def _risks(wish: Wish, key: Key, made: Made) -> tuple[str, ...]:
    """Return what the issuer's tokens need an acceptance for, such as a lifetime that was not requested."""
    slurm_user = wish.found.slurm_user if wish.found else None
    found = [
        risk
        for token in made.issued
        if (claims := examine(token.text, key.bytes, token.wish.now).claims)
        for risk in sign_off.risks_of(claims, token.wish.now, slurm_user)
    ]
    return tuple(dict.fromkeys(found))


def _waivers(wish: Wish) -> dict[str, Waiver]:
    """Return the waivers that have not expired, by what they accept."""
    return policies.waived(wish.policy, time.time()) if wish.policy else {}


def _configuration(wish: Wish) -> site.ConfigurationEvidence | None:
    conf = wish.found.conf if wish.found else None
    return site.ConfigurationEvidence(sha256=conf.sha256, file=one_line(conf.path)) if conf else None


def _notes(results: Results, name: str, wish: Wish, made: Made) -> Iterator[str]:
    who = results.implementations.get(name)
    version = f" ({who.library} {who.version}, {who.language})" if who and who.version else ""
    as_what = "issuer and verifier" if wish.role == "both" else wish.role
    yield f"Judged as {as_what}: {name}{version}."
    yield "Keys and users are those of the test suite: no key of the cluster signed anything."
    own = wish.found.key if wish.found else None
    if own is not None:
        yield f"The cluster's own key: {own.sentence()}."
    if wish.policy is not None:
        yield f"Waivers: {wish.policy.place}. Its other demands are for tokens of a site, and were not held."
    yield from made.notes
    yield from fit_rules.notes(results, name, wish.role)
    if not results.complete:
        yield "The run behind this report is not complete."
