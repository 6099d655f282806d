"""All that `check` has to say of one token, before any format: what was judged, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.check import causes, judged, times
from slurm_jwt_conformance.site.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slurm_jwt.slurmctld import Settings
    from slurm_jwt_conformance.site.check.judged import Checked
    from slurm_jwt_conformance.site.check.predicted import Site
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.discovery.users import UserDatabase
    from slurm_jwt_conformance.site.policy.policy import Policy, Waiver
    from slurm_jwt_conformance.site.users.mapping import Mapping as Mapped


class Question(NamedTuple):
    """What a token is held against.

    where: the releases to ask, None if none is asked; silent: then why, a sentence. judge: "both", "rules"
    or "slurm". users: None where nobody may say which users count.
    """

    found: Cluster
    where: Site | None
    silent: str
    users: UserDatabase
    judge: str
    policy: Policy | None = None


class Answer(NamedTuple):
    """One token's answer. place: where it came from, safe to print. waived: by the id of what is waived.

    file: the path of the token's file, "" if it came otherwise; skipped: bytes before the token in it.
    command: the call, safe to print and without the token.
    """

    place: str
    question: Question
    done: Checked
    mappings: tuple[Mapped, ...] = ()
    remarks: tuple[Remark, ...] = ()
    waived: Mapping[str, Waiver] = {}
    file: str = ""
    skipped: int = 0
    command: str = "slurm-jwt check"

    def __repr__(self) -> str:
        return f"Answer({self.done!r})"


def answer(token: bytes, place: str, now: int, question: Question) -> Answer:
    """Judge one token at `now`, seconds since 1970."""
    key = question.found.key
    done = judged.check(token, key.content if key else None, now, question.where)
    claims = done.result.claims
    remarks = [*_of_site(question)]
    mappings: tuple[Mapped, ...] = ()
    if claims is not None and question.where is not None:
        mappings, more = _of_user(claims, question.where, question)
        remarks += more
    remarks += causes.remarks(token, times.of(claims, now))
    made = Answer(place, question, done, mappings, tuple(remarks))
    return made if question.policy is None else _with_policy(made, question.policy)


def _with_policy(made: Answer, policy: Policy) -> Answer:
    """Hold the token against the site's policy too; its waivers count from here on."""
    from slurm_jwt_conformance.site.policy import policy as policies

    result, now = made.done.result, made.done.now
    user, mighty = _whom(made)
    more = policies.remarks(policy, result.claims, now, result.header, user, mighty)
    return made._replace(remarks=made.remarks + more, waived=policies.waived(policy, now))


def _whom(made: Answer) -> tuple[str | None, bool | None]:
    """Return whom Slurm takes the token for, and whether that is root or SlurmUser; None: not known."""
    where = made.question.where
    if where is None or not made.mappings:
        return None, None
    used = made.mappings[-1]
    if not where.known:
        return used.name, None
    owner = where.users.by_name.get(made.question.found.slurm_user)
    return used.name, any(each.uid in {0, owner.uid if owner else 0} for each in made.mappings)


def _of_user(
    claims: dict[str, object], where: Site, question: Question
) -> tuple[tuple[Mapped, ...], tuple[Remark, ...]]:
    """Say who the user becomes on each release, and what is worth knowing of that."""
    from slurm_jwt_conformance.site.users import mapping

    users = where.users if where.known else None
    said: dict[Remark, None] = {}
    mappings = []
    for release in where.releases:
        settings = _widest(question.found, release.series)
        mappings.append(mapping.of(claims, users, settings, release.series))
    series = [release.series for release in where.releases]
    settings = _widest(question.found, series[-1])
    said.update(dict.fromkeys(mapping.remarks(claims, users, settings, series)))
    return tuple(mappings), tuple(said)


def _widest(found: Cluster, series: str) -> Settings:
    """Return the settings as this series finds them, with what only newer ones read, to tell of both."""
    from slurm_jwt_conformance.site.discovery.survey import NEWEST

    own = found.settings(series)
    return own._replace(parameters={**found.settings(NEWEST).parameters, **own.parameters})


