"""What this release makes of claims and header members: sentences made of the vectors' own fates.

No sentence is written down for a release: each is put together from what was recorded of it, or modelled,
for the cases that the row names, so that it cannot say what no case shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt_conformance.site.changes.verdicts import fates, suite

if TYPE_CHECKING:
    from collections.abc import Collection

    from slurm_jwt.slurmctld import Release

Basis = Literal["observed", "modelled"]


class Question(NamedTuple):
    """A member of claims or header. must: what to write. cases: vectors with the words for them."""

    name: str
    must: str
    cases: tuple[tuple[str, str], ...]


class Row(NamedTuple):
    """A question with this release's answer: the words for the cases that it accepts, and refuses.

    other: for those that it takes for another user than the token means. logs: lines of refusals.
    """

    name: str
    must: str
    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    other: tuple[str, ...]
    unknown: tuple[str, ...]
    logs: tuple[str, ...]
    cases: tuple[str, ...]
    basis: Basis


CLAIMS = (
    Question(
        "iat",
        "required: when the token was made, whole seconds since 1970, as a JSON integer",
        (
            ("iat.missing", "iat missing"),
            ("iat.string", "a text"),
            ("iat.float-half", "a fraction"),
            ("iat.ahead", "a time to come"),
        ),
    ),
    Question(
        "exp",
        "required: when it ends, whole seconds since 1970, as a JSON integer of at most 2^53 - 1",
        (
            ("exp.missing", "exp missing"),
            ("exp.string", "a text"),
            ("exp.float-half", "a fraction (time.time() + 1800)"),
            ("exp.float-whole", "a float (4102444800.0)"),
            ("exp.milliseconds", "milliseconds (far in the future)"),
            ("exp.integer-2-63", "2^63 and more"),
            ("edge.exp-now", "the very second exp"),
            ("edge.exp-1-second-ago", "one second later"),
        ),
    ),
    Question(
        "sun",
        "required: the user's name on slurmctld's host, as a JSON text, in its exact case",
        (
            ("sun.missing", "sun missing"),
            ("sun.number", "a number"),
            ("sun.empty", "an empty text"),
            ("sun.unknown-user", "a name that slurmctld's host does not know"),
            ("sun.upper-case", "the name in capitals"),
            ("sun-number.zero", 'the text "0"'),
        ),
    ),
    Question(
        "username, sub and others",
        "nothing: sun alone names the user",
        (
            ("fallback.username-instead", "username without sun"),
            ("fallback.sub-instead", "sub without sun"),
            ("fallback.preferred-username-instead", "preferred_username without sun"),
            ("fallback.username-beside", "username beside sun"),
        ),
    ),
    Question(
        "nbf, aud, iss, jti and others",
        "nothing: Slurm reads none of them, and no user is safe because of them",
        (
            ("nbf.ahead", "nbf to come"),
            ("aud.other", "an aud of somebody else"),
            ("other.iss", "an iss"),
            ("other.jti", "a jti"),
            ("claims.foreign-claims", "claims of your own"),
        ),
    ),
)

HEADER = (
    Question(
        "alg",
        "HS256, in capitals",
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
            ("typ.empty", "an empty text"),
        ),
    ),
    Question(
        "kid, jku, jwk, x5c, zip",
        "nothing: there is one key, and none of them chooses another",
        (
            ("header.kid", "kid"),
            ("header.jku", "jku"),
            ("header.jwk", "jwk"),
            ("header.zip", "zip"),
        ),
    ),
    Question(
        "crit, b64",
        "nothing: no extension is known",
        (("crit.unknown", "crit with a name that Slurm does not know"), ("crit.b64-false", "b64 false")),
    ),
    Question(
        "form",
        "three parts of base64url without padding, with two periods, on one line and nothing round it",
        (
            ("base64url.payload-padded", "padding in the claims"),
            ("base64url.signature-padded", "padding in the signature"),
            ("serialization.trailing-newline", "a line end behind it"),
            ("serialization.bearer-prefix", '"Bearer " before it'),
        ),
    ),
)


def rows(release: Release, questions: tuple[Question, ...], named: Collection[str] = ()) -> tuple[Row, ...]:
    """Answer questions for a release.

    named: claims by which this site names users, such as that of userclaimfield: what was recorded of them
    where no setting named them is left out.
    """
    own = [name.replace("_", "-") for name in named if name not in {"sun", "username"}]
    without = {f"fallback.{name}-instead" for name in own}
    kept = (
        question._replace(cases=tuple(case for case in question.cases if case[0] not in without))
        for question in questions
    )
    return tuple(_row(release, question) for question in kept)


def _row(release: Release, question: Question) -> Row:
    said: dict[str, list[str]] = {"accepted": [], "refused": [], "other": [], "unknown": []}
    known = fates(release)
    logs, names, seen = [], [], True
    for name, words in question.cases:
        case, fate = suite().cases[name], known[name]
        names.append(name)
        seen &= fate.basis == "observed"
        place, told = _told(fate.accepted, fate.uid, case.user, words)
        said[place].append(told)
        if fate.accepted is False and fate.log:
            logs.append(fate.log.removeprefix("error: ").rpartition("verify: ")[2])
    return Row(
        question.name,
        question.must,
        tuple(said["accepted"]),
        tuple(said["refused"]),
        tuple(said["other"]),
        tuple(said["unknown"]),
        tuple(dict.fromkeys(logs)),
        tuple(names),
        "observed" if seen else "modelled",
    )


def _told(accepted: bool | None, uid: int | None, user: str | None, words: str) -> tuple[str, str]:
    """Sort a case by its fate; one that is served as nobody or root, and not as its user, is told apart."""
    if accepted is None:
        return "unknown", words
    if not accepted:
        return "refused", words
    if uid == 99:
        return "other", f"{words} (as uid 99, nobody's)"
    if uid == 0 and user != "root":
        return "other", f"{words} (as root)"
    return "accepted", words
