"""Frozen values with named members, for what every cold start of `slurm-jwt check` makes.

Not dataclasses and not msgspec Structs: each of those modules takes longer to load than a check.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self, dataclass_transform


@dataclass_transform(frozen_default=True)
class Record:
    """A base class: annotations are the members, and their values in the class body are the defaults.

    tag: what the member "type" is in JSON, for a class that is one of several.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()
    defaults: ClassVar[dict[str, Any]] = {}
    tag: ClassVar[str] = ""

    def __init_subclass__(cls, *, frozen: bool = True, tag: str = "") -> None:
        """Collect the members of the class and of its base classes."""
        assert frozen
        own = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - inspect is slow to load
        cls.__match_args__ = tuple(  # type: ignore[misc]  # mypy takes it for a constant
            dict.fromkeys((*cls.__match_args__, *own))
        )
        cls.defaults = cls.defaults | {name: cls.__dict__[name] for name in own if name in cls.__dict__}
        cls.tag = tag

    def __init__(self, *first: Any, **members: Any) -> None:  # noqa: ANN401 - any member
        values = self.defaults | dict(zip(self.__match_args__, first, strict=False)) | members
        if values.keys() != set(self.__match_args__):
            wrong = sorted(values.keys() ^ set(self.__match_args__))
            raise TypeError(f"{type(self).__name__}: missing or unknown members: {', '.join(wrong)}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__[name] for name in self.__match_args__))

    def __repr__(self) -> str:
        members = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({members})"

    def replaced(self, **changes: Any) -> Self:  # noqa: ANN401 - any member
        """Return a copy with other values for these members."""
        return type(self)(**self.__dict__ | changes)


def plain(value: object) -> object:
    """Return a value as JSON has it: a Record as a dict without the members that have their default."""
    if isinstance(value, Record):
        members = {name: getattr(value, name) for name in value.__match_args__}
        defaults = value.defaults
        kept = {name: plain(each) for name, each in members.items() if each != defaults.get(name, ...)}
        return {"type": value.tag, **kept} if value.tag else kept
    return [plain(each) for each in value] if isinstance(value, (tuple, list)) else value