def _of_site(question: Question) -> Iterator[Remark]:
    """Say what of the site lets no token pass, or makes the answer one about another key."""
    found = question.found
    if question.where is not None and any(
        found.loads_jwt(each.series) is False for each in question.where.releases
    ):
        yield Remark(
            "site.no-jwt",
            "error",
            "slurmctld does not load auth/jwt.",
            f"AuthType and AuthAltTypes of {found.conf.path if found.conf else 'slurm.conf'} do not name it",
            "AuthAltTypes=auth/jwt",
            "Without the plugin slurmctld knows no tokens, and takes none.",
            "Set AuthAltTypes=auth/jwt and restart slurmctld; `slurm-jwt doctor` tells more.",
            "src/common/slurm_auth.c, slurm_auth_init()",
        )
    for release in question.where.releases if question.where is not None else ():
        other = found.other_key(release.series)
        if other is not None:
            yield _of_key(release.series, other, found)
    named, own = found.key, found.configured
    if named and own and named is not own and own.content is not None and own.content != named.content:
        yield Remark(
            "site.other-key",
            "warning",
            "The key given is not the one that slurmctld loads.",
            f"{named.path} holds another key than {own.path}",
            f"the key of {own.path}, from {own.source}",
            "slurmctld checks signatures with its own key, whatever this one says.",
            "Leave --key-file out, or copy slurmctld's key byte for byte.",
            "src/plugins/auth/jwt/auth_jwt.c, init()",
        )


def _of_key(series: str, other: str, found: Cluster) -> Remark:
    """Say that a release reads slurm.conf otherwise than the one by whose way the key was found."""
    source = found.configured.source if found.configured else "slurm.conf"
    return Remark(
        "site.key-by-release",
        "error",
        "A release that was asked takes another key from the same slurm.conf.",
        f"Slurm {series} takes it from {other}",
        f"the key that Slurm {found.series} loads, from {source}",
        "Releases look for jwt_key= in different ways: 20.11 in any case, up to 23.02 anywhere in the text, "
        "from 23.11 on at the start of a part; here its answer is one about the wrong key.",
        "Ask one release at a time, and mend AuthAltParameters so that all find the same key.",
        "src/plugins/auth/jwt/auth_jwt.c, init(), 20.02 to 26.05",
    )


def passes(made: Answer) -> bool:
    """Tell whether the judges that were asked are content, waivers counted."""
    return not reasons(made)


def reasons(made: Answer) -> tuple[str, ...]:
    """Say what keeps the token from passing, shortly; nothing for one that passes."""
    judge = made.question.judge
    found = [] if judge == "slurm" else [*_by_rules(made)]
    found += [] if judge == "rules" else [*_by_slurm(made)]
    found += dict.fromkeys(
        f"{remark.id} ({remark.title.rstrip('.')})"
        for remark in made.remarks
        if remark.severity == "error" and remark.id not in made.waived and _counts(remark, judge)
    )
    return tuple(found)


def _counts(remark: Remark, judge: str) -> bool:
    """Tell whether a remark decides: the policy's always, the others where slurmctld judges."""
    return judge != "rules" or remark.id.startswith("policy.")


def _by_rules(made: Answer) -> Iterator[str]:
    broken = [each for each in made.done.result.findings if each.severity == "error"]
    left = [each.rule for each in broken if each.rule not in made.waived]
    if left:
        yield f"{', '.join(left)} {'is' if len(left) == 1 else 'are'} broken"
    if made.done.key is None:
        yield "the signature is not checked, for want of the key"
    elif not broken and made.done.result.not_checked:
        yield f"not checked: {', '.join(made.done.result.not_checked)}"


def _by_slurm(made: Answer) -> Iterator[str]:
    from slurm_jwt_conformance.site.check import predicted

    where, claims = made.question.where, made.done.result.claims
    if where is None:
        return
    for name, prediction in made.done.predictions.items():
        if prediction.accepted is None:
            yield f"what Slurm {name} does is not known"
        elif not prediction.accepted:
            yield f"Slurm {name} refuses it"
        elif not predicted.fits(prediction, claims, where):
            uid = f"uid {prediction.uid}" if where.known else "a uid that nobody looked up"
            yield f"Slurm {name} takes it as {uid}, not as the user that sun names"
