"""Everything that `check` knows about one token, before any format: checks, diagnostics, outcome."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from slurm_jwt_conformance.site.check import causes, judged, times, units, wrappings
from slurm_jwt_conformance.site.check.evaluation import evaluate
from slurm_jwt_reports.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from slurm_jwt.slurmctld import Settings
    from slurm_jwt.vocabulary import Outcome
    from slurm_jwt_conformance.site.check.judged import Checked
    from slurm_jwt_conformance.site.check.predicted import Target
    from slurm_jwt_conformance.site.check.question import Question
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.policy.policy import Policy, Waiver
    from slurm_jwt_conformance.site.users.mapping import Mapping as Mapped


class Answer(NamedTuple):
    """The answer for one token. diagnostics: of site, user, policy and causes; not of documented rules.

    place: where the token came from, safe to print. waived: waivers that count, by the id that they cover.
    file: the path of the token's file, "" without one; prefix: what was removed before the token; removed:
    all that was around it, in words. command: the call, safe to print and without the token.
    """

    place: str
    question: Question
    checked: Checked
    outcome: Outcome
    mappings: tuple[Mapped, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    waived: Mapping[str, Waiver] = {}
    file: str = ""
    prefix: str = ""
    removed: str = ""
    command: str = "slurm-jwt check"

    def __repr__(self) -> str:
        return f"Answer({self.checked!r})"


def judge(  # noqa: PLR0913 - the token, the question, and how far to go
    token: bytes,
    place: str,
    now: int,
    question: Question,
    of_site: tuple[Diagnostic, ...] | None = None,
    *,
    signed_only: bool = False,
) -> Answer:
    """Judge one token at `now`, seconds since 1970.

    of_site: the diagnostics of the site, which are the same for every token, if the caller has them.
    signed_only: stop at a wrong signature, as bulk checks do; no claim is then looked at.
    """
    checked = judged.check(token, now, question, signed_only=signed_only)
    claims = checked.examination.claims
    diagnostics = [*(site_diagnostics(question) if of_site is None else of_site)]
    mappings: tuple[Mapped, ...] = ()
    if claims is not None and question.target is not None and question.target.releases:
        mappings, of_users = _mappings(claims, question.target, question)
        diagnostics += of_users
    diagnostics += causes.diagnose(token, times.of(claims, now))
    diagnostics += long_lived(claims, now, diagnostics)
    diagnostics += units.diagnose(claims, now)
    diagnostics += _of_wrapping(checked, place, question, of_site)
    waived: Mapping[str, Waiver] = {}
    if question.policy is not None:
        diagnostics += _of_policy(question, question.policy, checked, mappings)
        waived = _waived(question.policy, now)
    outcome = evaluate(question, checked, diagnostics, waived)
    return Answer(place, question, checked, outcome, mappings, tuple(diagnostics), waived)


def long_lived(
    claims: Mapping[str, object] | None, now: int, others: Iterable[Diagnostic] = ()
) -> Iterator[Diagnostic]:
    """Yield a warning for a token that is, or was issued to be, valid for more than a day.

    others: the diagnostics so far; for root or SlurmUser the warning is stronger.
    """
    exp, iat = ((claims or {}).get(name) for name in ("exp", "iat"))
    if not _is_number(exp) or exp <= (min(iat, now) if _is_number(iat) else now) + times.DAY:
        return
    from slurm_jwt.strict.findings import shown
    from slurm_jwt_conformance.site.users import mapping_texts

    counted = times.of(claims, now)
    longest = max((each for each in (counted.lifetime, counted.left) if each is not None), default=None)
    user = {"user.root": "root", "user.slurm-user": "SlurmUser"}
    whose = next((user[each.id] for each in others if each.id in user), "")
    yield mapping_texts.long_lived(f"exp is {shown(exp)}" if longest is None else times.span(longest), whose)


def _is_number(value: object) -> TypeGuard[int | float]:
    return type(value) is int or type(value) is float  # bool is a subclass of int


def _of_wrapping(
    checked: Checked, place: str, question: Question, of_site: tuple[Diagnostic, ...] | None
) -> Iterator[Diagnostic]:
    """Yield the wrapping of the token: an error, unless every release that is asked takes the text."""

    def verdict(inside: bytes) -> str:
        return _verdict(judge(inside, place, checked.now, question, of_site))

    replies = checked.predictions.values()
    taken = bool(replies) and all(each.accepted for each in replies)
    for each in wrappings.diagnose(checked.token, place, verdict):
        yield each.replaced(level="warning") if taken else each


def _verdict(answer: Answer) -> str:
    outcome = answer.outcome
    return outcome.verdict + (f" ({'; '.join(outcome.reasons)})" if outcome.reasons else "")


def site_diagnostics(question: Question) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the site, which is the same for every token."""
    return tuple(_of_site(question))


