"""AuthAltParameters that people write in a form that Slurm does not read, and what they mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.config.auth import PARAMETERS, parts
from slurm_jwt_conformance.site.discovery.showing import harmless_parameters, leads_somewhere

if TYPE_CHECKING:
    from slurm_jwt.config.grammar import Setting
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Host

Form = Literal["single quotes", "semicolon", "space before =", "space after comma", "spaces without quotes"]

_AROUND = " \t'\""
_NAMES = "|".join(PARAMETERS)
_SEPARATOR = re.compile(rf",|;(?=\s*(?:{_NAMES})\b)|;\s*\Z", re.IGNORECASE)
_FORMS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("single quotes", re.compile(r"\A\s*'|=\s*'|'\s*\Z")),
    ("semicolon", re.compile(rf";\s*(?:(?:{_NAMES})\b|\Z)", re.IGNORECASE)),
    ("space before =", re.compile(rf"\b(?:{_NAMES})\s+=", re.IGNORECASE)),
    ("space after comma", re.compile(rf",\s+(?:{_NAMES})\b")),
)


class Misread(NamedTuple):
    """The first form that Slurm does not read, and the parameters that are meant, as Slurm reads them."""

    form: Form
    meant: str

    @property
    def key_path(self) -> str:
        """The key file that is meant, "" if the parameters name none."""
        named = (part for part in parts(self.meant) if part.name.lower() == "jwt_key")
        return next((part.text.partition("=")[2] for part in named), "")

    def shown(self, host: Host) -> str:
        """Return the setting to write, where all of it may be shown; otherwise ""."""
        paths = {
            path for part in parts(self.meant) if leads_somewhere(path := part.text.partition("=")[2], host)
        }
        return f"AuthAltParameters={self.meant}" if harmless_parameters(self.meant, paths) else ""


def misread(conf: Conf) -> Misread | None:
    """Return how AuthAltParameters is written, if Slurm reads it differently than it is meant."""
    setting = conf.parsed.last("AuthAltParameters")
    if setting is None:
        return None
    rest = _rest(setting)
    text = setting.value + rest
    form = next((form for form, pattern in _FORMS if pattern.search(text)), None)
    if rest:
        form = "spaces without quotes"
    return Misread(form, _meant(text)) if form else None


def _rest(setting: Setting) -> str:
    """Return the text behind the value on its line if it goes on with parameters: Slurm does not read it."""
    start = setting.start + len(setting.value.encode("utf-8", "surrogateescape"))
    rest = setting.line.text[start:].decode("utf-8", "surrogateescape").rstrip().removeprefix('"')
    goes_on = rest.strip() and (rest.lstrip()[:1] in set("=,;") or setting.value[-1:] in set("=,;"))
    return rest if goes_on else ""


def _meant(text: str) -> str:
    found = (_plain(part) for part in _SEPARATOR.split(text))
    return ",".join(part for part in found if part)


def _plain(part: str) -> str:
    """Return a part without quotes, and without whitespace around its name and value."""
    name, equals, value = part.strip(_AROUND).partition("=")
    return name.strip() + equals + value.strip(_AROUND)
