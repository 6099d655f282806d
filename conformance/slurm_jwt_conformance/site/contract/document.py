"""The issuer guide as a document: a summary, each part of a token, recipes, the schema, and examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports.diagnostic import Bullets, Code, Document, Fact, Paragraph, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.contract.golden import GoldenToken
    from slurm_jwt_conformance.site.contract.guide import IssuerGuide, SiteKey
    from slurm_jwt_conformance.site.contract.members import Member
    from slurm_jwt_conformance.site.contract.recipes import Recipe
    from slurm_jwt_reports.diagnostic import Block


def document(guide: IssuerGuide) -> Document:
    """Return the document of a guide; its outcome is fail if this cluster accepts no tokens."""
    title = f"Tokens for Slurm on the cluster {guide.cluster}" if guide.cluster else "Tokens for Slurm"
    return Document(
        tool="contract",
        title=title,
        outcome=Outcome("fail", guide.troubles) if guide.troubles else None,
        facts=(
            Fact("release", f"Slurm {guide.release} ({guide.release_from})"),
            Fact("settings", guide.conf or "Slurm's defaults; no slurm.conf was read"),
        ),
        blocks=(
            *_summary(guide),
            Section("Claims", tuple(_claims(guide))),
            Section("Header", (_members(guide.header),)),
            Section("Lifetime", (Bullets(tuple(_lifetime(guide))),)),
            Section("Key", (Bullets(tuple(_key(guide))),)),
            Section("Sending", tuple(_sending(guide))),
            Section("Recipes", tuple(_recipe(each) for each in guide.recipes)),
            Section("JSON Schema of the claims", tuple(_schema(guide))),
            Section("Tokens to try", tuple(_golden(guide))),
            Section("Check a token before you send it", _check(guide)),
        ),
        not_checked=guide.notes,
        data=guide,
    )


def _summary(guide: IssuerGuide) -> Iterator[Block]:
    limit = guide.lifetime.at_most
    most = f" exp is at most {limit} seconds after iat." if limit else ""
    name_alone = next((each.works for each in guide.styles if each.id == "token-alone"), True)
    name = "" if name_alone else " with the user's name in `X-SLURM-USER-NAME`"
    user = " or ".join(("sun", *(f"`{claim}`" for claim in guide.user_claims[2:])))
    yield Paragraph(
        f"In short: sign the claims iat, exp and {user} {' or '.join(_ways(guide))}. iat and exp are whole"
        f" seconds since 1970.{most} {user} is the user's name on slurmctld's host. Send the token to"
        f" slurmrestd as `X-SLURM-USER-TOKEN`{name}, or put it into `SLURM_JWT` for Slurm's commands."
    )
    yield Paragraph(
        '"Observed": recorded from real daemons of this release. "Modelled": read from its sources. The next'
        ' release and other verifiers may refuse what this release accepts: write what the column "write"'
        " says."
    )


def _ways(guide: IssuerGuide) -> Iterator[str]:
    if "RS256" in guide.algorithms:
        yield "with RS256 and your own private key, and write its kid into the header"
    if "HS256" in guide.algorithms:
        yield "with HS256, where the key is every byte of Slurm's key file"


def _claims(guide: IssuerGuide) -> Iterator[Block]:
    yield _members(guide.claims)
    names = ", then ".join(f"`{name}`" for name in guide.user_claims)
    first = ": the first that is a string" if len(guide.user_claims) > 1 else ""
    ids = (
        " use_jwt_client_ids is set: identity claims (uid, gid, id) can replace the user database."
        if guide.client_ids
        else ""
    )
    yield Paragraph(
        f"slurmctld reads the user from {names}{first}. A name that slurmctld's host does not know gets uid"
        f" 99.{ids}"
    )
    if guide.policy:
        yield Paragraph("This site's policy:")
        yield Bullets(guide.policy)


def _members(members: tuple[Member, ...]) -> Table:
    columns = ("name", "write", "what this Slurm does with other values", "basis")
    return Table(
        columns, tuple((f"`{each.name}`", each.must, _other_values(each), each.basis) for each in members)
    )


def _other_values(each: Member) -> str:
    groups = (
        ("accepts", each.accepted),
        ("assigns another user", each.other_user),
        ("refuses", each.refused),
        ("not known", each.not_known),
    )
    parts = [f"{word}: {', '.join(values)}" for word, values in groups if values]
    if each.logs:
        parts.append(f"log: {' or '.join(f'`{line}`' for line in each.logs)}")
    return "; ".join(parts)


def _lifetime(guide: IssuerGuide) -> Iterator[str]:
    lifetime = guide.lifetime
    if lifetime.at_most:
        yield f"At most {lifetime.at_most} seconds from iat to exp, from {lifetime.source}."
    if lifetime.source.startswith("max_token_lifespan") or not lifetime.source:
        yield (
            "max_token_lifespan limits only `scontrol token`: slurmctld accepts a token of another issuer"
            " with any lifetime."
        )
    yield "A token cannot be revoked: it works until exp. Make short tokens, and renew them in time."
    yield "There is no leeway: synchronise your clock with slurmctld's (NTP)."
    if guide.creation_disabled:
        yield "disable_token_creation is set: users get no tokens from `scontrol token`."


def _key(guide: IssuerGuide) -> Iterator[str]:
    if guide.jwks:
        kids = ", ".join(f"`{kid}`" for kid in guide.jwks.kids[:10])
        loaded = f" It verifies tokens with these kids: {kids}." if kids else ""
        yield f"RS256: the cluster has your public key in its JWKS ({guide.jwks.file}).{loaded}"
        yield from RSA_KEY
    if "HS256" in guide.algorithms:
        yield from (f"HS256: {_shape(guide.key)}",) if guide.key and guide.jwks else ()
        yield from (_shape(guide.key),) if guide.key and not guide.jwks else ()
        yield from KEY


RSA_KEY = (
    "RS256: give the cluster your public key as a JWK with kty RSA, kid, alg RS256, n and e.",
    "RS256: keep the private key. It signs for every user of the cluster, including root.",
    "RS256: the cluster does not fetch your JWKS. To change the key, publish the new one beside the old one.",
    "RS256: sign with the new kid only when the cluster's administrator has loaded it.",
)
KEY = (
    (
        "The key is every byte of the file, including a line end at its end. Read it as bytes (`rb`), not as"
        " text. Decode nothing (no hex, base64 or PEM), and strip nothing."
    ),
    (
        "The key signs for every user of the cluster, including root. Only your program may be able to read"
        " it. Never put it into an image, a repository or a log."
    ),
    "There is one HS256 key. When it changes, all HS256 tokens stop working: be ready to load a new key.",
)


def _shape(key: SiteKey) -> str:
    shape = "binary" if key.shape == "bytes" else key.shape
    newline = ", the last byte is a line end" if key.final_newline else ""
    crlf = ", with line ends CR LF" if key.crlf else ""
    short = " It has fewer than the 32 bytes of RFC 7518: some libraries refuse it." if key.bytes < 32 else ""
    return (
        f"This site's key: {key.bytes} bytes, {shape}, fingerprint `{key.fingerprint}`{newline}{crlf}"
        f" ({key.source}). `slurm-jwt doctor` prints the fingerprint of a key file.{short}"
    )


def _sending(guide: IssuerGuide) -> Iterator[Block]:
    yield Paragraph("To slurmrestd with rest_auth/jwt. It passes the token on, and slurmctld decides.")
    styles = ((each.ask, "yes" if each.works else "no", each.result, each.basis) for each in guide.styles)
    yield Table(("headers", "works", "answer", "basis"), tuple(styles))
    yield Paragraph("The answer to a token that does not work:")
    refusals = (
        (each.ask, each.result, f"`{each.log}`" if each.log else "", each.basis) for each in guide.refusals
    )
    yield Table(("token", "answer", "slurmctld's log", "basis"), tuple(refusals))


def _recipe(each: Recipe) -> Section:
    note = f" {each.note}" if each.note else ""
    text = Paragraph(f"`pip install {each.install}`. {each.goes}{note}")
    title = each.library if each.alg == "HS256" else f"{each.library}, {each.alg}"
    return Section(title, (text, Code(each.code, "python")) if each.works else (text,))


def _schema(guide: IssuerGuide) -> Iterator[Block]:
    yield Code(json.dumps(guide.claims_schema, indent=2, ensure_ascii=False), "json")
    yield Paragraph("The schema cannot check:")
    yield Bullets(guide.claims_schema_cannot_say)


def _golden(guide: IssuerGuide) -> Iterator[Block]:
    if guide.golden_key_base64:
        yield Paragraph(
            "The HS256 tokens are signed with a published test key. Everyone has this key: never configure it"
            f" on a cluster. In base64 it is `{guide.golden_key_base64}` (32 bytes)."
        )
    if guide.golden_jwks:
        yield Paragraph(
            "The RS256 tokens are signed with a published test key. Everyone has its private half: never put"
            " it into the JWKS of a cluster. This JWKS verifies them:"
        )
        yield Code(guide.golden_jwks, "json")
    for each in guide.golden:
        yield Paragraph(_lesson(each, guide.release))
        yield Code(each.token)


def _lesson(each: GoldenToken, release: str) -> str:
    does = {True: f"accepts it as {each.user}", False: "refuses it", None: "has an unknown verdict"}
    log = f": `{each.log}`" if each.log else ""
    rules = f" ({', '.join(each.rules)})" if each.rules else ""
    return (
        f"{each.lesson} Documented verdict: {each.verdict}{rules}. Slurm {release} {does[each.accepted]}{log}"
        f" ({each.basis}, `{each.case}`)."
    )


def _check(guide: IssuerGuide) -> tuple[Block, ...]:
    keys = [f"--jwks {guide.jwks.file}"] if guide.jwks else []
    keys += ["--key-file jwt_hs256.key"] if "HS256" in guide.algorithms else []
    return (
        Code(f"slurm-jwt check --token-file token.txt {' '.join(keys)} --release {guide.release}\n"),
        Paragraph("It prints every rule that the token violates, and what this release does with the token."),
    )