def _of_policy(
    question: Question, policy: Policy, checked: Checked, mappings: tuple[Mapped, ...]
) -> tuple[Diagnostic, ...]:
    from slurm_jwt_conformance.site.policy import policy as policies

    user, privileged = _user_of(question, mappings)
    examination = checked.examination
    return policies.diagnose(policy, examination.claims, checked.now, examination.header, user, privileged)


def _waived(policy: Policy, now: int) -> Mapping[str, Waiver]:
    from slurm_jwt_conformance.site.policy import policy as policies

    return policies.waived(policy, now)


def _user_of(question: Question, mappings: tuple[Mapped, ...]) -> tuple[str | None, bool | None]:
    """Return the user that Slurm assigns, and whether that is root or SlurmUser; None: not known."""
    target = question.target
    if target is None or not mappings:
        return None, None
    last = mappings[-1]
    if not target.known:
        return last.name, None
    owner = target.users.by_name.get(question.found.slurm_user)
    return last.name, any(each.uid in {0, owner.uid if owner else 0} for each in mappings)


def _mappings(
    claims: dict[str, object], target: Target, question: Question
) -> tuple[tuple[Mapped, ...], tuple[Diagnostic, ...]]:
    """Return the user that each release assigns, and the diagnostics about these users."""
    from slurm_jwt_conformance.site.users import mapping, mapping_diagnostics  # not for --judge rules

    users = target.users if target.known else None
    settings = [_widest(question.found, release.series) for release in target.releases]
    mappings = tuple(
        mapping.of(claims, users, each, release.series)
        for release, each in zip(target.releases, settings, strict=True)
    )
    return mappings, mapping_diagnostics.of_releases(mappings, claims, users, settings[-1])


def _widest(found: Cluster, series: str) -> Settings:
    return _widest_settings(found.parameters or "", found.slurm_user, series)


@lru_cache(maxsize=64)
def _widest_settings(parameters: str, slurm_user: str, series: str) -> Settings:
    """Return the settings as this series finds them, with what only newer ones read, to report on both."""
    from slurm_jwt_conformance.site.discovery.parameters import effective
    from slurm_jwt_conformance.site.discovery.survey import NEWEST

    own = effective(parameters, slurm_user, series)
    newest = effective(parameters, slurm_user, NEWEST)
    return own._replace(parameters={**newest.parameters, **own.parameters})


def _of_site(question: Question) -> Iterator[Diagnostic]:
    """Yield what makes this site refuse every token, or makes the answer one about another key."""
    found, target = question.found, question.target
    releases = target.releases if target is not None else ()
    if any(found.loads_jwt(each.series) is False for each in releases):
        yield Diagnostic(
            id="site.no-jwt",
            level="error",
            message="slurmctld does not load auth/jwt.",
            cause="Without the plugin slurmctld refuses every token.",
            fix="Set AuthAltTypes=auth/jwt and restart slurmctld. `slurm-jwt doctor` shows more.",
            source=("src/common/slurm_auth.c, slurm_auth_init()",),
            details=(
                ("found", f"AuthType and AuthAltTypes of {_conf_path(found)} do not name it"),
                ("expected", "AuthAltTypes=auth/jwt"),
            ),
        )
    for release in releases:
        other = found.other_key(release.series)
        if other is not None:
            yield _of_key(release.series, other, found)
    named, own = found.key, found.configured
    if named and own and named is not own and own.content is not None and own.content != named.content:
        yield Diagnostic(
            id="site.other-key",
            level="warning",
            message="The key given is not the key that slurmctld loads.",
            cause="slurmctld checks signatures with its own key only.",
            fix="Omit --key-file, or copy slurmctld's key byte for byte.",
            source=("src/plugins/auth/jwt/auth_jwt.c, init()",),
            details=(
                ("found", f"{named.path} and {own.path} hold different keys"),
                ("expected", f"the key of {own.path}, from {own.source}"),
            ),
        )


def _conf_path(found: Cluster) -> str:
    return found.conf.path if found.conf else "slurm.conf"


def _of_key(series: str, other: str, found: Cluster) -> Diagnostic:
    """Report a release that finds another key in slurm.conf than the release whose key is used."""
    source = found.configured.source if found.configured else "slurm.conf"
    return Diagnostic(
        id="site.key-by-release",
        level="error",
        message="A release that is asked takes another key from the same slurm.conf.",
        cause="Releases search for jwt_key= in different ways: 20.11 ignores case, releases up to 23.02 "
        "search anywhere in the text, and releases from 23.11 on only at the start of a part. The answer "
        "for this release is about the wrong key.",
        fix="Ask one release at a time, and fix AuthAltParameters so that all releases find the same key.",
        source=("src/plugins/auth/jwt/auth_jwt.c, init(), 20.02 to 26.05",),
        releases=f"Slurm {series}",
        details=(
            ("found", f"Slurm {series} takes it from {other}"),
            ("expected", f"the key that Slurm {found.series} loads, from {source}"),
        ),
    )
