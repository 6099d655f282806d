"""Which diagnostics apply to a token's user, and what of this token they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import identity, releases
from slurm_jwt.slurmctld.users import NOBODY, uid_from_string
from slurm_jwt.strict.findings import shown
from slurm_jwt_conformance.site.release_names import releases_text
from slurm_jwt_conformance.site.users import mapping, names
from slurm_jwt_conformance.site.users.mapping_texts import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slurm_jwt.slurmctld import Settings, Users
    from slurm_jwt_conformance.site.users.mapping import Mapping as Mapped
    from slurm_jwt_reports.diagnostic import Diagnostic


def diagnose(
    claims: Mapping[str, object] | None,
    users: Users | None,
    settings: Settings,
    series: str | Sequence[str] = (),
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics about the token's user; none for a token whose claims cannot be read.

    series: the releases that are asked, by any name that the model knows; none means all of them. A
    diagnostic of only some of these releases names them in `releases`.
    """
    if claims is None:
        return ()
    names_of_releases = (series,) if isinstance(series, str) else tuple(series) or releases.series()
    mappings = [mapping.of(claims, users, settings, name) for name in names_of_releases]
    return of_releases(mappings, claims, users, settings)


def of_releases(
    mappings: Sequence[Mapped], claims: Mapping[str, object], users: Users | None, settings: Settings
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics about the users that releases assign, each once."""
    by_diagnostic: dict[Diagnostic, list[str]] = {}
    for one in mappings:
        for diagnostic in of_release(one, claims, users, settings):
            by_diagnostic.setdefault(diagnostic, []).append(one.release)
    return tuple(
        diagnostic if len(those) == len(mappings) else _of_some(diagnostic, those)
        for diagnostic, those in by_diagnostic.items()
    )


def _of_some(diagnostic: Diagnostic, series: list[str]) -> Diagnostic:
    """Return a diagnostic that names the only releases that it is about."""
    (_, found), *rest = diagnostic.details
    names = f"Slurm {releases_text(series)}"
    return diagnostic.replaced(releases=names, details=(("found", f"{found} ({names})"), *rest))


def of_release(
    one: Mapped, claims: Mapping[str, object], users: Users | None, settings: Settings
) -> Iterator[Diagnostic]:
    """Yield the diagnostics about the user that one release assigns."""
    yield from _identity(one, claims, users)
    if one.claim is None or one.name is None:
        if one.identity not in {"demanded", "odd"}:
            yield _unnamed(one, claims)
        return
    if one.claim != "uid":
        yield from _rivals(one, settings)
        yield from _lookup(one, one.name, users)
    yield from _privileged(one, one.name, users, settings)


def _identity(one: Mapped, claims: Mapping[str, object], users: Users | None) -> Iterator[Diagnostic]:
    lacking = ", ".join(identity.missing(claims))
    if one.identity == "incomplete":
        yield say("identity.incomplete", f"missing, empty or of the wrong type: {lacking}")
    elif one.identity == "demanded":
        yield say("identity.demanded", f"missing, empty or of the wrong type: {lacking}")
    elif one.identity == "odd":
        yield say("identity.odd", f"of another type: {', '.join(identity.odd(claims))}")
    elif one.identity == "not asked for" and identity.brought(claims):
        yield say("identity.unread", ", ".join(name for name in ("uid", "gid", "id") if name in claims))
    elif one.identity == "complete":
        yield say("identity.used", f"uid {one.uid}, id.name {shown(one.name)}")
        for rival in one.shadowed[:1]:
            account = users.by_name.get(rival.value) if users else None
            if rival.value != one.name or (account is not None and account.uid != one.uid):
                theirs = f" (uid {account.uid})" if account else ""
                text = f"{rival.claim} is {shown(rival.value)}{theirs}, the identity is {shown(one.name)}"
                yield say("identity.differs", f"{text} with uid {one.uid}")


def _unnamed(one: Mapped, claims: Mapping[str, object]) -> Diagnostic:
    if one.ignored:
        other = one.ignored[0]
        since = "21.08" if other.claim == "username" else "23.02"
        text = f"{names.claim(other.claim)} is {shown(other.value)}, which Slurm reads since {since}"
        return say("user.unnamed", text)
    other_name = names.likely_claim(claims)
    if other_name is None:
        return say("user.unnamed", "no claim that could be a user's name")
    value = shown(claims[other_name])
    if other_name == "sun":
        return say("user.unnamed", f"sun is {value}, which is no string")
    text = f"{names.claim(other_name)} is {value}, and Slurm does not read it"
    if other_name.casefold() == "sun":
        return say("user.unnamed", text, fix="Write the claim's name in lower case: sun.")
    if not releases.parse(one.release).plugin.takes_claim_field:
        return say("user.unnamed", text)
    option = f"userclaimfield={names.claim(other_name)}"
    return say("user.unnamed", text, fix=f"Let the issuer write sun, or add {option} to AuthAltParameters.")


def _rivals(one: Mapped, settings: Settings) -> Iterator[Diagnostic]:
    """Yield what is known of the claims beside the one that is used."""
    field = settings.parameters.get("userclaimfield", "")
    if one.claim not in {"sun", field}:
        yield say(
            "user.fallback", f"{names.claim(one.claim or '')} is {shown(one.name)}, and there is no sun"
        )
    for rival in (*one.shadowed, *one.ignored):
        if rival.value != one.name:
            text = f"Slurm takes {names.claim(one.claim or '')} {shown(one.name)}; "
            text += f"{names.claim(rival.claim)} is {shown(rival.value)}"
            configured = rival.claim == field and field != "username" and rival in one.shadowed
            yield say("user.field-shadowed" if configured else "user.shadowed", text)


def _lookup(one: Mapped, name: str, users: Users | None) -> Iterator[Diagnostic]:
    """Yield what is known of what the user database says of the name, or would."""
    if users is None:
        yield say("user.not-looked-up", f"{names.claim(one.claim or '')} is {shown(name)}")
    rule = releases.parse(one.release).plugin.users
    known = users is not None and (name in users.by_name and (name != "nobody" or rule.nobody_resolves))
    if names.is_number(name):
        yield _numeric(one, name, known=known, looked_up=users is not None)
    elif not known:
        yield from _causes(name, users)
    if users is not None and one.uid == NOBODY and uid_from_string(name, users, rule) != NOBODY:
        yield _unknown(name, users)
    if name == "nobody" or (known and one.uid == NOBODY):
        yield say("user.nobody", f"{shown(name)}" + ("" if one.uid is None else f", uid {one.uid}"))


def _numeric(one: Mapped, name: str, *, known: bool, looked_up: bool) -> Diagnostic:
    if known:
        text = f"{shown(name)}, which is an account's name here (uid {one.uid})"
        return say("user.numeric", text, level="warning")
    if not looked_up:
        return say("user.numeric", f"{shown(name)}: uid {int(name)}, if no account has that name")
    whose = shown(one.account)[1:-1] if one.account else "no account"
    return say("user.numeric", f"{shown(name)} becomes uid {one.uid} ({whose})")


def _causes(name: str, users: Users | None) -> Iterator[Diagnostic]:
    """Yield what is known of why this name is not found, or may not be."""
    if names.has_blanks(name):
        yield say("user.blanks", shown(name))
    local = names.without_domain(name)
    if local is not None:
        known = users is not None and local in users.by_name
        text = f"{shown(name)}; {shown(local)} is an account here" if known else shown(name)
        yield say("user.domain", text)
    if name != name.lower():
        other = names.in_other_case(name, users)
        if users is None or other is not None:
            yield say(
                "user.case", f"{shown(name)}, and the account is {shown(other)}" if other else shown(name)
            )


def _unknown(name: str, users: Users) -> Diagnostic:
    near = names.near(name, users)
    found = f"no account {shown(name)}"
    if not near:
        return say("user.unknown", found)
    fix = f"Did the issuer mean {shown(near)[1:-1]}? Else run `getent passwd NAME` on slurmctld's host."
    return say("user.unknown", found, fix=fix)


def _privileged(one: Mapped, name: str, users: Users | None, settings: Settings) -> Iterator[Diagnostic]:
    """Raise root and SlurmUser as what they are, by name or by number."""
    by_number = users is None and names.is_number(name)
    uid = int(name) if by_number else one.uid
    found = f"{one.claim if one.claim == 'uid' else names.claim(one.claim or '')} is "
    found += f"{uid} (id.name {shown(name)})" if one.claim == "uid" else shown(name)
    if uid == 0 or (uid is None and name == "root"):
        yield say("user.root", found)
        return
    account = users.by_name.get(settings.slurm_user) if users else None
    if (account is not None and account.uid == uid) or (uid is None and name == settings.slurm_user):
        yield say("user.slurm-user", f"{found}, SlurmUser is {shown(settings.slurm_user)}")
