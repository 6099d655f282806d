"""The contract as a page: what to do in a few lines, then each part of a token, recipes, schema, examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.contract.blocks import Block, Code, Heading, Paragraph, Points, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.contract.documents import AnswerFacts, Document, KeyFacts, MemberFacts


def page(made: Document) -> tuple[Block, ...]:
    """Return the page's blocks."""
    return (
        *_head(made),
        *_members("Claims", made.claims),
        Paragraph(_user(made)),
        *((Paragraph("This site's policy:"), Points(made.policy)) if made.policy else ()),
        *_members("Header", made.header),
        *_lifetime(made),
        *_key(made),
        *_sending(made),
        *_recipes(made),
        *_schema(made),
        *_golden(made),
        *_check(made),
    )


def _head(made: Document) -> Iterator[Block]:
    where = f" on the cluster {made.cluster}" if made.cluster else ""
    yield Heading(f"Tokens for Slurm{where}", 1)
    if made.troubles or made.notes:
        yield Points((*made.troubles, *made.notes))
    limit = made.lifetime.at_most
    bound = f", at most {limit} seconds after iat" if limit else ""
    yield Paragraph(
        "In short: sign the claims iat, exp and sun with HS256 under every byte of the key file. iat and exp"
        f" are whole seconds since 1970{bound}; sun is the user's name on slurmctld's host. Send the token to"
        f" slurmrestd as `X-SLURM-USER-TOKEN`{_name_too(made)}, or to Slurm's commands in `SLURM_JWT`."
    )
    source = (
        f"Settings are from {made.conf}." if made.conf else "No slurm.conf was read: Slurm's defaults hold."
    )
    yield Paragraph(
        f'For Slurm {made.release} ({made.release_from}). {source} "Observed" was seen on real daemons of'
        ' this release, "modelled" is read from its sources. What is accepted all the same may be refused by'
        " the next release and by other verifiers: write what the second column says."
    )


def _name_too(made: Document) -> str:
    """Tell whether slurmrestd wants the user's name beside the token."""
    alone = next((each.works for each in made.styles if each.id == "token-alone"), True)
    return "" if alone else " with the user's name in `X-SLURM-USER-NAME`"


def _members(title: str, members: tuple[MemberFacts, ...]) -> Iterator[Block]:
    yield Heading(title)
    yield Table(
        ("", "write", "what this Slurm does with other things", ""),
        tuple((f"`{each.name}`", each.must, _does(each), each.basis) for each in members),
    )


def _does(each: MemberFacts) -> str:
    parts = [
        f"{word}: {', '.join(found)}"
        for word, found in (
            ("accepts", each.accepted),
            ("takes for another user", each.other_user),
            ("refuses", each.refused),
            ("not known", each.not_known),
        )
        if found
    ]
    if each.logs:
        parts.append(f"log: {' or '.join(f'`{line}`' for line in each.logs)}")
    return "; ".join(parts)


def _user(made: Document) -> str:
    names = [f"`{name}`" for name in made.user_claims]
    order = "names the user" if len(names) == 1 else "names the user: the first that is a text counts"
    said = f"{', then '.join(names)} {order}. A name that slurmctld's host does not know is served as uid 99."
    if made.client_ids:
        said += " use_jwt_client_ids is set: identity claims (uid, gid, id) can replace the user database."
    return said


def _lifetime(made: Document) -> Iterator[Block]:
    yield Heading("Lifetime")
    points = []
    if made.lifetime.at_most:
        points.append(f"At most {made.lifetime.at_most} seconds from iat to exp: {made.lifetime.source}.")
    if made.lifetime.source.startswith("max_token_lifespan") or not made.lifetime.source:
        points.append(
            "max_token_lifespan binds `scontrol token` alone: slurmctld takes a token of your own, however"
            " long it lives."
        )
    points.append("A token cannot be revoked: it works until exp. Make short ones, and new ones in time.")
    points.append("There is no leeway: keep your clock in step with slurmctld's (NTP).")
    if made.creation_disabled:
        points.append("disable_token_creation is set: users get no tokens from `scontrol token`.")
    yield Points(tuple(points))


KEY = (
    (
        "The key is every byte of the file, a line end at its end, too. Read it as bytes (`rb`), never as"
        " text, decode nothing (no hex, no base64, no PEM), and strip nothing."
    ),
    (
        "It signs for every user of the cluster, root as well: whoever has it needs no password. Keep it"
        " where your program alone reads it, never in an image, a repository or a log."
    ),
    "There is one key. When it is changed, all tokens die at that moment: be ready to be given a new one.",
)


def _key(made: Document) -> Iterator[Block]:
    yield Heading("Key")
    yield Points((*((_shape(made.key),) if made.key else ()), *KEY))


def _shape(key: KeyFacts) -> str:
    shape = "no text" if key.shape == "bytes" else key.shape
    said = f"This site's key: {key.bytes} bytes, {shape}, fingerprint `{key.fingerprint}`"
    said += ", a line end as its last byte" if key.final_newline else ""
    said += ", line ends CR LF" if key.crlf else ""
    short = (
        " It is shorter than the 32 bytes of RFC 7518: some libraries refuse it." if key.bytes < 32 else ""
    )
    return f"{said} ({key.source}). `slurm-jwt doctor` shows the fingerprint of a key file.{short}"


def _sending(made: Document) -> Iterator[Block]:
    yield Heading("Sending")
    yield Paragraph("To slurmrestd with rest_auth/jwt; it passes the token on, and slurmctld decides.")
    yield Table(
        ("headers", "works", "answer", ""),
        tuple((each.ask, "yes" if each.works else "no", each.result, each.basis) for each in made.styles),
    )
    yield Paragraph("What your program sees when a token does not work:")
    yield Table(
        ("token", "answer", "slurmctld's log", ""),
        tuple((each.ask, each.result, _log(each), each.basis) for each in made.refusals),
    )


def _log(each: AnswerFacts) -> str:
    return f"`{each.log}`" if each.log else ""


def _recipes(made: Document) -> Iterator[Block]:
    yield Heading("Recipes")
    for each in made.recipes:
        yield Heading(each.library, 3)
        note = f" {each.note}" if each.note else ""
        yield Paragraph(f"`pip install {each.install}`. {each.goes}{note}")
        if each.works:
            yield Code(each.code, "python")


def _schema(made: Document) -> Iterator[Block]:
    yield Heading("JSON Schema of the claims")
    yield Code(json.dumps(made.claims_schema, indent=2, ensure_ascii=False), "json")
    yield Paragraph("It cannot say:")
    yield Points(made.claims_schema_cannot_say)


def _golden(made: Document) -> Iterator[Block]:
    yield Heading("Three tokens to try")
    yield Paragraph(
        "They are signed with a published test key, which everybody has: never load it anywhere. In base64 it"
        f" is `{made.golden_key_base64}`, 32 bytes."
    )
    for each in made.golden:
        says = {True: f"accepts it as {each.user}", False: "refuses it", None: "is not known to do"}
        line = f": `{each.log}`" if each.log else ""
        rules = f" ({', '.join(each.rules)})" if each.rules else ""
        yield Paragraph(
            f"{each.lesson} The documents call it {each.verdict}{rules}; Slurm {made.release}"
            f" {says[each.accepted]}{line} ({each.basis}, `{each.case}`)."
        )
        yield Code(each.token)


def _check(made: Document) -> Iterator[Block]:
    yield Heading("Before you send it")
    yield Code(f"slurm-jwt check --token-file token.txt --key-file jwt_hs256.key --release {made.release}\n")
    yield Paragraph("It names every rule that a token breaks, and says what this release would do with it.")
