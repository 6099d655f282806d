"""A policy's file: TOML of a fixed form; every mistake is named with its line, and nothing is passed over."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tomllib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from slurm_jwt_conformance.site.policy import form as policy_form
from slurm_jwt_conformance.site.policy.policy import NEVER_WAIVED, Policy, Waiver, waivable
from slurm_jwt_reports.problems import Problem, nearest
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 1 << 20
MOST_PARTS = 100
WAIVERS = "waiver"


class Spot(NamedTuple):
    """A member of a table, or of the `number`th of many (from 0); the table itself with the table ""."""

    name: str
    table: str = ""
    number: int = 0


_TOP = Spot("")


def load(path: str | os.PathLike[str]) -> Policy:
    """Read a policy; a Problem says what is wrong, and where."""
    place = one_line(os.fspath(path))
    text = _text(path, place)
    _demand_short_keys(text, place)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: an integer of thousands of digits, too
        said = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error), re.DOTALL)
        where, what = (f"{place}:{said[2]}:{said[3]}", said[1]) if said else (place, str(error))
        raise Problem(
            f"{where}: no TOML: {one_line(what)}.", "docs/policy.md shows a whole policy."
        ) from None
    digest = hashlib.sha256(text.encode()).hexdigest()
    return _Reader(place, text).read(document)._replace(sha256=digest)


def _demand_short_keys(text: str, place: str) -> None:
    """Refuse a key of many parts: tomllib takes time by the square of their number."""
    parts = 0
    for piece in text.split("."):
        parts = 0 if any(end in piece for end in "\n=,") else parts + 1
        if parts > MOST_PARTS:
            raise Problem(
                f"{place}: a key has over {MOST_PARTS} parts.", "docs/policy.md shows a whole policy."
            )


def _text(path: str | os.PathLike[str], place: str) -> str:
    try:
        _demand_plain(os.stat(path), place)  # noqa: PTH116 - opening a device can move it
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            _demand_plain(os.fstat(descriptor), place)
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "that is no name of a file"
        raise Problem(
            f"Cannot read the policy {place}: {why}.", "Check the path given with --policy."
        ) from None
    if len(data) > MOST_BYTES:
        raise Problem(f"The policy {place} has over {MOST_BYTES:,} bytes.", "A policy takes a page or two.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Problem(f"{place}:{line}: no UTF-8 text.", "TOML is UTF-8.") from None


def _demand_plain(status: os.stat_result, place: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Problem(f"The policy {place} is not a regular file.", "Name the TOML file itself.")


class _Reader:
    """One file's way from TOML to a policy; it knows the text, to tell lines."""

    def __init__(self, place: str, text: str) -> None:
        self._place = place
        self._lines = text.splitlines()

    def read(self, document: dict[str, Any]) -> Policy:
        """Return the policy of a document, or raise a Problem."""
        self._no_others(document, [*policy_form.TABLES, WAIVERS])
        values: dict[str, Any] = {}
        for table in policy_form.TABLES:
            values |= self._table(table, document.get(table, {}))
        return Policy(self._place, **values, waivers=tuple(self._waivers(document.get(WAIVERS, []))))

    def _table(self, table: str, given: object) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise self._problem(f"{table} is no table", Spot(table), f"Write [{table}], its members below.")
        members = policy_form.TABLES[table]
        self._no_others(given, members, Spot("", table))
        for name, value in given.items():
            self._hold(f"{table}.{name}", value, members[name][0], Spot(name, table))
        return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}

    def _waivers(self, given: object) -> Iterator[Waiver]:
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise self._problem("waiver is no list of tables", Spot(WAIVERS), "Write [[waiver]] for each.")
        if len(given) > policy_form.MOST_ENTRIES:
            raise self._problem("there are too many waivers", Spot(WAIVERS), "Mend something first.")
        for number, one in enumerate(given):
            yield self._waiver(one, number)

    def _waiver(self, given: dict[str, Any], number: int) -> Waiver:
        where = f"waiver {number + 1}"
        self._no_others(given, policy_form.WAIVER, Spot("", WAIVERS, number))
        for name, (form, text) in policy_form.WAIVER.items():
            spot = Spot(name, WAIVERS, number)
            if name not in given:
                hint = "A waiver without a last day is none." if name == "expires" else f"It says {text}."
                raise self._problem(f"{where} has no {name}", Spot(WAIVERS, "", number), hint)
            if form is policy_form.TEXT:
                self._hold(f"{name} of {where}", given[name], form, spot)
        self._known(given["rule"], where, Spot("rule", WAIVERS, number))
        expires = self._day(given["expires"], where, Spot("expires", WAIVERS, number))
        return Waiver(given["rule"], given["reason"], given["by"], expires)

    def _known(self, rule: str, where: str, spot: Spot) -> None:
        known = waivable()
        if rule in NEVER_WAIVED:
            what = f"{where} is of {rule}, which no waiver covers"
            raise self._problem(what, spot, "Forged tokens would pass.")
        if rule not in known:
            what = f"{where} is of {one_line(repr(rule), 80)}, and there is no such rule"
            raise self._problem(what, spot, nearest(rule, list(known)))

    def _day(self, value: object, where: str, spot: Spot) -> str:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                pass
        raise self._problem(f"expires of {where} is no day", spot, "Write a date: 2027-06-30")

    def _hold(self, shown: str, value: object, form: policy_form.Form, spot: Spot) -> None:
        """Hold a value against its form."""
        wrong = policy_form.complaint(value, form)
        if wrong:
            raise self._problem(f"{shown} {wrong}", spot, "")

    def _no_others(self, given: dict[str, Any], known: Iterable[str], table: Spot = _TOP) -> None:
        for name in given:
            if name not in known:
                inside = f" in {table.table}" if table.table else ""
                what = f"there is no {one_line(repr(name), 80)}{inside}"
                raise self._problem(what, table._replace(name=name), nearest(name, list(known)))

    def _problem(self, what: str, spot: Spot, hint: str) -> Problem:
        line = line_of(self._lines, spot)
        place = self._place if line is None else f"{self._place}:{line}"
        return Problem(f"{place}: {what}.", hint)


def line_of(lines: list[str], spot: Spot) -> int | None:
    """Find a spot's line, counted from 1; that of its table's header where the member has none of its own.

    TOML's parser tells no lines, so that this goes by how policies are written; None where it fails.
    """
    member = re.compile(rf"""\s*["']?{re.escape(spot.name)}["']?\s*[=.]""")
    wanted = spot.table or spot.name
    current, seen, header_line = "", -1, None
    for at, line in enumerate(lines, 1):
        header = re.match(r"\s*\[\[?\s*([^\[\]#]*?)\s*\]", line)
        if header:
            current = header[1].strip("\"'")
            seen += current == wanted
            if current == wanted and seen == spot.number:
                header_line = at
        elif current == spot.table and (not current or seen == spot.number) and member.match(line):
            return at
    return header_line
