"""What a release does with claims and header members: sentences made from its verdicts on the vectors.

No sentence is written for a release. Each one is made from the recorded or modelled verdicts on the cases
that the question names, so that it states only what a case shows.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Collection
from typing import Literal, NamedTuple

from slurm_jwt.slurmctld import Release
from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.site.changes.verdicts import CaseVerdict, suite, verdicts
from slurm_jwt_reports.schema import Strict

Group = Literal["accepted", "refused", "other user", "not known"]


class Question(NamedTuple):
    """A member of claims or header. must: what to write. cases: vectors, each with the words for it."""

    name: str
    must: str
    cases: tuple[tuple[str, str], ...]


class Member(Strict, frozen=True):
    """A claim or header member: what to write, and what this release does with other values.

    other_user: values for which slurmctld assigns another user than the token means.
    """

    name: str
    must: str
    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    other_user: tuple[str, ...]
    not_known: tuple[str, ...]
    logs: tuple[str, ...]
    cases: tuple[str, ...]
    basis: Basis


CLAIMS = (
    Question(
        "iat",
        "required: the time of issue, whole seconds since 1970, as a JSON integer",
        (
            ("iat.missing", "iat missing"),
            ("iat.string", "a string"),
            ("iat.float-half", "a fraction"),
            ("iat.ahead", "a time in the future"),
        ),
    ),
    Question(
        "exp",
        "required: the time of expiry, whole seconds since 1970, as a JSON integer of at most 2^53 - 1",
        (
            ("exp.missing", "exp missing"),
            ("exp.string", "a string"),
            ("exp.float-half", "a fraction (time.time() + 1800)"),
            ("exp.float-whole", "a float (4102444800.0)"),
            ("exp.milliseconds", "milliseconds (far in the future)"),
            ("exp.integer-2-63", "2^63 and more"),
            ("edge.exp-now", "now equal to exp"),
            ("edge.exp-1-second-ago", "now one second after exp"),
        ),
    ),
    Question(
        "sun",
        "required: the user's name on slurmctld's host, as a JSON string, in its exact case",
        (
            ("sun.missing", "sun missing"),
            ("sun.number", "a number"),
            ("sun.empty", "an empty string"),
            ("sun.unknown-user", "a name that slurmctld's host does not know"),
            ("sun.upper-case", "the name in upper case"),
            ("sun-number.zero", 'the string "0"'),
        ),
    ),
    Question(
        "username, sub and others",
        "nothing: only sun names the user",
        (
            ("fallback.username-instead", "username without sun"),
            ("fallback.sub-instead", "sub without sun"),
            ("fallback.preferred-username-instead", "preferred_username without sun"),
            ("fallback.username-beside", "username beside sun"),
        ),
    ),
    Question(
        "nbf, aud, iss, jti and others",
        "nothing: Slurm reads none of them, so they protect no user",
        (
            ("nbf.ahead", "nbf in the future"),
            ("aud.other", "the aud of another service"),
            ("other.iss", "an iss"),
            ("other.jti", "a jti"),
            ("claims.foreign-claims", "your own claims"),
        ),
    ),
)

HEADER = (
    Question(
        "alg",
        "HS256, in upper case",
        (
            ("alg.lower-case", "hs256"),
            ("alg.hs384", "HS384"),
            ("alg.hs512", "HS512"),
            ("alg.none", "none"),
            ("alg.missing", "alg missing"),
        ),
    ),
    Question(
        "typ",
        "JWT, or leave it out",
        (
            ("typ.absent", "typ missing"),
            ("typ.lower-case", "jwt"),
            ("typ.at-jwt", "at+jwt"),
            ("typ.jose", "JOSE"),
            ("typ.empty", "an empty string"),
        ),
    ),
    Question(
        "kid, jku, jwk, x5c, zip",
        "nothing: there is one key, and these do not choose another",
        (
            ("header.kid", "kid"),
            ("header.jku", "jku"),
            ("header.jwk", "jwk"),
            ("header.zip", "zip"),
        ),
    ),
    Question(
        "crit, b64",
        "nothing: Slurm knows no extension",
        (("crit.unknown", "crit with a name that Slurm does not know"), ("crit.b64-false", "b64 false")),
    ),
    Question(
        "form",
        "three parts of base64url without padding, with two periods, on one line, with nothing around it",
        (
            ("base64url.payload-padded", "padding in the claims"),
            ("base64url.signature-padded", "padding in the signature"),
            ("serialization.trailing-newline", "a line end after the token"),
            ("serialization.bearer-prefix", '"Bearer " before the token'),
        ),
    ),
)


def members(
    release: Release, questions: tuple[Question, ...], user_claims: Collection[str] = ()
) -> tuple[Member, ...]:
    """Return the answers of a release.

    user_claims: claims that name users on this site, such as that of userclaimfield. Records without such a
    setting do not apply to them, so their cases are left out.
    """
    own = {f"fallback.{name.replace('_', '-')}-instead" for name in user_claims if name != "username"}
    applicable = (
        question._replace(cases=tuple(case for case in question.cases if case[0] not in own))
        for question in questions
    )
    return tuple(_member(release, question) for question in applicable)


def _member(release: Release, question: Question) -> Member:
    known = verdicts(release)
    answers = [(known[name], *_answer(known[name], name, words)) for name, words in question.cases]
    logs = (each.log for each, _, _ in answers if each.accepted is False and each.log)

    def words_of(one: Group) -> tuple[str, ...]:
        return tuple(words for _, group, words in answers if group == one)

    return Member(
        name=question.name,
        must=question.must,
        accepted=words_of("accepted"),
        refused=words_of("refused"),
        other_user=words_of("other user"),
        not_known=words_of("not known"),
        logs=tuple(dict.fromkeys(log.removeprefix("error: ").rpartition("verify: ")[2] for log in logs)),
        cases=tuple(name for name, _ in question.cases),
        basis="observed" if all(each.basis == "observed" for each, _, _ in answers) else "modelled",
    )


def _answer(verdict: CaseVerdict, case: str, words: str) -> tuple[Group, str]:
    """Return the group of a case and its words; uid 99 and an unexpected root are another user."""
    if verdict.accepted is None:
        return "not known", words
    if not verdict.accepted:
        return "refused", words
    if verdict.uid == 99:
        return "other user", f"{words} (uid 99, nobody)"
    if verdict.uid == 0 and suite().cases[case].user != "root":
        return "other user", f"{words} (root)"
    return "accepted", words
