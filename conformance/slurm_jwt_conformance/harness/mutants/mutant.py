"""What a mutant is, and the decorators that make one from a function, which replaces one step."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.harness.mutants import steps
from slurm_jwt_conformance.harness.mutants.steps import Members

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
Verify: TypeAlias = Callable[[bytes, bytes, int], Members]
VerifyJwks: TypeAlias = Callable[[bytes, bytes, bytes, int], Members]
Issue: TypeAlias = Callable[[Members, bytes], str]
VERIFIER = steps.VerifierSteps()
ISSUER = steps.IssuerSteps()


@dataclass(frozen=True)
class Mutant:
    """A verifier or an issuer with one mistake.

    wrong: the mistake in one sentence. breaks: id of the rule that the mistake breaks. seen: software with
    the same mistake, where that is known. code: the source text of the mistake.
    verify: (token, key, now) to claims; None for a wrong issuer. issue: (claims, key) to a token; None for a
    wrong verifier. verify_jwks: (token, key, JWKS, now) to claims, of a verifier that is wrong with a JWKS.
    All raise the exceptions of the reference's adapter.
    """

    name: str
    wrong: str
    breaks: str
    seen: str
    code: str
    verify: Verify | None = None
    issue: Issue | None = None
    verify_jwks: VerifyJwks | None = None

    @property
    def source(self) -> str:
        """The text that a report shows in the place of an adapter's source."""
        return f"# {self.wrong}\n# Rule {self.breaks}: {BY_ID[self.breaks].sentence}\n\n{self.code}"


def verifier(step: str, breaks: str, seen: str = "") -> Callable[[Callable[..., Any]], Mutant]:
    """Return a decorator: the function replaces this step of the strict verifier."""
    return lambda function: replace(
        _of_function(function, "", breaks, seen),
        verify=partial(steps.verify, _with(VERIFIER, step, function)),
    )


def issuer(step: str, breaks: str, seen: str = "") -> Callable[[Callable[..., Any]], Mutant]:
    """Return a decorator: the function replaces this step of the strict issuer."""
    return lambda function: replace(
        _of_function(function, "issuer-", breaks, seen),
        issue=partial(steps.issue, _with(ISSUER, step, function)),
    )


def _with(right: T, step: str, change: object) -> T:
    """Return the right steps with one replaced."""
    changes: dict[str, Any] = {step: change}
    return replace(right, **changes)  # type: ignore[type-var]  # a dataclass of either kind


def _of_function(function: Callable[..., Any], prefix: str, breaks: str, seen: str) -> Mutant:
    """Return a mutant with the function's name, and with its docstring as the mistake."""
    name = prefix + function.__name__.replace("_", "-")
    return Mutant(name, inspect.getdoc(function) or "", breaks, seen, inspect.getsource(function))


def unchecked(name: str, wrong: str, *rules: str, seen: str = "") -> Mutant:
    """Return the verifier that does not check these rules, or an issuer that does not check requests."""
    mutant = Mutant(name, wrong, rules[0], seen, f"unchecked = {', '.join(rules)}\n")
    if name.startswith("issuer-"):
        return replace(mutant, issue=partial(steps.issue, _with(ISSUER, "unchecked", frozenset(rules))))
    return replace(mutant, verify=partial(steps.verify, _with(VERIFIER, "unchecked", frozenset(rules))))


def mutants_of(module: Mapping[str, object]) -> tuple[Mutant, ...]:
    """Return the mutants among the names of a module, in the order of their definition."""
    return tuple(value for value in module.values() if isinstance(value, Mutant))
