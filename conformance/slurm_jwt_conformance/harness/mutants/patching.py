"""Make a wrong reference: load `slurm_jwt` afresh with a patch applied, beside nothing else.

The strict path is what a patch changes. The Verifier's fast path, which accepts without it, is patched
away in every mutant. A patch whose old text is missing, or not unique, is an error: the reference was
rewritten, and the mutant with it must be.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.adapters.python import serve
from slurm_jwt_conformance.harness.mutants.mutant import Patch
from slurm_jwt_reports.problems import HarnessProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

PACKAGE = "slurm_jwt"
ADAPTER = Path(serve.__file__).with_name("reference.py")

FAST_PATH_OFF = Patch(
    "slurm_jwt.strict.verify",
    "    if (\n        b2a_base64(_write(claims))",
    "    if (\n        False\n        and b2a_base64(_write(claims))",
)


class PatchDoesNotFitError(HarnessProblem):
    """A mutant's old text is not in the reference, or more than once."""


@contextmanager
def patched(*patches: Patch) -> Iterator[ModuleType]:
    """Give the reference's adapter over a patched `slurm_jwt`, for as long as the context lasts.

    Until then every import of `slurm_jwt` finds the patched one, in all threads: this belongs into a
    process that does nothing else. Raises PatchDoesNotFitError.
    """
    loader = _Loader(sources(patches))
    saved = _take_out()
    sys.meta_path.insert(0, loader)
    try:
        yield serve.load(str(ADAPTER))
    finally:
        sys.meta_path.remove(loader)
        _take_out()
        sys.modules.update(saved)


def sources(patches: Iterable[Patch]) -> dict[str, str]:
    """Give the patched sources of all modules that a strict path with these patches changes."""
    made: dict[str, str] = {}
    for patch in (FAST_PATH_OFF, *patches):
        made[patch.module] = _applied(patch, made.get(patch.module) or _source(patch.module))
    return made


def _applied(patch: Patch, source: str) -> str:
    count = source.count(patch.old)
    if count != 1:
        raise PatchDoesNotFitError(
            f"A mutant's patch does not fit: its old text stands {count} times in {patch.module}: "
            f"{patch.old!r}.",
            "The reference was rewritten; write the patch for it as it is now.",
        )
    return source.replace(patch.old, patch.new)


def _source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise PatchDoesNotFitError(f"A mutant's patch does not fit: there is no module {module}.")
    return Path(spec.origin).read_text(encoding="utf-8")


def _take_out() -> dict[str, ModuleType]:
    """Forget the package and its modules, and give them."""
    names = [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]
    return {name: sys.modules.pop(name) for name in names}


class _Loader(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds the patched modules, and leaves all others to the usual finders."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Claim the modules that have patched sources."""
        del path, target
        return importlib.util.spec_from_loader(fullname, self) if fullname in self._texts else None

    def get_source(self, fullname: str) -> str:
        """Give the patched source."""
        return self._texts[fullname]

    def get_code(self, fullname: str) -> CodeType:
        """Compile it without the bytecode cache, which belongs to the reference itself."""
        return compile(self._texts[fullname], f"<patched {fullname}>", "exec", dont_inherit=True)

    def is_package(self, fullname: str) -> bool:
        """No package is patched."""
        del fullname
        return False
